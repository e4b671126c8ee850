// YAML, read strictly into a tree of our own, so that no yaml-cpp type travels further.
//
// yaml-cpp keeps duplicate keys silently, reads only the first document, expands aliases without
// bound and accepts invalid UTF-8; read_yaml() reports each of these as a problem instead.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/diagnostics.hpp"

namespace referrald::config {

// A node and where it stands. Scalars keep their text; `plain` tells an unquoted scalar, the only
// kind that may mean null, a boolean or a number.
struct YamlNode {
  enum class Kind { null, scalar, sequence, map };
  struct Member;

  Kind kind = Kind::null;
  bool plain = true;
  std::string text;                // scalar
  std::vector<YamlNode> elements;  // sequence
  std::vector<Member> members;     // map, in the file's order, keys unique
  int line = 0;
  int column = 0;

  // The member of that name, or nullptr; nullptr too when this is no map.
  const YamlNode* find(std::string_view name) const;
};

struct YamlNode::Member {
  std::string name;
  int line = 0;  // of the key
  int column = 0;
  YamlNode value;
};

// Reads one document. nullopt when the file cannot be read or is no valid YAML; other findings
// (duplicate key, second document, alias, merge key) are added to `problems` and the tree is
// returned.
std::optional<YamlNode> read_yaml(const std::filesystem::path& file, Problems& problems);
std::optional<YamlNode> parse_yaml(std::string_view text, const std::string& name,
                                   Problems& problems);

// The scalar as a boolean ("true"/"false", any case, unquoted), or nullopt.
std::optional<bool> as_bool(const YamlNode& node);

}  // namespace referrald::config
