#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "mapping/deal.hpp"
#include "mapping/plan.hpp"
#include "mapping/readers/ascii.hpp"
#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {
namespace {

using config::YamlNode;

constexpr std::string_view test_keys[] = {"name", "row",      "referral", "invitation",
                                          "deal", "warnings", "excluded", "rejected"};

class TestLoader {
 public:
  TestLoader(Plan& plan, config::Problems& problems)
      : plan_(plan),
        problems_(problems),
        knows_columns_(std::ranges::none_of(problems.list(), [&](const config::Problem& one) {
          return one.place.file == plan.file;
        })) {}

  void load(const YamlNode& entry) {
    TestCase test;
    test.title = fmt::format("test {}", plan_.tests.size() + 1);
    test.place = place(entry);
    if (entry.kind != YamlNode::Kind::map)
      return complain(entry, "an entry of tests must be a map",
                      "write - row: { … } and referral: { … }");
    check_keys(entry);
    if (const YamlNode* name = scalar(entry, "name")) test.title += " (" + name->text + ")";
    row(entry, test);
    outcome(entry, test);
    plan_.tests.push_back(std::move(test));
  }

 private:
  config::Place place(const YamlNode& node) const { return {plan_.file, node.line, node.column}; }

  void complain(const YamlNode& node, std::string message, std::string remedy) {
    problems_.add(place(node), "tests: " + std::move(message), std::move(remedy));
  }

  const YamlNode* scalar(const YamlNode& entry, std::string_view key) {
    const YamlNode* node = entry.find(key);
    if (node == nullptr || node->kind == YamlNode::Kind::scalar) return node;
    complain(*node, fmt::format("{} must be a single value", key), "write one");
    return nullptr;
  }

  void check_keys(const YamlNode& entry) {
    for (const auto& member : entry.members) {
      if (std::ranges::find(test_keys, member.name) != std::end(test_keys)) continue;
      const auto near = config::nearest(member.name, test_keys);
      problems_.add({plan_.file, member.line, member.column},
                    fmt::format("tests: unknown key \"{}\"", member.name),
                    near ? fmt::format("did you mean \"{}\"?", *near)
                         : "known are name, row, referral, invitation, deal, warnings, excluded, "
                           "rejected");
    }
  }

  void row(const YamlNode& entry, TestCase& test) {
    const YamlNode* row = entry.find("row");
    if (row == nullptr || row->kind != YamlNode::Kind::map)
      return complain(entry, "an entry has no row", "add row: { Column: cell, … }");
    for (const auto& cell : row->members) {
      if (cell.value.kind == YamlNode::Kind::map || cell.value.kind == YamlNode::Kind::sequence)
        complain(cell.value, fmt::format("the cell \"{}\" is no single value", cell.name),
                 "write the cell's text");
      test.row.emplace_back(trim(cell.name), cell.value.text);
    }
    if (knows_columns_)
      for (const auto& cell : row->members) check_column(cell, test);
  }

  // Other columns of the export may stand in a row. One that is misspelt would be taken for such,
  // and the column that is meant for blank.
  void check_column(const YamlNode::Member& cell, const TestCase& test) {
    const auto& used = plan_.columns.names();
    const auto name = trim(cell.name);
    if (std::ranges::find(used, name) != used.end()) return;
    std::vector<std::string_view> absent;
    for (const auto& one : used)
      if (std::ranges::none_of(test.row, [&](const auto& there) { return there.first == one; }))
        absent.push_back(one);
    const auto near = config::nearest(name, absent);
    // "Email 2" beside "Email 1" is another column.
    if (!near || digits_of(*near) != digits_of(name)) return;
    problems_.add(
        {plan_.file, cell.line, cell.column},
        fmt::format("tests: {}: the mapping takes nothing from a column \"{}\"", test.title, name),
        fmt::format("did you mean \"{}\"? Else remove it", *near));
  }

  static std::string digits_of(std::string_view text) {
    std::string out;
    std::ranges::copy_if(text, std::back_inserter(out), is_digit);
    return out;
  }

  void outcome(const YamlNode& entry, TestCase& test) {
    int outcomes = 0;
    for (const char* key : {"referral", "excluded", "rejected"})
      outcomes += entry.find(key) != nullptr ? 1 : 0;
    const bool partial = entry.find("invitation") != nullptr || entry.find("deal") != nullptr ||
                         entry.find("warnings") != nullptr;
    if (outcomes > 1 || (outcomes == 0 && !partial))
      complain(entry, "an entry needs exactly one of referral, excluded and rejected",
               "say what must become of the row");
    if (const YamlNode* node = entry.find("excluded")) excluded(*node, test);
    if (const YamlNode* node = entry.find("rejected")) {
      test.expects = TestCase::Expects::rejected;
      test.rejected = codes(*node, "rejected");
      if (test.rejected.empty() && node->kind == YamlNode::Kind::sequence)
        complain(*node, "rejected names no code", "write the codes, see docs/rejections.md");
    }
    if (partial && test.expects != TestCase::Expects::referral)
      complain(entry, "invitation, deal and warnings are told of rows that become referrals only",
               "remove them, or the excluded or rejected");
    expected(entry, "referral", referral_shape(), test.referral);
    expected(entry, "invitation", invitation_shape(), test.invitation);
    if (const YamlNode* node = scalar(entry, "deal")) {
      test.deal = parse_deal(node->text);
      if (!test.deal)
        complain(*node, fmt::format("deal: \"{}\" is not known", node->text),
                 "write private, partner-led or co-sell");
    }
    if (const YamlNode* node = entry.find("warnings")) test.warnings = codes(*node, "warnings");
  }

  void excluded(const YamlNode& node, TestCase& test) {
    test.expects = TestCase::Expects::excluded;
    if (config::as_bool(node) != true)
      complain(node, "excluded can only be true", "write excluded: true, or remove it");
  }

  std::vector<std::string> codes(const YamlNode& node, std::string_view key) {
    std::vector<std::string> out;
    if (node.kind != YamlNode::Kind::sequence)
      complain(node, fmt::format("{} must be a list of codes", key),
               fmt::format("write {}: [bad-date]", key));
    for (const YamlNode& element : node.elements) {
      if (find_rule(element.text) == nullptr) unknown_code(element);
      out.push_back(element.text);
    }
    std::ranges::sort(out);
    out.erase(std::ranges::unique(out).begin(), out.end());
    return out;
  }

  void unknown_code(const YamlNode& node) {
    std::vector<std::string_view> names;
    for (const Rule& rule : all_rules()) names.push_back(rule.name);
    const auto near = config::nearest(node.text, names);
    complain(node, fmt::format("\"{}\" is no code of a rejection", node.text),
             near ? fmt::format("did you mean \"{}\"?", *near) : "see docs/rejections.md");
  }

  void expected(const YamlNode& entry, std::string_view key, const Shape& shape,
                std::optional<YamlNode>& out) {
    const YamlNode* node = entry.find(key);
    if (node == nullptr) return;
    check(*node, shape, std::string(key));
    out = *node;
  }

  // A misspelt member would otherwise be a test that can only fail, without saying why.
  void check(const YamlNode& node, const Shape& shape, const std::string& path) {
    if (node.kind != YamlNode::Kind::map)
      return complain(node, fmt::format("{} must be a map", path), "write { member: value }");
    for (const auto& member : node.members) {
      const MemberSpec* spec = shape.find(member.name);
      if (spec == nullptr) {
        auto unknown = explain_unknown(shape, member.name);
        problems_.add({plan_.file, member.line, member.column}, "tests: " + unknown.message,
                      std::move(unknown.remedy));
        continue;
      }
      if (spec->shape == nullptr || member.value.kind == YamlNode::Kind::null) continue;
      const std::string below = path + "/" + member.name;
      if (spec->type == Type::object)
        check(member.value, *spec->shape, below);
      else if (member.value.kind != YamlNode::Kind::sequence)
        complain(member.value, fmt::format("{} must be a list", below), "write [ … ]");
      for (const YamlNode& element : member.value.elements) check(element, *spec->shape, below);
    }
  }

  Plan& plan_;
  config::Problems& problems_;
  bool knows_columns_;  // all of the mapping's: no template of it was wrong
};

}  // namespace

void load_tests(const YamlNode& yaml, Plan& plan, config::Problems& problems) {
  if (yaml.kind != YamlNode::Kind::sequence) {
    problems.add({plan.file, yaml.line, yaml.column}, "tests must be a list",
                 "write - row: { … } and referral: { … }");
    return;
  }
  TestLoader loader(plan, problems);
  for (const YamlNode& entry : yaml.elements) loader.load(entry);
}

}  // namespace referrald::mapping
