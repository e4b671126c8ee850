#include "mapping/yaml_loading.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace referrald::mapping {

using config::YamlNode;

void YamlLoading::complain(const YamlNode& node, std::string message, std::string remedy) {
  problems_.add(place(node), std::move(message), std::move(remedy));
}

void YamlLoading::complain(const YamlNode::Member& key, std::string message, std::string remedy) {
  problems_.add(place(key), std::move(message), std::move(remedy));
}

bool YamlLoading::known(const YamlNode::Member& member, std::span<const std::string_view> keys,
                        std::string_view where) {
  if (std::ranges::find(keys, member.name) != keys.end()) return true;
  const auto near = config::nearest(member.name, keys);
  complain(member, fmt::format("{} has no key \"{}\"", where, member.name),
           near ? fmt::format("did you mean \"{}\"?", *near)
                : fmt::format("known are {}", fmt::join(keys, ", ")));
  return false;
}

}  // namespace referrald::mapping
