// docs/rejections.md is generated from the table of rules. To write it anew, run this test with
// REFERRALD_WRITE_DOCS=1 in the environment.
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "mapping/rules.hpp"

namespace referrald::mapping {
namespace {

std::string section(Strength strength) {
  std::string out = "| code | cause | remedy |\n| --- | --- | --- |\n";
  const auto cell = [](std::string_view text) {
    std::string escaped;
    for (const char c : text) escaped.append(c == '|' ? "\\|" : std::string(1, c));
    return escaped;
  };
  for (const Rule& rule : all_rules())
    if (rule.strength == strength)
      out += "| `" + std::string(rule.name) + "` | " + cell(rule.cause) + " | " +
             cell(rule.remedy) + " |\n";
  return out;
}

std::string rejections_document() {
  return "# Rejections and warnings\n\n"
         "<!-- Generated from mapping/rule_table.cpp: run mapping_test with "
         "REFERRALD_WRITE_DOCS=1. "
         "-->\n\n"
         "A row that cannot be sent is **rejected** with every reason at once. It stays in the "
         "ledger "
         "as `rejected`,\n`referrald rejects` writes it to a CSV file with its reasons, and it "
         "never "
         "stops the other rows. Codes are\nstable. A mapping's `tests` can expect them. What the "
         "service refuses stands in [errors.md](errors.md).\n\n" +
         section(Strength::reject) +
         "\n## Warnings\n\n"
         "What only the portal asks for, and some caution of our own. `plan` shows them, and the "
         "rows "
         "are sent all the\nsame; with `rules: strict` in the mapping they reject.\n\n" +
         section(Strength::warning);
}

TEST(RejectionsDocument, IsWhatTheTableSays) {
  const std::string path = REFERRALD_SOURCE_DIR "/docs/rejections.md";
  if (std::getenv("REFERRALD_WRITE_DOCS") != nullptr) std::ofstream(path) << rejections_document();
  std::stringstream committed;
  committed << std::ifstream(path).rdbuf();
  EXPECT_EQ(committed.str(), rejections_document())
      << "run mapping_test with REFERRALD_WRITE_DOCS=1";
}

}  // namespace
}  // namespace referrald::mapping
