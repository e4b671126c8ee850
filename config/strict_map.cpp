#include "config/strict_map.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "config/values.hpp"

namespace referrald::config {
namespace {

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '\x7F';
}

// What expanding a scalar came to: the value, or what is wrong.
struct Expansion {
  std::string value;
  bool expanded = false;
  std::string error;
  std::string remedy;
};

// ${NAME} is the environment variable's value; $${ stands for ${ itself.
Expansion expand(std::string_view text) {
  Expansion result;
  while (!text.empty()) {
    if (text.starts_with("$${")) {
      result.value += "${";
      text.remove_prefix(3);
    } else if (text.starts_with("${")) {
      const std::size_t end = text.find('}');
      if (end == std::string_view::npos || !is_environment_name(text.substr(2, end - 2))) {
        result.error = "holds a ${ that begins no ${NAME}";
        result.remedy = "names have letters, digits and _; write $${ for the characters themselves";
        return result;
      }
      const std::string name(text.substr(2, end - 2));
      const char* value = std::getenv(name.c_str());
      if (value == nullptr) {
        result.error = "needs the environment variable " + name + ", which is not set";
        result.remedy =
            name == "CREDENTIALS_DIRECTORY"
                ? "the units set it: `sudo referraldctl COMMAND` runs a command as they do; else "
                  "set it to the folder of the secret"
                : "set " + name + ", or write the value itself";
        return result;
      }
      result.value += value;
      result.expanded = true;
      text.remove_prefix(end + 1);
    } else {
      result.value += text.front();
      text.remove_prefix(1);
    }
  }
  return result;
}

std::string range(std::uint64_t least, std::uint64_t most) {
  constexpr std::uint64_t limit_worth_saying = 1'000'000'000;
  if (most >= limit_worth_saying) return std::to_string(least) + " or more";
  return "from " + std::to_string(least) + " to " + std::to_string(most);
}

}  // namespace

StrictMap::StrictMap(const YamlNode& node, Place place, std::string path,
                     std::span<const std::string_view> known, Problems& problems, Unknown unknown)
    : node_(node), place_(std::move(place)), path_(std::move(path)), problems_(problems) {
  if (!is_map()) {
    // The value is not shown: in its place may stand anything, a secret too.
    const std::string subject = path_.empty() ? "the file" : path_;
    problems_.add({place_.file, node.line, node.column},
                  subject + ": must be a section, but is a " +
                      (node.kind == YamlNode::Kind::sequence ? "list" : "single value"),
                  "its keys are " + listed(known));
  }
  for (const YamlNode::Member& member : node_.members) {
    if (std::find(known.begin(), known.end(), member.name) == known.end()) {
      report_unknown(member, known, unknown);
    }
  }
}

void StrictMap::report_unknown(const YamlNode::Member& member,
                               std::span<const std::string_view> known, Unknown unknown) const {
  const Place place{place_.file, member.line, member.column};
  const std::string where = path_.empty() ? "" : " in " + path_;
  const auto meant = nearest(member.name, known);
  std::string remedy =
      meant ? "did you mean " + *meant + "?" : "the keys here are " + listed(known);
  const std::string name = unknown == Unknown::show ? " " + in_quotes(member.name) : "";
  problems_.add(place, "unknown key" + name + where, std::move(remedy));
}

const YamlNode* StrictMap::member(std::string_view name) const {
  const YamlNode* node = node_.find(name);
  if (node == nullptr || node->kind != YamlNode::Kind::null) return node;
  report(name, "has no value", "give it one, or remove the key");
  return nullptr;
}

const YamlNode* StrictMap::required(std::string_view name, std::string_view remedy) const {
  if (is_map() && !has(name)) report(place_, name, "is missing", std::string(remedy));
  return member(name);
}

std::optional<StrictMap> StrictMap::section(std::string_view name,
                                            std::span<const std::string_view> known,
                                            Unknown unknown) const {
  const YamlNode* node = member(name);
  if (node == nullptr) return std::nullopt;
  return StrictMap(*node, key_place(name), path(name), known, problems_, unknown);
}

std::optional<StrictMap> StrictMap::required_section(std::string_view name,
                                                     std::span<const std::string_view> known,
                                                     std::string_view remedy) const {
  const YamlNode* node = required(name, remedy);
  if (node == nullptr) return std::nullopt;
  return StrictMap(*node, key_place(name), path(name), known, problems_);
}

std::optional<Text> StrictMap::text(std::string_view name) const {
  const YamlNode* node = member(name);
  return node == nullptr ? std::nullopt : scalar(name, *node);
}

std::optional<Text> StrictMap::required_text(std::string_view name, std::string_view remedy) const {
  const YamlNode* node = required(name, remedy);
  return node == nullptr ? std::nullopt : scalar(name, *node);
}

std::optional<Text> StrictMap::scalar(std::string_view name, const YamlNode& node) const {
  if (node.kind != YamlNode::Kind::scalar) {
    report(name,
           std::string("must be a single value, but is a ") +
               (node.kind == YamlNode::Kind::sequence ? "list" : "section"),
           "quote the value if its brackets belong to it");
    return std::nullopt;
  }
  Text text{.value = {},
            .shown = in_quotes(node.text),
            .expanded = false,
            .plain = node.plain,
            .place = {place_.file, node.line, node.column}};
  Expansion expansion = expand(node.text);
  if (!expansion.error.empty()) {
    report(name, text, expansion.error, std::move(expansion.remedy));
    return std::nullopt;
  }
  text.value = std::move(expansion.value);
  text.expanded = expansion.expanded;
  if (text.value.empty()) {
    report(name, text.expanded ? text.shown + " is empty once expanded" : "is empty",
           "give it a value, or remove the key");
    return std::nullopt;
  }
  if (std::any_of(text.value.begin(), text.value.end(), is_control)) {
    report(name, text, "holds a control character or a line break", "write it in one line");
    return std::nullopt;
  }
  return text;
}

std::optional<std::uint64_t> StrictMap::number(std::string_view name, std::uint64_t least,
                                               std::uint64_t most) const {
  const auto text = this->text(name);
  if (!text) return std::nullopt;
  const auto value = parse_whole(text->value);
  if (!value) {
    report(name, *text, "is not a whole number",
           "plain digits without a leading zero, " + range(least, most));
    return std::nullopt;
  }
  if (!text->plain && !text->expanded) {
    report(name, *text, "is text, because it is quoted", "write the number without quotes");
    return std::nullopt;
  }
  if (*value < least || *value > most) {
    const bool small = *value < least;
    report(name, *text, small ? "is too small" : "is too large",
           small ? range(least, most) : "at most " + std::to_string(most));
    return std::nullopt;
  }
  return value;
}

std::string StrictMap::path(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

Place StrictMap::key_place(std::string_view name) const {
  for (const YamlNode::Member& member : node_.members) {
    if (member.name == name) return {place_.file, member.line, member.column};
  }
  return place_;
}

void StrictMap::report(Place place, std::string_view name, std::string_view message,
                       std::string remedy) const {
  problems_.add(std::move(place), path(name) + ": " + std::string(message), std::move(remedy));
}

void StrictMap::report(std::string_view name, std::string_view message, std::string remedy) const {
  const YamlNode* node = node_.find(name);
  Place place = node == nullptr ? place_ : Place{place_.file, node->line, node->column};
  report(std::move(place), name, message, std::move(remedy));
}

void StrictMap::report(std::string_view name, const Text& value, std::string_view message,
                       std::string remedy) const {
  report(value.place, name, value.shown + " " + std::string(message), std::move(remedy));
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t longest = 120;
  std::string result = "\"";
  std::size_t size = std::min(text.size(), longest);
  while (size < text.size() && size > 0 &&
         (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80) {
    --size;  // not within a character
  }
  for (const char c : text.substr(0, size)) result += is_control(c) ? '?' : c;
  if (size < text.size()) result += "…";
  return result + "\"";
}

std::string listed(std::span<const std::string_view> names) {
  std::string result;
  for (const std::string_view name : names) {
    if (!result.empty()) result += ", ";
    result += name;
  }
  return result;
}

bool is_environment_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace referrald::config
