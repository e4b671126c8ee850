// Reads JSON: pages of the Dataverse Web API, answers of other CRMs, plain lists of objects,
// NDJSON. docs/exports.md says what is read, and what its columns are.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "mapping/readers/byte_source.hpp"
#include "mapping/readers/export_format.hpp"
#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {

// Reads ahead until all of `wanted` were seen, to the end if `wanted` is empty. Of `format` only
// `records` counts. Throws ExportError.
std::unique_ptr<RowReader> open_json(std::unique_ptr<ByteSource> source, const ExportFormat& format,
                                     std::span<const std::string> wanted);

// The *.json files of a folder as one export, by name, numbers in names by their value; hidden ones
// (.x.json) are left out. Throws ExportError: empty when there are none.
std::unique_ptr<RowReader> open_json_folder(const std::filesystem::path& folder,
                                            const ExportFormat& format,
                                            std::span<const std::string> wanted);

// Whether the folder holds pages that open_json_folder() would read.
bool holds_json_pages(const std::filesystem::path& folder);

}  // namespace referrald::mapping
