#include "mapping/conditions.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <re2/re2.h>

namespace referrald::mapping {
namespace {

using config::YamlNode;

constexpr std::string_view keys[] = {"column", "in", "not_in", "matches", "blank"};

class ConditionLoader {
 public:
  ConditionLoader(const std::string& file, Columns& columns, config::Problems& problems)
      : file_(file), columns_(columns), problems_(problems) {}

  std::optional<Condition> load(const YamlNode& yaml) {
    if (yaml.kind != YamlNode::Kind::map) {
      complain(yaml, "an entry of include must be a map",
               "write { column: Status Reason, in: [Qualified] }");
      return std::nullopt;
    }
    Condition condition;
    bool has_test = false;
    for (const auto& member : yaml.members) {
      if (std::ranges::find(keys, member.name) == std::end(keys))
        unknown(member);
      else if (member.name != "column")
        has_test = set(condition, member.name, member.value) || has_test;
    }
    const YamlNode* column = yaml.find("column");
    if (column == nullptr || column->kind != YamlNode::Kind::scalar || trim(column->text).empty())
      complain(yaml, "an entry of include names no column", "add column: and the header's name");
    else
      condition.column = columns_.id_of(trim(column->text), place(*column));
    if (!has_test && column != nullptr)
      complain(yaml, fmt::format("the condition on \"{}\" says nothing about it", column->text),
               "add in, not_in, matches or blank");
    return condition;
  }

 private:
  config::Place place(const YamlNode& node) const { return {file_, node.line, node.column}; }

  void complain(const YamlNode& node, std::string message, std::string remedy) {
    problems_.add(place(node), std::move(message), std::move(remedy));
  }

  void unknown(const YamlNode::Member& member) {
    const auto near = config::nearest(member.name, keys);
    problems_.add({file_, member.line, member.column},
                  fmt::format("include: unknown key \"{}\"", member.name),
                  near ? fmt::format("did you mean \"{}\"?", *near)
                       : "known are column, in, not_in, matches, blank");
  }

  // Whether the key is a test, well-formed or not.
  bool set(Condition& condition, std::string_view key, const YamlNode& value) {
    if (key == "in") condition.in = values(key, value);
    if (key == "not_in") condition.not_in = values(key, value);
    if (key == "matches") condition.matches = expression(value);
    if (key == "blank") {
      condition.blank = config::as_bool(value);
      if (!condition.blank)
        complain(value, fmt::format("include: blank is true or false, not \"{}\"", value.text),
                 "write blank: true or blank: false");
    }
    return true;
  }

  std::vector<std::string> values(std::string_view key, const YamlNode& list) {
    std::vector<std::string> out;
    if (list.kind != YamlNode::Kind::sequence || list.elements.empty()) {
      complain(list, fmt::format("include: {} must be a list of values", key),
               fmt::format("write {}: [Qualified, Contacted]", key));
      return out;
    }
    for (const YamlNode& element : list.elements)
      if (element.kind == YamlNode::Kind::scalar)
        out.emplace_back(trim(element.text));
      else
        complain(element, fmt::format("include: {} holds something that is no single value", key),
                 "write one value, or use blank: for blank cells");
    return out;
  }

  std::shared_ptr<const re2::RE2> expression(const YamlNode& value) {
    if (value.kind != YamlNode::Kind::scalar) {
      complain(value, "include: matches must be a regular expression", "write matches: Q.*");
      return nullptr;
    }
    re2::RE2::Options options;
    options.set_log_errors(false);
    auto made = std::make_shared<const re2::RE2>(value.text, options);
    if (made->ok()) return made;
    complain(value,
             fmt::format("include: \"{}\" is no regular expression: {}", value.text, made->error()),
             "the syntax is RE2's; in YAML put it into single quotes");
    return nullptr;
  }

  const std::string& file_;
  Columns& columns_;
  config::Problems& problems_;
};

bool listed(const std::vector<std::string>& values, std::string_view cell) {
  return std::ranges::find(values, cell) != values.end();
}

}  // namespace

bool Condition::holds(std::string_view cell) const {
  if (blank && *blank != cell.empty()) return false;
  if (in && !listed(*in, cell)) return false;
  if (not_in && listed(*not_in, cell)) return false;
  return matches == nullptr || re2::RE2::FullMatch({cell.data(), cell.size()}, *matches);
}

bool all_hold(const std::vector<Condition>& conditions, std::span<const Cell> cells) {
  return std::ranges::all_of(conditions,
                             [&](const auto& one) { return one.holds(cells[one.column].text); });
}

std::vector<Condition> load_conditions(const YamlNode& yaml, const std::string& file,
                                       Columns& columns, config::Problems& problems) {
  std::vector<Condition> out;
  if (yaml.kind != YamlNode::Kind::sequence) {
    problems.add({file, yaml.line, yaml.column}, "include must be a list of conditions",
                 "write - { column: Status Reason, in: [Qualified] }");
    return out;
  }
  ConditionLoader loader(file, columns, problems);
  for (const YamlNode& entry : yaml.elements)
    if (auto condition = loader.load(entry)) out.push_back(std::move(*condition));
  return out;
}

}  // namespace referrald::mapping
