// The mappings that are shipped or shown must load, and their own tests must succeed.
#include <algorithm>
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

class ShippedPreset : public testing::TestWithParam<const char*> {};

// Their comments tell the user to set both, and `check` runs the tests then as before.
TEST_P(ShippedPreset, ItsTestsSucceedInOtherLocalesAndTimeZones) {
  const auto text = [&] {
    std::ostringstream out;
    out << std::ifstream(source / GetParam()).rdbuf();
    return out.str();
  }();
  for (const auto* const locale : {"de-DE", "fr-FR", "en-GB"}) {
    for (const auto* const zone : {"Europe/Berlin", "America/Chicago"}) {
      std::string other = text;
      const auto replace = [&](std::string_view old, const std::string& with) {
        if (const auto at = other.find(old); at != std::string::npos)
          other.replace(at, old.size(), with);
      };
      replace("locale: en-US", std::string("locale: ") + locale);
      replace("timezone: UTC", std::string("timezone: ") + zone);
      EXPECT_EQ(failures_of(other), "") << locale << ", " << zone;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, ShippedPreset,
                         testing::Values("config/mappings/dynamics-lead.yaml",
                                         "config/mappings/dynamics-lead-logical.yaml",
                                         "config/mappings/dynamics-opportunity.yaml",
                                         "config/mappings/dynamics-opportunity-logical.yaml",
                                         "config/mappings/synapse-lead.yaml",
                                         "config/mappings/synapse-opportunity.yaml",
                                         "config/mappings/salesforce-lead.yaml",
                                         "config/mappings/salesforce-opportunity.yaml",
                                         "config/mappings/hubspot-deal.yaml",
                                         "config/mappings/pipedrive-deal.yaml"));

INSTANTIATE_TEST_SUITE_P(
    All, ShippedMapping,
    testing::Values(
        "config/mappings/dynamics-lead.yaml", "config/mappings/dynamics-lead-logical.yaml",
        "config/mappings/dynamics-opportunity.yaml",
        "config/mappings/dynamics-opportunity-logical.yaml", "config/mappings/synapse-lead.yaml",
        "config/mappings/synapse-opportunity.yaml", "config/mappings/salesforce-lead.yaml",
        "config/mappings/salesforce-opportunity.yaml", "config/mappings/hubspot-deal.yaml",
        "config/mappings/pipedrive-deal.yaml", "tests/data/demo/leads-mapping.yaml",
        "tests/data/mappings/contoso-contacts.yaml",
        "tests/data/mappings/dataloader-opportunity.yaml",
        "tests/data/mappings/hubspot-with-tables.yaml", "tests/data/mappings/salesforce-lead.yaml",
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

// What became of an export's rows.
struct Counts {
  int mapped = 0;
  int excluded = 0;
  int rejected = 0;
  bool operator==(const Counts&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Counts& counts) {
  return out << counts.mapped << " mapped, " << counts.excluded << " excluded, " << counts.rejected
             << " rejected";
}

struct Outcomes {
  Counts counts;
  std::vector<Mapped> mapped;
  std::vector<std::string> rejections;  // their codes, each once a row
};

Outcomes map_all(const fs::path& export_path, const fs::path& mapping_file) {
  config::Problems problems;
  Outcomes out;
  const auto mapping = load_mapping(source / mapping_file, problems);
  if (mapping != nullptr) {
    const auto reader = open_export(fs::path(REFERRALD_TEST_DATA) / export_path, mapping->format(),
                                    mapping->columns());
    const auto bound = mapping->bind(*reader, problems);
    for (Row row; bound != nullptr && reader->next(row);) {
      auto outcome = bound->map(row);
      if (auto* mapped = std::get_if<Mapped>(&outcome)) out.mapped.push_back(std::move(*mapped));
      if (const auto* rejected = std::get_if<Rejected>(&outcome))
        for (const auto& code : codes(rejected->reasons))
          if (out.rejections.empty() || out.rejections.back() != code)
            out.rejections.push_back(code);
      out.counts.excluded += std::holds_alternative<Excluded>(outcome) ? 1 : 0;
      out.counts.rejected += std::holds_alternative<Rejected>(outcome) ? 1 : 0;
    }
  }
  for (const auto& problem : problems.list()) ADD_FAILURE() << to_string(problem);
  out.counts.mapped = static_cast<int>(out.mapped.size());
  return out;
}

Counts count(const fs::path& export_path, const fs::path& mapping_file) {
  return map_all(export_path, mapping_file).counts;
}

TEST(GenuineExports, AreMapped) {
  EXPECT_EQ(count("readers/salesforce/Lead.csv", "tests/data/mappings/salesforce-lead.yaml"),
            (Counts{39, 21, 0}));
  EXPECT_EQ(count("readers/salesforce/Lead.csv", "config/mappings/salesforce-lead.yaml"),
            (Counts{39, 21, 0}));
  EXPECT_EQ(count("readers/salesforce/opportunityData.csv",
                  "tests/data/mappings/dataloader-opportunity.yaml"),
            (Counts{25, 13, 0}));
  EXPECT_EQ(
      count("readers/dynamics/Contoso Contacts.csv", "tests/data/mappings/contoso-contacts.yaml"),
      (Counts{145, 2, 0}));
}

// The members that differ between CRMs, as JSON, "-" for one that is absent.
std::string essence(const Mapped& mapped) {
  std::string out = mapped.external_id;
  for (const char* path : {"name", "customerProfile/name", "customerProfile/size",
                           "customerProfile/address/postalCode", "customerProfile/address/country",
                           "customerProfile/team/0/firstName", "customerProfile/team/0/email",
                           "details/dealValue", "details/currency", "details/closingDateTime"}) {
    const Value* value = mapped.referral.at(path);
    out += ' ' + (value == nullptr ? std::string("-") : to_json(*value));
  }
  return out;
}

struct PresetCase {
  const char* mapping;      // under config/mappings
  const char* export_path;  // under tests/data/presets
  Counts counts;
  const char* rejections;  // the codes
  const char* first;       // of the mapped rows
  const char* second;
};

std::ostream& operator<<(std::ostream& out, const PresetCase& c) {
  return out << c.mapping << " with " << c.export_path;
}

class Preset : public testing::TestWithParam<PresetCase> {};

TEST_P(Preset, MapsAnExportOfItsCrm) {
  const PresetCase& c = GetParam();
  const Outcomes out = map_all(fs::path("presets") / c.export_path,
                               fs::path("config/mappings") / (c.mapping + std::string(".yaml")));
  EXPECT_EQ(out.counts, c.counts);
  std::string rejections;
  for (const auto& code : out.rejections) rejections += (rejections.empty() ? "" : " ") + code;
  EXPECT_EQ(rejections, c.rejections);
  std::vector<std::string> found;
  for (const Mapped& mapped : out.mapped) {
    found.push_back(essence(mapped));
    EXPECT_EQ(mapped.deal, Deal::private_);
  }
  EXPECT_EQ(found, (std::vector<std::string>{c.first, c.second}));
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(
    All, Preset,
    testing::Values(
        PresetCase{"dynamics-lead", "dynamics-lead.xlsx", {2, 1, 2}, "unknown-country missing-external-id",
                   R"(7f0e3c0a-6a52-4f35-9a51-0b3c0e7d9a01 "Storage renewal" "Fabrikam GmbH" "1001to5000employees" "01234" "DE" "Ada" "ada@fabrikam.example" 48500.5 "EUR" "2026-03-31T00:00:00Z")",
                   R"(7f0e3c0a-6a52-4f35-9a51-0b3c0e7d9a02 "Licences" "Contoso Ltd" - "EC1A 1AA" "GB" "Bob" "bob@contoso.example" 1200 "GBP" "2026-04-15T00:00:00Z")"},
        PresetCase{"dynamics-lead-logical", "dynamics-lead-german.xlsx", {2, 2, 0}, "",
                   R"(7f0e3c0a-6a52-4f35-9a51-0b3c0e7d9a01 "Storage renewal" "Fabrikam GmbH" "1001to5000employees" "01234" "DE" "Ada" "ada@fabrikam.example" 48500.5 "EUR" "2026-03-31T00:00:00Z")",
                   R"(7f0e3c0a-6a52-4f35-9a51-0b3c0e7d9a02 "Lizenzen" "Contoso GmbH" "1001to5000employees" "01234" "AT" "Ada" "ada@fabrikam.example" 48500.5 "EUR" "2026-04-15T14:30:00Z")"},
        PresetCase{"dynamics-lead-logical", "dataverse-leads", {2, 1, 1}, "unknown-country",
                   R"(7f0e3c0a-6a52-4f35-9a51-0b3c0e7d9a01 "Storage renewal" "Fabrikam GmbH" "1001to5000employees" "01234" "DE" "Ada" "ada@fabrikam.example" 48500.5 "EUR" "2026-03-31T00:00:00Z")",
                   R"(7f0e3c0a-6a52-4f35-9a51-0b3c0e7d9a02 - "Fabrikam GmbH" - - - "Ada" "ada@fabrikam.example" - - -)"},
        PresetCase{"dynamics-opportunity", "dynamics-opportunity.xlsx", {2, 1, 1}, "unknown-currency",
                   R"(0b1e2c3d-6a52-4f35-9a51-0b3c0e7d9a21 "Storage renewal" "Fabrikam GmbH" - "01234" "DE" "Ada" "ada@fabrikam.example" 48500.5 "EUR" "2026-03-31T00:00:00Z")",
                   R"(0b1e2c3d-6a52-4f35-9a51-0b3c0e7d9a22 "Licences" "Contoso Ltd" - "01234" - "Ada" "ada@fabrikam.example" 1200 "USD" "2026-03-31T00:00:00Z")"},
        PresetCase{"dynamics-opportunity-logical", "dataverse-opportunities.json", {2, 1, 0}, "",
                   R"(0b1e2c3d-6a52-4f35-9a51-0b3c0e7d9a21 "Storage renewal" "Fabrikam GmbH" "1001to5000employees" "01234" "DE" "Ada" "ada@fabrikam.example" 48500.5 "EUR" "2026-03-31T00:00:00Z")",
                   R"(0b1e2c3d-6a52-4f35-9a51-0b3c0e7d9a22 "Licences" "Bob Example" - - - - - 1200 "EUR" "2026-03-31T00:00:00Z")"},
        PresetCase{"synapse-lead", "synapse", {2, 2, 1}, "unknown-country",
                   R"(7f0e3c0a-6a52-4f35-9a51-0b3c0e7d9a02 "Licences" "Fabrikam GmbH" - "01234" "AT" "Ada" "ada@fabrikam.example" - "USD" -)",
                   R"(7f0e3c0a-6a52-4f35-9a51-0b3c0e7d9a01 "Storage renewal" "Fabrikam GmbH" "1001to5000employees" "01234" "DE" "Ada" "ada@fabrikam.example" 48500.5 "EUR" "2026-03-31T00:00:00Z")"},
        PresetCase{"synapse-opportunity", "synapse", {2, 1, 1}, "lookup-miss",
                   R"(0b1e2c3d-6a52-4f35-9a51-0b3c0e7d9a21 "Storage renewal" "Fabrikam GmbH" "1001to5000employees" "80331" "DE" - - 48500.5 "EUR" "2026-03-31T00:00:00Z")",
                   R"(0b1e2c3d-6a52-4f35-9a51-0b3c0e7d9a22 "Licences" "Contoso Ltd" - "EC1A 1AA" "GB" - - 1200 "USD" "2026-03-31T00:00:00Z")"},
        PresetCase{"salesforce-lead", "salesforce-lead.csv", {2, 2, 1}, "missing-external-id",
                   R"(00QEc00000ExampAAA "Lead: Fabrikam Inc." "Fabrikam Inc." "251to1000employees" "01234" "US" "Ada" "ada@fabrikam.example" - - -)",
                   R"(00QEc00000ExampAAB "Lead: Contoso GmbH, Berlin" "Contoso GmbH, Berlin" - "01234" "DE" - "ada@fabrikam.example" - - -)"},
        PresetCase{"salesforce-opportunity", "salesforce-opportunity.csv", {2, 2, 0}, "",
                   R"(006Ec00000ExampAAA "Storage renewal" "Fabrikam GmbH" - - "DE" - - 48500.5 "EUR" "2026-03-31T00:00:00Z")",
                   R"(006Ec00000ExampAAB "Licences" "Fabrikam GmbH" - - "DE" - - - "USD" "2026-03-31T00:00:00Z")"},
        PresetCase{"salesforce-opportunity", "salesforce-opportunity.json", {2, 1, 1}, "required-member",
                   R"(006Ec00000ExampAAA "Storage renewal" "Fabrikam GmbH" "1001to5000employees" "01234" "DE" - - 48500.5 "EUR" "2026-03-31T00:00:00Z")",
                   R"(006Ec00000ExampAAB "Licences" "Contoso Ltd" - - - - - - "EUR" "2026-03-31T00:00:00Z")"},
        PresetCase{"hubspot-deal", "hubspot-deal.csv", {2, 2, 1}, "required-member",
                   R"(27040205336512 "Storage renewal" "Fabrikam GmbH" - - - "Ada" "ada@fabrikam.example" 48500.5 "EUR" "2026-03-31T17:00:00Z")",
                   R"(27040205336513 "Licences" "Contoso Ltd" - - - - - - "USD" -)"},
        PresetCase{"pipedrive-deal", "pipedrive-deal.csv", {2, 1, 1}, "ambiguous-number",
                   R"(1207 "Fabrikam deal" "Fabrikam GmbH" - "01234" "DE" "Ada" "ada@fabrikam.example" 48500.5 "EUR" "2026-03-31T00:00:00Z")",
                   R"(1208 "Licences" "Fabrikam GmbH" - "01234" - - "ada@fabrikam.example" 0 "EUR" -)"}));
// clang-format on

}  // namespace
}  // namespace referrald::mapping
