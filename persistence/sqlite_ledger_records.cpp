// Records and whole exports that need not be mapped again.
#include "persistence/sqlite_ledger.hpp"

namespace referrald::persistence {
namespace {

// Of a source; exports that come by turns are few.
constexpr std::int64_t most_seen_exports = 16;

}  // namespace

// Something is done to the row: to offer its record again may do something, too.
void SqliteLedger::forget_record(RowKey row) {
  std::string external_id;
  Id source = 0;
  {
    Lent statement = lend(Query::id_of_row);
    if (!statement.bind(row).step()) return;
    external_id = statement.id(0);
    source = statement.number(1);
  }
  ids_.forget_record(external_id, row);
  forget_seen_exports(source);
}

void SqliteLedger::forget_record(RowKey row, Id source) {
  if (ids_.forget_record_of_found(row))
    forget_seen_exports(source);
  else
    forget_record(row);
}

void SqliteLedger::forget_seen_exports(Id source) {
  forgetful_sources_.insert(source);
  drop_seen_exports(source);
}

void SqliteLedger::drop_seen_exports(Id source) {
  if (sources_with_seen_exports_.erase(source) == 0) return;
  lend(Query::forget_seen_exports).bind(source).run();
}

// To exclude its id may do something from now on, and an export may have done so before.
void SqliteLedger::index_new_row(const std::string& external_id, RowKey row, Id source) {
  if (ids_.add(external_id, row)) forget_seen_exports(source);
  const auto seen = sources_with_seen_exports_.find(source);
  if (seen != sources_with_seen_exports_.end() && seen->second) drop_seen_exports(source);
}

bool SqliteLedger::see_record(RowKey row, std::string_view external_id, std::int64_t record) {
  return writing("remember a record",
                 [&] { return ids_.see(std::string(external_id), row, record); });
}

std::int64_t SqliteLedger::hash_of(std::string_view external_id) const {
  return ids_.hash_of(external_id);
}

void SqliteLedger::seen_records(std::span<const std::int64_t> ids, std::span<SeenRecord> out) {
  asking("look for records", [&] { ids_.seen_records(ids, out); });
}

void SqliteLedger::see_export(std::string_view source, const SeenExport& seen) {
  writing("remember an export", [&] {
    const Id id = names_.source(source);
    // What was refused while its export was still being read is to be told of the next time.
    if (forgetful_sources_.contains(id)) return;
    bool full = false;
    {
      Lent count = lend(Query::count_seen_exports);
      full = count.bind(id).step() && count.number(0) >= most_seen_exports;
    }
    if (full) lend(Query::forget_seen_exports).bind(id).run();
    lend(Query::see_export)
        .bind(id)
        .bind(seen.hash)
        .bind(static_cast<std::int64_t>(seen.bytes))
        .bind_blob(seen.records)
        .bind(Id{seen.excludes})
        .run();
    auto& excludes = sources_with_seen_exports_[id];
    excludes = excludes || seen.excludes;
  });
}

std::string SqliteLedger::seen_export(std::string_view source, std::int64_t hash) {
  return asking("look for an export", [&]() -> std::string {
    Lent statement = lend(Query::seen_export);
    if (!statement.bind(names_.find_source(source)).bind(hash).step()) return {};
    return statement.text(0);
  });
}

bool SqliteLedger::has_seen_exports(std::string_view source, std::uint64_t bytes) {
  return asking("look for an export", [&] {
    Lent statement = lend(Query::has_seen_exports);
    return statement.bind(names_.find_source(source)).bind(static_cast<std::int64_t>(bytes)).step();
  });
}

}  // namespace referrald::persistence
