#include "daemon/sync/sync_run.hpp"

#include <gmock/gmock.h>

#include "tests/unit/sync/sync_fixture.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
using persistence::State;
using submission::Request;
using ::testing::Contains;
using ::testing::HasSubstr;

std::vector<RowSpec> mixed_rows(int count) {
  std::vector<RowSpec> rows;
  for (int i = 0; i < count; ++i) {
    RowSpec row;
    row.id = "id-" + std::to_string(i);
    row.deal = i % 3 == 0 ? "private" : i % 3 == 1 ? "partner-led" : "co-sell";
    rows.push_back(row);
  }
  return rows;
}

// Deals one fault to the n-th request of a method, from 1.
auto fault_at(PartnerCenterWorld& world, std::string method, std::size_t n, Fault what) {
  return [&world, method = std::move(method), n, what](const Request& request) {
    const auto count = method == "POST" ? world.posts : world.gets;
    return request.method == method && count == n ? what : Fault::none;
  };
}

TEST_F(SyncTest, EveryRowBecomesOneReferralAndACoSellRowTwo) {
  const auto rows = mixed_rows(30);
  given_export("leads.csv", rows);
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::ok);
  EXPECT_EQ(outcome.summary.rows_read, 30u);
  EXPECT_EQ(outcome.summary.created, 30u);
  EXPECT_EQ(outcome.summary.requests, 40u);
  EXPECT_EQ(outcome.summary.waiting, 0u);
  expect_exactly_once(rows);
}

TEST_F(SyncTest, ASecondSyncSendsNothing) {
  const auto rows = mixed_rows(9);
  given_export("leads.csv", rows);
  sync();
  const auto again = sync();
  EXPECT_EQ(again.exit, Exit::ok);
  EXPECT_EQ(again.summary.unchanged, 9u);
  EXPECT_EQ(again.summary.created, 0u);
  EXPECT_EQ(again.summary.requests, 0u);
  expect_exactly_once(rows);
}

TEST_F(SyncTest, TheSecondReferralOfACoSellDealIsForMicrosoftInTheSameEngagement) {
  RowSpec row{"id-1", "Big deal", "co-sell", "Architecture please"};
  given_export("leads.csv", {row});
  sync();
  ASSERT_EQ(world->held().size(), 2u);
  const auto& microsofts = world->held()[1];
  EXPECT_TRUE(microsofts.for_microsoft);
  EXPECT_EQ(microsofts.engagement_id, world->held()[0].engagement_id);
  EXPECT_EQ(microsofts.external_id, "");
  EXPECT_THAT(microsofts.body, HasSubstr("Architecture please"));
  EXPECT_THAT(microsofts.body, HasSubstr(R"("organizationId":"org")"));
}

TEST_F(SyncTest, ADoubtfulCreateThatWasProcessedIsFoundAndNotSentAgain) {
  for (const auto what : {Fault::drop_after, Fault::status_504, Fault::truncated, Fault::html}) {
    const std::string id = "id-" + std::to_string(static_cast<int>(what));
    world->fault = fault_at(*world, "POST", world->posts + 1, what);
    given_export("leads.csv", {{id}});
    const auto outcome = sync();
    EXPECT_EQ(outcome.exit, Exit::ok);
    EXPECT_EQ(outcome.summary.created, 1u);
    EXPECT_EQ(world->own(id), 1u);
    EXPECT_EQ(state_of(id), State::synced);
  }
}

TEST_F(SyncTest, ADoubtfulCreateThatWasLostIsSentAgainAfterTheSetNumberOfLooks) {
  world->fault = fault_at(*world, "POST", 1, Fault::drop_before);
  given_export("leads.csv", {{"id-1"}});
  const auto began = clock().steady();
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::ok);
  EXPECT_EQ(world->posts, 2u);
  EXPECT_EQ(world->gets, 2u);
  EXPECT_GE(clock().steady() - began, config.submission.reconcile.apart);
  expect_exactly_once({{"id-1"}});
}

TEST_F(SyncTest, AReferralThatShowsInTheListLateIsFoundByTheSecondLook) {
  world->list_delay = 20s;
  world->fault = fault_at(*world, "POST", 1, Fault::drop_after);
  given_export("leads.csv", {{"id-1"}});
  sync();
  EXPECT_EQ(world->posts, 1u);
  expect_exactly_once({{"id-1"}});
}

TEST_F(SyncTest, ADoubtfulSecondStepIsLookedForByItsEngagement) {
  RowSpec row{"id-1", "Big deal", "co-sell"};
  world->fault = fault_at(*world, "POST", 2, Fault::drop_after);
  given_export("leads.csv", {row});
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::ok);
  EXPECT_EQ(world->posts, 2u);
  EXPECT_THAT(world->targets, Contains(HasSubstr("$filter=engagementId%20eq%20%27e1%27")));
  expect_exactly_once({row});
}

TEST_F(SyncTest, ALostSecondStepIsSentAgainAndTheFirstIsNot) {
  RowSpec row{"id-1", "Big deal", "co-sell"};
  world->fault = fault_at(*world, "POST", 2, Fault::drop_before);
  given_export("leads.csv", {row});
  sync();
  EXPECT_EQ(world->posts, 3u);
  expect_exactly_once({row});
}

TEST_F(SyncTest, ManyDoubtfulRowsTakeOneSweepTogether) {
  const auto rows = mixed_rows(3);
  world->fault = [this](const Request& request) {
    return request.method == "POST" && world->posts <= 2 ? Fault::drop_after : Fault::none;
  };
  given_export("leads.csv", rows);
  sync();
  EXPECT_EQ(world->gets, 1u);
  expect_exactly_once(rows);
}

// The first row is looked for from 2020 ms on; the second is created at 2025 ms, falls in doubt,
// and stands on the first page, alone.
TEST_F(SyncTest, ALookGoesOnForItsRowsWhateverBecomesDoubtfulMeanwhile) {
  config.submission.reconcile = {.looks = 1, .apart = 2s};
  world->page_size = 1;
  world->fault = [this](const Request& request) {
    if (request.method == "GET") {
      world->latency = 20ms;
      return Fault::none;
    }
    world->latency = world->posts == 1 ? 20ms : 2025ms;
    return Fault::drop_after;
  };
  given_export("leads.csv", {{"id-1"}, {"id-2"}});
  sync();
  EXPECT_EQ(world->posts, 2u);
  expect_exactly_once({{"id-1"}, {"id-2"}});
}

TEST_F(SyncTest, SurvivesAServiceThatFailsMostOfTheTime) {
  const auto rows = mixed_rows(200);
  SeededRandom chance(11);
  world->fault = [&](const Request&) {
    const double roll = chance.uniform();
    if (roll < 0.15) return Fault::drop_after;
    if (roll < 0.30) return Fault::status_504;
    if (roll < 0.45) return Fault::truncated;
    if (roll < 0.50) return Fault::drop_before;
    if (roll < 0.55) return Fault::status_429;
    if (roll < 0.60) return Fault::status_503;
    return Fault::none;
  };
  given_export("leads.csv", rows);
  Exit last = Exit::internal;
  for (int i = 0; i < 20 && last != Exit::ok; ++i) last = sync().exit;
  EXPECT_EQ(last, Exit::ok);
  expect_exactly_once(rows);
}

TEST_F(SyncTest, ThrottlingPausesTheWholeClientAndCostsNoAttempt) {
  config.submission.retry.attempts = 1;
  world->fault = fault_at(*world, "POST", 1, Fault::status_429);
  given_export("leads.csv", {{"id-1"}});
  const auto began = clock().steady();
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::ok);
  EXPECT_EQ(outcome.summary.throttled, 1u);
  EXPECT_GE(clock().steady() - began, 3s);
}

TEST_F(SyncTest, ARefusedRowNeedsAPersonAndIsNotSentAgain) {
  world->fault = fault_at(*world, "POST", 1, Fault::status_400);
  given_export("leads.csv", {{"id-1"}, {"id-2"}});
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::needs_person);
  EXPECT_EQ(outcome.summary.refused, 1u);
  EXPECT_EQ(outcome.summary.created, 1u);
  const auto again = sync();
  EXPECT_EQ(again.exit, Exit::needs_person);
  EXPECT_EQ(again.summary.refused, 1u);
  EXPECT_EQ(again.summary.requests, 0u);
}

TEST_F(SyncTest, ARefusedRowWithOtherContentIsSentAgain) {
  world->fault = fault_at(*world, "POST", 1, Fault::status_400);
  given_export("leads.csv", {{"id-1"}});
  sync();
  given_export("leads.csv", {{"id-1", "Better name"}});
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::ok);
  ASSERT_EQ(world->own("id-1"), 1u);
  EXPECT_EQ(world->held()[0].name, "Better name");
}

TEST_F(SyncTest, ARefusedSignInStopsTheRunAndKeepsTheRows) {
  world->fault = [](const Request&) { return Fault::status_403; };
  given_export("leads.csv", mixed_rows(9));
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::not_authorised);
  EXPECT_EQ(outcome.summary.waiting, 9u);
  EXPECT_EQ(outcome.summary.in_doubt, 0u);
  EXPECT_LE(world->posts, 4u);  // one a connection
  world->fault = [](const Request&) { return Fault::none; };
  EXPECT_EQ(sync().exit, Exit::ok);
  expect_exactly_once(mixed_rows(9));
}

TEST_F(SyncTest, AWrongUrlStopsTheRun) {
  world->fault = [](const Request&) { return Fault::status_404; };
  given_export("leads.csv", {{"id-1"}});
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::unavailable);
  EXPECT_THAT(outcome.messages, Contains(HasSubstr("partner_center.url")));
  EXPECT_EQ(state_of("id-1"), State::pending);
}

TEST_F(SyncTest, AServiceThatIsNeverReachedIsGivenUpSoon) {
  world->fault = [](const Request&) { return Fault::not_sent; };
  given_export("leads.csv", mixed_rows(9));
  const auto began = clock().steady();
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::unavailable);
  EXPECT_EQ(outcome.summary.waiting, 9u);
  EXPECT_EQ(outcome.summary.in_doubt, 0u);
  EXPECT_EQ(outcome.summary.requests, 0u);
  EXPECT_LT(clock().steady() - began, 30s);
}

TEST_F(SyncTest, AServiceInTroubleIsNotSentEveryRow) {
  world->fault = [](const Request&) { return Fault::status_503; };
  given_export("leads.csv", mixed_rows(1000));
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::unavailable);
  EXPECT_LT(world->posts, 100u);
  EXPECT_LT(outcome.summary.in_doubt, 100u);
}

TEST_F(SyncTest, AConflictThatTheListDoesNotExplainIsRefused) {
  world->fault = fault_at(*world, "POST", 1, Fault::status_409);
  given_export("leads.csv", {{"id-1"}});
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::needs_person);
  EXPECT_EQ(state_of("id-1"), State::refused);
  EXPECT_EQ(world->posts, 1u);
}

// However few rows there are: it is the service, and not a row.
TEST_F(SyncTest, AServiceThatNeverAnswersProperlyIsUnavailable) {
  for (const Fault fault : {Fault::status_503, Fault::drop_before}) {
    for (int rows = 1; rows <= 3; ++rows) {
      world->fault = [fault](const auto&) { return fault; };
      given_export("leads.csv", mixed_rows(rows));
      const auto outcome = sync();
      EXPECT_EQ(outcome.exit, Exit::unavailable) << rows;
      EXPECT_THAT(outcome.messages, ::testing::SizeIs(1));
    }
  }
}

TEST_F(SyncTest, DrainingLetsWhatHasLeftEndAndResumes) {
  const auto rows = mixed_rows(60);
  given_export("leads.csv", rows);
  const auto outcome = *sync({.drain_after = 100ms});
  EXPECT_EQ(outcome.exit, Exit::stopped);
  EXPECT_GT(outcome.summary.created, 0u);
  EXPECT_GT(outcome.summary.waiting, 0u);
  EXPECT_EQ(outcome.summary.in_doubt, 0u);
  const auto rest = sync();
  EXPECT_EQ(rest.exit, Exit::ok);
  EXPECT_LE(world->gets, 20u) << "the few invitations that waited are looked for";
  expect_exactly_once(rows);
}

TEST_F(SyncTest, ACanaryThatIsStoppedIsNotDone) {
  given_export("leads.csv", mixed_rows(60));
  const auto outcome = *sync({.limit = 40, .drain_after = 100ms});
  EXPECT_GT(outcome.summary.waiting, 0u);
  EXPECT_EQ(outcome.exit, Exit::stopped);
}

TEST_F(SyncTest, ALimitSendsSoManyRowsAndTheNextRunGoesOn) {
  const auto rows = mixed_rows(10);
  given_export("leads.csv", rows);
  const auto canary = *sync({.limit = 4});
  EXPECT_EQ(canary.exit, Exit::ok);
  EXPECT_TRUE(canary.limit_reached);
  EXPECT_EQ(canary.summary.created, 4u);
  EXPECT_EQ(sync().summary.created, 6u);
  expect_exactly_once(rows);
}

TEST_F(SyncTest, ALimitCountsTheRowsThatWaitFirst) {
  const auto rows = mixed_rows(10);
  given_export("leads.csv", rows);
  world->fault = [](const Request&) { return Fault::status_403; };
  sync();
  world->fault = [](const Request&) { return Fault::none; };
  const auto canary = *sync({.limit = 3});
  EXPECT_EQ(canary.summary.created, 3u);
  EXPECT_EQ(canary.exit, Exit::ok);
}

TEST_F(SyncTest, TheGuardStopsBeforeAnythingIsSent) {
  config.guard = config::Guard{5, std::nullopt};
  const auto rows = mixed_rows(6);
  given_export("leads.csv", rows);
  const auto stopped = sync();
  EXPECT_EQ(stopped.exit, Exit::stopped);
  EXPECT_THAT(stopped.messages, Contains(HasSubstr("--confirm")));
  EXPECT_EQ(world->posts, 0u);
  EXPECT_EQ(reader()->find("id-1"), std::nullopt);
  EXPECT_EQ(sync({.confirm = true})->exit, Exit::ok);
  expect_exactly_once(rows);
}

TEST_F(SyncTest, TheGuardWatchesTheShareOfChangedRows) {
  config.guard = config::Guard{std::nullopt, 0.3};
  auto rows = mixed_rows(9);
  given_export("leads.csv", rows);
  sync();
  for (int i = 0; i < 3; ++i) rows[static_cast<std::size_t>(i)].name = "Other";
  given_export("leads.csv", rows);
  EXPECT_EQ(sync().exit, Exit::stopped);
  rows[0].name = "Storage renewal";
  given_export("leads.csv", rows);
  const auto within = sync();
  EXPECT_EQ(within.exit, Exit::ok);
  EXPECT_EQ(within.summary.changed, 2u);
}

TEST_F(SyncTest, RejectedRowsDoNotWeakenTheGuardAgainstChanges) {
  config.guard = config::Guard{std::nullopt, 0.3};
  auto rows = mixed_rows(9);
  given_export("leads.csv", rows);
  sync();
  for (int i = 0; i < 3; ++i) rows[static_cast<std::size_t>(i)].name = "Other";
  for (int i = 0; i < 6; ++i) rows.push_back({.id = "", .name = "Without an id"});
  given_export("leads.csv", rows);
  EXPECT_EQ(sync().exit, Exit::stopped);
}

TEST_F(SyncTest, TheDailyBudgetStopsTheRunAndOutlivesIt) {
  config.submission.daily_budget = 4;
  given_export("leads.csv", {{"id-1"}, {"id-2"}, {"id-3"}, {"id-4"}, {"id-5"}, {"id-6"}});
  const auto first = sync();
  EXPECT_EQ(first.exit, Exit::stopped);
  EXPECT_EQ(first.summary.created, 4u);
  const auto second = sync();
  EXPECT_EQ(second.summary.created, 0u);
  EXPECT_EQ(second.summary.requests, 0u);
  clock().advance(24h);
  EXPECT_EQ(sync().exit, Exit::ok);
}

TEST_F(SyncTest, TheBudgetCountsTheCallsThatWereMadeAndNoOthers) {
  config.submission.daily_budget = 1000;
  given_export("leads.csv", mixed_rows(9));
  const auto outcome = sync();
  EXPECT_EQ(reader()->calls("2026-11-22"), outcome.summary.requests);
}

TEST_F(SyncTest, ALedgerThatFailsEndsTheRunAfterWhatHadLeft) {
  given_export("leads.csv", mixed_rows(30));
  EXPECT_FALSE(sync({.dies_after = 5}).has_value());
  EXPECT_EQ(sync().exit, Exit::ok);
  expect_exactly_once(mixed_rows(30));
}

TEST_F(SyncTest, TheRateIsKept) {
  config.submission.rate = 1.0;
  config.submission.burst = 5;
  given_export("leads.csv", mixed_rows(3));
  given_export("more.csv", {{"a"}, {"b"}, {"c"}, {"d"}, {"e"}, {"f"}, {"g"}});
  const auto began = clock().steady();
  sync();
  // Eleven calls, five of them at once.
  EXPECT_GE(clock().steady() - began, 6s);
  EXPECT_LT(clock().steady() - began, 8s);
}

TEST_F(SyncTest, ARowThatCannotBeSentStopsNoOther) {
  given_export("leads.csv", {{"id-1"}, {"id-2", ""}, {"id-3"}});
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::needs_person);
  EXPECT_EQ(outcome.summary.rejected, 1u);
  EXPECT_EQ(outcome.summary.created, 2u);
}

TEST_F(SyncTest, AnExportThatDoesNotFitIsRefusedBeforeAnythingIsSent) {
  const auto file = given_file("leads.csv", "Identifier,Name\r\n1,x\r\n");
  const auto outcome = *sync({.exports = {file}});
  EXPECT_EQ(outcome.exit, Exit::invalid);
  EXPECT_EQ(world->posts, 0u);
  EXPECT_THAT(outcome.problems.list(),
              Contains(::testing::Field(&config::Problem::message, HasSubstr("\"Id\""))));
}

TEST_F(SyncTest, ADamagedExportIsSentUpToItsDamage) {
  given_file("leads.csv",
             "Id,Name,Deal,Help,Include\r\nid-1,a,private,,yes\r\nid-2,\"open,private,,yes\r\n");
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::cannot_read);
  EXPECT_EQ(outcome.summary.created, 1u);
  EXPECT_EQ(world->own("id-1"), 1u);
}

TEST_F(SyncTest, AFinishedExportGoesToTheArchive) {
  config.sources[0].archive = folder / "done";
  const auto file = given_export("leads.csv", {{"id-1"}});
  sync();
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_TRUE(std::filesystem::exists(folder / "done" / "leads.csv"));
}

TEST_F(SyncTest, ANamedExportStaysWhereItIs) {
  config.sources[0].archive = folder / "done";
  const auto file = given_export("leads.csv", {{"id-1"}});
  sync({.exports = {file}});
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_F(SyncTest, AnotherTenantIsRefused) {
  given_export("leads.csv", {{"id-1"}});
  sync();
  config.partner_center.auth.tenant = "fabrikam.onmicrosoft.com";
  EXPECT_THROW(sync(), persistence::LedgerError);
}

}  // namespace
}  // namespace referrald::test
