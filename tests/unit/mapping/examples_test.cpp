// The mappings that are shipped or shown must load, and their own tests must succeed.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <tuple>

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

TEST(MappingDocument, ShowsMappingsThatWork) {
  const auto blocks = yaml_blocks(source / "docs/mapping.md");
  ASSERT_EQ(blocks.size(), 5U);
  const auto& [whole, salesforce, without_id, tables, tests] =
      std::tie(blocks[0], blocks[1], blocks[2], blocks[3], blocks[4]);
  EXPECT_EQ(failures_of(whole), "");
  EXPECT_EQ(failures_of(salesforce), "");
  EXPECT_EQ(failures_of(without_id + salesforce.substr(salesforce.find("  name:"))), "");
  const std::string without_tables =
      whole.substr(0, whole.find("tables:")) + whole.substr(whole.find("deal:"));
  EXPECT_EQ(failures_of(without_tables + tables), "");
  const std::string without_tests = whole.substr(0, whole.find("tests:"));
  EXPECT_EQ(failures_of(without_tests + tests), "");
  EXPECT_EQ(load_good(without_tests + tests)->test_count(), 3U);
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
