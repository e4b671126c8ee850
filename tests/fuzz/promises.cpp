#include "tests/fuzz/promises.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <variant>

#include <simdjson.h>

#include "mapping/mapping.hpp"
#include "mapping/readers/row_reader.hpp"
#include "mapping/readers/utf8.hpp"
#include "mapping/value.hpp"

namespace referrald::fuzz {
namespace {

using namespace referrald::mapping;

void promise(bool held, const char* what) {
  if (held) return;
  std::fprintf(stderr, "a promise is broken: %s\n", what);
  std::abort();
}

void check(const Row& row, std::size_t columns) {
  promise(row.line > 0, "a row has a line");
  promise(row.types.empty() || row.types.size() == row.cells.size(), "each cell has a type");
  if (row.fault) {
    promise(!row.fault->code.empty() && !row.fault->message.empty(), "a fault says what it is");
    return;
  }
  promise(row.cells.size() == columns, "a row without a fault has the header's columns");
  for (const auto cell : row.cells)
    promise(first_invalid_utf8(cell) == std::string_view::npos, "cells are UTF-8");
}

void check_json(const Value& value) {
  const std::string text = to_json(value);
  simdjson::dom::parser parser;
  promise(parser.parse(text).error() == simdjson::SUCCESS, "a referral is JSON");
}

void check(const Outcome& outcome) {
  if (const auto* mapped = std::get_if<Mapped>(&outcome)) {
    promise(!mapped->external_id.empty(), "a mapped row has an id");
    check_json(mapped->referral);
  } else if (const auto* rejected = std::get_if<Rejected>(&outcome)) {
    promise(!rejected->reasons.empty(), "a rejected row has a reason");
  }
}

std::string summary(const Outcome& outcome) {
  if (const auto* mapped = std::get_if<Mapped>(&outcome)) return to_json(mapped->referral);
  if (const auto* rejected = std::get_if<Rejected>(&outcome)) {
    std::string out;
    for (const auto& reason : rejected->reasons) out += reason.code + " " + reason.message + "\n";
    return out;
  }
  return "excluded";
}

}  // namespace

std::vector<std::string_view> parts_of(std::string_view input, std::size_t most) {
  std::vector<std::string_view> parts;
  while (parts.size() + 1 < most) {
    const auto at = input.find(separator);
    if (at == std::string_view::npos) break;
    parts.push_back(input.substr(0, at));
    input.remove_prefix(at + separator.size());
  }
  parts.push_back(input);
  parts.resize(most);
  return parts;
}

void read_whole_export(const std::filesystem::path& export_path) {
  try {
    const auto reader = open_export(export_path);
    const std::size_t columns = reader->header().size();
    promise(reader->aliases().empty() || reader->aliases().size() == columns,
            "each column has its second name");
    for (const auto& name : reader->header())
      promise(first_invalid_utf8(name) == std::string_view::npos, "names of columns are UTF-8");
    Row row;
    std::string file;
    std::uint64_t line = 0;
    while (reader->next(row)) {
      check(row, columns);
      if (row.file == file) promise(row.line >= line, "rows come in the order of their lines");
      file = row.file;
      line = row.line;
    }
  } catch (const ExportError& error) {
    promise(std::string_view(error.what()).size() > 10, "a refusal says why");
  }
}

void map_by(const std::filesystem::path& mapping_file, std::string_view cells) {
  config::Problems problems;
  const auto mapping = load_mapping(mapping_file, problems);
  promise((mapping == nullptr) == !problems.empty(), "a mapping is refused for a reason");
  for (const auto& problem : problems.list())
    promise(problem.place.line >= 0 && !problem.message.empty(), "a problem has a place");
  if (mapping == nullptr) return;
  mapping->run_tests(problems);

  const auto bound = mapping->bind(mapping->columns(), problems);
  if (bound == nullptr) return;
  Row row;
  row.line = 2;
  row.cells = parts_of(cells, mapping->columns().size());
  for (auto& cell : row.cells) cell = cell.substr(0, first_invalid_utf8(cell));
  const auto outcome = bound->map(row);
  check(outcome);
  promise(summary(outcome) == summary(bound->map(row)), "a row is mapped the same every time");
}

}  // namespace referrald::fuzz
