// Requests: claimed, and looked for when their effect is unknown.
#include <algorithm>
#include <set>

#include "persistence/sqlite_ledger.hpp"

namespace referrald::persistence {
namespace {

// Why a request that was under way when the process died is in doubt.
const Failure interrupted{"interrupted", "the process ended while the request was under way", 0, "",
                          ""};

Doubt read_doubt(const Lent& statement) {
  Doubt doubt;
  doubt.row = statement.number(0);
  doubt.external_id = statement.id(1);
  doubt.step = read_step(statement, 2);
  doubt.co_sell = statement.number(3) != 0;
  doubt.since = to_time(statement.number(4));
  doubt.looks = statement.small(5);
  doubt.http_status = statement.small(6);
  if (doubt.step == Step::microsoft) doubt.engagement_id = statement.id(7);
  return doubt;
}

}  // namespace

std::uint64_t SqliteLedger::recover(Timestamp now) {
  return writing("recover from the last run", [&] {
    std::vector<RowKey> rows;
    {
      Lent statement = lend(Query::sending_rows);
      while (statement.step()) rows.push_back(statement.number(0));
    }
    std::uint64_t doubtful = 0;
    for (const RowKey row : rows) {
      const Attempted attempted = attempted_row(row);
      // Whatever an update did, it did to the version that it names: repeated, it is refused or
      // does nothing.
      if (attempted.step == Step::update) {
        Settlement again;
        again.row = row;
        again.step = Step::update;
        again.state = State::pending;
        again.failure = interrupted;
        again.at = again.due = now;
        settle(again, run_);
        continue;
      }
      ++doubtful;
      const Id error = add_attempt(row, attempted.step, State::in_doubt, interrupted, run_, now);
      lend(Query::doubt_row).bind(row).bind(to_number(now)).bind(error).run();
      tally_.move(attempted.source, State::sending, attempted.step, State::in_doubt,
                  attempted.step);
    }
    return doubtful;
  });
}

void SqliteLedger::bring_forward(Timestamp latest) {
  writing("bring forward what is due",
          [&] { lend(Query::bring_forward).bind(to_number(latest)).bind(held_back).run(); });
}

// The sources take turns, so that a long backlog of one does not hold up the fresh rows of another.
std::vector<SqliteLedger::Candidate> SqliteLedger::candidates(const Claim& which, std::size_t limit,
                                                              Timestamp now) {
  std::set<Id> sources;
  for (const auto& name : which.sources)
    if (const Id source = names_.find_source(name); source != 0 && tally_.pending(source) > 0)
      sources.insert(source);
  std::vector<std::vector<Candidate>> queues;
  const auto first = sources.upper_bound(last_claimed_);
  const auto queue_up = [&](Id source) {
    auto& queue = queues.emplace_back();
    Lent statement = lend(Query::claimable);
    statement.bind(source).bind(to_number(now)).bind(which.up_to).bind(which.run);
    statement.bind(Id{which.max_attempts}).bind(static_cast<std::int64_t>(limit));
    while (statement.step()) queue.push_back({statement.number(0), source});
  };
  std::for_each(first, sources.end(), queue_up);
  std::for_each(sources.begin(), first, queue_up);
  std::vector<Candidate> found;
  bool more = true;
  for (std::size_t place = 0; more && found.size() < limit; ++place) {
    more = false;
    for (const auto& queue : queues) {
      if (place >= queue.size() || found.size() == limit) continue;
      found.push_back(queue[place]);
      more = true;
    }
  }
  if (!found.empty()) last_claimed_ = found.back().source;
  return found;
}

// An invitation that waits from an earlier run, or has come after an update: a person may have
// invited Microsoft meanwhile, or closed the deal.
void SqliteLedger::look_before_inviting(const Candidate& candidate, Timestamp now) {
  lend(Query::look_before_inviting).bind(candidate.row).bind(to_number(now)).run();
  tally_.move(candidate.source, State::pending, Step::microsoft, State::in_doubt, Step::microsoft);
}

// The status of the referral, as far as it is known.
std::string SqliteLedger::take_update(RowKey row, Intent& intent) {
  Lent statement = lend(Query::update_to_make);
  if (!statement.bind(row).step())
    throw LedgerError(LedgerError::Kind::damaged,
                      ledger_message(connection_.file, "claim",
                                     "row " + std::to_string(row) +
                                         " is to be updated but its referral is not known"));
  intent.referral_id = statement.id(0);
  intent.etag = statement.id(1);
  intent.read_first = statement.number(2) != 0;
  intent.base = prints_.lengthen(statement.text(3));
  intent.kept = statement.text(4);
  intent.decided = statement.text(5);
  intent.sent = statement.text(6);
  return names_.word(statement, 7);
}

// nullopt: its referral is closed, and with it the row; or it is to be looked at first.
std::optional<Intent> SqliteLedger::take(const Candidate& candidate, const Claim& which,
                                         Timestamp now) {
  Intent intent;
  std::string status;
  bool of_this_run = false;
  intent.row = candidate.row;
  {
    Lent statement = lend(Query::claimed_row);
    if (!statement.bind(candidate.row).step()) {
      throw LedgerError(LedgerError::Kind::damaged,
                        ledger_message(connection_.file, "claim",
                                       "row " + std::to_string(candidate.row) +
                                           " is to be sent but its body is gone"));
    }
    intent.external_id = statement.id(0);
    intent.step = read_step(statement, 1);
    intent.co_sell = statement.number(2) != 0;
    of_this_run = statement.number(3) == which.run;
    intent.attempt = of_this_run ? statement.small(4) + 1 : 1;
    intent.body = statement.text(5);
    intent.invitation = statement.text(6);
    intent.origin.source = statement.text(7);
    intent.origin.export_name = statement.text(8);
    intent.origin.line = static_cast<std::uint64_t>(statement.number(9));
  }
  if (intent.step == Step::microsoft) {
    Lent statement = lend(Query::engagement);
    if (statement.bind(candidate.row).step()) {
      intent.engagement_id = statement.id(0);
      intent.organization_id = names_.word(statement, 1);
      status = names_.word(statement, 2);
    }
    if (status != "Closed" && !of_this_run) {
      look_before_inviting(candidate, now);
      return std::nullopt;
    }
    lend(Query::invite).bind(candidate.row).run();
  }
  if (intent.step == Step::update) {
    status = take_update(candidate.row, intent);
  }
  if (status == "Closed") {
    close_waiting(candidate.row, candidate.source, intent.step, now);
    return std::nullopt;
  }
  lend(Query::mark_sending)
      .bind(candidate.row)
      .bind(which.run)
      .bind(Id{intent.attempt})
      .bind(to_number(now))
      .bind(to_number(which.service_time.value_or(now)))
      .run();
  tally_.move(candidate.source, State::pending, intent.step, State::sending, intent.step);
  return intent;
}

std::vector<Intent> SqliteLedger::claim(const Claim& which, std::size_t limit, Timestamp now) {
  return writing("claim", [&] {
    std::vector<Intent> intents;
    for (const auto& candidate : candidates(which, limit, now)) {
      if (auto intent = take(candidate, which, now)) intents.push_back(std::move(*intent));
    }
    return intents;
  });
}

void SqliteLedger::close_waiting(RowKey row, Id source, Step step, Timestamp now) {
  forget_record(row);
  lend(Query::close_row).bind(row).run();
  lend(Query::mark_changed).bind(row).bind(to_number(now)).run();
  lend(Query::delete_body).bind(row).run();
  forget_messages(row);
  tally_.move(source, State::pending, step, State::closed, step);
}

Agenda SqliteLedger::agenda(const Claim& which) {
  return asking("look what is due", [&] {
    Agenda agenda;
    for (const auto& name : which.sources) {
      const Id source = names_.find_source(name);
      if (source == 0) continue;
      Lent statement = lend(Query::next_claim);
      statement.bind(source).bind(which.up_to).bind(which.run).bind(Id{which.max_attempts});
      // What is held back comes last, and is not due at all.
      if (!statement.step() || statement.number(0) == held_back) continue;
      const Timestamp due = to_time(statement.number(0));
      if (!agenda.next_claim || due < *agenda.next_claim) agenda.next_claim = due;
    }
    Lent statement = lend(Query::next_look);
    if (statement.step() && !statement.is_null(0) && statement.number(0) != held_back) {
      agenda.next_look = to_time(statement.number(0));
    }
    return agenda;
  });
}

std::vector<Doubt> SqliteLedger::doubts(Timestamp now, RowKey after, std::size_t limit) {
  return asking("list the doubts", [&] {
    std::vector<Doubt> doubts;
    Lent statement = lend(Query::doubts);
    statement.bind(after).bind(to_number(now)).bind(static_cast<std::int64_t>(limit));
    while (statement.step()) doubts.push_back(read_doubt(statement));
    return doubts;
  });
}

std::optional<Doubt> SqliteLedger::find_doubt(std::string_view external_id) {
  return asking("find a doubt", [&]() -> std::optional<Doubt> {
    Lent statement = lend(Query::find_doubt);
    if (!statement.bind(ids_.find(std::string(external_id))).step()) return std::nullopt;
    return read_doubt(statement);
  });
}

void SqliteLedger::record_look(RowKey row, Timestamp due) {
  writing("count a look", [&] {
    if (lend(Query::count_look).bind(row).bind(to_number(due)).run() != 1) {
      throw std::logic_error("row " + std::to_string(row) + " is not in doubt");
    }
  });
}

}  // namespace referrald::persistence
