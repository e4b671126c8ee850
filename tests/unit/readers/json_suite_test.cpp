// JSONTestSuite: what must be accepted as JSON (y_), refused (n_), or either (i_).
#include <map>

#include <gmock/gmock.h>

#include "tests/unit/readers/json_reading.hpp"

namespace referrald::mapping {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;
using Kind = ExportError::Kind;

std::map<std::string, std::string> suite(char kind) {
  std::map<std::string, std::string> out;
  for (const auto& at :
       std::filesystem::directory_iterator(test_data("json-test-suite/test_parsing"))) {
    const std::string name = at.path().filename().string();
    if (name.front() == kind) out[name] = text_of(at.path());
  }
  if (kind == 'n') {
    // These two files of the suite are too large to keep.
    out["n_structure_100000_opening_arrays.json"] = std::string(100000, '[');
    std::string& deep = out["n_structure_open_array_object.json"];
    for (int i = 0; i < 50000; ++i) deep += "[{\"\":";
    deep += '\n';
  }
  return out;
}

std::string as_value(const std::string& text) {
  return "[{\"id\":\"1\"},{\"id\":\"2\",\"x\":" + text + "}]";
}

TEST(JsonTestSuite, IsWhole) {
  EXPECT_EQ(suite('y').size(), 95U);
  EXPECT_EQ(suite('n').size(), 188U);
  EXPECT_EQ(suite('i').size(), 35U);
}

TEST(JsonTestSuite, WhatIsJsonIsReadOrHasNoRecords) {
  std::size_t read_well = 0;
  for (const auto& [name, text] : suite('y')) {
    const JsonExport read = read_json(text);
    if (!read.error) ++read_well;
    if (!read.error) continue;
    EXPECT_EQ(read.error, Kind::unreadable) << name;
    EXPECT_THAT(read.message, HasSubstr("holds no records")) << name;
  }
  EXPECT_EQ(read_well, 14U);
}

TEST(JsonTestSuite, WhatIsJsonIsReadInARecord) {
  for (const auto& [name, text] : suite('y')) {
    const JsonExport read = read_json(as_value(text));
    ASSERT_FALSE(read.error) << name << ": " << read.message;
    ASSERT_EQ(read.rows.size(), 2U) << name;
    const bool same_name_twice = name.starts_with("y_object_duplicated_key");
    const bool nul =
        name == "y_object_escaped_null_in_key.json" || name == "y_string_null_escape.json";
    EXPECT_EQ(read.rows[1].fault, same_name_twice ? "duplicate-key"
                                  : nul           ? "nul-byte"
                                                  : "")
        << name;
  }
}

TEST(JsonTestSuite, WhatIsNoJsonIsRefused) {
  for (const auto& [name, text] : suite('n')) {
    const JsonExport read = read_json(text);
    ASSERT_TRUE(read.error) << name;
    EXPECT_THAT(read.message, Not(HasSubstr("holds no records"))) << name;
    const bool nothing = text.find_first_not_of(" \xEF\xBB\xBF") == std::string::npos;
    const bool xml = text.starts_with('<');
    EXPECT_EQ(read.error, nothing ? Kind::empty : xml ? Kind::unreadable : Kind::damaged) << name;
  }
}

TEST(JsonTestSuite, WhatIsNoJsonIsRefusedInARecord) {
  for (const auto& [name, text] : suite('n')) {
    const JsonExport read = read_json(as_value(text), {.wanted = {"id"}});
    EXPECT_EQ(read.error, Kind::damaged) << name;
    // Of `{}}` the part before the last bracket is a record.
    EXPECT_LE(read.rows.size(), 2U) << name;
    const JsonExport line = read_json("{\"id\":\"1\"}\n{\"x\":" + text + "}", {.wanted = {"id"}});
    EXPECT_EQ(line.error, Kind::damaged) << name;
    EXPECT_LE(line.rows.size(), 2U) << name;
  }
}

TEST(JsonTestSuite, WhatMayBeEitherIsReadOrRefused) {
  for (const auto& [name, text] : suite('i')) {
    const JsonExport read = read_json(text);
    EXPECT_TRUE(read.error || read.rows.size() == 1) << name;
    const JsonExport value = read_json(as_value(text));
    if (value.error) {
      EXPECT_EQ(value.error, Kind::damaged) << name;
    } else {
      EXPECT_THAT(value.rows.at(1).fault, AnyOf("", "invalid-bytes", "bad-escape")) << name;
    }
  }
}

struct Transform {
  std::string cell;  // of x.0 in a record, or of the record's first column
  std::string fault;
};

TEST(JsonTestSuite, TransformsHaveTheDecidedOutcome) {
  const std::string half = "\xEF\xBF\xBD";
  const std::map<std::string, Transform> kOutcomes = {
      {"number_-9223372036854775808.json", {"-9223372036854775808", ""}},
      {"number_-9223372036854775809.json", {"-9223372036854775809", ""}},
      {"number_1.0.json", {"1", ""}},
      {"number_1.000000000000000005.json", {"1.000000000000000005", ""}},
      {"number_1000000000000000.json", {"1000000000000000", ""}},
      {"number_10000000000000000999.json", {"10000000000000000999", ""}},
      {"number_1e-999.json", {"1E-999", ""}},
      {"number_1e6.json", {"1000000", ""}},
      {"number_9223372036854775807.json", {"9223372036854775807", ""}},
      {"number_9223372036854775808.json", {"9223372036854775808", ""}},
      {"object_key_nfc_nfd.json", {"NFC", ""}},
      {"object_key_nfd_nfc.json", {"NFD", ""}},
      {"object_same_key_different_values.json", {"1", "duplicate-key"}},
      {"object_same_key_same_value.json", {"1", "duplicate-key"}},
      {"object_same_key_unclear_values.json", {"0", "duplicate-key"}},
      {"string_1_escaped_invalid_codepoint.json", {half, "bad-escape"}},
      {"string_1_invalid_codepoint.json", {half + half + half, "invalid-bytes"}},
      {"string_2_escaped_invalid_codepoints.json", {half + half, "bad-escape"}},
      {"string_2_invalid_codepoints.json",
       {half + half + half + half + half + half, "invalid-bytes"}},
      {"string_3_escaped_invalid_codepoints.json", {half + half + half, "bad-escape"}},
      {"string_3_invalid_codepoints.json",
       {half + half + half + half + half + half + half + half + half, "invalid-bytes"}},
      {"string_with_escaped_NULL.json", {std::string("A\0B", 3), "nul-byte"}},
  };
  std::size_t files = 0;
  for (const auto& at :
       std::filesystem::directory_iterator(test_data("json-test-suite/test_transform"))) {
    const std::string name = at.path().filename().string();
    ASSERT_TRUE(kOutcomes.contains(name)) << name;
    const Transform& wanted = kOutcomes.at(name);
    const std::string text = text_of(at.path());
    const JsonExport read = read_json(text.front() == '{' ? text : "[{\"x\":" + text + "}]");
    ASSERT_FALSE(read.error) << name << read.message;
    EXPECT_EQ(read.rows.at(0).cells.at(0), wanted.cell) << name;
    EXPECT_EQ(read.rows.at(0).fault, wanted.fault) << name;
    ++files;
  }
  EXPECT_EQ(files, kOutcomes.size());
}

}  // namespace
}  // namespace referrald::mapping
