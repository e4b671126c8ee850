// JSON that is damaged: what is still read, what is rejected alone, what the message says.
#include <random>

#include <gmock/gmock.h>

#include "tests/unit/readers/json_reading.hpp"

namespace referrald::mapping {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Kind = ExportError::Kind;

TEST(JsonDamage, RowsBeforeARecordThatIsNotWellFormedAreRead) {
  const JsonExport read = read_json("[{\"a\":1},\n {\"a\":2},\n {\"a\":secret}, {\"a\":4}]");
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"1"}, Cells{"2"}));
  EXPECT_EQ(read.error, Kind::damaged);
  EXPECT_THAT(read.message,
              AllOf(HasSubstr("export.json: record 3, line 3, byte "), HasSubstr("not well-formed"),
                    HasSubstr("export it again"), Not(HasSubstr("secret"))));
}

TEST(JsonDamage, EverywhereInARecordIsFound) {
  for (const char* record : {"{\"a\":1,}",
                             "{,}",
                             "{\"a\"}",
                             "{\"a\":}",
                             "{\"a\" 1}",
                             "{a:1}",
                             "{'a':1}",
                             "{\"a\":01}",
                             "{\"a\":1.}",
                             "{\"a\":.5}",
                             "{\"a\":+1}",
                             "{\"a\":1e}",
                             "{\"a\":NaN}",
                             "{\"a\":tru}",
                             "{\"a\":nulll}",
                             "{\"a\":\"\\x\"}",
                             "{\"a\":\"\\u12g4\"}",
                             "{\"a\":\"\t\"}",
                             "{\"a\":\"\n\"}",
                             "{\"a\":[1,]}",
                             "{\"a\":[,1]}",
                             "{\"a\":[1 2]}",
                             "{\"a\":[1}",
                             "{\"a\":1]",
                             "{\"a\":{\"b\":1}",
                             "{\"a\":1 \"b\":2}",
                             "{\"a\":1;\"b\":2}",
                             "{\"a\":\"x\"y}",
                             "{1:1}",
                             "{\"\\q\":1}",
                             "{\"a\":\"x}",
                             "{\"a\":{]}",
                             "{\"x\":{\"\\q\":[{\"\\u1\":1}]}}",
                             "{\"a\":1} {\"a\":2}",
                             "{\"a\":1}}",
                             "{\"a\":-}",
                             "{\"a\":0x1}",
                             "{\"a\":1\\n}"}) {
    const std::string text = std::string("[{\"a\":0},") + record + ",{\"a\":9}]";
    const JsonExport read = read_json(text);
    EXPECT_EQ(read.error, Kind::damaged) << text;
    EXPECT_GE(read.rows.size(), 1U) << text;
    const JsonExport lines = read_json(std::string("{\"a\":0}\n") + record + "\n{\"a\":9}\n");
    EXPECT_EQ(lines.error, Kind::damaged) << record;
  }
}

TEST(JsonDamage, AFileThatWasCutShortIsReadUpToThere) {
  const std::string text =
      R"({"@odata.context":"x#leads","value":[{"a":"1"},{"a":"2"}],"next":"x"})";
  const std::size_t second = text.find(R"(,{"a":"2"})");
  for (std::size_t size = 1; size < text.size(); ++size) {
    const JsonExport read = read_json(text.substr(0, size), {.wanted = {"a"}});
    ASSERT_EQ(read.error, Kind::damaged) << text.substr(0, size);
    if (size < second) continue;
    EXPECT_EQ(read.rows.size(), size < second + 10 ? 1U : 2U) << text.substr(0, size);
  }
}

TEST(JsonDamage, AnEnvelopeThatWasCutShortIsReadUpToThere) {
  const JsonExport read = read_json(R"({"results":[{"a":"1"},{"a":)");
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"1"}));
  EXPECT_EQ(read.error, Kind::damaged);
  EXPECT_THAT(read.message, HasSubstr("cut short"));
}

TEST(JsonDamage, AListOfADamagedRecordIsNotTakenForTheRecords) {
  const JsonExport read = read_json("{\"a\":1,\"contacts\":[{\"x\":1}],\"b\":}\n{\"a\":2}\n");
  EXPECT_EQ(read.rows.size(), 0U);
  EXPECT_EQ(read.error, Kind::damaged);
}

TEST(JsonDamage, WhatSurroundsTheRecordsIsLookedAtToo) {
  for (const char* text :
       {R"({"a":01,"value":[{"x":1}]})", R"({"value":[{"x":1}],"a":01})", R"({"value":[{"x":1}],})",
        R"({"value":[{"x":1}] "a":1})", R"({"value":[{"x":1}]}})", R"({"value":[{"x":1}]} x)",
        R"([{"x":1}],)", R"([{"x":1}]])", R"([{"x":1},])", R"([,{"x":1}])", R"([{"x":1};{"x":2}])",
        R"({"value" [{"x":1}]})", R"({"a":{"b":tru},"value":[{"x":1}]})", R"({"x":1} "y")",
        R"({"value":[{"x":1}],"a":[{"b":1}],"c":"\q"})",
        "{\"a\":\"\xFF\",\"value\":[{\"x\":1}]}"}) {
    const JsonExport read = read_json(text);
    EXPECT_TRUE(read.error == Kind::damaged || read.error == Kind::unreadable) << text;
    const JsonExport named = read_json(text, {.wanted = {"x"}, .records = "value"});
    if (*text == '{' && std::string_view(text).find("value") != std::string_view::npos) {
      EXPECT_EQ(named.error, Kind::damaged) << text;
    }
  }
}

TEST(JsonDamage, ARecordThatIsNoUtf8IsRejectedAlone) {
  for (const std::string bad :
       {"\xFC", "\xC3", "\xED\xA0\x80", "\xF8\x88\x80\x80\x80", "\x80\xBF"}) {
    const std::string text = "[{\"a\":\"1\"},{\"a\":\"M" + bad + "ller\"},{\"a\":\"3\"}]";
    for (const JsonExport& read : {read_json(text), read_json(text, {.wanted = {"a"}})}) {
      ASSERT_FALSE(read.error) << read.message;
      EXPECT_THAT(read.faults(), ElementsAre("", "invalid-bytes", ""));
      EXPECT_THAT(read.rows[1].cells[0], HasSubstr("\xEF\xBF\xBD"));
      EXPECT_THAT(read.rows[1].message, HasSubstr("at its byte 8;"));
    }
  }
}

TEST(JsonDamage, BytesThatAreNoUtf8DoNotHideOtherDamage) {
  EXPECT_EQ(read_json("[{\"a\":\"\xFC\",}]").error, Kind::damaged);
  EXPECT_EQ(read_json("[{\"a\":\"\\\xFC\"}]").error, Kind::damaged);
  EXPECT_EQ(read_json("[{\"a\":\xFC}]").error, Kind::damaged);
}

std::string long_record(std::size_t size) {
  return R"({"a":"2","long":")" + std::string(size, 'x') + "\"}";
}

TEST(JsonDamage, ARecordOverTheLimitIsRejectedAlone) {
  const std::string text = R"([{"a":"1"},)" + long_record(3 << 20) + R"(,{"a":"3"}])";
  const JsonExport read = read_json(text);
  ASSERT_FALSE(read.error) << read.message;
  EXPECT_THAT(read.faults(), ElementsAre("", "row-too-long", ""));
  EXPECT_EQ(read.rows[2].cells, Cells{"3"});
  const JsonExport lines =
      read_json("{\"a\":\"1\"}\n" + long_record(1 << 20) + "\n{\"a\":\"3\"}\n");
  EXPECT_THAT(lines.faults(), ElementsAre("", "row-too-long", ""));
  EXPECT_EQ(lines.rows[2].line, 3U);
}

TEST(JsonDamage, TheLimitIsExact) {
  const std::size_t around = long_record(0).size();
  const std::size_t limit = std::size_t{1} << 20;
  EXPECT_THAT(read_json("[" + long_record(limit - around) + "]").faults(), ElementsAre(""));
  EXPECT_THAT(read_json("[" + long_record(limit - around + 1) + "]").faults(),
              ElementsAre("row-too-long"));
}

TEST(JsonDamage, ALongRecordIsLookedAtAllTheSame) {
  const std::string filler = "\"f\":[" + std::string(2 << 20, ' ') + "1],";
  EXPECT_THAT(read_json("[{" + filler + "\"a\":1}]").faults(), ElementsAre("row-too-long"));
  for (const char* rest : {"\"a\":01}]", "\"a\":1,}]", "\"a\":\"x}]", "a}]", "\"a\":[1}]"}) {
    EXPECT_EQ(read_json("[{" + filler + rest).error, Kind::damaged) << rest;
  }
  // A quote mark too few lets the rest of the file look like one long record.
  std::string open = "[{\"a\":\"1},";
  for (int i = 0; i < 200000; ++i) open += "{\"a\":\"2\"},";
  EXPECT_EQ(read_json(open + "{\"a\":\"3\"}]").error, Kind::damaged);
}

TEST(JsonDamage, NestingIsLimited) {
  const auto nested = [](std::size_t depth) {
    return "[{\"a\":" + std::string(depth, '[') + "1" + std::string(depth, ']') + "}]";
  };
  EXPECT_FALSE(read_json(nested(255)).error);
  EXPECT_THAT(read_json(nested(256)).message, HasSubstr("256 levels"));
  EXPECT_EQ(read_json(nested(300000)).error, Kind::damaged);
  std::string objects;
  for (int i = 0; i < 300000; ++i) objects += "{\"a\":";
  EXPECT_EQ(read_json(objects).error, Kind::damaged);
  EXPECT_EQ(read_json("[" + std::string(3 << 20, ' ') + objects).error, Kind::damaged);
}

// Records of any content, against what was written.
std::string random_text(std::mt19937& random) {
  const std::vector<std::string> kParts = {"a",   "Contoso",  "\\\"",    "\\\\", "{",
                                           "}",   "[",        "]",       ",",    ":",
                                           "\\n", "\xC3\xBC", "\\u00fc", " ",    "0123456789"};
  std::string out;
  const std::size_t parts = random() % 50 == 0 ? random() % 4000 : random() % 12;
  for (std::size_t i = 0; i < parts; ++i) out += kParts[random() % kParts.size()];
  return out;
}

TEST(JsonWindow, WhereAWindowEndsChangesNothing) {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    std::mt19937 random(seed);
    std::string list = "[";
    std::vector<std::string> texts;
    while (list.size() < 1200000) {
      texts.push_back(random_text(random));
      list += "{\"n\":" + std::to_string(texts.size()) + ",\"t\":\"" + texts.back() + "\"}" +
              std::string(random() % 3, '\n') + ",";
    }
    list.back() = ']';
    const JsonExport read = read_json(list, {.wanted = {"n", "t"}});
    ASSERT_FALSE(read.error) << read.message;
    ASSERT_EQ(read.rows.size(), texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
      ASSERT_EQ(read.rows[i].cells[0], std::to_string(i + 1));
      const JsonExport alone = read_json("[{\"t\":\"" + texts[i] + "\"}]");
      ASSERT_EQ(read.rows[i].cells[1], alone.rows.at(0).cells.at(0)) << "seed " << seed;
      if (i == 300) break;
    }
  }
}

// Whatever the bytes are: rows or a refusal, no crash, no hang.
TEST(JsonMutation, OfGenuineFilesEndsInRowsOrARefusal) {
  std::vector<std::string> seeds;
  for (const char* name :
       {"dataverse-webapi/docs/accounts-formatted-values.json",
        "dataverse-webapi/docs/accounts-delta-with-deleted.json", "other-crm/pipedrive/leads.json",
        "other-crm/hubspot/contacts-response.json",
        "other-crm/salesforce-api/read-opportunity-with-contacts.json",
        "dataverse-webapi/docs/accounts-expand-paged-child.json"}) {
    seeds.push_back(text_of(test_data(name)));
    ASSERT_GT(seeds.back().size(), 100U);
  }
  const std::string kBytes = "{}[]\",:\\0-e.\n\xFF\xC3tnu@";
  std::mt19937 random(20260331);
  std::size_t refused = 0;
  std::size_t read_well = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string text = seeds[random() % seeds.size()];
    for (unsigned i = random() % 4 + 1; i != 0 && !text.empty(); --i) {
      const std::size_t at = random() % text.size();
      switch (random() % 5) {
        case 0:
          text[at] = kBytes[random() % kBytes.size()];
          break;
        case 1:
          text.erase(at, random() % 20);
          break;
        case 2:
          text.insert(at, 1, kBytes[random() % kBytes.size()]);
          break;
        case 3:
          text.insert(at, text.substr(random() % text.size(), random() % 60));
          break;
        default:
          text[at] = static_cast<char>(text[at] ^ (1 << (random() % 8)));
      }
    }
    const JsonOptions wanted = {.wanted = {"id", "accountid", "Account.Name", "a@formatted"}};
    for (const JsonExport& read : {read_json(text), read_json(text, wanted)}) {
      ++(read.error ? refused : read_well);
      for (const JsonRow& row : read.rows) {
        if (row.fault.empty()) {
          ASSERT_EQ(row.cells.size(), read.header.size());
        }
      }
    }
  }
  EXPECT_GT(refused, 1000U);
  EXPECT_GT(read_well, 1000U);
}

}  // namespace
}  // namespace referrald::mapping
