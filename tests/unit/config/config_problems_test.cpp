#include "tests/unit/config/fixture.hpp"

namespace referrald::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using ConfigProblems = ConfigTest;

TEST_F(ConfigProblems, AnUnknownKeyIsAnsweredWithTheNearestKnownOne) {
  EXPECT_THAT(problems(valid_and({"submision: { rate: 1/s }"})),
              ElementsAre("DIR/referrald.yaml:9:1: unknown key \"submision\" (did you mean "
                          "submission?)"));
  EXPECT_THAT(problems(valid_and({"submission:", "  Time-Out: 3s"})),
              ElementsAre("DIR/referrald.yaml:10:3: unknown key \"Time-Out\" in submission (did "
                          "you mean timeout?)"));
  EXPECT_THAT(problems(valid_but(8, "  - { name: a, export: x, exports: x, mapping: lead.yaml }")),
              ElementsAre("DIR/referrald.yaml:8:16: unknown key \"export\" in sources[a] (did you "
                          "mean exports?)"));
}

TEST_F(ConfigProblems, AnUnknownKeyWithoutANearOneIsAnsweredWithAll) {
  EXPECT_THAT(problems(valid_and({"log: { colour: red }"})),
              ElementsAre("DIR/referrald.yaml:9:8: unknown key \"colour\" in log (the keys here "
                          "are level, format)"));
}

TEST_F(ConfigProblems, KeysAreNotExpanded) {
  set_variable("REFERRALD_TEST_KEY", "log");
  EXPECT_THAT(problems(valid_and({"${REFERRALD_TEST_KEY}: { level: info }"})),
              ElementsAre(HasSubstr("9:1: unknown key \"${REFERRALD_TEST_KEY}\"")));
}

TEST_F(ConfigProblems, WhatIsRequiredIsMissedInOneGo) {
  EXPECT_THAT(
      problems({"log: { level: info }"}),
      ElementsAre("DIR/referrald.yaml:1:1: partner_center: is missing (it says who signs in to "
                  "Partner Center: auth)",
                  "DIR/referrald.yaml:1:1: ledger: is missing (write sqlite:PATH, such as "
                  "sqlite:/var/lib/referrald/ledger.db)",
                  "DIR/referrald.yaml:1:1: sources: is missing (a list of entries with name, "
                  "exports and mapping)"));
}

TEST_F(ConfigProblems, WhatASectionMissesIsReportedAtItsKey) {
  EXPECT_THAT(
      problems({"partner_center:", "  auth:", "    authority: https://login.example",
                "ledger: sqlite:x", "sources:", "  - mapping: lead.yaml"}),
      ElementsAre(StartsWith("DIR/referrald.yaml:2:3: partner_center.auth.tenant: is missing"),
                  StartsWith("DIR/referrald.yaml:2:3: partner_center.auth.client_id: is m"),
                  StartsWith("DIR/referrald.yaml:2:3: partner_center.auth.refresh_token: is "
                             "missing (write { file: PATH }"),
                  StartsWith("DIR/referrald.yaml:6:5: sources[#1].name: is missing"),
                  StartsWith("DIR/referrald.yaml:6:5: sources[#1].exports: is missing")));
  EXPECT_THAT(problems({"partner_center: { url: 'https://x.example' }", "ledger: sqlite:x",
                        "sources: [{ name: a, exports: b, mapping: lead.yaml }]"}),
              ElementsAre("DIR/referrald.yaml:1:1: partner_center.auth: is missing (it needs at "
                          "least tenant, client_id and refresh_token)"));
}

TEST_F(ConfigProblems, AnEmptyFileIsOneProblem) {
  EXPECT_THAT(problems({"# nothing yet"}),
              ElementsAre("DIR/referrald.yaml:1:1: the file is empty (begin with partner_center, "
                          "ledger and sources)"));
}

TEST_F(ConfigProblems, AFileThatIsNoSectionIsOneProblem) {
  EXPECT_THAT(
      problems({"hunter2"}),
      ElementsAre(StartsWith("DIR/referrald.yaml:1:1: the file: must be a section, but is a "
                             "single value (its keys are partner_center, ")));
}

TEST_F(ConfigProblems, AWrongTypeIsReportedAtTheValue) {
  EXPECT_THAT(problems(valid_and({"submission: 60/min"})),
              ElementsAre(StartsWith("DIR/referrald.yaml:9:13: submission: must be a section, but "
                                     "is a single value (its keys are rate, ")));
  EXPECT_THAT(problems(valid_and({"guard: [1, 2]"})),
              ElementsAre(StartsWith("DIR/referrald.yaml:9:8: guard: must be a section, but is a "
                                     "list")));
  EXPECT_THAT(problems(valid_and({"submission:", "  rate: { per_minute: 60 }"})),
              ElementsAre(StartsWith("DIR/referrald.yaml:10:9: submission.rate: must be a single "
                                     "value, but is a section")));
  EXPECT_THAT(
      problems(valid_and({"status_page: [127.0.0.1]"})),
      ElementsAre(StartsWith("DIR/referrald.yaml:9:14: status_page: must be a single value, "
                             "but is a list")));
  EXPECT_THAT(
      problems({"partner_center:", "  auth: none", "ledger: sqlite:x", "sources: { name: a }"}),
      ElementsAre(StartsWith("DIR/referrald.yaml:2:9: partner_center.auth: must be a section"),
                  StartsWith("DIR/referrald.yaml:4:10: sources: must be a list")));
  EXPECT_THAT(problems(valid_but(8, "  - leads")),
              ElementsAre(StartsWith("DIR/referrald.yaml:8:5: sources[#1]: must be a section")));
}

TEST_F(ConfigProblems, AKeyWithoutAValueIsReported) {
  EXPECT_THAT(
      problems(valid_and({"guard:", "  # max_creates: 5", "log:", "  level:"})),
      ElementsAre("DIR/referrald.yaml:9:1: guard: has no value (give it one, or remove the "
                  "key)",
                  "DIR/referrald.yaml:12:3: log.level: has no value (give it one, or remove "
                  "the key)"));
  EXPECT_THAT(problems(valid_but(6, "ledger: ~")),
              ElementsAre(StartsWith("DIR/referrald.yaml:6:9: ledger: has no value")));
  EXPECT_THAT(problems(valid_but(6, "ledger: ''")),
              ElementsAre(StartsWith("DIR/referrald.yaml:6:9: ledger: is empty")));
}

TEST_F(ConfigProblems, NoSourcesAreReported) {
  Lines lines = valid();
  lines.resize(6);
  lines.push_back("sources: []");
  EXPECT_THAT(problems(lines),
              ElementsAre(StartsWith("DIR/referrald.yaml:7:10: sources: is empty")));
}

TEST_F(ConfigProblems, TwoSourcesCannotShareAName) {
  EXPECT_THAT(problems(valid_and({"  - { name: deals, exports: d/*, mapping: lead.yaml }",
                                  "  - { name: leads, exports: e/*, mapping: lead.yaml }"})),
              ElementsAre("DIR/referrald.yaml:10:13: sources[leads].name: \"leads\" is the name of "
                          "another source, in line 8 (give each source a name of its own)"));
}

TEST_F(ConfigProblems, WhatYamlHidesIsReportedBesideTheRest) {
  EXPECT_THAT(
      problems(valid_and({"log: { level: loud }", "log: {}", "guard: &g {max_creates: 1}"})),
      ElementsAre(HasSubstr(":9:15: log.level: \"loud\" is not a log level"),
                  HasSubstr(":10:1: key \"log\" is given twice, first in line 9"),
                  HasSubstr(":11:8: an anchor")));
}

TEST_F(ConfigProblems, BrokenYamlIsOneProblem) {
  EXPECT_THAT(problems(valid_and({"log: { level: info"})),
              ElementsAre(HasSubstr("not valid YAML")));
}

TEST_F(ConfigProblems, AreReportedAllAtOnceInTheOrderOfTheFile) {
  EXPECT_THAT(
      problems({
          "log: { level: loud, format: pretty }",
          "status_page: 8321",
          "sources:",
          "  - { name: a b, exports: x, mapping: nowhere.yaml, settle: 10 }",
          "submission: { rate: 60, burst: 0, connections: 012, timeout: 0s }",
          "guard: { max_changed: 0.3 }",
          "ledger: mysql://hunter2@host/db",
          "partner_center:",
          "  url: http://api.partner.microsoft.com",
          "  auth: { tenant: a/b, client_id: c, client_secret: hunter2, refresh_token: hunter2 }",
      }),
      ElementsAre(StartsWith("DIR/referrald.yaml:1:15: log.level: \"loud\""),
                  StartsWith("DIR/referrald.yaml:1:29: log.format: \"pretty\""),
                  StartsWith("DIR/referrald.yaml:2:14: status_page: \"8321\""),
                  StartsWith("DIR/referrald.yaml:4:13: sources[#1].name: \"a b\""),
                  StartsWith("DIR/referrald.yaml:4:39: sources[#1].mapping: "),
                  StartsWith("DIR/referrald.yaml:4:61: sources[#1].settle: \"10\""),
                  StartsWith("DIR/referrald.yaml:5:21: submission.rate: \"60\""),
                  StartsWith("DIR/referrald.yaml:5:32: submission.burst: \"0\""),
                  StartsWith("DIR/referrald.yaml:5:48: submission.connections: \"012\""),
                  StartsWith("DIR/referrald.yaml:5:62: submission.timeout: \"0s\""),
                  StartsWith("DIR/referrald.yaml:6:23: guard.max_changed: \"0.3\""),
                  StartsWith("DIR/referrald.yaml:7:9: ledger: is not a ledger"),
                  StartsWith("DIR/referrald.yaml:9:8: partner_center.url: "),
                  StartsWith("DIR/referrald.yaml:10:19: partner_center.auth.tenant: "),
                  StartsWith("DIR/referrald.yaml:10:53: partner_center.auth.client_secret: "),
                  StartsWith("DIR/referrald.yaml:10:77: partner_center.auth.refresh_token: ")));
}

TEST_F(ConfigProblems, AreAddedToThoseOfOtherFiles) {
  Problems problems;
  problems.add({"other.yaml", 99, 1}, "is wrong");
  EXPECT_TRUE(load(valid(), problems).has_value());
  EXPECT_FALSE(load(valid_and({"x: 1"}), problems).has_value());
  ASSERT_EQ(problems.list().size(), 2U);
  EXPECT_EQ(problems.list()[0].place.file, "other.yaml");
}

}  // namespace
}  // namespace referrald::config
