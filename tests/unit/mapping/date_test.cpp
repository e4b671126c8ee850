#include <gtest/gtest.h>

#include "mapping/dates.hpp"

namespace referrald::mapping {
namespace {

TimeZone zone(std::string_view name) {
  return TimeZone::find(name).value();
}

std::string iso(std::string_view text, std::string_view name = "UTC") {
  const auto reading = DateReader::iso(zone(name)).read(text);
  return reading.utc.empty() ? "wrong: " + reading.fault : reading.utc;
}

std::string read(std::string_view pattern, std::string_view text, std::string_view name = "UTC") {
  std::string error;
  const auto reader = DateReader::compile(pattern, zone(name), error);
  if (!reader) return "no pattern: " + error;
  const auto reading = reader->read(text);
  return reading.utc.empty() ? "wrong: " + reading.fault : reading.utc;
}

TEST(Date, WithoutFormatIsIso) {
  EXPECT_EQ(iso("2024-11-10"), "2024-11-10T00:00:00Z");
  EXPECT_EQ(iso("2024-01-22T20:36:47.000+0000"), "2024-01-22T20:36:47Z");
  EXPECT_EQ(iso("2018-05-25T16:21:09.0000000+00:00"), "2018-05-25T16:21:09Z");
  EXPECT_EQ(iso("2026-03-31T23:30:00+02:00"), "2026-03-31T21:30:00Z");
  EXPECT_EQ(iso("2026-03-31T23:30:00-05"), "2026-04-01T04:30:00Z");
  EXPECT_EQ(iso("2026-03-31 14:30"), "2026-03-31T14:30:00Z");
  EXPECT_EQ(iso("2026-03-31t14:30:15z"), "2026-03-31T14:30:15Z");
  EXPECT_EQ(iso("2024-02-29"), "2024-02-29T00:00:00Z");
}

TEST(Date, WithoutFormatRefusesWhatIsNotIso) {
  for (const char* text :
       {"31.03.2026", "2026-3-31", "20260331", "2026-03", "", "2026-03-31T", "2026-03-31T14",
        "2026-03-31X14:30", "2026-03-31T14:30:00+2", "2026-03-31T14:30 Uhr",
        "2026-03-31T14:30:00+15:00", "2026-03-31T14:30:00+02:", "2026-03-31T14:30:00."})
    EXPECT_EQ(iso(text), "wrong: it does not read as ISO 8601 (such as 2026-03-31)") << text;
}

TEST(Date, ThatDoesNotExistIsRefused) {
  EXPECT_EQ(iso("2026-04-31"), "wrong: there is no day 2026-04-31");
  EXPECT_EQ(iso("2025-02-29"), "wrong: there is no day 2025-02-29");
  EXPECT_EQ(iso("0000-01-01"), "wrong: there is no day 0000-01-01");
  EXPECT_EQ(iso("2026-04-30T24:00"), "wrong: there is no time 24:00:00");
  EXPECT_EQ(read("%m/%d/%Y", "31/03/2026"), "wrong: there is no day 2026-31-03");
  EXPECT_EQ(read("%m/%d/%Y %I:%M %p", "3/31/2026 0:30 PM"),
            "wrong: there is no hour 0 with AM or PM");
}

TEST(Date, BeforeTheAgeOfDealsIsASlip) {
  EXPECT_EQ(iso("1900-01-02"), "1900-01-02T00:00:00Z");
  EXPECT_EQ(iso("1899-12-31"), "wrong: the year 1899 is before 1900");
  EXPECT_EQ(iso("0001-01-01T00:00:00"), "wrong: the year 0001 is before 1900");
  EXPECT_EQ(read("%m/%d/%Y", "3/31/0026"), "wrong: the year 0026 is before 1900");
  EXPECT_EQ(iso("/Date(-62135596800000)/"), "wrong: the year 0001 is before 1900");
  EXPECT_EQ(iso("/Date(-2208988799000)/"), "1900-01-01T00:00:01Z");
  EXPECT_EQ(iso("/Date(-2208988801000)/"), "wrong: the year 1899 is before 1900");
}

TEST(Date, WithWhichProgramsSayNoDateIsRefused) {
  for (const char* none : {"1900-01-01", "1900-01-01T00:00:00Z"})
    EXPECT_EQ(iso(none), "wrong: 1900-01-01 is what programs write for no date") << none;
  EXPECT_EQ(iso("9999-12-31T23:59:59"), "wrong: 9999-12-31 is what programs write for no date");
  EXPECT_EQ(iso("4501-01-01"), "wrong: 4501-01-01 is what programs write for no date");
  for (const char* none : {"1970-01-01", "1970-01-01T00:00:00Z", "/Date(0)/"})
    EXPECT_EQ(iso(none), "wrong: 1970-01-01 is what programs write for no date") << none;
}

TEST(Date, BeyondTheTablesOfTimeZonesHasSummerTimeAsBefore) {
  EXPECT_EQ(iso("2037-07-15T12:00", "Europe/Berlin"), "2037-07-15T10:00:00Z");
  EXPECT_EQ(iso("2038-07-15T12:00", "Europe/Berlin"), "2038-07-15T10:00:00Z");
  EXPECT_EQ(iso("2038-01-15T12:00", "Europe/Berlin"), "2038-01-15T11:00:00Z");
  EXPECT_EQ(iso("2040-07-15T12:00", "America/New_York"), "2040-07-15T16:00:00Z");
  EXPECT_EQ(iso("2040-02-29T12:00", "Australia/Sydney"), "2040-02-29T01:00:00Z");
  EXPECT_EQ(iso("2040-07-15T12:00", "Australia/Sydney"), "2040-07-15T02:00:00Z");
  EXPECT_EQ(iso("2040-03-25T02:30", "Europe/Berlin"),
            "wrong: the clocks of Europe/Berlin left this time out")
      << "the last Sunday of March";
  EXPECT_EQ(iso("9999-12-30T12:00", "Europe/Berlin"), "9999-12-30T11:00:00Z");
}

TEST(Date, WithAnotherWeekdayIsASlip) {
  EXPECT_EQ(read("%A, %B %d, %Y", "Monday, March 31, 2026"), "wrong: 2026-03-31 is a Tuesday");
  EXPECT_EQ(read("%a %d.%m.%Y", "Tue 31.03.2026"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(read("%a %d.%m.%Y", "Sun 29.03.2026"), "2026-03-29T00:00:00Z");
  EXPECT_EQ(read("%a %d.%m.%Y", "Sat 29.03.2026"), "wrong: 2026-03-29 is a Sunday");
  EXPECT_EQ(read("%a %d.%m.%Y", "Sat 31.02.2026"), "wrong: there is no day 2026-02-31");
}

TEST(Date, FollowsItsFormat) {
  EXPECT_EQ(read("%m/%d/%Y", "3/31/2026"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(read("%m/%d/%Y", "03/31/2026"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(read("%d.%m.%Y %H:%M", "31.03.2026 7:05"), "2026-03-31T07:05:00Z");
  EXPECT_EQ(read("%m/%d/%Y %I:%M %p", "3/31/2026 12:05 AM"), "2026-03-31T00:05:00Z");
  EXPECT_EQ(read("%m/%d/%Y %I:%M%p", "3/31/2026 12:05pm"), "2026-03-31T12:05:00Z");
  EXPECT_EQ(read("%d-%b-%Y", "31-Mar-2026"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(read("%A, %B %d, %Y", "Tuesday, March 31, 2026"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(read("%d %b %y", "1 septe 68"), "wrong: it does not read as %d %b %y");
  EXPECT_EQ(read("%d %b %y", "1 sept. 68"), "2068-09-01T00:00:00Z");
  EXPECT_EQ(read("%d %b %y", "1 sep. 68"), "2068-09-01T00:00:00Z");
  EXPECT_EQ(read("%d/%m/%y", "1/9/69"), "1969-09-01T00:00:00Z");
  EXPECT_EQ(read("%F %T.%f %z", "2026-03-31 14:30:15.123 +0200"), "2026-03-31T12:30:15Z");
  EXPECT_EQ(read("%D %R", "03/31/26 14:30"), "2026-03-31T14:30:00Z");
}

TEST(Date, MustFitItsFormatWholly) {
  EXPECT_EQ(read("%m/%d/%Y", "3/31/2026 12:00 AM"), "wrong: it does not read as %m/%d/%Y");
  EXPECT_EQ(read("%m/%d/%Y", "3/31/26"), "wrong: it does not read as %m/%d/%Y");
  EXPECT_EQ(read("%m/%d/%Y", "3-31-2026"), "wrong: it does not read as %m/%d/%Y");
  EXPECT_EQ(read("%d.%m.%Y", "31.03.2026x"), "wrong: it does not read as %d.%m.%Y");
}

TEST(Date, WithoutATimeIsADayWhateverTheZone) {
  EXPECT_EQ(iso("2026-03-31", "Europe/Berlin"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(read("%m/%d/%Y", "3/31/2026", "America/Los_Angeles"), "2026-03-31T00:00:00Z");
}

TEST(Date, WithALocalTimeFollowsTheZone) {
  EXPECT_EQ(iso("2026-01-15T12:00", "Europe/Berlin"), "2026-01-15T11:00:00Z");
  EXPECT_EQ(iso("2026-07-15T12:00", "Europe/Berlin"), "2026-07-15T10:00:00Z");
  EXPECT_EQ(iso("2026-07-15T12:00Z", "Europe/Berlin"), "2026-07-15T12:00:00Z");
  EXPECT_EQ(iso("2026-12-31T22:00", "America/New_York"), "2027-01-01T03:00:00Z");
}

TEST(Date, OfAnHourThatOccursTwiceIsTheFirst) {
  EXPECT_EQ(iso("2026-10-25T02:30", "Europe/Berlin"), "2026-10-25T00:30:00Z");
}

TEST(Date, OfAnHourThatTheClocksLeaveOutIsRefused) {
  EXPECT_EQ(iso("2026-03-29T02:30", "Europe/Berlin"),
            "wrong: the clocks of Europe/Berlin left this time out");
}

TEST(Date, FormatMustNameADay) {
  EXPECT_EQ(read("%m/%d", ""), "no pattern: it needs the year, once: %Y");
  EXPECT_EQ(read("%d/%d/%Y", ""), "no pattern: it needs the month, once: %m");
  EXPECT_EQ(read("%m/%Y", ""), "no pattern: it needs the day, once: %d");
  EXPECT_EQ(read("%F %I:%M", ""), "no pattern: %I needs %p, AM or PM (24 hours are %H)");
  EXPECT_EQ(read("%F %M", ""),
            "no pattern: minutes need hours, seconds need minutes, fractions need seconds");
  EXPECT_EQ(read("%F %T %H", ""), "no pattern: a part of the time occurs twice");
  EXPECT_EQ(read("%F %", ""), "no pattern: it ends in a single %");
}

std::string serial(DateSerial kind, std::string_view text, std::string_view name = "UTC") {
  const auto reading = DateReader::serial(kind, zone(name)).read(text);
  return reading.utc.empty() ? "wrong: " + reading.fault : reading.utc;
}

std::string formats(const std::vector<std::string>& list, std::string_view text,
                    const std::string& locale = "en") {
  std::string error;
  const auto made = DateFormats::make(list, {}, locale, error);
  if (!made) return "no format: " + error;
  const auto reading = made->read(text);
  return reading.ambiguous ? "ambiguous" : reading.utc.empty() ? "wrong" : reading.utc;
}

std::string named(const std::string& locale, std::string_view pattern, std::string_view text) {
  std::string error;
  const auto reader = DateReader::compile(pattern, {}, error, locale);
  return reader ? reader->read(text).utc : "no pattern: " + error;
}

TEST(Date, ThatMayBeginWithDayOrMonthNamesBothFormats) {
  const auto reading = DateReader::iso({}).read("03/04/2026 14:30");
  EXPECT_TRUE(reading.ambiguous);
  EXPECT_EQ(reading.fault, "it may begin with the month or with the day");
  EXPECT_EQ(reading.remedy,
            "Give the export's format: `date %m/%d/%Y %H:%M` if the month is first, `date "
            "%d/%m/%Y %H:%M` if the day is.");
  EXPECT_TRUE(DateReader::iso({}).read("3-4-26").ambiguous);
  EXPECT_TRUE(DateReader::iso({}).read("03.04.2026").ambiguous);
  EXPECT_TRUE(DateReader::iso({}).read("1/1/2020 0:00:00 PM").ambiguous);
}

TEST(Date, ThatCanOnlyBeginWithOneOfThemNamesThatFormat) {
  const auto reading = DateReader::iso({}).read("31.03.2026 7:05");
  EXPECT_FALSE(reading.ambiguous);
  EXPECT_EQ(reading.utc, "");
  EXPECT_EQ(reading.remedy, "Give the export's format: `date %d.%m.%Y %H:%M`.");
  EXPECT_EQ(DateReader::iso({}).read("3/31/26 7:05:00 PM").remedy,
            "Give the export's format: `date %m/%d/%y %I:%M:%S %p`.");
  EXPECT_EQ(DateReader::iso({}).read("31/31/2026").remedy, "");
}

TEST(Date, IsIsoBesideAnyFormatThatCannotReadIt) {
  EXPECT_EQ(formats({"%m/%d/%Y"}, "2026-03-04"), "2026-03-04T00:00:00Z");
  EXPECT_EQ(formats({"%d.%m.%Y"}, "2026-03-04T14:30:00"), "2026-03-04T14:30:00Z");
  EXPECT_EQ(formats({"%Y/%m/%d"}, "2026-03-04"), "2026-03-04T00:00:00Z");
  EXPECT_EQ(formats({"%Y/%m/%d"}, "2026-03-04T00:00:00"), "2026-03-04T00:00:00Z");
  EXPECT_EQ(formats({"%Y%m%d", "%y-%m-%d"}, "2026-03-04"), "2026-03-04T00:00:00Z");
  EXPECT_EQ(formats({"%Y-%m-%d %H:%M"}, "2026-03-04"), "2026-03-04T00:00:00Z");
  EXPECT_EQ(formats({"%Y-%d-%m"}, "2026-03-04T00:00:00"), "2026-03-04T00:00:00Z");
  EXPECT_EQ(formats({"excel"}, "2026-03-04"), "2026-03-04T00:00:00Z");
}

TEST(Date, IsWhatTheFormatMakesOfItWhereThatHasTheFormOfIso) {
  EXPECT_EQ(formats({"%Y-%d-%m"}, "2026-03-04"), "2026-04-03T00:00:00Z");
  EXPECT_EQ(formats({"%Y-%d-%m"}, "2026-03-31"), "wrong");
  EXPECT_EQ(formats({" %Y-%d-%m"}, "2026-03-04"), "2026-04-03T00:00:00Z");
  EXPECT_EQ(formats({"%d.%m.%Y", "%Y-%d-%m"}, "2026-03-31"), "wrong");
}

TEST(Date, ThatIsIsoBesideAFormatButNoDayIsRefusedForThat) {
  std::string error;
  const auto made = DateFormats::make(std::vector<std::string>{"%m/%d/%Y"}, {}, "en", error);
  EXPECT_EQ(made->read("2026-02-30").fault, "there is no day 2026-02-30");
}

TEST(Date, OfSeveralFormatsTakesTheOneThatFits) {
  EXPECT_EQ(formats({"%d.%m.%Y", "%m/%d/%Y"}, "3/4/2026"), "2026-03-04T00:00:00Z");
  EXPECT_EQ(formats({"%d/%m/%Y", "%m/%d/%Y"}, "31/3/2026"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(formats({"%d/%m/%Y", "%m/%d/%Y"}, "3/4/2026"), "ambiguous");
  EXPECT_EQ(formats({"%d/%m/%Y", "%m/%d/%Y"}, "4/4/2026"), "2026-04-04T00:00:00Z");
  EXPECT_EQ(formats({"%d/%m/%Y", "%m/%d/%Y"}, "32/4/2026"), "wrong");
  EXPECT_EQ(formats({"%a %d/%m/%Y", "%a %m/%d/%Y"}, "Fri 4/3/2026"), "2026-04-03T00:00:00Z");
  EXPECT_EQ(formats({"%d/%m/%Y", "nothing"}, ""),
            "no format: \"date nothing\": this is no date format: its parts are written as %Y, %m, "
            "%d");
}

TEST(Date, ThatIsNoDayInAnyOfSeveralFormatsIsNamedAsWritten) {
  std::string error;
  const auto fault = [&](const std::vector<std::string>& list, std::string_view text) {
    return DateFormats::make(list, {}, "en", error)->read(text).fault;
  };
  EXPECT_EQ(fault({"%m/%d/%Y", "%d/%m/%Y"}, "31/02/2026"), "there is no such day");
  EXPECT_EQ(fault({"%d.%m.%Y", "%d/%m/%Y"}, "31/02/2026"), "there is no day 2026-02-31");
  EXPECT_EQ(fault({"%d/%m/%Y", "%d/%m/%y"}, "31/02/2026"), "there is no day 2026-02-31");
}

TEST(Date, NamesAreOfTheLocaleOrEnglish) {
  EXPECT_EQ(named("de-DE", "%d. %B %Y", "31. März 2026"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(named("de_DE", "%d. %B %Y", "31. MÄRZ 2026"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(named("de-DE", "%A, %d. %b %Y", "Donnerstag, 31. Dez. 2026"), "2026-12-31T00:00:00Z");
  EXPECT_EQ(named("fr-FR", "%d %B %Y", "31 août 2026"), "2026-08-31T00:00:00Z");
  EXPECT_EQ(named("fr-FR", "%d %B %Y", "31 aout 2026"), "2026-08-31T00:00:00Z");
  EXPECT_EQ(named("es-ES", "%d de %B de %Y", "31 de marzo de 2026"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(named("pl-PL", "%d %B %Y", "31 marca 2026"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(named("ja-JP", "%Y年%m月%d日", "2026年3月31日"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(named("de-DE", "%d %B %Y", "31 March 2026"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(named("en-US", "%d %B %Y", "31 März 2026"), "");
  EXPECT_EQ(named("es-ES", "%d/%m/%Y %I:%M %p", "31/3/2026 1:05 p. m."), "2026-03-31T13:05:00Z");
}

TEST(Date, NamesAreThoseOfGermanExcelToo) {
  EXPECT_EQ(named("de-DE", "%d. %b %Y", "31. Mrz 2026"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(named("de-AT", "%d-%b-%y", "31-MRZ-26"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(named("de-DE", "%d. %b %Y", "31. Mär 2026"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(named("en-US", "%d. %b %Y", "31. Mrz 2026"), "");
}

TEST(Date, NamesMayBeInCapitalsInTurkishToo) {
  for (const char* text : {"3 Kasım 2026", "3 KASIM 2026", "3 kasım 2026"})
    EXPECT_EQ(named("tr-TR", "%d %B %Y", text), "2026-11-03T00:00:00Z") << text;
  for (const char* text : {"3 Nisan 2026", "3 NİSAN 2026", "3 NISAN 2026", "3 NİS 2026"})
    EXPECT_EQ(named("tr-TR", "%d %b %Y", text), "2026-04-03T00:00:00Z") << text;
}

TEST(Date, WithTwentyFourHoursNeedsAnAmOrPmThatAgrees) {
  constexpr std::string_view synapse = "%m/%d/%Y %H:%M:%S %p";
  EXPECT_EQ(read(synapse, "1/1/2020 13:05:00 PM"), "2020-01-01T13:05:00Z");
  EXPECT_EQ(read(synapse, "1/1/2020 0:00:00 AM"), "2020-01-01T00:00:00Z");
  EXPECT_EQ(read(synapse, "1/1/2020 0:00:00 PM"), "2020-01-01T00:00:00Z");
  EXPECT_EQ(read(synapse, "1/1/2020 12:00:00 PM"), "2020-01-01T12:00:00Z");
  EXPECT_EQ(read(synapse, "1/1/2020 1:00:00 PM"),
            "wrong: hour 1 of 24 is not PM; if the hours count to 12, write %I");
  EXPECT_EQ(read(synapse, "1/1/2020 13:00:00 AM"),
            "wrong: hour 13 of 24 is not AM; if the hours count to 12, write %I");
  EXPECT_EQ(read(synapse, "1/1/2020 25:00:00 PM"), "wrong: there is no time 25:00:00");
}

TEST(Date, NumbersSideBySideHaveAllTheirDigits) {
  EXPECT_EQ(read("%Y%m%d", "20260331"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(read("%Y%m%d", "2026111"), "wrong: it does not read as %Y%m%d");
  EXPECT_EQ(read("%Y%m%d%H%M%S", "20260331143015"), "2026-03-31T14:30:15Z");
}

TEST(Date, OfExcelCountsDays) {
  using enum DateSerial;
  EXPECT_EQ(serial(excel, "46112"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(serial(excel, "46112.6041666667"), "2026-03-31T14:30:00Z");
  EXPECT_EQ(serial(excel, "46112.6041666667", "Europe/Berlin"), "2026-03-31T12:30:00Z");
  EXPECT_EQ(serial(excel, "46112.0", "Europe/Berlin"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(serial(excel, "46112.9999999"), "2026-04-01T00:00:00Z");
  EXPECT_EQ(serial(excel, "1"), "wrong: 1900-01-01 is what programs write for no date");
  EXPECT_EQ(serial(excel, "2"), "1900-01-02T00:00:00Z");
  EXPECT_EQ(serial(excel, "59"), "1900-02-28T00:00:00Z");
  EXPECT_EQ(serial(excel, "60"), "wrong: there is no day 1900-02-29");
  EXPECT_EQ(serial(excel, "61"), "1900-03-01T00:00:00Z");
  EXPECT_EQ(serial(excel, "2958464"), "9999-12-30T00:00:00Z");
  EXPECT_EQ(serial(excel1904, "44650"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(serial(excel1904, "0"), "1904-01-01T00:00:00Z");
  for (const char* text : {"0", "0.5", "-1", "2958466", "99999999999"})
    EXPECT_EQ(serial(excel, text), "wrong: it is out of the range of Excel's dates") << text;
  for (const char* text : {"", "x", "1e5", "46,112", "12345678901234567890", "3/31/2026"})
    EXPECT_EQ(serial(excel, text), "wrong: it is no number, as excel needs it") << text;
}

TEST(Date, OfASerialIsReadInTheLocaleAndPlain) {
  EXPECT_EQ(formats({"excel"}, "46112,5", "de-DE"), "2026-03-31T12:00:00Z");
  EXPECT_EQ(formats({"excel"}, "46112.5", "de-DE"), "2026-03-31T12:00:00Z");
  EXPECT_EQ(formats({"excel"}, "46112", "de-DE"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(formats({"excel"}, "46.112,5", "de-DE"), "2026-03-31T12:00:00Z");
  EXPECT_EQ(formats({"excel"}, "46 112,5", "fr-FR"), "2026-03-31T12:00:00Z");
  EXPECT_EQ(formats({"excel1904"}, "44650,5", "de-DE"), "2026-03-31T12:00:00Z");
  EXPECT_EQ(formats({"unix"}, "1774915200,25", "de-DE"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(formats({"unix"}, "1774915200.25", "de-DE"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(formats({"excel"}, "46112,5", "en-US"), "wrong");
  EXPECT_EQ(formats({"%d.%m.%Y", "excel"}, "46112,5", "de-DE"), "2026-03-31T12:00:00Z");
}

// 46.112 is a day of 1900 or one of 2026.
TEST(Date, OfASerialThatMayHaveThousandsIsAmbiguous) {
  EXPECT_EQ(formats({"excel"}, "46.112", "de-DE"), "ambiguous");
  EXPECT_EQ(formats({"excel"}, "46,112", "de-DE"), "ambiguous");
  EXPECT_EQ(formats({"excel"}, "46.112", "en-US"), "ambiguous");
  EXPECT_EQ(formats({"excel"}, "46,112", "en-US"), "2026-03-31T00:00:00Z");
}

TEST(Date, OfANumberIsPlainWhateverTheLocale) {
  std::string error;
  const auto made = DateFormats::make(std::vector<std::string>{"excel"}, {}, "de-DE", error);
  EXPECT_EQ(made->read_number("46112.5").utc, "2026-03-31T12:00:00Z");
  EXPECT_EQ(made->read_number("46.125").utc, "1900-02-15T03:00:00Z");
}

TEST(Date, OfUnixCountsSecondsOrMilliseconds) {
  using enum DateSerial;
  EXPECT_EQ(serial(unix_seconds, "1774915200"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(serial(unix_seconds, "1774915200.75", "Europe/Berlin"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(serial(unix_milliseconds, "1774915200999"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(serial(unix_seconds, "1774915200000"), "wrong: it seems to count milliseconds");
  EXPECT_EQ(serial(unix_milliseconds, "1774915200"), "wrong: it seems to count seconds");
  EXPECT_EQ(serial(unix_milliseconds, "999999999999999"), "wrong: the year is out of range");
}

TEST(Date, OfOlderJsonIsReadWithoutAFormat) {
  EXPECT_EQ(iso("/Date(1774915200000)/"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(iso("/Date(1774915200000+0100)/", "Europe/Berlin"), "2026-03-31T00:00:00Z");
  EXPECT_EQ(iso("/Date(-1)/"), "1969-12-31T23:59:59Z");
  for (const char* text : {"/Date()/", "/Date(1)", "/Date(1x)/", "/Date(1+1)/", "Date(1)",
                           "/Date(99999999999999999999)/"})
    EXPECT_EQ(iso(text).substr(0, 5), "wrong") << text;
}

TEST(Date, ZoneIsAnIanaName) {
  EXPECT_FALSE(TimeZone::find("Europe/Berln"));
  EXPECT_EQ(TimeZone::remedy("Europe/Berln"), "did you mean Europe/Berlin?");
  EXPECT_EQ(TimeZone::remedy("GMT+1"),
            "write Etc/GMT-1 (in these names the sign is turned round), or a place such as "
            "Europe/Berlin, which has summer time");
  for (const char* name : {"UTC-5", "gmt-05:00", "-05:00", "UTC-0500"})
    EXPECT_TRUE(TimeZone::remedy(name).starts_with("write Etc/GMT+5 (")) << name;
  EXPECT_EQ(TimeZone::remedy("GMT+20"), "write a place such as Europe/Berlin");
  EXPECT_EQ(TimeZone::remedy("UTC+5:30"), "write a place such as Europe/Berlin");
  EXPECT_EQ(TimeZone::remedy("CET+CEST"), "write an IANA name such as Europe/Berlin, or UTC");
}

TEST(Date, OfTheApiIsUtcWithATime) {
  EXPECT_TRUE(is_utc_date_time("2026-03-31T00:00:00Z"));
  EXPECT_TRUE(is_utc_date_time("2026-03-31T00:00:00.1234567Z"));
  for (const char* text : {"2026-03-31", "2026-03-31T00:00:00", "2026-03-31T00:00:00+00:00",
                           "2026-02-30T00:00:00Z", "2026-03-31t00:00:00Z", ""})
    EXPECT_FALSE(is_utc_date_time(text)) << text;
}

}  // namespace
}  // namespace referrald::mapping
