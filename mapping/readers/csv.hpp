// Reads CSV as RFC 4180 has it: quotes, doubled quotes, line breaks inside quotes. docs/exports.md
// says how each kind of damage is treated.
#pragma once

#include <cstddef>
#include <memory>

#include "mapping/readers/byte_source.hpp"
#include "mapping/readers/csv_scanner.hpp"
#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {

// A longer row is a fault ("row-too-long"), so that a quote left open cannot fill the memory.
inline constexpr std::size_t kMaxRowBytes = std::size_t{1} << 20;

// Reads the header. Throws ExportError.
std::unique_ptr<RowReader> open_csv(std::unique_ptr<ByteSource> source, CsvDialect dialect = {});

}  // namespace referrald::mapping
