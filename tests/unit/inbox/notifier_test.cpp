// With real commands.
#include "daemon/inbox/notifier.hpp"

#include <csignal>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/recording_log.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/virtual_clock.hpp"

namespace referrald::inbox {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

Notice notice(const std::string& message = "Partner Center says \"no\"\n") {
  return {Notice::Kind::trouble, "service", message, 0, test::VirtualClock::default_start};
}

class NotifierTest : public ::testing::Test {
 protected:
  NotifierTest() {
    std::signal(SIGPIPE, SIG_IGN);
    EXPECT_EQ(::mkfifo(pipe().c_str(), 0600), 0);
  }
  std::string pipe() const { return (folder_ / "pipe").string(); }
  // What the command says when it has done its work: reading it waits for that.
  std::string done() const { return test::content_of(pipe()); }

  test::TemporaryFolder folder_;
  RecordingLog log_;
};

TEST_F(NotifierTest, WhatItWasToldIsToldBeforeItEnds) {
  {
    const auto notifier = make_notifier("cat >> " + (folder_ / "told").string(), 60s, log_);
    for (const char* message : {"one", "two", "three"}) notifier->tell(notice(message));
  }
  const std::string told = test::content_of((folder_ / "told").string());
  for (const char* message : {"one", "two", "three"}) EXPECT_NE(told.find(message), told.npos);
}

TEST_F(NotifierTest, TheCommandGetsTheNoticeAsJson) {
  const auto notifier = make_notifier("cat > " + pipe(), 60s, log_);
  notifier->tell(notice());
  const auto object = boost::json::parse(done()).as_object();
  EXPECT_EQ(object.at("event"), "trouble");
  EXPECT_EQ(object.at("subject"), "service");
  EXPECT_EQ(object.at("message"), "Partner Center says \"no\"\n");
  EXPECT_EQ(object.at("time"), "2026-11-22T10:00:00.000Z");
  EXPECT_FALSE(object.contains("rows"));
}

TEST_F(NotifierTest, OneAfterAnother) {
  const auto notifier = make_notifier("cat > " + pipe(), 60s, log_);
  notifier->tell({Notice::Kind::needs_person, "rows", "7 rows", 7, {}});
  notifier->tell({Notice::Kind::recovered, "rows", "well", 0, {}});
  EXPECT_EQ(boost::json::parse(done()).at("rows"), 7);
  EXPECT_EQ(boost::json::parse(done()).at("event"), "recovered");
}

TEST_F(NotifierTest, AFailingCommandIsLoggedAndTheNextOneIsRun) {
  {
    const auto notifier =
        make_notifier("if grep -q first; then exit 3; fi; echo done > " + pipe(), 60s, log_);
    notifier->tell(notice("first"));
    notifier->tell(notice("second"));
    EXPECT_EQ(done(), "done\n");
  }
  EXPECT_THAT(
      log_.lines(),
      ElementsAre(
          "error notify.command failed event=notify-failed notice=trouble reason=\"it ended "
          "with 3\""));
}

TEST_F(NotifierTest, OneThatReadsNothingDoesNoHarm) {
  {
    const auto notifier = make_notifier("exec <&-; echo done > " + pipe(), 60s, log_);
    notifier->tell(notice());
    EXPECT_EQ(done(), "done\n");
  }
  EXPECT_THAT(log_.lines(), IsEmpty());
}

TEST_F(NotifierTest, OneThatHangsIsKilledWithAllItsChildren) {
  {
    const auto notifier = make_notifier(
        "if grep -q first; then sleep 1000 | cat; fi; echo done > " + pipe(), 50ms, log_);
    notifier->tell(notice("first"));
    const auto until = std::chrono::steady_clock::now() + 60s;
    while (log_.lines().empty() && std::chrono::steady_clock::now() < until)
      std::this_thread::yield();
  }
  EXPECT_THAT(
      log_.lines(),
      ElementsAre("error notify.command failed event=notify-failed notice=trouble reason=\"it took "
                  "too long and was killed\""));
}

}  // namespace
}  // namespace referrald::inbox
