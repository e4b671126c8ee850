#include "daemon/console.hpp"

#include <gmock/gmock.h>

#include "tests/unit/commands/terminal.hpp"

namespace referrald {
namespace {

TEST(Console, LogLinesAppearAboveTheStatus) {
  test::Terminal terminal;
  Console console(terminal.fd());
  console.line("before");
  console.status("sending 1");
  console.line("a warning");
  console.status("sending 2");
  console.clear_status();
  console.line("after");
  EXPECT_EQ(terminal.shown(),
            "before\n\r\x1b[Ksending 1\r\x1b[Ka warning\nsending 1\r\x1b[Ksending 2\r\x1b[K"
            "after\n");
}

TEST(Console, AStatusNeverWraps) {
  test::Terminal terminal;
  Console console(terminal.fd());
  std::string umlauts;
  for (int i = 0; i < 100; ++i) umlauts += "ü";
  console.status(umlauts);
  EXPECT_EQ(terminal.shown(), "\r\x1b[K" + umlauts.substr(0, 2 * 79));
}

TEST(Console, ADumbTerminalShowsNoStatus) {
  test::Terminal terminal("dumb");
  Console console(terminal.fd());
  console.status("sending 1");
  console.line("a line");
  EXPECT_FALSE(console.terminal());
  EXPECT_EQ(terminal.shown(), "a line\n");
}

TEST(Console, TheEndTakesTheStatusAway) {
  test::Terminal terminal;
  { Console(terminal.fd()).status("sending 1"); }
  EXPECT_EQ(terminal.shown(), "\r\x1b[Ksending 1\r\x1b[K");
}

}  // namespace
}  // namespace referrald
