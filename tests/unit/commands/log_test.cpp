#include "daemon/log.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/recording_log.hpp"
#include "tests/support/temporary_folder.hpp"

namespace referrald {
namespace {

using testing::ElementsAre;
using testing::MatchesRegex;

// A console on a file, whose lines can be read.
class LogFile : public testing::Test {
 protected:
  LogFile()
      : fd_(::open((folder_.path() / "log").c_str(), O_CREAT | O_RDWR | O_APPEND, 0600)),
        console_(fd_) {}
  ~LogFile() override {
    ::close(fd_);
    ::unsetenv("JOURNAL_STREAM");
  }

  std::string content() const { return test::content_of(folder_.path() / "log"); }

  // As systemd announces that a stream is the journal's.
  void make_console_the_journals_stream() const {
    struct stat info {};
    ASSERT_EQ(::fstat(fd_, &info), 0);
    const std::string name = std::to_string(info.st_dev) + ':' + std::to_string(info.st_ino);
    ::setenv("JOURNAL_STREAM", name.c_str(), 1);
  }

  test::TemporaryFolder folder_;
  int fd_;
  Console console_;
};

TEST_F(LogFile, TextHasTimeLevelMessageEventAndFields) {
  const auto log = make_log(LogLevel::info, LogFormat::text, console_);
  log->write("run-finished", {{"created", 12}, {"limit_reached", true}, {"command", "a b"}});
  EXPECT_THAT(content(),
              MatchesRegex("20[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+Z info    run finished "
                           "event=run-finished created=12 limit_reached=true command=\"a b\"\n"));
}

TEST_F(LogFile, TextToTheJournalsStreamHasAPriorityAndNoTime) {
  make_console_the_journals_stream();
  const auto log = make_log(LogLevel::debug, LogFormat::text, console_);
  log->write_words("command-failed", "cannot go on");
  log->write("rows-left-in-doubt");
  log->write("run-started");
  log->write("row-found");
  EXPECT_EQ(content(),
            "<3>error   cannot go on event=command-failed\n"
            "<4>warning rows are left in doubt event=rows-left-in-doubt\n"
            "<6>info    run started event=run-started\n"
            "<7>debug   row in doubt found event=row-found\n");
}

TEST_F(LogFile, JsonIsOneObjectALine) {
  const auto log = make_log(LogLevel::trace, LogFormat::json, console_);
  log->write_words("export-remark", "it said \"no\"",
                   {{"rows", std::uint64_t{18'446'744'073'709'551'615U}},
                    {"per_minute", 0.5},
                    {"seconds_left", std::nan("")},
                    {"external_reference_id", "a\nb"}});
  EXPECT_THAT(content(),
              MatchesRegex("\\{\"time\":\"[-0-9]+T[0-9:]+\\.[0-9][0-9][0-9]Z\",\"level\":"
                           "\"warning\",\"event\":\"export-remark\",\"message\":\"it said .\"no.\""
                           "\",\"rows\":18446744073709551615,\"per_minute\":0.5,\"seconds_left\":"
                           "null,\"external_reference_id\":\"a.nb\"\\}\n"));
}

TEST_F(LogFile, AFieldWithoutAValueIsNotWritten) {
  const auto log = make_log(LogLevel::trace, LogFormat::text, console_);
  log->write("row-attempted", {{"code", ""},
                               {"http_status", std::optional<int>()},
                               {"attempt", std::optional<int>(0)},
                               {"state", std::optional<std::string>("synced")}});
  EXPECT_THAT(content(),
              testing::EndsWith("row attempted event=row-attempted attempt=0 state=synced\n"));
}

TEST_F(LogFile, NothingBelowTheLevelIsWritten) {
  const auto log = make_log(LogLevel::warning, LogFormat::text, console_);
  log->write("run-started");
  log->write("row-found");
  EXPECT_EQ(content(), "");
  EXPECT_TRUE(log->enabled(LogLevel::error));
  EXPECT_FALSE(log->enabled(LogLevel::info));
  EXPECT_TRUE(log->enabled("rows-left-in-doubt"));
  EXPECT_FALSE(log->enabled("run-started"));
}

TEST_F(LogFile, NoLineHoldsARawLineBreakOrEscape) {
  const auto log = make_log(LogLevel::info, LogFormat::text, console_);
  log->write_words("export-remark", "one\nerror forged",
                   {{"external_reference_id", "x\n2026 error forged \x1b[2J"}});
  const std::string text = content();
  EXPECT_EQ(std::ranges::count(text, '\n'), 1);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_THAT(text, testing::HasSubstr("one\\nerror forged event=export-remark "
                                       "external_reference_id=\"x\\n2026 error forged \\x1b[2J\""));
}

TEST_F(LogFile, AutoMeansJournalOnlyWhenStandardErrorIsTheJournals) {
  EXPECT_EQ(resolve(LogFormat::automatic, console_), LogFormat::text);
  ::setenv("JOURNAL_STREAM", "1:2", 1);  // another process's stream
  EXPECT_EQ(resolve(LogFormat::automatic, console_), LogFormat::text);
  make_console_the_journals_stream();
  EXPECT_EQ(resolve(LogFormat::automatic, console_), LogFormat::journal);
  EXPECT_EQ(resolve(LogFormat::json, console_), LogFormat::json);
}

TEST_F(LogFile, AJournalThatIsNotThereLosesNothing) {
  if (::access("/run/systemd/journal/socket", W_OK) == 0) GTEST_SKIP() << "there is one";
  const auto log = make_log(LogLevel::info, LogFormat::journal, console_);
  log->write("run-started");
  EXPECT_THAT(content(), testing::EndsWith("info    run started event=run-started\n"));
}

TEST(JournalFields, AreInUpperCaseAndNeverSplit) {
  const Field fields[] = {
      {"external_reference_id", "A\nPRIORITY=0"}, {"attempt", 2}, {"code", std::string()}};
  EXPECT_EQ(journal_of({"row-attempted", "row attempted", fields}),
            "MESSAGE=row attempted event=row-attempted external_reference_id=\"A\\nPRIORITY=0\" "
            "attempt=2\n"
            "EVENT=row-attempted\n"
            "EXTERNAL_REFERENCE_ID=A\\nPRIORITY=0\n"
            "ATTEMPT=2");
}

TEST(RecordingLog, KeepsLevelMessageAndFields) {
  RecordingLog log(LogLevel::info);
  const std::string id = "7";
  log.write("referral-changed", {{"external_reference_id", id}, {"content", false}});
  log.write("row-found");
  EXPECT_THAT(log.lines(), ElementsAre("info changed at Partner Center event=referral-changed "
                                       "external_reference_id=7 content=false"));
}

TEST(RecordingLog, RefusesAFieldThatTheCatalogueDoesNotTellOf) {
  RecordingLog log;
  EXPECT_THROW(log.write("run-started", {{"signal", 15}}), std::logic_error);
}

}  // namespace
}  // namespace referrald
