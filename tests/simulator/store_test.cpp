#include "tests/simulator/store.hpp"

#include <gtest/gtest.h>

namespace referrald::simulator {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class StoreTest : public testing::Test {
 protected:
  const Referral& own(const std::string& external_id, Type type = Type::independent) {
    Draft draft;
    draft.external_id = external_id;
    draft.type = type;
    draft.members = R"("name":"x")";
    return store_.create(draft, std::nullopt, now_);
  }
  const Referral& microsofts(Guid engagement) {
    Draft draft;
    draft.type = Type::shared;
    draft.microsoft = true;
    return store_.create(draft, engagement, now_);
  }
  void change(const Referral& referral, const std::string& external_id) {
    Draft draft;
    draft.external_id = external_id;
    draft.members = referral.members;
    store_.update(*store_.find(referral.id), draft, referral.standing, now_);
  }
  std::vector<std::string> walk(const Store::Walk& walk) {
    std::vector<std::string> seen;
    store_.walk(walk, [&](const Referral& referral) {
      seen.push_back(referral.external_id == nullptr ? "" : *referral.external_id);
      return true;
    });
    return seen;
  }

  Time now_ = *parse_time("2026-01-01T00:00:00Z");
  Random random_{1};
  Store store_{random_};
};

using Names = std::vector<std::string>;

TEST_F(StoreTest, OwnReferralsStartActiveAndMicrosoftsNew) {
  const Referral& first = own("a");
  EXPECT_EQ(first.standing, (Standing{Status::active, Substatus::accepted}));
  EXPECT_EQ(first.accepted, first.created);
  const Referral& second = microsofts(first.engagement);
  EXPECT_EQ(second.standing, (Standing{Status::open, Substatus::pending}));
  EXPECT_EQ(second.engagement, first.engagement);
  EXPECT_NE(second.id, first.id);
}

TEST_F(StoreTest, EveryCreationHasItsOwnTimeThoughTheClockStands) {
  const Time first = own("a").created;
  EXPECT_LT(first, own("b").created);
}

TEST_F(StoreTest, EveryChangeHasAnotherEtag) {
  const Referral& referral = own("a");
  const auto before = etag_of(referral);
  change(referral, "a");
  EXPECT_NE(etag_of(referral), before);
}

TEST_F(StoreTest, AnUnansweredInvitationExpiresAfterFourteenDays) {
  const Referral& invited = microsofts(own("a", Type::shared).engagement);
  store_.expire(now_ + hours{14 * 24} - seconds{1});
  EXPECT_EQ(invited.standing.status, Status::open);
  store_.expire(now_ + hours{14 * 24} + seconds{1});
  EXPECT_EQ(invited.standing, (Standing{Status::closed, Substatus::expired}));
  EXPECT_NE(invited.closed, Time{});
}

TEST_F(StoreTest, AnAnsweredInvitationDoesNotExpire) {
  const auto engagement = own("a", Type::shared).engagement;
  const Referral& invited = microsofts(engagement);
  ASSERT_EQ(store_.answer_invitation(engagement, {Status::active, Substatus::accepted}, now_),
            &invited);
  EXPECT_NE(invited.microsoft_id, 0U);
  store_.expire(now_ + hours{15 * 24});
  EXPECT_EQ(invited.standing.status, Status::active);
}

TEST_F(StoreTest, MicrosoftCannotAnswerWithoutAnInvitationNorGoBack) {
  const auto engagement = own("a", Type::shared).engagement;
  EXPECT_EQ(store_.answer_invitation(engagement, {Status::active, Substatus::accepted}, now_),
            nullptr);
  microsofts(engagement);
  ASSERT_NE(store_.answer_invitation(engagement, {Status::closed, Substatus::declined}, now_),
            nullptr);
  EXPECT_EQ(store_.answer_invitation(engagement, {Status::active, Substatus::accepted}, now_),
            nullptr);
}

TEST_F(StoreTest, WalksInBothOrdersAndDirections) {
  own("a");
  const Referral& b = own("b");
  own("c");
  change(b, "b");
  EXPECT_EQ(walk({}), (Names{"a", "b", "c"}));
  EXPECT_EQ(walk({Order::created, true, {}, {}}), (Names{"c", "b", "a"}));
  EXPECT_EQ(walk({Order::updated, false, {}, {}}), (Names{"a", "c", "b"}));
  EXPECT_EQ(walk({Order::updated, true, {}, {}}), (Names{"b", "c", "a"}));
}

TEST_F(StoreTest, WalksOnBehindATime) {
  own("a");
  const Time time = own("b").created;
  own("c");
  EXPECT_EQ(walk({Order::created, false, time, {}}), (Names{"c"}));
  EXPECT_EQ(walk({Order::created, true, time, {}}), (Names{"a"}));
  EXPECT_EQ(walk({Order::created, true, time + Ticks{1000}, {}}), (Names{"c", "b", "a"}));
  EXPECT_EQ(walk({Order::updated, true, time, {}}), (Names{"a"}));
}

TEST_F(StoreTest, WalksThroughOneEngagement) {
  const auto engagement = own("a").engagement;
  own("b");
  microsofts(engagement);
  EXPECT_EQ(walk({Order::created, false, {}, engagement}), (Names{"a", ""}));
  EXPECT_EQ(walk({Order::updated, true, {}, engagement}), (Names{"", "a"}));
  EXPECT_EQ(walk({Order::created, false, {}, Guid{1, 2}}), Names{});
}

TEST_F(StoreTest, ManyChangesLeaveEachReferralOnceInTheOrderOfChanges) {
  const Referral& a = own("a");
  own("b");
  for (int i = 0; i < 5000; ++i) change(a, "a");
  EXPECT_EQ(walk({Order::updated, false, {}, {}}), (Names{"b", "a"}));
}

TEST_F(StoreTest, FindsDuplicatesOfExternalIds) {
  own("a");
  own("a");
  own("b");
  own("");
  own("");
  const auto totals = store_.totals();
  EXPECT_EQ(totals.referrals, 5U);
  EXPECT_EQ(totals.duplicate_external_ids, 1U);
  const auto found = store_.duplicates();
  ASSERT_EQ(found.external_ids.size(), 1U);
  EXPECT_EQ(found.external_ids[0].first, "a");
  EXPECT_EQ(found.external_ids[0].second, (std::vector<Index>{0, 1}));
}

TEST_F(StoreTest, AChangedExternalIdCountsUnderItsNewName) {
  own("a");
  const Referral& second = own("a");
  change(second, "b");
  EXPECT_EQ(store_.totals().duplicate_external_ids, 0U);
  own("b");
  EXPECT_EQ(store_.totals().duplicate_external_ids, 1U);
}

TEST_F(StoreTest, FindsEngagementsWithSeveralOfMicrosoftsOrNone) {
  const auto twice = own("a", Type::shared).engagement;
  own("b", Type::shared);
  own("c");
  microsofts(twice);
  EXPECT_EQ(store_.totals().engagements_with_many_microsoft, 0U);
  EXPECT_EQ(store_.totals().shared_without_microsoft, 1U);
  microsofts(twice);
  EXPECT_EQ(store_.totals().engagements_with_many_microsoft, 1U);
  ASSERT_EQ(store_.duplicates().microsoft.size(), 1U);
  EXPECT_EQ(store_.duplicates().microsoft[0].first, twice);
}

TEST_F(StoreTest, StatusAndSubstatusFollowTheTable) {
  const Standing pending{Status::open, Substatus::pending};
  const Standing active{Status::active, Substatus::accepted};
  const Standing won{Status::closed, Substatus::won};
  EXPECT_TRUE(may_become(pending, {Status::open, Substatus::received}));
  EXPECT_TRUE(may_become(pending, active));
  EXPECT_TRUE(may_become(active, won));
  EXPECT_FALSE(may_become(active, pending));
  EXPECT_FALSE(may_become(won, active));
  EXPECT_FALSE(may_become(won, {Status::closed, Substatus::lost}));
  EXPECT_FALSE(may_become(active, {Status::closed, Substatus::accepted}));
}

}  // namespace
}  // namespace referrald::simulator
