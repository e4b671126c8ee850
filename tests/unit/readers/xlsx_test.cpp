// Which worksheet, header and rows are read.
#include <gmock/gmock.h>

#include "tests/unit/readers/xlsx_files.hpp"

namespace referrald::mapping {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = ExportError::Kind;

WorkbookText rows(std::string text) {
  WorkbookText workbook;
  workbook.rows = std::move(text);
  return workbook;
}

Parts sheets_with(const std::vector<std::string>& names, const std::vector<std::string>& contents) {
  Parts parts = workbook_parts(names);
  for (std::size_t i = 0; i < contents.size(); ++i) {
    parts["xl/worksheets/sheet" + std::to_string(i + 1) + ".xml"] = sheet_xml(contents[i]);
  }
  return parts;
}

const std::string kRowA = "<row r=\"1\">" + text_cell("A1", "a") + "</row>";
const std::string kRowB = "<row r=\"1\">" + text_cell("A1", "b") + "</row>";

TEST(Xlsx, HeaderAndRowsAreReadWithTheSheetsRowNumbers) {
  const ReadSheet read = read_workbook_text(rows(
      "<row r=\"2\">" + text_cell("A2", " Topic\xE2\x80\x8B") + text_cell("B2", "City") +
      "</row><row r=\"5\">" + text_cell("A5", " Storage ") + text_cell("B5", "Oslo") + "</row>"));
  EXPECT_THAT(read.header, ElementsAre("Topic", "City"));
  EXPECT_THAT(read.cells(), ElementsAre(Cells{" Storage ", "Oslo"}));
  EXPECT_THAT(read.lines(), ElementsAre(5));
  EXPECT_FALSE(read.error);
  EXPECT_EQ(read.bytes_read, read.bytes_total);
  EXPECT_GT(read.bytes_total, 0U);
}

TEST(Xlsx, TheUnitIsTheRow) {
  const TemporaryFile file(zip_of(rows(kRowA).parts()));
  EXPECT_EQ(open_xlsx(file.path(), {})->unit(), "row");
}

TEST(Xlsx, SaysWhatWasTakenForTheHeader) {
  const TemporaryFile file(zip_of(rows("<row r=\"3\">" + text_cell("A3", "a") + "</row>").parts()));
  EXPECT_EQ(open_xlsx(file.path(), {})->header_place(), "row 3 of the worksheet \"Leads\"");
}

TEST(Xlsx, CellsThatAreLeftOutAreBlank) {
  const ReadSheet read =
      read_cells(text_cell("B2", "b") + text_cell("D2", "d") + "<c r=\"E2\" s=\"0\"/>", 5);
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"", "b", "", "d", ""}));
}

TEST(Xlsx, WithoutReferencesCellsAndRowsFollowEachOther) {
  const std::string cell = "<c t=\"inlineStr\"><is><t>x</t></is></c>";
  const ReadSheet read = read_workbook_text(
      rows("<row>" + cell + cell + cell + "</row><row>" + text_cell("B2", "y") + cell + "</row>"));
  EXPECT_EQ(read.header.size(), 3U);
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"", "y", "x"}));
  EXPECT_THAT(read.lines(), ElementsAre(2));
}

TEST(Xlsx, CellsInAnotherOrderStandWhereTheyBelong) {
  EXPECT_THAT(read_cells(text_cell("C2", "c") + text_cell("A2", "a"), 3).cells(),
              ElementsAre(Cells{"a", "", "c"}));
}

TEST(Xlsx, ACellThatIsThereTwiceRejectsItsRow) {
  const ReadSheet read = read_cells(text_cell("A2", "one") + text_cell("A2", "two"));
  EXPECT_THAT(read.faults(), ElementsAre("cell-error"));
  EXPECT_THAT(read.rows.at(0).message, HasSubstr("cell A2 is there twice"));
}

TEST(Xlsx, BlankRowsAreSkipped) {
  const ReadSheet read = read_workbook_text(
      rows("<row r=\"1\"><c r=\"A1\"/></row>" + std::string("<row r=\"2\">") +
           text_cell("A2", "a") + "</row><row r=\"3\"/><row r=\"4\">" +
           text_cell("A4", " \xC2\xA0") + "</row><row r=\"6\">" + text_cell("A6", "1") + "</row>"));
  EXPECT_THAT(read.header, ElementsAre("a"));
  EXPECT_THAT(read.lines(), ElementsAre(6));
}

TEST(Xlsx, ACellBeyondTheHeaderIsAFaultUnlessItIsBlank) {
  EXPECT_THAT(read_cells(text_cell("A2", "1") + text_cell("C2", " "), 2).faults(), ElementsAre(""));
  const ReadSheet read = read_cells(text_cell("A2", "1") + text_cell("C2", "secret"), 2);
  EXPECT_THAT(read.faults(), ElementsAre("cell-count"));
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"1", "", "secret"}));
  EXPECT_THAT(read.rows.at(0).message,
              AllOf(HasSubstr("cell C2"), testing::Not(HasSubstr("secret"))));
}

TEST(Xlsx, TheHeaderMayBeNamedByItsRow) {
  ExportFormat format;
  format.header = 3;
  const std::string text = "<row r=\"1\">" + text_cell("A1", "Report") + "</row><row r=\"3\">" +
                           text_cell("A3", "a") + "</row><row r=\"4\">" + text_cell("A4", "1") +
                           "</row>";
  const ReadSheet read = read_workbook_text(rows(text), format);
  EXPECT_THAT(read.header, ElementsAre("a"));
  EXPECT_THAT(read.lines(), ElementsAre(4));
  format.header = 2;
  const ReadSheet blank = read_workbook_text(rows(text), format);
  EXPECT_EQ(blank.error, Kind::format);
  EXPECT_THAT(blank.message, HasSubstr("row 2: is blank"));
  format.header = 9;
  EXPECT_EQ(read_workbook_text(rows(text), format).error, Kind::format);
}

TEST(Xlsx, AMergedHeaderCellNamesItsFirstColumnOnly) {
  const ReadSheet read = read_workbook_text(
      rows("<row r=\"1\">" + text_cell("A1", "Customer") + "<c r=\"B1\"/>" +
           text_cell("C1", "City") + "</row><row r=\"2\">" + text_cell("A2", "Fabrikam") +
           text_cell("B2", "Inc") + text_cell("C2", "Oslo") + "</row>"));
  EXPECT_THAT(read.header, ElementsAre("Customer", "", "City"));
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"Fabrikam", "Inc", "Oslo"}));
}

TEST(Xlsx, TheOnlyVisibleWorksheetWithDataIsRead) {
  const ReadSheet read = read_parts(sheets_with(
      {"Notes|hidden", "Empty", "Leads", "Keys|veryHidden"}, {kRowB, "", kRowA, kRowB}));
  EXPECT_THAT(read.header, ElementsAre("a"));
}

TEST(Xlsx, OfSeveralWorksheetsWithDataNoneIsTakenUnasked) {
  const Parts parts = sheets_with({"Leads", "Old leads"}, {kRowA, kRowB});
  const ReadSheet read = read_parts(parts);
  EXPECT_EQ(read.error, Kind::format);
  EXPECT_THAT(read.message,
              AllOf(HasSubstr("\"Leads\", \"Old leads\""), HasSubstr("format: { sheet: … }")));
  EXPECT_THAT(read_parts(parts, sheet_named("Leads")).header, ElementsAre("a"));
  EXPECT_THAT(read_parts(parts, sheet_named("old leads ")).header, ElementsAre("b"));
}

TEST(Xlsx, AHiddenWorksheetIsReadWhenNamed) {
  const Parts parts = sheets_with({"Leads|hidden"}, {kRowA});
  EXPECT_THAT(read_parts(parts, sheet_named("Leads")).header, ElementsAre("a"));
  const ReadSheet read = read_parts(parts);
  EXPECT_EQ(read.error, Kind::empty);
  EXPECT_THAT(read.message, HasSubstr("the hidden ones, \"Leads\""));
}

TEST(Xlsx, AWorksheetThatIsNotThereIsRefusedWithThoseThatAre) {
  const ReadSheet read =
      read_parts(sheets_with({"Leads", "Old"}, {kRowA, kRowB}), sheet_named("Sheet1"));
  EXPECT_EQ(read.error, Kind::format);
  EXPECT_THAT(read.message,
              AllOf(HasSubstr("no worksheet \"Sheet1\""), HasSubstr("\"Leads\", \"Old\"")));
}

TEST(Xlsx, AChartIsNoWorksheet) {
  Parts parts = sheets_with({"Leads", "Chart"}, {kRowA, kRowB});
  std::string& links = parts["xl/_rels/workbook.xml.rels"];
  const std::string sheet = "worksheet\" Target=\"worksheets/sheet2.xml";
  links.replace(links.find(sheet), sheet.size(), "chartsheet\" Target=\"worksheets/sheet2.xml");
  EXPECT_THAT(read_parts(parts).header, ElementsAre("a"));
  EXPECT_EQ(read_parts(parts, sheet_named("Chart")).error, Kind::format);
}

TEST(Xlsx, TargetsMayBeAbsoluteOrClimbAndPrefixesMayBeAny) {
  Parts parts = rows(kRowA).parts();
  for (const char* target :
       {"/xl/worksheets/sheet1.xml", "../xl/./worksheets/sheet1.xml", "Worksheets\\Sheet1.xml"}) {
    Parts moved = parts;
    std::string& links = moved["xl/_rels/workbook.xml.rels"];
    const std::string usual = "worksheets/sheet1.xml";
    links.replace(links.find(usual), usual.size(), target);
    EXPECT_THAT(read_parts(moved).header, ElementsAre("a")) << target;
  }
  parts["xl/worksheets/sheet1.xml"] =
      "<q:worksheet xmlns:q=\"http://purl.oclc.org/ooxml/spreadsheetml/main\" "
      "xmlns=\"urn:other\"><q:sheetData><c/><q:row><q:c t=\"str\"><v/><q:v>strict</q:v></q:c>"
      "</q:row></q:sheetData></q:worksheet>";
  EXPECT_THAT(read_parts(parts).header, ElementsAre("strict"));
}

TEST(Xlsx, DynamicsLogicalNamesAreAliases) {
  const std::string key =
      "lead:c2Vj+/==:leadid=%28Do%20Not%20Modify%29%20Lead&amp;subject=Thema"
      "&amp;estimatedvalue=Gesch%c3%a4tzter+Wert&amp;statecode=Status&amp;custom_status=Status"
      "&amp;name=Firma&amp;parent=Name&amp;other=Name&amp;odd=100%&amp;=x&amp;y";
  Parts parts = sheets_with(
      {"Leads", "hiddenSheet|veryHidden"},
      {"<row r=\"1\">" + text_cell("A1", "(Do Not Modify) Lead") + text_cell("B1", " Thema") +
           text_cell("C1", "Geschätzter Wert") + text_cell("D1", "Status") +
           text_cell("E1", "Ort") + text_cell("F1", "Status") + text_cell("G1", "Name") +
           text_cell("H1", "100%") + "</row>",
       "<row r=\"1\">" + text_cell("A1", key) + "</row>"});
  EXPECT_THAT(read_parts(parts).aliases, ElementsAre("leadid", "subject", "estimatedvalue",
                                                     "statecode", "", "custom_status", "", "odd"));
}

TEST(Xlsx, OfTwoColumnsWithOneLogicalNameTheFirstHasIt) {
  Parts parts = sheets_with(
      {"Leads", "hiddenSheet|veryHidden"},
      {"<row r=\"1\">" + text_cell("A1", "Hidden") + text_cell("B1", "Shown") + "</row>",
       "<row r=\"1\">" + text_cell("A1", "lead:x:m=Hidden&amp;m=Shown") + "</row>"});
  EXPECT_THAT(read_parts(parts).aliases, ElementsAre("m", ""));
}

TEST(Xlsx, WithoutDynamicsKeyThereAreNoAliases) {
  EXPECT_THAT(read_workbook_text(rows(kRowA)).aliases, IsEmpty());
  for (const char* key : {"", "no key", "a:b", "a:b:", "a:b:x=Other"}) {
    EXPECT_THAT(read_parts(sheets_with({"Leads", "hiddenSheet|veryHidden"},
                                       {kRowA, "<row r=\"1\">" + text_cell("A1", key) + "</row>"}))
                    .aliases,
                IsEmpty())
        << key;
  }
}

TEST(Xlsx, TheHeaderAgainAmongTheRowsIsNoRecord) {
  const auto rows = [](const char* a, const char* b) {
    WorkbookText text;
    text.rows = "<row r=\"1\">" + text_cell("A1", "Id") + text_cell("B1", "Name") +
                "</row><row r=\"2\">" + text_cell("A2", a) + text_cell("B2", b) + "</row>";
    return read_workbook_text(text);
  };
  EXPECT_THAT(rows("ID", "Name").faults(), testing::ElementsAre("repeated-header"));
  EXPECT_EQ(rows("Name", "Id").error, ExportError::Kind::damaged);
  EXPECT_THAT(rows("1", "Name").faults(), testing::ElementsAre(""));
}

}  // namespace
}  // namespace referrald::mapping
