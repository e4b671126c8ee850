#include "mapping/readers/cdm.hpp"

#include <cstdlib>
#include <fstream>
#include <map>

#include <gmock/gmock.h>

#include "mapping/readers/latest_versions.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/readers/export_text.hpp"

namespace referrald::mapping {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// The columns of a Synapse Link table, as far as the tests need them.
constexpr std::string_view lead_model = R"({ "name": "cdm", "version": "1.0", "entities": [
  { "$type": "LocalEntity", "name": "lead", "annotations": [],
    "attributes": [
      { "name": "Id", "dataType": "guid" },
      { "name": "SinkCreatedOn", "dataType": "dateTime" },
      { "name": "SinkModifiedOn", "dataType": "dateTime" },
      { "name": "subject", "dataType": "string", "maxLength": 300 },
      { "name": "estimatedamount", "dataType": "decimal" },
      { "name": "estimatedclosedate", "dataType": "dateTime" },
      { "name": "donotemail", "dataType": "boolean" },
      { "name": "versionnumber", "dataType": "int64" },
      { "name": "IsDelete", "dataType": "string" } ],
    "partitions": [] } ] })";

class CdmFolder : public testing::Test {
 protected:
  void write(const fs::path& name, std::string_view text) const {
    fs::create_directories((folder / name).parent_path());
    test::write_content(folder / name, text);
  }

  ReadExport read(const ExportFormat& format = {}, const std::vector<std::string>& wanted = {}) {
    return read_all([&] { return open_cdm(folder, format, wanted); });
  }

  // "subject" of each row, with "-" in front of deleted ones and "!" in front of faults.
  std::vector<std::string> subjects() {
    std::vector<std::string> out;
    const auto reader = open_cdm(folder, {}, {});
    for (Row row; reader->next(row);)
      out.push_back((row.deleted ? "-"
                     : row.fault ? "!"
                                 : "") +
                    std::string(row.cells.size() > 3 ? row.cells[3] : ""));
    return out;
  }

  test::TemporaryFolder own;
  fs::path folder = own.path();
};

// A row of the lead table.
std::string row(std::string_view id, std::string_view subject, std::string_view version,
                std::string_view is_delete = "", std::string_view sink = "6/25/2021 4:21:12 PM") {
  std::string out(id);
  out.append(",,\"").append(sink).append("\",\"").append(subject).append("\",,,,");
  return out.append(version).append(",").append(is_delete).append("\n");
}

TEST_F(CdmFolder, HasItsColumnsFromTheModelAndItsRowsFromTheTablesFiles) {
  write("model.json", lead_model);
  write("lead/10.csv", row("a", "ten", "1"));
  write("lead/2.csv", row("b", "two", "2") + row("c", "also two", "3"));
  write("lead/Snapshot/2.csv", row("d", "a copy", "4"));
  write("account/1.csv", row("e", "another table", "5"));
  const auto reader = open_cdm(folder, {}, {});
  EXPECT_THAT(reader->header(),
              ElementsAre("Id", "SinkCreatedOn", "SinkModifiedOn", "subject", "estimatedamount",
                          "estimatedclosedate", "donotemail", "versionnumber", "IsDelete"));
  std::vector<std::string> places;
  for (Row row; reader->next(row);)
    places.push_back(std::string(row.file) + ":" + std::to_string(row.line) + " " +
                     std::string(row.cells[3]));
  EXPECT_THAT(places,
              ElementsAre("lead/2.csv:1 two", "lead/2.csv:2 also two", "lead/10.csv:1 ten"));
  EXPECT_EQ(reader->bytes_read(), reader->bytes_total());
}

TEST_F(CdmFolder, TypesItsCellsAndTakesTimesForUtc) {
  write("model.json", lead_model);
  write("lead/1.csv",
        "a,,,\"1.5\",1234.5,2018-05-25T16:21:09.0000000+00:00,True,1,\n"
        "b,,,x,1E+05,2021-06-25T16:21:12,False,2,\n"
        "c,,,x,,6/25/2021 4:21:12 PM,maybe,3,\n"
        "d,,,x,12 %,6/25/2021 0:21:12 PM,,4,\n");
  const auto reader = open_cdm(folder, {}, {});
  Row row;
  ASSERT_TRUE(reader->next(row));
  EXPECT_EQ(row.type(3), CellType::text) << "text, though it looks like a number";
  EXPECT_EQ(row.type(4), CellType::number);
  EXPECT_EQ(row.type(5), CellType::date);
  EXPECT_EQ(row.cells[5], "2018-05-25T16:21:09.0000000+00:00");
  EXPECT_EQ(row.type(6), CellType::boolean);
  EXPECT_EQ(row.cells[6], "true");
  ASSERT_TRUE(reader->next(row));
  EXPECT_EQ(row.type(4), CellType::number);
  EXPECT_EQ(row.cells[4], "100000") << "as .NET writes large doubles";
  EXPECT_EQ(row.cells[5], "2021-06-25T16:21:12Z");
  EXPECT_EQ(row.cells[6], "false");
  ASSERT_TRUE(reader->next(row));
  EXPECT_EQ(row.type(5), CellType::date);
  EXPECT_EQ(row.cells[5], "2021-06-25T16:21:12Z");
  EXPECT_EQ(row.type(6), CellType::text);
  ASSERT_TRUE(reader->next(row));
  EXPECT_EQ(row.type(4), CellType::text);
  EXPECT_EQ(row.type(5), CellType::text);
  EXPECT_FALSE(reader->next(row));
}

TEST_F(CdmFolder, FillsUpOlderRowsThatHaveFewerColumns) {
  write("model.json", lead_model);
  write("lead/1.csv", "a,,,short\n" + row("b", "whole", "1") + "c,,,long,,,,1,,,,\n");
  const auto got = read();
  EXPECT_THAT(got.faults(), ElementsAre("", "", "cell-count"));
  EXPECT_EQ(got.rows[0].cells.size(), 9U);
}

TEST_F(CdmFolder, ShowsTheLatestVersionOfEachRecordInTheOrderOfTheFile) {
  write("model.json", lead_model);
  write("lead/2023.csv", row("a", "old", "5") + row("b", "only", "6") + row("c", "newer", "9"));
  write("lead/2024.csv", row("a", "new", "7") + row("c", "older", "8") +
                             row("d", "written twice", "10") + row("d", "written twice", "10"));
  EXPECT_THAT(subjects(), ElementsAre("only", "newer", "new", "written twice"));
}

TEST_F(CdmFolder, OfOneVersionTakesTheRowThatWasWrittenLater) {
  write("model.json", lead_model);
  write("lead/1.csv", row("a", "later", "5", "", "6/25/2021 4:21:12 PM") +
                          row("a", "earlier", "5", "", "6/25/2021 9:00:00 AM") +
                          row("b", "earlier", "5", "", "2021-06-25T09:00:00Z") +
                          row("b", "later", "5", "", "2021-06-25T16:00:00Z"));
  EXPECT_THAT(subjects(), ElementsAre("later", "later"));
}

TEST_F(CdmFolder, OfOneVersionComparesTimesOfBothForms) {
  write("model.json", lead_model);
  write("lead/1.csv", row("a", "later", "5", "", "11/10/2026 9:00:00 AM") +
                          row("a", "earlier", "5", "", "2026-11-09T16:00:00Z") +
                          row("b", "later", "5", "", "2026-02-26 10:00:00") +
                          row("b", "earlier", "5", "", "2025-01-28 10:00:00") +
                          row("c", "earlier", "5", "", "1/1/2020 0:00:00 PM") +
                          row("c", "later", "5", "", "1/1/2020 1:00:00 PM"));
  EXPECT_THAT(subjects(), ElementsAre("later", "later", "later"));
}

TEST_F(CdmFolder, ComparesTimesWhereARowHasNoVersion) {
  write("model.json", lead_model);
  write("lead/1.csv", row("a", "old", "7", "", "1/25/2026 4:21:12 PM") +
                          row("a", "new", "", "", "2/25/2026 4:21:12 PM") +
                          row("b", "new", "", "", "2/25/2026 4:21:12 PM") +
                          row("b", "old", "7", "", "1/25/2026 4:21:12 PM"));
  EXPECT_THAT(subjects(), ElementsAre("new", "new"));
}

TEST_F(CdmFolder, WithoutVersionsGoesByTheTimeOfTheWrite) {
  std::string model(lead_model);
  model.replace(model.find("versionnumber"), 13, "importnumber1");
  write("model.json", model);
  write("lead/1.csv", row("a", "old", "7", "", "6/25/2021 4:21:12 PM") +
                          row("a", "new", "5", "", "6/26/2021 4:21:12 PM"));
  EXPECT_THAT(subjects(), ElementsAre("new"));
}

TEST_F(CdmFolder, DoesNotGuessWhichVersionIsTheLatest) {
  write("model.json", lead_model);
  write("lead/1.csv", row("a", "old", "5000") + row("a", "new", "1.2E+7") + row("b", "old", "6") +
                          row("b", "new", "99999999999999999999999") + row("c", "good", "0"));
  EXPECT_THAT(read().faults(), ElementsAre("bad-version", "bad-version", ""));
}

TEST_F(CdmFolder, TellsDeletionsHoweverTheyAreWritten) {
  write("model.json", lead_model);
  std::string rows;
  for (const char* mark : {"True", "TRUE", "1", "yes", "t", "", "False", "0", "no"})
    rows += row("id" + std::string(mark), mark, "1", mark);
  write("lead/1.csv", rows);
  EXPECT_THAT(subjects(),
              ElementsAre("-True", "-TRUE", "-1", "-yes", "-t", "", "False", "0", "no"));
  write("lead/1.csv", row("a", "alive", "5") + row("a", "gone?", "6", "x"));
  EXPECT_THAT(read().faults(), ElementsAre("bad-version"));
}

TEST_F(CdmFolder, TakesADeletionWithoutAVersionForTheLast) {
  write("model.json", lead_model);
  write("lead/1.csv", row("a", "alive", "5") + "a,,,,,,,,True\n");
  EXPECT_THAT(subjects(), ElementsAre("-"));
}

TEST_F(CdmFolder, RejectsARowWithWhichItsFileIsCutShort) {
  write("model.json", lead_model);
  write("lead/1.csv", row("a", "old", "1") + "a,,,new,25");
  const auto cut = read();
  EXPECT_THAT(cut.faults(), ElementsAre("cell-count"));
  EXPECT_THAT(cut.rows[0].message, HasSubstr("the file ends here without a line end"));
  write("lead/1.csv", row("a", "old", "1") + "a,,,short,25\n");
  EXPECT_EQ(read().faults()[0], "");
}

TEST_F(CdmFolder, TellsThatARecordWasDeleted) {
  write("model.json", lead_model);
  write("lead/1.csv", row("a", "alive", "1") + row("b", "doomed", "2") + "b,,,,,,,3,True\n");
  EXPECT_THAT(subjects(), ElementsAre("alive", "-"));
}

TEST_F(CdmFolder, ShowsNoOlderVersionInPlaceOfOneThatCannotBeRead) {
  write("model.json", lead_model);
  write("lead/1.csv", row("a", "good", "1") + "a,,,\"bad\"x,,,,2,\n" + row("b", "other", "3"));
  const auto got = read();
  EXPECT_THAT(got.faults(), ElementsAre("bad-quoting", ""));
}

TEST_F(CdmFolder, FindsThePartitionsThatTheModelNamesByTheEndOfTheirUrl) {
  std::string model(lead_model);
  model.replace(model.find("\"partitions\": []"), 16, R"("partitions": [
    { "name": "2024", "location": "https://store.dfs.core.windows.net/dataverse-x/lead/Snapshot/2024%20a.csv?snapshot=2024-01-01T00:00:00Z",
      "fileFormatSettings": { "$type": "CsvFormatSettings", "columnHeaders": "true", "delimiter": ";" } } ])");
  write("model.json", model);
  write("lead/2024.csv", row("x", "not named", "1"));
  write("lead/Snapshot/2024 a.csv", "subject;id;unknown\none;a;1\n");
  const auto got = read();
  EXPECT_EQ(got.message, "");
  ASSERT_EQ(got.rows.size(), 1U);
  EXPECT_EQ(got.rows[0].cells[0], "a");
  EXPECT_EQ(got.rows[0].cells[3], "one");

  fs::remove(folder / "lead/Snapshot/2024 a.csv");
  const auto incomplete = read();
  EXPECT_EQ(incomplete.error, ExportError::Kind::unreadable);
  EXPECT_THAT(incomplete.message, HasSubstr("which is not in this folder"));
}

TEST_F(CdmFolder, SendsNoOldVersionWhenAPartitionGrowsWhileItIsRead) {
  write("model.json", lead_model);
  write("lead/1.csv", row("a", "first", "1"));
  write("lead/2.csv", row("b", "OLD", "1") + row("b", "NEW", "2"));
  const auto reader = open_cdm(folder, {}, {});
  write("lead/1.csv", row("a", "first", "1") + row("c", "added", "3"));
  std::vector<std::string> seen;
  try {
    for (Row row; reader->next(row);) seen.emplace_back(row.cells[3]);
    ADD_FAILURE() << "it was not refused";
  } catch (const ExportError& error) {
    EXPECT_EQ(error.kind(), ExportError::Kind::unreadable);
    EXPECT_THAT(error.what(), HasSubstr("1.csv: was written to while the folder was read"));
  }
  EXPECT_THAT(seen, IsEmpty());
}

TEST_F(CdmFolder, WithoutAFileOfTheTableIsNoEmptyTable) {
  write("model.json", lead_model);
  EXPECT_THAT(read().message, HasSubstr("there is no file of the table lead"));
  write("lead/1.parquet", "x");
  EXPECT_THAT(read().message, HasSubstr("a file that is not read, 1.parquet"));
  fs::remove(folder / "lead/1.parquet");
  write("lead/1.csv", "");
  const auto empty = read();
  EXPECT_EQ(empty.message, "");
  EXPECT_THAT(empty.rows, IsEmpty());
}

TEST_F(CdmFolder, IsRefusedWhileItIsBeingWritten) {
  write("2024-05-01T10.15.00Z/model.json", lead_model);
  write("Changelog/changelog.info", "2024-05-01T10.15.00Z");
  const auto got = read_all([&] { return open_cdm(folder / "2024-05-01T10.15.00Z", {}, {}); });
  EXPECT_EQ(got.error, ExportError::Kind::unreadable);
  EXPECT_THAT(got.message, HasSubstr("is still being written"));
}

TEST_F(CdmFolder, MayHoldLinksThatLeadNowhere) {
  write("model.json", lead_model);
  write("lead/1.csv", row("a", "one", "1"));
  fs::create_symlink("loop", folder / "lead/loop");
  fs::create_symlink("loop2", folder / "loop2");
  EXPECT_EQ(read().rows.size(), 1U);
}

TEST_F(CdmFolder, NeverLeavesTheFolder) {
  std::string model(lead_model);
  model.replace(model.find("\"partitions\": []"), 16,
                R"("partitions": [ { "location": "https://x/../../../../../../etc/passwd" } ])");
  write("model.json", model);
  EXPECT_EQ(read().error, ExportError::Kind::unreadable);
}

TEST_F(CdmFolder, IsAskedForOneOfItsTables) {
  std::string model(lead_model);
  const std::string lead =
      model.substr(model.find("{ \"$type\""), model.rfind(']') - model.find("{ \"$type\""));
  std::string account = lead;
  account.replace(account.find("\"lead\""), 6, "\"account\"");
  account.replace(account.find("\"subject\""), 9, "\"name\"");
  write("model.json", R"({"entities":[)" + lead + "," + account + "]}");
  write("lead/1.csv", row("a", "a lead", "1"));
  write("account/1.csv", row("a", "an account", "1"));

  const auto unclear = read();
  EXPECT_EQ(unclear.error, ExportError::Kind::format);
  EXPECT_THAT(unclear.message, HasSubstr("format: { table: lead } (there are lead, account)"));
  ExportFormat format;
  format.table = "Account";
  EXPECT_EQ(read(format).rows.at(0).cells[3], "an account");
  EXPECT_EQ(read({}, {"Id", "subject"}).rows.at(0).cells[3], "a lead");
  format.table = "contact";
  EXPECT_THAT(read(format).message, HasSubstr("has no table \"contact\""));
}

TEST_F(CdmFolder, OfWhichTheModelIsWrongAboutLinesOfNames) {
  const auto model = [](const std::string& headers) {
    std::string text(lead_model);
    const std::string partitions = R"("partitions": [ { "name": "1", "location":
        "https://x/lead/1.csv", "fileFormatSettings": { "$type": "CsvFormatSettings",
        "columnHeaders": )" + headers +
                                   " } } ]";
    return text.replace(text.rfind(R"("partitions": [])"), 16, partitions);
  };
  const std::string names =
      "Id,SinkCreatedOn,SinkModifiedOn,subject,estimatedamount,estimatedclosedate,donotemail,"
      "versionnumber,IsDelete\n";

  write("model.json", model("true"));
  write("lead/1.csv", row("a", "taken for names", "1") + row("b", "two", "2"));
  const auto without = read();
  EXPECT_EQ(without.error, ExportError::Kind::format);
  EXPECT_THAT(without.message, HasSubstr("the column Id is not among them"));
  std::string renamed = names;
  write("lead/1.csv",
        renamed.replace(renamed.find("estimatedamount"), 15, "amount_base") + row("a", "one", "1"));
  EXPECT_THAT(read({}, {"Id", "estimatedamount"}).message,
              HasSubstr("the column estimatedamount is not among them"));
  EXPECT_EQ(read({}, {"Id", "subject"}).message, "");
  write("lead/1.csv", names.substr(0, names.find(",versionnumber")) + "\na,,,older,,,\n");
  EXPECT_EQ(read({}, {"Id", "versionnumber"}).rows.at(0).cells[3], "older")
      << "columns that were added later are missing";

  write("model.json", model("false"));
  write("lead/1.csv", names + row("a", "one", "1"));
  const auto with = read();
  ASSERT_EQ(with.rows.size(), 1U);
  EXPECT_EQ(with.rows[0].cells[3], "one");
}

TEST_F(CdmFolder, OfAnIncrementMayHoldNoChangeOfTheTable) {
  folder /= "2024-05-01T10.15.00Z";
  write("model.json", R"({"entities":[{"name":"account","attributes":[{"name":"Id"}]}]})");
  ExportFormat format;
  format.table = "lead";
  const auto reader = open_cdm(folder, format, {});
  EXPECT_FALSE(reader->header_is_complete());
  Row row;
  EXPECT_FALSE(reader->next(row));
  folder = folder.parent_path();
}

TEST_F(CdmFolder, IsRefusedForAModelThatIsNone) {
  struct {
    const char* model;
    const char* message;
  } const cases[] = {
      {"{", "is not valid JSON"},
      {"[]", "has no list `entities`"},
      {R"({"entities":[]})", "describes no tables"},
      {R"({"entities":[{"name":"lead","attributes":[]}]})", "names no columns"},
      {R"({"entities":[{"name":"lead","attributes":"x"},7,null]})", "names no columns"},
  };
  for (const auto& one : cases) {
    write("model.json", one.model);
    EXPECT_THAT(read().message, HasSubstr(one.message)) << one.model;
  }
}

TEST(CdmSamples, OfTheCommonDataModel) {
  const auto read_table = [](const char* sample, const char* table) {
    ExportFormat format;
    format.table = table;
    return read_all([&] { return open_cdm(test_data("cdm") / sample, format, {}); });
  };
  const auto account = read_table("Account", "Account");
  EXPECT_EQ(account.message, "");
  EXPECT_EQ(account.header.size(), 208U);
  EXPECT_THAT(account.rows, IsEmpty()) << "a header alone";
  EXPECT_THAT(read_table("OrdersProducts", "orders").message,
              HasSubstr("Orders.csv of the table Orders, which is not in this folder"));
  EXPECT_THAT(read_table("csv-partition-traits", "").message,
              HasSubstr("names no columns (attributes) of the table someEntity"));
  const auto contact = read_file(test_data("cdm") / "Contact" / "partition-data.csv");
  EXPECT_EQ(contact.message, "");
  EXPECT_THAT(contact.rows, IsEmpty());
}

TEST(LatestVersions, AreTheSameHoweverFewIdsFitIntoMemory) {
  std::vector<std::pair<std::string, std::uint64_t>> rows;
  std::map<std::string, std::uint64_t> last;
  for (std::uint64_t i = 0; i < 2'000; ++i) {
    const auto id = "id-" + std::to_string(i * 7919 % 613);
    rows.emplace_back(id, i);
    last[id] = i;
  }
  int visits = 0;
  const auto visit = [&](const auto& take) {
    ++visits;
    for (const auto& [id, version] : rows) take({id, version, 0});
  };
  for (const std::size_t at_once : {10'000U, 100U, 7U}) {
    visits = 0;
    const auto latest = latest_versions(visit, at_once);
    for (std::uint64_t i = 0; i < rows.size(); ++i)
      EXPECT_EQ(latest.contains(i), last[rows[i].first] == i) << i << " of " << at_once;
    if (at_once > 613)
      EXPECT_EQ(visits, 1);
    else
      EXPECT_GT(visits, 1);
  }
}

}  // namespace
}  // namespace referrald::mapping
