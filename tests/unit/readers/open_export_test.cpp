// Which reader an export gets, by its content and by the mapping's format.
#include <fstream>

#include <gmock/gmock.h>
#include <zlib.h>

#include "tests/support/temporary_folder.hpp"
#include "tests/unit/readers/export_text.hpp"

namespace referrald::mapping {
namespace {

using namespace std::string_literals;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using Kind = ExportError::Kind;

const std::string kWorkbook = "dynamics/Knowledge Assessment Import File.xlsx";

std::string unit_of(const std::filesystem::path& file, const ExportFormat& format = {}) {
  return std::string(open_export(file, format)->unit());
}

std::string unit_of_text(std::string_view bytes, const ExportFormat& format = {}) {
  const TemporaryFile file(bytes);
  return unit_of(file.path(), format);
}

ExportFormat with_type(ExportType type) {
  ExportFormat format;
  format.type = type;
  return format;
}

TEST(OpenExport, AWorkbookIsKnownByItsContent) {
  EXPECT_EQ(unit_of(test_data(kWorkbook)), "row");
}

TEST(OpenExport, JsonIsKnownByItsFirstBytes) {
  for (const char* text : {R"([{"Id":"1"}])", " \r\n{\"value\":[{\"Id\":\"1\"}]}",
                           "\xEF\xBB\xBF[ {\"Id\":\"1\"} ]", "{\"Id\":\"1\"}\n{\"Id\":\"2\"}\n"}) {
    EXPECT_THAT(read_text(text).header, ElementsAre("Id")) << text;
    EXPECT_EQ(read_text(text).rows.at(0).cells, Cells{"1"}) << text;
  }
}

TEST(OpenExport, JsonInUtf16IsDecoded) {
  std::string text = "\xFF\xFE";
  for (const char c : R"([{"Id":"1"}])"s) (text += c) += '\0';
  EXPECT_THAT(read_text(text).header, ElementsAre("Id"));
  EXPECT_THAT(read_text(text).cells(), ElementsAre(Cells{"1"}));
}

TEST(OpenExport, APageOfHtmlIsNoTableWhateverItsName) {
  for (const auto* const text :
       {"<error xmlns=\"urn:x\">no</error>", "<Response>\n<Row/></Response>",
        "<html><table><tr><td>Id</td></tr></table></html>", "\xEF\xBB\xBF\n<!DOCTYPE html>\n<p>",
        "<?xml version=\"1.0\"?>\n<Workbook>", "<TABLE><TR>"}) {
    try {
      unit_of_text(text);
      ADD_FAILURE() << text;
    } catch (const ExportError& error) {
      EXPECT_EQ(error.kind(), Kind::unreadable);
      EXPECT_THAT(error.what(), HasSubstr("is a page of HTML or XML")) << text;
    }
  }
  EXPECT_EQ(unit_of_text("<Id>,Name\n1,Ann\n"), "line");
  EXPECT_EQ(unit_of_text("<html>,Name\n1,Ann\n", with_type(ExportType::csv)), "line");
}

TEST(OpenExport, ABracketAroundAColumnsNameMakesNoJson) {
  for (const char* text : {"[Id],[Name]\n1,2\n", "{Id};{Name}\n1;2\n", "[1],[2]\n3,4\n"}) {
    EXPECT_EQ(unit_of_text(text), "line") << text;
  }
}

TEST(OpenExport, TheFormatsTypeOverrules) {
  EXPECT_EQ(unit_of_text("[\"Id\"]\n1\n", with_type(ExportType::csv)), "line");
  EXPECT_EQ(read_text("Id,Name\n1,2\n", with_type(ExportType::xlsx)).rows.size(), 0U);
  EXPECT_TRUE(read_text("Id,Name\n1,2\n", with_type(ExportType::xlsx)).error);
  EXPECT_TRUE(read_text("Id,Name\n1,2\n", with_type(ExportType::json)).error);
  const ReadExport workbook = read_file(test_data(kWorkbook), with_type(ExportType::csv));
  EXPECT_EQ(workbook.error, Kind::unreadable);
  EXPECT_THAT(workbook.message, HasSubstr("an Excel workbook"));
}

TEST(OpenExport, AnEncryptedOrOldWorkbookIsRefusedByTheReaderOfWorkbooks) {
  const ReadExport read = read_text("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + std::string(512, '\0'));
  EXPECT_THAT(read.error, AnyOf(Kind::unreadable, Kind::format, Kind::damaged));
}

TEST(OpenExport, AFolderIsReadByWhatItHolds) {
  const test::TemporaryFolder pages;
  pages.write("1.json", R"({"value":[{"Id":"1"}]})");
  pages.write("2.json", R"({"value":[{"Id":"2"}]})");
  EXPECT_THAT(read_file(pages.path()).cells(), ElementsAre(Cells{"1"}, Cells{"2"}));

  const test::TemporaryFolder table;
  table.write("model.json", R"({"name":"m","version":"1.0","entities":[{"$type":"LocalEntity",
      "name":"lead","attributes":[{"name":"Id","dataType":"string"}],
      "partitions":[{"name":"1","location":"lead/1.csv"}]}]})");
  table.write("lead/1.csv", "7\n");
  EXPECT_THAT(read_file(table.path()).cells(), ElementsAre(Cells{"7"}));
  EXPECT_EQ(read_file(table.path() / "model.json").cells(),
            read_file(table.path() / "model.json", with_type(ExportType::cdm)).cells());
  EXPECT_THAT(read_file(table.path() / "model.json", with_type(ExportType::cdm)).cells(),
              ElementsAre(Cells{"7"}));
}

TEST(OpenExport, AFolderAndATypeThatIsOneFileContradict) {
  const test::TemporaryFolder folder;
  for (const ExportType type : {ExportType::csv, ExportType::xlsx}) {
    EXPECT_EQ(read_file(folder.path(), with_type(type)).error, Kind::format);
  }
  EXPECT_EQ(read_text("a,b\n", with_type(ExportType::cdm)).error, Kind::format);
  EXPECT_EQ(read_file(folder.path()).error, Kind::unreadable);
}

}  // namespace
}  // namespace referrald::mapping
