// `referrald check` without the network.
#include <gmock/gmock.h>

#include "tests/support/loopback_server.hpp"
#include "tests/unit/commands/workplace.hpp"

namespace referrald {
namespace {

using test::Ran;
using test::Workplace;
using testing::AllOf;
using testing::HasSubstr;

TEST(CheckCommand, SaysWhatItChecked) {
  const Workplace workplace;
  workplace.write("leads/a.csv", "Id,Topic,Company,Value,Extra\n");
  const Ran ran = workplace.run({"check"});
  EXPECT_EQ(ran.exit, 0);
  EXPECT_EQ(ran.err, "");
  const std::string folder = workplace.folder().string();
  EXPECT_EQ(ran.out, "configuration " + folder + "/referrald.yaml: valid\n" +
                         "source leads\n"
                         "  mapping  " +
                         folder + "/lead.yaml: valid, its test passed\n" + "  exports  " + folder +
                         "/leads/*.csv: 1 file\n"
                         "    a.csv: 5 columns, fits the mapping\n"
                         "source deals\n"
                         "  mapping  " +
                         folder + "/lead.yaml: valid, its test passed\n" + "  exports  " + folder +
                         "/deals.csv: no file at the moment\n");
}

TEST(CheckCommand, AnExportThatDoesNotFitIsAProblemWithItsName) {
  const Workplace workplace;
  workplace.write("leads/a.csv", "Id,Topc,Company,Value\n1,x,y,2\n");
  const Ran ran = workplace.run({"check"});
  EXPECT_EQ(ran.exit, 78);
  EXPECT_THAT(ran.out, HasSubstr("a.csv: 4 columns, does not fit the mapping, see below"));
  EXPECT_THAT(ran.err, AllOf(HasSubstr("lead.yaml:"), HasSubstr("Topic"), HasSubstr("a.csv:1")));
}

TEST(CheckCommand, TellsTheProblemsOfAllFilesInOneGo) {
  const Workplace workplace;
  workplace.change("lead.yaml", "referral: { name: Storage renewal }",
                   "referral: { name: Something else }");
  workplace.write("other.yaml", "deal: private\nreferal: {}\n");
  workplace.change("referrald.yaml", "exports: deals.csv\n    mapping: lead.yaml",
                   "exports: deals.csv\n    mapping: other.yaml");
  const Ran ran = workplace.run({"check"});
  EXPECT_EQ(ran.exit, 78);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("lead.yaml: a test failed, see below"),
                             HasSubstr("other.yaml: not valid, see below")));
  EXPECT_THAT(ran.err, AllOf(HasSubstr("lead.yaml:"), HasSubstr("Something else"),
                             HasSubstr("other.yaml:2:1: "), HasSubstr("referral")));
}

TEST(CheckCommand, AnEmptyExportCannotBeRead) {
  const Workplace workplace;
  workplace.write("leads/a.csv", "");
  const Ran ran = workplace.run({"check"});
  EXPECT_EQ(ran.exit, 78);
  EXPECT_THAT(ran.out, HasSubstr("a.csv: cannot be read, see below"));
  EXPECT_THAT(ran.err, HasSubstr("a.csv"));
}

TEST(CheckCommand, AFolderAsExportsIsAProblemWithItsPlace) {
  const Workplace workplace;
  workplace.change("referrald.yaml", "exports: leads/*.csv", "exports: leads");
  Ran ran = workplace.run({"check"});
  EXPECT_EQ(ran.exit, 78);
  const std::string leads = workplace.folder().string() + "/leads";
  EXPECT_EQ(ran.err, "referrald.yaml:10:14: sources[leads].exports: " + leads +
                         " is a folder without model.json or pages of JSON (write " + leads +
                         "/* for the files in it)\n");
  workplace.write("leads/model.json", "{}");
  ran = workplace.run({"check"});
  EXPECT_EQ(ran.exit, 74);
  EXPECT_THAT(ran.err, HasSubstr("model.json: has no list `entities`"));
}

TEST(CheckCommand, AnExportThatCannotBeReadIs74AsItIsForSync) {
  const Workplace workplace;
  workplace.write("leads/a.csv", "Id,\"Topic,Company,Value\n");
  EXPECT_EQ(workplace.run({"check"}).exit, 74);
  workplace.write("lead.yaml", "deal: private\nreferal: {}\n");
  EXPECT_EQ(workplace.run({"check"}).exit, 78);
}

TEST(CheckCommand, WarnsOfALedgerThatASyncCouldNotUse) {
  const Workplace workplace;
  EXPECT_EQ(workplace.run({"check"}).err, "");
  { const test::Seeder seeder(workplace, test::real_now()); }
  EXPECT_EQ(workplace.run({"check"}).err, "");
  {
    test::Seeder seeder(workplace, test::real_now());
    seeder.ledger().begin();
    seeder.ledger().bind_tenant("fabrikam.onmicrosoft.com");
    seeder.ledger().commit();
  }
  Ran ran = workplace.run({"check"});
  EXPECT_EQ(ran.exit, 0);
  EXPECT_THAT(ran.err, AllOf(testing::StartsWith("referrald: warning: "), HasSubstr("fabrikam"),
                             HasSubstr("would end with 78")));
  workplace.write("ledger.db", std::string(8192, 'x'));
  ran = workplace.run({"check"});
  EXPECT_EQ(ran.exit, 0);
  EXPECT_THAT(ran.err, HasSubstr("would end with 74"));
  workplace.change("referrald.yaml", "sqlite:ledger.db", "sqlite:none/ledger.db");
  ran = workplace.run({"check"});
  EXPECT_EQ(ran.exit, 0);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("/none does not exist"), HasSubstr("would end with 73")));
}

TEST(CheckCommand, WarnsOfWhatTheExampleHasAndOfAFolderThatIsNotThere) {
  const Workplace workplace;
  workplace.change("referrald.yaml", "https://api.example", "https://api.partner.microsoft.com");
  workplace.change("referrald.yaml", "leads/*.csv", "laeds/*.csv");
  const Ran ran = workplace.run({"check"});
  EXPECT_EQ(ran.exit, 0);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("client_id is still that of the example"),
                             HasSubstr("source leads: there is no folder " +
                                       workplace.folder().string() + "/laeds")));
}

TEST(CheckCommand, MakesNoLedger) {
  const Workplace workplace;
  EXPECT_EQ(workplace.run({"check"}).exit, 0);
  EXPECT_FALSE(std::filesystem::exists(workplace.ledger()));
}

// A service and its authority on one loopback address.
std::string reply(const std::string& status, const std::string& body) {
  return "HTTP/1.1 " + status +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

class CheckOnline : public testing::Test {
 protected:
  void lead_to(const std::string& url) {
    workplace_.change("referrald.yaml", "url: https://api.example", "url: " + url);
    workplace_.change("referrald.yaml", "  auth:\n", "  auth:\n    authority: " + url + "\n");
  }

  Workplace workplace_;
};

TEST_F(CheckOnline, GetsATokenAndReadsOnePage) {
  test::LoopbackServer server([](test::Peer& peer) {
    while (const auto request = peer.read_request()) {
      const bool for_token = request->starts_with("POST");
      peer.send(reply("200 OK", for_token ? R"({"token_type":"Bearer","expires_in":3600,)"
                                            R"("access_token":"acc3ss"})"
                                          : R"({"value":[{"id":"1"}]})"));
    }
  });
  lead_to(server.url());
  const Ran ran = workplace_.run({"check", "--online"});
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("online   " + server.url() + " answers and accepts the sign-in"));
  ASSERT_EQ(server.requests().size(), 2U);
  EXPECT_THAT(
      server.requests()[1],
      AllOf(HasSubstr("GET /v1.0/engagements/referrals?$orderby=createdDateTime%20desc HTTP/1.1"),
            HasSubstr("client-request-id: ")));
}

TEST_F(CheckOnline, ARefusedSignInIs77AndNamesLogin) {
  test::LoopbackServer server([](test::Peer& peer) {
    while (peer.read_request())
      peer.send(reply("400 Bad Request", R"({"error":"invalid_grant","error_description":)"
                                         R"("AADSTS700082: expired","error_codes":[700082]})"));
  });
  lead_to(server.url());
  const Ran ran = workplace_.run({"check", "--online"});
  EXPECT_EQ(ran.exit, 77);
  EXPECT_THAT(ran.err, HasSubstr("referrald login"));
  const Ran status = workplace_.run({"status"});
  EXPECT_THAT(status.out, AllOf(HasSubstr(", refused "), HasSubstr("refuses the sign-in"),
                                testing::Not(HasSubstr("good until"))));
  EXPECT_THAT(workplace_.run({"status", "--json"}).out, HasSubstr(R"("good_until":null)"));
}

TEST_F(CheckOnline, CountsInTheDailyBudget) {
  test::LoopbackServer server([](test::Peer& peer) {
    while (const auto request = peer.read_request())
      peer.send(reply("200 OK", request->starts_with("POST")
                                    ? R"({"token_type":"Bearer","expires_in":3600,)"
                                      R"("access_token":"acc3ss"})"
                                    : R"({"value":[{"id":"1"}]})"));
  });
  lead_to(server.url());
  workplace_.change("referrald.yaml", "sources:\n", "submission: { daily_budget: 2 }\nsources:\n");
  { const test::Seeder seeder(workplace_, test::real_now()); }
  EXPECT_EQ(workplace_.run({"check", "--online"}).exit, 0);
  EXPECT_THAT(workplace_.run({"status"}).out, HasSubstr("1 of 2 calls left today"));
  EXPECT_EQ(workplace_.run({"check", "--online"}).exit, 0);
  const Ran third = workplace_.run({"check", "--online"});
  EXPECT_EQ(third.exit, 2);
  EXPECT_THAT(third.err, HasSubstr("daily budget"));
  EXPECT_EQ(server.requests().size(), 4U) << "two tokens, two reads";
}

TEST_F(CheckOnline, NobodyThereIs69) {
  std::string url;
  {
    const test::LoopbackServer server([](test::Peer&) {});
    url = server.url();
  }
  lead_to(url);
  const Ran ran = workplace_.run({"check", "--online"});
  EXPECT_EQ(ran.exit, 69);
  EXPECT_THAT(ran.err, HasSubstr("refused"));
}

}  // namespace
}  // namespace referrald
