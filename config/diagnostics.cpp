#include "config/diagnostics.hpp"

#include <algorithm>
#include <utility>

namespace referrald::config {
namespace {

// So that "Client-ID" is recognised as "client_id".
std::string folded(std::string_view name) {
  std::string result(name);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '-' || c == ' ') c = '_';
  }
  return result;
}

// Insertions, deletions, substitutions and swaps of neighbours.
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before;
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + cost});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before = above;
    above = row;
  }
  return above[b.size()];
}

}  // namespace

std::string to_string(const Problem& problem) {
  std::string text = problem.place.file;
  for (const int number : {problem.place.line, problem.place.column}) {
    if (number <= 0) break;
    if (!text.empty()) text += ':';
    text += std::to_string(number);
  }
  if (!text.empty()) text += ": ";
  text += problem.message;
  if (!problem.remedy.empty()) text += " (" + problem.remedy + ")";
  return text;
}

void Problems::add(Place place, std::string message, std::string remedy) {
  list_.push_back({std::move(place), std::move(message), std::move(remedy)});
}

std::optional<std::string> nearest(std::string_view name, std::span<const std::string_view> known) {
  const std::string wanted = folded(name);
  std::optional<std::string> best;
  std::size_t best_distance = 0;
  for (const std::string_view candidate : known) {
    const std::string other = folded(candidate);
    const std::size_t shorter = std::min(wanted.size(), other.size());
    const std::size_t allowed = std::clamp<std::size_t>(shorter / 3, 1, 4);
    const std::size_t longer = std::max(wanted.size(), other.size());
    if (longer - shorter > allowed) continue;
    const std::size_t distance = edits(wanted, other);
    if (distance > allowed || (distance > 0 && distance >= shorter)) continue;
    if (!best || distance < best_distance) {
      best = std::string(candidate);
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace referrald::config
