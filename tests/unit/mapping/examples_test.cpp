// The mappings that are shipped or shown must load, and their own tests must succeed.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/mapping/mapping_fixture.hpp"

namespace referrald::mapping {
namespace {

namespace fs = std::filesystem;

const fs::path source = REFERRALD_SOURCE_DIR;

class ShippedMapping : public testing::TestWithParam<const char*> {};

TEST_P(ShippedMapping, LoadsAndItsTestsSucceed) {
  config::Problems problems;
  const auto mapping = load_mapping(source / GetParam(), problems);
  if (mapping != nullptr) {
    mapping->run_tests(problems);
    EXPECT_GT(mapping->test_count(), 0U);
  }
  for (const auto& problem : problems.list()) ADD_FAILURE() << to_string(problem);
}

INSTANTIATE_TEST_SUITE_P(All, ShippedMapping,
                         testing::Values("config/mappings/dynamics-lead.yaml",
                                         "config/mappings/dynamics-opportunity.yaml",
                                         "config/mappings/synapse-lead.yaml",
                                         "config/mappings/salesforce-lead.yaml",
                                         "config/mappings/salesforce-opportunity.yaml",
                                         "config/mappings/hubspot-deal.yaml",
                                         "config/mappings/pipedrive-deal.yaml",
                                         "tests/data/demo/leads-mapping.yaml",
                                         "tests/data/mappings/contoso-contacts.yaml",
                                         "tests/data/mappings/dataloader-opportunity.yaml",
                                         "tests/data/mappings/salesforce-lead.yaml",
                                         "tests/data/mappings/salesforce-opportunity.yaml"));

std::vector<std::string> yaml_blocks(const fs::path& document) {
  std::vector<std::string> out;
  std::ifstream file(document);
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line == "```yaml") {
      inside = true;
      out.emplace_back();
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      out.back() += line + "\n";
    }
  }
  return out;
}

// A block's lines under each key of that indentation, the key's line included.
using Sections = std::vector<std::pair<std::string, std::string>>;
Sections sections(const std::string& text, std::size_t indent) {
  Sections out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.find_first_not_of(' ') == indent && line[indent] != '#' && line[indent] != '-')
      out.emplace_back(line.substr(0, line.find(':')), "");
    if (!out.empty()) out.back().second += line + "\n";
  }
  return out;
}

// The mapping with the sections of `block` in the place of its own; of `referral`, member by
// member.
std::string merged(const std::string& mapping, const std::string& block, std::size_t indent = 0) {
  Sections result = sections(mapping, indent);
  for (const auto& [key, text] : sections(block, indent)) {
    const auto same = std::ranges::find(result, key, &Sections::value_type::first);
    if (same == result.end())
      result.emplace_back(key, text);
    else if (indent == 0 && key == "referral")
      same->second = "referral:\n" + merged(same->second, text, 2);
    else
      same->second = text;
  }
  std::string out;
  for (const auto& [key, text] : result) out += text;
  return out;
}

TEST(MappingDocument, ShowsMappingsThatWork) {
  const auto blocks = yaml_blocks(source / "docs/mapping.md");
  ASSERT_GE(blocks.size(), 5U);
  const std::string without_tests = blocks[0].substr(0, blocks[0].find("tests:"));
  for (const auto& block : blocks)
    EXPECT_EQ(failures_of(merged(without_tests, block)), "") << block;
}

// What became of a genuine export's rows.
struct Counts {
  int mapped = 0;
  int excluded = 0;
  int rejected = 0;
  bool operator==(const Counts&) const = default;
};

Counts count(const fs::path& export_file, const fs::path& mapping_file) {
  config::Problems problems;
  const auto mapping = load_mapping(source / mapping_file, problems);
  const auto reader = open_export(fs::path(REFERRALD_TEST_DATA) / export_file);
  const auto bound = mapping->bind(reader->header(), problems);
  for (const auto& problem : problems.list()) ADD_FAILURE() << to_string(problem);
  Counts counts;
  for (Row row; reader->next(row);) {
    const auto outcome = bound->map(row);
    counts.mapped += std::holds_alternative<Mapped>(outcome) ? 1 : 0;
    counts.excluded += std::holds_alternative<Excluded>(outcome) ? 1 : 0;
    counts.rejected += std::holds_alternative<Rejected>(outcome) ? 1 : 0;
  }
  return counts;
}

TEST(GenuineExports, AreMapped) {
  EXPECT_EQ(count("readers/salesforce/Lead.csv", "tests/data/mappings/salesforce-lead.yaml"),
            (Counts{39, 21, 0}));
  EXPECT_EQ(count("readers/salesforce/opportunityData.csv",
                  "tests/data/mappings/dataloader-opportunity.yaml"),
            (Counts{25, 13, 0}));
  EXPECT_EQ(
      count("readers/dynamics/Contoso Contacts.csv", "tests/data/mappings/contoso-contacts.yaml"),
      (Counts{145, 2, 0}));
}

}  // namespace
}  // namespace referrald::mapping
