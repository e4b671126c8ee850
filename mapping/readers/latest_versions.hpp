// Of an export that holds every version of a record: which row is the latest one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace referrald::mapping {

// One row, by its number in the export.
struct VersionedRow {
  std::string_view id;
  // Of two rows of an id the one with the higher version is later, if both have one; then the one
  // with the later time, then the one further down.
  std::optional<std::uint64_t> version;
  std::uint64_t time = 0;
};

// One bit a row.
class RowSet {
 public:
  void insert(std::uint64_t row);
  bool contains(std::uint64_t row) const;

 private:
  std::vector<bool> rows_;
};

// Goes over all rows of the export, from the first one on, and hands each to the visitor.
using VisitRows = std::function<void(const std::function<void(const VersionedRow&)>&)>;

// The latest row of each id. At most `ids_at_once` ids are kept in memory: with more than those,
// the export is visited again, each time for another part of the ids.
RowSet latest_versions(const VisitRows& visit, std::size_t ids_at_once = 250'000);

}  // namespace referrald::mapping
