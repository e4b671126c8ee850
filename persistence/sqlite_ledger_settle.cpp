// Answers: what a request came to, and where its row stands then.
#include <algorithm>

#include <SQLiteCpp/Database.h>

#include "persistence/sqlite_ledger.hpp"

namespace referrald::persistence {
namespace {

bool is_open(State state) {
  return state == State::pending || state == State::in_doubt;
}

bool may_be_recorded(State state) {
  return is_open(state) || state == State::synced || state == State::refused ||
         state == State::closed;
}

}  // namespace

SqliteLedger::Attempted SqliteLedger::attempted_row(RowKey row) {
  Lent statement = lend(Query::attempted_row);
  if (!statement.bind(row).step()) {
    throw std::logic_error("there is no row " + std::to_string(row));
  }
  Attempted attempted;
  attempted.source = statement.number(0);
  attempted.state = read_state(statement, 1);
  attempted.step = read_step(statement, 2);
  attempted.attempts = statement.small(3);
  attempted.run_attempts = statement.small(4);
  attempted.looks = statement.small(5);
  attempted.error = statement.maybe(6);
  attempted.due = statement.maybe(7);
  attempted.co_sell = statement.number(8) != 0;
  attempted.doubtful = statement.number(9) != 0;
  attempted.rejection = statement.maybe(10);
  return attempted;
}

Id SqliteLedger::add_attempt(RowKey row, Step step, State state, const Failure& failure, RunId run,
                             Timestamp at) {
  lend(Query::add_attempt)
      .bind(row)
      .bind(run)
      .bind(to_number(at))
      .bind_text(to_string(step))
      .bind_text(to_string(state))
      .bind(failure.code)
      .bind(failure.message)
      .bind(Id{failure.http_status})
      .bind(failure.request_id)
      .bind(failure.client_request_id)
      .run();
  const Id added = connection_.database->getLastInsertRowid();
  lend(Query::prune_attempts).bind(row).run();
  return added;
}

void SqliteLedger::put_referral(RowKey row, Step step, const ReferralIds& ids) {
  // An update is of the own one.
  Lent statement =
      lend(step == Step::microsoft ? Query::put_microsoft_referral : Query::put_own_referral);
  statement.bind(row).bind_id(ids.referral_id).bind_id(ids.engagement_id).bind_id(ids.etag);
  for (const auto* word : {&ids.organization_id, &ids.status, &ids.substatus})
    names_.bind_word(statement, *word);
  statement.run();
}

void SqliteLedger::put_updated_referral(const Settlement& settlement) {
  const Updated& updated = *settlement.updated;
  const ReferralIds ids = settlement.ids.value_or(ReferralIds{});
  Lent referral = lend(Query::update_own_referral);
  referral.bind(settlement.row).bind_id(ids.etag);
  names_.bind_word(referral, ids.status);
  names_.bind_word(referral, ids.substatus);
  referral.bind(updated.kept).bind(Id{updated.read_first}).run();
}

void SqliteLedger::put_updated_body(RowKey row, const Updated& updated) {
  Lent statement = lend(Query::put_updated);
  statement.bind(row);
  updated.patch.empty() ? statement.bind_null() : statement.bind(updated.patch);
  updated.reasons.empty() ? statement.bind_null() : statement.bind(updated.reasons);
  statement.run();
}

// What is left after an update behind which nothing waits: its body, which is to go, stays as it
// is. nullopt: something waits, or this is no such update.
std::optional<SqliteLedger::ToDo> SqliteLedger::done_with_update(const Settlement& settlement) {
  const auto& updated = settlement.updated;
  const bool done = settlement.state == State::synced || settlement.state == State::closed;
  if (!updated || !done || !updated->patch.empty() || !updated->reasons.empty())
    return std::nullopt;
  ToDo left = to_do(settlement.row);
  if (left.newer || left.microsoft || left.reasons) return std::nullopt;
  left.patch = left.held = false;
  return left;
}

SqliteLedger::ToDo SqliteLedger::to_do(RowKey row) {
  ToDo left;
  Lent statement = lend(Query::next_step);
  if (!statement.bind(row).step()) return left;
  left.microsoft = statement.number(0) != 0;
  left.patch = statement.number(1) != 0;
  left.held = statement.number(2) != 0;
  left.reasons = statement.number(3) != 0;
  left.kind = statement.small(4);
  left.newer = statement.number(5) != 0;
  return left;
}

// What could not be done becomes the last error.
Id SqliteLedger::add_refusal(RowKey row, Step step, RunId run, Timestamp at) {
  Failure failure;
  {
    Lent statement = lend(Query::refusal);
    if (statement.bind(row).step()) {
      failure.code = statement.text(0);
      failure.message = statement.text(1);
    }
  }
  return add_attempt(row, step, State::refused, failure, run, at);
}

struct SqliteLedger::Next {
  State state;
  Step step;
  Recorded recorded;
};

// Where the row stands after the settlement, whose ids are written already.
SqliteLedger::Next SqliteLedger::next_of(const Settlement& settlement, Step step) {
  if (settlement.state == State::synced || settlement.state == State::closed) {
    const auto done = done_with_update(settlement);
    if (settlement.updated && !done) put_updated_body(settlement.row, *settlement.updated);
    return after_done(settlement, step, done ? *done : to_do(settlement.row));
  }
  if (settlement.updated) put_updated_body(settlement.row, *settlement.updated);
  Next next{settlement.state, step, {}};
  if (goes_on_with_newer(settlement, step)) {
    next.state = State::pending;
    // A later export may have taken back what was to be done, and nothing be left of it.
    const ToDo left = to_do(settlement.row);
    if (step != Step::own && left.next()) next.step = *left.next();
    if (step != Step::own && !left.next()) {
      next.state = left.reasons ? State::refused : State::synced;
      if (next.state == State::synced) drop_body(settlement.row);
    }
  }
  next.recorded.state = next.state;
  return next;
}

// As pull saw it, perhaps while Microsoft's was on its way.
bool SqliteLedger::is_closed(RowKey row) {
  Lent statement = lend(Query::engagement);
  return statement.bind(row).step() && names_.word(statement, 2) == "Closed";
}

// A step that is done is followed by the next one.
SqliteLedger::Next SqliteLedger::after_done(const Settlement& settlement, Step step, ToDo left) {
  Next next{settlement.state, step, {}};
  const bool closed =
      settlement.state == State::closed ||
      (step == Step::microsoft ? is_closed(settlement.row)
                               : settlement.ids && settlement.ids->status == "Closed");
  if (step == Step::microsoft) left.microsoft = false;
  const bool creates_done = step == Step::microsoft || (step == Step::own && !left.microsoft);
  next.recorded.created = creates_done && left.kind < 2;
  const auto then = left.next();
  next.state = closed         ? State::closed
               : then         ? State::pending
               : left.reasons ? State::refused
                              : State::synced;
  if (next.state == State::pending) next.step = *then;
  const bool changed = !settlement.updated || settlement.updated->sent;
  const bool done = !then && (closed || !left.reasons) && left.kind > 0;
  next.recorded.closed = settlement.state == State::closed;
  next.recorded.updated = done && changed && !next.recorded.closed;
  next.recorded.as_wanted = done && !changed;
  if (next.state == State::synced || closed)
    lend(Query::delete_body).bind(settlement.row).run();
  else if (step == Step::own)
    lend(Query::strip_own_body).bind(settlement.row).run();
  else if (step == Step::microsoft)
    lend(Query::strip_microsoft_body).bind(settlement.row).run();
  next.recorded.state = next.state;
  return next;
}

// A request without effect, or refused, is followed by what has come since, where something has.
// True: the row is to be sent again.
bool SqliteLedger::goes_on_with_newer(const Settlement& settlement, Step step) {
  const bool again = settlement.state == State::pending;
  if (!again && settlement.state != State::refused) return false;
  if (step == Step::own) {
    if (lend(Query::become_next).bind(settlement.row).run() == 0) return again;
    lend(Query::take_next).bind(settlement.row).run();
    return true;
  }
  if (step == Step::microsoft)
    return lend(Query::take_next_invitation).bind(settlement.row).run() > 0 || again;
  if (settlement.updated) return again;
  if (!again) return lend(Query::take_newer).bind(settlement.row).run() > 0;
  lend(Query::patch_again).bind(settlement.row).bind(Id{settlement.counts}).run();
  return true;
}

// The row was rejected or excluded while its request was under way: nothing follows.
State SqliteLedger::take_back_unwanted(RowKey row, const Next& next, Timestamp now) {
  const Attempted waiting = attempted_row(row);
  Known known;
  known.row = row;
  known.source = waiting.source;
  known.state = State::pending;
  known.step = next.step;
  if (has_referral(row)) {
    take_back(known, now);
    return State::synced;
  }
  known.doubtful = waiting.doubtful;
  if (waiting.rejection) {
    forget_record(row);
    lend(Query::reject_unwanted).bind(row).bind(to_number(now)).run();
    lend(Query::delete_body).bind(row).run();
    tally_.add(waiting.source, State::pending, Step::own, -1);  // its rejection is counted already
  } else {
    if (known.doubtful)
      withdraw_row(known, now);
    else
      forget_row(known);
  }
  return State::rejected;
}

// What the service and we said of failed requests may quote the row.
void SqliteLedger::forget_messages(RowKey row) {
  lend(Query::forget_messages).bind(row).run();
}

Recorded SqliteLedger::record(const Settlement& settlement, RunId run) {
  return writing("record an answer", [&] { return settle(settlement, run); });
}

// The CRM has taken an invitation back while it was under way: one without effect is done with, and
// of one that had it a person is told.
std::optional<Settlement> SqliteLedger::without_invitation(const Settlement& settlement) {
  if (settlement.step != Step::microsoft || settlement.state == State::in_doubt)
    return std::nullopt;
  bool told = false;
  {
    Lent statement = lend(Query::is_withdrawn);
    if (!statement.bind(settlement.row).step()) return std::nullopt;
    told = statement.number(0) != 0;
  }
  if (settlement.state == State::synced) {
    lend(Query::add_reasons).bind(settlement.row).run();
    if (told) lend(Query::is_co_sell).bind(settlement.row).run();
    return std::nullopt;
  }
  lend(Query::forget_invitation).bind(settlement.row).run();
  Settlement done = settlement;
  done.state = State::synced;
  done.ids.reset();
  done.failure.reset();
  return done;
}

Recorded SqliteLedger::settle(const Settlement& settlement, RunId run) {
  if (const auto done = without_invitation(settlement)) return settle(*done, run);
  const RowKey row = settlement.row;
  const Attempted before = attempted_row(row);
  if (!is_under_way(before.state) || before.step != settlement.step ||
      !may_be_recorded(settlement.state)) {
    throw std::logic_error("row " + std::to_string(row) + " is " +
                           std::string(to_string(before.state)) + " at step " +
                           std::string(to_string(before.step)) + "; it cannot be recorded as " +
                           std::string(to_string(settlement.state)) + " at step " +
                           std::string(to_string(settlement.step)));
  }
  std::optional<Id> error = settlement.state == State::pending ? before.error : std::nullopt;
  if (settlement.failure) {
    error = add_attempt(row, settlement.step, settlement.state, *settlement.failure, run,
                        settlement.at);
  }
  if (settlement.updated)
    put_updated_referral(settlement);
  else if (settlement.ids)
    put_referral(row, settlement.step, *settlement.ids);
  // What a look has found may have been changed by others since it was sent.
  if (settlement.ids && before.state == State::in_doubt && settlement.step == Step::own)
    lend(Query::read_first).bind(row).run();
  Next next = next_of(settlement, before.step);
  if (next.state == State::refused && !settlement.failure)
    error = add_refusal(row, settlement.step, run, settlement.at);
  if (next.state == State::synced || (next.state == State::closed && !settlement.failure)) {
    if (error || before.error || before.attempts > 1) forget_messages(row);
    error.reset();
  }
  // What a person is told of, or cannot be told what it asks for.
  if (next.state == State::refused || next.state == State::closed) forget_record(row);
  const bool same_step = next.step == before.step;
  const bool afresh = !same_step || settlement.state == State::refused;
  const int uncounted = settlement.counts ? 0 : 1;
  const bool still_in_doubt = before.state == State::in_doubt && next.state == State::in_doubt;
  // A step that is done is followed by the next one at once, before rows that have not begun; and
  // so is what was refused by what is newer.
  const bool begun = !same_step && before.due && *before.due < to_number(settlement.at);
  const Timestamp due = begun ? to_time(*before.due) : afresh ? settlement.at : settlement.due;
  Lent statement = lend(Query::settle_row);
  statement.bind(row).bind_text(to_string(next.state)).bind_text(to_string(next.step));
  is_open(next.state) ? statement.bind(to_number(due)) : statement.bind_null();
  statement.bind(Id{std::max(0, before.attempts - uncounted)})
      .bind(Id{afresh ? 0 : std::max(0, before.run_attempts - uncounted)})
      .bind(Id{still_in_doubt ? before.looks : 0})
      .bind(error)
      .bind(to_number(settlement.at));
  // By the run a claim knows whether it was looked for: see take().
  const bool looked = before.state == State::in_doubt;
  const bool after_update = before.step == Step::update && next.step == Step::microsoft;
  looked ? statement.bind(run) : after_update ? statement.bind(Id{0}) : statement.bind_null();
  if (settlement.updated) bind_print(statement, settlement.updated->base);
  statement.run();
  tally_.move(before.source, before.state, before.step, next.state, next.step);
  if (next.state == State::pending && lend(Query::is_unwanted).bind(row).step())
    next.recorded.state = take_back_unwanted(row, next, settlement.at);
  return next.recorded;
}

}  // namespace referrald::persistence
