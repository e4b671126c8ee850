#include "mapping/readers/latest_versions.hpp"

#include <algorithm>
#include <unordered_map>

#include <xxhash.h>

namespace referrald::mapping {
namespace {

// 128 bits: two ids of one hash would lose a record, and 64 are not beyond that for ten million.
struct IdHash {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  bool operator==(const IdHash&) const = default;
};

struct TakeLow {
  std::size_t operator()(const IdHash& hash) const { return hash.low; }
};

struct Latest {
  std::optional<std::uint64_t> version;
  std::uint64_t time = 0;
  std::uint64_t row = 0;
};

using LatestById = std::unordered_map<IdHash, Latest, TakeLow>;

// The ids whose hash, divided by `of`, leaves `rest`.
struct Share {
  std::uint64_t rest = 0;
  std::uint64_t of = 1;
  bool holds(const IdHash& id) const { return id.high % of == rest; }
};

IdHash hash_of(std::string_view id) {
  const auto hash = XXH3_128bits(id.data(), id.size());
  return {hash.low64, hash.high64};
}

void keep_later(LatestById& latest, const IdHash& id, const Latest& now) {
  const auto [place, is_new] = latest.try_emplace(id, now);
  auto& known = place->second;
  if (is_new) return;
  const bool versions_differ = now.version && known.version && *now.version != *known.version;
  if (versions_differ ? *now.version > *known.version : now.time >= known.time) known = now;
}

}  // namespace

void RowSet::insert(std::uint64_t row) {
  if (row >= rows_.size()) rows_.resize(std::max<std::size_t>(row + 1, rows_.size() * 2));
  rows_[row] = true;
}

bool RowSet::contains(std::uint64_t row) const {
  return row < rows_.size() && rows_[row];
}

RowSet latest_versions(const VisitRows& visit, std::size_t ids_at_once) {
  RowSet rows;
  std::vector<Share> shares{{}};
  while (!shares.empty()) {
    Share share = shares.back();
    shares.pop_back();
    LatestById latest;
    std::uint64_t row = 0;
    visit([&](const VersionedRow& found) {
      const std::uint64_t number = row++;
      const IdHash id = hash_of(found.id);
      if (!share.holds(id)) return;
      keep_later(latest, id, {found.version, found.time, number});
      while (latest.size() > ids_at_once) {
        shares.push_back({share.rest + share.of, share.of * 2});
        share.of *= 2;
        std::erase_if(latest, [&](const auto& entry) { return !share.holds(entry.first); });
      }
    });
    for (const auto& [id, one] : latest) rows.insert(one.row);
  }
  return rows;
}

}  // namespace referrald::mapping
