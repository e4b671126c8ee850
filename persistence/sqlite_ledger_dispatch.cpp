// Requests: claimed, recorded, and looked for when their effect is unknown.
#include <algorithm>

#include <SQLiteCpp/Database.h>

#include "persistence/sqlite_ledger.hpp"

namespace referrald::persistence {
namespace {

// Why a request that was under way when the process died is in doubt.
const Failure interrupted{"interrupted", "the process ended while the request was under way", 0, "",
                          ""};

Doubt read_doubt(const Lent& statement) {
  Doubt doubt;
  doubt.row = statement.number(0);
  doubt.external_id = statement.text(1);
  doubt.step = read_step(statement, 2);
  doubt.co_sell = statement.number(3) != 0;
  doubt.since = to_time(statement.number(4));
  doubt.looks = statement.small(5);
  doubt.http_status = statement.small(6);
  if (doubt.step == Step::microsoft) doubt.engagement_id = statement.text(7);
  return doubt;
}

bool is_open(State state) {
  return state == State::pending || state == State::in_doubt;
}

bool may_be_recorded(State state) {
  return is_open(state) || state == State::synced || state == State::refused ||
         state == State::closed;
}

}  // namespace

std::uint64_t SqliteLedger::recover(Timestamp now) {
  return writing("recover from the last run", [&] {
    std::vector<RowKey> rows;
    {
      Lent statement = lend(Query::sending_rows);
      while (statement.step()) rows.push_back(statement.number(0));
    }
    for (const RowKey row : rows) {
      const Attempted attempted = attempted_row(row);
      const Id error = add_attempt(row, attempted.step, State::in_doubt, interrupted, run_, now);
      lend(Query::doubt_row).bind(row).bind(to_number(now)).bind(error).run();
      tally_.move(attempted.source, State::sending, attempted.step, State::in_doubt,
                  attempted.step);
    }
    return static_cast<std::uint64_t>(rows.size());
  });
}

std::vector<SqliteLedger::Candidate> SqliteLedger::candidates(const Claim& which, std::size_t limit,
                                                              Timestamp now) {
  std::vector<Candidate> found;
  for (const auto& name : which.sources) {
    const Id source = names_.find_source(name);
    if (source == 0 || tally_.pending(source) == 0) continue;
    Lent statement = lend(Query::claimable);
    statement.bind(source).bind(to_number(now)).bind(which.up_to).bind(which.run);
    statement.bind(Id{which.max_attempts}).bind(static_cast<std::int64_t>(limit));
    while (statement.step()) found.push_back({statement.number(0), statement.number(1), source});
  }
  if (which.sources.size() > 1) {
    const auto earlier = [](const Candidate& a, const Candidate& b) {
      return std::tie(a.due, a.row) < std::tie(b.due, b.row);
    };
    std::sort(found.begin(), found.end(), earlier);
    // A source may have been named twice.
    const auto same = [](const Candidate& a, const Candidate& b) { return a.row == b.row; };
    found.erase(std::unique(found.begin(), found.end(), same), found.end());
    if (found.size() > limit) found.resize(limit);
  }
  return found;
}

Intent SqliteLedger::take(const Candidate& candidate, RunId run, Timestamp now) {
  Intent intent;
  intent.row = candidate.row;
  {
    Lent statement = lend(Query::claimed_row);
    if (!statement.bind(candidate.row).step()) {
      throw LedgerError(LedgerError::Kind::damaged,
                        ledger_message(connection_.file, "claim",
                                       "row " + std::to_string(candidate.row) +
                                           " is to be sent but its body is gone"));
    }
    intent.external_id = statement.text(0);
    intent.step = read_step(statement, 1);
    intent.co_sell = statement.number(2) != 0;
    intent.attempt = statement.number(3) == run ? statement.small(4) + 1 : 1;
    intent.body = statement.text(5);
    intent.invitation = statement.text(6);
  }
  if (intent.step == Step::microsoft) {
    Lent statement = lend(Query::engagement);
    if (statement.bind(candidate.row).step()) {
      intent.engagement_id = statement.text(0);
      intent.organization_id = statement.text(1);
    }
  }
  lend(Query::mark_sending)
      .bind(candidate.row)
      .bind(run)
      .bind(Id{intent.attempt})
      .bind(to_number(now))
      .run();
  tally_.move(candidate.source, State::pending, intent.step, State::sending, intent.step);
  return intent;
}

std::vector<Intent> SqliteLedger::claim(const Claim& which, std::size_t limit, Timestamp now) {
  return writing("claim", [&] {
    std::vector<Intent> intents;
    for (const auto& candidate : candidates(which, limit, now)) {
      intents.push_back(take(candidate, which.run, now));
    }
    return intents;
  });
}

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

void SqliteLedger::settle_body(const Settlement& settlement) {
  if (settlement.state == State::synced || settlement.state == State::closed) {
    lend(Query::delete_body).bind(settlement.row).run();
  } else if (settlement.state == State::refused) {
    lend(Query::strip_body).bind(settlement.row).run();
  } else if (settlement.step == Step::own && settlement.next_step == Step::microsoft) {
    lend(Query::strip_own_body).bind(settlement.row).run();
  }
}

void SqliteLedger::put_referral(RowKey row, Step step, const ReferralIds& ids) {
  lend(step == Step::own ? Query::put_own_referral : Query::put_microsoft_referral)
      .bind(row)
      .bind(ids.referral_id)
      .bind(ids.engagement_id)
      .bind(ids.etag)
      .bind(ids.organization_id)
      .bind(ids.status)
      .bind(ids.substatus)
      .run();
}

void SqliteLedger::record(const Settlement& settlement, RunId run) {
  writing("record an answer", [&] {
    const Attempted before = attempted_row(settlement.row);
    const bool under_way = before.state == State::sending || before.state == State::in_doubt;
    if (!under_way || before.step != settlement.step || !may_be_recorded(settlement.state)) {
      throw std::logic_error("row " + std::to_string(settlement.row) + " is " +
                             std::string(to_string(before.state)) + " at step " +
                             std::string(to_string(before.step)) + "; it cannot be recorded as " +
                             std::string(to_string(settlement.state)) + " at step " +
                             std::string(to_string(settlement.step)));
    }
    const bool same_step = settlement.next_step == settlement.step;
    const bool put_back = settlement.state == State::pending && same_step;
    std::optional<Id> error = put_back ? before.error : std::nullopt;
    if (settlement.failure) {
      error = add_attempt(settlement.row, settlement.step, settlement.state, *settlement.failure,
                          run, settlement.at);
    }
    if (settlement.ids) put_referral(settlement.row, settlement.step, *settlement.ids);
    settle_body(settlement);
    const int uncounted = settlement.counts ? 0 : 1;
    const bool still_in_doubt =
        before.state == State::in_doubt && settlement.state == State::in_doubt;
    Lent statement = lend(Query::settle_row);
    statement.bind(settlement.row)
        .bind_text(to_string(settlement.state))
        .bind_text(to_string(settlement.next_step));
    is_open(settlement.state) ? statement.bind(to_number(settlement.due)) : statement.bind_null();
    statement.bind(Id{std::max(0, before.attempts - uncounted)})
        .bind(Id{same_step ? std::max(0, before.run_attempts - uncounted) : 0})
        .bind(Id{still_in_doubt ? before.looks : 0})
        .bind(error)
        .bind(to_number(settlement.at))
        .run();
    tally_.move(before.source, before.state, before.step, settlement.state, settlement.next_step);
  });
}

Agenda SqliteLedger::agenda(const Claim& which) {
  return asking("look what is due", [&] {
    Agenda agenda;
    for (const auto& name : which.sources) {
      const Id source = names_.find_source(name);
      if (source == 0) continue;
      Lent statement = lend(Query::next_claim);
      statement.bind(source).bind(which.up_to).bind(which.run).bind(Id{which.max_attempts});
      if (!statement.step()) continue;
      const Timestamp due = to_time(statement.number(0));
      if (!agenda.next_claim || due < *agenda.next_claim) agenda.next_claim = due;
    }
    Lent statement = lend(Query::next_look);
    if (statement.step() && !statement.is_null(0)) {
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
    if (!statement.bind_text(external_id).step()) return std::nullopt;
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
