// Reads a folder that holds model.json, as Azure Synapse Link, Export to Data Lake and other
// writers of the Common Data Model leave it: the partitions of one table, one after the other.
// docs/exports.md says which rows count.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {

// The table is format.table, else the only one, else the only one that has all columns of `wanted`.
// Throws ExportError.
// A folder that is still being written is refused.
std::unique_ptr<RowReader> open_cdm(const std::filesystem::path& folder, const ExportFormat& format,
                                    std::span<const std::string> wanted);

// The name of the incremental folder that Synapse Link is writing at the moment in this one, by the
// file in which it says so; empty when there is none.
std::string being_written(const std::filesystem::path& folder);

}  // namespace referrald::mapping
