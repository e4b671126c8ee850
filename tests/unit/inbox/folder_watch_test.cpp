// Against the kernel's inotify.
#include "daemon/inbox/folder_watch.hpp"

#include <fstream>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "tests/support/temporary_folder.hpp"

namespace referrald::inbox {
namespace {

namespace fs = std::filesystem;

class FolderWatchTest : public ::testing::Test {
 protected:
  FolderWatchTest() {
    fs::create_directories(in_);
    watch_->on_event([this](const FolderEvent& event) { events_.push_back(event); });
  }

  // Waits until such an event has come; the kernel owes it.
  bool until(const std::function<bool(const FolderEvent&)>& wanted) {
    for (;;) {
      for (const auto& event : events_)
        if (wanted(event)) return true;
      if (io_.run_one() == 0) return false;
    }
  }

  boost::asio::io_context io_;
  test::TemporaryFolder folder_;
  fs::path in_ = folder_.path() / "in";
  std::unique_ptr<FolderWatch> watch_ = make_folder_watch(io_.get_executor());
  std::vector<FolderEvent> events_;
};

TEST_F(FolderWatchTest, TellsOfAFileThatIsWritten) {
  ASSERT_TRUE(watch_->watch(in_));
  std::ofstream(in_ / "a.csv") << "a";
  EXPECT_TRUE(until([&](const FolderEvent& event) {
    return event.folder == in_ && event.name == "a.csv" && !event.moved_in;
  }));
}

TEST_F(FolderWatchTest, TellsARenameIntoPlaceFromThat) {
  std::ofstream(folder_.path() / "a.tmp") << "a";
  ASSERT_TRUE(watch_->watch(in_));
  fs::rename(folder_.path() / "a.tmp", in_ / "a.csv");
  EXPECT_TRUE(
      until([&](const FolderEvent& event) { return event.name == "a.csv" && event.moved_in; }));
}

TEST_F(FolderWatchTest, AMissingFolderCannotBeWatchedUntilItIsThere) {
  fs::remove(in_);
  EXPECT_FALSE(watch_->watch(in_));
  fs::create_directories(in_);
  EXPECT_TRUE(watch_->watch(in_));
}

TEST_F(FolderWatchTest, AFolderThatCameBackIsWatchedAfresh) {
  ASSERT_TRUE(watch_->watch(in_));
  fs::remove(in_);
  EXPECT_TRUE(until([&](const FolderEvent& event) { return event.folder == in_; }));
  fs::create_directories(in_);
  // The kernel's last word on the old folder may still be on its way.
  while (io_.poll_one() > 0) {
  }
  ASSERT_TRUE(watch_->watch(in_));
  events_.clear();
  std::ofstream(in_ / "a.csv") << "a";
  EXPECT_TRUE(until([&](const FolderEvent& event) { return event.name == "a.csv"; }));
}

TEST_F(FolderWatchTest, StoppedItLetsTheLoopEnd) {
  ASSERT_TRUE(watch_->watch(in_));
  watch_->stop();
  io_.run();
  SUCCEED();
}

}  // namespace
}  // namespace referrald::inbox
