#include <gmock/gmock.h>

#include "daemon/commands/globals.hpp"
#include "daemon/commands/row_format.hpp"

namespace referrald::commands {
namespace {

using namespace std::chrono;
using persistence::Timestamp;

const Timestamp now = sys_days{2026y / November / 22} + 10h + 30min;

TEST(Since, TakesADayAMomentOrHowLongAgo) {
  EXPECT_EQ(parse_since("2026-11-20", now), sys_days{2026y / November / 20});
  EXPECT_EQ(parse_since("2026-11-20T08:15:30Z", now),
            sys_days{2026y / November / 20} + 8h + 15min + 30s);
  EXPECT_EQ(parse_since("2026-11-20T08:15:30.250Z", now),
            sys_days{2026y / November / 20} + 8h + 15min + 30s + 250ms);
  EXPECT_EQ(parse_since("2026-11-20T08:15Z", now), sys_days{2026y / November / 20} + 8h + 15min);
  EXPECT_EQ(parse_since("2026-11-20T08:15:30+02:00", now),
            sys_days{2026y / November / 20} + 6h + 15min + 30s);
  EXPECT_EQ(parse_since("2h", now), now - 2h);
  EXPECT_EQ(parse_since("14d", now), now - 14 * 24h);
}

TEST(Since, RefusesAnythingElseAndSaysWhatToWrite) {
  for (const char* text : {"", "yesterday", "2026-13-01", "2026-02-30", "2026-11-20x", "22.11.2026",
                           "2026-11-20T25:00:00Z", "2026-11-20T08:15:30", "-2h"}) {
    try {
      parse_since(text, now);
      ADD_FAILURE() << text << " was taken";
    } catch (const CommandError& error) {
      EXPECT_EQ(error.exit(), Exit::usage);
      EXPECT_THAT(error.what(), testing::HasSubstr("2026-11-22T10:00:00Z"));
    }
  }
}

TEST(Times, ArePrintedInUtc) {
  EXPECT_EQ(iso_time(now), "2026-11-22T10:30:00Z");
  EXPECT_EQ(iso_time_ms(now + 7ms), "2026-11-22T10:30:00.007Z");
  EXPECT_EQ(relative(now - 65min, now), "1h 05m ago");
  EXPECT_EQ(relative(now + 30s, now), "in 30s");
}

TEST(Reasons, ThatAreNoReasonsMeanADamagedLedger) {
  EXPECT_TRUE(parse_reasons("").empty());
  EXPECT_EQ(parse_reasons(R"([{"code":"bad-number","value":"x"}])").at(0).code, "bad-number");
  EXPECT_THROW(parse_reasons("{}"), persistence::LedgerError);
  EXPECT_THROW(parse_reasons("[{"), persistence::LedgerError);
}

}  // namespace
}  // namespace referrald::commands
