// A mapping file, loaded: all that is needed to map rows, and its tests.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/yaml_reader.hpp"
#include "mapping/conditions.hpp"
#include "mapping/file_stamp.hpp"
#include "mapping/mapping.hpp"
#include "mapping/node.hpp"

namespace referrald::mapping {

// One entry of `tests`: a row, and what must come out.
struct TestCase {
  enum class Expects { referral, excluded, rejected };

  std::string title;
  config::Place place;
  std::vector<std::pair<std::string, std::string>> row;
  Expects expects = Expects::referral;
  std::optional<config::YamlNode> referral;
  std::optional<config::YamlNode> invitation;
  std::optional<Deal> deal;
  std::optional<std::vector<std::string>> warnings;
  std::vector<std::string> rejected;  // codes
};

// Refers into itself (templates know their tables), so it stays where it is made.
struct Plan {
  Plan() = default;
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  std::string file;
  std::vector<FileStamp> files;  // that were read: the mapping's own, its tables' and its lists'
  ExportFormat format;
  FilterSettings settings;
  Columns columns;
  std::set<std::string, std::less<>> optional_columns;  // an export may lack them
  std::vector<Condition> include;
  std::optional<Deal> fixed_deal;  // else the template
  Template deal;
  config::Place deal_place;
  bool strict = false;
  Node referral;
  std::optional<Node> invitation;
  std::vector<TestCase> tests;
};

// Reads and validates a mapping file. nullptr exactly when a problem was added.
std::shared_ptr<const Plan> read_plan(const std::filesystem::path& file,
                                      config::Problems& problems);

// Loads the map under `format` into the plan's format and settings.
void load_format(const config::YamlNode& yaml, Plan& plan, config::Problems& problems);

// Loads the map under `lists` into the plan's settings.
void load_lists(const config::YamlNode& yaml, Plan& plan, config::Problems& problems);

// Loads the list under `tests` into the plan.
void load_tests(const config::YamlNode& yaml, Plan& plan, config::Problems& problems);

// Maps a row. `cells` are trimmed and in the order of the plan's columns. The memory of what `out`
// was for another row is used again.
void map_row(const Plan& plan, std::span<const Cell> cells, Outcome& out);

// The external id of a row that is not mapped; empty when it cannot be told.
std::string external_id(const Plan& plan, std::span<const Cell> cells);

// The same where the id is a cell as it is.
std::string id_of_cell(const Cell& cell);

// Runs the plan's tests. What differs is a problem.
void run_plan_tests(const Plan& plan, config::Problems& problems);

}  // namespace referrald::mapping
