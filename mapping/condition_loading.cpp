#include <algorithm>

#include <fmt/format.h>
#include <re2/re2.h>

#include "mapping/conditions.hpp"
#include "mapping/value.hpp"
#include "mapping/yaml_loading.hpp"

namespace referrald::mapping {
namespace {

using config::YamlNode;

constexpr std::string_view condition_keys[] = {"column",  "value", "is",    "in",       "not_in",
                                               "matches", "blank", "above", "at_least", "below",
                                               "at_most", "from",  "before"};
constexpr std::string_view tests =
    "is, in, not_in, matches, blank, above, at_least, below, at_most, "
    "from or before";

// The column's cell through a filter.
std::string placeholder(std::string_view column, std::string_view filter) {
  std::string out = "${";
  for (const char c : column) {
    if (std::string_view("}|$\\").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out.append(" | ").append(filter).append("}");
}

class ConditionLoader : YamlLoading {
 public:
  ConditionLoader(const std::string& file, const FilterSettings& settings, Columns& columns,
                  config::Problems& problems)
      : YamlLoading(file, problems), settings_(settings), columns_(columns) {}

  std::vector<Condition> load_list(const YamlNode& yaml, std::string_view name) {
    std::vector<Condition> out;
    if (yaml.kind != YamlNode::Kind::sequence) {
      complain(yaml, fmt::format("{} must be a list of conditions", name),
               "write - { column: Status Reason, in: [Qualified] }");
      return out;
    }
    for (const YamlNode& entry : yaml.elements)
      if (auto condition = load(entry)) out.push_back(std::move(*condition));
    return out;
  }

 private:
  std::optional<Condition> load(const YamlNode& yaml) {
    if (yaml.kind != YamlNode::Kind::map) {
      complain(yaml, "an entry of include must be a map",
               "write { column: Status Reason, in: [Qualified] }");
      return std::nullopt;
    }
    for (const char* name : {"any", "all"})
      if (const YamlNode* members = yaml.find(name)) return group(yaml, name, *members);
    Condition condition;
    bool has_test = false;
    bool all_known = true;
    for (const auto& member : yaml.members) {
      if (std::ranges::find(condition_keys, member.name) == std::end(condition_keys))
        all_known = unknown(member);
      else if (member.name != "column" && member.name != "value")
        has_test = set(condition, member.name, member.value) || has_test;
    }
    const YamlNode* column = yaml.find("column");
    const YamlNode* value = yaml.find("value");
    // What is missing beside an unknown key is that key, misspelt.
    if (!all_known && column == nullptr && value == nullptr) return condition;
    if (all_known && !has_test && (column != nullptr || value != nullptr))
      complain(yaml,
               fmt::format("the condition on \"{}\" says nothing about it",
                           (column != nullptr ? column : value)->text),
               fmt::format("add {}", tests));
    subject(condition, yaml, column, value);
    return condition;
  }

  std::optional<Condition> group(const YamlNode& yaml, std::string_view name,
                                 const YamlNode& members) {
    for (const auto& member : yaml.members)
      if (member.name != name)
        complain(member, fmt::format("include: {} stands beside \"{}\"", member.name, name),
                 "write it as an entry of its own");
    Condition condition;
    condition.group = name == "any" ? Condition::Group::any : Condition::Group::all;
    const auto before = problems_.list().size();
    condition.members = load_list(members, name);
    if (condition.members.empty() && problems_.list().size() == before)
      complain(members, fmt::format("include: {} holds no condition", name), "add some");
    return condition;
  }

  // What is compared: the column's cell, or a template's value.
  void subject(Condition& condition, const YamlNode& yaml, const YamlNode* column,
               const YamlNode* value) {
    const bool numbers =
        condition.above || condition.at_least || condition.below || condition.at_most;
    const bool dates = condition.from || condition.before;
    if (numbers && dates)
      complain(yaml, "include: a value is compared as a number and as a date",
               "say from and before of dates, the others of numbers");
    else if (!has_values_between(condition))
      complain(yaml, "include: no value is between these bounds, so no row would be sent",
               dates ? "the day of from must be earlier than that of before"
                     : "the lower bound must be below the upper one");
    if (value != nullptr && column != nullptr)
      return complain(yaml, "an entry of include names a column and a value", "keep one of them");
    if (value != nullptr) return of_template(condition, *value, numbers);
    if (column == nullptr || column->kind != YamlNode::Kind::scalar || trim(column->text).empty())
      return complain(yaml, "an entry of include names no column",
                      "add column: and the header's name");
    const std::string_view name = trim(column->text);
    condition.column = columns_.id_of(name, place(*column));
    if (numbers || dates)
      condition.value = Template::parse(placeholder(name, numbers ? "number" : "date"), settings_,
                                        columns_, place(*column), problems_);
  }

  void of_template(Condition& condition, const YamlNode& value, bool numbers) {
    if (value.kind != YamlNode::Kind::scalar)
      return complain(value, "include: value must be a template",
                      "write value: ${Column | number}");
    const auto before = problems_.list().size();
    Columns::MentionScope scope(columns_, false);
    condition.value = Template::parse(value.text, settings_, columns_, place(value), problems_);
    if (problems_.list().size() != before) return;
    if (condition.value->constant())
      return complain(value, fmt::format("include: \"{}\" takes nothing from the row", value.text),
                      "write a template: value: ${Column | number}");
    condition.column = scope.mentioned().front();
    if (numbers && condition.value->kind() == ScalarKind::text)
      complain(value, "include: text cannot be compared as a number",
               "add the filter number: ${Column | number}");
  }

  bool unknown(const YamlNode::Member& member) {
    const auto near = config::nearest(member.name, condition_keys);
    complain(member, fmt::format("include: unknown key \"{}\"", member.name),
             near ? fmt::format("did you mean \"{}\"?", *near)
                  : fmt::format("known are column, value, {}; any, all", tests));
    return false;
  }

  // Whether the key is a test, well-formed or not.
  bool set(Condition& condition, std::string_view key, const YamlNode& value) {
    if ((key == "is" || key == "in") && condition.in)
      complain(value, "include: is and in stand beside each other", "keep one of them");
    if (key == "is") condition.in = single(key, value);
    if (key == "in") condition.in = values(key, value);
    if (key == "not_in") condition.not_in = values(key, value);
    if (key == "matches") condition.matches = expression(value);
    if (key == "above") condition.above = number(key, value);
    if (key == "at_least") condition.at_least = number(key, value);
    if (key == "below") condition.below = number(key, value);
    if (key == "at_most") condition.at_most = number(key, value);
    if (key == "from") condition.from = date(key, value);
    if (key == "before") condition.before = date(key, value);
    if (key == "blank") {
      condition.blank = config::as_bool(value);
      if (!condition.blank)
        complain(value, fmt::format("include: blank is true or false, not \"{}\"", value.text),
                 "write blank: true or blank: false");
    }
    return true;
  }

  std::vector<std::string> single(std::string_view key, const YamlNode& value) {
    if (value.kind == YamlNode::Kind::scalar && !trim(value.text).empty())
      return {std::string(trim(value.text))};
    complain(value, fmt::format("include: {} must be a single value", key),
             "write is: Qualified; of several values, in: [Qualified, Contacted]; of blank cells, "
             "blank: true");
    return {};
  }

  std::optional<std::string> number(std::string_view key, const YamlNode& value) {
    if (value.kind == YamlNode::Kind::scalar && may_mean_thousands(value.text, settings_.numbers)) {
      complain(value,
               fmt::format("include: {}: {} may mean thousands in {}", key, value.text,
                           settings_.numbers.locale),
               "write 1000 or 1.0: numbers in a mapping have a point before decimals");
      return "0";
    }
    if (value.kind == YamlNode::Kind::scalar)
      if (const auto number = plain_number(value.text)) return number->text;
    complain(value, fmt::format("include: {} must be a number, not \"{}\"", key, value.text),
             fmt::format("write {}: 1000.50", key));
    return "0";  // so that the problem is told once
  }

  std::optional<std::string> date(std::string_view key, const YamlNode& value) {
    if (value.kind == YamlNode::Kind::scalar)
      if (auto read = DateReader::iso(settings_.zone).read(value.text); !read.utc.empty())
        return std::move(read.utc);
    complain(value, fmt::format("include: {} must be a date, not \"{}\"", key, value.text),
             fmt::format("write {}: 2026-03-31", key));
    return "0001-01-01T00:00:00Z";
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

  const FilterSettings& settings_;
  Columns& columns_;
};

}  // namespace

std::vector<Condition> load_conditions(const YamlNode& yaml, const std::string& file,
                                       const FilterSettings& settings, Columns& columns,
                                       config::Problems& problems) {
  return ConditionLoader(file, settings, columns, problems).load_list(yaml, "include");
}

}  // namespace referrald::mapping
