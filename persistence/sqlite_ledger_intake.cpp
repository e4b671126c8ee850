// Taking rows in: what an export asks for against what the ledger holds.
#include <SQLiteCpp/Database.h>

#include "persistence/sqlite_ledger.hpp"

namespace referrald::persistence {

std::optional<SqliteLedger::Known> SqliteLedger::known_row(const std::string& external_id) {
  Lent statement = lend(Query::known_row);
  if (!statement.bind(external_id).step()) return std::nullopt;
  Known known;
  known.row = statement.number(0);
  known.source = statement.number(1);
  known.state = read_state(statement, 2);
  known.step = read_step(statement, 3);
  known.doubtful = statement.number(4) != 0;
  known.rejection = statement.maybe(5);
  known.fingerprint = statement.text(6);
  known.deal = statement.text(7);
  known.own_fingerprint = statement.text(8);
  return known;
}

bool SqliteLedger::has_referral(RowKey row) {
  Lent statement = lend(Query::has_referral);
  return statement.bind(row).step();
}

Offered SqliteLedger::judge(const Known& known, std::string_view source,
                            std::string_view fingerprint, std::string_view deal) {
  Offered offered;
  offered.row = known.row;
  if (const Id asked = names_.find_source(source); asked != known.source) {
    offered.verdict = Verdict::other_source;
    offered.source = names_.source_name(known.source);
    return offered;
  }
  if (known.state == State::rejected) return offered;  // created
  if (known.state == State::closed) {
    offered.verdict = Verdict::closed;
    return offered;
  }
  const bool same_deal = known.deal == deal;
  if (same_deal && known.fingerprint == fingerprint) {
    offered.verdict = known.state == State::refused ? Verdict::refused : Verdict::unchanged;
    return offered;
  }
  // Step `microsoft` says that the own referral exists. What Microsoft's half was refused for may
  // be mended, but not by making the deal another kind of deal.
  const bool open_to_change =
      known.step == Step::own ? (known.state == State::pending || known.state == State::refused) &&
                                    !has_referral(known.row)
                              : known.state == State::refused && same_deal;
  if (open_to_change) {
    offered.verdict = Verdict::requeued;
    return offered;
  }
  offered.verdict = Verdict::changed;
  offered.fingerprint = known.own_fingerprint.empty() ? known.fingerprint : known.own_fingerprint;
  offered.deal = known.deal;
  return offered;
}

RowKey SqliteLedger::add_row(const Desired& desired, const Origin& origin, Id source,
                             Timestamp now) {
  lend(Query::add_row)
      .bind(desired.external_id)
      .bind(source)
      .bind_text(to_string(State::pending))
      .bind(to_number(now))
      .bind(desired.deal)
      .bind(Id{desired.co_sell})
      .bind(run_)
      .bind(to_number(now))
      .bind(names_.export_file(source, origin.export_name))
      .bind(static_cast<std::int64_t>(origin.line))
      .bind_null()
      .bind_blob(desired.fingerprint)
      .run();
  tally_.add(source, State::pending, Step::own, 1);
  return connection_.database->getLastInsertRowid();
}

void SqliteLedger::put_body(RowKey row, Step step, const Desired& desired, const Origin& origin) {
  const Id header = names_.header(origin.columns);
  Lent statement = lend(Query::put_body);
  statement.bind(row);
  step == Step::own ? statement.bind(desired.own_body) : statement.bind_null();
  desired.co_sell ? statement.bind(desired.microsoft_body) : statement.bind_null();
  desired.co_sell ? statement.bind(desired.invitation) : statement.bind_null();
  statement.bind(header).bind_blob(origin.cells).run();
}

// Other content for a row of which nothing, or only the own referral, exists.
void SqliteLedger::requeue(const Known& known, const Desired& desired, const Origin& origin,
                           Timestamp now) {
  // A pending row keeps its place, its attempts and its last error; a refused or rejected one
  // starts afresh.
  const bool keeps = known.state == State::pending;
  const Id export_file = names_.export_file(known.source, origin.export_name);
  std::string own_fingerprint = known.own_fingerprint;
  if (known.step == Step::microsoft && own_fingerprint.empty()) {
    own_fingerprint = known.fingerprint;
  }
  Lent statement = lend(Query::requeue_row);
  statement.bind(known.row)
      .bind(Id{keeps})
      .bind(to_number(now))
      .bind(desired.deal)
      .bind(Id{desired.co_sell})
      .bind_blob(desired.fingerprint);
  own_fingerprint.empty() ? statement.bind_null() : statement.bind_blob(own_fingerprint);
  statement.bind(export_file)
      .bind(static_cast<std::int64_t>(origin.line))
      .bind(to_number(now))
      .run();
  put_body(known.row, known.step, desired, origin);
  if (known.state == State::rejected && !known.withdrawn()) {
    tally_.add(known.source, State::pending, known.step, 1);  // the rejection was counted apart
  } else {
    tally_.move(known.source, known.state, known.step, State::pending, known.step);
  }
}

Offered SqliteLedger::offer(const Desired& desired, const Origin& origin, Timestamp now) {
  return writing("take a row in", [&] {
    const auto known = known_row(desired.external_id);
    if (!known) {
      const Id source = names_.source(origin.source);
      end_rejection_of(source, desired.external_id);
      Offered offered;
      offered.row = add_row(desired, origin, source, now);
      put_body(offered.row, Step::own, desired, origin);
      return offered;
    }
    Offered offered = judge(*known, origin.source, desired.fingerprint, desired.deal);
    if (offered.verdict == Verdict::other_source) return offered;
    if (known->rejection) {
      lend(Query::mark_rejection).bind(known->row).bind_null().run();
      end_rejection(known->source, *known->rejection);
    }
    if (offered.verdict == Verdict::created || offered.verdict == Verdict::requeued) {
      requeue(*known, desired, origin, now);
    }
    return offered;
  });
}

Offered SqliteLedger::classify(std::string_view external_id, std::string_view source,
                               std::string_view fingerprint, std::string_view deal) {
  return asking("compare a row", [&] {
    const auto known = known_row(std::string(external_id));
    return known ? judge(*known, source, fingerprint, deal) : Offered{};
  });
}

void SqliteLedger::forget_row(const Known& known) {
  lend(Query::delete_body).bind(known.row).run();
  lend(Query::delete_attempts).bind(known.row).run();
  lend(Query::delete_row).bind(known.row).run();
  if (known.state != State::rejected) tally_.add(known.source, known.state, known.step, -1);
}

// What was sent for the row had no effect that looking could find, but it may show later.
void SqliteLedger::withdraw_row(const Known& known, Timestamp now) {
  if (known.withdrawn()) return;
  lend(Query::withdraw_row).bind(known.row).bind(to_number(now)).run();
  lend(Query::delete_body).bind(known.row).run();
  if (known.state == State::rejected) {
    tally_.add(known.source, State::rejected, Step::own, 1);  // its rejection has just ended
  } else {
    tally_.move(known.source, known.state, known.step, State::rejected, Step::own);
  }
}

void SqliteLedger::exclude(std::string_view external_id, std::string_view source, Timestamp now) {
  writing("exclude a row", [&] {
    const Id source_id = names_.find_source(source);
    if (source_id == 0) return;
    const std::string id(external_id);
    const auto known = known_row(id);
    if (!known || known->source != source_id) {
      end_rejection_of(source_id, id);
      return;
    }
    const bool without_effect =
        known->step == Step::own &&
        (known->state == State::pending || known->state == State::rejected) &&
        !has_referral(known->row);
    if (known->rejection) {
      lend(Query::mark_rejection).bind(known->row).bind_null().run();
      end_rejection(source_id, *known->rejection);
    }
    if (!without_effect) return;
    known->doubtful ? withdraw_row(*known, now) : forget_row(*known);
  });
}

}  // namespace referrald::persistence
