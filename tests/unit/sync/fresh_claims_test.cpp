// Rows that the intake claims as they enter the ledger, on their way to the service.
#include "daemon/sync/fresh_claims.hpp"

#include <utility>

#include <gmock/gmock.h>

#include "daemon/spawn.hpp"
#include "daemon/sync/dispatch.hpp"
#include "daemon/sync/intake.hpp"
#include "tests/unit/sync/sync_fixture.hpp"

namespace referrald::test {
namespace {

namespace asio = boost::asio;
using persistence::Ledger;
using persistence::State;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(FreshClaims, ArePlacesThatAreOpenedTakenAndClosed) {
  sync::FreshClaims places;
  EXPECT_FALSE(places.take());
  places.open(3, {7, VirtualClock::default_start});
  const auto terms = places.take();
  ASSERT_TRUE(terms);
  EXPECT_EQ(terms->run, 7);
  EXPECT_EQ(terms->service_time, VirtualClock::default_start);
  EXPECT_EQ(places.open_places(), 2u);
  EXPECT_EQ(places.outstanding(), 3u);
  EXPECT_EQ(places.close(9), 2u);
  EXPECT_FALSE(places.take());
  EXPECT_EQ(places.outstanding(), 1u) << "what was taken is on its way";
  places.handed_over(1);
  EXPECT_EQ(places.outstanding(), 0u);
}

// A dispatcher, and an intake that the test drives.
class FreshClaimsTest : public SyncTest {
 protected:
  static constexpr int connections = 2;
  static constexpr std::size_t window = 64;  // for two connections

  void begin() {
    config.submission.connections = connections;
    ledger_ = writer();
    queue_ = sync::make_inline_ledger(*ledger_, io_.get_executor());
    persistence::Claim claim = claim_;
    claim.sources = {"leads"};
    ledger_->begin();
    claim.run = ledger_->start_run("sync", clock_.wall());
    ledger_->commit();
    const auto& settings = config.submission;
    limiter_ = std::make_unique<submission::RateLimiter>(settings.rate, settings.burst,
                                                         settings.daily_budget, 0, clock_);
    client_ = std::make_unique<submission::Client>(service_, *tokens, *limiter_, clock_, random_,
                                                   settings);
    dispatcher_ = std::make_unique<sync::Dispatcher>(
        sync::DispatchParts{*queue_, *client_, *limiter_, *tokens, clock_, random_, log, {}},
        settings, claim);
    spawn(io_.get_executor(), dispatcher_->run(), [this](std::exception_ptr error) {
      ended_ = true;
      error_ = std::move(error);
    });
    run_ready(io_, clock_);
  }

  void read(const std::vector<RowSpec>& rows) {
    sync::IntakeOptions options;
    options.run = 1;
    options.now = [this] { return clock_.wall(); };
    options.claims = dispatcher_->fresh_claims();
    options.hand_over = [this](std::vector<persistence::Intent> intents, std::exception_ptr error) {
      dispatcher_->hand_over(std::move(intents), std::move(error));
    };
    if (ids_are_known_)
      options.find_unchanged = [this](const sync::Export& what) {
        return sync::find_unchanged(what, *reader(), {});
      };
    options.is_last = [this] { return is_last_; };
    sync::Intake intake(*queue_, options);
    const auto file = given_export("leads.csv", rows);
    sync::Request request;
    request.exports = {file};
    const auto work = sync::make_work_list(config, request);
    intake.read(work.exports.at(0));
    dispatcher_->intake_progress();
  }

  void run_to_the_end() {
    dispatcher_->intake_finished();
    run_until_idle(io_, clock_);
    ASSERT_TRUE(ended_);
  }

  // Another run, of a ledger in which these are synced.
  void begin_with(const std::vector<RowSpec>& synced) {
    begin();
    read(synced);
    run_to_the_end();
    dispatcher_.reset();
    queue_.reset();
    ledger_.reset();
    ended_ = false;
    begin();
  }

  bool ids_are_known_ = true;  // which of them stand in an export once
  bool is_last_ = true;        // the export
  VirtualClock clock_;
  asio::io_context io_;
  SeededRandom random_{7};
  PartnerCenterWorld service_{clock_};
  persistence::Claim claim_;
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<sync::LedgerQueue> queue_;
  std::unique_ptr<submission::RateLimiter> limiter_;
  std::unique_ptr<submission::Client> client_;
  std::unique_ptr<sync::Dispatcher> dispatcher_;
  bool ended_ = false;
  std::exception_ptr error_;
};

TEST_F(FreshClaimsTest, NewRowsAreSentWithoutHavingWaited) {
  begin();
  EXPECT_EQ(dispatcher_->fresh_claims()->open_places(), window);
  read({{"a"}, {"b"}, {"c"}});
  for (const char* id : {"a", "b", "c"}) EXPECT_EQ(state_of(id), State::sending) << id;
  EXPECT_EQ(service_.posts, 0u) << "nothing leaves before the ledger has it";
  run_to_the_end();
  EXPECT_FALSE(error_);
  for (const char* id : {"a", "b", "c"}) {
    EXPECT_EQ(service_.own(id), 1u) << id;
    EXPECT_EQ(state_of(id), State::synced) << id;
  }
  EXPECT_EQ(dispatcher_->result().created, 3u);
  EXPECT_EQ(reader()->calls("2026-11-22"), 3u) << "of the day";
}

TEST_F(FreshClaimsTest, WhatFindsNoPlaceWaitsAndIsSentToo) {
  begin();
  std::vector<RowSpec> rows;
  for (std::size_t i = 0; i < window + 10; ++i) rows.push_back({"id-" + std::to_string(i)});
  read(rows);
  EXPECT_EQ(state_of("id-63"), State::sending);
  EXPECT_EQ(state_of("id-64"), State::pending);
  run_to_the_end();
  for (const auto& row : rows) EXPECT_EQ(service_.own(row.id), 1u) << row.id;
  EXPECT_EQ(dispatcher_->result().created, rows.size());
}

// What waits for its turn, as a row that was tried in vain, does not wait for the export's end.
TEST_F(FreshClaimsTest, WhatWaitsIsNotKeptFromItsPlaceByNewRows) {
  begin();
  bool tried = false;
  service_.fault = [&](const submission::Request& request) {
    return request.method == "POST" && !std::exchange(tried, true) ? Fault::not_sent : Fault::none;
  };
  read({{"a"}});
  for (int second = 0; second < 100 && service_.own("a") == 0; ++second) {
    clock_.advance(std::chrono::seconds{1});
    run_ready(io_, clock_);
  }
  clock_.advance(std::chrono::seconds{1});  // its answer is recorded
  run_ready(io_, clock_);
  EXPECT_FALSE(ended_) << "more rows may come";
  EXPECT_EQ(service_.own("a"), 1u);
  EXPECT_GT(dispatcher_->fresh_claims()->open_places(), window / 2) << "nothing waits any more";
  run_to_the_end();
}

TEST_F(FreshClaimsTest, PlacesAreNoCalls) {
  begin();
  EXPECT_EQ(limiter_->used_today(), 0u);
  ledger_->begin();
  persistence::Desired waiting;
  waiting.external_id = "w";
  waiting.deal = "private";
  waiting.own_body = "{}";
  waiting.fingerprint = std::string(16, 'f');
  ledger_->offer(waiting, {"leads", "leads.csv", 2, {}, {}}, clock_.wall());
  ledger_->commit();
  dispatcher_->intake_progress();
  read({{"a"}, {"b"}});
  run_to_the_end();
  EXPECT_EQ(limiter_->used_today(), 3u);
  EXPECT_EQ(reader()->calls("2026-11-22"), 3u);
}

TEST_F(FreshClaimsTest, OpenPlacesGoByTheServicesPresentTime) {
  begin();
  read({{"a"}});
  for (int i = 0; i < 5; ++i) {
    clock_.advance(std::chrono::seconds{1});
    run_ready(io_, clock_);
  }
  // All places are open, so that none is opened any more.
  ASSERT_EQ(dispatcher_->fresh_claims()->open_places(), window);
  clock_.advance(std::chrono::minutes{10});
  dispatcher_->intake_progress();
  run_ready(io_, clock_);
  const auto terms = dispatcher_->fresh_claims()->take();
  ASSERT_TRUE(terms);
  ASSERT_TRUE(terms->service_time) << "it has answered";
  EXPECT_GT(*terms->service_time, clock_.wall() - std::chrono::minutes{1});
  dispatcher_->drain();
  dispatcher_->hand_over({}, std::make_exception_ptr(std::runtime_error("nothing came of it")));
  run_to_the_end();
}

TEST_F(FreshClaimsTest, NoneAreOpenWhileTheServiceIsPaused) {
  begin();
  limiter_->pause_until(clock_.steady() + std::chrono::hours{1});
  dispatcher_->intake_progress();
  run_ready(io_, clock_);
  EXPECT_EQ(dispatcher_->fresh_claims()->open_places(), 0u);
  dispatcher_->drain();
  run_to_the_end();
}

TEST_F(FreshClaimsTest, OfRowsWithOneIdNeitherIsSentBeforeTheLastOneIsKnown) {
  begin();
  read({{"a", "First"}, {"b"}, {"a", "Second"}});
  EXPECT_EQ(state_of("a"), State::pending);
  EXPECT_EQ(state_of("b"), State::sending);
  run_to_the_end();
  EXPECT_EQ(service_.own("a"), 1u);
  EXPECT_EQ(service_.patches, 0u);
  EXPECT_EQ(service_.member("a", "/name"), "\"Second\"");
}

TEST_F(FreshClaimsTest, WhatWasClaimedWhenTheRunIsStoppedWaitsAgain) {
  begin();
  read({{"a"}, {"b"}});
  dispatcher_->drain();
  run_to_the_end();
  EXPECT_EQ(service_.posts, 0u);
  EXPECT_EQ(state_of("a"), State::pending);
  EXPECT_EQ(state_of("b"), State::pending);
  EXPECT_EQ(dispatcher_->fresh_claims()->open_places(), 0u);
}

TEST_F(FreshClaimsTest, AFailureOfTheLedgerEndsTheRunThoughRowsWereClaimed) {
  begin();
  ASSERT_TRUE(dispatcher_->fresh_claims()->take()) << "by work that is rolled back";
  dispatcher_->hand_over({}, std::make_exception_ptr(std::runtime_error("disk full")));
  run_to_the_end();
  EXPECT_TRUE(error_);
}

TEST_F(FreshClaimsTest, WherePermitsAreCountedTheIntakeClaimsNothing) {
  config.submission.rate = 100.0;
  begin();
  EXPECT_EQ(dispatcher_->fresh_claims(), nullptr);
  run_to_the_end();
}

TEST_F(FreshClaimsTest, NorDoesItWithADailyBudget) {
  config.submission.daily_budget = 100;
  begin();
  EXPECT_EQ(dispatcher_->fresh_claims(), nullptr);
  run_to_the_end();
}

TEST_F(FreshClaimsTest, NorWhereNewRowsAreBehindTheCanaryRunsLast) {
  claim_.up_to = 5;
  begin();
  EXPECT_EQ(dispatcher_->fresh_claims(), nullptr);
  run_to_the_end();
}

// Nothing that is still to be read can say otherwise.
TEST_F(FreshClaimsTest, AChangeOfAPrivateDealLeavesBeforeItsExportIsAtItsEnd) {
  begin_with({{"a"}, {"b"}});
  read({{"a", "Another name"}, {"b"}});
  EXPECT_EQ(state_of("a"), State::sending);
  EXPECT_EQ(state_of("b"), State::synced);
  EXPECT_EQ(service_.patches, 0u) << "nothing leaves before the ledger has it";
  run_ready(io_, clock_);
  EXPECT_EQ(service_.patches, 1u);
  run_to_the_end();
  EXPECT_FALSE(error_);
  EXPECT_EQ(service_.member("a", "/name"), "\"Another name\"");
  EXPECT_EQ(state_of("a"), State::synced);
  EXPECT_EQ(dispatcher_->result().updated, 1u);
  EXPECT_EQ(reader()->calls("2026-11-22"), 3u);
}

class HeldChangeTest : public FreshClaimsTest {
 protected:
  // Until release_changes().
  void expect_held(const std::vector<RowSpec>& before, const std::vector<RowSpec>& now) {
    begin_with(before);
    const auto patches = service_.patches;
    read(now);
    EXPECT_EQ(state_of("a"), State::pending);
    run_to_the_end();
    EXPECT_EQ(service_.patches, patches);
    EXPECT_EQ(state_of("a"), State::pending);
  }
};

TEST_F(HeldChangeTest, WhereItsIdComesAgain) {
  expect_held({{"a"}, {"b"}}, {{"a", "Another name"}, {"b"}, {"a", "A third name"}});
}

TEST_F(HeldChangeTest, WhereItIsNotKnownWhetherItsIdComesAgain) {
  ids_are_known_ = false;
  expect_held({{"a"}}, {{"a", "Another name"}});
}

TEST_F(HeldChangeTest, WhereAnotherExportIsToBeRead) {
  is_last_ = false;
  expect_held({{"a"}}, {{"a", "Another name"}});
}

TEST_F(HeldChangeTest, OfADealThatOthersSee) {
  expect_held({{"a", "Storage", "partner-led"}}, {{"a", "Another name", "partner-led"}});
}

TEST_F(HeldChangeTest, OfADealThatOthersAreToSee) {
  expect_held({{"a", "Storage"}}, {{"a", "Another name", "partner-led"}});
}

TEST_F(FreshClaimsTest, AChangeThatFindsNoPlaceIsHeld) {
  begin_with({{"a"}});
  while (dispatcher_->fresh_claims()->take()) dispatcher_->fresh_claims()->handed_over(1);
  read({{"a", "Another name"}});
  EXPECT_EQ(state_of("a"), State::pending);
  dispatcher_->drain();
  run_to_the_end();
}

TEST_F(FreshClaimsTest, AChangeThatWasClaimedWhenTheRunIsStoppedWaitsAgain) {
  begin_with({{"a"}});
  read({{"a", "Another name"}});
  dispatcher_->drain();
  run_to_the_end();
  EXPECT_EQ(service_.patches, 0u);
  EXPECT_EQ(state_of("a"), State::pending);
}

}  // namespace
}  // namespace referrald::test
