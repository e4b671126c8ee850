#include "daemon/log_folding.hpp"

#include <thread>

#include <gmock/gmock.h>

#include "daemon/log_context.hpp"
#include "daemon/recording_log.hpp"

namespace referrald {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class FoldingLogTest : public testing::Test {
 protected:
  std::size_t lines() const { return kept_.lines().size(); }
  std::string last() const { return kept_.lines().back(); }
  void throttled(int status, int pause) {
    log_.write("service-throttles", {{"http_status", status}, {"pause_ms", pause}});
  }

  RecordingLog kept_;
  FoldingLog::Time now_{1'000h};
  FoldingLog log_{kept_, [this] { return now_; }};
};

TEST_F(FoldingLogTest, TheFirstIsWrittenAtOnceAndTheOthersAreToldWhenTheWindowEnds) {
  throttled(429, 1);
  EXPECT_THAT(kept_.lines(), ElementsAre("warning the service throttles; pausing "
                                         "event=service-throttles http_status=429 pause_ms=1"));
  now_ += 1min;
  throttled(429, 2);
  now_ += 1min;
  throttled(429, 3);
  log_.tick();
  EXPECT_EQ(lines(), 1U);
  now_ += 8min;
  log_.tick();
  EXPECT_EQ(last(),
            "warning the service throttles; pausing (repeated 2 times) event=service-throttles "
            "http_status=429 pause_ms=3 repeated=2");
  log_.tick();
  EXPECT_EQ(lines(), 2U);
}

TEST_F(FoldingLogTest, WhatGoesOnIsToldOnceInEachWindow) {
  for (int second = 0; second < 3'600; ++second) {
    throttled(429, 1);
    now_ += 1s;
  }
  EXPECT_EQ(lines(), 6U);
  EXPECT_THAT(last(), HasSubstr("repeated=600"));
  log_.flush();
  EXPECT_EQ(lines(), 7U);
  std::uint64_t told = 1;
  for (const std::string& line : kept_.lines())
    if (const auto at = line.find("repeated="); at != std::string::npos)
      told += std::stoull(line.substr(at + 9));
  EXPECT_EQ(told, 3'600U) << "none is lost";
}

TEST_F(FoldingLogTest, AfterAQuietWindowTheNextIsAFirstOne) {
  throttled(429, 1);
  now_ += 10min;
  throttled(429, 2);
  EXPECT_THAT(last(), testing::EndsWith("pause_ms=2"));
  EXPECT_EQ(lines(), 2U);
}

TEST_F(FoldingLogTest, WhatHasAnotherCauseIsAnotherFailure) {
  throttled(429, 1);
  throttled(509, 1);
  log_.write("look-failed", {{"reason", "status 503"}});
  log_.write("look-failed", {{"reason", "no answer in time"}});
  log_.write_words("command-failed", "one");
  log_.write_words("command-failed", "other");
  log_.write_words("command-failed", "one");
  EXPECT_EQ(lines(), 6U);
  log_.flush();
  EXPECT_EQ(lines(), 7U);
  EXPECT_EQ(last(), "error one (repeated 1 time) event=command-failed repeated=1");
}

TEST_F(FoldingLogTest, TheStoryIsNotFolded) {
  for (int i = 0; i < 3; ++i) {
    log_.write("export-archived", {{"export", "leads.csv"}});
    log_.write("look-started", {{"rows", 1}});
  }
  EXPECT_EQ(lines(), 6U);
  log_.flush();
  EXPECT_EQ(lines(), 6U);
}

TEST_F(FoldingLogTest, ItsEndTellsWhatIsLeft) {
  {
    FoldingLog log(kept_, [this] { return now_; });
    log.write("look-failed", {{"reason", "x"}});
    log.write("look-failed", {{"reason", "x"}});
  }
  EXPECT_THAT(last(), HasSubstr("repeated=1"));
}

// A run folds its own failures, the service those of its runs.
TEST_F(FoldingLogTest, OneInsideAnotherCountsEachLineOnce) {
  for (int run = 1; run <= 3; ++run) {
    FoldingLog inner(log_, [this] { return now_; });
    ContextLog of_run(inner, {{"run_id", run}});
    for (int i = 0; i < 4; ++i) of_run.write("look-failed", {{"reason", "x"}});
    now_ += 1min;
  }
  EXPECT_EQ(lines(), 1U);
  log_.flush();
  EXPECT_EQ(last(),
            "warning doubtful rows could not be looked for (repeated 11 times) event=look-failed "
            "reason=x run_id=3 repeated=11");
}

TEST_F(FoldingLogTest, WhatIsBelowTheLevelIsNotCounted) {
  RecordingLog quiet(LogLevel::error);
  FoldingLog log(quiet, [this] { return now_; });
  log.write("look-failed", {{"reason", "x"}});
  log.write("look-failed", {{"reason", "x"}});
  log.flush();
  EXPECT_THAT(quiet.lines(), IsEmpty());
}

TEST_F(FoldingLogTest, ManyThreadsLoseNothing) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([this] {
      for (int j = 0; j < 250; ++j) log_.write("look-failed", {{"reason", "x"}});
    });
  for (auto& thread : threads) thread.join();
  log_.flush();
  ASSERT_THAT(kept_.lines(), SizeIs(2));
  EXPECT_THAT(last(), HasSubstr("repeated=999"));
}

TEST(ContextLog, AddsItsFieldsBehindTheLinesOwnWhichGoFirst) {
  RecordingLog kept;
  std::string source = "leads";
  ContextLog log(kept, {{"run_id", 7}, {"source", source}});
  source = "gone!";
  log.write("export-archived", {{"export", "a.csv"}});
  log.write("export-archived", {{"source", "other"}});
  EXPECT_THAT(kept.lines(),
              ElementsAre("info export archived event=export-archived export=a.csv run_id=7 "
                          "source=leads",
                          "info export archived event=export-archived source=other run_id=7"));
}

}  // namespace
}  // namespace referrald
