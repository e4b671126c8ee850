#include "config/diagnostics.hpp"

#include <algorithm>
#include <numeric>
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

// Insertions, deletions, substitutions and swaps of neighbours between two texts. Rejected rows are
// many, and so are the names that each is compared with: the memory is used again.
class Edits {
 public:
  // Something larger than `most` where there are more.
  std::size_t between(std::string_view a, std::string_view b, std::size_t most) {
    before_.resize(b.size() + 1);
    above_.resize(b.size() + 1);
    row_.resize(b.size() + 1);
    std::iota(above_.begin(), above_.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
      row_[0] = i;
      std::size_t least = i;
      for (std::size_t j = 1; j <= b.size(); ++j) {
        const std::size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
        row_[j] = std::min({above_[j] + 1, row_[j - 1] + 1, above_[j - 1] + cost});
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
          row_[j] = std::min(row_[j], before_[j - 2] + 1);
        least = std::min(least, row_[j]);
      }
      // A swap goes on from the row before, which is one less at most: one more edit, too.
      if (least > most) return least;
      before_.swap(above_);
      above_.swap(row_);
    }
    return above_.back();
  }

 private:
  std::vector<std::size_t> before_, above_, row_;
};

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
  Edits edits;
  for (const std::string_view candidate : known) {
    const std::size_t shorter = std::min(wanted.size(), candidate.size());
    const std::size_t allowed = std::clamp<std::size_t>(shorter / 3, 1, 4);
    const std::size_t longer = std::max(wanted.size(), candidate.size());
    if (longer - shorter > allowed) continue;
    const std::size_t distance = edits.between(wanted, folded(candidate), allowed);
    if (distance > allowed || (distance > 0 && distance >= shorter)) continue;
    if (!best || distance < best_distance) {
      best = std::string(candidate);
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace referrald::config
