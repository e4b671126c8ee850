// What people and commands ask, and that the counts are right whatever happened.
#include <random>

#include "tests/unit/persistence/ledger_contract.hpp"

namespace referrald::persistence {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST_P(LedgerContract, StatesAreSpelledAsThePrintedOnes) {
  for (const State state : {State::pending, State::sending, State::in_doubt, State::synced,
                            State::rejected, State::refused, State::closed}) {
    EXPECT_EQ(parse_state(to_string(state)), state);
  }
  EXPECT_EQ(to_string(State::in_doubt), "in_doubt");
  EXPECT_EQ(to_string(Step::own), "own");
  EXPECT_EQ(to_string(Step::microsoft), "microsoft");
  EXPECT_FALSE(parse_state("Pending"));
}

// As they are spelled, whatever the ledger makes of them: these four are four rows.
TEST_P(LedgerContract, IdsAreKeptLetterForLetter) {
  const std::vector<std::string> spellings{
      "5f1e9d6c-2f0b-4c61-9a5e-7d3c8a10b2e4", "5F1E9D6C-2F0B-4C61-9A5E-7D3C8A10B2E4",
      "5f1e9d6c-2F0B-4c61-9a5e-7d3c8a10b2e4", "\"5f1e9d6c-2f0b-4c61-9a5e-7d3c8a10b2e4\""};
  for (const auto& id : spellings) EXPECT_EQ(verdict(id, "content", "co-sell"), Verdict::created);
  for (const Intent& intent : claim()) {
    Settlement done = settlement(intent, State::synced);
    done.ids = {intent.external_id, intent.external_id, intent.external_id,
                intent.external_id, intent.external_id, intent.external_id};
    ledger().record(done, run());
  }
  for (const Intent& intent : claim()) {
    EXPECT_EQ(intent.engagement_id, intent.external_id);
    EXPECT_EQ(intent.organization_id, intent.external_id);
    created(intent);
  }
  restart();
  const auto other = reader();
  for (const auto& id : spellings) {
    EXPECT_EQ(verdict(id, "content", "co-sell"), Verdict::unchanged);
    for (Ledger* one : {&ledger(), other.get()}) {
      const auto view = one->find(id);
      ASSERT_TRUE(view);
      EXPECT_EQ(view->external_id, id);
      EXPECT_EQ(view->deal, "co-sell");
      EXPECT_EQ(view->own.referral_id, id);
      EXPECT_EQ(view->own.engagement_id, id);
      EXPECT_EQ(view->own.etag, id);
      EXPECT_EQ(view->own.organization_id, id);
      EXPECT_EQ(view->own.status, id);
      EXPECT_EQ(view->own.substatus, id);
      EXPECT_EQ(view->microsoft.referral_id, "referral-" + id + "-ms");
      const auto known = one->find_referral(id, id);
      ASSERT_TRUE(known);
      EXPECT_EQ(known->ids.etag, id);
    }
  }
}

TEST_P(LedgerContract, RunsAreRememberedNewestFirst) {
  RunSummary summary;
  summary.rows_read = 1;
  summary.created = 2;
  summary.updated = 3;
  summary.unchanged = 4;
  summary.changed = 5;
  summary.excluded = 6;
  summary.rejected = 7;
  summary.refused = 8;
  summary.in_doubt = 9;
  summary.waiting = 10;
  summary.requests = 11;
  summary.retries = 12;
  summary.throttled = 13;
  summary.seconds = 14.5;
  ledger().finish_run(run(), summary, 2, now() + 5s);
  const RunId second = ledger().start_run("run", now() + 9s);
  const auto runs = ledger().runs(9);
  ASSERT_THAT(runs, SizeIs(2));
  EXPECT_EQ(runs[0].id, second);
  EXPECT_EQ(runs[0].command, "run");
  EXPECT_EQ(runs[0].started, now() + 9s);
  EXPECT_FALSE(runs[0].finished);
  EXPECT_FALSE(runs[0].exit_code);
  EXPECT_EQ(runs[0].summary, RunSummary{});
  EXPECT_EQ(runs[1].finished, now() + 5s);
  EXPECT_EQ(runs[1].exit_code, 2);
  EXPECT_GT(runs[1].pid, 0);
  EXPECT_EQ(runs[1].summary, summary);
  EXPECT_THAT(ledger().runs(1), SizeIs(1));
  EXPECT_THROW(ledger().finish_run(99, summary, 0, now()), std::logic_error);
}

TEST_P(LedgerContract, ARunThatDiedIsNotUnderWayWhenALaterOneHasBegun) {
  EXPECT_GT(ledger().runs(1).at(0).pid, 0);
  ledger().start_run("sync", now() + 9s);  // by the same process: a daemon whose disk was full
  EXPECT_EQ(ledger().runs(2).at(1).pid, 0);
}

TEST_P(LedgerContract, RowsAreCountedByState) {
  given(State::synced, "a");
  given(State::synced, "b");
  given(State::refused, "c");
  offer("d");
  ledger().offer(desired("e"), origin(1, "contacts"), now());
  reject("");
  const Counts leads{
      {State::synced, 2}, {State::refused, 1}, {State::pending, 1}, {State::rejected, 1}};
  EXPECT_EQ(ledger().counts({"leads"}), leads);
  EXPECT_EQ(ledger().counts({"contacts"}), (Counts{{State::pending, 1}}));
  EXPECT_EQ(ledger().counts({}).at(State::pending), 2U);
  EXPECT_EQ(ledger().counts({"leads", "contacts"}).at(State::pending), 2U);
  EXPECT_THAT(ledger().counts({"unknown"}), IsEmpty());
  restart();
  EXPECT_EQ(ledger().counts({"leads"}), leads);
}

TEST_P(LedgerContract, TheLongestWaitingRowIsTheOneThatCameFirst) {
  EXPECT_FALSE(ledger().oldest_waiting());
  given(State::synced, "done");
  offer("a");
  advance(1h);
  offer("b");
  EXPECT_EQ(ledger().oldest_waiting()->external_id, "a");
  const auto intents = claim();
  EXPECT_EQ(ledger().oldest_waiting()->external_id, "a") << "sending is waiting too";
  failed(intents[0], State::pending, 24h);
  EXPECT_EQ(ledger().oldest_waiting()->external_id, "a");
  EXPECT_EQ(ledger().oldest_waiting()->first_seen, now() - 1h);
  advance(24h);
  created(claim_one());
  EXPECT_EQ(ledger().oldest_waiting()->external_id, "b");
}

TEST_P(LedgerContract, RowsAreListedInOrderAndFiltered) {
  offer("a");
  failed(claim_one(), State::in_doubt);
  given(State::refused, "b");
  advance(1h);
  given(State::synced, "c");
  ledger().offer(desired("d"), origin(1, "contacts"), now());
  const auto list = [&](const ListFilter& filter) {
    std::vector<std::string> ids;
    ledger().list(filter, [&](const RowView& row) { ids.push_back(row.external_id); });
    return ids;
  };
  EXPECT_THAT(list({}), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(list({{State::refused}, {}, {}}), ElementsAre("b"));
  EXPECT_THAT(list({{State::in_doubt}, {}, {}}), ElementsAre("a"));
  EXPECT_THAT(list({{State::pending, State::in_doubt}, {}, {}}), ElementsAre("a", "d"));
  EXPECT_THAT(list({{}, "contacts", {}}), ElementsAre("d"));
  EXPECT_THAT(list({{}, {}, now()}), ElementsAre("c", "d"));
  EXPECT_THAT(list({{State::refused}, "leads", now()}), IsEmpty());
  EXPECT_THAT(list({{State::closed}, {}, {}}), IsEmpty());
}

TEST_P(LedgerContract, AVisitThatThrowsLeavesTheLedgerUsable) {
  offer("a");
  EXPECT_THROW(ledger().list({}, [](const RowView&) { throw std::runtime_error("pipe closed"); }),
               std::runtime_error);
  EXPECT_EQ(verdict("b"), Verdict::created);
  const auto reader = this->reader();
  reject("c");
  EXPECT_THROW(reader->rejects({}, {}, [](const RejectView&) { throw std::runtime_error("no"); }),
               std::runtime_error);
  EXPECT_TRUE(reader->find("a"));
}

// Whatever is done in whatever order, the counts are those of the rows.
TEST_P(LedgerContract, CountsAgreeWithTheRowsAfterAnyHistory) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto pick = [&](unsigned below) { return random() % below; };
  const auto rejection = [&] { return static_cast<RejectionId>(pick(60)); };
  const std::vector<State> answers{State::pending, State::in_doubt, State::synced, State::refused,
                                   State::closed};
  for (int step = 0; step < 1500; ++step) {
    const std::string id = "row-" + std::to_string(pick(40));
    const std::string source = pick(5) == 0 ? "contacts" : "leads";
    const std::string content = "content-" + std::to_string(pick(3));
    const Origin from = origin(pick(9), source, "leads.csv", content);
    advance(1s);
    switch (pick(8)) {
      case 0:
      case 1:
        ledger().offer(desired(id, content, pick(2) == 0 ? "private" : "co-sell"), from, now());
        break;
      case 2:
        ledger().reject({from, pick(3) == 0 ? "" : id, reasons(content), rejection()}, run(),
                        now());
        break;
      case 3:
        ledger().exclude(id, source, now());
        break;
      case 4:
        for (const auto& intent : ledger().claim(all_of({"leads", "contacts"}), 3, now())) {
          const State state = answers[pick(5)];
          if (pick(4) == 0) continue;  // still under way
          if (state == State::synced && intent.co_sell && intent.step == Step::own) {
            created_own(intent);
          } else if (state == State::synced) {
            created(intent);
          } else {
            failed(intent, state);
          }
        }
        break;
      case 5:
        for (const auto& doubt : ledger().doubts(now(), 0, 3)) {
          const Intent looked = the_row(doubt.row, doubt.external_id, doubt.step);
          pick(2) == 0 ? failed(looked, State::pending) : failed(looked, State::in_doubt);
        }
        break;
      case 6:
        if (pick(4) == 0) ledger().recover(now());
        if (pick(4) == 0) next_run();
        break;
      default:
        if (pick(4) == 0) ledger().finish_export(source, "leads.csv", run());
        if (pick(20) == 0) restart();
        if (pick(4) == 0) ledger().answer_rejection(rejection(), source);
        if (pick(4) == 0) ledger().keep_rejection(rejection(), source, "leads.csv", run());
        break;
    }
  }
  Counts rows;
  std::uint64_t withdrawn_rows = 0;
  ledger().list({}, [&](const RowView& row) {
    const bool withdrawn = row.state == State::rejected && row.reasons.empty();
    if (withdrawn) {
      EXPECT_GT(row.attempts, 0) << row.external_id << " is rejected for no reason";
      ++withdrawn_rows;
    } else if (row.state != State::rejected) {
      ++rows[row.state];
    }
  });
  std::uint64_t rejections = 0;
  ledger().rejects({}, {}, [&](const RejectView& reject) { rejections += reject.refused ? 0 : 1; });
  rejections += withdrawn_rows;
  if (rejections != 0) rows[State::rejected] = rejections;
  EXPECT_EQ(ledger().counts({}), rows);
  EXPECT_EQ(reader()->counts({}), rows);
}

TEST_P(LedgerContract, RemembersExportsByTheirSource) {
  ledger().remember_export("leads", {"a.csv", "12:34", Handled::read, now()});
  ledger().remember_export("leads", {"b.csv", "56:78", Handled::unreadable, now()});
  ledger().remember_export("deals", {"a.csv", "90:12", Handled::guarded, now()});
  ledger().remember_export("leads", {"b.csv", "56:79", Handled::read, now()});
  const auto known = reader()->handled_exports("leads");
  ASSERT_EQ(known.size(), 2U);
  EXPECT_EQ(known[0].name, "a.csv");
  EXPECT_EQ(known[0].stamp, "12:34");
  EXPECT_EQ(known[0].handled, Handled::read);
  EXPECT_EQ(known[0].at, now());
  EXPECT_EQ(known[1].stamp, "56:79");
  EXPECT_EQ(known[1].handled, Handled::read);
  ledger().forget_export("leads", "a.csv");
  ledger().forget_export("leads", "never met.csv");
  ledger().forget_export("unknown", "a.csv");
  EXPECT_EQ(ledger().handled_exports("leads").size(), 1U);
  EXPECT_EQ(ledger().handled_exports("deals").at(0).handled, Handled::guarded);
  EXPECT_TRUE(ledger().handled_exports("unknown").empty());
}

}  // namespace
}  // namespace referrald::persistence
