#include "daemon/output.hpp"

#include <array>
#include <csignal>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "daemon/exit.hpp"

namespace referrald {
namespace {

TEST(Output, WritesWhatIsFlushed) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  Output out(ends[1]);
  out.write("one ");
  out.write("two");
  out.flush();
  ::close(ends[1]);
  std::array<char, 16> buffer{};
  ASSERT_EQ(::read(ends[0], buffer.data(), buffer.size()), 7);
  EXPECT_STREQ(buffer.data(), "one two");
  ::close(ends[0]);
}

TEST(Output, AFullDiskIsAnError) {
  const int fd = ::open("/dev/full", O_WRONLY);
  Output out(fd);
  out.write("data");
  try {
    out.flush();
    FAIL() << "the loss went unnoticed";
  } catch (const CommandError& error) {
    EXPECT_EQ(error.exit(), Exit::cannot_write);
    EXPECT_STREQ(error.what(), "cannot write to standard output: No space left on device");
  }
  EXPECT_NO_THROW(out.flush()) << "the loss is told once";
  ::close(fd);
}

TEST(Output, AReaderThatHasGoneIsNoErrorAndEndsLongOutput) {
  std::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  ::close(ends[0]);
  Output out(ends[1]);
  EXPECT_NO_THROW(out.stop_if_gone());
  out.write("data");
  EXPECT_NO_THROW(out.flush());
  EXPECT_THROW(out.stop_if_gone(), ReaderGone);
  out.write("more");
  EXPECT_NO_THROW(out.flush());
  ::close(ends[1]);
}

}  // namespace
}  // namespace referrald
