#include "mapping/proposal/detect.hpp"

#include <fmt/format.h>
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

Strings dates_in(std::string_view form, int many) {
  Strings out;
  for (int i = 0; i < many; ++i)
    out.push_back(fmt::format(fmt::runtime(form), fmt::arg("day", i % 28 + 1),
                              fmt::arg("month", i % 12 + 1)));
  return out;
}

TEST(GuessDate, TakesTheFormatOfNearlyAllCellsAndCountsTheOthers) {
  for (const char* other : {"N/A", "29/02/2027", "29.02.2027", "soon", "31.03.2027"}) {
    auto values = dates_in("{day:02}/{month:02}/2027", 40);
    values.insert(values.begin() + 3, other);
    const auto guess = guess_date(values);
    EXPECT_EQ(guess.certainty, Certainty::certain) << other;
    EXPECT_EQ(guess.format, "%d/%m/%Y") << other;
    EXPECT_EQ(guess.unread, 1U) << other;
  }
  auto iso = dates_in("2027-{month:02}-{day:02}", 10);
  iso.push_back("N/A");
  EXPECT_EQ(guess_date(iso).certainty, Certainty::certain);
  EXPECT_EQ(guess_date(iso).format, "");
  EXPECT_EQ(guess_date(iso).unread, 1U);
  // The filter reads ISO 8601 beside every format.
  auto mixed = dates_in("{day:02}.{month:02}.2027", 20);
  mixed.push_back("2027-03-31");
  EXPECT_EQ(guess_date(mixed).format, "%d.%m.%Y");
  EXPECT_EQ(guess_date(mixed).unread, 0U);
}

TEST(GuessDate, IsNotPutOffByAFooterOrOneOddDate) {
  for (const char* odd : {"Grand totals", "N/A", "29.02.2027"}) {
    const auto guess = guess_date(Strings{"12/31/2026", "1/2/2026", "3/4/2026", odd});
    EXPECT_EQ(guess.certainty, Certainty::certain) << odd;
    EXPECT_EQ(guess.format, "%m/%d/%Y") << odd;
    EXPECT_EQ(guess.unread, 1U) << odd;
  }
  auto many = dates_in("{day:02}.{month:02}.2027", 16);
  many.insert(many.end(), {"N/A", "soon"});
  EXPECT_EQ(guess_date(many).format, "%d.%m.%Y");
  EXPECT_EQ(guess_date(Strings{"1/2/2026", "3/4/2026", "5/6/2026", "N/A"}).certainty,
            Certainty::ambiguous);
}

TEST(GuessDate, NeedsMostOfSeveralCells) {
  for (const auto& [dates, others] : {std::pair{2, 1}, {3, 2}, {16, 5}}) {
    auto values = dates_in("{day:02}.{month:02}.2027", dates);
    for (int i = 0; i < others; ++i) values.push_back(fmt::format("soon {}", i));
    EXPECT_EQ(guess_date(values).certainty, Certainty::none) << dates;
  }
  // A spreadsheet may have exchanged the day and month of what it took for a date.
  Strings exchanged{"31.01.2027", "30.01.2027", "29.01.2027", "28.01.2027", "2027-03-02"};
  EXPECT_EQ(guess_date(exchanged).certainty, Certainty::none);
}

TEST(GuessDate, DoesNotChooseTheMoreFrequentOfTwoForms) {
  auto mixed = dates_in("{day:02}/{month:02}/2027", 40);
  mixed.push_back("03/31/2027");
  const auto guess = guess_date(mixed);
  EXPECT_EQ(guess.certainty, Certainty::ambiguous);
  EXPECT_THAT(guess.alternatives, ElementsAre("%d/%m/%Y", "%m/%d/%Y"));
  auto either = dates_in("{month:02}/{month:02}/2027", 12);
  either.push_back("N/A");
  EXPECT_EQ(guess_date(either).certainty, Certainty::ambiguous);
  // Days and months of the first ones were exchanged by a spreadsheet.
  auto saved = dates_in("2027-{month:02}-{day:02}", 20);
  saved.push_back("31/03/2027");
  EXPECT_EQ(guess_date(saved).certainty, Certainty::none);
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
  EXPECT_EQ(guess_locale(Strings{"1.500"}, {}, false).locale, "en-US");
  EXPECT_EQ(guess_locale(Strings{"1.500"}, {}, true).locale, "de-DE");
  EXPECT_TRUE(guess_locale(Strings{"1.500"}, {}, true).thousands_or_decimals);
  EXPECT_EQ(guess_locale(Strings{"1.500", "2,50"}).locale, "de-DE");
  EXPECT_FALSE(guess_locale(Strings{"1.234.567"}).thousands_or_decimals);
  const auto words = guess_locale(Strings{"12.5", "a lot"});
  EXPECT_EQ(words.locale, "en-US");
  EXPECT_EQ(words.unread, 1U);
}

}  // namespace
}  // namespace referrald::mapping
