#include "mapping/value.hpp"

#include <stdexcept>

#include <gmock/gmock.h>

namespace referrald::mapping {
namespace {

using namespace std::string_literals;

std::string canonical(std::string_view text) {
  const std::optional<Number> number = canonical_number(text);
  return number ? number->text : "none";
}

Value text(std::string_view value) {
  return {std::string(value)};
}

Value referral() {
  return {Object{{"name", text("Storage")},
                 {"customerProfile",
                  {Object{{"team",
                           {List{{Object{{"email", text("ana@example.com")}}},
                                 {Object{{"email", text("bo@example.com")}}}}}}}}},
                 {"details", {Object{{"dealValue", {Number{"48500"}}}, {"won", {false}}}}}}};
}

TEST(CanonicalNumber, WritesOneFormForEachNumber) {
  EXPECT_EQ(canonical("48500.00"), "48500");
  EXPECT_EQ(canonical("1124741.15"), "1124741.15");
  EXPECT_EQ(canonical("007"), "7");
  EXPECT_EQ(canonical("+12.50"), "12.5");
  EXPECT_EQ(canonical("-0012.050"), "-12.05");
  EXPECT_EQ(canonical("0.10"), "0.1");
  EXPECT_EQ(canonical("100"), "100");
  EXPECT_EQ(canonical("00.001"), "0.001");
  EXPECT_EQ(canonical("99999999999999999999.01"), "99999999999999999999.01");
}

TEST(CanonicalNumber, ZeroHasNoSign) {
  for (const char* zero : {"0", "-0", "+0", "0.0", "-00.000"}) EXPECT_EQ(canonical(zero), "0");
}

TEST(CanonicalNumber, RefusesWhatIsNoPlainDecimal) {
  for (const char* bad : {"", "+", "-", ".", "5.", ".5", "-.5", "1e3", "1,000", "1 000", " 1", "1 ",
                          "--1", "+-1", "1.2.3", "0x10", "NaN", "٣", "$5"}) {
    EXPECT_EQ(canonical(bad), "none") << bad;
  }
}

TEST(Json, IsWrittenInTheValuesOrder) {
  EXPECT_EQ(to_json(referral()),
            R"({"name":"Storage","customerProfile":{"team":[{"email":"ana@example.com"},)"
            R"({"email":"bo@example.com"}]},"details":{"dealValue":48500,"won":false}})");
  EXPECT_EQ(to_json({Object{}}), "{}");
  EXPECT_EQ(to_json({List{}}), "[]");
  EXPECT_EQ(to_json({List{{true}, {Number{"0.1"}}}}), "[true,0.1]");
}

TEST(Json, StringsAreEscapedWhereJsonAsksForItOnly) {
  EXPECT_EQ(to_json(text("a\"b\\c/d")), R"("a\"b\\c/d")");
  EXPECT_EQ(to_json(text("\b\f\n\r\t")), R"("\b\f\n\r\t")");
  EXPECT_EQ(to_json(text("\0\x01\x1f\x7f"s)), "\"\\u0000\\u0001\\u001f\x7f\"");
  EXPECT_EQ(to_json(text("Müller 日本 💡 \u2028")), "\"Müller 日本 💡 \u2028\"");
  EXPECT_EQ(to_json({Object{{"a\"\n", text("")}}}), R"({"a\"\n":""})");
}

TEST(Json, EscapesACharacterWhereverItStands) {
  for (std::size_t length = 1; length <= 27; ++length)
    for (std::size_t place = 0; place < length; ++place) {
      std::string plain(length, 'x');
      plain[place] = '\n';
      std::string escaped(length, 'x');
      escaped.replace(place, 1, "\\n");
      EXPECT_EQ(to_json(text(plain)), '"' + escaped + '"');
    }
}

TEST(Json, IsAppendedToWhatIsThere) {
  std::string out = "before ";
  append_json(out, {List{{true}, text(std::string(5'000, 'x')), text("\"")}});
  EXPECT_EQ(out, "before [true,\"" + std::string(5'000, 'x') + "\",\"\\\"\"]");
  append_json_string(out, "");
  EXPECT_TRUE(out.ends_with("]\"\""));
}

TEST(Json, AbsentPartsAreNeverWritten) {
  EXPECT_THROW(to_json({}), std::logic_error);
  EXPECT_THROW(to_json({Object{{"a", {}}}}), std::logic_error);
  EXPECT_THROW(to_json({List{{}}}), std::logic_error);
}

TEST(WithMember, PutsTheMemberInFront) {
  EXPECT_EQ(with_member(R"({"b":1})", "a", R"("x")"), R"({"a":"x","b":1})");
  EXPECT_EQ(with_member("{}", "a\"", "[1]"), R"({"a\"":[1]})");
  EXPECT_EQ(with_member(" { } ", "a", "1"), R"({"a":1 } )");
  for (const char* bad : {"", "[]", "{", "null"}) {
    EXPECT_THROW(with_member(bad, "a", "1"), std::invalid_argument) << bad;
  }
}

TEST(Value, IsFoundByName) {
  Value value = referral();
  EXPECT_EQ(*value.find("name"), text("Storage"));
  EXPECT_EQ(value.find("Name"), nullptr);
  EXPECT_EQ(text("name").find("name"), nullptr);
  *value.find("name") = text("Backup");
  EXPECT_EQ(*value.at("name"), text("Backup"));
}

TEST(Value, IsFoundByPath) {
  const Value value = referral();
  EXPECT_EQ(value.at(""), &value);
  EXPECT_EQ(*value.at("customerProfile/team/1/email"), text("bo@example.com"));
  EXPECT_EQ(*value.at("details/dealValue"), (Value{Number{"48500"}}));
  for (const char* path :
       {"customerProfile/team/2", "customerProfile/team/x", "customerProfile/team/-1",
        "customerProfile/team/1x", "customerProfile/team/", "name/first", "nothing",
        "details/nothing/more"}) {
    EXPECT_EQ(value.at(path), nullptr) << path;
  }
}

}  // namespace
}  // namespace referrald::mapping
