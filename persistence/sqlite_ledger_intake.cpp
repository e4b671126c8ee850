// Taking rows in: what an export asks for against what the ledger holds.
#include <SQLiteCpp/Database.h>

#include "persistence/sqlite_ledger.hpp"

namespace referrald::persistence {

// What Partner Center has refused waits too: for a person, who may have it sent again.
bool SqliteLedger::is_left_to_do(State state) {
  return state == State::pending || state == State::refused;
}

std::optional<SqliteLedger::Known> SqliteLedger::known_row(const std::string& external_id) {
  std::optional<Known> known;
  if (const RowKey row = ids_.find(external_id)) {
    Lent statement = lend(Query::known_row);
    if (statement.bind(row).step()) known = read_known(statement);
  } else if (has_aliases_) {
    Lent statement = lend(Query::known_alias);
    if (statement.bind(external_id).step()) known = read_known(statement);
  }
  if (known) known->adopted = known->source == names_.find_source(adopted_source);
  return known;
}

SqliteLedger::Known SqliteLedger::read_known(const Lent& statement) {
  Known known;
  known.row = statement.number(0);
  known.source = statement.number(1);
  known.state = read_state(statement, 2);
  known.step = read_step(statement, 3);
  known.doubtful = statement.number(4) != 0;
  known.rejection = statement.maybe(5);
  known.fingerprint = prints_.lengthen(statement.text(6));
  known.deal = names_.word(statement, 7);
  known.own_fingerprint = prints_.lengthen(statement.text(8));
  return known;
}

bool SqliteLedger::has_referral(RowKey row) {
  Lent statement = lend(Query::has_referral);
  return statement.bind(row).step();
}

Offered SqliteLedger::judge(const Known& known, std::string_view source,
                            std::string_view fingerprint) {
  Offered offered;
  offered.row = known.row;
  offered.adopted = known.adopted;
  offered.waits = known.state == State::pending || known.state == State::sending ||
                  known.state == State::in_doubt;
  if (const Id asked = names_.find_source(source); asked != known.source && !known.adopted) {
    offered.verdict = Verdict::other_source;
    offered.source = names_.source_name(known.source);
    return offered;
  }
  if (known.state == State::rejected) return offered;  // created
  if (known.state == State::closed) {
    offered.verdict = Verdict::closed;
    // What it asks for has not been brought about, if that is more than the referral had.
    if (known.fingerprint != fingerprint || !known.own_fingerprint.empty())
      tell_changed(known, offered);
    return offered;
  }
  // The content says the deal's type, too.
  if (known.fingerprint == fingerprint) {
    offered.verdict = known.state == State::refused ? Verdict::refused : Verdict::unchanged;
    offered.invitation_differs = invitation_differs(known);
    return offered;
  }
  const bool not_there = known.step == Step::own &&
                         (known.state == State::pending || known.state == State::refused) &&
                         !has_referral(known.row);
  offered.verdict = not_there ? Verdict::requeued : Verdict::changed;
  if (!not_there) tell_changed(known, offered);
  return offered;
}

// The first part of a fingerprint is the invitation's.
bool SqliteLedger::invitation_differs(const Known& known) {
  constexpr std::size_t part = 8;
  if (known.state != State::synced || known.own_fingerprint.empty() ||
      known.fingerprint.substr(0, part) == known.own_fingerprint.substr(0, part))
    return false;
  Lent statement = lend(Query::changed_row);
  return statement.bind(known.row).step() && statement.number(2) != 0;
}

void SqliteLedger::tell_changed(const Known& known, Offered& offered) {
  offered.fingerprint = known.own_fingerprint.empty() ? known.fingerprint : known.own_fingerprint;
  offered.deal = known.deal;
  Lent statement = lend(Query::changed_row);
  if (!statement.bind(known.row).step()) return;
  offered.status = names_.word(statement, 0);
  offered.substatus = names_.word(statement, 1);
  offered.sent = statement.text(3);
  offered.microsoft_exists = statement.number(2) != 0;
  offered.microsoft_under_way = known.step == Step::microsoft && is_under_way(known.state) &&
                                !(statement.maybe(4) == held_back);
}

void SqliteLedger::bind_print(Lent& statement, const std::string& fingerprint) {
  statement.bind_bytes(prints_.shorten(fingerprint));
}

RowKey SqliteLedger::add_row(const Desired& desired, const Origin& origin, Id source, Timestamp now,
                             const std::optional<ClaimTerms>& claim) {
  const State state = claim ? State::sending : State::pending;
  Lent statement = lend(Query::add_row);
  statement.bind_id(desired.external_id)
      .bind(source)
      .bind_text(to_string(state))
      .bind(desired.hold ? held_back : to_number(now));
  names_.bind_word(statement, desired.deal);
  statement.bind(Id{desired.co_sell})
      .bind(claim ? claim->run : run_)
      .bind(to_number(now))
      .bind(names_.export_file(source, origin.export_name))
      .bind(static_cast<std::int64_t>(origin.line))
      .bind_null();
  bind_print(statement, desired.fingerprint);
  if (claim) statement.bind(Id{1}).bind(to_number(claim->service_time.value_or(now)));
  statement.run();
  tally_.add(source, state, Step::own, 1);
  const RowKey row = connection_.database->getLastInsertRowid();
  index_new_row(desired.external_id, row, source);
  return row;
}

void SqliteLedger::put_body(RowKey row, const Desired& desired, const Origin& origin) {
  const Id header = names_.header(origin.columns);
  Lent statement = lend(Query::put_body);
  statement.bind(row).bind(desired.own_body);
  desired.co_sell ? statement.bind(desired.microsoft_body) : statement.bind_null();
  desired.co_sell ? statement.bind(desired.invitation) : statement.bind_null();
  statement.bind(header).bind_blob(origin.cells);
  desired.patch.empty() ? statement.bind_null() : statement.bind(desired.patch);
  statement.bind(desired.kept).run();
}

// Other content for a row of which nothing exists.
void SqliteLedger::requeue(const Known& known, const Desired& desired, const Origin& origin,
                           Timestamp now) {
  // A pending row keeps its place, its attempts and its last error; a refused or rejected one
  // starts afresh.
  const bool keeps = known.state == State::pending;
  const Id export_file = names_.export_file(known.source, origin.export_name);
  forget_record(known.row);
  Lent statement = lend(Query::requeue_row);
  statement.bind(known.row).bind(Id{keeps}).bind(to_number(now));
  names_.bind_word(statement, desired.deal);
  statement.bind(Id{desired.co_sell});
  bind_print(statement, desired.fingerprint);
  statement.bind_null();
  statement.bind(export_file).bind(static_cast<std::int64_t>(origin.line)).bind(to_number(now));
  desired.hold ? statement.bind(held_back) : statement.bind_null();
  statement.run();
  put_body(known.row, desired, origin);
  if (known.state == State::rejected && !known.withdrawn()) {
    tally_.add(known.source, State::pending, known.step, 1);  // the rejection was counted apart
  } else {
    tally_.move(known.source, known.state, known.step, State::pending, known.step);
  }
}

namespace {

// The first attempt of a row's step, as take() would make it.
Intent intent_of(RowKey row, const Desired& desired, const Origin& origin) {
  Intent intent;
  intent.row = row;
  intent.external_id = desired.external_id;
  intent.origin.source = origin.source;
  intent.origin.export_name = origin.export_name;
  intent.origin.line = origin.line;
  return intent;
}

Intent create_of(RowKey row, const Desired& desired, const Origin& origin) {
  Intent intent = intent_of(row, desired, origin);
  intent.co_sell = desired.co_sell;
  intent.body = desired.own_body;
  return intent;
}

}  // namespace

Offered SqliteLedger::offer(const Desired& desired, const Origin& origin, Timestamp now,
                            const AskForClaim& claim) {
  return writing("take a row in", [&] {
    auto known = known_row(desired.external_id);
    if (known && known->adopted) {
      take_over(*known, desired.external_id, origin.source);
      end_rejection_of(known->source, desired.external_id);
    }
    if (!known) {
      const Id source = names_.source(origin.source);
      end_rejection_of(source, desired.external_id);
      const auto terms = claim && !desired.hold ? claim() : std::nullopt;
      Offered offered;
      offered.row = add_row(desired, origin, source, now, terms);
      put_body(offered.row, desired, origin);
      if (terms) offered.claimed = create_of(offered.row, desired, origin);
      return offered;
    }
    Offered offered = judge(*known, origin.source, desired.fingerprint);
    if (offered.verdict == Verdict::other_source) return offered;
    if (is_under_way(known->state)) lend(Query::set_unwanted).bind(known->row).bind(Id{0}).run();
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
                               std::string_view fingerprint) {
  return asking("compare a row", [&] {
    const auto known = known_row(std::string(external_id));
    return known ? judge(*known, source, fingerprint) : Offered{};
  });
}

std::string SqliteLedger::create_bodies(const Desired& desired) {
  Lent statement = lend(Query::create_bodies);
  statement.bind(desired.own_body);
  desired.co_sell ? statement.bind(desired.microsoft_body) : statement.bind_null();
  desired.co_sell ? statement.bind(desired.invitation) : statement.bind_null();
  desired.patch.empty() ? statement.bind_null() : statement.bind(desired.patch);
  statement.bind(desired.kept);
  names_.bind_word(statement, desired.deal);
  statement.bind(Id{desired.co_sell}).step();
  return statement.text(0);
}

void SqliteLedger::put_change(RowKey row, const Change& change, const Origin& origin,
                              const Attempted& before, bool under_way, bool settled) {
  Lent body = lend(Query::put_change);
  body.bind(row).bind(Id{settled}).bind(Id{!under_way || before.step != Step::microsoft});
  const auto text = [&](const std::string& value) {
    value.empty() ? body.bind_null() : body.bind(value);
  };
  text(change.microsoft_body);
  text(change.invitation);
  text(change.patch);
  text(change.reasons);
  body.bind(names_.header(origin.columns)).bind_blob(origin.cells);
  body.bind(Id{before.state == State::sending && before.step == Step::update});
  const bool invites_again =
      before.step == Step::microsoft && !change.create.microsoft_body.empty();
  const std::string next_create = under_way && (before.step == Step::own || invites_again)
                                      ? create_bodies(change.create)
                                      : std::string();
  text(next_create);
  body.run();
  if (under_way && before.step == Step::microsoft && change.withdraws_invitation) {
    Lent withdraw = lend(Query::withdraw_invitation);
    withdraw.bind(row);
    change.if_invited.empty() ? withdraw.bind_null() : withdraw.bind(change.if_invited);
    withdraw.run();
  }
}

// nullopt: its referral is closed.
std::optional<Intent> SqliteLedger::update_of_change(RowKey row, const Change& change,
                                                     const Origin& origin) {
  Intent intent = intent_of(row, change.create, origin);
  intent.step = Step::update;
  intent.co_sell = change.co_sell;
  intent.body = change.patch;
  if (take_update(row, intent) == "Closed") return std::nullopt;
  intent.base = change.base;  // the row has the one of before
  return intent;
}

// With what the change is claimed at once; `claimed` is then what is to be sent.
std::optional<ClaimTerms> SqliteLedger::claim_change(RowKey row, const Change& change,
                                                     const Origin& origin, const AskForClaim& claim,
                                                     std::optional<Intent>& claimed) {
  claimed = update_of_change(row, change, origin);
  auto terms = claimed ? claim() : std::nullopt;
  if (!terms) claimed.reset();
  return terms;
}

// What the row stands for, and where that was read.
void SqliteLedger::bind_content(Lent& statement, const Change& change, Id source,
                                const Origin& origin) {
  names_.bind_word(statement, change.deal);
  statement.bind(Id{change.co_sell});
  bind_print(statement, change.fingerprint);
  bind_print(statement, change.base);
  statement.bind(names_.export_file(source, origin.export_name))
      .bind(static_cast<std::int64_t>(origin.line));
}

// Of a request that is under way nothing is taken back: what it leaves to do comes after it.
Changed SqliteLedger::change(RowKey row, const Change& change, const Origin& origin, Timestamp now,
                             const AskForClaim& claim) {
  return writing("take a change in", [&] {
    Changed changed;
    const Attempted before = attempted_row(row);
    forget_record(row, before.source);
    // It was only to be looked at, which has not begun.
    const bool only_to_look = before.state == State::in_doubt && before.due == held_back;
    const bool under_way = is_under_way(before.state) && !only_to_look;
    const bool settled = !under_way && before.state != State::pending && !only_to_look;
    put_change(row, change, origin, before, under_way, settled);
    if (change.read_first) lend(Query::read_first).bind(row).run();

    const ToDo left = to_do(row);
    const auto next = under_way ? before.step : left.next().value_or(before.step);
    const bool waits = under_way || left.next();
    // A person may have invited Microsoft already, or closed the deal.
    const bool invited_already = before.state == State::pending && before.step == Step::microsoft;
    const bool look_first = !under_way && left.next() == Step::microsoft && !invited_already;
    State state = under_way      ? before.state
                  : look_first   ? State::in_doubt
                  : waits        ? State::pending
                  : left.reasons ? State::refused
                                 : State::synced;
    const bool at_once = claim && before.state == State::synced && state == State::pending &&
                         next == Step::update && !left.microsoft && !left.reasons &&
                         !change.read_first;
    const auto terms =
        at_once ? claim_change(row, change, origin, claim, changed.claimed) : std::nullopt;
    if (terms) state = State::sending;
    std::optional<Id> error =
        under_way || before.state == State::pending ? before.error : std::nullopt;
    if (state == State::refused) error = add_refusal(row, before.step, run_, now);
    Lent statement = lend(Query::change_row);
    statement.bind(row).bind_text(to_string(state)).bind_text(to_string(next));
    !waits                   ? statement.bind_null()
    : terms                  ? statement.bind(to_number(now))
    : look_first             ? statement.bind(held_back)
    : before.due && !settled ? statement.bind(*before.due)
                             : statement.bind(held_back);
    bind_content(statement, change, before.source, origin);
    statement.bind(error).bind(to_number(now));
    if (terms)
      statement.bind(Id{1}).bind(terms->run).bind(to_number(terms->service_time.value_or(now)));
    statement.run();
    if (look_first)
      lend(Query::doubt_microsofts).bind(row).bind(to_number(now)).run();
    else if (only_to_look)
      lend(Query::doubt_microsofts).bind(row).bind_null().run();
    if (state == State::synced) drop_body(row);
    tally_.move(before.source, before.state, before.step, state, next);
    changed.verdict = waits          ? Verdict::changed
                      : left.reasons ? Verdict::refused
                                     : Verdict::unchanged;
    return changed;
  });
}

bool SqliteLedger::release_changes(std::string_view source, Timestamp now, std::size_t most) {
  return writing("release the changes", [&] {
    Lent statement = lend(Query::release_changes);
    statement.bind(to_number(now)).bind(held_back).bind(static_cast<std::int64_t>(most));
    statement.bind(names_.find_source(source));
    return static_cast<std::size_t>(statement.run()) == most;
  });
}

// The newest export wants nothing of the row any more. Of a request that is under way nothing is
// taken back: record() goes on from there.
// Whether there was one.
bool SqliteLedger::withdraw_wish(const Known& known, Timestamp now) {
  if (is_under_way(known.state)) {
    forget_record(known.row);
    lend(Query::set_unwanted).bind(known.row).bind(Id{1}).run();
    return true;
  }
  if (!is_left_to_do(known.state) || !has_referral(known.row)) return false;
  take_back(known, now);
  return true;
}

// What waits is not done: neither an update nor Microsoft's referral. The row no longer stands for
// its content, so that the same content brings it about again; what a request of unknown effect may
// have set is kept until then.
void SqliteLedger::take_back(const Known& known, Timestamp now) {
  forget_record(known.row);
  lend(Query::take_back).bind(known.row).bind(to_number(now)).run();
  drop_body(known.row);
  forget_messages(known.row);
  const Step left = known.step == Step::microsoft ? Step::own : known.step;
  tally_.move(known.source, known.state, known.step, State::synced, left);
}

// Of a row that has nothing to do: all but the patch of unknown effect.
void SqliteLedger::drop_body(RowKey row) {
  if (lend(Query::keep_sent).bind(row).run() == 0) lend(Query::delete_body).bind(row).run();
}

void SqliteLedger::forget_row(const Known& known) {
  std::string external_id;
  lend(Query::delete_body).bind(known.row).run();
  lend(Query::delete_attempts).bind(known.row).run();
  {
    Lent statement = lend(Query::id_of_row);
    if (statement.bind(known.row).step()) external_id = statement.id(0);
  }
  ids_.remove(external_id, known.row);
  forget_seen_exports(known.source);
  lend(Query::delete_row).bind(known.row).run();
  if (known.state != State::rejected) tally_.add(known.source, known.state, known.step, -1);
}

// What was sent for the row had no effect that looking could find, but it may show later. False:
// that is what it is.
bool SqliteLedger::withdraw_row(const Known& known, Timestamp now) {
  if (known.withdrawn()) return false;
  forget_record(known.row);
  lend(Query::withdraw_row).bind(known.row).bind(to_number(now)).run();
  lend(Query::delete_body).bind(known.row).run();
  if (known.state == State::rejected) {
    tally_.add(known.source, State::rejected, Step::own, 1);  // its rejection has just ended
  } else {
    tally_.move(known.source, known.state, known.step, State::rejected, Step::own);
  }
  return true;
}

// Whether that changed anything.
bool SqliteLedger::exclude_known(const Known& known, Timestamp now) {
  const bool without_effect = known.step == Step::own &&
                              (is_left_to_do(known.state) || known.state == State::rejected) &&
                              !has_referral(known.row);
  if (known.rejection) {
    lend(Query::mark_rejection).bind(known.row).bind_null().run();
    end_rejection(known.source, *known.rejection);
  }
  if (!without_effect) return withdraw_wish(known, now) || known.rejection;
  if (known.doubtful) return withdraw_row(known, now) || known.rejection;
  forget_row(known);
  return true;
}

WasExcluded SqliteLedger::exclude(std::string_view external_id, std::string_view source,
                                  Timestamp now, std::int64_t record) {
  return writing("exclude a row", [&]() -> WasExcluded {
    const Id source_id = names_.find_source(source);  // 0: it has none of the rows
    const std::string id(external_id);
    const auto known = known_row(id);
    if (known && known->source != source_id) {
      end_rejection_of(source_id, id);
      return {};
    }
    const bool changed = known ? exclude_known(*known, now) : end_rejection_of(source_id, id);
    WasExcluded was;
    was.row = known ? known->row : 0;
    if (record != 0 && !changed)
      was.remembered = known ? ids_.see(id, known->row, record) : ids_.see_excluded(id, record);
    return was;
  });
}

}  // namespace referrald::persistence
