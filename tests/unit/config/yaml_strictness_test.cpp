#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/yaml_reader.hpp"
#include "tests/unit/config/fixture.hpp"

namespace referrald::config {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

struct Outcome {
  bool tree = false;
  std::vector<std::string> problems;
};

Outcome read(std::string_view text) {
  Problems problems;
  Outcome outcome;
  outcome.tree = parse_yaml(text, "a.yaml", problems).has_value();
  for (const Problem& problem : problems.list()) outcome.problems.push_back(to_string(problem));
  return outcome;
}

TEST(YamlStrictness, ADuplicateKeyIsReportedAndTheFirstOneKept) {
  Problems problems;
  const auto node = parse_yaml("a: 1\nb: 2\n\"a\": 3\n", "a.yaml", problems);
  ASSERT_TRUE(node);
  ASSERT_EQ(node->members.size(), 2U);
  EXPECT_EQ(node->find("a")->text, "1");
  ASSERT_EQ(problems.list().size(), 1U);
  EXPECT_EQ(to_string(problems.list()[0]),
            "a.yaml:3:1: key \"a\" is given twice, first in line 1 (keep one of them)");
}

TEST(YamlStrictness, TheSameKeyInTwoMapsIsNoDuplicate) {
  EXPECT_THAT(read("a: { x: 1 }\nb: { x: 1 }\n").problems, IsEmpty());
}

TEST(YamlStrictness, ASecondDocumentIsReportedAndTheFirstOneKept) {
  const Outcome outcome = read("a: 1\n---\nb: 2\n");
  EXPECT_TRUE(outcome.tree);
  EXPECT_THAT(outcome.problems, ElementsAre(StartsWith("a.yaml:2:1: a second YAML document")));
}

TEST(YamlStrictness, WhatFollowsTheDocumentIsReported) {
  EXPECT_THAT(read("- a\nb: c\n").problems,
              ElementsAre(AllOf(StartsWith("a.yaml:2:1: "), HasSubstr("check the indentation"))));
}

TEST(YamlStrictness, AnchorsAndAliasesAreReportedWithoutTheirNames) {
  const Outcome outcome = read("a: &hunter2 1\nb: *hunter2\n");
  EXPECT_TRUE(outcome.tree);
  EXPECT_THAT(outcome.problems, ElementsAre(StartsWith("a.yaml:1:4: an anchor (&name)"),
                                            StartsWith("a.yaml:2:4: an alias (*name)")));
}

TEST(YamlStrictness, AnUnknownAliasIsReportedAsAnAlias) {
  EXPECT_THAT(read("a: *hunter2\n").problems,
              ElementsAre("a.yaml:1:4: an alias (*name) is not accepted here (write the value out, "
                          "or quote it if it begins with *)"));
}

TEST(YamlStrictness, AnAliasOfWhatHoldsItIsReported) {
  EXPECT_THAT(read("&x [*x]\n").problems, ElementsAre(HasSubstr("anchor"), HasSubstr("alias")));
}

TEST(YamlStrictness, AliasesDoNotExpand) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last + ", " + last +
            ", " + last + ", " + last + "]\n";
  }
  Problems problems;
  const auto node = parse_yaml(text, "a.yaml", problems);
  ASSERT_TRUE(node);
  EXPECT_EQ(node->find("a8")->elements.size(), 4U);
  EXPECT_EQ(node->find("a8")->elements[0].kind, YamlNode::Kind::null);
}

TEST(YamlStrictness, TheMergeKeyIsReported) {
  Problems problems;
  const auto node = parse_yaml("<<: { a: 1 }\nb: 2\n", "a.yaml", problems);
  ASSERT_TRUE(node);
  EXPECT_EQ(node->members.size(), 1U);
  ASSERT_EQ(problems.list().size(), 1U);
  EXPECT_EQ(to_string(problems.list()[0]),
            "a.yaml:1:1: the merge key << is not accepted here (write the members out)");
  EXPECT_THAT(read("\"<<\": 1\n").problems, IsEmpty());
}

TEST(YamlStrictness, TagsAreReportedWithoutTheirNames) {
  EXPECT_THAT(read("a: !!str 012\nb: !hunter2 {}\n").problems,
              ElementsAre(AllOf(StartsWith("a.yaml:1:4: a tag (!name)"), Not(HasSubstr("str"))),
                          AllOf(StartsWith("a.yaml:2:4: a tag"), Not(HasSubstr("hunter2")))));
}

TEST(YamlStrictness, AKeyMustBeText) {
  EXPECT_THAT(read("a: {{ x }}\n").problems,
              ElementsAre(StartsWith("a.yaml:1:5: a key must be text")));
  EXPECT_THAT(read("? [a]\n: 1\n~: 2\n").problems,
              ElementsAre(StartsWith("a.yaml:1:3: a key"), StartsWith("a.yaml:3:1: a key")));
}

TEST(YamlStrictness, InvalidUtf8IsReportedWhereItStands) {
  for (const std::string bytes : {"\xFF", "\xC0\xAF", "\xE2\x82", "\xED\xA0\x80",
                                  "\xF4\x90\x80\x80", "\xF0\x80\x80\x80", "\xE0\x80\x80", "\x80"}) {
    const Outcome outcome = read("a: 1\nb: ü" + bytes + "\n");
    EXPECT_FALSE(outcome.tree);
    EXPECT_THAT(outcome.problems, ElementsAre("a.yaml:2:5: this byte is not valid UTF-8 text "
                                              "(save the file with the encoding UTF-8)"));
  }
}

TEST(YamlStrictness, TextBeyondAsciiIsAccepted) {
  EXPECT_THAT(read("a: \xC2\xA3\xE2\x82\xAC\xF0\x9F\x98\x80\n").problems, IsEmpty());
}

TEST(YamlStrictness, NulsAndUtf16AreReported) {
  EXPECT_THAT(read(std::string_view("a: \0\n", 5)).problems,
              ElementsAre(StartsWith("a.yaml:1:4:")));
  EXPECT_THAT(read(std::string_view("\xFF\xFE"
                                    "a\0:\0",
                                    6))
                  .problems,
              ElementsAre(HasSubstr("a.yaml:1:1: this byte is not valid UTF-8")));
}

TEST(YamlStrictness, DeepNestingIsReported) {
  const Outcome outcome = read(std::string(65, '[') + std::string(65, ']'));
  EXPECT_FALSE(outcome.tree);
  EXPECT_THAT(outcome.problems,
              ElementsAre(StartsWith("a.yaml:1:65: nested more than 64 levels deep")));
  EXPECT_THAT(read(std::string(64, '[') + std::string(64, ']')).problems, IsEmpty());
  EXPECT_FALSE(read(std::string(100'000, '[')).tree);
}

TEST(YamlStrictness, ASyntaxErrorShowsWhereAndNoText) {
  const Outcome outcome = read("a: 1\nb: c: hunter2\n");
  EXPECT_FALSE(outcome.tree);
  EXPECT_THAT(
      outcome.problems,
      ElementsAre("a.yaml:2:5: not valid YAML: illegal map value (check indentation, quotes "
                  "and brackets here and in the line before)"));
  EXPECT_THAT(read("a: \"ab\\qcd\"\n").problems,
              ElementsAre(StartsWith("a.yaml:1:9: not valid YAML: unknown escape character (")));
}

TEST(YamlStrictness, APlaceholderInBracesIsTakenForTheUsualMistake) {
  EXPECT_THAT(read("a: { b: ${First Name} }\n").problems,
              ElementsAre(HasSubstr("between { } and [ ], quote a value that holds ${…}")));
}

TEST(YamlStrictness, ASyntaxErrorHasTheHintThatFits) {
  EXPECT_THAT(read("a:\n\tb: ${X}\n").problems,
              ElementsAre(HasSubstr("(indent with blanks: YAML takes no tabs there)")));
  EXPECT_THAT(read("a: @${X}\n").problems,
              ElementsAre(HasSubstr("(a value that begins with @ needs quotes)")));
  EXPECT_THAT(read("a: ${X | default b}: c\n").problems,
              ElementsAre(HasSubstr("(quote a value that holds a colon before a blank")));
  EXPECT_THAT(read("a: [ ${X}\nb: 1\n").problems, ElementsAre(HasSubstr("between { } and [ ]")));
}

class YamlFile : public ConfigTest {
 protected:
  std::string problem(const std::filesystem::path& file) {
    Problems problems;
    EXPECT_FALSE(read_yaml(file, problems));
    return problems.list().size() == 1 ? without_folder(to_string(problems.list()[0])) : "";
  }
};

TEST_F(YamlFile, AFolderIsReported) {
  EXPECT_EQ(problem(folder_), "DIR: is a folder, not a file (name the YAML file)");
}

TEST_F(YamlFile, AMissingFileIsReported) {
  EXPECT_EQ(problem(folder_ / "x.yaml"), "DIR/x.yaml: cannot be opened: No such file or directory");
}

TEST_F(YamlFile, AHugeFileIsReported) {
  const auto file = write("huge.yaml", "a: 1\n");
  std::filesystem::resize_file(file, (16U << 20U) + 1);
  EXPECT_EQ(problem(file), "DIR/huge.yaml: is larger than 16 MiB (is this the right file?)");
}

TEST_F(YamlFile, ProblemsNameTheFileAsItWasGiven) {
  EXPECT_THAT(problem(write("bad.yaml", "a: [\n")), StartsWith("DIR/bad.yaml:2:"));
}

}  // namespace
}  // namespace referrald::config
