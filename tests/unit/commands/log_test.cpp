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

TEST_F(LogFile, TextHasTimeLevelMessageAndFields) {
  const auto log = make_log(LogLevel::info, LogFormat::text, console_);
  log->info("row created", {{"external_id", "LEAD 1"}, {"attempt", 1}, {"ok", true}});
  EXPECT_THAT(content(),
              MatchesRegex("20[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+Z info    row created "
                           "external_id=\"LEAD 1\" attempt=1 ok=true\n"));
}

TEST_F(LogFile, TextToTheJournalsStreamHasAPriorityAndNoTime) {
  make_console_the_journals_stream();
  const auto log = make_log(LogLevel::debug, LogFormat::text, console_);
  log->error("cannot go on");
  log->warning("slow");
  log->info("started");
  log->debug("row");
  EXPECT_EQ(content(),
            "<3>error   cannot go on\n<4>warning slow\n<6>info    started\n<7>debug   row\n");
}

TEST_F(LogFile, JsonIsOneObjectALine) {
  const auto log = make_log(LogLevel::trace, LogFormat::json, console_);
  log->warning("it said \"no\"", {{"n", std::uint64_t{18'446'744'073'709'551'615U}},
                                  {"rate", 0.5},
                                  {"nan", std::nan("")},
                                  {"id", "a\nb"},
                                  {"level", "x"}});
  EXPECT_THAT(content(),
              MatchesRegex("\\{\"time\":\"[-0-9]+T[0-9:]+\\.[0-9][0-9][0-9]Z\",\"level\":"
                           "\"warning\",\"message\":\"it said .\"no.\"\",\"n\":"
                           "18446744073709551615,\"rate\":0.5,\"nan\":null,\"id\":"
                           "\"a.nb\",\"level_\":\"x\"\\}\n"));
}

TEST_F(LogFile, NothingBelowTheLevelIsWritten) {
  const auto log = make_log(LogLevel::warning, LogFormat::text, console_);
  log->info("row created");
  log->debug("row created");
  EXPECT_EQ(content(), "");
  EXPECT_TRUE(log->enabled(LogLevel::error));
  EXPECT_FALSE(log->enabled(LogLevel::info));
}

TEST_F(LogFile, NoLineHoldsARawLineBreakOrEscape) {
  const auto log = make_log(LogLevel::info, LogFormat::text, console_);
  log->info("one\nerror forged", {{"id", "x\n2026 error forged \x1b[2J"}});
  const std::string text = content();
  EXPECT_EQ(std::ranges::count(text, '\n'), 1);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_THAT(text, testing::HasSubstr("one\\nerror forged id=\"x\\n2026 error forged \\x1b[2J\""));
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
  log->info("row created");
  EXPECT_THAT(content(), testing::EndsWith("info    row created\n"));
}

TEST(JournalFields, HaveAPrefixAndNeverSplit) {
  const Field fields[] = {{"external_id", "A\nPRIORITY=0"}, {"attempt", 2}};
  EXPECT_EQ(journal_of("row created", fields),
            "MESSAGE=row created external_id=\"A\\nPRIORITY=0\" attempt=2\n"
            "REFERRALD_EXTERNAL_ID=A\\nPRIORITY=0\n"
            "REFERRALD_ATTEMPT=2");
}

TEST(RecordingLog, KeepsLevelMessageAndFields) {
  RecordingLog log(LogLevel::info);
  const std::string id = "7";
  log.info("row created", {{"external_id", id}, {"negative", -1}, {"size", id.size()}});
  log.debug("not kept");
  EXPECT_THAT(log.lines(), ElementsAre("info row created external_id=7 negative=-1 size=1"));
}

}  // namespace
}  // namespace referrald
