// What people and commands ask.
#include "persistence/sqlite_ledger.hpp"

namespace referrald::persistence {
namespace {

constexpr int reject_header = 8;

RejectView read_reject(const Lent& row, bool refused) {
  RejectView view;
  view.rejection = row.number(9);
  view.origin.source = row.text(0);
  view.origin.export_name = row.text(1);
  view.origin.line = static_cast<std::uint64_t>(row.number(2));
  view.origin.columns = row.text(3);
  view.origin.cells = row.text(4);
  view.external_id = row.id(5);
  view.refused = refused;
  view.reasons = row.text(6);
  view.at = to_time(row.number(7));
  return view;
}

// Of a list of rows: the statement that has least to read.
Query list_query(const std::vector<State>& states) {
  if (states == std::vector{State::refused}) return Query::list_refused;
  if (states == std::vector{State::in_doubt}) return Query::list_in_doubt;
  return Query::list_rows;
}

}  // namespace

ReferralIds SqliteLedger::read_ids(const Lent& row, int column) {
  return {row.id(column),
          row.id(column + 1),
          row.id(column + 2),
          names_.word(row, column + 3),
          names_.word(row, column + 4),
          names_.word(row, column + 5)};
}

// The columns of view_columns.
RowView SqliteLedger::read_view(const Lent& row) {
  RowView view;
  view.row = row.number(0);
  view.external_id = row.id(1);
  view.source = row.text(2);
  view.deal = names_.word(row, 3);
  view.state = read_state(row, 4);
  view.step = read_step(row, 5);
  view.export_name = row.text(6);
  view.line = static_cast<std::uint64_t>(row.number(7));
  view.own = read_ids(row, 8);
  view.microsoft = read_ids(row, 14);
  view.attempts = row.small(20);
  view.first_seen = to_time(row.number(21));
  view.changed = to_time(row.number(22));
  const bool waits = view.state == State::pending || view.state == State::in_doubt;
  if (const auto due = row.maybe(23); due && waits && *due != held_back) view.due = to_time(*due);
  if (!row.is_null(24)) {
    view.last_error =
        Failure{row.text(24), row.text(25), row.small(26), row.text(27), row.text(28)};
    view.last_error_at = to_time(row.number(29));
  }
  view.reasons = row.text(30);
  view.own_tracking = row.text(31);
  view.microsoft_tracking = row.text(32);
  view.alias = row.text(33);
  view.taken_back = row.number(34) != 0;
  view.invitation_differs = row.number(35) != 0;
  return view;
}

template <typename Work>
void SqliteLedger::in_snapshot(Work&& work) {
  // The writer sees but its own changes, and may be inside a transaction.
  if (connection_.access == Access::writing) {
    work();
    return;
  }
  lend(Query::begin_reading).run();
  try {
    work();
  } catch (...) {
    end_snapshot();
    throw;
  }
  end_snapshot();
}

void SqliteLedger::end_snapshot() noexcept {
  try {
    lend(Query::rollback).run();
  } catch (...) {
    // Nothing was written; the connection's end is the end of the snapshot too.
  }
}

template <typename Visit>
void SqliteLedger::each_reject(const std::optional<std::string>& source,
                               std::optional<Timestamp> since, Visit&& visit) {
  in_snapshot([&] {
    for (const bool refused : {false, true}) {
      Lent statement = lend(refused ? Query::refused_rows : Query::open_rejections);
      source ? statement.bind(*source) : statement.bind_null();
      since ? statement.bind(to_number(*since)) : statement.bind_null();
      while (statement.step()) visit(statement, refused);
    }
  });
}

Tally SqliteLedger::current_tally() {
  if (connection_.access == Access::writing) return tally_;
  Tally tally;
  tally.load(statements_);
  return tally;
}

std::set<Id> SqliteLedger::source_ids(const std::vector<std::string>& sources) {
  std::set<Id> ids;
  for (const auto& name : sources) ids.insert(names_.find_source(name));
  return ids;
}

Counts SqliteLedger::counts(const std::vector<std::string>& sources) {
  return asking("count the rows", [&] {
    Counts counts;
    const auto wanted = source_ids(sources);
    current_tally().each([&](Id source, State state, Step, std::int64_t rows) {
      if (rows == 0 || (!sources.empty() && !wanted.contains(source))) return;
      counts[state] += static_cast<std::uint64_t>(rows);
    });
    return counts;
  });
}

std::optional<RowView> SqliteLedger::oldest_waiting() {
  return asking("look for the oldest waiting row", [&]() -> std::optional<RowView> {
    std::optional<RowView> view;
    in_snapshot([&] {
      Lent oldest = lend(Query::oldest_open);
      if (!oldest.step() || oldest.is_null(0)) return;
      Lent statement = lend(Query::view_of_row);
      if (statement.bind(oldest.number(0)).step()) view = read_view(statement);
    });
    return view;
  });
}

std::optional<RowView> SqliteLedger::find(std::string_view external_id) {
  return asking("find a row", [&]() -> std::optional<RowView> {
    Lent statement = lend(Query::view_of_row);
    if (!statement.bind(ids_.find(std::string(external_id))).step()) return std::nullopt;
    return read_view(statement);
  });
}

std::vector<AttemptView> SqliteLedger::attempts(RowKey row) {
  return asking("list the attempts", [&] {
    std::vector<AttemptView> attempts;
    Lent statement = lend(Query::attempts);
    statement.bind(row);
    while (statement.step()) {
      AttemptView attempt;
      attempt.at = to_time(statement.number(0));
      attempt.step = read_step(statement, 1);
      attempt.state = read_state(statement, 2);
      attempt.failure = {statement.text(3), statement.text(4), statement.small(5),
                         statement.text(6), statement.text(7)};
      attempts.push_back(std::move(attempt));
    }
    return attempts;
  });
}

void SqliteLedger::list(const ListFilter& filter,
                        const std::function<void(const RowView&)>& visit) {
  asking("list the rows", [&] {
    std::string states;
    for (const State state : filter.states) states.append(",").append(to_string(state)).append(",");
    Lent statement = lend(list_query(filter.states));
    filter.source ? statement.bind(*filter.source) : statement.bind_null();
    filter.since ? statement.bind(to_number(*filter.since)) : statement.bind_null();
    filter.states.empty() ? statement.bind_null() : statement.bind(states);
    while (statement.step()) visit(read_view(statement));
  });
}

void SqliteLedger::rejects(const std::optional<std::string>& source, std::optional<Timestamp> since,
                           const std::function<void(const RejectView&)>& visit) {
  asking("list the rejects", [&] {
    each_reject(source, since,
                [&](const Lent& row, bool refused) { visit(read_reject(row, refused)); });
  });
}

std::vector<std::string> SqliteLedger::reject_columns(const std::optional<std::string>& source,
                                                      std::optional<Timestamp> since) {
  return asking("list the columns of the rejects", [&] {
    std::vector<std::string> columns;
    std::set<Id> seen;
    each_reject(source, since, [&](const Lent& row, bool) {
      if (seen.insert(row.number(reject_header)).second) columns.push_back(row.text(3));
    });
    return columns;
  });
}

}  // namespace referrald::persistence
