#include "mapping/kept_values.hpp"

#include <algorithm>
#include <array>

namespace referrald::mapping {
namespace {

constexpr std::array<std::string_view, 5> kept_paths{
    "details/dealValue", "details/currency", "details/closingDateTime", "salesStage", "campaignId"};
using Texts = std::array<std::string, kept_paths.size()>;

Texts split_kept(std::string_view kept) {
  Texts texts;
  for (auto& text : texts) {
    const auto end = kept.find('\n');
    if (end == std::string_view::npos) break;
    text = kept.substr(0, end);
    kept.remove_prefix(end + 1);
  }
  return texts;
}

std::string joined_kept(const Texts& texts) {
  if (std::ranges::all_of(texts, [](const auto& text) { return text.empty(); })) return {};
  std::string out;
  for (const auto& text : texts) out.append(text).append("\n");
  return out;
}

}  // namespace

std::string kept_values(const Value& referral) {
  Texts texts;
  for (std::size_t i = 0; i < kept_paths.size(); ++i) {
    const Value* value = referral.at(kept_paths[i]);
    if (value != nullptr && !value->absent()) texts[i] = to_json(*value);
  }
  return joined_kept(texts);
}

std::optional<std::string> kept_value(std::string_view kept, std::string_view path) {
  const auto place = std::ranges::find(kept_paths, path);
  if (place == kept_paths.end()) return std::nullopt;
  auto text = split_kept(kept)[static_cast<std::size_t>(place - kept_paths.begin())];
  if (text.empty()) return std::nullopt;
  return text;
}

std::string keep_value(std::string_view kept, const Leaf& leaf) {
  const auto place = std::ranges::find(kept_paths, leaf.path);
  if (place == kept_paths.end()) return std::string(kept);
  auto texts = split_kept(kept);
  texts[static_cast<std::size_t>(place - kept_paths.begin())] = leaf.json;
  return joined_kept(texts);
}

}  // namespace referrald::mapping
