// What both sides have changed, and what a person, or the configuration, decides of it.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/unit/sync/update_fixture.hpp"

namespace referrald::test {
namespace {

using persistence::State;
using testing::HasSubstr;

TEST_F(UpdateTest, AListThatBothChangedIsAConflict) {
  synced({{}});
  world->edit("1", "/details/requirements/solutions",
              R"([{"type":"Name","id":"SOL-9-XYZ","quantity":5}])");
  EXPECT_EQ(synced({{.quantity = "7"}}).exit, Exit::needs_person);
  EXPECT_THAT(world->member("1", "/details/requirements/solutions"), HasSubstr("SOL-9-XYZ"));
}

TEST_F(UpdateTest, WhatPartnerCenterChangedElsewhereIsLeft) {
  synced({{}});
  world->edit("1", "/details/notes", "\"by Microsoft\"");
  const auto outcome = synced({{.value = "1500"}});
  EXPECT_EQ(outcome.exit, Exit::ok);
  EXPECT_EQ(outcome.summary.updated, 1u);
  EXPECT_EQ(world->member("1", "/details/notes"), "\"by Microsoft\"");
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1500");
  EXPECT_EQ(sync().summary.unchanged, 1u);
}

TEST_F(UpdateTest, AMemberThatBothChangedWaitsForAPersonWithAllThreeValues) {
  synced({{}});
  world->edit("1", "/details/dealValue", "1700");
  const auto outcome = synced({{.notes = "second", .value = "1500"}});
  EXPECT_EQ(outcome.exit, Exit::needs_person);
  EXPECT_EQ(state_of("1"), State::refused);
  EXPECT_THAT(reasons_of("1"),
              HasSubstr("details/dealValue is 1500 in the CRM and 1700 at Partner Center; last "
                        "synced was 1000"));
  EXPECT_THAT(reasons_of("1"), HasSubstr(R"("partner_center":"1700","last_synced":"1000")"));
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1700");
  EXPECT_EQ(world->member("1", "/details/notes"), "\"second\"") << "what is no conflict is sent";
  const auto sent = requests();
  EXPECT_EQ(sync().summary.refused, 1u);
  EXPECT_EQ(requests(), sent);
}

// Once it is closed nothing can be settled any more.
TEST_F(UpdateTest, ADealIsNotClosedOverAConflict) {
  synced({{}});
  world->edit("1", "/details/dealValue", "1700");
  EXPECT_EQ(synced({{.value = "1500", .status = "Won"}}).exit, Exit::needs_person);
  EXPECT_EQ(world->own_referral("1").status, "Active");
  EXPECT_THAT(reasons_of("1"), HasSubstr("details/dealValue is 1500 in the CRM and 1700"));
  ASSERT_TRUE(writer()->resolve(reader()->find("1")->row, "crm", clock().wall()));
  EXPECT_EQ(sync().exit, Exit::ok);
  EXPECT_EQ(world->own_referral("1").status, "Closed");
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1500");
}

TEST_F(UpdateTest, BothChangedToTheSameIsNoConflict) {
  synced({{}});
  world->edit("1", "/details/dealValue", "1500");
  const auto outcome = synced({{.value = "1500"}});
  EXPECT_EQ(outcome.exit, Exit::ok);
  EXPECT_EQ(state_of("1"), State::synced);
  EXPECT_EQ(world->own_referral("1").version, 2);
}

// The eTag that the first update was answered with covers what Microsoft had changed before it.
TEST_F(UpdateTest, AChangeOfTheirsThatAnUpdateMetIsStillTheirsLater) {
  synced({{}});
  world->edit("1", "/details/notes", "\"by Microsoft\"");
  synced({{.value = "1500"}});
  const auto outcome = synced({{.notes = "second", .value = "1500"}});
  EXPECT_EQ(outcome.exit, Exit::needs_person);
  EXPECT_EQ(world->member("1", "/details/notes"), "\"by Microsoft\"");
  EXPECT_THAT(reasons_of("1"), HasSubstr("last synced was another text, which is not kept"));
}

TEST_F(UpdateTest, ConflictsCanBeDecidedForAll) {
  for (const auto how : {config::Conflicts::crm, config::Conflicts::partner_center}) {
    const std::string id = how == config::Conflicts::crm ? "crm" : "theirs";
    config.submission.conflicts = how;
    synced({{.id = id}});
    world->edit(id, "/details/dealValue", "1700");
    EXPECT_EQ(synced({{.id = id, .value = "1500"}}).exit, Exit::ok);
    EXPECT_EQ(world->member(id, "/details/dealValue"),
              how == config::Conflicts::crm ? "1500" : "1700");
    const auto sent = requests();
    EXPECT_EQ(sync().summary.unchanged, 1u);
    EXPECT_EQ(requests(), sent);
  }
}

// What Partner Center's value was preferred to is no change by itself; what the CRM says next is.
TEST_F(UpdateTest, AMemberThatGaveWayIsTheCrmsAgainOnceItSaysSomethingElse) {
  config.submission.conflicts = config::Conflicts::partner_center;
  synced({{}});
  world->edit("1", "/details/dealValue", "1700");
  const auto outcome = synced({{.value = "1500"}});
  EXPECT_EQ(outcome.summary.updated, 0u) << "nothing was changed";
  EXPECT_EQ(outcome.summary.unchanged, 1u);
  EXPECT_EQ(world->patches, 1u) << "refused for its version";
  EXPECT_EQ(synced({{.notes = "second", .value = "1500"}}).exit, Exit::ok);
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1700");
  EXPECT_EQ(world->member("1", "/details/notes"), "\"second\"");
  EXPECT_EQ(synced({{.notes = "second", .value = "1600"}}).summary.updated, 1u);
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1600");
  EXPECT_EQ(synced({{.notes = "second", .value = "1500"}}).summary.updated, 1u);
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1500");
}

TEST_F(UpdateTest, AMemberThatGaveWayAndCameBackIsAChange) {
  config.submission.conflicts = config::Conflicts::partner_center;
  synced({{}});
  world->edit("1", "/details/dealValue", "1700");
  synced({{.value = "1500"}});
  EXPECT_EQ(synced({{.value = "1700"}}).summary.requests, 0u);
  EXPECT_EQ(synced({{.value = "1500"}}).exit, Exit::ok);
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1500");
}

TEST_F(UpdateTest, AWordForTheCrmHoldsForTheValueThatWasShown) {
  synced({{}});
  world->edit("1", "/details/dealValue", "1700");
  synced({{.value = "1500"}});
  const auto settle = [&] {
    const auto row = reader()->find("1")->row;
    EXPECT_TRUE(writer()->resolve(row, "crm", clock().wall()));
  };
  settle();
  world->edit("1", "/details/dealValue", "1900");
  EXPECT_EQ(sync().exit, Exit::needs_person);
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1900");
  EXPECT_THAT(reasons_of("1"), HasSubstr("1900 at Partner Center"));
  settle();
  EXPECT_EQ(sync().exit, Exit::ok);
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1500");
}

TEST_F(UpdateTest, AMemberThatPartnerCenterAddedOrClearedIsNotOverwritten) {
  for (const bool pulled : {true, false})
    for (const bool added : {true, false}) {
      const auto id = fmt::format("{}-{}", pulled, added);
      synced({{.id = id, .notes = added ? "" : "first"}});
      world->edit(id, "/details/notes", added ? "\"by Microsoft\"" : "null");
      if (pulled)
        pull();
      else
        synced({{.id = id, .notes = added ? "" : "first", .value = "1500"}});
      const auto outcome = synced({{.id = id, .notes = "second", .value = "1500"}});
      EXPECT_EQ(outcome.exit, Exit::needs_person) << id;
      EXPECT_EQ(world->member(id, "/details/notes"), added ? "\"by Microsoft\"" : "null") << id;
      EXPECT_EQ(world->member(id, "/details/dealValue"), "1500") << id;
    }
}

}  // namespace
}  // namespace referrald::test
