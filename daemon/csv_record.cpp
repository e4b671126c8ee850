#include "daemon/csv_record.hpp"

#include <algorithm>
#include <cstdint>
#include <stdexcept>

#include <fmt/format.h>

#include "mapping/char_set.hpp"

namespace referrald {
namespace {

template <typename Cell>
void append(std::string& out, std::span<const Cell> cells) {
  // An empty line would be no record at all, so that a lone empty cell is quoted.
  if (cells.size() == 1 && cells[0].empty()) out += R"("")";
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out += ',';
    append_cell(out, cells[i]);
  }
}

template <typename Cell>
std::string encode(std::span<const Cell> cells) {
  std::string out;
  append(out, cells);
  return out;
}

// FNV-1a: guards against oversight, not against intent.
template <typename Cell>
std::string mark(std::span<const Cell> cells) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : encode(cells)) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return fmt::format("{:016x}", hash);
}

// Reads the quoted cell that starts at `at` (its quote) and moves `at` behind it.
std::string quoted_cell(std::string_view record, std::size_t& at) {
  std::string cell;
  for (++at; at < record.size(); ++at) {
    if (record[at] != '"') {
      cell += record[at];
    } else if (at + 1 < record.size() && record[at + 1] == '"') {
      cell += '"';
      ++at;
    } else {
      ++at;
      return cell;
    }
  }
  throw std::invalid_argument("CSV record: a quote is left open");
}

}  // namespace

void append_cell(std::string& out, std::string_view cell) {
  static constexpr mapping::CharSet quoted(",\"\r\n");
  if (!quoted.any_in(cell)) {
    out += cell;
    return;
  }
  out += '"';
  for (auto quote = cell.find('"'); quote != std::string_view::npos; quote = cell.find('"')) {
    out.append(cell.substr(0, quote + 1)).append(1, '"');
    cell.remove_prefix(quote + 1);
  }
  out.append(cell).append(1, '"');
}

void append_record(std::string& out, std::span<const std::string_view> cells) {
  append(out, cells);
}
std::string encode_record(std::span<const std::string> cells) {
  return encode(cells);
}
std::string encode_record(std::span<const std::string_view> cells) {
  return encode(cells);
}

std::string unmended_mark(std::span<const std::string> cells) {
  return mark(cells);
}
std::string unmended_mark(std::span<const std::string_view> cells) {
  return mark(cells);
}

std::vector<std::string> parse_record(std::string_view record) {
  std::vector<std::string> cells;
  std::size_t at = 0;
  while (true) {
    if (at < record.size() && record[at] == '"') {
      cells.push_back(quoted_cell(record, at));
      if (at < record.size() && record[at] != ',')
        throw std::invalid_argument("CSV record: text behind a closing quote");
    } else {
      const std::size_t end = std::min(record.find(',', at), record.size());
      cells.emplace_back(record.substr(at, end - at));
      if (cells.back().find('"') != std::string::npos)
        throw std::invalid_argument("CSV record: a quote inside a bare cell");
      at = end;
    }
    if (at >= record.size()) return cells;
    ++at;
  }
}

}  // namespace referrald
