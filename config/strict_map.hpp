// A strict walk over YAML: every key is known or reported, every value is of its type or reported.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/diagnostics.hpp"
#include "config/yaml_reader.hpp"

namespace referrald::config {

// A scalar with its ${NAME} expanded.
struct Text {
  std::string value;
  std::string shown;      // for messages: as written, never an environment variable's value
  bool expanded = false;  // it held ${NAME}
  bool plain = true;
  Place place;
};

// One section of a file. Each getter reports what is wrong and then answers as if the key were
// absent. Keys are named in messages by their path ("submission.retry.initial"). Refers to the
// node, the names and the problems, which must outlive it.
class StrictMap {
 public:
  // What a section's unknown keys may be shown as: a section for secrets shows none, for a secret
  // may stand where a key belongs.
  enum class Unknown { show, hide };

  // `place` is where a missing key is reported: the section's own key. Reports a node that is no
  // map, and each member that is not among `known`.
  StrictMap(const YamlNode& node, Place place, std::string path,
            std::span<const std::string_view> known, Problems& problems,
            Unknown unknown = Unknown::show);

  bool is_map() const { return node_.kind == YamlNode::Kind::map; }
  bool has(std::string_view name) const { return node_.find(name) != nullptr; }

  // The member, reported when it has no value (an empty value is no default); nullptr when absent.
  const YamlNode* member(std::string_view name) const;
  // The same, reported when absent.
  const YamlNode* required(std::string_view name, std::string_view remedy) const;
  // A section of this one.
  std::optional<StrictMap> section(std::string_view name, std::span<const std::string_view> known,
                                   Unknown unknown = Unknown::show) const;
  std::optional<StrictMap> required_section(std::string_view name,
                                            std::span<const std::string_view> known,
                                            std::string_view remedy) const;

  // A scalar, expanded, not empty and without control characters.
  std::optional<Text> text(std::string_view name) const;
  std::optional<Text> required_text(std::string_view name, std::string_view remedy) const;

  // A whole number written in plain digits, within these limits.
  std::optional<std::uint64_t> number(std::string_view name, std::uint64_t least,
                                      std::uint64_t most) const;

  // The path of a member: "submission.rate".
  std::string path(std::string_view name) const;
  // Where the member's key stands, or the section when it is absent.
  Place key_place(std::string_view name) const;
  const Place& place() const { return place_; }
  Problems& problems() const { return problems_; }

  // Adds "path: message (remedy)" at a place, or where the member's value stands.
  void report(Place place, std::string_view name, std::string_view message,
              std::string remedy) const;
  void report(std::string_view name, std::string_view message, std::string remedy) const;
  // Adds "path: "value" message (remedy)".
  void report(std::string_view name, const Text& value, std::string_view message,
              std::string remedy) const;

 private:
  void report_unknown(const YamlNode::Member& member, std::span<const std::string_view> known,
                      Unknown unknown) const;
  std::optional<Text> scalar(std::string_view name, const YamlNode& node) const;

  const YamlNode& node_;
  Place place_;
  std::string path_;
  Problems& problems_;
};

// The value in quotes for a message: control characters replaced, the length bounded.
std::string in_quotes(std::string_view text);

// "a, b, c".
std::string listed(std::span<const std::string_view> names);

// True for a name that an environment variable can have: letters, digits and _, no digit first.
bool is_environment_name(std::string_view name);

}  // namespace referrald::config
