// A ledger sends to its tenant only when it knows what is there.
#include "daemon/sync/tenant_gate.hpp"

#include <gmock/gmock.h>

#include "daemon/sync/list_walk.hpp"
#include "tests/support/scripted_transport.hpp"
#include "tests/unit/sync/update_fixture.hpp"

namespace referrald::test {
namespace {

using persistence::State;
using submission::Halt;
using sync::Standing;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class TenantGate : public UpdateTest {
 protected:
  TenantGate() { first_sync = true; }

  static std::vector<Lead> leads(int count) {
    std::vector<Lead> all;
    for (int i = 1; i <= count; ++i) all.push_back({.id = std::to_string(i)});
    return all;
  }
  // Somebody has synced them, and the ledger is lost.
  void given_tenant(int count) {
    synced(leads(count));
    lose_the_ledger();
  }
  void lose_the_ledger() {
    for (const char* suffix : {"", "-wal", "-shm"})
      std::filesystem::remove(config.ledger.string() + suffix);
  }
  Standing standing() const { return sync::standing_of(reader().get()); }
  void expect_each_once(int count) const {
    for (int i = 1; i <= count; ++i) EXPECT_EQ(world->own(std::to_string(i)), 1u) << i;
  }
  void expect_closed(const sync::SyncOutcome& outcome, const char* why) const {
    EXPECT_EQ(outcome.exit, Exit::stopped);
    EXPECT_EQ(outcome.halt, Halt::strangers);
    EXPECT_THAT(outcome.messages, ElementsAre(AllOf(HasSubstr(why), HasSubstr("`referrald adopt`"),
                                                    Not(HasSubstr("--confirm")))));
  }
};

TEST_F(TenantGate, IsClosedWhileAnAdoptHasNotComeToItsEnd) {
  world->page_size = 2;
  given_tenant(6);
  ASSERT_EQ(adopt(1).exit, Exit::stopped);
  EXPECT_EQ(standing(), Standing::adopting);
  const auto posts = world->posts;
  given(leads(6));
  expect_closed(sync(), "an adopt has not come to its end");
  EXPECT_EQ(world->posts, posts);
  EXPECT_EQ(adopt().exit, Exit::ok);
  EXPECT_EQ(standing(), Standing::known);
  EXPECT_EQ(sync().exit, Exit::ok);
  EXPECT_EQ(world->posts, posts);
  expect_each_once(6);
}

TEST_F(TenantGate, IsClosedAgainByAnAdoptThatIsCutOffLater) {
  world->page_size = 2;
  synced(leads(6));
  ASSERT_EQ(standing(), Standing::known);
  ASSERT_EQ(adopt(1).exit, Exit::stopped);
  expect_closed(synced(leads(7)), "an adopt has not come to its end");
  EXPECT_EQ(adopt().exit, Exit::ok);
  EXPECT_EQ(sync().exit, Exit::ok);
  expect_each_once(7);
}

// The rows are taken for what Partner Center holds: their export alone knows what the CRM wants.
TEST_F(TenantGate, AnExportThatItIsClosedToStaysWhereItIs) {
  config.sources[0].archive = folder / "done";
  given({{.id = "1"}, {.id = "2", .deal = "co-sell"}});
  ASSERT_EQ(sync().exit, Exit::ok);
  lose_the_ledger();
  given({{.id = "1", .topic = "Renewal"}, {.id = "2", .deal = "co-sell"}});
  expect_closed(sync(), "holds referrals");
  expect_closed(sync(), "holds referrals");
  ASSERT_EQ(adopt().exit, Exit::ok);
  EXPECT_EQ(sync().exit, Exit::ok);
  EXPECT_EQ(world->member("1", "/name"), "\"Renewal\"");
  EXPECT_EQ(world->microsofts("2"), 1u);
  EXPECT_FALSE(std::filesystem::exists(folder / "leads.csv"));
}

TEST_F(TenantGate, AnAdoptLeavesWhatWaitsBehindADoubtToBeSent) {
  first_sync = false;
  world->fault = [](const auto& request) {
    return request.method == "POST" ? Fault::drop_after : Fault::none;
  };
  const auto begin = [&](const std::vector<Lead>& rows) {
    given(rows);
    (void)sync({.drain_after = std::chrono::milliseconds{50}});
    ASSERT_EQ(state_of("1"), State::in_doubt);
    ASSERT_EQ(state_of("2"), State::in_doubt);
  };
  world->list_delay = std::chrono::hours{1};
  begin({{.id = "1"}, {.id = "2", .deal = "co-sell"}});
  begin({{.id = "1", .topic = "Renewal"}, {.id = "2", .deal = "co-sell"}});
  world->list_delay = {};
  world->fault = [](const auto&) { return Fault::none; };
  ASSERT_EQ(adopt().exit, Exit::ok);
  std::filesystem::remove(folder / "leads.csv");
  EXPECT_EQ(sync().exit, Exit::ok);
  EXPECT_EQ(world->member("1", "/name"), "\"Renewal\"");
  EXPECT_EQ(world->microsofts("2"), 1u);
}

// Or a guard would stop at what looks changed, and each row would cost a look.
TEST_F(TenantGate, WhatTheServiceHasFilledInIsNoChangeAfterAnAdopt) {
  given_tenant(3);
  for (const char* id : {"1", "2", "3"}) {
    world->edit(id, "/details/requirements/solutions/0/name", "\"Backup for all\"");
    world->edit(id, "/customerProfile/team/0/contactPreference", "\"Email\"");
  }
  ASSERT_EQ(adopt().exit, Exit::ok);
  const auto before = requests();
  config.guard = config::Guard{.max_creates = {}, .max_changed = 0.3};
  const auto outcome = synced(leads(3));
  EXPECT_EQ(outcome.exit, Exit::ok);
  EXPECT_EQ(outcome.summary.unchanged, 3u);
  EXPECT_EQ(requests(), before);
}

TEST_F(TenantGate, AnAdoptThatReadNothingClosesNothing) {
  synced(leads(1));
  world->fault = [](const auto&) { return Fault::status_403; };
  const auto adopted = adopt();
  EXPECT_EQ(adopted.exit, Exit::not_authorised);
  EXPECT_FALSE(adopted.goes_on);
  EXPECT_EQ(standing(), Standing::known);
}

TEST_F(TenantGate, IsAskedBeforeTheGuard) {
  given_tenant(6);
  config.guard = config::Guard{5, std::nullopt};
  const auto posts = world->posts;
  given(leads(6));
  expect_closed(sync(), "this ledger is new");
  EXPECT_EQ(standing(), Standing::strangers);
  EXPECT_EQ(world->posts, posts);
  EXPECT_EQ(adopt().exit, Exit::ok);
  EXPECT_EQ(sync().exit, Exit::ok);
  EXPECT_EQ(world->posts, posts);
}

TEST_F(TenantGate, LeavesItToTheGuardWhereTheTenantIsEmpty) {
  config.guard = config::Guard{5, std::nullopt};
  given(leads(6));
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::stopped);
  EXPECT_THAT(outcome.messages, ElementsAre(HasSubstr("--confirm")));
  EXPECT_EQ(world->posts, 0u);
  EXPECT_EQ(world->gets, 1u);
  EXPECT_EQ(sync({.confirm = true})->exit, Exit::ok);
  EXPECT_EQ(world->gets, 1u) << "it was looked at before";
}

TEST_F(TenantGate, IsNotPassedByPassingTheGuard) {
  given_tenant(6);
  config.guard = config::Guard{5, std::nullopt};
  const auto posts = world->posts;
  given(leads(6));
  expect_closed(*sync({.confirm = true}), "this ledger is new");
  EXPECT_EQ(world->posts, posts);
}

TEST_F(TenantGate, IsPassedByAWordOfItsOwnForGood) {
  world->add(R"({"name":"of others","type":"Independent","externalReferenceId":"x"})");
  given(leads(2));
  expect_closed(sync(), "this ledger is new");
  EXPECT_EQ(sync({.without_adopt = true})->exit, Exit::ok);
  EXPECT_THAT(log.lines(), Contains(HasSubstr("counts as knowing the tenant from now on")));
  EXPECT_EQ(standing(), Standing::known);
  const auto gets = world->gets;
  EXPECT_EQ(synced(leads(3)).exit, Exit::ok);
  EXPECT_EQ(world->gets, gets);
  expect_each_once(3);
}

TEST_F(TenantGate, WithoutAdoptDoesNotPassTheGuard) {
  given_tenant(6);
  config.guard = config::Guard{5, std::nullopt};
  const auto posts = world->posts;
  given(leads(6));
  const auto outcome = *sync({.without_adopt = true});
  EXPECT_EQ(outcome.exit, Exit::stopped);
  EXPECT_THAT(outcome.messages, ElementsAre(HasSubstr("stopped by the guard")));
  EXPECT_EQ(world->posts, posts);
}

TEST_F(TenantGate, LooksBehindEmptyPages) {
  given_tenant(1);
  world->empty_pages = true;
  given(leads(1));
  expect_closed(sync(), "this ledger is new");
  expect_each_once(1);
}

// A walk that was cut off goes on where it stood, and that is behind what is new.
TEST_F(TenantGate, AnAdoptThatGoesOnMeetsWhatWasCreatedMeanwhile) {
  world->page_size = 2;
  given_tenant(6);
  ASSERT_EQ(adopt(1).read, 2u);
  clock().advance(std::chrono::hours{1});
  world->add(R"({"name":"late","type":"Independent","externalReferenceId":"7"})");
  world->add(R"({"name":"by hand","type":"Independent"})");
  const auto adopted = adopt();
  EXPECT_TRUE(adopted.resumed);
  EXPECT_EQ(adopted.exit, Exit::ok);
  EXPECT_EQ(adopted.read, 6u) << "four older ones, and two new ones";
  EXPECT_EQ(adopted.adopted, 5u);
  EXPECT_EQ(adopted.without_id, 1u);
  const auto posts = world->posts;
  synced(leads(7));
  EXPECT_EQ(world->posts, posts);
  expect_each_once(7);
}

TEST_F(TenantGate, AnAdoptThatIsCutOffAmongTheNewOnesGoesOnThere) {
  world->page_size = 2;
  synced(leads(4));
  clock().advance(std::chrono::hours{1});
  given_tenant(6);
  ASSERT_EQ(adopt(1).read, 2u);
  clock().advance(std::chrono::hours{1});
  for (const char* id : {"7", "8", "9"})
    world->add(
        fmt::format(R"({{"name":"late","type":"Independent","externalReferenceId":"{}"}})", id));
  // Two pages of the rest, and one of the new ones.
  const auto second = adopt(3);
  EXPECT_EQ(second.exit, Exit::stopped);
  EXPECT_TRUE(second.goes_on);
  const auto gets = world->gets;
  const auto third = adopt();
  EXPECT_EQ(third.exit, Exit::ok);
  EXPECT_EQ(third.adopted, 1u);
  EXPECT_EQ(world->gets, gets + 3) << "not through all once more";
  const auto posts = world->posts;
  synced(leads(9));
  EXPECT_EQ(world->posts, posts);
}

// The list is read for an adopt, a pull and the gate as a row is sent: what stops that stops this.
TEST_F(TenantGate, AListThatCannotBeReadIsExplainedAsACreateIs) {
  given_tenant(1);
  given(leads(1));
  config.submission.retry.attempts = 2;
  const struct {
    Fault fault;
    Exit exit;
    const char* reason;
  } cases[] = {{Fault::status_401, Exit::not_authorised, "sign in again with `referrald login`"},
               {Fault::status_403, Exit::not_authorised, "the role Referrals admin"},
               {Fault::status_404, Exit::unavailable, "does not lead to the referrals API"},
               {Fault::status_429, Exit::unavailable, "keeps throttling"},
               {Fault::status_503, Exit::unavailable, "is unavailable: status 503"},
               {Fault::status_400, Exit::unavailable, "refuses to list the referrals: status 400"},
               {Fault::html, Exit::unavailable, "but not with its list of referrals"},
               {Fault::not_sent, Exit::unavailable, "cannot be reached"}};
  for (const auto& [fault, exit, reason] : cases) {
    world->fault = [fault = fault](const auto&) { return fault; };
    const auto outcome = sync();
    EXPECT_EQ(outcome.exit, exit) << reason;
    const auto adopted = adopt();
    EXPECT_EQ(adopted.exit, exit) << reason;
    const auto pulled = pull();
    EXPECT_EQ(pulled.exit, exit) << reason;
    ASSERT_EQ(outcome.messages.size(), 1u);
    for (const auto& message : {outcome.messages[0], adopted.message, pulled.message})
      EXPECT_THAT(message, AllOf(HasSubstr(reason), Not(HasSubstr("request-id )")),
                                 Not(HasSubstr("check --online"))));
  }
}

TEST_F(TenantGate, ABudgetThatIsUsedUpIsNamed) {
  given_tenant(1);
  given(leads(1));
  config.submission.daily_budget = 1;
  expect_closed(sync(), "this ledger is new");
  EXPECT_EQ(reader()->calls("2026-11-22"), 1u) << "the look counts";
  for (const auto& [exit, message] :
       {std::pair{adopt().exit, adopt().message}, std::pair{pull().exit, pull().message},
        std::pair{sync().exit, sync().messages.at(0)}}) {
    EXPECT_EQ(exit, Exit::stopped);
    EXPECT_THAT(message, HasSubstr("the daily budget of 1 calls is used up"));
  }
}

// Adopted rows are of no source yet, and of the exports' one when they are counted.
TEST_F(TenantGate, TheGuardCountsAdoptedRowsWithTheSourceThatBringsThem) {
  config.guard = config::Guard{std::nullopt, 0.3};
  given_tenant(5);
  ASSERT_EQ(adopt().exit, Exit::ok);
  auto changed = leads(5);
  for (auto& lead : changed) lead.value = "1500";
  const auto stopped = synced(changed);
  EXPECT_EQ(stopped.exit, Exit::stopped);
  EXPECT_THAT(stopped.messages, ElementsAre(HasSubstr("5 of 5 rows of source leads have changed "
                                                      "(100%)")));
  for (std::size_t i = 1; i < changed.size(); ++i) changed[i].value = "1000";
  const auto within = synced(changed);
  EXPECT_EQ(within.exit, Exit::ok);
  EXPECT_EQ(within.summary.updated, 1u);
}

TEST_F(TenantGate, ABudgetThatEndsWithinAnUpdateIsNamed) {
  synced(leads(1));
  world->edit("1", "/details/dealValue", "1700");
  config.submission.daily_budget = reader()->calls("2026-11-22") + 1;
  given({{.value = "1500"}});
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::stopped);
  EXPECT_THAT(outcome.messages, ElementsAre(HasSubstr("the daily budget of")));
}

TEST_F(TenantGate, ARunWhoseRowsFailedAllTheirTriesSaysSo) {
  auto rows = leads(2);
  synced(rows);
  config.submission.retry.attempts = 1;
  world->fault = [this](const submission::Request& request) {
    const bool of_one = request.target.find(world->own_referral("1").id) != std::string::npos;
    return of_one && request.method == "PATCH" ? Fault::status_503 : Fault::none;
  };
  for (auto& row : rows) row.value = "1500";
  given(rows);
  const auto outcome = sync();
  EXPECT_EQ(outcome.exit, Exit::stopped);
  EXPECT_THAT(outcome.messages, ElementsAre(HasSubstr("1 row could not be brought to an end")));
}

// -- the list -------------------------------------------------------------------------------------

TEST(ListWalk, EndsWhereAListLeadsBackToItself) {
  boost::asio::io_context io;
  VirtualClock clock;
  SeededRandom random(1);
  SignedIn tokens;
  ScriptedTransport api(clock);
  api.otherwise([](const submission::Request& request) {
    const bool at_a = request.target.ends_with("$skiptoken=a");
    return answered(200,
                    fmt::format(R"({{"value":[],"@odata.nextLink":"https://x/?$skiptoken={}"}})",
                                at_a ? "b" : "a"));
  });
  const config::Submission settings;
  submission::RateLimiter limiter({}, 1, {}, 0, clock);
  submission::Client client(api, tokens, limiter, clock, random, settings);
  sync::ListWalk walk(client, "$orderby=createdDateTime%20desc");
  for (int page = 0; page < 3; ++page) EXPECT_TRUE(await(io, clock, walk.next())) << page;
  EXPECT_FALSE(await(io, clock, walk.next()));
  EXPECT_TRUE(walk.failed());
  EXPECT_EQ(api.asked().size(), 3u);
}

}  // namespace
}  // namespace referrald::test
