#include "mapping/proposal/detect.hpp"

#include <gmock/gmock.h>

namespace referrald::mapping {
namespace {

using testing::ElementsAre;
using Certainty = DateGuess::Certainty;
using Strings = std::vector<std::string>;

TEST(GuessDate, FindsTheOneFormatThatFitsAllCells) {
  struct {
    Strings values;
    const char* format;
  } const cases[] = {
      {{"2026-03-31", "2026-04-01T10:00:00Z"}, ""},
      {{"3/31/2026", "4/1/2026"}, "%m/%d/%Y"},
      {{"31/3/2026", "1/4/2026"}, "%d/%m/%Y"},
      {{"31.03.2026", "01.04.2026"}, "%d.%m.%Y"},
      {{"03.04.2026"}, "%d.%m.%Y"},
      {{"2026/03/31"}, "%Y/%m/%d"},
      {{"20260331"}, "%Y%m%d"},
      {{"3/31/2026 12:00 AM", "4/1/2026 1:30 PM"}, "%m/%d/%Y %I:%M %p"},
      {{"31.03.2026 14:30"}, "%d.%m.%Y %H:%M"},
      {{"Mar 31, 2026"}, "%b %d, %Y"},
  };
  for (const auto& one : cases) {
    const auto guess = guess_date(one.values);
    EXPECT_EQ(guess.certainty, Certainty::certain) << one.values[0];
    EXPECT_EQ(guess.format, one.format) << one.values[0];
  }
}

TEST(GuessDate, NeverChoosesBetweenDayAndMonth) {
  const auto guess = guess_date(Strings{"03/04/2026", "05/06/2026"});
  EXPECT_EQ(guess.certainty, Certainty::ambiguous);
  EXPECT_THAT(guess.alternatives, ElementsAre("%m/%d/%Y", "%d/%m/%Y"));
}

TEST(GuessDate, DoesNotChooseEvenWhereBothReadingsAreTheSameDays) {
  EXPECT_EQ(guess_date(Strings{"01/01/2026", "03/03/2026"}).certainty, Certainty::ambiguous);
}

TEST(GuessDate, GivesUpOnOtherText) {
  EXPECT_EQ(guess_date(Strings{"soon"}).certainty, Certainty::none);
  EXPECT_EQ(guess_date(Strings{"3/31/2026", "soon"}).certainty, Certainty::none);
  EXPECT_EQ(guess_date(Strings{}).certainty, Certainty::none);
}

TEST(GuessDate, TellsTimesThatNeedAZone) {
  EXPECT_TRUE(guess_date(Strings{"2026-03-31 10:00"}).local_time);
  EXPECT_TRUE(guess_date(Strings{"31.03.2026 10:00"}).local_time);
  EXPECT_FALSE(guess_date(Strings{"2026-03-31"}).local_time);
  EXPECT_FALSE(guess_date(Strings{"2026-03-31T10:00:00.000+0000"}).local_time);
}

TEST(GuessLocale, GoesByTheDecimalSign) {
  EXPECT_EQ(guess_locale(Strings{"1,234.50", "12"}).locale, "en-US");
  EXPECT_EQ(guess_locale(Strings{"1.234,50", "12"}).locale, "de-DE");
  EXPECT_EQ(guess_locale(Strings{"1 234,50", "12"}).locale, "fr-FR");
  EXPECT_EQ(guess_locale(Strings{"12,34,567.5"}).locale, "en-IN");
  EXPECT_EQ(guess_locale(Strings{"12", "13"}).locale, "en-US");
}

TEST(GuessLocale, CountsWhatItCannotTell) {
  for (const char* value : {"1.500", "1,500"}) {
    const auto thousands = guess_locale(Strings{value, "12"});
    EXPECT_TRUE(thousands.thousands_or_decimals) << value;
    EXPECT_EQ(thousands.locale, "en-US") << value;
  }
  EXPECT_FALSE(guess_locale(Strings{"1.500", "2,50"}).thousands_or_decimals);
  EXPECT_EQ(guess_locale(Strings{"1.500", "2,50"}).locale, "de-DE");
  EXPECT_FALSE(guess_locale(Strings{"1.234.567"}).thousands_or_decimals);
  const auto words = guess_locale(Strings{"12.5", "a lot"});
  EXPECT_EQ(words.locale, "en-US");
  EXPECT_EQ(words.unread, 1U);
}

}  // namespace
}  // namespace referrald::mapping
