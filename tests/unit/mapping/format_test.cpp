#include "tests/unit/mapping/mapping_fixture.hpp"

namespace referrald::mapping {
namespace {

ExportFormat format_of(const std::string& yaml) {
  return load_good("format: " + yaml + "\n" + std::string(least_referral))->format();
}

std::string format_problems(const std::string& yaml) {
  return problems_of("format: " + yaml + "\n" + std::string(least_referral));
}

TEST(Format, OfWhichNothingIsSaidIsFoundByLooking) {
  for (const char* yaml :
       {"{}", "{ type: auto, encoding: auto, delimiter: auto }", "{ type: Auto }"}) {
    const ExportFormat format = format_of(yaml);
    EXPECT_EQ(format.type, ExportType::automatic) << yaml;
    EXPECT_EQ(format.encoding, "") << yaml;
    EXPECT_EQ(format.delimiter, std::nullopt) << yaml;
    EXPECT_EQ(format.header, std::nullopt) << yaml;
  }
}

TEST(Format, NamesTheTypeInAnyCase) {
  EXPECT_EQ(format_of("{ type: csv }").type, ExportType::csv);
  EXPECT_EQ(format_of("{ type: XLSX }").type, ExportType::xlsx);
  EXPECT_EQ(format_of("{ type: Json }").type, ExportType::json);
  EXPECT_EQ(format_of("{ type: CDM }").type, ExportType::cdm);
}

TEST(Format, NamesTheDelimiterOrIsIt) {
  EXPECT_EQ(format_of("{ delimiter: \",\" }").delimiter, ',');
  EXPECT_EQ(format_of("{ delimiter: comma }").delimiter, ',');
  EXPECT_EQ(format_of("{ delimiter: ; }").delimiter, ';');
  EXPECT_EQ(format_of("{ delimiter: Semicolon }").delimiter, ';');
  EXPECT_EQ(format_of("{ delimiter: '|' }").delimiter, '|');
  EXPECT_EQ(format_of("{ delimiter: pipe }").delimiter, '|');
  EXPECT_EQ(format_of("{ delimiter: tab }").delimiter, '\t');
  EXPECT_EQ(format_of("{ delimiter: \"\\t\" }").delimiter, '\t');
  EXPECT_EQ(format_of("{ delimiter: '\\t' }").delimiter, '\t');
  EXPECT_EQ(format_of("{ delimiter: ^ }").delimiter, '^');
}

TEST(Format, NamesTheEncodingAsPeopleSpellIt) {
  EXPECT_EQ(format_of("{ encoding: utf8 }").encoding, "UTF-8");
  EXPECT_EQ(format_of("{ encoding: CP1252 }").encoding, "windows-1252");
  EXPECT_EQ(format_problems("{ encoding: windws-1252 }"),
            "1:21: format: there is no encoding \"windws-1252\" (did you mean windows-1252?)\n");
}

TEST(Format, TellsWhereTheRecordsAre) {
  const ExportFormat sheet = format_of("{ type: xlsx, sheet: Sheet 1, header: 3 }");
  EXPECT_EQ(sheet.sheet, "Sheet 1");
  EXPECT_EQ(sheet.header, 3U);
  EXPECT_EQ(format_of("{ type: cdm, table: lead }").table, "lead");
  EXPECT_EQ(format_of("{ type: json, records: data.items }").records, "data.items");
  EXPECT_EQ(format_of("{ type: json, records: . }").records, ".");
}

TEST(Format, AnEncodingsNameIsOneThatCanBeDecoded) {
  EXPECT_EQ(format_problems("{ encoding: windows-1522 }"),
            "1:21: format: there is no encoding \"windows-1522\" (did you mean windows-1252?)\n");
  EXPECT_NE(format_problems("{ encoding: UTF-7 }"), "");
}

TEST(Format, RefusesWhatItCannotBe) {
  EXPECT_EQ(
      format_problems("{ type: excel, encoding: klingon, delimiter: ab, header: 0, sheet: ' ', "
                      "records: a..b }"),
      "1:17: format: there is no type \"excel\" (write auto, csv, xlsx, json (NDJSON as well) "
      "or cdm (a folder that holds model.json))\n"
      "1:34: format: there is no encoding \"klingon\" (write auto, or a name such as UTF-8, "
      "UTF-16LE, windows-1252 or ISO-8859-15)\n"
      "1:54: format: \"ab\" cannot separate cells (write auto, comma, semicolon, tab, pipe, or "
      "another single sign such as \"^\")\n"
      "1:66: format: header cannot be \"0\" (write the line, or the worksheet's row, that "
      "holds the columns' names; the first is 1)\n"
      "1:76: format: sheet is blank (write a name)\n"
      "1:90: format: records cannot be \"a..b\" (write the members that lead to the list of "
      "records, as in data.items)\n");
  for (const char* delimiter : {"a", "1", "'\"'", "\"'\"", "' '", "-", "."})
    EXPECT_NE(format_problems("{ delimiter: " + std::string(delimiter) + " }"), "") << delimiter;
  EXPECT_EQ(
      format_problems("{ type: xlxs, header: first, locale: xx-YY, timezone: Europe/Berln }"),
      "1:17: format: there is no type \"xlxs\" (did you mean xlsx?)\n"
      "1:31: format: header cannot be \"first\" (write the line, or the worksheet's row, that "
      "holds the columns' names; the first is 1)\n"
      "1:46: format: there is no locale \"xx-YY\" (write a language and perhaps a country, "
      "such as en-US, de-DE or fr)\n"
      "1:63: format: there is no time zone \"Europe/Berln\" (did you mean Europe/Berlin?)\n");
  EXPECT_EQ(
      format_problems("{ sheet: [a], table: ~, quote: x }"),
      "1:11: format: sheet must be a single value (write one, or remove the key)\n"
      "1:23: format: table must be a single value (write one, or remove the key)\n"
      "1:33: format has no key \"quote\" (known are type, encoding, delimiter, header, sheet, "
      "table, records, locale, timezone)\n");
  EXPECT_EQ(format_problems("[]"), "1:9: format must be a map (write format: { locale: en-US })\n");
}

TEST(Format, RefusesSettingsOfAnotherType) {
  EXPECT_EQ(
      format_problems("{ type: xlsx, delimiter: comma, header: 2 }"),
      "1:23: format: delimiter is said of csv exports, and type is xlsx (remove delimiter, or "
      "write type: auto)\n");
  EXPECT_EQ(
      format_problems("{ header: 2, type: json }"),
      "1:11: format: header is said of csv and xlsx exports, and type is json (remove header, "
      "or write type: auto)\n");
}

}  // namespace
}  // namespace referrald::mapping
