#include "daemon/commands/status_snapshot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/status_page/page.hpp"
#include "daemon/sync/source_history.hpp"
#include "tests/unit/commands/workplace.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
using persistence::State;
using persistence::Timestamp;
using status_page::Result;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* reasons_of_two =
    R"([{"code":"bad-number","member":"details.dealValue","column":"Value","value":"hush",)"
    R"("message":"\"hush\" is no number","remedy":""},)"
    R"({"code":"required-member","member":"name","column":"","value":"","message":"","remedy":""}])";

class StatusSnapshotTest : public testing::Test {
 protected:
  StatusSnapshotTest() {
    config::Problems problems;
    config_ = config::load_config(workplace_.folder() / "referrald.yaml", problems).value();
  }

  status_page::LedgerView view(const Seeder& seeder) {
    const auto reader = persistence::open_for_reading(config_.ledger);
    return commands::ledger_view(config_, reader.get(), seeder.now());
  }

  Workplace workplace_;
  config::Config config_;
};

TEST_F(StatusSnapshotTest, IsCompleteBeforeThereIsALedger) {
  const auto snapshot = commands::snapshot_at_rest(config_, nullptr, real_now(), real_now());
  EXPECT_FALSE(snapshot.ledger.exists);
  ASSERT_THAT(snapshot.ledger.sources, SizeIs(2));
  EXPECT_EQ(snapshot.ledger.sources[0].name, "leads");
  EXPECT_EQ(snapshot.ledger.sources[0].schedule, "on arrival");
  EXPECT_NE(snapshot.version, "");
  EXPECT_TRUE(snapshot.sign_in.present);
}

TEST_F(StatusSnapshotTest, SaysWhatTheLedgerHoldsBesideItsWriter) {
  Seeder seeder(workplace_, real_now());
  seeder.synced("A-1");
  seeder.pass(1min);
  seeder.offer("A-2");
  seeder.offer("B-1", "deals");
  seeder.ledger().begin();
  sync::remember_run(seeder.ledger(), "leads", {seeder.now(), Exit::needs_person});
  sync::remember_run(seeder.ledger(), "deals", {seeder.now(), Exit::invalid});
  seeder.ledger().commit();
  persistence::RunSummary summary;
  summary.created = 1;
  seeder.finish_run(1, summary);
  seeder.pass(5min);
  const auto told = view(seeder);
  EXPECT_TRUE(told.exists);
  EXPECT_EQ(status_page::waiting_in(told.counts), 2u);
  EXPECT_EQ(told.oldest.value().external_id, "A-2");
  EXPECT_EQ(told.oldest.value().since, seeder.now() - 5min);
  EXPECT_EQ(told.sources[0].last_success, seeder.now() - 5min);
  EXPECT_EQ(told.sources[0].result, Result::needs_person);
  EXPECT_EQ(told.sources[1].result, Result::failed);
  EXPECT_EQ(told.sources[1].outcome, "a mapping or an export did not fit");
  EXPECT_FALSE(told.sources[1].last_success.has_value());
  EXPECT_EQ(status_page::waiting_in(told.sources[1].counts), 1u);
  ASSERT_THAT(told.runs, SizeIs(1));
  EXPECT_EQ(told.runs[0].result, Result::needs_person);
  EXPECT_EQ(told.day.at(0).summary.created, 1u);
  EXPECT_TRUE(told.done.has_value());
  seeder.pass(25h);
  EXPECT_THAT(view(seeder).day, IsEmpty());
}

TEST_F(StatusSnapshotTest, ShowsWhyARowNeedsAPersonAndNothingOfTheRow) {
  Seeder seeder(workplace_, real_now());
  seeder.rejected("A-3", "Id,Name", "A-3,Secretive", reasons_of_two, "leads", 17);
  persistence::Failure failure;
  failure.code = "http-422";
  failure.message = "the name Secretive is not accepted";
  failure.http_status = 422;
  seeder.failed("A-4", State::refused, failure);
  auto snapshot = commands::snapshot_at_rest(config_, nullptr, seeder.now(), seeder.now());
  snapshot.ledger = view(seeder);
  EXPECT_EQ(snapshot.ledger.needing, 2u);
  ASSERT_THAT(snapshot.ledger.needs_person, SizeIs(2));
  const auto& refused = snapshot.ledger.needs_person[0];
  EXPECT_EQ(refused.external_id, "A-4");
  EXPECT_TRUE(refused.refused);
  EXPECT_NE(refused.reasons.at(0).remedy, "");
  const auto& rejected = snapshot.ledger.needs_person[1];
  EXPECT_EQ(rejected.line, 17u);
  ASSERT_THAT(rejected.reasons, SizeIs(2));
  EXPECT_EQ(rejected.reasons[0].code, "bad-number");
  EXPECT_EQ(rejected.reasons[0].column, "Value");
  EXPECT_NE(rejected.reasons[0].meaning, "");
  for (const std::string& text : {status_page::page_of(snapshot), status_page::json_of(snapshot)}) {
    EXPECT_THAT(text, HasSubstr("A-3"));
    EXPECT_THAT(text, Not(HasSubstr("hush")));
    EXPECT_THAT(text, Not(HasSubstr("Secretive")));
  }
}

TEST_F(StatusSnapshotTest, ShowsTheFirstOfManyAndHowManyThereAre) {
  Seeder seeder(workplace_, real_now());
  for (std::size_t i = 0; i < commands::needs_person_shown + 20; ++i)
    seeder.rejected("A-" + std::to_string(i), "Id", "x", reasons_of_two);
  const auto told = view(seeder);
  EXPECT_EQ(told.needing, commands::needs_person_shown + 20);
  EXPECT_THAT(told.needs_person, SizeIs(commands::needs_person_shown));
  EXPECT_EQ(told.needs_person.front().external_id, "A-0");
}

TEST_F(StatusSnapshotTest, NamesTheTenantAndNoPerson) {
  submission::store_sign_in(config_.partner_center.auth.refresh_token, "r3fresh",
                            {{"ada@contoso.com", "Ada Example", "t-1"}, real_now()});
  const auto snapshot = commands::snapshot_at_rest(config_, nullptr, real_now(), real_now());
  EXPECT_TRUE(snapshot.sign_in.renewed.has_value());
  for (const std::string& text : {status_page::page_of(snapshot), status_page::json_of(snapshot)}) {
    EXPECT_THAT(text, HasSubstr("contoso.onmicrosoft.com"));
    EXPECT_THAT(text, Not(HasSubstr("ada@")));
    EXPECT_THAT(text, Not(HasSubstr("Ada")));
    EXPECT_THAT(text, Not(HasSubstr("r3fresh")));
  }
}

}  // namespace
}  // namespace referrald::test
