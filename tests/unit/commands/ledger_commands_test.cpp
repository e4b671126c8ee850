// status, list, show and results over a ledger that a sync left, or is writing.
#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "daemon/csv_record.hpp"
#include "tests/unit/commands/workplace.hpp"

namespace referrald {
namespace {

namespace json = boost::json;
using persistence::State;
using test::Ran;
using test::Workplace;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;
using namespace std::chrono_literals;

constexpr const char* reasons =
    R"([{"code":"bad-number","member":"details/dealValue","column":"Value","value":"12,x",)"
    R"("message":"no number","remedy":"write 12.5"}])";

persistence::Failure invalid_request() {
  return {"invalidRequest", "country is not known [customerProfile]", 400, "req-1", "cli-1"};
}

// A row in each state that matters, an hour ago.
class LedgerCommands : public testing::Test {
 protected:
  void seed() {
    test::Seeder seeder(workplace_, test::real_now() - 1h);
    seeder.synced("A-1");
    seeder.synced("B-1", "deals");
    seeder.failed("A-2", State::refused, invalid_request());
    seeder.rejected("A-3", "Id,Topic,Value", "A-3,x,\"12,x\"", reasons);
    seeder.pass(1min);
    seeder.failed("A-4", State::in_doubt, {"timeout", "no answer in 30 s", 0, "", "cli-2"});
    seeder.offer("A-5");
    seeder.finish_run(2, {.rows_read = 6, .created = 2, .seconds = 60});
  }

  json::value document(std::vector<std::string> arguments) {
    arguments.push_back("--json");
    const Ran ran = workplace_.run(arguments);
    EXPECT_EQ(ran.exit, 0) << ran.err;
    return json::parse(ran.out);
  }

  std::vector<std::string> listed(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "list");
    const json::value value = document(arguments);
    std::vector<std::string> ids;
    for (const json::value& row : value.at("rows").as_array())
      ids.emplace_back(row.at("external_id").as_string());
    return ids;
  }

  Workplace workplace_;
};

TEST_F(LedgerCommands, AnswerBeforeTheFirstSync) {
  const Ran status = workplace_.run({"status"});
  EXPECT_EQ(status.exit, 0);
  EXPECT_THAT(status.out, HasSubstr("ledger.db: none yet, the first sync makes it"));
  const json::value empty = document({"status"});
  EXPECT_FALSE(empty.at("ledger").at("exists").as_bool());
  EXPECT_EQ(empty.at("sources").at("deals").at("synced").to_number<int>(), 0);
  EXPECT_TRUE(listed({}).empty());
  const Ran results = workplace_.run({"results"});
  EXPECT_EQ(results.exit, 0);
  EXPECT_THAT(results.err, HasSubstr("no ledger yet"));
  EXPECT_EQ(workplace_.run({"show", "A-1"}).exit, 66);
  EXPECT_FALSE(std::filesystem::exists(workplace_.ledger()));
}

TEST_F(LedgerCommands, StatusTellsCountsRunsAndWhatWaitsLongest) {
  seed();
  const Ran ran = workplace_.run({"status"});
  EXPECT_EQ(ran.exit, 0);
  EXPECT_EQ(ran.err, "");
  EXPECT_THAT(ran.out, HasSubstr("leads     deals       all\n"));
  EXPECT_THAT(ran.out, HasSubstr("  synced             1         1         2\n"));
  EXPECT_THAT(ran.out, HasSubstr("  in_doubt           1         0         1\n"));
  EXPECT_THAT(ran.out, HasSubstr("oldest wait   A-4 (in_doubt), since "));
  EXPECT_THAT(ran.out, HasSubstr("stopped before the end, rows still waiting"));
  EXPECT_THAT(ran.out, HasSubstr("read 6, created 2, updated 0"));
  EXPECT_THAT(ran.out,
              HasSubstr("sign-in       who it is, is told with the first use; tenant contoso."
                        "onmicrosoft.com\n              refresh token in "));
}

TEST_F(LedgerCommands, RetryTakesEachRowOnceAndSaysWhyRowsAreLeftAlone) {
  seed();
  const Ran twice = workplace_.run({"retry", "A-2", "A-2", "--state", "refused"});
  EXPECT_EQ(twice.exit, 0) << twice.err;
  EXPECT_THAT(twice.out, HasSubstr("  queued              1  were refused, are sent again"));
  const Ran rejected = workplace_.run({"retry", "--state", "rejected"});
  EXPECT_THAT(rejected.out,
              AllOf(HasSubstr("left alone"), HasSubstr("1 of them: our rules reject it")));
}

TEST_F(LedgerCommands, StatusAsJsonIsOneStableDocument) {
  seed();
  const json::value value = document({"status"});
  EXPECT_EQ(value.at("ledger").at("path").as_string(), workplace_.ledger().c_str());
  EXPECT_GT(value.at("ledger").at("bytes").to_number<std::uint64_t>(), 0U);
  EXPECT_EQ(json::serialize(value.at("counts")),
            R"({"pending":1,"sending":0,"in_doubt":1,"synced":2,"rejected":1,"refused":1,)"
            R"("closed":0})");
  EXPECT_EQ(value.at("sources").at("deals").at("synced").to_number<int>(), 1);
  EXPECT_EQ(value.at("oldest_waiting").at("external_id").as_string(), "A-4");
  EXPECT_NEAR(value.at("oldest_waiting").at("waiting_seconds").to_number<double>(), 59 * 60, 30);
  const json::object& run = value.at("runs").at(0).as_object();
  EXPECT_EQ(run.at("exit_code").to_number<int>(), 2);
  EXPECT_EQ(run.at("rows_read").to_number<int>(), 6);
  EXPECT_FALSE(run.at("running").as_bool());
  EXPECT_TRUE(value.at("token").at("present").as_bool());
  EXPECT_EQ(value.at("token").at("mode").as_string(), "0600");
  EXPECT_FALSE(value.at("token").at("readable_by_others").as_bool());
}

TEST_F(LedgerCommands, StatusAnswersWhileASyncHoldsTheLedger) {
  test::Seeder seeder(workplace_, test::real_now());
  seeder.synced("A-1");
  const Ran ran = workplace_.run({"status"});
  EXPECT_EQ(ran.exit, 0);
  EXPECT_THAT(ran.out, HasSubstr("running, process " + std::to_string(::getpid())));
  EXPECT_THAT(listed({}), ElementsAre("A-1"));
}

TEST_F(LedgerCommands, StatusTellsWhenNobodyIsSignedIn) {
  std::filesystem::remove(workplace_.folder() / "refresh-token");
  const Ran ran = workplace_.run({"status"});
  EXPECT_EQ(ran.exit, 0);
  EXPECT_THAT(ran.out, HasSubstr("no refresh token at "));
  EXPECT_THAT(ran.out, HasSubstr("referrald login"));
}

TEST_F(LedgerCommands, ListShowsATableWithTheErrorCode) {
  seed();
  const Ran ran = workplace_.run({"list"});
  EXPECT_EQ(ran.exit, 0);
  EXPECT_THAT(ran.out, StartsWith("EXTERNAL ID  STATE     STEP  DEAL     SOURCE  REFERRAL ID  "
                                  "CHANGED               ERROR\n"));
  EXPECT_THAT(ran.out, HasSubstr("A-1          synced    own   private  leads   r-A-1        20"));
  EXPECT_THAT(ran.out, HasSubstr("Z  invalidRequest\n"));
  EXPECT_THAT(ran.out, HasSubstr("Z  bad-number\n"));
}

TEST_F(LedgerCommands, ListFiltersByStateSourceAndTime) {
  seed();
  EXPECT_THAT(listed({}), ElementsAre("A-1", "B-1", "A-2", "A-3", "A-4", "A-5"));
  EXPECT_THAT(listed({"--state", "refused"}), ElementsAre("A-2"));
  EXPECT_THAT(listed({"--state", "refused", "--state", "in_doubt"}), ElementsAre("A-2", "A-4"));
  EXPECT_THAT(listed({"--source", "deals"}), ElementsAre("B-1"));
  EXPECT_THAT(listed({"--since", "59m", "--state", "synced"}), testing::IsEmpty());
  EXPECT_THAT(listed({"--since", "2h", "--state", "synced"}), ElementsAre("A-1", "B-1"));
}

TEST_F(LedgerCommands, ListNamesTheNearestStateAndSource) {
  const Ran state = workplace_.run({"list", "--state", "pendin"});
  EXPECT_EQ(state.exit, 64);
  EXPECT_EQ(state.err, "referrald: --state pendin: no such state; did you mean 'pending'?\n");
  const Ran source = workplace_.run({"list", "--source", "lead"});
  EXPECT_EQ(source.exit, 64);
  EXPECT_THAT(source.err, HasSubstr("did you mean 'leads'?"));
  const Ran since = workplace_.run({"list", "--since", "soon"});
  EXPECT_EQ(since.exit, 64);
}

TEST_F(LedgerCommands, IdsCannotForgeLinesOfTheTable) {
  {
    test::Seeder seeder(workplace_, test::real_now());
    seeder.offer("A\nB\x1b[2J");
  }
  const Ran ran = workplace_.run({"list"});
  EXPECT_EQ(std::ranges::count(ran.out, '\n'), 2);
  EXPECT_THAT(ran.out, HasSubstr("A\\nB\\x1b[2J"));
  EXPECT_THAT(listed({}), ElementsAre("A\nB\x1b[2J"));
}

TEST_F(LedgerCommands, ShowTellsARefusedRowsErrorAndRemedy) {
  seed();
  const Ran ran = workplace_.run({"show", "A-2"});
  EXPECT_EQ(ran.exit, 0);
  EXPECT_THAT(
      ran.out,
      AllOf(HasSubstr("state                refused\n"),
            HasSubstr("source               leads (leads.csv, line 2)\n"),
            HasSubstr("code               invalidRequest\n"), HasSubstr("country is not known"),
            HasSubstr("HTTP status        400\n"), HasSubstr("request id         req-1\n"),
            HasSubstr("meaning            The service does not accept the row's content.\n"),
            HasSubstr("remedy             Usual causes: a country")));
}

TEST_F(LedgerCommands, ShowTellsARejectedRowsReasons) {
  seed();
  const Ran ran = workplace_.run({"show", "A-3"});
  EXPECT_THAT(ran.out, AllOf(HasSubstr("reasons\n  bad-number: no number\n"),
                             HasSubstr("    column           Value\n"),
                             HasSubstr("    value            12,x\n"),
                             HasSubstr("    remedy           write 12.5\n")));
}

TEST_F(LedgerCommands, ShowTellsTheIdsAndTheLinkOfASyncedRow) {
  seed();
  const Ran ran = workplace_.run({"show", "A-1"});
  EXPECT_THAT(ran.out, AllOf(HasSubstr("own referral\n  referral id        r-A-1\n"),
                             HasSubstr("status             Active / Accepted\n"),
                             HasSubstr("https://api.example/v1.0/engagements/referrals/r-A-1\n"),
                             Not(HasSubstr("Microsoft's referral")), Not(HasSubstr("last error"))));
}

TEST_F(LedgerCommands, ShowTellsThatARowsNewerContentIsRejected) {
  seed();
  {
    test::Seeder seeder(workplace_, test::real_now());
    seeder.rejected("A-1", "Id,Topic,Value", "A-1,x,\"12,x\"", reasons);
  }
  const Ran ran = workplace_.run({"show", "A-1"});
  EXPECT_THAT(ran.out, AllOf(HasSubstr("state                synced\n"),
                             HasSubstr("the row's newer content is rejected"),
                             HasSubstr("newer content rejected, because\n  bad-number"),
                             Not(HasSubstr("nothing, until its content changes"))));
  EXPECT_THAT(std::string(document({"show", "A-1"}).at("next").as_string()),
              HasSubstr("newer content is rejected"));
}

TEST_F(LedgerCommands, ALongIdMovesItsOwnLineOnly) {
  {
    test::Seeder seeder(workplace_, test::real_now());
    seeder.offer(std::string(1000, 'x'));
    seeder.offer("B");
  }
  const std::string table = workplace_.run({"list"}).out;
  EXPECT_THAT(table, HasSubstr("\nB" + std::string(41, ' ') + "pending"));
}

TEST_F(LedgerCommands, ShowAsJsonHoldsEverything) {
  seed();
  const json::value refused = document({"show", "A-2"});
  EXPECT_EQ(refused.at("state").as_string(), "refused");
  EXPECT_EQ(refused.at("last_error").at("code").as_string(), "invalidRequest");
  EXPECT_EQ(refused.at("last_error").at("http_status").to_number<int>(), 400);
  EXPECT_THAT(std::string(refused.at("last_error").at("meaning").as_string()),
              HasSubstr("does not accept"));
  EXPECT_THAT(std::string(refused.at("last_error").at("remedy").as_string()),
              HasSubstr("two-letter code"));
  EXPECT_TRUE(refused.at("own").is_null());
  ASSERT_EQ(refused.at("history").as_array().size(), 1U);
  EXPECT_EQ(refused.at("history").at(0).at("request_id").as_string(), "req-1");
  const json::value rejected = document({"show", "A-3"});
  EXPECT_EQ(rejected.at("reasons").at(0).at("column").as_string(), "Value");
  EXPECT_TRUE(rejected.at("last_error").is_null());
  const json::value synced = document({"show", "A-1"});
  EXPECT_EQ(synced.at("own").at("etag").as_string(), "\"tag\"");
  EXPECT_TRUE(synced.at("microsoft").is_null());
}

TEST_F(LedgerCommands, ShowOfAnUnknownIdIsAMissingInputWithAHint) {
  seed();
  const Ran ran = workplace_.run({"show", "a-1"});
  EXPECT_EQ(ran.exit, 66);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, AllOf(HasSubstr("'a-1'"), HasSubstr("referrald list")));
}

TEST_F(LedgerCommands, ShowTellsBothReferralsOfACoSellDeal) {
  {
    test::Seeder seeder(workplace_, test::real_now());
    persistence::Settlement own;
    own.row = seeder.send("C-1", "leads", "co-sell");
    own.state = State::synced;
    own.ids = test::ids_of("C-1");
    own.at = own.due = seeder.now();
    auto& ledger = seeder.ledger();
    ledger.begin();
    ledger.record(own, seeder.run());
    ledger.claim({seeder.run(), {"leads"}}, 1, seeder.now());
    persistence::Settlement second;
    second.row = own.row;
    second.step = persistence::Step::microsoft;
    second.state = State::synced;
    second.ids = test::ids_of("M-1");
    second.at = seeder.now();
    ledger.record(second, seeder.run());
    ledger.commit();
  }
  const Ran ran = workplace_.run({"show", "C-1"});
  EXPECT_THAT(ran.out, AllOf(HasSubstr("own referral\n  referral id        r-C-1\n"),
                             HasSubstr("Microsoft's referral\n  referral id        r-M-1\n")));
  EXPECT_EQ(document({"show", "C-1"}).at("microsoft").at("referral_id").as_string(), "r-M-1");
  EXPECT_THAT(workplace_.run({"results"}).out, HasSubstr("co-sell"));
}

TEST_F(LedgerCommands, ShowHasTheThreeValuesOfAConflict) {
  {
    test::Seeder seeder(workplace_, test::real_now());
    seeder.rejected("A-9", "Id", "A-9",
                    R"([{"code":"conflict","member":"details/dealValue",)"
                    R"("value":"2000","message":"m","partner_center":"3000",)"
                    R"("last_synced":"1000"},{"code":"conflict","member":"name",)"
                    R"("value":"\"New\"","message":"m","partner_center":"\"Portal\"",)"
                    R"("last_synced":""}])");
  }
  const Ran ran = workplace_.run({"show", "A-9"});
  EXPECT_THAT(ran.out, HasSubstr("    in the CRM       2000\n    Partner Center   3000\n"
                                 "    last synced      1000\n"));
  EXPECT_THAT(ran.out, HasSubstr("    Partner Center   \"Portal\"\n"
                                 "    last synced      another text, which is not kept\n"));
  const auto reasons = document({"show", "A-9"}).at("reasons");
  EXPECT_EQ(reasons.at(0).at("partner_center").as_string(), "3000");
  EXPECT_EQ(reasons.at(0).at("last_synced").as_string(), "1000");
  EXPECT_TRUE(reasons.at(1).at("last_synced").is_null());
}

TEST_F(LedgerCommands, ResultsAreCsvOfTheReferralsThatExist) {
  seed();
  const Ran ran = workplace_.run({"results"});
  EXPECT_EQ(ran.exit, 0);
  EXPECT_THAT(
      ran.out,
      MatchesRegex("external_reference_id,referral_id,engagement_id,status,link,substatus,state,"
                   "deal,source,updated,microsoft_referral_id,microsoft_status,microsoft_substatus,"
                   "tracking_id\r\n"
                   "A-1,r-A-1,e-A-1,Active,https://api.example/v1.0/engagements/referrals/r-A-1,"
                   "Accepted,synced,private,leads,20[-0-9T:]+Z,,,,\r\n"
                   "B-1,r-B-1,e-B-1,Active,https://api.example/v1.0/engagements/referrals/r-B-1,"
                   "Accepted,synced,private,deals,20[-0-9T:]+Z,,,,\r\n"));
}

TEST_F(LedgerCommands, ResultsTakeSinceAndSource) {
  seed();
  EXPECT_THAT(workplace_.run({"results", "--source", "deals"}).out,
              AllOf(HasSubstr("B-1,"), Not(HasSubstr("A-1,"))));
  EXPECT_THAT(workplace_.run({"results", "--since", "10m"}).out, Not(HasSubstr("-1,")));
  EXPECT_EQ(workplace_.run({"results", "--source", "nope"}).exit, 64);
}

}  // namespace
}  // namespace referrald
