// What holds for the program as a whole: arguments, streams, exit codes.
#include <gmock/gmock.h>

#include "tests/unit/commands/workplace.hpp"

namespace referrald {
namespace {

using test::Ran;
using test::Workplace;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(Program, WithoutACommandShowsHelpAndEndsWithUsage) {
  const Workplace workplace;
  const Ran ran = workplace.run_bare({});
  EXPECT_EQ(ran.exit, 64);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, AllOf(HasSubstr("check"), HasSubstr("--config"), HasSubstr("rejects")));
}

TEST(Program, HelpAndVersionAreData) {
  const Workplace workplace;
  const Ran help = workplace.run_bare({"--help"});
  EXPECT_EQ(help.exit, 0);
  EXPECT_EQ(help.err, "");
  for (const char* command :
       {"check", "plan", "sync", "status", "list", "show", "results", "rejects"})
    EXPECT_THAT(help.out, HasSubstr(std::string("\n  ") + command + " "));
  const Ran of_command = workplace.run_bare({"list", "--help"});
  EXPECT_EQ(of_command.exit, 0);
  EXPECT_THAT(of_command.out, AllOf(HasSubstr("--state"), HasSubstr("in_doubt")));
  const Ran version = workplace.run_bare({"--version"});
  EXPECT_EQ(version.exit, 0);
  EXPECT_THAT(version.out, testing::MatchesRegex("referrald [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(Program, NamesTheNearestCommandAndOption) {
  const Workplace workplace;
  const Ran command = workplace.run_bare({"statsu"});
  EXPECT_EQ(command.exit, 64);
  EXPECT_EQ(command.err, "referrald: unknown command 'statsu'; did you mean 'status'?\n");
  const Ran option = workplace.run_bare({"status", "--jsn"});
  EXPECT_EQ(option.exit, 64);
  EXPECT_EQ(option.err, "referrald: unknown option '--jsn'; did you mean '--json'?\n");
  const Ran global = workplace.run_bare({"list", "--log-levle=debug"});
  EXPECT_EQ(global.err, "referrald: unknown option '--log-levle'; did you mean '--log-level'?\n");
  const Ran far = workplace.run_bare({"frobnicate"});
  EXPECT_EQ(far.exit, 64);
  EXPECT_EQ(far.err, "referrald: unknown command 'frobnicate'; see referrald --help\n");
}

TEST(Program, SaysWhereAnOptionOfACommandBelongs) {
  const Workplace workplace;
  EXPECT_EQ(workplace.run_bare({"--since", "2h", "list"}).err,
            "referrald: '--since' is an option of a command and goes behind it: referrald list "
            "--since\n");
  EXPECT_THAT(workplace.run_bare({"--limit", "5"}).err, HasSubstr("goes behind it"));
  EXPECT_EQ(workplace.run_bare({"plan", "--confirm"}).err,
            "referrald: plan has no option '--confirm'; '--confirm' is one of sync\n");
  EXPECT_EQ(
      workplace.run_bare({"adopt", "--since", "2h"}).err,
      "referrald: adopt has no option '--since'; '--since' is one of list, results and rejects\n");
  EXPECT_EQ(workplace.run_bare({"plan", "-x"}).err,
            "referrald: unknown option '-x'; see referrald plan --help\n");
}

TEST(Program, ALimitIsAWholeNumberFromOneOn) {
  const Workplace workplace;
  for (const char* limit : {"0", "x", "-1", "1.5", "99999999999999999999", " 1"}) {
    const Ran ran = workplace.run({"sync", "--limit", limit});
    EXPECT_EQ(ran.exit, 64) << limit;
    EXPECT_EQ(ran.err,
              "referrald: --limit: '" + std::string(limit) + "' is no whole number from 1 on\n");
  }
  EXPECT_EQ(workplace.run({"plan", "--limit", "1"}).exit, 0);
}

TEST(Program, UsageErrorsAreOneLineAnd64) {
  const Workplace workplace;
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"status", "superfluous"},
        {"--log-level", "loud", "status"},
        {"--log-format", "xml", "status"},
        {"show"},
        {"show", "A", "B"},
        {"list", "--since"},
        {"-c"}}) {
    const Ran ran = workplace.run_bare(arguments);
    EXPECT_EQ(ran.exit, 64) << testing::PrintToString(arguments);
    EXPECT_EQ(ran.out, "");
    EXPECT_EQ(std::ranges::count(ran.err, '\n'), 1) << ran.err;
    EXPECT_THAT(ran.err, StartsWith("referrald: "));
  }
}

TEST(Program, GlobalOptionsMayFollowTheCommand) {
  const Workplace workplace;
  EXPECT_EQ(workplace.run_bare({"status", "-c", "referrald.yaml"}).exit, 0);
}

TEST(Program, FindsItsConfigurationByTheEnvironment) {
  const Workplace workplace;
  EXPECT_EQ(workplace.shell("REFERRALD_CONFIG=referrald.yaml $REFERRALD status").exit, 0);
  const Ran missing = workplace.shell("REFERRALD_CONFIG=no.yaml $REFERRALD status");
  EXPECT_EQ(missing.exit, 66);
  EXPECT_THAT(missing.err, AllOf(HasSubstr("no.yaml"), HasSubstr("$REFERRALD_CONFIG")));
  const Ran option_wins =
      workplace.shell("REFERRALD_CONFIG=no.yaml $REFERRALD -c referrald.yaml status");
  EXPECT_EQ(option_wins.exit, 0);
}

TEST(Program, AMissingConfigurationIsAMissingInput) {
  const Workplace workplace;
  const Ran ran = workplace.run_bare({"-c", "nowhere.yaml", "status"});
  EXPECT_EQ(ran.exit, 66);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("nowhere.yaml"), HasSubstr("No such file")));
}

TEST(Program, PrintsAllProblemsOfTheConfigurationAtOnce) {
  const Workplace workplace;
  workplace.change("referrald.yaml", "  url: https", "  urll: https");
  workplace.change("referrald.yaml", "mapping: lead.yaml", "mapping: missing.yaml");
  const Ran ran = workplace.run({"list"});
  EXPECT_EQ(ran.exit, 78);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, HasSubstr("referrald.yaml:2:3: "));
  EXPECT_THAT(ran.err, HasSubstr("missing.yaml"));
  EXPECT_GE(std::ranges::count(ran.err, '\n'), 2);
}

TEST(Program, ProblemsAreEventsInAJsonLog) {
  const Workplace workplace;
  workplace.change("referrald.yaml", "  url: https", "  urll: https");
  const Ran ran = workplace.run({"--log-format", "json", "list"});
  EXPECT_EQ(ran.exit, 78);
  EXPECT_THAT(ran.err, AllOf(StartsWith("{\"time\":"), HasSubstr("\"level\":\"error\""),
                             HasSubstr("\"line\":2,\"column\":3")));
}

// Its messages advise what a mapping says, and init has none.
TEST(Program, InitSaysThatAnOptionTellsWhatAMappingWould) {
  const Workplace workplace;
  workplace.write("two.json", R"({"leads": [{"Id": 1}], "deals": [{"Id": 2}]})");
  const Ran ran = workplace.run_bare({"init", (workplace.folder() / "two.json").string()});
  EXPECT_EQ(ran.exit, 78);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, HasSubstr("to init, say it by --records"));
  const Ran told = workplace.run_bare(
      {"init", (workplace.folder() / "two.json").string(), "--records", "leads"});
  EXPECT_EQ(told.exit, 0);
  EXPECT_THAT(told.out, HasSubstr("records: leads"));
}

TEST(Program, DataThatCannotBeWrittenIsAnError) {
  const Workplace workplace;
  const Ran full = workplace.shell("$REFERRALD -c referrald.yaml results > /dev/full");
  EXPECT_EQ(full.exit, 73);
  EXPECT_EQ(full.err, "referrald: no ledger yet at " + workplace.ledger().string() +
                          ": the first sync makes it\n"
                          "referrald: cannot write to standard output: No space left on device\n");
  EXPECT_EQ(workplace.shell("$REFERRALD -c referrald.yaml results >&-").exit, 73);
}

TEST(Program, AReaderThatGoesEndsItQuietly) {
  const Workplace workplace;
  {
    test::Seeder seeder(workplace, test::real_now());
    const std::string padding(300, 'x');
    for (int i = 0; i < 1'000; ++i) seeder.offer("A-" + std::to_string(i) + padding);
  }
  // `false` reads nothing: the pipe is broken before or while the list is written.
  const Ran ran =
      workplace.shell("$REFERRALD -c referrald.yaml list | false; echo ${PIPESTATUS[0]}");
  EXPECT_EQ(ran.out, "0\n");
  EXPECT_EQ(ran.err, "");
}

TEST(Program, ADamagedLedgerIsNamed) {
  const Workplace workplace;
  workplace.write("ledger.db",
                  "this is no ledger, and long enough to be looked at by SQLite....."
                  "...................................................");
  const Ran ran = workplace.run({"status"});
  EXPECT_EQ(ran.exit, 74);
  EXPECT_THAT(ran.err, HasSubstr("ledger.db"));
}

TEST(Program, NoCommandShowsTheToken) {
  const Workplace workplace;
  for (const char* command : {"check", "status", "list", "results", "rejects"}) {
    const Ran ran = workplace.run({"--log-level", "trace", command});
    EXPECT_THAT(ran.out + ran.err, Not(HasSubstr("r3fresh"))) << command;
  }
}

}  // namespace
}  // namespace referrald
