// What becomes of each kind of cell.
#include <gmock/gmock.h>

#include "mapping/readers/xlsx_values.hpp"
#include "tests/unit/readers/xlsx_files.hpp"

namespace referrald::mapping {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

ReadCell text(std::string value) {
  return {std::move(value), CellType::text};
}
ReadCell a_number(std::string value) {
  return {std::move(value), CellType::number};
}

ReadSheet with_strings(std::string strings, std::string cells) {
  WorkbookText workbook;
  workbook.rows = one_row(cells);
  workbook.strings = std::move(strings);
  return read_workbook_text(workbook);
}

ReadSheet with_format(std::string code, std::string value) {
  WorkbookText workbook;
  workbook.rows = one_row("<c r=\"A2\" s=\"1\"><v>" + value + "</v></c>");
  workbook.styles = "<numFmts><numFmt numFmtId=\"164\" formatCode=\"" + code +
                    "\"/></numFmts><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/></cellXfs>";
  return read_workbook_text(workbook);
}

TEST(XlsxCells, SharedStringsJoinTheirRunsAndLeavePronunciationOut) {
  EXPECT_EQ(with_strings("<si><t>zero</t></si><si><r><rPr><b/></rPr><t>Fab</t></r><r><t "
                         "xml:space=\"preserve\">rikam </t></r><rPh sb=\"0\" eb=\"1\"><t>fa</t>"
                         "</rPh><phoneticPr fontId=\"1\"/></si>",
                         "<c r=\"A2\" t=\"s\"><v> 1 </v></c>")
                .cell(0),
            text("Fabrikam "));
}

TEST(XlsxCells, InlineStringsToo) {
  EXPECT_EQ(read_cells("<c r=\"A2\" t=\"inlineStr\"><is><r><t>Fab</t></r><r><t><![CDATA[ri<k>]]>"
                       "am</t></r><rPh><t>no</t></rPh></is></c>")
                .cell(0),
            text("Fabri<k>am"));
}

TEST(XlsxCells, ABlankIndexIsABlankCellAndAWrongOneAFault) {
  EXPECT_EQ(with_strings("<si><t>x</t></si>", "<c r=\"A2\" t=\"s\"><v/></c>").rows.size(), 0U);
  for (const char* index : {"1", "-1", "0.5", "x", "99999999999999999999"}) {
    const ReadSheet read = with_strings(
        "<si><t>x</t></si>", std::string("<c r=\"A2\" t=\"s\"><v>") + index + "</v></c>");
    EXPECT_THAT(read.faults(), ElementsAre("cell-error")) << index;
  }
}

TEST(XlsxCells, EscapesAreDecoded) {
  EXPECT_EQ(read_cells(text_cell("A2", "a_x000D_\nb")).cell(0), text("a\r\nb"));
  EXPECT_EQ(read_cells(text_cell("A2", "_x005F_x000D_")).cell(0), text("_x000D_"));
  EXPECT_EQ(read_cells(text_cell("A2", "_x00e9__x20AC__xD83D__xDE00_")).cell(0),
            text("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"));
  EXPECT_EQ(read_cells(text_cell("A2", "_xD83D_ _x12_ _x12G4_ _x")).cell(0),
            text("_xD83D_ _x12_ _x12G4_ _x"));
  EXPECT_EQ(with_strings("<si><t>a_x0009_b</t></si>", "<c r=\"A2\" t=\"s\"><v>0</v></c>").cell(0),
            text("a\tb"));
}

TEST(XlsxCells, AnEscapedNulRejectsTheRow) {
  const ReadSheet read = read_cells(text_cell("A2", "ok") + text_cell("B2", "a_x0000_b"), 2);
  EXPECT_THAT(read.faults(), ElementsAre("nul-byte"));
  EXPECT_THAT(read.rows.at(0).message, HasSubstr("cell B2"));
}

TEST(XlsxCells, BooleansAreTrueAndFalse) {
  EXPECT_EQ(read_cells("<c r=\"A2\" t=\"b\"><v>1</v></c>").cell(0),
            (ReadCell{"true", CellType::boolean}));
  EXPECT_EQ(read_cells("<c r=\"A2\" t=\"b\"><v>0</v></c>").cell(0),
            (ReadCell{"false", CellType::boolean}));
  EXPECT_THAT(read_cells("<c r=\"A2\" t=\"b\"><v>2</v></c>").faults(), ElementsAre("cell-error"));
}

TEST(XlsxCells, AnErrorRejectsTheRowAndIsNeitherBlankNorText) {
  const ReadSheet read =
      read_cells(text_cell("A2", "x") + "<c r=\"B2\" t=\"e\"><f>1/0</f><v>#DIV/0!</v></c>", 2);
  EXPECT_THAT(read.faults(), ElementsAre("cell-error"));
  EXPECT_THAT(read.rows.at(0).message, HasSubstr("cell B2 holds an error"));
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"x", "#DIV/0!"}));
}

TEST(XlsxCells, AnErrorInAColumnThatNobodyAsksForDoesNoHarm) {
  WorkbookText workbook;
  workbook.rows = one_row(text_cell("A2", "x") + "<c r=\"B2\" t=\"e\"><v>#N/A</v></c>", 2);
  const TemporaryFile file(zip_of(workbook.parts()));
  const auto faults = [&](const std::vector<std::string>& wanted) {
    return read_all([&] { return open_xlsx(file.path(), {}, wanted); }).faults();
  };
  EXPECT_THAT(faults({"A"}), ElementsAre(""));
  for (const char* name : {"B", "B#1", "#2"})
    EXPECT_THAT(faults({"A", name}), ElementsAre("cell-error")) << name;
  EXPECT_THAT(faults({}), ElementsAre("cell-error")) << "all are wanted";
}

TEST(XlsxCells, FormulasHaveTheirCachedValue) {
  EXPECT_EQ(read_cells("<c r=\"A2\"><f>1+1</f><v>2</v></c>").cell(0), a_number("2"));
  EXPECT_EQ(read_cells("<c r=\"A2\"><f t=\"shared\" si=\"0\"/><v>2</v></c>").cell(0),
            a_number("2"));
  EXPECT_EQ(read_cells("<c r=\"A2\" t=\"str\"><f>B1</f><v>tea_x0020_m</v></c>").cell(0),
            text("tea m"));
  EXPECT_EQ(read_cells("<c r=\"A2\" t=\"b\"><f>TRUE()</f><v>1</v></c>").cell(0),
            (ReadCell{"true", CellType::boolean}));
}

TEST(XlsxCells, AFormulaWhoseResultIsTheEmptyTextIsBlank) {
  const ReadSheet read =
      read_cells("<c r=\"A2\" t=\"str\"><f>IF(1,\"\")</f><v></v></c>" + text_cell("B2", "x"), 2);
  EXPECT_THAT(read.faults(), ElementsAre(""));
  EXPECT_EQ(read.cell(0), text(""));
}

TEST(XlsxCells, AFormulaThatWasNotCalculatedRejectsTheRow) {
  for (const char* cell : {"<c r=\"A2\"><f>B1</f></c>", "<c r=\"A2\"><f>B1</f><v/></c>",
                           "<c r=\"A2\" t=\"str\"><f>B1</f></c>"}) {
    const ReadSheet read = read_cells(cell);
    EXPECT_THAT(read.faults(), ElementsAre("cell-error")) << cell;
    EXPECT_THAT(read.rows.at(0).message, HasSubstr("cell A2 holds a formula")) << cell;
  }
}

TEST(XlsxCells, AZeroThatAProgramWroteInPlaceOfAResultIsNotBelieved) {
  WorkbookText workbook;
  workbook.rows = one_row("<c r=\"A2\"><f>B1</f><v>0</v></c>");
  EXPECT_EQ(read_workbook_text(workbook).cell(0), a_number("0"));
  workbook.calculation = "<calcPr fullCalcOnLoad=\"1\"/>";
  EXPECT_THAT(read_workbook_text(workbook).faults(), ElementsAre("cell-error"));
  workbook.rows = one_row("<c r=\"A2\"><v>0</v></c>");
  EXPECT_EQ(read_workbook_text(workbook).cell(0), a_number("0"));
}

TEST(XlsxCells, NumbersAreTheShortestPlainDecimal) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"1", "1"},
      {"0", "0"},
      {"-0", "0"},
      {"007", "7"},
      {"1250.50", "1250.5"},
      {"100.000", "100"},
      {" 12 ", "12"},
      {"0.30000000000000004", "0.3"},
      {"41800000.009999998", "41800000.01"},
      {"-68.664999999999992", "-68.665"},
      {"0.99999999999999989", "1"},
      {"1E3", "1000"},
      {"1.2345E+20", "123450000000000000000"},
      {"1.5E-7", "0.00000015"},
      {"-2.5e-3", "-0.0025"},
      {"123456789012345.67", "123456789012346"},
  };
  for (const auto& [written, shown] : cases) {
    EXPECT_EQ(read_cells(std::string("<c r=\"A2\"><v>") + written + "</v></c>").cell(0),
              a_number(shown))
        << written;
  }
}

TEST(XlsxCells, AWholeNumberThatIsWrittenOutKeepsAllItsDigits) {
  EXPECT_EQ(read_cells("<c r=\"A2\"><v>1234567890123456789</v></c>").cell(0),
            a_number("1234567890123456789"));
}

TEST(XlsxCells, WhatIsNoNumberRejectsTheRow) {
  for (const char* value :
       {"abc", "1,5", "1 2", "1.2345678901234568E+19", "NaN", "INF", "1E999", "0x10", "--1", "."}) {
    std::string out;
    EXPECT_FALSE(append_decimal(out, value)) << value;
    EXPECT_EQ(out, "") << value;
    EXPECT_THAT(read_cells(std::string("<c r=\"A2\" t=\"n\"><v>") + value + "</v></c>").faults(),
                ElementsAre("cell-error"))
        << value;
  }
}

TEST(XlsxCells, AFormatOfZerosOnlyShowsLeadingZerosAndMakesText) {
  EXPECT_EQ(with_format("00000", "815").cell(0), text("00815"));
  EXPECT_EQ(with_format("00000", "81512").cell(0), text("81512"));
  EXPECT_EQ(with_format("00000;@", "-12").cell(0), text("-00012"));
  EXPECT_EQ(with_format("00000", "12.5").cell(0), a_number("12.5"));
  EXPECT_EQ(with_format("0", "815").cell(0), a_number("815"));
  EXPECT_EQ(with_format("00.0", "8").cell(0), a_number("8"));
}

TEST(XlsxCells, PercentAndCurrencyFormatsKeepTheValue) {
  EXPECT_EQ(with_format("0.00%", "0.125").cell(0), a_number("0.125"));
  EXPECT_EQ(with_format("[$€-407]#,##0.00;[Red]-[$€-407]#,##0.00", "1234.5").cell(0),
            a_number("1234.5"));
  EXPECT_EQ(with_format("#,##0.00 &quot;days&quot;", "3").cell(0), a_number("3"));
  EXPECT_EQ(with_format("0.00E+00", "1234").cell(0), a_number("1234"));
}

TEST(XlsxCells, AStyleThatTheFileDoesNotDefineRejectsTheRow) {
  WorkbookText workbook;
  workbook.styles = "<cellXfs><xf numFmtId=\"0\"/></cellXfs>";
  for (const char* style : {"1", "-1", "x", "99999999999"}) {
    workbook.rows = one_row(std::string("<c r=\"A2\" s=\"") + style + "\"><v>45000</v></c>");
    EXPECT_THAT(read_workbook_text(workbook).faults(), ElementsAre("cell-error")) << style;
  }
  workbook.rows = one_row("<c r=\"A2\" s=\"\"><v>45000</v></c>");
  EXPECT_EQ(read_workbook_text(workbook).cell(0), a_number("45000"));
}

TEST(XlsxCells, AnUnknownTypeRejectsTheRow) {
  const ReadSheet read = read_cells("<c r=\"A2\" t=\"z\"><v>secret</v></c>");
  EXPECT_THAT(read.faults(), ElementsAre("cell-error"));
  EXPECT_THAT(read.rows.at(0).message, Not(HasSubstr("secret")));
}

TEST(XlsxCells, ForeignElementsInsideRowsAndCellsAreLeftOut) {
  EXPECT_EQ(read_cells("<c r=\"A2\"><v>1</v><extLst><ext><v>2</v></ext></extLst></c><extLst><c "
                       "r=\"B2\"><v>3</v></c></extLst>")
                .cell(0),
            a_number("1"));
}

TEST(XlsxCells, ARowOfMoreThanAMebibyteIsRejectedAloneAndHasNoCells) {
  WorkbookText workbook;
  const std::string half(600'000, 'x');
  workbook.strings = "<si><t>" + half + "</t></si>";
  const std::string twice = "<c t=\"s\"><v>0</v></c><c t=\"s\"><v>0</v></c>";
  workbook.rows = one_row(twice, 2) + "<row r=\"3\">" + text_cell("A3", half + half) +
                  "</row><row r=\"4\">" + text_cell("A4", "ok") + "</row>";
  const ReadSheet read = read_workbook_text(workbook);
  EXPECT_THAT(read.faults(), ElementsAre("row-too-long", "row-too-long", ""));
  EXPECT_TRUE(read.rows.at(0).cells.empty());
  EXPECT_EQ(read.cell(0, 2), text("ok"));
}

}  // namespace
}  // namespace referrald::mapping
