// Rows whose content changes once their referral exists.
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/unit/sync/update_fixture.hpp"

namespace referrald::test {
namespace {

using persistence::State;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST_F(UpdateTest, SendsTheChangedMembersAloneAndOnce) {
  synced({{}, {.id = "2"}});
  const auto outcome = synced({{.value = "1500"}, {.id = "2"}});
  EXPECT_EQ(outcome.exit, Exit::ok);
  EXPECT_EQ(outcome.summary.updated, 1u);
  EXPECT_EQ(outcome.summary.unchanged, 1u);
  EXPECT_EQ(outcome.summary.requests, 1u);
  EXPECT_THAT(world->patch_bodies,
              ElementsAre(R"([{"op":"replace","path":"/details/dealValue","value":1500}])"));
  const auto sent = requests();
  EXPECT_EQ(sync().summary.unchanged, 2u);
  EXPECT_EQ(requests(), sent);
}

TEST_F(UpdateTest, ABlankCellErasesNothing) {
  synced({{}});
  const auto outcome = synced({{.notes = ""}});
  EXPECT_EQ(outcome.summary.unchanged, 1u);
  EXPECT_EQ(world->patches, 0u);
  EXPECT_EQ(world->member("1", "/details/notes"), "\"first\"");
  // And its return is no change.
  EXPECT_EQ(synced({{}}).summary.unchanged, 1u);
}

TEST_F(UpdateTest, AMemberThatWasBlankIsAdded) {
  synced({{.notes = ""}});
  synced({{}});
  EXPECT_THAT(world->patch_bodies,
              ElementsAre(R"([{"op":"add","path":"/details/notes","value":"first"}])"));
}

TEST_F(UpdateTest, WhatCannotBeChangedIsReportedOnceAndTheRestIsSent) {
  synced({{}});
  const auto outcome = synced({{.city = "Munich", .value = "1500"}});
  EXPECT_EQ(outcome.exit, Exit::needs_person);
  EXPECT_EQ(outcome.summary.refused, 1u);
  EXPECT_EQ(state_of("1"), State::refused);
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1500");
  EXPECT_THAT(reasons_of("1"),
              HasSubstr(R"("code":"immutable-member","member":"customerProfile/address/city")"));
  const auto sent = requests();
  EXPECT_EQ(sync().summary.refused, 1u);
  EXPECT_EQ(requests(), sent) << "the same content is not tried again";
  // Set back, it is as it was.
  EXPECT_EQ(synced({{.value = "1500"}}).exit, Exit::ok);
  EXPECT_EQ(state_of("1"), State::synced);
  EXPECT_EQ(requests(), sent);
}

TEST_F(UpdateTest, OnlyWhatCannotBeChangedSendsNothing) {
  synced({{}});
  const auto outcome = synced({{.city = "Munich"}});
  EXPECT_EQ(outcome.summary.refused, 1u);
  EXPECT_EQ(outcome.summary.requests, 0u);
  EXPECT_EQ(state_of("1"), State::refused);
}

constexpr std::string_view filled_in =
    R"([{"type":"Name","id":"SOL-1-ABC","quantity":5,"publisherName":"Contoso","price":null}])";

TEST_F(UpdateTest, AListKeepsWhatTheServiceFilledIn) {
  synced({{}});
  world->edit("1", "/details/requirements/solutions", filled_in);
  EXPECT_EQ(synced({{.quantity = "7"}}).exit, Exit::ok);
  EXPECT_THAT(world->member("1", "/details/requirements/solutions"),
              testing::AllOf(HasSubstr("\"quantity\":7"), HasSubstr("Contoso")));
  EXPECT_EQ(sync().summary.unchanged, 1u);
}

TEST_F(UpdateTest, ABlankCellInAListErasesNothing) {
  synced({{}});
  const auto outcome = synced({{.quantity = ""}});
  EXPECT_EQ(outcome.exit, Exit::ok);
  EXPECT_EQ(world->patches, 0u);
  EXPECT_THAT(world->member("1", "/details/requirements/solutions"), HasSubstr("\"quantity\":5"));
}

// Blank is absent, so that what is there stays; it is still ours to change.
TEST_F(UpdateTest, AMemberOfAListThatWasBlankMeanwhileIsNoConflict) {
  synced({{}});
  EXPECT_EQ(synced({{.quantity = ""}}).exit, Exit::ok);
  EXPECT_EQ(synced({{.quantity = "7"}}).exit, Exit::ok);
  EXPECT_THAT(world->member("1", "/details/requirements/solutions"), HasSubstr("\"quantity\":7"));
}

TEST_F(UpdateTest, ATargetThatFollowsTheSolutionsIsNoChange) {
  synced({{.deal = "co-sell"}});
  const auto outcome = synced({{.deal = "co-sell", .solution = "SOL-2-DEF"}});
  EXPECT_EQ(outcome.exit, Exit::ok);
  EXPECT_THAT(world->member("1", "/target"), HasSubstr("SOL-1-ABC"));
  EXPECT_THAT(world->member("1", "/details/requirements/solutions"), HasSubstr("SOL-2-DEF"));
}

TEST_F(UpdateTest, ALostAnswerToAnUpdateIsAskedForAgain) {
  for (const auto fault : {Fault::drop_after, Fault::status_504, Fault::drop_before,
                           Fault::status_503, Fault::truncated, Fault::html, Fault::not_sent}) {
    const auto id = fmt::format("id-{}", static_cast<int>(fault));
    synced({{.id = id}});
    int faults = 1;
    world->fault = [&](const submission::Request& request) {
      return request.method == "PATCH" && faults-- > 0 ? fault : Fault::none;
    };
    const auto outcome = synced({{.id = id, .value = "1500"}});
    EXPECT_EQ(outcome.exit, Exit::ok) << static_cast<int>(fault);
    EXPECT_EQ(outcome.summary.updated, 1u);
    EXPECT_EQ(world->member(id, "/details/dealValue"), "1500");
    // What is known of the referral serves the next update.
    EXPECT_EQ(synced({{.id = id, .value = "1600"}}).exit, Exit::ok);
    EXPECT_EQ(world->member(id, "/details/dealValue"), "1600");
  }
}

// Whether the first update had an effect is not known when the CRM changes again.
TEST_F(UpdateTest, AnUpdateOfUnknownEffectIsNoChangeOfTheirs) {
  for (const bool applied : {true, false})
    for (const char* later : {"1000", "1700"}) {
      const auto id = fmt::format("{}-{}", applied ? "applied" : "lost", later);
      config.submission.retry.attempts = 1;
      synced({{.id = id}});
      world->fault = [&](const submission::Request& request) {
        return request.method != "PATCH" ? Fault::none
               : applied                 ? Fault::drop_after
                                         : Fault::drop_before;
      };
      synced({{.id = id, .value = "1500"}});
      ASSERT_EQ(state_of(id), State::pending);
      world->fault = [](const auto&) { return Fault::none; };
      EXPECT_EQ(synced({{.id = id, .value = later}}).exit, Exit::ok) << id;
      EXPECT_EQ(world->member(id, "/details/dealValue"), later) << id;
      EXPECT_EQ(state_of(id), State::synced) << id;
    }
}

TEST_F(UpdateTest, ADoubtfulCreateThatNeverArrivedIsMadeOfTheNewestContent) {
  config.submission.retry.attempts = 1;
  world->fault = [](const submission::Request& request) {
    return request.method == "POST" ? Fault::drop_before : Fault::status_503;
  };
  synced({{.deal = "co-sell"}});
  ASSERT_EQ(state_of("1"), State::in_doubt);
  world->fault = [](const auto&) { return Fault::none; };
  EXPECT_EQ(synced({{.value = "1500"}}).exit, Exit::ok);
  EXPECT_EQ(world->member("1", "/consent/consentToShareReferralWithMicrosoftSellers"), "false");
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1500");
  EXPECT_EQ(world->microsofts("1"), 0u);
  EXPECT_EQ(sync().summary.unchanged, 1u);
}

TEST_F(UpdateTest, AKilledUpdateIsMadeByTheNextRun) {
  for (int lives = 0; lives < 12; ++lives) {
    const auto id = fmt::format("id-{}", lives);
    synced({{.id = id}});
    given({{.id = id, .value = "1500"}});
    Options options;
    options.dies_after = lives;
    (void)sync(options);
    EXPECT_EQ(sync().exit, Exit::ok) << lives;
    EXPECT_EQ(world->member(id, "/details/dealValue"), "1500") << lives;
    EXPECT_EQ(state_of(id), State::synced) << lives;
    EXPECT_EQ(world->own(id), 1u);
  }
}

TEST_F(UpdateTest, AReferralThatChangesUnderEveryUpdateIsTriedAgain) {
  synced({{}});
  int changes = 5;
  world->before_patch = [&] {
    if (changes-- > 0) world->edit("1", "/details/notes", fmt::format("\"{}\"", changes));
  };
  EXPECT_EQ(synced({{.value = "1500"}}).exit, Exit::ok);
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1500");
}

TEST_F(UpdateTest, AClosedReferralIsNeverTouched) {
  synced({{}});
  world->edit("1", "/status", "\"Closed\"");
  world->edit("1", "/substatus", "\"Lost\"");
  const auto outcome = synced({{.value = "1500"}});
  EXPECT_EQ(outcome.exit, Exit::ok);
  EXPECT_EQ(outcome.closed, 1u);
  EXPECT_EQ(outcome.summary.updated, 0u);
  EXPECT_EQ(state_of("1"), State::closed);
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1000");
  const auto sent = requests();
  for (const char* value : {"1500", "1600"}) {
    const auto later = synced({{.value = value}});
    EXPECT_EQ(later.summary.unchanged, 1u);
    EXPECT_EQ(later.closed, 1u) << "the CRM still says what was not sent";
  }
  EXPECT_EQ(synced({{}}).closed, 0u);
  EXPECT_EQ(requests(), sent);
}

TEST_F(UpdateTest, WhatAnUpdateReadsOfAClosedReferralIsOfTheOwnOne) {
  synced({{.deal = "co-sell"}});
  const auto microsofts = reader()->find("1")->microsoft.referral_id;
  world->edit("1", "/status", "\"Closed\"");
  world->edit("1", "/substatus", "\"Lost\"");
  synced({{.value = "1500", .deal = "co-sell"}});
  const auto row = *reader()->find("1");
  EXPECT_EQ(row.microsoft.referral_id, microsofts);
  EXPECT_EQ(row.own.referral_id, world->own_referral("1").id);
  EXPECT_EQ(row.own.status, "Closed");
  EXPECT_EQ(row.own.substatus, "Lost");
}

TEST_F(UpdateTest, AServiceMayLookAtTheStatusBeforeTheVersion) {
  synced({{}});
  world->looks_at_status_first = true;
  world->edit("1", "/status", "\"Closed\"");
  world->edit("1", "/substatus", "\"Lost\"");
  const auto outcome = synced({{.value = "1500"}});
  EXPECT_EQ(outcome.exit, Exit::ok);
  EXPECT_EQ(outcome.closed, 1u);
  EXPECT_EQ(state_of("1"), State::closed);
}

TEST_F(UpdateTest, ARefusalOfAnOpenReferralIsOne) {
  for (const auto fault : {Fault::status_400, Fault::status_409}) {
    const auto id = fmt::format("id-{}", static_cast<int>(fault));
    world->fault = [](const auto&) { return Fault::none; };
    synced({{.id = id}});
    world->fault = [fault](const submission::Request& request) {
      return request.method == "PATCH" ? fault : Fault::none;
    };
    EXPECT_EQ(synced({{.id = id, .value = "1500"}}).exit, Exit::needs_person);
    EXPECT_EQ(state_of(id), State::refused);
    EXPECT_EQ(reader()->find(id)->last_error->http_status, fault == Fault::status_400 ? 400 : 409);
  }
}

// Nobody knows what happened to it between its create and the look that found it.
TEST_F(UpdateTest, WhatALookHasFoundIsReadBeforeItIsChanged) {
  world->fault = [](const auto& request) {
    return request.method == "POST" ? Fault::drop_after : Fault::none;
  };
  given({{.id = "1"}});
  (void)sync({.drain_after = std::chrono::milliseconds{50}});
  world->fault = [](const auto&) { return Fault::none; };
  ASSERT_EQ(state_of("1"), State::in_doubt);
  world->edit("1", "/name", "\"Edited in the portal\"");
  EXPECT_EQ(synced({{.id = "1", .topic = "Edited in the CRM"}}).exit, Exit::needs_person);
  EXPECT_EQ(world->member("1", "/name"), "\"Edited in the portal\"");
  EXPECT_EQ(state_of("1"), State::refused);
}

TEST_F(UpdateTest, AClosingThatIsAnsweredPlainlyClosesTheRow) {
  world->answers_plainly = true;
  synced({{}});
  EXPECT_EQ(synced({{.value = "1500"}}).summary.updated, 1u);
  EXPECT_EQ(state_of("1"), State::synced);
  const auto outcome = synced({{.value = "1500", .status = "Won"}});
  EXPECT_EQ(outcome.summary.updated, 1u);
  EXPECT_EQ(state_of("1"), State::closed);
  EXPECT_EQ(reader()->find("1")->own.substatus, "Won");
}

TEST_F(UpdateTest, AServiceWithoutETagsIsReadBeforeEachUpdate) {
  world->has_etags = false;
  synced({{}});
  world->edit("1", "/details/notes", "\"by Microsoft\"");
  EXPECT_EQ(synced({{.value = "1500"}}).exit, Exit::ok);
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1500");
  EXPECT_EQ(synced({{.notes = "second", .value = "1500"}}).exit, Exit::needs_person);
  EXPECT_EQ(world->member("1", "/details/notes"), "\"by Microsoft\"");
}

TEST_F(UpdateTest, AReferralIdIsSentAsOnePartOfThePath) {
  world->id_prefix = "r /?";
  synced({{}});
  EXPECT_EQ(synced({{.value = "1500"}}).exit, Exit::ok);
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1500");
}

TEST_F(UpdateTest, ClosingSendsStatusAndSubstatusTogether) {
  synced({{}});
  synced({{.status = "Won"}});
  EXPECT_THAT(world->patch_bodies,
              ElementsAre(R"([{"op":"replace","path":"/status","value":"Closed"},)"
                          R"({"op":"replace","path":"/substatus","value":"Won"}])"));
  EXPECT_EQ(state_of("1"), State::closed);
}

TEST_F(UpdateTest, ADealThatIsOverAlreadyIsCreatedAndThenClosed) {
  const auto outcome =
      synced({{.status = "Won"}, {.id = "2", .deal = "co-sell", .status = "Lost"}});
  EXPECT_EQ(outcome.exit, Exit::ok);
  EXPECT_EQ(outcome.summary.created, 2u);
  EXPECT_EQ(outcome.summary.updated, 0u);
  EXPECT_EQ(world->own_referral("1").status, "Closed");
  EXPECT_EQ(world->own_referral("2").substatus, "Lost");
  EXPECT_EQ(world->microsofts("2"), 0u) << "of a deal that is over nobody needs to see more";
  EXPECT_EQ(state_of("2"), State::closed);
}

TEST_F(UpdateTest, AStatusThatPartnerCenterIsBeyondIsNoChange) {
  synced({{.status = "Accepted"}});
  EXPECT_EQ(world->patches, 0u);
  EXPECT_EQ(synced({{.status = "Received"}}).summary.unchanged, 1u);
  EXPECT_EQ(world->patches, 0u);
  EXPECT_THAT(log.lines(), Contains(HasSubstr("a status moves forward only")));
}

TEST_F(UpdateTest, AChangeOfARowThatIsUnderWayFollowsItsCreate) {
  bool lost = false;
  world->fault = [&](const submission::Request& request) {
    return request.method == "POST" && !std::exchange(lost, true) ? Fault::drop_after
           : request.method == "GET"                              ? Fault::status_503
                                                                  : Fault::none;
  };
  config.submission.retry.attempts = 1;
  synced({{}});
  ASSERT_EQ(state_of("1"), State::in_doubt);
  world->fault = [](const auto&) { return Fault::none; };
  EXPECT_EQ(synced({{.value = "1500"}}).exit, Exit::ok);
  EXPECT_EQ(world->own("1"), 1u);
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1500");
}

TEST_F(UpdateTest, AWrongUrlIsNoRowsFault) {
  for (const auto fault : {Fault::status_404, Fault::html_before}) {
    synced({{}, {.id = "2"}});
    world->fault = [fault](const auto&) { return fault; };
    const auto outcome = synced({{.value = "1500"}, {.id = "2", .value = "1500"}});
    EXPECT_EQ(outcome.exit, Exit::unavailable);
    EXPECT_EQ(outcome.messages.size(), 1u);
    EXPECT_EQ(outcome.summary.refused, 0u);
    EXPECT_EQ(outcome.summary.waiting, 2u);
    world->fault = [](const auto&) { return Fault::none; };
    EXPECT_EQ(sync().exit, Exit::ok);
    EXPECT_EQ(world->member("2", "/details/dealValue"), "1500");
    synced({{}, {.id = "2"}});
  }
}

// A page in the place of an answer: the request may never have arrived.
TEST_F(UpdateTest, AnUpdateThatAStrangerAnsweredIsSentAgain) {
  synced({{}});
  int faults = 2;
  world->fault = [&](const submission::Request& request) {
    return request.method == "PATCH" && faults-- > 0 ? Fault::html_before : Fault::none;
  };
  EXPECT_EQ(synced({{.value = "1500"}}).exit, Exit::ok);
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1500");
}

// Each of these creates may have been made, so that not many are sent into it.
TEST_F(UpdateTest, CreatesThatAStrangerAnswersStopTheRun) {
  world->fault = [](const submission::Request& request) {
    return request.method == "POST" ? Fault::html_before : Fault::none;
  };
  std::vector<Lead> leads;
  for (int i = 0; i < 200; ++i) leads.push_back({.id = std::to_string(i)});
  config.submission.connections = 1;
  const auto outcome = synced(leads);
  EXPECT_EQ(outcome.exit, Exit::unavailable);
  EXPECT_THAT(outcome.messages, ElementsAre(HasSubstr("answers cannot be read")));
  EXPECT_LT(world->posts, 30u);
}

TEST_F(UpdateTest, AReferralThatIsGoneRefusesTheRow) {
  synced({{}});
  world->fault = [](const submission::Request& request) {
    return request.target.ends_with("/r1") ? Fault::status_404 : Fault::none;
  };
  EXPECT_EQ(synced({{.value = "1500"}}).exit, Exit::needs_person);
  EXPECT_EQ(reader()->find("1")->last_error->code, "referral-gone");
}

TEST_F(UpdateTest, AnUpdateThatWaitsIsTakenBackWhenTheRowIsExcluded) {
  synced({{}});
  world->fault = [](const auto&) { return Fault::status_403; };
  synced({{.value = "1500"}});
  ASSERT_EQ(state_of("1"), State::pending);
  world->fault = [](const auto&) { return Fault::none; };
  given_file(
      "leads.csv",
      "Id,Topic,City,Notes,Value,Deal,Status,Help,Solution,Quantity\n1,x,y,z,bad,private,,,,\n");
  sync();
  EXPECT_EQ(state_of("1"), State::synced);
  EXPECT_EQ(world->member("1", "/details/dealValue"), "1000");
}

TEST_F(UpdateTest, NothingOfARowsTextIsLeftInTheLedger) {
  synced({{.topic = "SECRETTOPIC", .notes = "SECRETNOTES"}});
  synced({{.topic = "SECRETTOPIC", .notes = "OTHERSECRET"}});
  std::string bytes;
  for (const char* suffix : {"", "-wal"}) {
    std::ifstream file(config.ledger.string() + suffix, std::ios::binary);
    bytes.append(std::istreambuf_iterator<char>(file), {});
  }
  EXPECT_THAT(bytes, Not(HasSubstr("SECRET")));
}

}  // namespace
}  // namespace referrald::test
