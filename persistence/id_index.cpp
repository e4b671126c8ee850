#include "persistence/id_index.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include <xxhash.h>

namespace referrald::persistence {
namespace {

// How much is kept in memory: some megabytes. A table of a million rows has some ten thousand
// pages, so that each is written once for several rows.
constexpr std::size_t most_in_memory = 1U << 17U;

// A hash that is further off than so many rows of the table is looked up rather than walked to.
constexpr int most_steps = 16;

constexpr RowKey none = -1;  // in the table; a row that is gone leaves 0 where others follow

const std::string indexed = "indexed";

std::int64_t next(std::int64_t hash) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(hash) + 1);
}

}  // namespace

IdHash make_id_hash(std::string_view key) {
  std::uint64_t seed = 0;
  std::memcpy(&seed, key.data(), std::min(key.size(), sizeof seed));
  return [seed](std::string_view id) {
    return static_cast<std::int64_t>(XXH3_64bits_withSeed(id.data(), id.size(), seed));
  };
}

void IdIndex::load(IdHash hash, bool beside_writer) {
  hash_ = std::move(hash);
  beside_writer_ = beside_writer;
  fresh_.clear();
  missed_hash_.reset();
  changed_ = false;
  newest_ = 0;
  {
    Lent statement = statements_.lend(Query::meta);
    if (statement.bind(indexed).step()) newest_ = statement.number(0);
  }
  load_newer();
}

// The rows that have come since. Whether there are any.
bool IdIndex::load_newer() {
  std::vector<std::pair<std::string, RowKey>> rows;
  {
    Lent statement = statements_.lend(Query::rows_behind);
    statement.bind(newest_);
    while (statement.step()) rows.emplace_back(statement.id(1), statement.number(0));
  }
  for (const auto& [id, row] : rows) add(id, row);
  return !rows.empty();
}

RowKey IdIndex::row_at(std::int64_t place) {
  if (const auto entry = fresh_.find(place); entry != fresh_.end()) return entry->second.row;
  Lent statement = statements_.lend(Query::known);
  return statement.bind(place).step() ? statement.number(0) : none;
}

bool IdIndex::has_id(RowKey row, const std::string& external_id) {
  Lent statement = statements_.lend(Query::has_id);
  return statement.bind(row).bind_id(external_id).step();
}

RowKey IdIndex::find(const std::string& external_id) {
  const auto hash = hash_(external_id);
  auto place = hash;
  for (;; place = next(place)) {
    const RowKey row = row_at(place);
    if (row == none) break;
    if (row != 0 && has_id(row, external_id)) return row;
  }
  missed_hash_ = hash;
  missed_place_ = place;
  if (!beside_writer_) return 0;
  // What the writer has put into the table meanwhile need not be kept here.
  if (fresh_.size() >= most_in_memory) load(hash_, true);
  return load_newer() ? find(external_id) : 0;
}

std::int64_t IdIndex::place_of(const std::string& external_id, RowKey row) {
  auto place = hash_(external_id);
  for (;; place = next(place)) {
    const RowKey there = row_at(place);
    if (there == none || there == row) return place;
  }
}

void IdIndex::add(const std::string& external_id, RowKey row) {
  const bool missed = missed_hash_ == hash_(external_id);
  fresh_[missed ? missed_place_ : place_of(external_id, row)] = {row, 0};
  missed_hash_.reset();
  newest_ = std::max(newest_, row);
  changed_ = true;
}

void IdIndex::remove(const std::string& external_id, RowKey row) {
  const auto place = place_of(external_id, row);
  // Where another id may have been put behind this one, the way there stays.
  const bool leads_on = row_at(next(place)) != none;
  missed_hash_.reset();
  fresh_.erase(place);
  statements_.lend(Query::delete_known).bind(place).run();
  if (leads_on) fresh_[place] = {};
  changed_ = true;
}

void IdIndex::see(const std::string& external_id, RowKey row, std::int64_t record) {
  fresh_[place_of(external_id, row)] = {row, record};
  changed_ = true;
}

// At once, so that nothing is left of it should the process die.
void IdIndex::forget_record(const std::string& external_id, RowKey row) {
  const auto place = place_of(external_id, row);
  if (const auto entry = fresh_.find(place); entry != fresh_.end()) entry->second.record = 0;
  statements_.lend(Query::forget_record).bind(place).run();
}

void IdIndex::seen_records(std::span<const std::int64_t> ids, std::span<SeenRecord> out) {
  Lent statement = statements_.lend(Query::known_from);
  bool more = false;
  std::int64_t at = std::numeric_limits<std::int64_t>::min();
  const auto look_up = [&](std::int64_t id) {
    statement.again();
    more = statement.bind(id).step();
  };
  for (std::size_t i = 0; i < ids.size(); ++i) {
    out[i] = {};
    if (i == 0) {
      look_up(ids[i]);
    } else {
      for (int steps = 0; more && at < ids[i] && steps < most_steps; ++steps) {
        more = statement.step();
        if (more) at = statement.number(0);
      }
      if (more && at < ids[i]) look_up(ids[i]);
    }
    if (!more) continue;
    at = statement.number(0);
    if (at == ids[i]) out[i] = {statement.number(1), statement.number(2)};
  }
}

void IdIndex::store(bool all) {
  if (!changed_ || (!all && fresh_.size() < most_in_memory)) return;
  {
    Lent statement = statements_.lend(Query::put_known);
    for (const auto& [place, entry] : fresh_) {
      statement.again();
      statement.bind(place).bind(entry.row).bind(entry.record).run();
    }
  }
  statements_.lend(Query::put_meta).bind(indexed).bind_text(std::to_string(newest_)).run();
  fresh_.clear();
  changed_ = false;
}

}  // namespace referrald::persistence
