#include "daemon/commands/plan_show.hpp"

#include <gtest/gtest.h>

namespace referrald::commands {
namespace {

TEST(IndentedJson, PutsOneMemberOnALine) {
  EXPECT_EQ(indented_json(R"({"a":1,"b":[true,{"c":"x"}],"d":{},"e":[]})", "> "),
            "> {\n>   \"a\": 1,\n>   \"b\": [\n>     true,\n>     {\n>       \"c\": \"x\"\n>     "
            "}\n>   ],\n>   \"d\": {},\n>   \"e\": []\n> }");
}

TEST(IndentedJson, LeavesStringsAloneWhateverTheyHold) {
  EXPECT_EQ(indented_json(R"({"a:{":"b,\"}[\\"})", ""), "{\n  \"a:{\": \"b,\\\"}[\\\\\"\n}");
  EXPECT_EQ(indented_json("\"\u202e\"", ""), "\"\\u202e\"") << "it must not act on a terminal";
}

}  // namespace
}  // namespace referrald::commands
