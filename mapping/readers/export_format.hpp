// How an export is to be read, as far as somebody said so; what is left out is found by looking.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace referrald::mapping {

enum class ExportType : std::uint8_t {
  automatic,
  csv,
  xlsx,
  json,  // also NDJSON, and a folder of pages
  cdm,   // a folder that holds model.json: Azure Synapse Link, Export to Data Lake
};

// `format` of a mapping file. A setting that the export's type does not have is left unused.
struct ExportFormat {
  ExportType type = ExportType::automatic;
  std::string encoding;                 // csv: a name that ICU knows; empty: found by looking
  std::optional<char> delimiter;        // csv
  std::optional<std::uint64_t> header;  // csv: the header's line; xlsx: its row; from 1
  std::string sheet;                    // xlsx: the worksheet's name
  std::string table;                    // cdm: the entity of model.json
  std::string records;  // json: dotted path of the array that holds the records, "data.items"

  // The same for exports of this type.
  ExportFormat as(ExportType the_type) const {
    ExportFormat out = *this;
    out.type = the_type;
    return out;
  }
};

}  // namespace referrald::mapping
