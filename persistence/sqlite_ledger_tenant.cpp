// What exists at Partner Center already, and what became of it there: learnt by adopt and pull. And
// what a person decides of rows: retry and resolve.
#include <array>

#include <SQLiteCpp/Database.h>

#include "persistence/sqlite_ledger.hpp"

namespace referrald::persistence {

std::optional<std::string> SqliteLedger::note(std::string_view key) {
  return asking("read a note", [&]() -> std::optional<std::string> {
    const std::string name = "note." + std::string(key);
    Lent statement = lend(Query::meta);
    if (!statement.bind(name).step()) return std::nullopt;
    return statement.text(0);
  });
}

void SqliteLedger::set_note(std::string_view key, std::string_view value) {
  writing("write a note", [&] {
    const std::string name = "note." + std::string(key);
    if (value.empty())
      lend(Query::delete_meta).bind(name).run();
    else
      lend(Query::put_meta).bind(name).bind_text(value).run();
  });
}

void SqliteLedger::prune(Timestamp before) {
  writing("forget what is old", [&] {
    lend(Query::prune_old_attempts).bind(to_number(before)).run();
    lend(Query::prune_runs).bind(to_number(before)).run();
  });
}

// -- adopt ----------------------------------------------------------------------------------------

RowKey SqliteLedger::add_adopted(const Existing& existing, Timestamp now) {
  const Id source = names_.source(adopted_source);
  const bool closed = existing.ids.status == "Closed";
  Lent statement = lend(Query::add_row);
  statement.bind_id(existing.external_id)
      .bind(source)
      .bind_text(to_string(closed ? State::closed : State::synced))
      .bind_null();
  names_.bind_word(statement, existing.deal);
  statement.bind(Id{existing.deal == "co-sell"})
      .bind(run_)
      .bind(to_number(now))
      .bind(names_.export_file(source, std::string(adopted_source)))
      .bind(Id{0})
      .bind_null();
  bind_print(statement, existing.fingerprint);
  statement.run();
  tally_.add(source, closed ? State::closed : State::synced, Step::own, 1);
  const RowKey row = connection_.database->getLastInsertRowid();
  ids_.add(existing.external_id, row);
  return row;
}

void SqliteLedger::put_existing(RowKey row, const Existing& existing) {
  put_referral(row, Step::own, existing.ids);
  if (!existing.alias.empty()) {
    lend(Query::set_alias).bind(row).bind(existing.alias).run();
    has_aliases_ = true;
    // What is said of that id is said of this row now.
    ids_.forget_excluded(existing.alias);
    forget_record(row);
  }
  lend(Query::put_existing).bind(row).bind(existing.kept).bind(existing.tracking).run();
}

// A row of which the ledger knew no referral: that is done with, and what it holds of the referral
// is what Partner Center holds.
void SqliteLedger::settle_existing(const Known& known, const Existing& existing, Timestamp now) {
  const bool closed = existing.ids.status == "Closed";
  const State state = closed ? State::closed : State::synced;
  forget_record(known.row);
  {
    Lent statement = lend(Query::settle_existing);
    statement.bind(known.row).bind_text(to_string(state));
    names_.bind_word(statement, existing.deal);
    statement.bind(Id{existing.deal == "co-sell"});
    bind_print(statement, existing.fingerprint);
    statement.bind(to_number(now)).run();
  }
  lend(Query::delete_body).bind(known.row).run();
  forget_messages(known.row);
  if (known.state == State::rejected && !known.withdrawn())
    tally_.add(known.source, state, Step::own, 1);  // the rejection is counted apart
  else
    tally_.move(known.source, known.state, known.step, state, Step::own);
}

// What a look would have found; what waits behind it is gone on with.
void SqliteLedger::find_existing(const Known& known, const Existing& existing, Timestamp now) {
  Settlement found;
  found.row = known.row;
  found.state = State::synced;
  found.ids = existing.ids;
  found.at = found.due = now;
  settle(found, run_);
}

void SqliteLedger::close_existing(const Known& known, const Existing& existing) {
  put_referral(known.row, Step::own, existing.ids);
  if (known.state != State::synced && known.state != State::refused) return;
  forget_record(known.row);
  lend(Query::close_row).bind(known.row).run();
  lend(Query::delete_body).bind(known.row).run();
  forget_messages(known.row);
  tally_.move(known.source, known.state, known.step, State::closed, known.step);
}

Adopted SqliteLedger::adopt(const Existing& existing, Timestamp now) {
  return writing("adopt a referral", [&] {
    Adopted adopted;
    auto known = known_row(existing.external_id);
    if (!known && !existing.alias.empty()) known = known_row(existing.alias);
    if (!known) {
      put_existing(add_adopted(existing, now), existing);
      return adopted;
    }
    std::string referral, status;
    {
      Lent statement = lend(Query::referral_of_row);
      if (statement.bind(known->row).step()) {
        referral = statement.id(0);
        status = names_.word(statement, 1);
      }
    }
    const bool closed = existing.ids.status == "Closed";
    // An open one is gone on with, whatever is closed beside it.
    const bool takes_it =
        referral.empty() ? known->state != State::sending : status == "Closed" && !closed;
    if (referral == existing.ids.referral_id) {
      adopted.as = Adopted::As::known;
      if (closed && status != "Closed") close_existing(*known, existing);
    } else if (takes_it) {
      adopted.as = Adopted::As::settled;
      if (known->state == State::in_doubt && known->step == Step::own && !closed)
        find_existing(*known, existing, now);
      else
        settle_existing(*known, existing, now);
      put_existing(known->row, existing);
    } else if (closed && !referral.empty()) {
      adopted.as = Adopted::As::known;
    } else if (!referral.empty()) {
      adopted.as = Adopted::As::twice;
      adopted.other = referral;
    }
    return adopted;
  });
}

void SqliteLedger::adopt_microsofts(const ReferralIds& ids, const std::string& tracking,
                                    const std::string& invitation) {
  writing("adopt Microsoft's referral", [&] {
    Lent statement = lend(Query::add_unmatched);
    statement.bind_id(ids.engagement_id).bind_id(ids.referral_id).bind_id(ids.etag);
    for (const auto* word : {&ids.organization_id, &ids.status, &ids.substatus})
      names_.bind_word(statement, *word);
    statement.bind(tracking).bind_blob(invitation).run();
  });
}

std::uint64_t SqliteLedger::finish_adoption() {
  return writing("match Microsoft's referrals", [&] {
    constexpr std::size_t together = 500;
    std::uint64_t matched = 0;
    std::vector<RowKey> rows;
    do {
      const RowKey last = rows.empty() ? 0 : rows.back();
      rows.clear();
      {
        Lent statement = lend(Query::matched_rows);
        statement.bind(last).bind(static_cast<std::int64_t>(together));
        while (statement.step()) rows.push_back(statement.number(0));
      }
      for (const RowKey row : rows) match_microsofts(row);
      matched += rows.size();
    } while (rows.size() == together);
    lend(Query::forget_unmatched).run();
    return matched;
  });
}

void SqliteLedger::match_microsofts(RowKey row) {
  const Attempted before = attempted_row(row);
  lend(Query::match_microsofts).bind(row).run();
  forget_record(row);
  lend(Query::mark_matched).bind(row).run();
  tally_.move(before.source, before.state, before.step, before.state, Step::microsoft);
}

// The row belongs to whoever brings it first.
void SqliteLedger::take_over(Known& known, const std::string& external_id,
                             std::string_view source) {
  std::string before;
  {
    Lent statement = lend(Query::id_of_row);
    if (statement.bind(known.row).step()) before = statement.id(0);
  }
  if (before == external_id) {
    forget_record(known.row);
  } else {
    ids_.remove(before, known.row);
    ids_.add(external_id, known.row);
  }
  lend(Query::set_id).bind(known.row).bind_id(external_id).run();
  const Id to = names_.source(source);
  lend(Query::set_source).bind(known.row).bind(to).run();
  tally_.add(known.source, known.state, known.step, -1);
  tally_.add(to, known.state, known.step, 1);
  forget_seen_exports(to);
  known.source = to;
  known.adopted = false;
}

// -- pull -----------------------------------------------------------------------------------------

std::optional<KnownReferral> SqliteLedger::find_referral(std::string_view external_id,
                                                         const std::string& referral_id) {
  return asking("find a referral", [&]() -> std::optional<KnownReferral> {
    Lent statement = lend(external_id.empty() ? Query::microsofts_referral : Query::own_referral);
    if (external_id.empty())
      statement.bind_id(referral_id);
    else
      statement.bind(ids_.find(std::string(external_id)));
    if (!statement.step() || statement.id(5) != referral_id) return std::nullopt;
    KnownReferral known;
    known.row = statement.number(0);
    known.external_id = statement.id(1);
    known.step = external_id.empty() ? Step::microsoft : Step::own;
    known.state = read_state(statement, 2);
    known.base = prints_.lengthen(statement.text(3));
    known.read_first = statement.number(4) != 0;
    known.ids.referral_id = statement.id(5);
    known.ids.etag = statement.id(6);
    known.ids.status = names_.word(statement, 7);
    known.ids.substatus = names_.word(statement, 8);
    known.tracking = statement.text(9);
    known.changed = to_time(statement.number(10));
    return known;
  });
}

void SqliteLedger::refresh(const KnownReferral& before, const KnownReferral& now, Timestamp at) {
  writing("refresh a referral", [&] {
    const bool own = before.step == Step::own;
    Lent statement = lend(own ? Query::refresh_own : Query::refresh_microsofts);
    statement.bind(before.row).bind_id(now.ids.etag);
    names_.bind_word(statement, now.ids.status);
    names_.bind_word(statement, now.ids.substatus);
    statement.bind(now.tracking);
    if (own) statement.bind(Id{now.read_first});
    statement.run();
    lend(Query::mark_changed).bind(before.row).bind(to_number(at)).run();
    const Attempted row = attempted_row(before.row);
    const bool open =
        row.state == State::synced || row.state == State::refused || row.state == State::pending;
    if (!own || now.ids.status != "Closed" || !open) return;
    forget_record(before.row);
    lend(Query::close_row).bind(before.row).run();
    lend(Query::delete_body).bind(before.row).run();
    forget_messages(before.row);
    tally_.move(row.source, row.state, row.step, State::closed, row.step);
  });
}

// -- retry and resolve ----------------------------------------------------------------------------

Retried SqliteLedger::retry(RowKey row, Timestamp now) {
  return writing("retry a row", [&] {
    const Attempted before = attempted_row(row);
    // A doubtful row keeps the time of its next look: looks in quick succession are one look.
    if (before.state == State::pending) {
      lend(Query::set_due).bind(row).bind(to_number(now)).run();
      return Retried::due_now;
    }
    if (before.state != State::refused) return Retried::nothing;
    lend(Query::let_go).bind(row).bind_null().run();
    std::optional<Step> next = to_do(row).next();
    if (lend(Query::has_own_body).bind(row).step()) next = Step::own;
    if (!next) return Retried::nothing;
    requeue_refused(row, before, *next, now);
    return Retried::queued;
  });
}

bool SqliteLedger::resolve(RowKey row, std::string_view take, Timestamp now) {
  return writing("settle a conflict", [&] {
    const Attempted before = attempted_row(row);
    if (before.state != State::refused || !lend(Query::is_held).bind(row).step()) return false;
    const std::string decided(take);
    lend(Query::let_go).bind(row).bind(decided).run();
    requeue_refused(row, before, Step::update, now);
    return true;
  });
}

void SqliteLedger::requeue_refused(RowKey row, const Attempted& before, Step step, Timestamp now) {
  lend(Query::requeue_refused).bind(row).bind_text(to_string(step)).bind(to_number(now)).run();
  tally_.move(before.source, State::refused, before.step, State::pending, step);
}

}  // namespace referrald::persistence
