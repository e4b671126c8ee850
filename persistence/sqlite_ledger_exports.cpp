// Exports that were dealt with and stay where they are.
#include "persistence/sqlite_ledger.hpp"

namespace referrald::persistence {
namespace {

// What the program does not know any more, or not yet, is read again.
std::optional<Handled> parse_handled(std::string_view text) {
  for (const auto handled : {Handled::read, Handled::unreadable, Handled::guarded})
    if (to_string(handled) == text) return handled;
  return std::nullopt;
}

// Of a source; exports that come by turns are few.
constexpr std::int64_t most_seen_exports = 16;

}  // namespace

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

void SqliteLedger::remember_export(std::string_view source, const HandledExport& what) {
  writing("remember an export", [&] {
    lend(Query::put_handled_export)
        .bind(names_.source(source))
        .bind(what.name)
        .bind(what.stamp)
        .bind_text(to_string(what.handled))
        .bind(to_number(what.at))
        .run();
  });
}

void SqliteLedger::forget_export(std::string_view source, std::string_view name) {
  writing("forget an export",
          [&] { lend(Query::delete_handled_export).bind_text(source).bind_text(name).run(); });
}

std::vector<HandledExport> SqliteLedger::handled_exports(std::string_view source) {
  return asking("list the exports that were dealt with", [&] {
    std::vector<HandledExport> found;
    Lent statement = lend(Query::handled_exports);
    statement.bind_text(source);
    while (statement.step())
      if (const auto handled = parse_handled(statement.text(2)))
        found.push_back(
            {statement.text(0), statement.text(1), *handled, to_time(statement.number(3))});
    return found;
  });
}

}  // namespace referrald::persistence
