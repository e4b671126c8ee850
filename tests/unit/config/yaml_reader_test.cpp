#include "config/yaml_reader.hpp"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace referrald::config {
namespace {

// One line per node: path, place, kind and text.
void describe(const YamlNode& node, const std::string& path, std::ostream& out) {
  out << path << " " << node.line << ":" << node.column << " ";
  switch (node.kind) {
    case YamlNode::Kind::null:
      out << "null\n";
      break;
    case YamlNode::Kind::scalar:
      out << (node.plain ? "plain " : "quoted ") << node.text << "\n";
      break;
    case YamlNode::Kind::sequence:
      out << "sequence\n";
      for (std::size_t i = 0; i < node.elements.size(); ++i) {
        describe(node.elements[i], path + "[" + std::to_string(i) + "]", out);
      }
      break;
    case YamlNode::Kind::map:
      out << "map\n";
      for (const YamlNode::Member& member : node.members) {
        out << path << "." << member.name << " key " << member.line << ":" << member.column << "\n";
        describe(member.value, path + "." + member.name, out);
      }
      break;
  }
}

std::string tree(std::string_view text) {
  Problems problems;
  const auto node = parse_yaml(text, "a.yaml", problems);
  for (const Problem& problem : problems.list()) ADD_FAILURE() << to_string(problem);
  std::ostringstream out;
  if (node) describe(*node, "$", out);
  return out.str();
}

TEST(YamlReader, KeepsKindsPlacesAndOrder) {
  EXPECT_EQ(tree("b: 1\n"
                 "a:\n"
                 "  - x\n"
                 "  - { k: 'v', l: [] }\n"),
            "$ 1:1 map\n"
            "$.b key 1:1\n"
            "$.b 1:4 plain 1\n"
            "$.a key 2:1\n"
            "$.a 3:3 sequence\n"
            "$.a[0] 3:5 plain x\n"
            "$.a[1] 4:5 map\n"
            "$.a[1].k key 4:7\n"
            "$.a[1].k 4:10 quoted v\n"
            "$.a[1].l key 4:15\n"
            "$.a[1].l 4:18 sequence\n");
}

TEST(YamlReader, CountsColumnsInCharacters) {
  EXPECT_EQ(tree("größe: { ü: \"ß\", z: 1 }\n"),
            "$ 1:1 map\n"
            "$.größe key 1:1\n"
            "$.größe 1:8 map\n"
            "$.größe.ü key 1:10\n"
            "$.größe.ü 1:13 quoted ß\n"
            "$.größe.z key 1:18\n"
            "$.größe.z 1:21 plain 1\n");
}

TEST(YamlReader, CountsLinesThatEndAsOnWindows) {
  EXPECT_EQ(tree("a: 1\r\nb: 2\r\n"),
            "$ 1:1 map\n"
            "$.a key 1:1\n"
            "$.a 1:4 plain 1\n"
            "$.b key 2:1\n"
            "$.b 2:4 plain 2\n");
}

TEST(YamlReader, TellsPlainFromQuotedAndBlockText) {
  EXPECT_EQ(tree("a: 012\nb: \"012\"\nc: '012'\nd: |\n  012\ne: >-\n  x\n  y\n"),
            "$ 1:1 map\n"
            "$.a key 1:1\n"
            "$.a 1:4 plain 012\n"
            "$.b key 2:1\n"
            "$.b 2:4 quoted 012\n"
            "$.c key 3:1\n"
            "$.c 3:4 quoted 012\n"
            "$.d key 4:1\n"
            "$.d 4:4 quoted 012\n\n"
            "$.e key 6:1\n"
            "$.e 6:4 quoted x y\n");
}

TEST(YamlReader, NullIsWrittenPlainOrLeftOut) {
  EXPECT_EQ(tree("a: null\nb: ~\nc: \"null\"\nd:\n\n# comment\ne: no\nf:\n"),
            "$ 1:1 map\n"
            "$.a key 1:1\n"
            "$.a 1:4 null\n"
            "$.b key 2:1\n"
            "$.b 2:4 null\n"
            "$.c key 3:1\n"
            "$.c 3:4 quoted null\n"
            "$.d key 4:1\n"
            "$.d 4:1 null\n"  // a value that is left out stands at its key
            "$.e key 7:1\n"
            "$.e 7:4 plain no\n"
            "$.f key 8:1\n"
            "$.f 8:1 null\n");
}

TEST(YamlReader, AnEmptyElementStandsAtItsDash) {
  EXPECT_EQ(tree("- a\n-   # nothing\n- ~\n-\n"),
            "$ 1:1 sequence\n"
            "$[0] 1:3 plain a\n"
            "$[1] 2:1 null\n"
            "$[2] 3:3 null\n"
            "$[3] 4:1 null\n");
}

TEST(YamlReader, KeysMayHoldWhatHeadersHold) {
  EXPECT_EQ(tree("(Do Not Modify) Lead: x\nNo. of Employees: 5\n\"a: b\": y\n"),
            "$ 1:1 map\n"
            "$.(Do Not Modify) Lead key 1:1\n"
            "$.(Do Not Modify) Lead 1:23 plain x\n"
            "$.No. of Employees key 2:1\n"
            "$.No. of Employees 2:19 plain 5\n"
            "$.a: b key 3:1\n"
            "$.a: b 3:9 plain y\n");
}

TEST(YamlReader, AnEmptyFileIsNull) {
  EXPECT_EQ(tree(""), "$ 1:1 null\n");
  EXPECT_EQ(tree("# only a comment\n"), "$ 1:1 null\n");
}

TEST(YamlReader, SkipsAByteOrderMark) {
  EXPECT_EQ(tree("\xEF\xBB\xBF"
                 "a: 1\n"),
            "$ 1:1 map\n$.a key 1:1\n$.a 1:4 plain 1\n");
}

TEST(YamlReader, AcceptsTheMarksAroundOneDocument) {
  EXPECT_EQ(tree("%YAML 1.2\n---\na: 1\n...\n"), "$ 3:1 map\n$.a key 3:1\n$.a 3:4 plain 1\n");
}

TEST(YamlReader, FindsMembersOfMapsOnly) {
  Problems problems;
  const auto node = parse_yaml("a: { b: 1 }\nc: [b]\n", "a.yaml", problems);
  ASSERT_TRUE(node);
  ASSERT_NE(node->find("a"), nullptr);
  EXPECT_NE(node->find("a")->find("b"), nullptr);
  EXPECT_EQ(node->find("b"), nullptr);
  EXPECT_EQ(node->find("c")->find("b"), nullptr);
}

TEST(YamlReader, BooleansAreTrueAndFalseWithoutQuotes) {
  const auto value = [](std::string_view text) {
    Problems problems;
    return as_bool(parse_yaml(text, "a.yaml", problems).value());
  };
  EXPECT_EQ(value("true"), true);
  EXPECT_EQ(value("True"), true);
  EXPECT_EQ(value("FALSE"), false);
  for (const auto* other : {"\"true\"", "yes", "no", "on", "1", "~", "[true]"}) {
    EXPECT_EQ(value(other), std::nullopt) << other;
  }
}

}  // namespace
}  // namespace referrald::config
