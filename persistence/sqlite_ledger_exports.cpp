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

}  // namespace

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
