#include "daemon/status_page/metrics.hpp"

#include <cstdlib>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "daemon/status_page/exposition.hpp"
#include "daemon/status_page/textfile.hpp"
#include "tests/support/scripted_snapshot.hpp"
#include "tests/support/temporary_folder.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
using namespace status_page;
using persistence::RunSummary;
using submission::CallReport;
using ::testing::HasSubstr;
using ::testing::Not;

CallReport call(CallReport::Operation operation, CallReport::Outcome outcome,
                std::chrono::milliseconds took) {
  return {operation, outcome, took};
}

// "name{label=value,…}" → value.
std::map<std::string, double> samples(const std::string& text) {
  std::map<std::string, double> all;
  each_sample(text, [&](const Sample& sample) {
    std::string key = sample.name;
    for (const auto& [label, value] : sample.labels)
      key += (key.ends_with('}') || key == sample.name ? "{" : ",") + label + "=" + value;
    if (!sample.labels.empty()) key += "}";
    EXPECT_TRUE(all.emplace(key, sample.value).second) << key << " is there twice";
  });
  return all;
}

class TheMetrics : public testing::Test {
 protected:
  std::map<std::string, double> now_told() { return samples(metrics_.text(snapshot_)); }

  Metrics metrics_{{"leads", "opportunities"}};
  Snapshot snapshot_ = busy_snapshot(at_ten);
  TemporaryFolder folder_;
};

TEST_F(TheMetrics, CountRequestsAndTheirDurations) {
  using enum CallReport::Operation;
  using enum CallReport::Outcome;
  metrics_.called(call(create, ok, 300ms));
  metrics_.called(call(create, ok, 300ms));
  metrics_.called(call(create, throttled, 20ms));
  metrics_.called(call(list, no_answer, 30s));
  metrics_.called(call(read, not_sent, 5s));
  auto told = now_told();
  EXPECT_EQ(told["referrald_requests_total{operation=create,outcome=ok}"], 2);
  EXPECT_EQ(told["referrald_requests_total{operation=create,outcome=throttled}"], 1);
  EXPECT_EQ(told["referrald_requests_total{operation=list,outcome=no_answer}"], 1);
  EXPECT_EQ(told["referrald_requests_total{operation=update,outcome=conflict}"], 0);
  EXPECT_EQ(told["referrald_throttles_total"], 1);
  EXPECT_EQ(told["referrald_request_duration_seconds_bucket{le=0.05,operation=create}"], 1);
  EXPECT_EQ(told["referrald_request_duration_seconds_bucket{le=0.5,operation=create}"], 3);
  EXPECT_EQ(told["referrald_request_duration_seconds_count{operation=create}"], 3);
  EXPECT_DOUBLE_EQ(told["referrald_request_duration_seconds_sum{operation=create}"], 0.62);
  EXPECT_EQ(told["referrald_request_duration_seconds_count{operation=read}"], 0)
      << "what was not sent has no duration";
}

TEST_F(TheMetrics, CountTheRowsOfARunOnceHoweverOftenTold) {
  RunSummary so_far;
  so_far.created = 3;
  metrics_.ran(7, "leads", so_far);
  so_far.created = 5;
  so_far.rejected = 1;
  so_far.retries = 2;
  metrics_.ran(7, "leads", so_far);
  metrics_.ran(7, "leads", so_far);
  metrics_.ended("leads", Result::needs_person);
  RunSummary next;
  next.created = 1;
  metrics_.ran(8, "leads", next);
  auto told = now_told();
  EXPECT_EQ(told["referrald_rows_total{outcome=created,source=leads}"], 6);
  EXPECT_EQ(told["referrald_rows_total{outcome=rejected,source=leads}"], 1);
  EXPECT_EQ(told["referrald_rows_total{outcome=created,source=opportunities}"], 0);
  EXPECT_EQ(told["referrald_runs_total{result=needs_person,source=leads}"], 1);
  EXPECT_EQ(told["referrald_retries_total"], 2);
}

TEST_F(TheMetrics, TellWhatTheSnapshotSays) {
  snapshot_ = troubled_snapshot(at_ten);
  auto told = now_told();
  EXPECT_EQ(told["referrald_build_info{version=0.1.0}"], 1);
  EXPECT_EQ(told["referrald_ready"], 0);
  EXPECT_EQ(told["referrald_doing{doing=waiting}"], 1);
  EXPECT_EQ(told["referrald_doing{doing=idle}"], 0);
  EXPECT_EQ(told["referrald_queue_rows{state=pending}"], 3'180);
  EXPECT_EQ(told["referrald_queue_rows{state=closed}"], 1'870);
  EXPECT_EQ(told["referrald_needs_person_rows"], 63);
  EXPECT_EQ(told["referrald_oldest_waiting_row_age_seconds"], 41 * 60);
  EXPECT_EQ(told["referrald_last_success_timestamp_seconds{source=leads}"],
            1'795'341'600 - 12 * 60);
  EXPECT_EQ(told["referrald_last_run_failed{source=opportunities}"], 1);
  EXPECT_EQ(told["referrald_budget_left_calls"], 3'788);
  EXPECT_EQ(told["referrald_rate_calls_per_second"], 0.25);
  EXPECT_EQ(told["referrald_sign_in_expiry_timestamp_seconds{credential=client}"],
            1'795'341'600 + 6 * 86'400);
}

TEST_F(TheMetrics, LeaveOutWhatIsNotKnown) {
  snapshot_.budget.limit.reset();
  snapshot_.sign_in = {};
  for (auto& source : snapshot_.ledger.sources) source.last_success.reset();
  const std::string text = metrics_.text(snapshot_);
  EXPECT_THAT(text, Not(HasSubstr("referrald_budget")));
  EXPECT_THAT(text, Not(HasSubstr("referrald_sign_in_expiry")));
  EXPECT_THAT(text, Not(HasSubstr("referrald_last_success")));
  EXPECT_THAT(text, HasSubstr("referrald_sign_in_present 0"));
}

TEST_F(TheMetrics, HoldNoExternalId) {
  snapshot_ = troubled_snapshot(at_ten);
  const std::string text = metrics_.text(snapshot_);
  EXPECT_THAT(text, Not(HasSubstr("L-20418")));
  EXPECT_THAT(text, Not(HasSubstr(snapshot_.ledger.oldest->external_id)));
}

TEST_F(TheMetrics, EscapeWhatStandsInALabel) {
  Metrics metrics({"a\"b\\c\nd"});
  RunSummary so_far;
  so_far.created = 4;
  metrics.ran(1, "a\"b\\c\nd", so_far);
  EXPECT_EQ(
      samples(metrics.text(snapshot_))["referrald_rows_total{outcome=created,source=a\"b\\c\nd}"],
      4);
}

TEST_F(TheMetrics, AreWhatPromtoolTakes) {
  if (std::system("command -v promtool >/dev/null") != 0)
    GTEST_SKIP() << "SKIPPED: promtool is not there (scripts/install-dependencies.sh test)";
  write_content(folder_ / "metrics", metrics_.text(troubled_snapshot(at_ten)));
  const std::string check = "promtool check metrics < " + (folder_ / "metrics").string();
  EXPECT_EQ(std::system(check.c_str()), 0);
}

TEST_F(TheMetrics, OfOneProcessGoOnWhereThoseOfAnotherStood) {
  const auto file = folder_ / "referrald.prom";
  for (int process = 1; process <= 3; ++process) {
    Metrics metrics({"leads"});
    RunSummary so_far;
    so_far.created = 10;
    so_far.retries = 1;
    metrics.ran(process, "leads", so_far);
    metrics.ended("leads", Result::good);
    metrics.called(call(CallReport::Operation::create, CallReport::Outcome::ok, 2s));
    metrics.resume(read_textfile(file));
    write_textfile(file, metrics, snapshot_);
  }
  auto told = samples(content_of(file));
  EXPECT_EQ(told["referrald_rows_total{outcome=created,source=leads}"], 30);
  EXPECT_EQ(told["referrald_runs_total{result=good,source=leads}"], 3);
  EXPECT_EQ(told["referrald_retries_total"], 3);
  EXPECT_EQ(told["referrald_requests_total{operation=create,outcome=ok}"], 3);
  EXPECT_EQ(told["referrald_request_duration_seconds_count{operation=create}"], 3);
  EXPECT_EQ(told["referrald_request_duration_seconds_sum{operation=create}"], 6);
  EXPECT_EQ(told["referrald_request_duration_seconds_bucket{le=1,operation=create}"], 0);
  EXPECT_EQ(told["referrald_request_duration_seconds_bucket{le=2.5,operation=create}"], 3);
  EXPECT_EQ(told["referrald_build_info{version=0.1.0}"], 1);
}

TEST_F(TheMetrics, BeginAnewWhereTheFileIsDamaged) {
  const auto file = folder_ / "referrald.prom";
  write_content(file,
                "referrald_rows_total{source=\"leads\",outcome=\"created\"} many\n"
                "referrald_rows_total{source=\"leads\" 7\nreferrald_retries_total NaN\n"
                "referrald_retries_total -3\n\x01\x02{{{\nreferrald_throttles_total 4\n"
                "referrald_request_duration_seconds_bucket{operation=\"create\",le=\"1\"} 7\n");
  metrics_.resume(read_textfile(file));
  write_textfile(file, metrics_, snapshot_);
  auto told = samples(content_of(file));
  EXPECT_EQ(told["referrald_rows_total{outcome=created,source=leads}"], 0);
  EXPECT_EQ(told["referrald_retries_total"], 0);
  EXPECT_EQ(told["referrald_throttles_total"], 4);
  EXPECT_EQ(told["referrald_request_duration_seconds_count{operation=create}"], 0);
}

TEST_F(TheMetrics, AreWrittenForAllToReadAndInOneStep) {
  const auto file = folder_ / "referrald.prom";
  const mode_t before = ::umask(077);
  write_textfile(file, metrics_, snapshot_);
  ::umask(before);
  struct stat info {};
  ASSERT_EQ(::stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0644U);
  EXPECT_FALSE(std::filesystem::exists(file.string() + ".new"));
  // Where it cannot be written, the old one stays.
  std::filesystem::create_directory(file.string() + ".new");
  const std::string old = content_of(file);
  EXPECT_THROW(write_textfile(file, metrics_, snapshot_), std::system_error);
  EXPECT_EQ(content_of(file), old);
  EXPECT_THROW(write_textfile(folder_ / "nowhere/referrald.prom", metrics_, snapshot_),
               std::system_error);
}

}  // namespace
}  // namespace referrald::test
