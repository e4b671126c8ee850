#include "tests/simulator/admin.hpp"

#include <gmock/gmock.h>

#include "tests/simulator/service_fixture.hpp"

namespace referrald::simulator {
namespace {

using testing::HasSubstr;

class AdminTest : public ServiceTest {
 protected:
  std::int64_t state(const char* pointer) {
    return admin("GET", "state").json().at_pointer(pointer).to_number<std::int64_t>();
  }
};

TEST_F(AdminTest, StateCountsReferralsRequestsAndFaults) {
  const auto own = create(own_referral("a"));
  create(own_referral("a"));
  create(invitation(own.text("/engagementId")));
  list("");
  get(own.text("/id"));
  get("nonsense");
  admin("POST", "faults", R"({"next":["drop-after"]})");
  list("");
  EXPECT_EQ(state("/referrals"), 3);
  EXPECT_EQ(state("/own"), 2);
  EXPECT_EQ(state("/microsoft"), 1);
  EXPECT_EQ(state("/engagements"), 2);
  EXPECT_EQ(state("/duplicate_external_reference_ids"), 1);
  EXPECT_EQ(state("/engagements_with_many_microsoft_referrals"), 0);
  EXPECT_EQ(state("/requests/create"), 3);
  EXPECT_EQ(state("/requests/list"), 2);
  EXPECT_EQ(state("/requests/get"), 2);
  EXPECT_EQ(state("/requests/token"), 1);
  EXPECT_EQ(state("/answers/201"), 3);
  EXPECT_EQ(state("/answers/404"), 1);
  EXPECT_EQ(state("/answers/none"), 1);
  EXPECT_EQ(state("/faults/drop-after"), 1);
}

TEST_F(AdminTest, DuplicatesAreNamed) {
  const auto one = create(own_referral("a"));
  const auto two = create(own_referral("a"));
  create(invitation(one.text("/engagementId")));
  create(invitation(one.text("/engagementId")));
  const auto told = admin("GET", "duplicates");
  EXPECT_EQ(told.text("/external_reference_ids/0/externalReferenceId"), "a");
  EXPECT_EQ(told.text("/external_reference_ids/0/referrals/1"), two.text("/id"));
  EXPECT_EQ(told.text("/microsoft_referrals/0/engagementId"), one.text("/engagementId"));
}

TEST_F(AdminTest, AllReferralsComeAsLines) {
  for (int i = 0; i < 300; ++i) create(own_referral(std::to_string(i)));
  const Admin routes(service());
  std::string lines;
  std::size_t at = 0;
  int pieces = 1;
  while (routes.append_referrals(lines, at)) ++pieces;
  EXPECT_GT(pieces, 1);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 300);
  EXPECT_EQ(boost::json::parse(lines.substr(0, lines.find('\n'))).at("externalReferenceId"), "0");
}

TEST_F(AdminTest, FaultsChangeAtRunTime) {
  admin("POST", "faults", R"({"unavailable":1,"retry-after":9,"on":"create"})");
  EXPECT_EQ(create(own_referral("x")).status, 503U);
  EXPECT_EQ(list("").status, 200U);
  admin("POST", "faults", R"({"unavailable":0})");
  EXPECT_EQ(create(own_referral("x")).status, 201U);
}

TEST_F(AdminTest, QueuedFaultsComeInOrder) {
  EXPECT_EQ(admin("POST", "faults", R"({"next":["504","ok","429"]})").body, R"({"queued":3})");
  EXPECT_EQ(create(own_referral("x")).status, 504U);
  EXPECT_EQ(create(own_referral("x")).status, 201U);
  EXPECT_EQ(list("").status, 429U);
  EXPECT_EQ(list("").status, 200U);
}

TEST_F(AdminTest, WrongFaultsChangeNothing) {
  for (const char* body :
       {"", "[]", R"({"next":"504"})", R"({"next":["explode"]})", R"({"explode":1})",
        R"({"throttle":2})", R"({"throttle":-1})", R"({"throttle":"x"})", R"({"on":"all day"})",
        R"({"throttle":1,"next":[7]})"}) {
    const auto told = admin("POST", "faults", body);
    EXPECT_EQ(told.status, 400U) << body;
    EXPECT_FALSE(told.text("/error").empty());
  }
  EXPECT_EQ(create(own_referral("x")).status, 201U);
}

TEST_F(AdminTest, TheClockCanBeAdvanced) {
  EXPECT_EQ(admin("POST", "clock", R"({"advance_seconds":90})").text("/now"),
            "2026-01-01T00:01:30Z");
  EXPECT_EQ(admin("POST", "clock", R"({"advance_seconds":-1})").status, 400U);
  EXPECT_EQ(admin("POST", "clock", "{}").status, 400U);
}

TEST_F(AdminTest, AnInvitationExpiresAsTheClockAdvances) {
  const auto own = create(own_referral("a"));
  const auto invited = create(invitation(own.text("/engagementId")));
  admin("POST", "clock", R"({"advance_seconds":1209601})");
  const auto token = sign_in();
  const auto told =
      ask_as(token, {"GET", fmt::format("{}/{}", referrals_path, invited.text("/id"))});
  EXPECT_EQ(told.text("/substatus"), "Expired");
  EXPECT_NE(told.text("/eTag"), invited.text("/eTag"));
}

TEST_F(AdminTest, MicrosoftAnswers) {
  const auto own = create(own_referral("a"));
  const auto invited = create(invitation(own.text("/engagementId")));
  const auto body = [&](const char* status, const char* substatus) {
    return fmt::format(R"({{"engagementId":"{}","status":"{}","substatus":"{}"}})",
                       own.text("/engagementId"), status, substatus);
  };
  EXPECT_EQ(admin("POST", "microsoft", body("Active", "Won")).status, 400U);
  const auto told = admin("POST", "microsoft", body("Active", "Accepted"));
  ASSERT_EQ(told.status, 200U) << told.body;
  EXPECT_EQ(told.text("/id"), invited.text("/id"));
  EXPECT_FALSE(told.text("/trackingInfo/microsoftMsxId").empty());
  EXPECT_EQ(get(invited.text("/id")).text("/status"), "Active");
  EXPECT_EQ(admin("POST", "microsoft", body("New", "Pending")).status, 404U);
}

TEST_F(AdminTest, ResetForgetsReferralsAndCountsAndKeepsTokens) {
  create(own_referral("a"));
  admin("POST", "faults", R"({"next":["504"]})");
  EXPECT_EQ(admin("POST", "reset").status, 200U);
  EXPECT_EQ(state("/referrals"), 0);
  EXPECT_EQ(state("/requests/create"), 0);
  EXPECT_EQ(create(own_referral("a")).status, 201U);
}

TEST_F(AdminTest, OtherRoutesAreRefused) {
  EXPECT_EQ(admin("GET", "nothing").status, 404U);
  EXPECT_EQ(admin("POST", "nothing", "{}").status, 404U);
  EXPECT_EQ(admin("DELETE", "state").status, 405U);
}

}  // namespace
}  // namespace referrald::simulator
