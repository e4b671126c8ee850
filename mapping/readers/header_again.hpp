// The header once more among the rows, of files that were put together.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace referrald::mapping {

class HeaderAgain {
 public:
  // The header as it was read, trimmed. One of a single column, or of short names only, is never
  // found again, since they may well be cells.
  void expect(std::span<const std::string> header);

  enum class Found {
    no,
    same,         // the names in their places, whatever their case
    other_order,  // the names in other places: the cells of the rows behind it are, too
  };
  Found look(std::span<const std::string_view> cells) const;
  // False: cells that begin with this one are no header.
  bool may_begin_with(std::string_view cell) const;

 private:
  std::vector<std::string> names_;  // in small letters
  std::uint64_t sizes_ = 0;         // of the names, a bit each: most rows are told by it
};

}  // namespace referrald::mapping
