#include <chrono>

#include "tests/unit/config/fixture.hpp"

namespace referrald::config {
namespace {

using namespace std::chrono_literals;
using ConfigDefaults = ConfigTest;

TEST_F(ConfigDefaults, HoldForWhatIsAbsent) {
  const Config config = loaded(valid());
  EXPECT_EQ(config.file, folder_ / "referrald.yaml");
  EXPECT_EQ(config.partner_center.url, "https://api.partner.microsoft.com");
  EXPECT_EQ(config.partner_center.ca_file, std::nullopt);
  EXPECT_EQ(config.partner_center.auth.authority, "https://login.microsoftonline.com");
  EXPECT_EQ(config.partner_center.auth.tenant, "contoso.onmicrosoft.com");
  EXPECT_EQ(config.partner_center.auth.client_id, "00000000-0000-0000-0000-000000000000");
  EXPECT_FALSE(config.partner_center.auth.client_secret.has_value());
  EXPECT_EQ(config.partner_center.auth.refresh_token, folder_ / "token");
  EXPECT_EQ(config.ledger, folder_ / "ledger.db");
  EXPECT_EQ(config.submission.rate, Rate{1.0});
  EXPECT_EQ(config.submission.burst, 5);
  EXPECT_EQ(config.submission.daily_budget, std::nullopt);
  EXPECT_EQ(config.submission.connections, 4);
  EXPECT_EQ(config.submission.timeout, 30s);
  EXPECT_EQ(config.submission.retry.attempts, 8);
  EXPECT_EQ(config.submission.retry.initial, 1s);
  EXPECT_EQ(config.submission.retry.max, 5min);
  EXPECT_EQ(config.submission.reconcile.looks, 2);
  EXPECT_EQ(config.submission.reconcile.apart, 30s);
  EXPECT_FALSE(config.guard.has_value());
  ASSERT_EQ(config.sources.size(), 1U);
  EXPECT_EQ(config.sources[0].name, "leads");
  EXPECT_EQ(config.sources[0].exports, folder_ / "leads/*");
  EXPECT_EQ(config.sources[0].mapping, folder_ / "lead.yaml");
  EXPECT_EQ(config.sources[0].schedule, "on arrival");
  EXPECT_EQ(config.sources[0].settle, 10s);
  EXPECT_EQ(config.sources[0].archive, std::nullopt);
  EXPECT_EQ(config.sources[0].place.line, 8);
  EXPECT_EQ(config.sources[0].place.column, 5);
  EXPECT_EQ(config.status_page, std::nullopt);
  EXPECT_EQ(config.metrics.textfile, std::nullopt);
  EXPECT_EQ(config.log.level, LogLevel::info);
  EXPECT_EQ(config.log.format, LogFormat::automatic);
}

TEST_F(ConfigDefaults, GiveWayToWhatIsWritten) {
  write("ca.pem", "a comment\n-----BEGIN CERTIFICATE-----\n");
  write("secret", "hunter2");
  const Config config = loaded({
      "partner_center:",
      "  url: http://127.0.0.1:8080/",
      "  ca_file: ca.pem",
      "  auth:",
      "    authority: https://login.example:8443",
      "    tenant: t",
      "    client_id: c",
      "    client_secret: { file: secret }",
      "    refresh_token: { file: /var/lib/referrald/refresh-token }",
      "ledger: sqlite:/var/lib/referrald/ledger.db",
      "submission:",
      "  rate: 2.5/s",
      "  burst: 1",
      "  daily_budget: 5000",
      "  connections: 1000",
      "  timeout: 250ms",
      "  retry: { attempts: 1, initial: 5s, max: 5s }",
      "  reconcile: { looks: 3, apart: 0s }",
      "guard: { max_creates: 0, max_changed: 2.5% }",
      "sources:",
      "  - name: leads",
      "    exports: /var/spool/leads/*.csv",
      "    mapping: ./lead.yaml",
      "    schedule: daily 02:30",
      "    settle: 0s",
      "    archive: done/",
      "  - { name: A_b.c-2, exports: cdm/, mapping: lead.yaml, schedule: every 15m }",
      "status_page: '[::1]:8321'",
      "metrics: { textfile: metrics/referrald.prom }",
      "log: { level: trace, format: journal }",
  });
  EXPECT_EQ(config.partner_center.url, "http://127.0.0.1:8080");
  EXPECT_EQ(config.partner_center.ca_file, folder_ / "ca.pem");
  EXPECT_EQ(config.partner_center.auth.authority, "https://login.example:8443");
  EXPECT_EQ(config.partner_center.auth.client_secret.value().file, folder_ / "secret");
  EXPECT_EQ(config.partner_center.auth.refresh_token, "/var/lib/referrald/refresh-token");
  EXPECT_EQ(config.ledger, "/var/lib/referrald/ledger.db");
  EXPECT_EQ(config.submission.rate, Rate{2.5});
  EXPECT_EQ(config.submission.burst, 1);
  EXPECT_EQ(config.submission.daily_budget, 5000U);
  EXPECT_EQ(config.submission.connections, 1000);
  EXPECT_EQ(config.submission.timeout, 250ms);
  EXPECT_EQ(config.submission.retry.attempts, 1);
  EXPECT_EQ(config.submission.retry.initial, 5s);
  EXPECT_EQ(config.submission.retry.max, 5s);
  EXPECT_EQ(config.submission.reconcile.looks, 3);
  EXPECT_EQ(config.submission.reconcile.apart, 0s);
  EXPECT_EQ(config.guard.value().max_creates, 0U);
  EXPECT_DOUBLE_EQ(config.guard.value().max_changed.value(), 0.025);
  ASSERT_EQ(config.sources.size(), 2U);
  EXPECT_EQ(config.sources[0].exports, "/var/spool/leads/*.csv");
  EXPECT_EQ(config.sources[0].mapping, folder_ / "lead.yaml");
  EXPECT_EQ(config.sources[0].schedule, "daily 02:30");
  EXPECT_EQ(config.sources[0].settle, 0s);
  EXPECT_EQ(config.sources[0].archive, folder_ / "done");
  EXPECT_EQ(config.sources[1].name, "A_b.c-2");
  EXPECT_EQ(config.sources[1].exports, folder_ / "cdm");
  EXPECT_EQ(config.status_page, "[::1]:8321");
  EXPECT_EQ(config.metrics.textfile, folder_ / "metrics/referrald.prom");
  EXPECT_EQ(config.log.level, LogLevel::trace);
  EXPECT_EQ(config.log.format, LogFormat::journal);
}

TEST_F(ConfigDefaults, AnUnlimitedRateIsNoRate) {
  EXPECT_EQ(loaded(valid_and({"submission: { rate: unlimited }"})).submission.rate, std::nullopt);
}

TEST_F(ConfigDefaults, AGuardMayLimitOneThingOnly) {
  const Config config = loaded(valid_and({"guard: { max_creates: 7 }"}));
  EXPECT_EQ(config.guard.value().max_creates, 7U);
  EXPECT_EQ(config.guard.value().max_changed, std::nullopt);
}

TEST_F(ConfigDefaults, EmptySectionsWrittenAsSuchLeaveTheDefaults) {
  EXPECT_EQ(loaded(valid_and({"submission: {}", "log: {}"})).submission.burst, 5);
}

TEST_F(ConfigDefaults, RelativePathsBeginInTheFolderOfTheFile) {
  write("conf/lead.yaml", "");
  Lines lines = valid_but(6, "ledger: sqlite:../data/ledger.db");
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  Problems problems;
  const auto config = load_config(write("conf/referrald.yaml", text), problems);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->ledger, folder_ / "data/ledger.db");
  EXPECT_EQ(config->sources[0].mapping, folder_ / "conf/lead.yaml");
}

// The shipped file must load as it is once what it names exists, and must have a guard.
TEST_F(ConfigDefaults, TheShippedFileIsValidAndGuarded) {
  std::ifstream shipped(REFERRALD_SOURCE_DIR "/config/referrald.yaml");
  ASSERT_TRUE(shipped);
  Lines lines;
  for (std::string line; std::getline(shipped, line);) lines.push_back(line);
  write("mappings/dynamics-lead.yaml", "");
  write("credentials/client-secret", "hunter2");
  set_variable("CREDENTIALS_DIRECTORY", (folder_ / "credentials").string());
  const Config config = loaded(lines);
  ASSERT_TRUE(config.guard.has_value());
  EXPECT_TRUE(config.guard->max_creates.has_value());
  EXPECT_TRUE(config.guard->max_changed.has_value());
  EXPECT_EQ(config.partner_center.auth.client_secret.value().file,
            folder_ / "credentials/client-secret");
  EXPECT_EQ(config.sources.size(), 1U);
}

}  // namespace
}  // namespace referrald::config
