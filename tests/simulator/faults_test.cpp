#include "tests/simulator/faults.hpp"

#include <gmock/gmock.h>

#include "tests/simulator/service_fixture.hpp"

namespace referrald::simulator {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class FaultsTest : public ServiceTest {
 protected:
  Told create_with(const std::string& fault) {
    Asked asked{"POST", referrals_path, own_referral("x")};
    asked.fault = fault;
    return ask(asked);
  }
  std::size_t held() { return service().store().size(); }
  void always(Fault fault) { faults_.probability[static_cast<std::size_t>(fault)] = 1; }
};

TEST_F(FaultsTest, UnprocessedFaultsLeaveNothingBehind) {
  EXPECT_EQ(create_with("drop-before").outcome.delivery, Delivery::drop);
  EXPECT_EQ(create_with("html").status, 502U);
  EXPECT_EQ(create_with("429").status, 429U);
  EXPECT_EQ(create_with("503").status, 503U);
  EXPECT_EQ(create_with("error-500").status, 500U);
  EXPECT_EQ(held(), 0U);
}

TEST_F(FaultsTest, ProcessedFaultsKeepTheReferral) {
  EXPECT_EQ(create_with("drop-after").outcome.delivery, Delivery::drop);
  const auto timeout = create_with("504");
  EXPECT_EQ(timeout.status, 504U);
  EXPECT_THAT(timeout.body, StartsWith("<html>"));
  const auto page = create_with("html-success");
  EXPECT_EQ(page.status, 200U);
  EXPECT_THAT(page.body, StartsWith("<html>"));
  EXPECT_EQ(create_with("truncate-length").outcome.delivery, Delivery::cut_length);
  EXPECT_EQ(create_with("truncate-close").outcome.delivery, Delivery::cut_close);
  const auto slow = create_with("slow");
  EXPECT_EQ(slow.outcome.delivery, Delivery::slow);
  EXPECT_EQ(slow.status, 201U);
  EXPECT_EQ(held(), 6U);
}

TEST_F(FaultsTest, TruncateTakesBothForms) {
  always(Fault::truncate);
  int by_length = 0;
  for (int i = 0; i < 100; ++i) {
    by_length += create(own_referral("x")).outcome.delivery == Delivery::cut_length ? 1 : 0;
  }
  EXPECT_GT(by_length, 20);
  EXPECT_LT(by_length, 80);
}

TEST_F(FaultsTest, AnEmptyAnswerIsCutByClosing) {
  const auto id = create(own_referral("x")).text("/id");
  auto asked = patch_of(id, R"([{"op":"replace","path":"/name","value":"y"}])");
  asked.fault = "truncate-length";
  EXPECT_EQ(ask(asked).outcome.delivery, Delivery::cut_close);
}

TEST_F(FaultsTest, ThrottlingTakesAllForms) {
  faults_.retry_after = 7;
  bool seconds = false, date = false, absent = false, plain = false, usual = false;
  for (int i = 0; i < 60; ++i) {
    const auto told = create_with("throttle");
    ASSERT_EQ(told.status, 429U);
    const bool by_date =
        told.headers.find("Retry-After: Thu, 01 Jan 2026 00:00:07 GMT\r\n") != std::string::npos;
    const bool by_seconds = told.headers.find("Retry-After: 7\r\n") != std::string::npos;
    date = date || by_date;
    seconds = seconds || by_seconds;
    absent = absent || told.headers.find("Retry-After") == std::string::npos;
    (told.json().as_object().contains("statusCode") ? plain : usual) = true;
  }
  EXPECT_TRUE(seconds && date && absent && plain && usual);
}

TEST_F(FaultsTest, TokenExpiryMakesTheTokenInvalidForGood) {
  const auto token = sign_in();
  Asked asked{"GET", referrals_path};
  asked.fault = "token-expiry";
  EXPECT_EQ(ask_as(token, asked).status, 401U);
  EXPECT_EQ(ask_as(token, {"GET", referrals_path}).status, 401U);
  EXPECT_EQ(ask_as(sign_in(), {"GET", referrals_path}).status, 200U);
}

TEST_F(FaultsTest, TheSameSeedDealsTheSameFaults) {
  const auto run = [](std::uint64_t seed) {
    FaultSettings settings;
    settings.probability[static_cast<std::size_t>(Fault::drop_after)] = 0.3;
    settings.probability[static_cast<std::size_t>(Fault::throttle)] = 0.3;
    Faults faults(settings, seed);
    std::vector<Fault> dealt;
    for (int i = 0; i < 50; ++i) dealt.push_back(faults.decide(CallKind::create, ""));
    return dealt;
  };
  EXPECT_EQ(run(5), run(5));
  EXPECT_NE(run(5), run(6));
}

TEST_F(FaultsTest, ChanceKeepsToItsProbability) {
  FaultSettings settings;
  settings.probability[static_cast<std::size_t>(Fault::slow)] = 0.2;
  Faults faults(settings, 1);
  int dealt = 0;
  for (int i = 0; i < 10000; ++i) dealt += faults.decide(CallKind::get, "") == Fault::slow ? 1 : 0;
  EXPECT_NEAR(dealt, 2000, 200);
}

TEST_F(FaultsTest, OnlyTheSelectedCallsSuffer) {
  faults_.on = FaultsOn::create;
  always(Fault::error_500);
  EXPECT_EQ(list("").status, 200U);
  EXPECT_EQ(create(own_referral("x")).status, 500U);
}

TEST_F(FaultsTest, TheTokenEndpointAndAdminNeverSuffer) {
  always(Fault::error_500);
  EXPECT_EQ(refresh("simulator-refresh-token").status, 200U);
  EXPECT_EQ(admin("GET", "state").status, 200U);
}

TEST_F(FaultsTest, TheHeaderWinsOverQueueAndChance) {
  always(Fault::error_500);
  faults_.script = {Fault::throttle};
  EXPECT_EQ(create_with("ok").status, 201U);
  EXPECT_EQ(create(own_referral("x")).status, 429U);
  EXPECT_EQ(create(own_referral("x")).status, 500U);
}

TEST_F(FaultsTest, AHeaderThatNamesNoFaultIsTold) {
  const auto told = create_with("explode");
  EXPECT_EQ(told.status, 400U);
  EXPECT_EQ(told.text("/error/target"), "x-simulator-fault");
}

TEST_F(FaultsTest, ScriptsAreReadLineByLine) {
  EXPECT_EQ(
      parse_script("ok 2\n# comment\n\ndrop-after # why\r\n504", "f"),
      (std::vector<Fault>{Fault::none, Fault::none, Fault::drop_after, Fault::gateway_timeout}));
}

TEST_F(FaultsTest, AWrongScriptIsToldWithItsLine) {
  const auto message = [](const char* text) -> std::string {
    try {
      parse_script(text, "faults.txt");
    } catch (const ScriptError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(message("ok\nexplode"), StartsWith("faults.txt:2: 'explode' is no fault"));
  EXPECT_THAT(message("ok many"), HasSubstr("faults.txt:1: 'many' is no count"));
}

TEST_F(FaultsTest, TooManyAtOnceAreThrottled) {
  settings_.max_concurrent = 2;
  Request request;
  request.method = "GET";
  request.target = referrals_path;
  request.authorization = "Bearer " + sign_in();
  Answer answer;
  request.in_progress = 1;
  service().answer(request, answer);
  EXPECT_EQ(answer.status, 200U);
  answer.clear();
  request.in_progress = 2;
  service().answer(request, answer);
  EXPECT_EQ(answer.status, 429U);
}

}  // namespace
}  // namespace referrald::simulator
