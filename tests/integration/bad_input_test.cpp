// What users get wrong: the exit code that scripts rely on, and one clear message.
#include <fstream>
#include <iterator>
#include <sstream>

#include <gmock/gmock.h>

#include "tests/integration/setting.hpp"

namespace referrald::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class BadInputTest : public IntegrationTest {
 protected:
  BadInputTest() { given_leads(3); }

  Ended sync(const Settings& settings) const {
    configure(settings);
    return referrald({"sync", "--no-progress"});
  }
  // A service on a port where nobody listens.
  Settings nobody() const { return {.url = "http://127.0.0.1:1"}; }
};

TEST_F(BadInputTest, AnUnknownKeyIsNamedWithItsPlaceAndTheNearestName) {
  auto settings = nobody();
  settings.more = "submision: { rate: 1/s }\n";
  const auto ended = sync(settings);
  EXPECT_EQ(ended.exit_code, 78);
  EXPECT_THAT(ended.err, HasSubstr("referrald.yaml:"));
  EXPECT_THAT(ended.err, HasSubstr("submission"));
}

TEST_F(BadInputTest, EveryProblemOfAFileComesInOneGo) {
  auto settings = nobody();
  settings.submission = "  rate: fast\n  connections: many\n  timeout: 1 fortnight\n";
  const auto ended = sync(settings);
  EXPECT_EQ(ended.exit_code, 78);
  EXPECT_THAT(ended.err, HasSubstr("fast"));
  EXPECT_THAT(ended.err, HasSubstr("many"));
  EXPECT_THAT(ended.err, HasSubstr("fortnight"));
}

TEST_F(BadInputTest, AMissingConfigurationIsAMissingInput) {
  const auto ended = referrald({"sync"});
  EXPECT_EQ(ended.exit_code, 66);
  EXPECT_THAT(ended.err, HasSubstr("referrald.yaml"));
}

TEST_F(BadInputTest, AMissingMappingIsAProblemOfTheConfiguration) {
  auto settings = nobody();
  settings.mapping = "none.yaml";
  const auto ended = sync(settings);
  EXPECT_EQ(ended.exit_code, 78);
  EXPECT_THAT(ended.err, HasSubstr("none.yaml"));
}

TEST_F(BadInputTest, AMissingColumnIsNamedBeforeAnythingIsSent) {
  write("in/leads.csv", "Id,Topik,Deal,Company\r\n1,a,private,b\r\n");
  const auto ended = sync(nobody());
  EXPECT_EQ(ended.exit_code, 78);
  EXPECT_THAT(ended.err, HasSubstr("mapping.yaml:"));
  EXPECT_THAT(ended.err, HasSubstr("Topic"));
  EXPECT_THAT(ended.err, HasSubstr("Topik"));
}

TEST_F(BadInputTest, AMissingExportIsAMissingInput) {
  configure(nobody());
  const auto ended = referrald({"sync", (folder / "none.csv").string()});
  EXPECT_EQ(ended.exit_code, 66);
  EXPECT_THAT(ended.err, HasSubstr("none.csv"));
}

TEST_F(BadInputTest, AnUnreadableExportIsSaid) {
  configure(nobody());
  std::filesystem::create_directories(folder / "folder.csv");
  const auto ended = referrald({"sync", (folder / "folder.csv").string()});
  EXPECT_EQ(ended.exit_code, 74);
  EXPECT_THAT(ended.err, HasSubstr("folder.csv"));
}

TEST_F(BadInputTest, AFolderAsASourcesExportsIsSaid) {
  auto settings = nobody();
  settings.exports = "in";
  configure(settings);
  for (const char* command : {"check", "plan", "sync"}) {
    const auto ended = referrald({command});
    EXPECT_EQ(ended.exit_code, 78) << command;
    EXPECT_THAT(ended.err, HasSubstr("is a folder without model.json or pages of JSON (write "))
        << command;
    EXPECT_THAT(ended.err, HasSubstr("referrald.yaml:")) << command;
  }
  settings.exports = "*";
  configure(settings);
  EXPECT_EQ(referrald({"check"}).err.find("is a folder"), std::string::npos);
}

TEST_F(BadInputTest, ReasonsAreEventsInAJsonLog) {
  write("in/leads.csv", "Id,Topik,Deal,Company\r\n1,a,private,b\r\n");
  configure(nobody());
  const auto ended = referrald({"--log-format", "json", "sync", "--no-progress"});
  EXPECT_EQ(ended.exit_code, 78);
  bool placed = false;
  std::istringstream lines(ended.err);
  for (std::string line; std::getline(lines, line);) {
    const auto event = json(line);
    EXPECT_TRUE(event.contains("level")) << line;
    if (event.at("message").as_string().find("Topik") == boost::json::string::npos) continue;
    EXPECT_EQ(event.at("level").as_string(), "error");
    EXPECT_GT(event.at("line").as_int64(), 0);
    EXPECT_GT(event.at("column").as_int64(), 0);
    placed = true;
  }
  EXPECT_TRUE(placed) << ended.err;
}

TEST_F(BadInputTest, AnEmptyExportLacksItsColumns) {
  write("in/leads.csv", "");
  const auto ended = sync(nobody());
  EXPECT_EQ(ended.exit_code, 78);
  EXPECT_THAT(ended.err, HasSubstr("leads.csv"));
}

TEST_F(BadInputTest, AHeaderAloneIsNothingToDo) {
  write("in/leads.csv",
        "Id,Topic,Deal,Company,Street,City,Country,First,Last,Email,Phone,Value,Close,Help\r\n");
  const auto ended = sync(nobody());
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.out, HasSubstr("0 rows"));
}

TEST_F(BadInputTest, ALedgerFolderThatIsMissingCannotBeWritten) {
  auto settings = nobody();
  settings.ledger = "sqlite:missing/ledger.db";
  const auto ended = sync(settings);
  EXPECT_EQ(ended.exit_code, 73);
  EXPECT_THAT(ended.err, HasSubstr("missing"));
}

TEST_F(BadInputTest, WithoutATokenItSaysHowToSignIn) {
  Simulator simulator(folder, {"--quiet"});
  std::filesystem::remove(folder / "refresh-token");
  const auto ended = sync({.url = simulator.url()});
  EXPECT_EQ(ended.exit_code, 77);
  EXPECT_THAT(ended.err, HasSubstr("referrald login"));
  EXPECT_THAT(ended.err, HasSubstr("refresh-token"));
}

TEST_F(BadInputTest, ARefusedTokenIsNotShown) {
  Simulator simulator(folder, {"--quiet"});
  write("refresh-token", "something-else-entirely");
  const auto ended = sync({.url = simulator.url()});
  EXPECT_EQ(ended.exit_code, 77);
  EXPECT_THAT(ended.err, HasSubstr("referrald login"));
  EXPECT_THAT(ended.err + ended.out, Not(HasSubstr("something-else")));
}

TEST_F(BadInputTest, AWrongSecretIsSaidAndNotShown) {
  Simulator simulator(folder, {"--quiet", "--client-secret", "right-secret"});
  configure({.url = simulator.url()});
  write("secret", "wrong-secret\n");
  Settings settings{.url = simulator.url()};
  configure(settings);
  std::string text;
  {
    std::ifstream in(folder / "referrald.yaml");
    text.assign(std::istreambuf_iterator<char>(in), {});
  }
  const std::string before = "    refresh_token:";
  text.insert(text.find(before), "    client_secret: { file: secret }\n");
  write("referrald.yaml", text);
  const auto ended = referrald({"sync", "--no-progress"});
  EXPECT_EQ(ended.exit_code, 77);
  EXPECT_THAT(ended.err, HasSubstr("secret"));
  EXPECT_THAT(ended.err + ended.out, Not(HasSubstr("wrong-secret")));
}

TEST_F(BadInputTest, AServiceThatIsDownIsUnavailable) {
  Simulator signs_in(folder, {"--quiet"});
  auto settings = nobody();
  settings.authority = signs_in.url();
  const auto ended = sync(settings);
  EXPECT_EQ(ended.exit_code, 69);
  EXPECT_THAT(ended.err, HasSubstr("127.0.0.1:1"));
  const auto counts = json(referrald({"status", "--json"}).out);
  EXPECT_EQ(ended.err.find('\n', ended.err.rfind("referrald: ")), ended.err.size() - 1);
}

TEST_F(BadInputTest, AWrongSourceIsAFaultOfUsage) {
  configure(nobody());
  const auto ended = referrald({"sync", "--source", "lead"});
  EXPECT_EQ(ended.exit_code, 64);
  EXPECT_THAT(ended.err, HasSubstr("leads"));
}

TEST_F(BadInputTest, ADamagedLedgerIsRefused) {
  write("ledger.db", std::string(8192, 'x'));
  const auto ended = sync(nobody());
  EXPECT_EQ(ended.exit_code, 74);
  EXPECT_THAT(ended.err, HasSubstr("ledger.db"));
}

TEST_F(BadInputTest, ATokenThatOthersCanReadIsRefused) {
  write("refresh-token", "simulator-refresh-token\n", 0644);
  const auto ended = sync(nobody());
  EXPECT_EQ(ended.exit_code, 78);
  EXPECT_THAT(ended.err, HasSubstr("chmod 600"));
}

}  // namespace
}  // namespace referrald::test
