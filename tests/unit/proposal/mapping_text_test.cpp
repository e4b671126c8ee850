#include "mapping/proposal/mapping_text.hpp"

#include <gtest/gtest.h>

namespace referrald::mapping {
namespace {

TEST(Placeholder, EscapesWhatWouldEndTheColumnsName) {
  EXPECT_EQ(placeholder("Topic", "truncate 200"), "${Topic | truncate 200}");
  EXPECT_EQ(placeholder("Rate | %}"), "${Rate \\| %\\}}");
  EXPECT_EQ(placeholder("a ${b"), "${a \\${b}");
  EXPECT_EQ(placeholder("C:\\dir"), "${C:\\dir}");
  EXPECT_EQ(placeholder("a\\|b"), "${a\\\\\\|b}");
  EXPECT_EQ(placeholder("Company\\"), "${Company\\\\}");
  EXPECT_EQ(placeholder("Company\\", "lower"), "${Company\\\\ | lower}");
}

TEST(QuotedArgument, EscapesWhatWouldEndIt) {
  EXPECT_EQ(quoted_argument("Company (Primary)"), "\"Company (Primary)\"");
  EXPECT_EQ(quoted_argument("a\"b\\"), "\"a\\\"b\\\\\"");
}

TEST(YamlScalar, IsQuotedWhereYamlWouldReadItOtherwise) {
  EXPECT_EQ(yaml_in_block("${Topic}"), "${Topic}");
  EXPECT_EQ(yaml_in_block("${Address 1: City}"), "'${Address 1: City}'");
  EXPECT_EQ(yaml_in_block("${Owner's}"), "${Owner's}");
  EXPECT_EQ(yaml_in_block("'x"), "'''x'");
  EXPECT_EQ(yaml_in_block("${No. #1}"), "'${No. #1}'");
  EXPECT_EQ(yaml_in_block("${a\nb}"), "\"${a\\x0ab}\"");
  EXPECT_EQ(yaml_in_block(","), "','");
  EXPECT_EQ(yaml_in_flow("Won, at last"), "'Won, at last'");
  EXPECT_EQ(yaml_in_flow("Yes"), "'Yes'");
  EXPECT_EQ(yaml_in_flow("1"), "'1'");
  EXPECT_EQ(yaml_in_flow("Won"), "Won");
}

TEST(MappingText, NestsMapsAndLists) {
  MappingText text;
  text.open("a");
  text.member("b", "1", "why");
  text.open("c");
  text.element();
  text.member("d", "x");
  text.member("e", "y");
  text.close();
  text.close();
  text.remark("f:");
  text.close();
  text.member("g", "z");
  EXPECT_EQ(text.text(), "a:\n  b: 1   # why\n  c:\n    - d: x\n      e: y\n  # f:\ng: z\n");
}

}  // namespace
}  // namespace referrald::mapping
