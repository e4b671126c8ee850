#include <chrono>

#include "tests/unit/config/fixture.hpp"

namespace referrald::config {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class ConfigValues : public ConfigTest {
 protected:
  // The one problem of a line 9 "submission: { … }", without file and line.
  std::string submission(const std::string& members) {
    return only(problems(valid_and({"submission: { " + members + " }"})), "DIR/referrald.yaml:9:");
  }

  static std::string only(const std::vector<std::string>& found, const std::string& prefix) {
    if (found.size() != 1) return std::to_string(found.size()) + " problems";
    return found[0].starts_with(prefix) ? found[0].substr(prefix.size()) : found[0];
  }
};

TEST_F(ConfigValues, NumbersArePlainDigits) {
  for (const std::string value :
       {"012", "1e3", "1.0", "-1", "+1", "0x10", "1_000", "five", "true"}) {
    EXPECT_EQ(submission("burst: " + value),
              "22: submission.burst: \"" + value +
                  "\" is not a whole number (plain digits without a leading zero, 1 or more)");
  }
  EXPECT_EQ(submission("burst: '5'"),
            "22: submission.burst: \"5\" is text, because it is quoted (write the number without "
            "quotes)");
}

TEST_F(ConfigValues, NumbersHaveLimits) {
  EXPECT_EQ(submission("burst: 0"), "22: submission.burst: \"0\" is too small (1 or more)");
  EXPECT_EQ(submission("daily_budget: 0"),
            "29: submission.daily_budget: \"0\" is too small (1 or more)");
  EXPECT_EQ(submission("connections: 1001"),
            "28: submission.connections: \"1001\" is too large (at most 1000)");
  EXPECT_EQ(submission("connections: 0"),
            "28: submission.connections: \"0\" is too small (from 1 to 1000)");
  EXPECT_EQ(submission("retry: { attempts: 0 }"),
            "34: submission.retry.attempts: \"0\" is too small (1 or more)");
  EXPECT_EQ(submission("reconcile: { looks: 0 }"),
            "35: submission.reconcile.looks: \"0\" is too small (1 or more)");
  EXPECT_EQ(submission("burst: 99999999999"),
            "22: submission.burst: \"99999999999\" is too large (at most 2147483647)");
  EXPECT_THAT(submission("burst: 99999999999999999999999"), HasSubstr("is not a whole number"));
}

TEST_F(ConfigValues, RatesSayWhatTheyMayBe) {
  EXPECT_EQ(
      submission("rate: 60/minute"),
      "21: submission.rate: \"60/minute\" is not a rate (write N/s, N/min or N/h with N above "
      "0 (60/min), at most 100000/s, or unlimited)");
}

TEST_F(ConfigValues, DurationsSayWhatTheyMayBe) {
  EXPECT_EQ(
      submission("timeout: 30"),
      "24: submission.timeout: \"30\" is not a duration (a whole number and ms, s, m, h or d, "
      "without a space: 250ms, 30s, 5m, 2h, 14d)");
  EXPECT_EQ(submission("timeout: 0s"),
            "24: submission.timeout: \"0s\" is too short (it must be longer than 0)");
  EXPECT_THAT(submission("retry: { initial: 0ms }"), HasSubstr("33: submission.retry.initial"));
  EXPECT_THAT(submission("retry: { max: 0ms }"), HasSubstr("submission.retry.max"));
  EXPECT_THAT(submission("reconcile: { apart: -1s }"), HasSubstr("submission.reconcile.apart"));
}

TEST_F(ConfigValues, TheFirstWaitIsNotLongerThanTheLongest) {
  EXPECT_THAT(submission("retry: { initial: 10s, max: 5s }"),
              StartsWith("33: submission.retry.initial: is longer than max"));
  EXPECT_THAT(submission("retry: { initial: 10m }"),
              StartsWith("33: submission.retry.initial: is longer than max"));
  EXPECT_THAT(submission("retry: { max: 500ms }"),
              StartsWith("29: submission.retry.max: is shorter than initial"));
}

TEST_F(ConfigValues, AGuardMustGuard) {
  EXPECT_THAT(problems(valid_and({"guard: {}"})),
              ElementsAre("DIR/referrald.yaml:9:8: guard: guards nothing (give max_creates or "
                          "max_changed, or remove the section)"));
  EXPECT_THAT(
      problems(valid_and({"guard: { max_changed: 0.3, max_creates: 10% }"})),
      ElementsAre("DIR/referrald.yaml:9:23: guard.max_changed: \"0.3\" is not a share (write "
                  "it in percent, from 0% to 100%: 30%)",
                  StartsWith("DIR/referrald.yaml:9:41: guard.max_creates: \"10%\" is not a "
                             "whole number")));
}

TEST_F(ConfigValues, UrlsAreHttps) {
  Lines lines = valid();
  lines.insert(lines.begin() + 1, {"  url: http://api.partner.microsoft.com"});
  lines.insert(lines.begin() + 3, {"    authority: http://login.microsoftonline.com"});
  EXPECT_THAT(
      problems(lines),
      ElementsAre("DIR/referrald.yaml:2:8: partner_center.url: "
                  "\"http://api.partner.microsoft.com\" is http, which anyone on the way can "
                  "read (write https; http is for 127.0.0.0/8, [::1] and localhost only)",
                  StartsWith("DIR/referrald.yaml:4:16: partner_center.auth.authority: "
                             "\"http://login.microsoftonline.com\" is http")));
}

TEST_F(ConfigValues, IdentifiersFitIntoAUrl) {
  EXPECT_THAT(problems(valid_but(3, "    tenant: a/../b")),
              ElementsAre(StartsWith("DIR/referrald.yaml:3:13: partner_center.auth.tenant: holds a "
                                     "character that it cannot have")));
  EXPECT_THAT(problems(valid_but(4, "    client_id: a b")),
              ElementsAre(StartsWith("DIR/referrald.yaml:4:16: partner_center.auth.client_id: ")));
}

TEST_F(ConfigValues, SchedulesAddressesAndLogsSayWhatTheyMayBe) {
  EXPECT_THAT(
      problems({"partner_center:", "  auth:", "    tenant: t", "    client_id: c",
                "    refresh_token: { file: t }", "ledger: sqlite:x", "sources:", "  - name: a",
                "    exports: x", "    mapping: lead.yaml", "    schedule: hourly",
                "status_page: localhost", "log: { level: warn, format: xml }"}),
      ElementsAre("DIR/referrald.yaml:11:15: sources[a].schedule: \"hourly\" is not a schedule "
                  "(write every DURATION (every 15m), daily HH:MM (daily 02:30), with a time zone "
                  "behind it or without (daily 02:30 Europe/Berlin), or on arrival)",
                  "DIR/referrald.yaml:12:14: status_page: \"localhost\" is not an address (write "
                  "HOST:PORT, such as 127.0.0.1:8321 or [::1]:8321)",
                  "DIR/referrald.yaml:13:15: log.level: \"warn\" is not a log level (one of error, "
                  "warning, info, debug, trace)",
                  "DIR/referrald.yaml:13:29: log.format: \"xml\" is not a log format (one of auto, "
                  "text, json, journal)"));
}

TEST_F(ConfigValues, TheStatusPageIsForThisMachineOnly) {
  for (const std::string address :
       {"127.0.0.1:8321", "127.8.9.10:1", "'[::1]:8321'", "localhost:80"})
    EXPECT_TRUE(loaded(valid_and({"status_page: " + address})).status_page.has_value()) << address;
  for (const std::string address :
       {"0.0.0.0:8321", "'[::]:8321'", "192.0.2.1:8321", "example.com:80"})
    EXPECT_THAT(problems(valid_and({"status_page: " + address})),
                ElementsAre(HasSubstr("is no loopback address, and the page asks for no password")))
        << address;
}

TEST_F(ConfigValues, TheMetricsFileIsOneThatNodeExporterReads) {
  EXPECT_THAT(problems(valid_and({"metrics: { textfile: /tmp/referrald.txt }"})),
              ElementsAre(StartsWith("DIR/referrald.yaml:9:22: metrics.textfile: "
                                     "\"/tmp/referrald.txt\" does not end in .prom")));
  EXPECT_THAT(problems(valid_and({"metrics: { textfiles: x.prom }"})),
              ElementsAre(HasSubstr("textfile")));
  EXPECT_THAT(problems(valid_and({"metrics: x.prom"})),
              ElementsAre(StartsWith("DIR/referrald.yaml:9:10: metrics: must be a section")));
}

TEST_F(ConfigValues, EnvironmentVariablesExpandAnywhereInAValue) {
  set_variable("REFERRALD_TEST_HOST", "127.0.0.1");
  set_variable("REFERRALD_TEST_PORT", "8321");
  set_variable("REFERRALD_TEST_BURST", "7");
  const Config config =
      loaded(valid_and({"status_page: ${REFERRALD_TEST_HOST}:${REFERRALD_TEST_PORT}",
                        "submission: { burst: \"${REFERRALD_TEST_BURST}\" }"}));
  EXPECT_EQ(config.status_page, "127.0.0.1:8321");
  EXPECT_EQ(config.submission.burst, 7);
}

TEST_F(ConfigValues, ADoubledDollarStandsForItself) {
  EXPECT_EQ(loaded(valid_but(6, "ledger: sqlite:a$${X}$b$$.db")).ledger, folder_ / "a${X}$b$$.db");
}

TEST_F(ConfigValues, AnExpandedValueIsNotExpandedAgain) {
  set_variable("REFERRALD_TEST_OUTER", "${REFERRALD_TEST_INNER}");
  EXPECT_EQ(loaded(valid_but(6, "ledger: sqlite:${REFERRALD_TEST_OUTER}")).ledger,
            folder_ / "${REFERRALD_TEST_INNER}");
}

TEST_F(ConfigValues, AnUnsetVariableIsNamed) {
  EXPECT_THAT(
      problems(valid_but(6, "ledger: sqlite:${REFERRALD_TEST_UNSET}/ledger.db")),
      ElementsAre("DIR/referrald.yaml:6:9: ledger: \"sqlite:${REFERRALD_TEST_UNSET}/ledger.db"
                  "\" needs the environment variable REFERRALD_TEST_UNSET, which is not set "
                  "(set REFERRALD_TEST_UNSET, or write the value itself)"));
}

TEST_F(ConfigValues, AnEmptyVariableLeavesAnEmptyValue) {
  set_variable("REFERRALD_TEST_EMPTY", "");
  EXPECT_THAT(problems(valid_and({"status_page: ${REFERRALD_TEST_EMPTY}"})),
              ElementsAre(HasSubstr("9:14: status_page: \"${REFERRALD_TEST_EMPTY}\" is empty once "
                                    "expanded")));
}

TEST_F(ConfigValues, AnUnfinishedPlaceholderIsReported) {
  for (const std::string value : {"${", "${A", "${}", "${A B}", "${1A}", "${A-B}"}) {
    EXPECT_THAT(problems(valid_but(6, "ledger: 'sqlite:" + value + "'")),
                ElementsAre(HasSubstr("6:9: ledger: \"sqlite:" + value +
                                      "\" holds a ${ that begins no ${NAME} (names have letters")));
  }
}

TEST_F(ConfigValues, ControlCharactersAreReported) {
  EXPECT_THAT(
      problems(valid_but(6, "ledger: \"sqlite:a\\0b\"")),
      ElementsAre(StartsWith("DIR/referrald.yaml:6:9: ledger: \"sqlite:a?b\" holds a control "
                             "character")));
  EXPECT_THAT(
      problems(valid_and({"status_page: |", "  127.0.0.1:1"})),
      ElementsAre(HasSubstr("9:14: status_page: \"127.0.0.1:1?\" holds a control character")));
}

TEST_F(ConfigValues, ALongValueIsShownInPart) {
  const auto found = problems(valid_and({"status_page: " + std::string(119, 'x') + "üü"}));
  EXPECT_THAT(found, ElementsAre(HasSubstr(": \"" + std::string(119, 'x') + "…\" is not")));
}

TEST_F(ConfigValues, AnUnusualButValidFileHasNoProblems) {
  EXPECT_THAT(problems(valid_but(3, "    tenant: \"contoso.onmicrosoft.com\"  # quoted is fine")),
              IsEmpty());
  EXPECT_THAT(problems(valid_and({"submission:", "  timeout: \"30s\""})), IsEmpty());
}

}  // namespace
}  // namespace referrald::config
