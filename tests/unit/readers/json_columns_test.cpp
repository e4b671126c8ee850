// Which columns JSON records have, and what their cells are.
#include <gmock/gmock.h>

#include "mapping/readers/json_text.hpp"
#include "tests/unit/readers/json_reading.hpp"

namespace referrald::mapping {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Kind = ExportError::Kind;

TEST(JsonColumns, ArePathsOfValues) {
  const JsonExport read = read_json(
      R"([{"account":{"name":"Contoso","address":{"city":"Rome"}},)"
      R"("contacts":[{"email":"a@b.c"},{"email":"d@e.f","tags":["x"]}],"empty":[],"none":{}}])");
  EXPECT_THAT(read.header, ElementsAre("account.name", "account.address.city", "contacts.0.email",
                                       "contacts.1.email", "contacts.1.tags.0"));
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"Contoso", "Rome", "a@b.c", "d@e.f", "x"}));
}

TEST(JsonColumns, AreFoundInAnyOrderOfTheMembers) {
  const JsonExport read =
      read_json(R"([{"a":1,"b":2,"c":3},{"c":6,"a":4},{"b":8},{"c":12,"b":11,"d":13,"a":10}])");
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"1", "2", "3", ""}, Cells{"4", "", "6", ""},
                                        Cells{"", "8", "", ""}, Cells{"10", "11", "12", "13"}));
}

TEST(JsonColumns, OfManyMembersKeepTheirValues) {
  std::string text = "[{";
  for (int i = 0; i < 300; ++i) text += "\"k" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  text.back() = '}';
  text += ",{";
  for (int i = 299; i >= 0; --i) {
    text += "\"k" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  }
  text.back() = '}';
  const JsonExport read = read_json(text + "]");
  ASSERT_EQ(read.header.size(), 300U);
  EXPECT_EQ(read.rows[0].cells, read.rows[1].cells);
  EXPECT_EQ(read.cell(1, "k123"), "123");
}

TEST(JsonColumns, HaveTheirFormattedValuesUnderAShortNameAndTheLongOne) {
  const JsonExport read =
      read_json_file(test_data("dataverse-webapi/docs/accounts-formatted-values.json"));
  EXPECT_EQ(read.cell(0, "revenue"), "20000");
  EXPECT_EQ(read.cell(0, "revenue@formatted"), "$20,000.00");
  EXPECT_EQ(read.cell(0, "_primarycontactid_value@formatted"), "Susanna Stubberod (sample)");
  EXPECT_EQ(read.aliases.at(2), "revenue@OData.Community.Display.V1.FormattedValue");
  EXPECT_EQ(read.aliases.at(3), "");
}

TEST(JsonColumns, OfAFormattedValueAreThereWhenItsColumnIsBlank) {
  const std::string first =
      R"({"a":null,"b":1,"b@OData.Community.Display.V1.FormattedValue":"One"})";
  const JsonExport read = read_json("[" + first + "]", {.wanted = {"a@formatted", "b@formatted"}});
  EXPECT_THAT(read.header, Contains("a@formatted"));
  EXPECT_EQ(read.cell(0, "a@formatted"), "");
  EXPECT_EQ(read.cell(0, "b@formatted"), "One");
  EXPECT_THAT(read_json(R"([{"a":null}])", {.wanted = {"a@formatted"}}).header,
              Contains("a@formatted"));
}

TEST(JsonColumns, OfFormattedValuesAreMissingFromAnExportWithoutThem) {
  EXPECT_THAT(read_json(R"([{"a":null},{"a":1}])", {.wanted = {"a@formatted"}}).header,
              Not(Contains("a@formatted")));
}

TEST(JsonColumns, AreLookedForOnlyUntilAllWantedOnesWereSeen) {
  const std::string text = R"([{"a":1},{"b":2},{"c":3}])";
  EXPECT_THAT(read_json(text, {.wanted = {"a"}}).header, ElementsAre("a"));
  EXPECT_THAT(read_json(text, {.wanted = {"b"}}).header, ElementsAre("a", "b"));
  EXPECT_THAT(read_json(text, {.wanted = {"x"}}).header, ElementsAre("a", "b", "c"));
  EXPECT_THAT(read_json(text).header, ElementsAre("a", "b", "c"));
}

TEST(JsonColumns, BelowABlankOneAreThere) {
  const Cells wanted = {"Account.Name", "contacts.1.email", "tags.0"};
  const JsonExport read =
      read_json(R"([{"Account":null,"contacts":[{"email":"x"}],"tags":[]},{"Account":null}])",
                {.wanted = wanted});
  for (const std::string& name : wanted) EXPECT_EQ(read.cell(0, name), "") << name;
}

TEST(JsonColumns, BelowOneThatIsNotAlwaysBlankMustBeSeen) {
  const JsonExport read =
      read_json(R"([{"Account":null},{"Account":{"Name":"x"}}])", {.wanted = {"Account.Nmae"}});
  EXPECT_THAT(read.header, ElementsAre("Account.Name"));
}

TEST(JsonColumns, OfObjectsAndListsAreNone) {
  const JsonExport read = read_json(R"([{"a":null},{"a":{"b":1}}])");
  EXPECT_THAT(read.header, ElementsAre("a.b"));
  EXPECT_THAT(read.cells(), ElementsAre(Cells{""}, Cells{"1"}));
}

TEST(JsonColumns, AWantedValueThatIsAnObjectElsewhereRejectsTheRecord) {
  const JsonExport read =
      read_json(R"([{"a":"x","b":1},{"a":{"b":1},"b":{"c":1}},{"a":[]}])", {.wanted = {"a"}});
  EXPECT_THAT(read.faults(), ElementsAre("", "wrong-shape", ""));
  EXPECT_THAT(read.rows[1].message, HasSubstr("a: an object or a list"));
}

TEST(JsonColumns, ANameThatOccursTwiceRejectsTheRecord) {
  const JsonExport read =
      read_json(R"([{"a":1,"b":1},{"a":1,"a":1},{"x":{"y":1,"z":1},"x":{"y":2}},{"new":1,"new":2},)"
                R"({"a":1,"\u0061":2},{"a":1,"b":2}])",
                {.wanted = {"a"}});
  EXPECT_THAT(read.faults(), ElementsAre("", "duplicate-key", "duplicate-key", "duplicate-key",
                                         "duplicate-key", ""));
  EXPECT_EQ(read.rows[5].cells, (Cells{"1", "2"}));
}

TEST(JsonColumns, ANameWithADotIsTheSameColumnAsThePath) {
  const JsonExport read =
      read_json(R"([{"a":{"b":"1"}},{"a.b":"2"},{"a":{"b":"1"},"a.b":"2"}])", {.wanted = {"a.b"}});
  EXPECT_THAT(read.header, ElementsAre("a.b"));
  EXPECT_EQ(read.rows[0].cells, Cells{"1"});
  EXPECT_EQ(read.rows[1].cells, Cells{"2"});
  EXPECT_EQ(read.rows[2].fault, "duplicate-key");
}

TEST(JsonColumns, NamesAreTrimmedAndUnescaped) {
  const JsonExport read = read_json(R"([{" a ":1,"b\"\u00e9\\":2,"":3},{"b\"é\\":4}])");
  EXPECT_THAT(read.header, ElementsAre("a", "b\"\xC3\xA9\\", ""));
  EXPECT_EQ(read.rows[1].cells, (Cells{"", "4", ""}));
}

TEST(JsonColumns, NumbersKeepTheirDigits) {
  const JsonExport read = read_json(
      R"([{"n":9223372036854775808},{"n":-10000000000000000999.10},{"n":1.000000000000000005},)"
      R"({"n":20000.0000},{"n":1.5E3},{"n":-25e-4},{"n":0e99},{"n":1e-999},{"n":1E400},{"n":-0}])");
  EXPECT_THAT(
      read.cells(),
      ElementsAre(Cells{"9223372036854775808"}, Cells{"-10000000000000000999.1"},
                  Cells{"1.000000000000000005"}, Cells{"20000"}, Cells{"1500"}, Cells{"-0.0025"},
                  Cells{"0"}, Cells{"1e-999"}, Cells{"1E400"}, Cells{"0"}));
  std::string types;
  for (const JsonRow& row : read.rows) types += row.types;
  EXPECT_EQ(types, "nnnnnnnttn");
}

TEST(JsonColumns, ExponentsAreWrittenOutExactly) {
  const auto plain = [](std::string_view token) {
    std::string out;
    return write_out(token, out) ? out : "no";
  };
  EXPECT_EQ(plain("1.50e1"), "15.0");
  EXPECT_EQ(plain("1.50e2"), "150");
  EXPECT_EQ(plain("1.50e3"), "1500");
  EXPECT_EQ(plain("0.001e2"), "0.1");
  EXPECT_EQ(plain("0.001E+5"), "100");
  EXPECT_EQ(plain("120e-2"), "1.20");
  EXPECT_EQ(plain("-7e-0003"), "-0.007");
  EXPECT_EQ(plain("123456789012345678901234567890e0"), "123456789012345678901234567890");
  EXPECT_EQ(plain("1e99999999999999999999"), "no");
  EXPECT_EQ(plain("1e-63"), "no");
  EXPECT_EQ(plain("1e-60"), "0." + std::string(59, '0') + "1");
}

TEST(JsonColumns, TextsAreUnescaped) {
  const JsonExport read = read_json(
      R"([{"a":"line\r\n\"q\" \u00fc \ud83d\ude00 \/","b":"2026-03-31T14:30:00Z","c":""}])");
  EXPECT_EQ(read.rows[0].cells,
            (Cells{"line\r\n\"q\" \xC3\xBC \xF0\x9F\x98\x80 /", "2026-03-31T14:30:00Z", ""}));
  EXPECT_EQ(read.rows[0].types, "ttt");
}

TEST(JsonColumns, HalfACharacterAndNulRejectTheRecord) {
  const JsonExport read = read_json(
      R"([{"a":"\ud800"},{"a":"\udc00x"},{"a":"\ud800\u0041"},{"a":"x\u0000y"},{"a":"\ud83d\ude00"}])");
  EXPECT_THAT(read.faults(), ElementsAre("bad-escape", "bad-escape", "bad-escape", "nul-byte", ""));
}

TEST(JsonColumns, TooManyAreNotListedButWantedOnesAre) {
  std::string text = "[{\"first\":1";
  for (int i = 0; i < 70000; ++i) text += ",\"" + std::to_string(i) + "\":0";
  text += ",\"last\":{\"one\":\"x\"}}]";
  const JsonExport read = read_json(text, {.wanted = {"last.one", "first"}});
  ASSERT_FALSE(read.error) << read.message;
  EXPECT_LE(read.header.size(), 16385U);
  EXPECT_EQ(read.cell(0, "last.one"), "x");
}

TEST(JsonDelta, ADeletedRecordHasItsIdInTheIdColumn) {
  const auto file = test_data("dataverse-webapi/docs/accounts-delta-with-deleted.json");
  for (const JsonOptions& options : {JsonOptions{}, JsonOptions{.wanted = {"name", "accountid"}}}) {
    const JsonExport read = read_json_file(file, options);
    ASSERT_EQ(read.rows.size(), 2U);
    EXPECT_FALSE(read.rows[0].deleted);
    EXPECT_TRUE(read.rows[1].deleted);
    EXPECT_EQ(read.cell(1, "accountid"), "2e451703-c686-e711-80e5-00155db19e6d");
    EXPECT_EQ(read.cell(1, "name"), "");
    EXPECT_THAT(read.header, Not(Contains("reason")));
  }
}

TEST(JsonDelta, TheIdMayBeAnAddressAndTheContextThePages) {
  const JsonExport read =
      read_json(R"j({"@odata.context":"https://x/$metadata#opportunities(name)/$delta","value":[)j"
                R"j({"id":"https://x/opportunities(2e45)","@removed":{"reason":"deleted"}},)j"
                R"j({"@context":"#leads/$deletedEntity","id":"77"}]})j",
                {.wanted = {"opportunityid", "leadid", "name"}});
  ASSERT_FALSE(read.error) << read.message;
  EXPECT_FALSE(read.complete);
  EXPECT_THAT(read.header, ElementsAre("opportunityid", "leadid"));
  EXPECT_EQ(read.rows.at(0).cells, (Cells{"2e45", ""}));
  EXPECT_EQ(read.rows.at(1).cells, (Cells{"", "77"}));
}

TEST(JsonDelta, OtherwiseTheOnlyWantedIdIsTheIdColumn) {
  const JsonExport read = read_json(
      R"({"@odata.context":"https://x/$metadata#emails","value":[{"activityid":"1","subject":"s"},)"
      R"({"@odata.context":"https://x/$metadata#emails/$deletedEntity","id":"2","reason":"deleted"}]})",
      {.wanted = {"activityid", "subject", "_ownerid"}});
  EXPECT_EQ(read.cell(1, "activityid"), "2");
}

TEST(JsonDelta, ANoteAboutDeletionDeletesNothing) {
  const JsonExport read = read_json(
      R"([{"note":"x/$deletedEntity","id":"1","sub":{"@odata.context":"#a/$deletedEntity"}}])");
  EXPECT_FALSE(read.rows[0].deleted);
}

}  // namespace
}  // namespace referrald::mapping
