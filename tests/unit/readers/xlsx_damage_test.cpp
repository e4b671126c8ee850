// Files that are damaged, that are something else, or that are made to do harm.
#include <fstream>
#include <iterator>
#include <random>

#include <gmock/gmock.h>

#include "tests/unit/readers/xlsx_files.hpp"

namespace referrald::mapping {
namespace {

using namespace std::string_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Kind = ExportError::Kind;

constexpr const char* kDynamics = "dynamics/Knowledge Assessment Import File.xlsx";

std::string bytes_of(const char* name) {
  std::ifstream in(test_data(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

ReadSheet read_bytes(std::string_view bytes) {
  const TemporaryFile file(bytes);
  return read_xlsx(file.path());
}

Parts good_parts() {
  WorkbookText workbook;
  workbook.rows = one_row(text_cell("A2", "x"));
  return workbook.parts();
}

ReadSheet read_sheet(std::string xml) {
  Parts parts = good_parts();
  parts["xl/worksheets/sheet1.xml"] = std::move(xml);
  return read_parts(parts);
}

// An OLE file with a directory entry of that name.
std::string ole_with(std::string_view stream) {
  std::string bytes = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"s + std::string(1016, '\0');
  for (const char c : stream) bytes.append({c, '\0'});
  bytes.resize(1536);
  return bytes;
}

TEST(XlsxRefusals, OtherFilesAreCalledByTheirName) {
  const auto says = [](std::string_view bytes, const char* what) {
    const ReadSheet read = read_bytes(bytes);
    EXPECT_EQ(read.error, Kind::unreadable) << what;
    EXPECT_THAT(read.message, HasSubstr(what));
  };
  says(ole_with("EncryptedPackage"), "protected by a password");
  says(ole_with("Workbook"), "of the old kind (.xls)");
  says(ole_with("Book"), "of the old kind (.xls)");
  says(ole_with("WordDocument"), "an old Office document");
  says("<html><table>", "an XML or HTML file");
  says("\xEF\xBB\xBF<?xml version=\"1.0\"?><?mso-application progid=\"Excel.Sheet\"?>", "XML");
  says("Topic,City\n", "is no Excel workbook");
  says(zip_of({{"[Content_Types].xml", ""}, {"word/document.xml", ""}}), "a Word document");
  says(zip_of({{"ppt/presentation.xml", ""}}), "a PowerPoint presentation");
  says(zip_of({{"mimetype", ""}, {"content.xml", ""}}), "an OpenDocument file");
  says(zip_of({{"leads.csv", "a,b\n"}}), "a zip file that holds no Excel workbook");
  Parts binary = good_parts();
  std::string& links = binary["_rels/.rels"];
  links.replace(links.find("workbook.xml"), 12, "workbook.bin");
  says(zip_of(binary), "a binary Excel workbook (.xlsb)");
}

TEST(XlsxRefusals, AnEmptyFileAndAMissingOne) {
  EXPECT_EQ(read_bytes("").error, Kind::empty);
  EXPECT_EQ(read_xlsx("/no/such/leads.xlsx").error, Kind::missing);
}

TEST(XlsxDamage, AZipFileThatIsCutShort) {
  const std::string bytes = bytes_of(kDynamics);
  const ReadSheet read = read_bytes(std::string_view(bytes).substr(0, bytes.size() / 2));
  EXPECT_EQ(read.error, Kind::damaged);
  EXPECT_THAT(read.message, HasSubstr("was it cut short?"));
}

TEST(XlsxDamage, AWrongChecksumGivesNoRowAtAll) {
  std::string bytes = zip_of(good_parts());
  const std::string part = "xl/worksheets/sheet1.xml";
  const std::size_t directory = bytes.rfind(part) - 46;  // its entry in the directory
  ASSERT_EQ(bytes.substr(directory, 4), "PK\1\2");
  bytes[directory + 16] = static_cast<char>(bytes[directory + 16] ^ 1);  // the checksum
  bytes[bytes.find(part) - 30 + 14] = bytes[directory + 16];             // and its twin
  const ReadSheet read = read_bytes(bytes);
  EXPECT_EQ(read.error, Kind::damaged);
  EXPECT_THAT(read.message, AllOf(HasSubstr(part), HasSubstr("checksum")));
  EXPECT_THAT(read.rows, IsEmpty());
}

TEST(XlsxDamage, BadXmlIsToldWithItsPlace) {
  const ReadSheet read = read_sheet(
      sheet_xml("\n<row r=\"1\">" + text_cell("A1", "a") + "</row>\n<row r=\"2\"><c>secret</row>"));
  EXPECT_EQ(read.error, Kind::damaged);
  EXPECT_THAT(read.message, AllOf(HasSubstr("xl/worksheets/sheet1.xml, line 3, column "),
                                  HasSubstr("no well-formed XML"), Not(HasSubstr("secret"))));
  EXPECT_EQ(read_sheet("").error, Kind::damaged);
  EXPECT_EQ(read_sheet("<worksheet>").error, Kind::damaged);
  EXPECT_EQ(read_sheet(sheet_xml("<row r=\"1\">" + text_cell("A1", "\xFF") + "</row>")).error,
            Kind::damaged);
  EXPECT_EQ(read_sheet("<chartsheet/>").error, Kind::damaged);
}

TEST(XlsxDamage, RowsAndCellsOutOfPlace) {
  const auto damaged = [](const std::string& rows, const char* says) {
    const ReadSheet read = read_sheet(sheet_xml(rows));
    EXPECT_EQ(read.error, Kind::damaged) << rows;
    EXPECT_THAT(read.message, HasSubstr(says));
  };
  damaged("<row r=\"5\"/><row r=\"5\"/>", "row 5 behind row 5");
  damaged("<row r=\"0\"/>", "without a proper number");
  damaged("<row r=\"x\"/>", "without a proper number");
  damaged("<row r=\"99999999999999999999\"/>", "without a proper number");
  damaged("<row r=\"1\"><c r=\"A2\"/></row>", "a wrong reference in row 1");
  damaged("<row r=\"1\"><c r=\"1\"/></row>", "a wrong reference in row 1");
  damaged("<row r=\"1\"><c r=\"A\"/></row>", "a wrong reference in row 1");
  damaged("<row r=\"1\"><c r=\"XFE1\"/></row>", "more than 16384 columns");
  damaged("<row r=\"1\"><c r=\"ZZZZZZZZZZZZZZZZZ1\"/></row>", "more than 16384 columns");
  damaged("<row r=\"1\"><c r=\"XFD1\"/><c/></row>", "more than 16384 columns");
}

TEST(XlsxDamage, PartsThatAreNotThere) {
  for (const char* part : {"xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"}) {
    Parts parts = good_parts();
    parts.erase(part);
    const ReadSheet read = read_parts(parts);
    EXPECT_EQ(read.error, Kind::unreadable);
    EXPECT_THAT(read.message, AllOf(HasSubstr(part), HasSubstr("is not in the file")));
  }
}

TEST(XlsxHarm, EntitiesAreRefusedUnread) {
  const ReadSheet read = read_sheet(
      "<!DOCTYPE worksheet [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>" +
      sheet_xml("<row r=\"1\">" + text_cell("A1", "&b;") + "</row>").substr(21));
  EXPECT_EQ(read.error, Kind::unreadable);
  EXPECT_THAT(read.message, HasSubstr("document type definition"));
}

TEST(XlsxHarm, APartThatUnpacksToManyTimesItsSizeIsRefused) {
  Parts parts = good_parts();
  parts["xl/worksheets/sheet1.xml"] = sheet_xml(std::string(std::size_t{70} << 20, ' '));
  const ReadSheet read = read_parts(parts);
  EXPECT_EQ(read.error, Kind::unreadable);
  EXPECT_THAT(read.message, HasSubstr("more than 250 times its size"));
}

TEST(XlsxHarm, AWorkbookPartThatIsTooBigIsRefused) {
  Parts parts = good_parts();
  parts["xl/workbook.xml"].insert(0, std::string(std::size_t{17} << 20, ' '));
  const ReadSheet read = read_parts(parts);
  EXPECT_EQ(read.error, Kind::unreadable);
  EXPECT_THAT(read.message, HasSubstr("at most 16 MiB"));
}

TEST(XlsxHarm, TooManyPartsAndPartsOfTheSameNameAreRefused) {
  Parts parts = good_parts();
  for (int i = 0; i < 10'001; ++i) parts["xl/media/" + std::to_string(i)] = "";
  EXPECT_EQ(read_parts(parts).error, Kind::unreadable);
  parts = good_parts();
  parts["XL/Workbook.xml"] = parts["xl/workbook.xml"];
  const ReadSheet read = read_parts(parts);
  EXPECT_EQ(read.error, Kind::damaged);
  EXPECT_THAT(read.message, HasSubstr("the same name"));
}

TEST(XlsxHarm, DeepNestingAndLongTagsAreRefused) {
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += "<a>";
  const ReadSheet read = read_sheet(sheet_xml(deep));
  EXPECT_EQ(read.error, Kind::damaged);
  EXPECT_THAT(read.message, HasSubstr("nested"));
  // An attribute of 8 MiB, and names that are all different.
  std::mt19937 random(1);
  std::string attribute;
  while (attribute.size() < std::size_t{8} << 20) attribute += std::to_string(random());
  EXPECT_EQ(read_sheet(sheet_xml("<row r=\"1\" a=\"" + attribute + "\"/>")).error, Kind::damaged);
  std::string names;
  for (int i = 0; i < 200'000; ++i) names += "<x" + std::to_string(random()) + "/>";
  EXPECT_EQ(read_sheet(sheet_xml("<row r=\"1\">" + names + "</row>")).error, Kind::damaged);
}

// Damage anywhere ends in rows or in an ExportError, never in anything else. What the zip's
// checksums catch hides what is behind them, so the parts are damaged by themselves as well.
TEST(XlsxMutations, OfBytesNeverDoMoreThanRefuse) {
  std::mt19937 random(20260331);
  const auto below = [&](std::size_t end) { return static_cast<std::size_t>(random() % end); };
  int refused = 0;
  for (const char* name :
       {kDynamics, "xlsx-calamine/richtext-after-plain.xlsx", "xlsx-calamine/date_1904.xlsx",
        "xlsx-csvkit/sheets.xlsx", "xlsx-calamine/pass_protected.xlsx"}) {
    const std::string good = bytes_of(name);
    ASSERT_FALSE(good.empty());
    for (int i = 0; i < 80; ++i) {
      std::string bad = good;
      for (std::size_t flips = 1 + below(4); flips > 0; --flips) {
        // Half of them in the directory at the end, where every byte counts.
        const std::size_t at = below(2) == 0 ? below(bad.size()) : bad.size() - 1 - below(1024);
        bad[at] = static_cast<char>(random());
      }
      if (below(5) == 0) bad.resize(below(bad.size()));
      refused += read_bytes(bad).error ? 1 : 0;
    }
  }
  EXPECT_GT(refused, 150);
}

TEST(XlsxMutations, OfPartsNeverDoMoreThanRefuse) {
  WorkbookText workbook;
  workbook.strings = "<si><t>one</t></si><si><r><t>two_x000D_</t></r></si>";
  workbook.styles =
      "<numFmts><numFmt numFmtId=\"164\" formatCode=\"[$-409]d. mmm &quot;x&quot;;@\"/></numFmts>"
      "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/><xf numFmtId=\"22\"/></cellXfs>";
  workbook.rows = one_row(
      "<c r=\"A2\" t=\"s\"><v>1</v></c><c r=\"B2\" s=\"1\"><v>45000.5</v></c>"
      "<c r=\"C2\" s=\"2\"><f>B2*2</f><v>1.5E+3</v></c>"
      "<c r=\"D2\" t=\"b\"><v>1</v></c>",
      4);
  const Parts good = workbook.parts();
  std::mt19937 random(11);
  const auto below = [&](std::size_t end) { return static_cast<std::size_t>(random() % end); };
  constexpr std::string_view kTelling = "<>/\"&;=[]_x019.:-";
  int read_well = 0;
  for (int i = 0; i < 300; ++i) {
    Parts bad = good;
    auto part = bad.begin();
    std::advance(part, static_cast<std::ptrdiff_t>(below(bad.size())));
    std::string& text = part->second;
    for (std::size_t edits = 1 + below(3); edits > 0 && !text.empty(); --edits) {
      const std::size_t at = below(text.size());
      switch (below(4)) {
        case 0:
          text[at] = kTelling[below(kTelling.size())];
          break;
        case 1:
          text[at] = static_cast<char>('0' + below(10));
          break;
        case 2:
          text.erase(at, 1 + below(12));
          break;
        default:
          text.insert(at, text.substr(below(text.size()), below(40)));
      }
    }
    read_well += read_parts(bad).error ? 0 : 1;
  }
  EXPECT_GT(read_well, 10);
  EXPECT_LT(read_well, 290);
}

}  // namespace
}  // namespace referrald::mapping
