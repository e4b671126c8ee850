// What becomes of every CSV file of the test data, read without any setting. The names say what is
// special about a file; tests/data/SOURCES.md says where they come from.
#include <algorithm>
#include <array>
#include <set>

#include <gmock/gmock.h>

#include "tests/unit/readers/export_text.hpp"

namespace referrald::mapping {
namespace {

using testing::HasSubstr;
using Kind = ExportError::Kind;

struct Outcome {
  const char* file;
  const char* first_columns;  // the first three
  std::size_t columns;
  std::size_t rows;
  const char* faults = "";  // line:code of the rejected rows
  std::optional<Kind> error = std::nullopt;
  const char* message = "";
};

const Outcome kOutcomes[] = {
    // Quotes of \" and line breaks: where the row ends is unknown.
    {"commons-csv/CSV-141__csv-141.csv", "1414770317901|android.widget.EditText|pass sem1 _84*|*",
     5, 1, "", Kind::damaged,
     "line 3: the quote mark that opens a cell here is closed in the wrong place"},
    {"commons-csv/CSV-196__emoji.csv", "id|val1|val2", 16, 4},
    {"commons-csv/CSV-196__japanese.csv", "id|date|val1", 17, 3},
    {"commons-csv/CSV-213__999751170.patch.csv", "CHANELID|ADDRESS", 2, 1},
    {"commons-csv/CSV-254__csv-254.csv", "AA|33|", 3, 2},
    {"commons-csv/CSV-259__sample.txt", "x|y|z", 3, 0},
    // No header: the first row is taken for one, so mapped columns are missing.
    {"commons-csv/CSV-290__psql.csv", "1|abc|test line 1\ntest line 2", 5, 2},
    // Backslashes are characters.
    {"commons-csv/CSV-290__psql.tsv", "1|abc|test line 1\\ntest line 2", 5, 2},
    {"commons-csv/CSVFileParser__bom.csv", "Date|Open|High", 6, 251},
    // Comments are rows of one cell; blanks before quotes.
    {"commons-csv/CSVFileParser__test.csv", "A|B|C", 4, 12,
     "2:cell-count 4:cell-count 6:cell-count 7:bad-quoting 8:cell-count 10:cell-count "
     "12:cell-count 16:cell-count"},
    {"commons-csv/CSVFileParser__testCSV246.csv", "a|b|c", 5, 6,
     "2:cell-count 3:cell-count 5:cell-count 7:cell-count"},
    // A comment for a header: mapped columns are missing.
    {"commons-csv/CSVFileParser__testCSV85.csv", "# Comment 1", 1, 7,
     "2:cell-count 5:cell-count 9:cell-count"},
    {"commons-csv/CSVFileParser__test_rfc4180.txt", "test.csv", 1, 17,
     "2:cell-count 3:cell-count 5:cell-count 7:cell-count 9:bad-quoting 11:cell-count "
     "13:cell-count"},
    {"commons-csv/CSVFileParser__test_rfc4180_trim.txt", "test.csv IgnoreSpaces=true", 1, 17,
     "2:cell-count 3:cell-count 5:cell-count 7:cell-count 9:cell-count 11:cell-count "
     "13:cell-count"},
    {"commons-csv/csv-167__sample1.csv", "# Comment before header", 1, 7,
     "2:cell-count 3:cell-count 7:cell-count 8:cell-count"},
    // A delimiter nobody guesses: one column.
    {"csv-parser/backtick.csv", "pokemon_id`p_desc", 1, 2},
    {"csv-parser/bad-data.csv", "|somejunk|<! />", 3, 3},
    {"csv-parser/empty-columns.csv", "2007-01-01||", 3, 1},
    {"csv-parser/escape-quotes.csv", "a|b", 2, 3},
    {"csv-parser/geojson.csv", "id|prop0|prop1", 4, 3},
    {"csv-parser/headers.csv", "1|2|3", 3, 2},
    {"csv-parser/no-headers.csv", "a|b|c", 3, 3, "4:cell-count"},
    // No line end at all.
    {"csv-parser/option-newline.csv", "", 0, 0, "", Kind::damaged,
     "line 1, the header: cell 5 has a quote mark at one end only, or blanks before it"},
    // Apostrophes are characters.
    {"csv-parser/option-quote-escape.csv", "a|b|c", 3, 3},
    {"csv-parser/option-quote-many.csv", "a|b|c", 3, 3},
    {"csv-parser/quotes+newlines.csv", "a|b", 2, 3},
    {"csv-parser/strict+skipLines.csv", "a|b|c", 3, 4},
    {"csv-parser/strict-false-less-columns.csv", "a|b|c", 3, 3, "3:cell-count"},
    {"csv-parser/strict-false-more-columns.csv", "a|b|c", 3, 3, "3:cell-count"},
    {"csv-parser/strict.csv", "a|b|c", 3, 3, "4:cell-count"},
    {"csv-spectrum/comma_in_quotes.csv", "first|last|address", 5, 1},
    {"csv-spectrum/empty.csv", "a|b|c", 3, 2},
    {"csv-spectrum/empty_crlf.csv", "a|b|c", 3, 2},
    {"csv-spectrum/escaped_quotes.csv", "a|b", 2, 2},
    {"csv-spectrum/json.csv", "key|val", 2, 1},
    {"csv-spectrum/location_coordinates.csv", "Contact Phone Number|Location Coordinates|Cities", 4,
     1},
    {"csv-spectrum/newlines.csv", "a|b|c", 3, 3},
    {"csv-spectrum/newlines_crlf.csv", "a|b|c", 3, 3},
    {"csv-spectrum/quotes_and_newlines.csv", "a|b", 2, 2},
    {"csv-spectrum/simple.csv", "a|b|c", 3, 1},
    {"csv-spectrum/simple_crlf.csv", "a|b|c", 3, 1},
    {"csv-spectrum/utf8.csv", "a|b|c", 3, 2},
    {"csvkit/bad.csv", "column_a|column_b|column_c", 3, 3, "2:cell-count 3:cell-count"},
    {"csvkit/bad_skip_lines.csv", "column_a|column_b|column_c", 3, 3, "5:cell-count 6:cell-count"},
    {"csvkit/blanks.csv", "a|b|c", 6, 1},
    {"csvkit/dummy.csv.gz", "a|b|c", 3, 1},
    {"csvkit/dummy_col_shuffled_ragged.csv", "b|c|a", 4, 1},
    {"csvkit/empty.csv", "", 0, 0, "", Kind::empty, "is empty: not even a header line"},
    {"csvkit/mac_newlines.csv", "a|b|c", 3, 2},
    {"csvkit/no_header_row.csv", "1|2|3", 3, 0},
    {"csvkit/null_byte.csv", "a|b|c", 3, 1, "2:nul-byte"},
    {"csvkit/optional_quote_characters.csv", "a|b|c", 3, 1},
    {"csvkit/sniff_limit.csv", "a|b|c", 3, 1},
    {"csvkit/test_date_format.csv", "a", 1, 2},
    {"csvkit/test_empty_columns.csv", "a|b|c", 5, 3, "3:cell-count"},
    {"csvkit/test_empty_columns_long_row.csv", "a|b|c", 3, 1, "2:cell-count"},
    {"csvkit/test_empty_columns_short_row.csv", "a|b|c", 3, 1, "2:cell-count"},
    {"csvkit/test_extra_header.csv", "a|b|c", 4, 1, "2:cell-count"},
    {"csvkit/test_header_newline.csv", "start \t\n\v\f\r end|b|c", 3, 1},
    {"csvkit/test_ignore_case.csv", "a|b|c", 3, 5},
    {"csvkit/test_join_short_rows.csv", "a|b|c", 3, 3, "2:cell-count 3:cell-count"},
    {"csvkit/test_latin1.csv", "a|b|c", 3, 2, "3:invalid-bytes"},
    {"csvkit/test_locale.csv", "a|b|c", 3, 1},
    {"csvkit/test_no_leading_zeroes.csv", "a|b|c", 3, 1},
    {"csvkit/test_numeric_date_format.csv", "a", 1, 2},
    {"csvkit/test_precision.csv", "a", 1, 1},
    {"csvkit/test_skip_lines.csv", "a|b|c", 3, 1},
    {"csvkit/test_utf16_big.csv", "a|b|c", 3, 2},
    {"csvkit/test_utf16_little.csv", "a|b|c", 3, 2},
    {"csvkit/test_utf8.csv", "foo|bar|baz", 3, 2},
    {"csvkit/test_utf8_bom.csv", "foo|bar|baz", 3, 2},
    {"csvlint/cr-line-endings.csv", "Foo|Bar|Baz", 3, 2},
    {"csvlint/crlf-line-endings.csv", "Foo|Bsr|Baz", 3, 2},
    {"csvlint/inconsistent-line-endings-unquoted.csv", "Foo|Bsr|Baz", 3, 2},
    {"csvlint/inconsistent-line-endings.csv", "Foo|Bsr|Baz", 3, 2},
    {"csvlint/invalid-byte-sequence.csv", "", 0, 0, "", Kind::unreadable,
     "line 1: the header is no UTF-8 text"},
    {"csvlint/invalid_many_rows.csv", "Foo|Bar|Baz", 3, 10, "4:bad-quoting"},
    {"csvlint/lf-line-endings.csv", "Foo|Bsr|Baz", 3, 2},
    // A title row filled up with delimiters: mapped columns are missing.
    {"csvlint/title-row.csv", "This is a title row||", 3, 3},
    {"csvlint/valid.csv", "Foo|Bar|Baz", 3, 2},
    {"csvlint/white space in filename.csv", "Foo|Bar|Baz", 3, 2},
    {"csvlint/windows-line-endings.csv", "a|b|c", 3, 1},
    {"dataloader/csvEscapedQuotes.csv", "column1|column2", 2, 2},
    {"dataloader/csvSeparator.csv", "column1|column2!some|column3", 3, 2},
    {"dataloader/csvtext.csv", "column1|column2|column3", 3, 2},
    {"dataloader/csvtext_BOM_UTF16BE.csv", "column1|column2|column3", 3, 2},
    {"dataloader/csvtext_BOM_UTF16LE.csv", "column1|column2|column3", 3, 2},
    // Byte order mark of UTF-16 before units of four bytes.
    {"dataloader/csvtext_BOM_UTF32BE.csv", "", 0, 0, "", Kind::unreadable,
     "line 1: the header is no UTF-16BE text"},
    {"dataloader/csvtext_BOM_UTF32LE.csv", "", 0, 0, "", Kind::unreadable,
     "line 1: the header is no UTF-16BE text"},
    {"dataloader/csvtext_BOM_UTF8.csv", "column1|column2|column3", 3, 2},
    {"dynamics/01-CustomersV3Export-Customers V3.csv",
     "CUSTOMERACCOUNT|ACCOUNTSTATEMENT|ADDRESSBOOKS", 212, 3},
    {"dynamics/Contoso Accounts.csv", "Company Name", 1, 30},
    {"dynamics/Contoso Contacts.csv", "First Name|Last Name|Company Name", 7, 147},
    {"dynamics/ContosoCoffee_D365Contacts.csv", "Full Name|Middle Name|First Name", 14, 19},
    {"dynamics/import accounts.csv", "src_name|src_parent|src_addresstype", 3, 5},
    {"dynamics/permits-testdata.csv", "contoso_permitid|contoso_name|contoso_scheduleddate", 4, 4},
    {"dynamics/xrm-datamigration/ErrorFilePrefix_contact_1.csv", "contactid|firstname|lastname", 4,
     4},
    {"dynamics/xrm-datamigration/ValidFilePrefix_contact_1.csv", "contactid|firstname|lastname", 5,
     4},
    {"frictionless/blank-headers.csv", "id||age", 3, 2},
    {"frictionless/blank-rows-multiple.csv", "id|name|age", 3, 13},
    {"frictionless/blank-rows.csv", "id|name|age", 3, 3},
    {"frictionless/bom.csv", "id|name", 2, 2},
    {"frictionless/defective-rows.csv", "id|name|age", 3, 2, "2:cell-count 3:cell-count"},
    {"frictionless/delimiter.csv", "id|name", 2, 2},
    // # for a quote is a character.
    {"frictionless/dialect.csv", "id|name", 2, 2, "3:cell-count"},
    {"frictionless/doublequote.csv", "INCISO|NOMBREINCISO|UE", 17, 5},
    {"frictionless/duplicate-headers.csv", "id|name|id", 5, 2},
    {"frictionless/duplicate-rows.csv", "id|name|age", 3, 3},
    // Blanks before quotes.
    {"frictionless/escaping.csv", "ID|Test", 2, 3, "2:bad-quoting 3:bad-quoting 4:bad-quoting"},
    {"frictionless/latin1.csv", "id|name", 2, 2, "3:invalid-bytes"},
    {"frictionless/leading-zeros.csv", "value", 1, 3},
    {"frictionless/skip-blank-at-the-end.csv", "test1|test2", 2, 2, "2:cell-count"},
    {"frictionless/skip-rows-before-headers.csv", "# it's a comment!", 1, 3,
     "2:cell-count 3:cell-count 4:cell-count"},
    {"frictionless/table-unicode-headers.csv", "id|国人", 2, 2},
    {"frictionless/wide.csv", "id|100022|100025", 9074, 3},
    // Line 7 lacks a quote in the original.
    {"hubspot/companies.csv", "Annual Revenue|City|Company Domain Name", 8, 7, "7:bad-quoting"},
    {"krayin/leads.csv", "id|title|description", 15, 2},
    {"krayin/persons.csv", "name|emails|contact_numbers", 6, 2},
    {"papaparse/long-sample.csv", "Grant|Dyer|Donec.elementum@orciluctuset.e", 7, 7},
    {"papaparse/malformed.tsv", "site|lon|lat", 8, 7, "3:cell-count 6:cell-count", Kind::damaged,
     "line 9: the quote mark that opens a cell here is never closed"},
    {"papaparse/sample-header.csv", "title|name", 2, 2},
    {"papaparse/sample.csv", "A|B|C", 3, 1},
    {"papaparse/utf-8-bom-sample.csv", "A|B|C", 3, 1},
    // Every 500th row is one short.
    {"papaparse/verylong-sample.csv", "placeholder|meaning of life|TLD", 3, 2000,
     "500:cell-count 1000:cell-count 1500:cell-count 2000:cell-count"},
    {"phpspreadsheet/NumberFormatTest.csv", "-123|1,234|12,345.67", 3, 2,
     "2:cell-count 3:cell-count"},
    {"phpspreadsheet/NumberFormatTest.de.csv", "-123|1.234|12.345,67", 3, 4,
     "2:cell-count 3:cell-count 4:cell-count 5:cell-count"},
    {"phpspreadsheet/backslash.csv", "field 1|field 2\\", 2, 1},
    {"phpspreadsheet/empty.csv", "", 0, 0, "", Kind::empty, "is empty: not even a header line"},
    // Delimiters at the end of rows, not of the header.
    {"phpspreadsheet/enclosure.csv", "Date/Time|task|username", 3, 3,
     "2:cell-count 3:cell-count 4:cell-count"},
    // Quotes of \".
    {"phpspreadsheet/escape.csv", "", 0, 0, "", Kind::damaged,
     "line 1, the header: cell 10 has a quote mark at one end only, or blanks before it"},
    {"phpspreadsheet/line_break_escaped_32le.csv", "Name|Copy|URL", 3, 4},
    {"phpspreadsheet/line_break_in_enclosure.csv", "Name|Copy|URL", 3, 5},
    {"phpspreadsheet/line_break_in_enclosure_with_escaped_quotes.csv", "Name|Copy|URL", 3, 4},
    {"phpspreadsheet/linend.mac.csv", "A|1", 2, 1},
    {"phpspreadsheet/linend.unix.csv", "A|1", 2, 1},
    {"phpspreadsheet/linend.win.csv", "A|1", 2, 1},
    {"phpspreadsheet/no_delimiter.csv", "SingleLine", 1, 0},
    {"phpspreadsheet/premiere.utf16be.csv", "première|second|troisième", 3, 1},
    {"phpspreadsheet/premiere.utf16bebom.csv", "première|second|troisième", 3, 1},
    {"phpspreadsheet/premiere.utf16le.csv", "première|second|troisième", 3, 2},
    {"phpspreadsheet/premiere.utf16lebom.csv", "première|second|troisième", 3, 1},
    {"phpspreadsheet/premiere.utf32bebom.csv", "première|second|troisième", 3, 1},
    {"phpspreadsheet/premiere.utf32lebom.csv", "première|second|troisième", 3, 1},
    {"phpspreadsheet/premiere.utf8.csv", "première|second|troisième", 3, 1},
    {"phpspreadsheet/premiere.utf8bom.csv", "première|second|troisième", 3, 1},
    {"phpspreadsheet/premiere.win1252.csv", "", 0, 0, "", Kind::unreadable,
     "line 1: the header is no UTF-8 text"},
    {"phpspreadsheet/semicolon_separated.csv", "This|Are|Headers", 3, 2},
    {"phpspreadsheet/sep.csv", "A|1", 2, 1},
    {"phpspreadsheet/utf16be.line_break_in_enclosure.csv", "Name|Copy|URL", 3, 5},
    {"rapidcsv/chi-utf16.csv", "reference|description", 2, 40},
    {"salesforce/Account.csv", "Id|IsDeleted|MasterRecordId", 56, 22},
    {"salesforce/Lead.csv", "Id|IsDeleted|MasterRecordId", 55, 60},
    {"salesforce/Opportunity.csv", "Id|IsDeleted|AccountId", 35, 50},
    {"salesforce/error0413060133.csv", "ID|ISDELETED|ACCOUNTID", 32, 11},
    {"salesforce/opportunityData.csv", "ID|ISDELETED|ACCOUNTID", 31, 38},
    {"salesforce/partial-failure.csv", "sf__Id|sf__Error|Name", 6, 1},
    {"salesforce/success0413060133.csv", "ID|ISDELETED|ACCOUNTID", 32, 9},
    {"salesforce/testfiles/acctsWithBinaryDataInRTF.csv", "Name|RICHTEXT__c", 2, 1},
    {"salesforce/testfiles/dateEndingInZ.csv", "NAME|TYPE|PHONE", 9, 1},
    {"salesforce/testfiles/dateOnlyWithTimeZone.csv", "NAME|TYPE|PHONE", 8, 2},
    {"salesforce/testfiles/dateUsingDefaultTimeZone.csv", "NAME|TYPE|PHONE", 9, 1},
    {"salesforce/testfiles/dateWithTimeZone.csv", "NAME|TYPE|PHONE", 9, 2},
    {"salesforce/testfiles/emptyFirstRowFieldValueInCsvTemplate.csv", "ID|NAME|WEBSITE", 3, 2},
    {"salesforce/testfiles/insertAccountCsv.csv", "NAME|TYPE|PHONE", 7, 100},
    {"salesforce/testfiles/timeZoneFormatTesting.csv", "Name|Date", 2, 12},
    {"salesforce/testfiles/timeZoneFormatTestingWithErrors.csv", "Name|Date", 2, 6},
    {"salesforce/testfiles/upsertWithRowOffsetTemplate.csv", "NAME|TYPE|PHONE", 7, 10},
    // A title row: mapped columns are missing.
    {"univocity/csv__essential-dos.csv", "This line and the following sh", 1, 19,
     "4:cell-count 5:cell-count 6:cell-count 8:cell-count 11:cell-count 12:cell-count "
     "13:cell-count 14:cell-count 15:cell-count 17:bad-quoting 18:cell-count 19:cell-count "
     "20:cell-count 21:bad-quoting 22:cell-count 23:cell-count"},
    {"univocity/csv__essential-mac.csv", "This line and the following sh", 1, 19,
     "4:cell-count 5:cell-count 6:cell-count 8:cell-count 11:cell-count 12:cell-count "
     "13:cell-count 14:cell-count 15:cell-count 17:bad-quoting 18:cell-count 19:cell-count "
     "20:cell-count 21:bad-quoting 22:cell-count 23:cell-count"},
    {"univocity/csv__essential.csv", "This line and the following sh", 1, 19,
     "4:cell-count 5:cell-count 6:cell-count 8:cell-count 11:cell-count 12:cell-count "
     "13:cell-count 14:cell-count 15:cell-count 17:bad-quoting 18:cell-count 19:cell-count "
     "20:cell-count 21:bad-quoting 22:cell-count 23:cell-count"},
    {"univocity/examples__escape.csv", "", 0, 0, "", Kind::damaged,
     "line 1, the header: cell 1 has text behind its closing quote mark"},
    // Quotes of \".
    {"univocity/examples__european.csv", "Year|Make|Model", 5, 5,
     "3:bad-quoting 6:bad-quoting 7:bad-quoting"},
    {"univocity/examples__example.csv", "# This example was extracted f", 1, 12,
     "3:cell-count 6:cell-count 7:cell-count 8:cell-count 10:cell-count 12:cell-count "
     "14:cell-count 15:cell-count"},
    {"univocity/issues__github_1__input.csv", "column 1|column 2|column 3", 3, 2,
     "2:cell-count 3:cell-count"},
    {"univocity/issues__github_7__input.csv", "# this is a comment line", 1, 2,
     "2:cell-count 3:cell-count"},
    {"univocity/issues__ticket_3__input.csv", "", 0, 0, "", Kind::damaged,
     "line 1, the header: cell 2 has a quote mark at one end only, or blanks before it"},
};

std::string first_columns(const Cells& header) {
  std::string out;
  for (std::size_t i = 0; i < header.size() && i < 3; ++i) {
    if (i > 0) out += '|';
    out += header[i].substr(0, 30);
  }
  return out;
}

std::string lines_and_faults(const ReadExport& read) {
  std::string out;
  for (const ReadRow& row : read.rows) {
    if (row.fault.empty()) continue;
    if (!out.empty()) out += ' ';
    out += std::to_string(row.line) + ':' + row.fault;
  }
  return out;
}

class CsvOutcome : public testing::TestWithParam<Outcome> {};

TEST_P(CsvOutcome, IsTheOneDecided) {
  const Outcome& wanted = GetParam();
  const ReadExport read = read_file(test_data(wanted.file));
  EXPECT_EQ(read.error, wanted.error) << read.message;
  EXPECT_THAT(read.message, HasSubstr(wanted.message));
  EXPECT_EQ(first_columns(read.header), wanted.first_columns);
  EXPECT_EQ(read.header.size(), wanted.columns);
  EXPECT_EQ(read.rows.size(), wanted.rows);
  EXPECT_EQ(lines_and_faults(read), wanted.faults);
}

INSTANTIATE_TEST_SUITE_P(All, CsvOutcome, testing::ValuesIn(kOutcomes), [](const auto& test) {
  std::string name = test.param.file;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

TEST(CsvOutcomes, EveryFileHasOne) {
  std::set<std::string> listed;
  for (const Outcome& outcome : kOutcomes) listed.insert(outcome.file);
  for (const char* folder :
       {"commons-csv", "csv-parser", "csv-spectrum", "csvkit", "csvlint", "dataloader", "dynamics",
        "frictionless", "hubspot", "krayin", "papaparse", "phpspreadsheet", "rapidcsv",
        "salesforce", "univocity"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(test_data(folder))) {
      constexpr std::array kKinds = {".csv", ".tsv", ".txt", ".gz"};
      const bool is_csv = std::find(kKinds.begin(), kKinds.end(),
                                    entry.path().extension().string()) != kKinds.end();
      const std::string name = std::filesystem::relative(entry.path(), test_data("")).string();
      EXPECT_TRUE(!is_csv || listed.contains(name)) << name;
    }
  }
}

}  // namespace
}  // namespace referrald::mapping
