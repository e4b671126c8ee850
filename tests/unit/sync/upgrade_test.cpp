// Deals whose type changes once their referral exists.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/unit/sync/update_fixture.hpp"

namespace referrald::test {
namespace {

using persistence::State;
using testing::HasSubstr;

TEST_F(UpdateTest, APrivateDealIsUpgradedByVisibilityOrTheSecondReferral) {
  world->lets_consent_change = true;
  synced({{}, {.id = "2"}});
  const auto outcome = synced({{.deal = "co-sell"}, {.id = "2", .deal = "partner-led"}});
  EXPECT_EQ(outcome.exit, Exit::ok);
  EXPECT_EQ(outcome.summary.updated, 2u);
  EXPECT_EQ(outcome.summary.created, 0u);
  EXPECT_EQ(world->microsofts("1"), 1u);
  EXPECT_EQ(world->microsofts("2"), 0u);
  EXPECT_EQ(world->member("2", "/consent/consentToShareReferralWithMicrosoftSellers"), "true");
  EXPECT_EQ(world->member("1", "/type"), "\"Independent\"");
  const auto sent = requests();
  EXPECT_EQ(sync().summary.unchanged, 2u);
  EXPECT_EQ(requests(), sent);
}

// Of consent no source says that it can be changed.
TEST_F(UpdateTest, AConsentThatCannotChangeTakesNothingElseDown) {
  synced({{}, {.id = "2"}});
  const auto outcome = synced(
      {{.value = "1500", .deal = "co-sell"}, {.id = "2", .value = "1700", .deal = "partner-led"}});
  EXPECT_EQ(outcome.exit, Exit::needs_person);
  EXPECT_EQ(state_of("1"), State::synced);
  EXPECT_EQ(world->microsofts("1"), 1u);
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1500");
  EXPECT_EQ(state_of("2"), State::refused);
  EXPECT_EQ(world->member("2", "/details/dealValue"), "1700");
  EXPECT_THAT(reasons_of("2"), HasSubstr("not-shown"));
  EXPECT_THAT(reasons_of("2"), HasSubstr("consentToShareReferralWithMicrosoftSellers"));
  const auto sent = requests();
  EXPECT_EQ(sync().summary.refused, 1u);
  EXPECT_EQ(requests(), sent) << "the same content is not tried again";
  // It can be asked to become what it was, and it can be helped.
  EXPECT_EQ(synced({{.value = "1500", .deal = "co-sell"}, {.id = "2", .value = "1700"}}).exit,
            Exit::ok);
  EXPECT_EQ(synced({{.value = "1500", .deal = "co-sell"},
                    {.id = "2", .value = "1700", .deal = "co-sell"}})
                .exit,
            Exit::ok);
  EXPECT_EQ(world->microsofts("2"), 1u);
}

TEST_F(UpdateTest, AConsentThatAPersonHasGivenIsFoundByARetry) {
  synced({{}});
  EXPECT_EQ(synced({{.deal = "partner-led"}}).exit, Exit::needs_person);
  const auto retry = [&] {
    const auto row = reader()->find("1")->row;
    EXPECT_EQ(writer()->retry(row, clock().wall()), persistence::Retried::queued);
  };
  retry();
  EXPECT_EQ(sync().exit, Exit::needs_person) << "nobody has given it";
  EXPECT_THAT(reasons_of("1"), HasSubstr("not-shown"));
  world->edit("1", "/consent/consentToShareReferralWithMicrosoftSellers", "true");
  retry();
  const auto patches = world->patches;
  EXPECT_EQ(sync().exit, Exit::ok) << reasons_of("1");
  EXPECT_EQ(state_of("1"), State::synced);
  EXPECT_EQ(world->patches, patches);
}

TEST_F(UpdateTest, AnUpgradeThatIsCutOffInvitesMicrosoftOnce) {
  for (int lives = 0; lives < 16; ++lives) {
    const auto id = fmt::format("id-{}", lives);
    synced({{.id = id}});
    given({{.id = id, .deal = "co-sell"}});
    Options options;
    options.dies_after = lives;
    (void)sync(options);
    EXPECT_EQ(sync().exit, Exit::ok) << lives;
    EXPECT_EQ(world->microsofts(id), 1u) << lives;
    EXPECT_EQ(world->own(id), 1u);
  }
}

// Whether the consent was given is not known: it is asked for again.
TEST_F(UpdateTest, AnUpgradeOfUnknownEffectIsMadeThoughTheRowChangesMeanwhile) {
  for (const bool had_effect : {false, true}) {
    const std::string id = had_effect ? "1" : "2";
    world->lets_consent_change = true;
    synced({{.id = id}});
    world->fault = [&](const auto& request) {
      if (request.method != "PATCH") return Fault::none;
      return had_effect ? Fault::drop_after : Fault::drop_before;
    };
    given({{.id = id, .deal = "partner-led"}});
    (void)sync({.drain_after = std::chrono::milliseconds{50}});
    world->fault = [](const auto&) { return Fault::none; };
    EXPECT_EQ(synced({{.id = id, .topic = "Archive", .deal = "partner-led"}}).exit, Exit::ok);
    EXPECT_EQ(state_of(id), State::synced);
    EXPECT_EQ(world->member(id, "/name"), "\"Archive\"");
    EXPECT_EQ(world->member(id, "/consent/consentToShareReferralWithMicrosoftSellers"), "true");
  }
}

TEST_F(UpdateTest, ADowngradeIsRefusedWithTheReason) {
  synced({{.deal = "co-sell"}});
  const auto outcome = synced({{.value = "1500", .deal = "private"}});
  EXPECT_EQ(outcome.exit, Exit::needs_person);
  EXPECT_THAT(reasons_of("1"), HasSubstr("deal-downgrade"));
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1500");
  EXPECT_EQ(world->member("1", "/consent/consentToShareReferralWithMicrosoftSellers"), "true");
  EXPECT_EQ(reader()->find("1")->deal, "co-sell");
}

TEST_F(UpdateTest, AChangedInvitationIsNotSentAgain) {
  synced({{.deal = "co-sell"}});
  const auto outcome = synced({{.deal = "co-sell", .help = "more help"}});
  EXPECT_EQ(outcome.exit, Exit::ok);
  EXPECT_EQ(outcome.summary.requests, 0u);
  EXPECT_THAT(log.lines(), Contains(HasSubstr("invitation")));
}

}  // namespace
}  // namespace referrald::test
