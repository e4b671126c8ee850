// Reads CSV as RFC 4180 has it: quotes, doubled quotes, line breaks inside quotes. docs/exports.md
// says how each kind of damage is treated.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mapping/readers/byte_source.hpp"
#include "mapping/readers/export_format.hpp"
#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {

// A longer row is a fault ("row-too-long"), so that a quote left open cannot fill the memory.
inline constexpr std::size_t kMaxRowBytes = std::size_t{1} << 20;

// For CSV that is a part of something larger.
struct CsvOptions {
  // The names of the columns, for a file without a header: its first line is a row, an empty file
  // has no rows, and format.header is left unused.
  std::optional<std::vector<std::string>> columns;
  // A row with fewer cells than the header has blanks at its end: Row::cells is filled up.
  bool short_rows_allowed = false;
};

// Reads the header. `wanted` as open_export() has it. Throws ExportError.
std::unique_ptr<RowReader> open_csv(std::unique_ptr<ByteSource> source, const ExportFormat& format,
                                    std::span<const std::string> wanted = {},
                                    CsvOptions options = {});

}  // namespace referrald::mapping
