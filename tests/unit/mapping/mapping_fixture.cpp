#include "tests/unit/mapping/mapping_fixture.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <unistd.h>

namespace referrald::mapping {
namespace {

class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view text)
      : path_(std::filesystem::path(testing::TempDir()) /
              ("referrald-mapping-" + std::to_string(getpid()) + ".yaml")) {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::vector<std::string> listed(const config::Problems& problems) {
  std::vector<std::string> out;
  for (config::Problem problem : problems.list()) {
    EXPECT_NE(problem.place.file, "");
    problem.place.file.clear();
    out.push_back(to_string(problem));
  }
  return out;
}

std::string lines(const std::vector<std::string>& list) {
  std::string out;
  for (const auto& line : list) out += line + "\n";
  return out;
}

}  // namespace

Loaded load(std::string_view yaml) {
  const TemporaryFile file(yaml);
  config::Problems problems;
  Loaded loaded;
  loaded.mapping = load_mapping(file.path(), problems);
  loaded.problems = listed(problems);
  EXPECT_EQ(loaded.mapping == nullptr, !problems.empty());
  return loaded;
}

std::unique_ptr<Mapping> load_good(std::string_view yaml) {
  Loaded loaded = load(yaml);
  EXPECT_EQ(lines(loaded.problems), "");
  if (loaded.mapping == nullptr) throw std::runtime_error("the mapping does not load");
  return std::move(loaded.mapping);
}

std::string problems_of(std::string_view yaml) {
  return lines(load(yaml).problems);
}

std::string failures_of(std::string_view yaml) {
  config::Problems problems;
  load_good(yaml)->run_tests(problems);
  return lines(listed(problems));
}

Outcome map_row(const Mapping& mapping, const Cells& cells) {
  config::Problems problems;
  const auto bound = mapping.bind(mapping.columns(), problems);
  Row row;
  for (const auto& column : mapping.columns()) {
    const auto cell = cells.find(column);
    row.cells.push_back(cell == cells.end() ? std::string_view{} : cell->second);
  }
  for (const auto& [column, cell] : cells)
    EXPECT_NE(std::ranges::find(mapping.columns(), column), mapping.columns().end()) << column;
  return bound->map(row);
}

Mapped mapped(const Mapping& mapping, const Cells& cells) {
  Outcome outcome = map_row(mapping, cells);
  if (const auto* rejected = std::get_if<Rejected>(&outcome))
    for (const Reason& reason : rejected->reasons)
      ADD_FAILURE() << reason.code << ": " << reason.message;
  return std::get<Mapped>(std::move(outcome));
}

std::vector<Reason> reasons(const Mapping& mapping, const Cells& cells) {
  Outcome outcome = map_row(mapping, cells);
  return std::get<Rejected>(std::move(outcome)).reasons;
}

std::vector<std::string> codes(const std::vector<Reason>& reasons) {
  std::vector<std::string> out;
  for (const Reason& reason : reasons) out.push_back(reason.code);
  return out;
}

std::string notes(std::string_view text, const Cells& cells, std::string_view more) {
  std::string yaml = std::string(more) + std::string(least_referral);
  const std::string_view details = "  details: { currency: EUR }\n";
  yaml.replace(yaml.find(details), details.size(),
               "  details:\n    currency: EUR\n    notes: " + std::string(text) + "\n");
  Cells row = cells;
  row["Id"] = "1";
  const auto outcome = map_row(*load_good(yaml), row);
  if (const auto* rejected = std::get_if<Rejected>(&outcome))
    return "rejected: " + rejected->reasons.front().code;
  const Value* value = std::get<Mapped>(outcome).referral.at("details/notes");
  return value == nullptr ? "(absent)" : *value->string();
}

}  // namespace referrald::mapping
