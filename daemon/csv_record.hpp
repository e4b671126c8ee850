// One record of RFC 4180: how the ledger keeps a row's columns and cells, and how results and
// rejects are written.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace referrald {

// The record without a line end. A cell is quoted when it holds a comma, a quote, CR or LF; its
// bytes are kept as they are. parse_record() gives the same cells again, for any bytes and any
// number of cells but none at all, which reads back as one empty cell.
std::string encode_record(std::span<const std::string> cells);
std::string encode_record(std::span<const std::string_view> cells);
void append_record(std::string& out, std::span<const std::string_view> cells);

// Appends one cell; the caller writes the commas.
void append_cell(std::string& out, std::string_view cell);

// The cells of one record without a line end. Throws std::invalid_argument when it is none: a quote
// left open or inside a bare cell, text behind a closing quote.
std::vector<std::string> parse_record(std::string_view record);

// What `rejects` writes as referrald_unmended beside a row that came damaged, or whose cells it
// could not write as they were: a checksum of the cells as written. A row that comes back with
// cells of that checksum was not mended, and must not be sent.
std::string unmended_mark(std::span<const std::string> cells);
std::string unmended_mark(std::span<const std::string_view> cells);
inline constexpr std::string_view unmended_column = "referrald_unmended";
// Which cells of the row were numbers, dates or true/false in the export: a mark of each one's
// column and text, so that a cell that somebody changes is text from then on.
inline constexpr std::string_view types_column = "referrald_types";
// The ledger's number of the rejection that `rejects` wrote the row for.
inline constexpr std::string_view rejection_column = "referrald_rejection";

}  // namespace referrald
