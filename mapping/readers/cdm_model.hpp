// What a model.json says of its tables.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {

struct CdmAttribute {
  std::string name;
  CellType type = CellType::text;  // what its cells are, where they read as that
};

struct CdmPartition {
  std::filesystem::path file;
  std::string name;  // relative to the folder, for messages and Row::file
  bool has_header = false;
  std::optional<char> delimiter;
  std::string encoding;  // empty: not said
};

struct CdmTable {
  std::string name;
  std::vector<CdmAttribute> attributes;
  std::vector<CdmPartition> partitions;  // those that the model names, else the table's folder's
};

// The table of that name in the folder's model.json (case does not count); without a name the only
// one, else the only one that has all of the `wanted` columns. nullopt: an incremental folder,
// named by its time, that holds no change of the table. Throws ExportError: model.json cannot be
// read, there is no such table or it cannot be told which is meant, a partition that the model
// names is not there.
std::optional<CdmTable> read_cdm_table(const std::filesystem::path& folder, std::string_view name,
                                       std::span<const std::string> wanted);

}  // namespace referrald::mapping
