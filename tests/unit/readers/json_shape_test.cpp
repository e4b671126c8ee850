// Where in a JSON file the records are.
#include <gmock/gmock.h>

#include "mapping/readers/json.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/readers/json_reading.hpp"

namespace referrald::mapping {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = ExportError::Kind;

TEST(JsonShape, AListOfObjects) {
  const JsonExport read = read_json(R"([ {"a": 1, "b": "x"}, {"b": "y", "c": true} ])");
  ASSERT_FALSE(read.error) << read.message;
  EXPECT_THAT(read.header, ElementsAre("a", "b", "c"));
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"1", "x", ""}, Cells{"", "y", "true"}));
  EXPECT_EQ(read.rows[0].types, "ntt");
  EXPECT_EQ(read.rows[1].types, "ttb");
  EXPECT_EQ(read.unit, "record");
  EXPECT_EQ(read.rows[1].line, 2U);
}

TEST(JsonShape, AnEmptyListHasNoRecordsAndCannotTellItsColumns) {
  const JsonExport read = read_json(" [ ]\n", {.wanted = {"a"}});
  ASSERT_FALSE(read.error) << read.message;
  EXPECT_THAT(read.rows, IsEmpty());
  EXPECT_FALSE(read.complete);
}

TEST(JsonShape, EnvelopesOfOneListOfObjects) {
  for (const char* text :
       {R"({"results":[{"id":"7"}],"paging":{"next":{"after":"9"}}})", R"({"data":[{"id":"7"}]})",
        R"({"data":{"items":[{"id":"7"}],"tags":["a"]},"success":true})",
        R"({"totalSize":1,"records":[{"id":"7"}],"done":true})", R"({"leads":[{"id":"7"}]})",
        R"({"d":{"results":[{"id":"7"}]}})", R"({"errors":[],"data":[{"id":"7"}]})"}) {
    const JsonExport read = read_json(text, {.wanted = {"id"}});
    ASSERT_FALSE(read.error) << text << read.message;
    EXPECT_THAT(read.header, ElementsAre("id")) << text;
    EXPECT_THAT(read.cells(), ElementsAre(Cells{"7"})) << text;
  }
}

TEST(JsonShape, SeveralListsOfObjectsAreRefusedWithTheWayOut) {
  const std::string text = R"({"data":[{"id":"7"}],"included":[{"id":"8"}]})";
  const JsonExport read = read_json(text);
  EXPECT_EQ(read.error, Kind::format);
  EXPECT_THAT(read.message,
              AllOf(HasSubstr("`data`, `included`"), HasSubstr("format: { records: data }")));
  EXPECT_THAT(read_json(text, {.records = "included"}).cells(), ElementsAre(Cells{"8"}));
}

TEST(JsonShape, AListDeeperDownCompetesToo) {
  EXPECT_EQ(read_json(R"({"errors":[{"code":1}],"data":{"items":[{"id":"7"}]}})").error,
            Kind::format);
  EXPECT_EQ(read_json(R"({"results":[],"warnings":[{"code":1}]})").error, Kind::format);
  EXPECT_EQ(read_json(R"({"value":[{"id":1}],"value":[{"id":2}]})").error, Kind::format);
}

TEST(JsonShape, AFileThatHasAWantedColumnItselfMayBeARecordWithAList) {
  const std::string text = R"({"id":"1","title":"Deal","items":[{"id":"p1"}]})";
  const JsonExport read = read_json(text, {.wanted = {"title", "id"}});
  EXPECT_EQ(read.error, Kind::format);
  EXPECT_THAT(read.message, AllOf(HasSubstr("has the column `id`"), HasSubstr("records: .")));
  EXPECT_THAT(read_json(text, {.wanted = {"title"}, .records = "."}).cells(),
              ElementsAre(Cells{"1", "Deal", "p1"}));
  EXPECT_EQ(read_json(R"({"id":"1","items":[]})", {.wanted = {"id"}}).error, Kind::format);
}

TEST(JsonShape, AnObjectWithoutListsIsOneRecord) {
  const JsonExport read = read_json(R"({"id":"1","owner":{"name":"Ann"},"tags":["a","b"]})");
  ASSERT_FALSE(read.error) << read.message;
  EXPECT_THAT(read.header, ElementsAre("id", "owner.name", "tags.0", "tags.1"));
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"1", "Ann", "a", "b"}));
}

TEST(JsonShape, APageOfODataIsItsValueWhateverElseItHas) {
  const JsonExport read =
      read_json(R"({"@odata.context":"https://x/$metadata#leads","warnings":[{"a":1}],)"
                R"("value":[{"subject":"s"}],"@odata.nextLink":"https://x?p=2"})",
                {.wanted = {"subject"}});
  ASSERT_FALSE(read.error) << read.message;
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"s"}));
  const JsonExport behind = read_json(
      R"({"value":[{"subject":"s"}],"more":[{"a":1}],"@odata.context":"https://x/$metadata#leads"})");
  EXPECT_THAT(behind.cells(), ElementsAre(Cells{"s"}));
}

TEST(JsonShape, AMessageAboutAnErrorIsNoExport) {
  for (const char* text : {R"({"error":{"code":"0x80060888","message":"Expand"}})",
                           R"({"error":"invalid_grant"})", R"({"errors":[{"message":"m"}]})"}) {
    const JsonExport read = read_json(text);
    EXPECT_EQ(read.error, Kind::unreadable) << text;
    EXPECT_THAT(read.message, HasSubstr("a service's message about")) << text;
  }
}

TEST(JsonShape, AnErrorBehindTheRecordsMeansThatSomeAreMissing) {
  const JsonExport read = read_json(
      R"({"@odata.context":"x#a","value":[{"id":"1"}],"error":{"code":"","message":"timeout"}})",
      {.wanted = {"id"}});
  EXPECT_EQ(read.rows.size(), 1U);
  EXPECT_EQ(read.error, Kind::damaged);
  EXPECT_THAT(read.message, HasSubstr("they are not all here"));
}

TEST(JsonShape, TheNamedListMustBeThere) {
  const std::string text = R"({"data":{"items":[{"id":"7"}],"count":[1]}})";
  EXPECT_THAT(read_json(text, {.records = "data.items"}).cells(), ElementsAre(Cells{"7"}));
  const JsonExport missing = read_json(text, {.records = "data.itmes"});
  EXPECT_EQ(missing.error, Kind::format);
  EXPECT_THAT(missing.message, AllOf(HasSubstr("no list `data.itmes`"), HasSubstr("`data.items`")));
  EXPECT_EQ(read_json(text, {.records = "data.count"}).error, Kind::format);
  EXPECT_EQ(read_json("[{}]", {.records = "data"}).error, Kind::format);
  EXPECT_EQ(read_json("{\"a\":1}\n{\"a\":2}", {.records = "data"}).error, Kind::format);
  const JsonExport null =
      read_json(R"({"data":null,"more":{"data":[{"x":1}]}})", {.records = "data"});
  EXPECT_FALSE(null.error) << null.message;
  EXPECT_THAT(null.rows, IsEmpty());
}

TEST(JsonShape, LinesOfJsonAreRecordsOfTheirLines) {
  const JsonExport read =
      read_json("\xEF\xBB\xBF{\"a\":1}\r\n\r\n  {\"a\":2}\n{\n\"a\":3}\n\n{\"a\":4}");
  ASSERT_FALSE(read.error) << read.message;
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"1"}, Cells{"2"}, Cells{"3"}, Cells{"4"}));
  EXPECT_EQ(read.unit, "line");
  EXPECT_EQ(read.rows[1].line, 3U);
  EXPECT_EQ(read.rows[2].line, 4U);
  EXPECT_EQ(read.rows[3].line, 7U);
}

TEST(JsonShape, TheNameSaysThatALoneLineIsARecord) {
  const std::string text = R"({"id":"1","contacts":[{"id":"2"}]})";
  for (const char* name : {"a.ndjson", "a.JSONL", "a.jsonl.gz"}) {
    EXPECT_THAT(read_json(text, {.wanted = {"id"}, .name = name}).cells(),
                ElementsAre(Cells{"1", "2"}))
        << name;
  }
}

TEST(JsonShape, RecordsOnOneLineAreNotSeparated) {
  const JsonExport read = read_json(R"({"a":1}{"a":2})");
  EXPECT_EQ(read.error, Kind::damaged);
  EXPECT_EQ(read_json("{\"a\":1}\n{\"a\":2} {\"a\":3}").rows.size(), 2U);
}

TEST(JsonShape, OtherValuesAmongTheRecordsAreRejectedAlone) {
  const JsonExport read = read_json(R"([{"a":1}, null, 7, ["x"], {"a":2}])");
  ASSERT_FALSE(read.error) << read.message;
  EXPECT_THAT(read.faults(), ElementsAre("", "wrong-shape", "wrong-shape", "wrong-shape", ""));
  EXPECT_THAT(read.rows[2].message, HasSubstr("is a number"));
}

TEST(JsonShape, ValuesWithoutRecordsAreRefused) {
  for (const char* text : {"[1, 2]", "[[]]", "\"text\"", "null", "-0.5e3", "[\"a\"]"}) {
    const JsonExport read = read_json(text);
    EXPECT_EQ(read.error, Kind::unreadable) << text;
    EXPECT_THAT(read.message, HasSubstr("holds no records")) << text;
  }
}

TEST(JsonShape, OtherFilesAreRefusedWithARemedy) {
  using namespace std::string_literals;
  EXPECT_THAT(read_json("<error><code>1</code></error>").message, HasSubstr("XML or HTML"));
  for (const std::string& text : {"\xFF\xFE[\0]\0"s, "\xFE\xFF\0[\0]"s, "[\0\n\0]\0"s, "\0[\0]"s,
                                  "[\0\0\0]\0\0\0"s, "\0\0\0[\0\0\0]"s, "\xFF\xFE\0\0[\0\0\0"s}) {
    const JsonExport read = read_json(text);
    EXPECT_EQ(read.error, Kind::unreadable);
    EXPECT_THAT(read.message, HasSubstr("save the export as UTF-8"));
  }
  EXPECT_EQ(read_json("").error, Kind::empty);
  EXPECT_EQ(read_json(" \n").error, Kind::empty);
}

class JsonPages : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) const { own_.write(name, text); }

  test::TemporaryFolder own_;  // since tests run beside each other
  std::filesystem::path folder_ = own_.path();
};

TEST_F(JsonPages, AreReadInTheOrderOfTheirNumbers) {
  write("10-last.json", R"({"value":[]})");
  write("2-next.json", R"({"value":[{"id":"c","x":"1"}]})");
  write("1-first.json", R"({"value":[{"id":"a"},{"id":"b"}]})");
  write("3.json.tmp", "{");
  write(".4.json", "{");
  write("notes.txt", "{");
  const JsonExport read = read_json_folder(folder_);
  ASSERT_FALSE(read.error) << read.message;
  EXPECT_THAT(read.header, ElementsAre("id", "x"));
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"a", ""}, Cells{"b", ""}, Cells{"c", "1"}));
  EXPECT_EQ(read.rows[1].file, "1-first.json");
  EXPECT_EQ(read.rows[1].line, 2U);
  EXPECT_EQ(read.rows[2].file, "2-next.json");
  EXPECT_EQ(read.rows[2].line, 1U);
  std::uintmax_t bytes = 0;
  for (const char* name : {"1-first.json", "2-next.json", "10-last.json"}) {
    bytes += std::filesystem::file_size(folder_ / name);
  }
  EXPECT_EQ(read.bytes_read, bytes);
}

TEST_F(JsonPages, WhoseLastNamesANextOneAreRemarkedUpon) {
  const auto remarks = [&] {
    const auto reader = open_json_folder(folder_, {}, {});
    EXPECT_THAT(reader->remarks(), IsEmpty()) << "nothing was read yet";
    for (Row row; reader->next(row);) {
    }
    return reader->remarks();
  };
  write("1.json", R"({"value":[{"id":"a"}],"@odata.nextLink":"https://x/2"})");
  EXPECT_THAT(remarks(), ElementsAre(HasSubstr("the last page says that more follow")));
  write("2.json", R"({"value":[{"id":"b"}]})");
  EXPECT_THAT(remarks(), IsEmpty());
  write("2.json", R"({"done":false,"nextRecordsUrl":"/q","records":[{"id":"b"}]})");
  EXPECT_THAT(remarks(), SizeIs(1));
  write("2.json", R"({"value":[{"id":"b"}],"@odata.nextLink":null})");
  EXPECT_THAT(remarks(), IsEmpty());
}

TEST_F(JsonPages, SayInManyWaysThatMoreFollow) {
  const auto remarks = [&](const std::string& page) {
    write("1.json", page);
    const auto reader = open_json_folder(folder_, {}, {});
    for (Row row; reader->next(row);) {
    }
    return reader->remarks().size();
  };
  for (const char* more :
       {R"("paging":{"next":{"after":"100","link":"https://x"}})",
        R"("additional_data":{"pagination":{"start":0,"more_items_in_collection":true}})",
        R"("additional_data":{"next_cursor":"abc"})", R"("next":"https://x/2")",
        R"("_links":{"self":{"href":"a"},"next":{"href":"b"}})", R"("info":{"more_records":true})",
        R"("has_more":true)", R"("pagination":{"next":"x"})"}) {
    EXPECT_EQ(remarks("{\"results\":[{\"id\":\"a\"}]," + std::string(more) + "}"), 1U) << more;
    EXPECT_EQ(remarks("{" + std::string(more) + ",\"results\":[{\"id\":\"a\"}]}"), 1U) << more;
  }
  for (const char* no_more :
       {R"("paging":{})", R"("paging":null)", R"("next":null)", R"("has_more":false)",
        R"("additional_data":{"pagination":{"more_items_in_collection":false}})",
        R"("_links":{"self":{"href":"a"}})", R"("hint":{"next":"x"})"})
    EXPECT_EQ(remarks("{\"results\":[{\"id\":\"a\"}]," + std::string(no_more) + "}"), 0U)
        << no_more;
}

TEST_F(JsonPages, ADamagedPageIsNamedAndThoseBeforeItAreRead) {
  write("1.json", R"({"value":[{"id":"a"}]})");
  write("2.json", R"({"value":[{"id":"b"},{"id":]})");
  const JsonExport read = read_json_folder(folder_, {.wanted = {"id"}});
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"a"}, Cells{"b"}));
  EXPECT_EQ(read.error, Kind::damaged);
  EXPECT_THAT(read.message, HasSubstr("2.json: "));
}

TEST_F(JsonPages, NoPageIsPassedOverInSilence) {
  write("1.json", R"([{"id":"a"}])");
  write("2.JSON", R"([{"id":"b"}])");
  EXPECT_THAT(read_json_folder(folder_).cells(), ElementsAre(Cells{"a"}, Cells{"b"}));
  for (const char* name : {"3.json.gz", "3.NDJSON", "3.jsonl"}) {
    write(name, "x");
    const JsonExport read = read_json_folder(folder_);
    EXPECT_EQ(read.error, Kind::unreadable) << name;
    EXPECT_THAT(read.message, HasSubstr(std::string(name) + ": of a folder only"));
    std::filesystem::remove(folder_ / name);
  }
}

TEST_F(JsonPages, AFolderWithoutPagesIsEmpty) {
  EXPECT_EQ(read_json_folder(folder_).error, Kind::empty);
  EXPECT_EQ(read_json_folder(folder_ / "none").error, Kind::missing);
}

}  // namespace
}  // namespace referrald::mapping
