// What the loaders of a mapping file's parts have in common: places, problems, known keys.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/diagnostics.hpp"
#include "config/yaml_reader.hpp"

namespace referrald::mapping {

// Refers to the file's name and the problems, which must outlive it.
class YamlLoading {
 public:
  YamlLoading(const std::string& file, config::Problems& problems)
      : file_(file), problems_(problems) {}

 protected:
  config::Place place(const config::YamlNode& node) const {
    return {file_, node.line, node.column};
  }
  config::Place place(const config::YamlNode::Member& member) const {
    return {file_, member.line, member.column};
  }

  void complain(const config::YamlNode& node, std::string message, std::string remedy = {});
  void complain(const config::YamlNode::Member& key, std::string message, std::string remedy = {});

  // Whether the map's key is known; else a problem names the nearest one. `where` is the map, as
  // in "a mapping has no key …".
  bool known(const config::YamlNode::Member& member, std::span<const std::string_view> keys,
             std::string_view where);

  const std::string& file_;
  config::Problems& problems_;
};

}  // namespace referrald::mapping
