// What a person must mend: collected in a list, reported in one go, never thrown.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace referrald::config {

// A place in a file. Lines and columns count from 1; 0 means "not known".
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
};

// One thing a person must mend. `message` says what is wrong and shows the value, `remedy` what to
// do (may be empty). Neither holds a secret or a cell of an export.
struct Problem {
  Place place;
  std::string message;
  std::string remedy;
};

// "file:line:column: message (remedy)", leaving out what is not known.
std::string to_string(const Problem& problem);

// The problems of one or more files, in the order in which they were found.
class Problems {
 public:
  void add(Place place, std::string message, std::string remedy = {});
  bool empty() const { return list_.empty(); }
  const std::vector<Problem>& list() const { return list_; }

 private:
  std::vector<Problem> list_;
};

// The known name nearest to `name` if one is near enough to be meant (case ignored, few edits), for
// "did you mean …?".
std::optional<std::string> nearest(std::string_view name, std::span<const std::string_view> known);

}  // namespace referrald::config
