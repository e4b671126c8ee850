#include "mapping/readers/xlsx_labels.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <system_error>

#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {
namespace {

// "%20" and "+" are blanks; a "%" that no two hexadecimal digits follow stays.
std::string url_decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned char byte = 0;
    const char* const digits = text.data() + at + 1;
    if (text[at] == '%' && text.size() - at > 2 &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      out += static_cast<char>(byte);
      at += 2;
    } else {
      out += text[at] == '+' ? ' ' : text[at];
    }
  }
  return out;
}

using Names = std::map<std::string, std::vector<std::string>, std::less<>>;

Names names_by_label(std::string_view key) {
  Names names;
  for (int part = 0; part < 2; ++part) {
    const std::size_t colon = key.find(':');
    if (colon == std::string_view::npos) return names;
    key.remove_prefix(colon + 1);
  }
  while (!key.empty()) {
    const std::string_view pair = key.substr(0, key.find('&'));
    key.remove_prefix(std::min(pair.size() + 1, key.size()));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    const std::string label = url_decoded(pair.substr(equals + 1));
    names[std::string(trim(label))].push_back(url_decoded(pair.substr(0, equals)));
  }
  return names;
}

}  // namespace

std::vector<std::string> logical_names(std::string_view key,
                                       const std::vector<std::string>& header) {
  const Names names = names_by_label(key);
  std::map<std::string_view, std::vector<std::size_t>> columns;
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (!header[i].empty()) columns[header[i]].push_back(i);
  }
  std::vector<std::string> aliases(header.size());
  for (const auto& [label, places] : columns) {
    const auto found = names.find(label);
    if (found == names.end() || found->second.size() != places.size()) continue;
    for (std::size_t i = 0; i < places.size(); ++i) aliases[places[i]] = found->second[i];
  }
  // "(Do Not Modify) Modified On" and "Modified On" are both modifiedon, and hold the same.
  std::set<std::string_view> seen;
  for (std::string& alias : aliases) {
    if (!alias.empty() && !seen.insert(alias).second) alias.clear();
  }
  if (seen.empty()) aliases.clear();
  return aliases;
}

}  // namespace referrald::mapping
