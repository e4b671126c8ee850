// The commands, one after the other, as a user meets them.
#include <fstream>
#include <iterator>
#include <sstream>

#include <gmock/gmock.h>

#include "tests/integration/setting.hpp"
#include "tests/support/temporary_folder.hpp"

namespace referrald::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(IntegrationTest, PlanShowsWhatASyncThenDoes) {
  Simulator simulator(folder, {"--quiet"});
  configure({.url = simulator.url()});
  given_leads(30);
  const auto planned = referrald({"plan", "--json"});
  ASSERT_EQ(planned.exit_code, 0) << planned.err;
  EXPECT_EQ(json(planned.out).at("created").as_int64(), 30);
  EXPECT_EQ(json(planned.out).at("requests").as_int64(), 40);
  EXPECT_FALSE(std::filesystem::exists(folder / "ledger.db"));
  EXPECT_TRUE(simulator.referrals().empty());
  const auto synced = json(referrald({"sync", "--json"}).out);
  EXPECT_EQ(synced.at("created").as_int64(), 30);
  EXPECT_EQ(synced.at("requests").as_int64(), 41) << "and one look at what the tenant holds";
  EXPECT_EQ(json(referrald({"plan", "--json"}).out).at("unchanged").as_int64(), 30);
}

TEST_F(IntegrationTest, LoginShowsACodeAndStoresWhatASyncThenUses) {
  Simulator simulator(folder, {"--quiet", "--device-interval", "0"});
  configure({.url = simulator.url()});
  given_leads(1);
  std::filesystem::remove(folder / "refresh-token");
  EXPECT_EQ(referrald({"sync"}).exit_code, 77);
  const auto login = referrald({"login"});
  EXPECT_EQ(login.exit_code, 0) << login.err;
  EXPECT_THAT(login.out, HasSubstr("https://microsoft.com/devicelogin"));
  EXPECT_THAT(login.out, HasSubstr("Signed in as simulated.user@contoso.onmicrosoft.com. The "
                                   "refresh token is in "));
  EXPECT_EQ(std::filesystem::status(folder / "refresh-token").permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(referrald({"sync"}).exit_code, 0);
}

TEST_F(IntegrationTest, LoginThatIsDeclinedEndsWith77) {
  Simulator simulator(folder, {"--quiet", "--device-interval", "0", "--device-outcome", "decline"});
  configure({.url = simulator.url()});
  const auto login = referrald({"login"});
  EXPECT_EQ(login.exit_code, 77);
  EXPECT_THAT(login.err, HasSubstr("declined in the browser"));
}

TEST_F(IntegrationTest, PlanSaysWhatWouldStopASync) {
  Simulator simulator(folder, {"--quiet"});
  Settings settings{.url = simulator.url()};
  settings.submission += "  daily_budget: 2\n";
  settings.more = "guard: { max_creates: 2 }\n";
  configure(settings);
  given_leads(3);
  const auto text = referrald({"plan"});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_THAT(text.out, HasSubstr("The guard would stop `referrald sync`: 3 referrals would be "
                                  "created, guard.max_creates is 2."));
  EXPECT_THAT(text.out, HasSubstr("The daily budget leaves 2 requests until midnight UTC"));
  const auto planned = json(referrald({"plan", "--json"}).out);
  ASSERT_EQ(planned.at("guard").as_array().size(), 1u);
  EXPECT_EQ(planned.at("budget_left").as_int64(), 2);
  EXPECT_EQ(referrald({"sync"}).exit_code, 2);
  EXPECT_TRUE(json(referrald({"plan", "--json", "--limit", "2"}).out).at("guard").is_null());
}

// A lost ledger, and an adopt that is cut off: nothing is created again, whatever is passed.
TEST_F(IntegrationTest, ASyncComesAfterAnAdoptThatHasComeToItsEnd) {
  Simulator simulator(folder, {"--quiet"});
  Settings settings{.url = simulator.url()};
  configure(settings);
  given_leads(300);  // several pages
  ASSERT_EQ(referrald({"sync"}).exit_code, 0);
  const auto there = simulator.referrals().size();
  for (const char* file : {"ledger.db", "ledger.db-wal", "ledger.db-shm"})
    std::filesystem::remove(folder / file);

  settings.more = "guard: { max_creates: 5 }\n";
  configure(settings);
  const auto guarded = referrald({"sync"});
  EXPECT_EQ(guarded.exit_code, 2);
  EXPECT_THAT(guarded.err, AllOf(HasSubstr("`referrald adopt`"), Not(HasSubstr("--confirm"))));
  const auto confirmed = referrald({"sync", "--confirm"});
  EXPECT_EQ(confirmed.exit_code, 2);
  EXPECT_THAT(confirmed.out, AllOf(HasSubstr("not sent before `referrald adopt`"),
                                   HasSubstr("First `referrald adopt`, then `referrald sync`"),
                                   Not(HasSubstr("goes on where this run stopped"))));
  EXPECT_EQ(json(referrald({"plan", "--json"}).out).at("tenant").at("standing").as_string(),
            "strangers");

  auto short_of_calls = settings;
  short_of_calls.submission += "  daily_budget: 4\n";
  configure(short_of_calls);
  const auto cut = referrald({"adopt"});
  EXPECT_EQ(cut.exit_code, 2);
  EXPECT_THAT(cut.err, HasSubstr("the daily budget of 4 calls is used up"));
  EXPECT_THAT(cut.out, HasSubstr("Until it has come to its end no sync sends anything."));
  configure(settings);
  for (const auto& arguments : {std::vector<std::string>{"sync", "--confirm"}, {"sync"}}) {
    const auto closed = referrald(arguments);
    EXPECT_EQ(closed.exit_code, 2);
    EXPECT_THAT(closed.err, HasSubstr("an adopt has not come to its end"));
  }
  EXPECT_THAT(referrald({"plan"}).out, HasSubstr("an adopt has not come to its end"));
  EXPECT_THAT(referrald({"status"}).out, HasSubstr("tenant        WARNING: a sync would send"));
  const auto status = json(referrald({"status", "--json"}).out);
  EXPECT_EQ(status.at("tenant").at("standing").as_string(), "adopting");
  EXPECT_TRUE(status.at("backlog").at("done").is_null());

  EXPECT_EQ(referrald({"adopt"}).exit_code, 0);
  EXPECT_EQ(referrald({"sync"}).exit_code, 0);
  EXPECT_EQ(simulator.referrals().size(), there);
}

TEST_F(IntegrationTest, ASyncWithNothingToDoStillSaysWhatNeedsAPerson) {
  Simulator simulator(folder, {"--quiet"});
  configure({.url = simulator.url()});
  const std::string header =
      "Id,Topic,Deal,Company,Street,City,Country,First,Last,Email,Phone,Value,Close,Help\r\n";
  const auto row = [](const std::string& id, const std::string& country) {
    return id + ",Topic,private,Co,S 1,City," + country + ",A,B,a@example.com,1,5,03/31/2027,\r\n";
  };
  write("in/leads.csv", header + row("a-1", "Germany") + row("a-2", "Nowhere"));
  EXPECT_EQ(referrald({"sync"}).exit_code, 1);
  write("in/leads.csv", header + row("a-1", "Germany"));
  const auto again = referrald({"sync"});
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.out, HasSubstr("1 row of earlier exports needs a person"));
}

TEST_F(IntegrationTest, AChangedRowIsUpdatedOnceTheGuardIsPassed) {
  Simulator simulator(folder, {"--quiet"});
  Settings settings{.url = simulator.url()};
  settings.more = "guard: { max_changed: 2.5% }\n";
  configure(settings);
  const std::string header =
      "Id,Topic,Deal,Company,Street,City,Country,First,Last,Email,Phone,Value,Close,Help\r\n";
  const auto row = [](const std::string& topic) {
    return "a-1," + topic + ",private,Co,S 1,City,Germany,A,B,a@example.com,1,5,03/31/2027,\r\n";
  };
  write("in/leads.csv", header + row("Topic"));
  EXPECT_THAT(referrald({"sync"}).out, HasSubstr("Everything is as wanted."));
  write("in/leads.csv", header + row("Other"));
  EXPECT_THAT(referrald({"plan"}).out,
              HasSubstr("1 of 1 row of source leads have changed (100%), guard.max_changed is "
                        "2.5%. `referrald sync --confirm` passes it."));
  const auto stopped = referrald({"sync"});
  EXPECT_EQ(stopped.exit_code, 2);
  EXPECT_THAT(stopped.err, HasSubstr("referrald sync --confirm"));
  const auto confirmed = referrald({"sync", "--confirm"});
  EXPECT_EQ(confirmed.exit_code, 0);
  EXPECT_THAT(confirmed.out, HasSubstr("  updated             1\n"));
  EXPECT_EQ(simulator.referrals().at(0).at("name").as_string(), "Other");
}

TEST_F(IntegrationTest, SyncWritesItsMetricsForNodeExporter) {
  Simulator simulator(folder, {"--quiet", "--throttle", "0.1", "--seed", "3"});
  Settings settings{.url = simulator.url()};
  settings.more = "metrics: { textfile: referrald.prom }\n";
  configure(settings);
  given_leads(30);
  EXPECT_EQ(referrald({"sync"}).exit_code, 0);
  const auto metrics = [&] { return content_of(folder / "referrald.prom"); };
  EXPECT_THAT(metrics(),
              HasSubstr("referrald_rows_total{outcome=\"created\",source=\"leads\"} 30\n"));
  EXPECT_THAT(metrics(),
              HasSubstr("referrald_requests_total{operation=\"create\",outcome=\"ok\"} 40\n"));
  EXPECT_THAT(
      metrics(),
      Not(HasSubstr("referrald_requests_total{operation=\"create\",outcome=\"throttled\"} 0\n")));
  EXPECT_THAT(metrics(), HasSubstr("referrald_queue_rows{state=\"synced\"} 30\n"));
  EXPECT_THAT(metrics(), HasSubstr("referrald_last_success_timestamp_seconds{source=\"leads\"} 1"));
  EXPECT_EQ(referrald({"sync"}).exit_code, 0);
  EXPECT_THAT(metrics(),
              HasSubstr("referrald_rows_total{outcome=\"created\",source=\"leads\"} 30\n"));
  EXPECT_THAT(metrics(),
              HasSubstr("referrald_rows_total{outcome=\"unchanged\",source=\"leads\"} 30\n"));
  EXPECT_THAT(metrics(), HasSubstr("referrald_runs_total{result=\"good\",source=\"leads\"} 2\n"));
  EXPECT_THAT(metrics(), Not(HasSubstr("example.com")));
}

TEST_F(IntegrationTest, ASyncSucceedsThoughItsMetricsCannotBeWritten) {
  Simulator simulator(folder, {"--quiet"});
  Settings settings{.url = simulator.url()};
  settings.more = "metrics: { textfile: nowhere/referrald.prom }\n";
  configure(settings);
  given_leads(3);
  const auto ended = referrald({"sync"});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.err, HasSubstr("the metrics file could not be written"));
}

// In text and JSON, which come here whatever machine this is; the journal has the same values.
TEST_F(IntegrationTest, NoLogAtAnyLevelHoldsACellOrASecret) {
  Simulator simulator(folder, {"--quiet", "--drop-after", "0.2", "--throttle", "0.1", "--seed", "3",
                               "--client-secret", "the-clients-secret"});
  Settings settings{.url = simulator.url()};
  settings.auth = "    client_secret: { file: secret }\n";
  configure(settings);
  write("secret", "the-clients-secret\n");
  given_leads(60);
  write("in/bad.csv",
        "Id,Topic,Deal,Company,Street,City,Country,First,Last,Email,Phone,Value,Close,Help\r\n"
        "x-1,Hush,private,Secretive,Nowhere,Town,Atlantis,Al,Bo,hush@example.com,1,-5,99/99/"
        "2027,\r\n");
  for (const std::string format : {"text", "json"}) {
    std::filesystem::remove(folder / "ledger.db");
    const auto ended =
        run({REFERRALD_PROGRAM, "-c", (folder / "referrald.yaml").string(), "--log-level", "trace",
             "--log-format", format, "sync", "--without-adopt", "--no-progress"},
            folder.string());
    EXPECT_EQ(ended.exit_code, 1) << ended.err;
    for (const char* secret : {"Fabrikam", "ada1@", "Main Street", "simulator-refresh-token",
                               "Bearer", "Atlantis", "Secretive", "hush@", "the-clients-secret"}) {
      EXPECT_THAT(ended.err, Not(HasSubstr(secret)));
    }
    EXPECT_THAT(ended.err, HasSubstr("external_reference_id"));
    EXPECT_THAT(ended.err, HasSubstr("row-rejected"));
    EXPECT_THAT(ended.err, HasSubstr("run-finished"));
  }
}

std::vector<boost::json::object> events(const Ended& ended, std::string_view name) {
  std::vector<boost::json::object> found;
  std::istringstream lines(ended.err);
  for (std::string line; std::getline(lines, line);) {
    auto event = boost::json::parse(line).as_object();
    if (event.at("event").as_string() == name) found.push_back(std::move(event));
  }
  return found;
}

// What an operator has who reads the log and nothing else.
TEST_F(IntegrationTest, TheLogSaysWhichRowsNeedAPersonAndWhy) {
  Simulator simulator(folder, {"--quiet"});
  configure({.url = simulator.url()});
  const std::string header =
      "Id,Topic,Deal,Company,Street,City,Country,First,Last,Email,Phone,Value,Close,Help\r\n";
  std::string text = header;
  for (int i = 1; i <= 5; ++i)
    text += "a-" + std::to_string(i) +
            ",Topic,private,Co,S 1,City,Atlantis,A,B,a@example.com,1,5,03/31/2027,\r\n";
  write("in/leads.csv", text);
  const auto synced = referrald({"--log-format", "json", "sync", "--json"});
  EXPECT_EQ(synced.exit_code, 1);
  const auto rejected = events(synced, "rows-rejected");
  ASSERT_EQ(rejected.size(), 1u) << synced.err;
  EXPECT_EQ(rejected[0].at("level").as_string(), "warning");
  EXPECT_EQ(rejected[0].at("rows").as_int64(), 5);
  EXPECT_EQ(rejected[0].at("source").as_string(), "leads");
  EXPECT_EQ(rejected[0].at("export").as_string(), "leads.csv");
  EXPECT_EQ(rejected[0].at("line").as_int64(), 2);
  EXPECT_EQ(rejected[0].at("external_reference_id").as_string(), "a-1");
  EXPECT_EQ(rejected[0].at("columns").as_string(), "Country");
  EXPECT_FALSE(rejected[0].at("remedy").as_string().empty());
  const auto summary = events(synced, "run-finished");
  ASSERT_EQ(summary.size(), 1u);
  const auto printed = json(synced.out);
  for (const char* count :
       {"run_id", "rows_read", "created", "updated", "unchanged", "excluded", "rejected", "refused",
        "in_doubt", "waiting", "requests", "retries", "throttled", "exit_code", "limit_reached"})
    EXPECT_EQ(summary[0].at(count), printed.at(count)) << count;
  EXPECT_TRUE(summary[0].contains("duration_ms"));
  EXPECT_TRUE(events(synced, "row-rejected").empty()) << "of debug";
  const auto in_full = referrald({"--log-format", "json", "--log-level", "debug", "sync"});
  EXPECT_EQ(events(in_full, "row-rejected").size(), 5u);
}

TEST_F(IntegrationTest, RejectsFeedBackIntoSyncAsTheyAre) {
  Simulator simulator(folder, {"--quiet"});
  configure({.url = simulator.url()});
  const std::string header =
      "Id,Topic,Deal,Company,Street,City,Country,First,Last,Email,Phone,Value,Close,Help\r\n";
  write("in/leads.csv",
        header +
            "a-1,Topic,private,Co,S 1,City,Atlantis,A,B,a@example.com,1,5,03/31/2027,\r\n"
            "a-2,Topic,private,Co,S 1,City,Germany,A,B,a@example.com,1,5,03/31/2027,\r\n");
  EXPECT_EQ(referrald({"sync"}).exit_code, 1);
  auto rejects = referrald({"rejects"});
  ASSERT_EQ(rejects.exit_code, 0);
  EXPECT_THAT(rejects.out, HasSubstr("referrald_"));
  EXPECT_THAT(rejects.out, HasSubstr("Atlantis"));
  write("same.csv", rejects.out);
  EXPECT_EQ(referrald({"sync", (folder / "same.csv").string()}).exit_code, 1);
  const auto at = rejects.out.find("Atlantis");
  rejects.out.replace(at, 8, "Austria");
  write("mended.csv", rejects.out);
  const auto mended = referrald({"sync", "--json", (folder / "mended.csv").string()});
  EXPECT_EQ(mended.exit_code, 0) << mended.err;
  EXPECT_EQ(json(mended.out).at("created").as_int64(), 1);
  EXPECT_EQ(simulator.referrals().size(), 2u);
}

TEST_F(IntegrationTest, ADamagedRowThatNobodyMendedStaysRejected) {
  Simulator simulator(folder, {"--quiet"});
  configure({.url = simulator.url()});
  write("in/leads.csv",
        "Id,Topic,Deal,Company,Street,City,Country,First,Last,Email,Phone,Value,Close,Help\r\n"
        "a-1,Topic,private,Co,S 1,City,Germany,A,B,a@example.com,1,5,03/31/2027\r\n"
        "a-2,24\",private,Co,S 1,City,Germany,A,B,a@example.com,1,5,03/31/2027,\r\n");
  EXPECT_EQ(referrald({"sync"}).exit_code, 1);
  const auto first = referrald({"rejects"}).out;
  for (int turn = 0; turn < 3; ++turn) {
    write("same.csv", referrald({"rejects"}).out);
    const auto again = referrald({"sync", "--json", (folder / "same.csv").string()});
    EXPECT_EQ(again.exit_code, 1);
    EXPECT_EQ(json(again.out).at("created").as_int64(), 0);
    EXPECT_EQ(json(again.out).at("rejected_by_reason").at("not-mended").as_int64(), 2);
    EXPECT_EQ(referrald({"rejects"}).out, first) << turn;
  }
  EXPECT_TRUE(simulator.referrals().empty());
}

TEST_F(IntegrationTest, ARowThatGetsItsIdInTheFileOfRejectsIsSentAndLeavesTheList) {
  Simulator simulator(folder, {"--quiet"});
  configure({.url = simulator.url()});
  write("in/leads.csv",
        "Id,Topic,Deal,Company,Street,City,Country,First,Last,Email,Phone,Value,Close,Help\r\n"
        ",Topic,private,Co,S 1,City,Atlantis,A,B,a@example.com,1,5,03/31/2027,\r\n");
  EXPECT_EQ(referrald({"sync"}).exit_code, 1);
  const auto rejects = (folder / "rejects.csv").string();
  const auto mend = [&](const std::string& what, const std::string& with) {
    auto text = referrald({"rejects"}).out;
    text.replace(text.find(what), what.size(), with);
    write("rejects.csv", text);
    return referrald({"sync", rejects}).exit_code;
  };
  EXPECT_EQ(mend("Atlantis", "Austria"), 1);
  EXPECT_EQ(mend("\r\n,Topic", "\r\na-1,Topic"), 0);
  EXPECT_EQ(simulator.referrals().size(), 1u);
  EXPECT_THAT(referrald({"rejects"}).out, Not(HasSubstr("Topic,private")));
}

TEST_F(IntegrationTest, NothingOfABodyStaysInTheLedgerOnceItIsSynced) {
  Simulator simulator(folder, {"--quiet"});
  configure({.url = simulator.url()});
  given_leads(200);
  ASSERT_EQ(referrald({"sync"}).exit_code, 0);
  std::string bytes;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename().string().rfind("ledger.db", 0) != 0) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    bytes.append(std::istreambuf_iterator<char>(in), {});
  }
  using namespace std::string_view_literals;  // the id of the row in its short form
  EXPECT_NE(bytes.find("\0\0\0\0\0\0\x40\0\x80\0\0\0\0\0\0\7"sv), std::string::npos);
  EXPECT_EQ(bytes.find("ada7@example.com"), std::string::npos);
  EXPECT_EQ(bytes.find("Fabrikam"), std::string::npos);
}

TEST_F(IntegrationTest, ARotatedRefreshTokenIsKept) {
  Simulator simulator(folder, {"--quiet", "--refuse-old-refresh-token"});
  configure({.url = simulator.url()});
  given_leads(3);
  EXPECT_EQ(referrald({"sync"}).exit_code, 0);
  std::filesystem::remove(folder / "ledger.db");
  // The first token would be refused now.
  EXPECT_EQ(referrald({"check", "--online"}).exit_code, 0);
}

// What is ours names the command as it is typed here; a cell is as the export had it.
TEST_F(IntegrationTest, UnderReferraldctlMessagesNameItAndCellsStayAsTheyAre) {
  Simulator simulator(folder, {"--quiet"});
  configure({.url = simulator.url()});
  given_leads(1);
  write("in/bad.csv",
        "Id,Topic,Deal,Company,Street,City,Country,First,Last,Email,Phone,Value,Close,Help\r\n"
        "x-1,see `referrald plan`,private,Fabrikam,Street,Town,Atlantis,,,,,-5,99/99/2027,\r\n");
  EXPECT_EQ(referrald({"sync"}).exit_code, 1);
  const auto rejects = run(command({"rejects"}), folder.string(), {{"REFERRALD_COMMAND", "ctl"}});
  EXPECT_THAT(rejects.out, HasSubstr("x-1,see `referrald plan`,private"));
  const auto again = run(command({"sync"}), folder.string(), {{"REFERRALD_COMMAND", "ctl"}});
  EXPECT_THAT(again.out, AllOf(HasSubstr("`ctl rejects"), Not(HasSubstr("`referrald "))));
}

}  // namespace
}  // namespace referrald::test
