#include <algorithm>

#include <fmt/format.h>

#include "mapping/plan.hpp"
#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {
namespace {

using config::YamlNode;

std::string shown(const Value* value) {
  return value == nullptr || value->absent() ? "nothing" : to_json(*value);
}

std::string shown(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "nothing";
    case YamlNode::Kind::scalar:
      return node.plain ? node.text : "\"" + node.text + "\"";
    case YamlNode::Kind::sequence:
      return fmt::format("a list of {} element{}", node.elements.size(),
                         node.elements.size() == 1 ? "" : "s");
    case YamlNode::Kind::map:
      return "an object";
  }
  return "";
}

std::string codes_of(std::vector<std::string_view> codes) {
  std::ranges::sort(codes);
  codes.erase(std::ranges::unique(codes).begin(), codes.end());
  std::string out;
  for (const auto& code : codes) out.append(out.empty() ? "" : ", ").append(code);
  return out.empty() ? "none" : out;
}

std::string codes_of(const std::vector<Reason>& reasons) {
  std::vector<std::string_view> codes;
  codes.reserve(reasons.size());
  for (const Reason& reason : reasons) codes.push_back(reason.code);
  return codes_of(std::move(codes));
}

std::string listed(const std::vector<std::string>& codes) {
  std::string out;
  for (const auto& code : codes) out.append(out.empty() ? "" : ", ").append(code);
  return out.empty() ? "none" : out;
}

std::string messages_of(const std::vector<Reason>& reasons) {
  std::string out;
  for (const Reason& reason : reasons)
    out += fmt::format("{}{}: {}", out.empty() ? "" : "; ", reason.code, reason.message);
  return out;
}

class TestRun {
 public:
  TestRun(const Plan& plan, const TestCase& test, config::Problems& problems)
      : plan_(plan), test_(test), problems_(problems) {}

  void run() {
    const auto& names = plan_.columns.names();
    std::vector<Cell> cells(names.size());
    for (const auto& [column, cell] : test_.row) {
      const auto found = std::ranges::find(names, column);
      if (found != names.end())
        cells[static_cast<std::size_t>(found - names.begin())] = trim(cell);
      else
        unused_.append(unused_.empty() ? "" : ", ").append("\"" + column + "\"");
    }
    Outcome outcome;
    map_row(plan_, cells, outcome);
    switch (test_.expects) {
      case TestCase::Expects::referral:
        expect_referral(outcome);
        break;
      case TestCase::Expects::excluded:
        expect_excluded(outcome);
        break;
      case TestCase::Expects::rejected:
        expect_rejected(outcome);
        break;
    }
  }

 private:
  void fail(const config::Place& place, std::string_view what) {
    problems_.add(
        place, fmt::format("{}: {}", test_.title, what),
        unused_.empty() ? std::string{} : "the mapping does not use the row's columns " + unused_);
  }

  void differ(const YamlNode& expected, const std::string& path, const Value* got) {
    fail({plan_.file, expected.line, expected.column},
         fmt::format("{}: expected {}, got {}", path, shown(expected), shown(got)));
  }

  static std::string described(const Outcome& outcome) {
    if (std::holds_alternative<Excluded>(outcome)) return "the row is excluded";
    if (const auto* rejected = std::get_if<Rejected>(&outcome))
      return "the row is rejected: " + messages_of(rejected->reasons);
    return "the row becomes a referral";
  }

  void expect_excluded(const Outcome& outcome) {
    if (!std::holds_alternative<Excluded>(outcome))
      fail(test_.place, "expected the row to be excluded, but " + described(outcome));
  }

  void expect_rejected(const Outcome& outcome) {
    const auto* rejected = std::get_if<Rejected>(&outcome);
    if (rejected == nullptr)
      return fail(test_.place, fmt::format("expected the row to be rejected with {}, but {}",
                                           listed(test_.rejected), described(outcome)));
    if (const std::string got = codes_of(rejected->reasons); got != listed(test_.rejected))
      fail(test_.place, fmt::format("rejected: expected {}, got {}", listed(test_.rejected), got));
  }

  void expect_referral(const Outcome& outcome) {
    const auto* mapped = std::get_if<Mapped>(&outcome);
    if (mapped == nullptr)
      return fail(test_.place, "expected a referral, but " + described(outcome));
    if (test_.deal && *test_.deal != mapped->deal)
      fail(test_.place, fmt::format("deal: expected {}, got {}", to_string(*test_.deal),
                                    to_string(mapped->deal)));
    if (test_.referral) compare(*test_.referral, &mapped->referral, "referral");
    if (test_.invitation) compare(*test_.invitation, &mapped->invitation, "invitation");
    const std::string warnings = codes_of(mapped->warnings);
    if (test_.warnings && listed(*test_.warnings) != warnings)
      fail(test_.place,
           fmt::format("warnings: expected {}, got {}", listed(*test_.warnings), warnings));
  }

  void compare(const YamlNode& expected, const Value* got, const std::string& path) {
    switch (expected.kind) {
      case YamlNode::Kind::null:
        if (got != nullptr && !got->absent()) differ(expected, path, got);
        break;
      case YamlNode::Kind::scalar:
        if (got == nullptr || !same(expected, *got)) differ(expected, path, got);
        break;
      case YamlNode::Kind::map:
        if (got == nullptr || got->object() == nullptr) return differ(expected, path, got);
        for (const auto& member : expected.members)
          compare(member.value, got->find(member.name), path + "/" + member.name);
        break;
      case YamlNode::Kind::sequence: {
        const List* list = got == nullptr ? nullptr : got->list();
        if (list == nullptr || list->size() != expected.elements.size())
          return differ(expected, path, got);
        for (std::size_t i = 0; i < list->size(); ++i)
          compare(expected.elements[i], &(*list)[i], fmt::format("{}/{}", path, i));
      }
    }
  }

  static bool same(const YamlNode& expected, const Value& got) {
    if (got.string() != nullptr) return *got.string() == expected.text;
    if (got.boolean() != nullptr) return config::as_bool(expected) == *got.boolean();
    return got.number() != nullptr && canonical_number(expected.text) == *got.number();
  }

  const Plan& plan_;
  const TestCase& test_;
  config::Problems& problems_;
  std::string unused_;
};

}  // namespace

void run_plan_tests(const Plan& plan, config::Problems& problems) {
  for (const TestCase& test : plan.tests) TestRun(plan, test, problems).run();
}

}  // namespace referrald::mapping
