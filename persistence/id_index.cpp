#include "persistence/id_index.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include <xxhash.h>

namespace referrald::persistence {
namespace {

// A hash that is further off than so many rows of the table is looked up rather than walked to.
constexpr int most_steps = 16;

// Where no row is. In the table, too, with the record of an excluded one; no row's id stands behind
// it for its sake. A row that is gone leaves 0 where others follow.
constexpr RowKey none = -1;

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
  recent_.clear();
  missed_hash_.reset();
  found_ = {};
  next_range_ = 0;
  ready_ = false;
}

// Not before it is needed: after a crash there may be many rows to look at.
void IdIndex::be_ready() {
  if (ready_) return;
  newest_ = 0;
  {
    Lent statement = statements_.lend(Query::meta);
    if (statement.bind(indexed).step()) newest_ = statement.number(0);
  }
  indexed_ = newest_at_first_ = newest_;
  load_newer();
  ready_ = true;
}

// The rows that have come since. Whether there are any.
bool IdIndex::load_newer() {
  bool any = false;
  Lent statement = statements_.lend(Query::rows_behind);
  statement.bind(newest_);
  while (statement.step()) {
    const RowKey row = statement.number(0);
    const auto there = place_of(statement.id(1), row);
    if (there.row == none) recent_.put({there.place, row, 0});
    newest_ = std::max(newest_, row);
    any = true;
  }
  missed_hash_.reset();
  return any;
}

IdIndex::Place IdIndex::at(std::int64_t place) {
  if (const auto* entry = recent_.find(place)) return {place, entry->row, entry->row == none};
  Lent statement = statements_.lend(Query::known);
  if (!statement.bind(place).step()) return {place, none};
  const RowKey row = statement.number(0);
  return {place, row, row == none};
}

bool IdIndex::has_id(RowKey row, const std::string& external_id) {
  Lent statement = statements_.lend(Query::has_id);
  return statement.bind(row).bind_id(external_id).step();
}

// Where it would stand is remembered.
RowKey IdIndex::look_up(const std::string& external_id) {
  const auto hash = hash_(external_id);
  auto there = at(hash);
  for (; there.row != none; there = at(next(there.place))) {
    if (there.row == 0 || !has_id(there.row, external_id)) continue;
    found_ = there;
    return there.row;
  }
  missed_hash_ = hash;
  missed_ = there;
  return 0;
}

RowKey IdIndex::find(const std::string& external_id) {
  if (const RowKey row = look_up(external_id)) return row;
  if (!ready_) {
    be_ready();
    if (const RowKey row = look_up(external_id)) return row;
  }
  if (!beside_writer_) return 0;
  if (recent_.size() < 2 * in_memory_) return load_newer() ? look_up(external_id) : 0;
  // What the writer has put into the table meanwhile need not be kept here.
  load(hash_, true);
  be_ready();
  return look_up(external_id);
}

IdIndex::Place IdIndex::place_of(const std::string& external_id, RowKey row) {
  auto there = at(hash_(external_id));
  while (there.row != none && there.row != row) there = at(next(there.place));
  return there;
}

bool IdIndex::add(const std::string& external_id, RowKey row) {
  be_ready();
  const bool missed = missed_hash_ == hash_(external_id);
  const auto there = missed ? missed_ : place_of(external_id, row);
  const auto place = there.place;
  missed_hash_.reset();
  forget_excluded_at(there);
  // One that the next start would not find behind `indexed` goes to the table at once.
  if (row <= newest_)
    put_into_table({place, row, 0});
  else
    recent_.put({place, row, 0});
  newest_ = std::max(newest_, row);
  return there.excluded;
}

void IdIndex::remove(const std::string& external_id, RowKey row) {
  be_ready();
  const auto place = place_of(external_id, row).place;
  // Where another id may have been put behind this one, the way there stays.
  const bool leads_on = at(next(place)).row != none;
  missed_hash_.reset();
  found_ = {};
  recent_.erase(place);
  if (leads_on)
    put_into_table({place, 0, 0});
  else
    statements_.lend(Query::delete_known).bind(place).run();
}

bool IdIndex::see(const std::string& external_id, RowKey row, std::int64_t record) {
  be_ready();
  const auto there = place_of(external_id, row);
  // Under an id that is not the row's it would not be forgotten with the row's.
  if (there.row != row) return false;
  recent_.put({there.place, row, record});
  return true;
}

bool IdIndex::see_excluded(const std::string& external_id, std::int64_t record) {
  be_ready();
  const auto hash = hash_(external_id);
  const auto there = missed_hash_ == hash ? missed_ : place_of(external_id, none);
  // Elsewhere it would not be found, and might stand in another id's way.
  if (there.place != hash) return false;
  recent_.put({hash, none, record});
  missed_hash_.reset();
  return true;
}

void IdIndex::forget_excluded(const std::string& external_id) {
  be_ready();
  forget_excluded_at(place_of(external_id, none));
  missed_hash_.reset();
}

void IdIndex::forget_excluded_at(const Place& place) {
  if (!place.excluded) return;
  recent_.erase(place.place);
  statements_.lend(Query::delete_known).bind(place.place).run();
}

// At once, so that nothing is left of it should the process die.
void IdIndex::forget_record(const std::string& external_id, RowKey row) {
  be_ready();
  forget_record_at(place_of(external_id, row).place);
}

bool IdIndex::forget_record_of_found(RowKey row) {
  if (found_.row != row) return false;
  forget_record_at(found_.place);
  return true;
}

void IdIndex::forget_record_at(std::int64_t place) {
  if (auto* entry = recent_.find(place)) entry->record = 0;
  statements_.lend(Query::forget_record).bind(place).run();
}

void IdIndex::seen_records(std::span<const std::int64_t> ids, std::span<SeenRecord> out) {
  Lent statement = statements_.lend(Query::known_from);
  bool more = false;
  std::int64_t place = std::numeric_limits<std::int64_t>::min();
  const auto look_up = [&](std::int64_t id) {
    statement.again();
    more = statement.bind(id).step();
  };
  for (std::size_t i = 0; i < ids.size(); ++i) {
    out[i] = {};
    if (i == 0) {
      look_up(ids[i]);
    } else {
      for (int steps = 0; more && place < ids[i] && steps < most_steps; ++steps) {
        more = statement.step();
        if (more) place = statement.number(0);
      }
      if (more && place < ids[i]) look_up(ids[i]);
    }
    if (!more) continue;
    place = statement.number(0);
    if (place == ids[i]) out[i] = {std::max(statement.number(1), RowKey{0}), statement.number(2)};
  }
}

void IdIndex::put_into_table(const PlaceEntry& entry) {
  Lent statement = statements_.lend(Query::put_known);
  statement.bind(entry.place).bind(entry.row).bind(entry.record).run();
}

void IdIndex::put_range_into_table(std::size_t range) {
  Lent statement = statements_.lend(Query::put_known);
  for (const auto& entry : recent_.take(range)) {
    statement.again();
    statement.bind(entry.place).bind(entry.row).bind(entry.record).run();
  }
}

void IdIndex::write_down_indexed(RowKey row) {
  if (row == indexed_) return;
  statements_.lend(Query::put_meta).bind(indexed).bind_text(std::to_string(row)).run();
  indexed_ = row;
}

void IdIndex::store(bool all) {
  if (!ready_) return;
  while (recent_.size() >= in_memory_) {
    put_range_into_table(next_range_);
    if (++next_range_ < RecentPlaces::ranges) continue;
    // What was there when the round began is all in the table.
    write_down_indexed(std::exchange(newest_at_first_, newest_));
    next_range_ = 0;
  }
  if (!all) return;
  for (std::size_t range = 0; range < RecentPlaces::ranges; ++range) put_range_into_table(range);
  next_range_ = 0;
  write_down_indexed(newest_at_first_ = newest_);
}

}  // namespace referrald::persistence
