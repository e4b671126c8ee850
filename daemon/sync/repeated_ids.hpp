// Rows of an export that share an id: the last one counts, and a person is told of both lines
// (contract, section 7).
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "daemon/sync/export_rows.hpp"

namespace referrald::sync {

// Of so many rows of an export it is told that their id occurs twice, or that they were overtaken.
inline constexpr std::uint64_t most_told = 20;

// Of one export. Its memory does not grow with the export.
class RepeatedIds {
 public:
  // What the later row came to.
  static constexpr std::string_view replaces = "different content; the last one counts";
  static constexpr std::string_view replaces_rejected =
      "the last one counts: the other is rejected";
  static constexpr std::string_view replaces_excluded =
      "the last one counts: the other is excluded";
  static constexpr std::string_view is_rejected = "the last one counts: it is rejected";
  static constexpr std::string_view is_excluded = "the last one counts: it is excluded";

  // The row takes the place of an earlier one of its export.
  void add(const ExportRow& row, std::string_view what);

  // A row that the ledger need not know leaves its id here, for those that follow. The last ten
  // thousand or so are remembered.
  void left_out(const ExportRow& row);
  // Whether such a row has this id; it is forgotten.
  bool take_left_out(std::string_view external_id);

  // Reads the export again, up to the last row that is to be told, for the line before each.
  // An export that cannot be read any more leaves lines unnamed.
  std::vector<std::string> remarks(const Export& what) const;

 private:
  struct Twice {
    std::string external_id;
    std::uint64_t line;
    std::string_view what;
    std::uint64_t earlier = 0;  // the line before; 0: not found
  };
  static void find_earlier(const Export& what, std::vector<Twice>& told);

  std::uint64_t count_ = 0;
  std::vector<Twice> told_;
  std::unordered_map<std::uint64_t, std::uint32_t> left_out_;  // ids, by hash; how often in order_
  std::deque<std::uint64_t> order_;
};

// The id that the row names; empty: none.
const std::string& external_id_of(const mapping::Outcome& outcome);

}  // namespace referrald::sync
