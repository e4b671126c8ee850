// Tables with several columns, written in the mapping or read from files.
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "tests/unit/mapping/mapping_fixture.hpp"

namespace referrald::mapping {
namespace {

namespace fs = std::filesystem;

class TableFiles : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  std::unique_ptr<Mapping> load_with(const std::string& tables, const std::string& notes) {
    write("mapping.yaml", "tables: " + tables + R"(
referral:
  externalReferenceId: ${Id}
  customerProfile: { name: Fabrikam }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { currency: EUR, notes: ")" +
                              notes + "\" }\n");
    problems_ = {};
    return load_mapping(folder_ / "mapping.yaml", problems_);
  }

  std::string problems() const {
    std::string out;
    for (const auto& problem : problems_.list()) {
      std::string line = to_string(problem);
      for (auto at = line.find(folder_.string()); at != std::string::npos;
           at = line.find(folder_.string()))
        line.erase(at, folder_.string().size() + 1);
      out += line + "\n";
    }
    return out;
  }

  static std::string notes(const Mapping& mapping, const std::string& owner) {
    const Outcome outcome = map_row(mapping, {{"Id", "1"}, {"Owner", owner}});
    if (const auto* rejected = std::get_if<Rejected>(&outcome))
      return "rejected: " + rejected->reasons.front().code;
    const Value* value = std::get<Mapped>(outcome).referral.at("details/notes");
    return value == nullptr ? "(absent)" : *value->string();
  }

  fs::path folder_ =
      fs::path(testing::TempDir()) / ("referrald-tables-" + std::to_string(getpid()));
  config::Problems problems_;
};

constexpr const char* owners = "{ owners: { file: owners.csv, key: Full Name } }";

TEST_F(TableFiles, GiveEachColumnBesideTheKey) {
  write("owners.csv",
        "Email;Full Name;Phone\nsam@example.com; Sam Seller ;+1 425\nada@example.com;Ädä;\n;;x\n");
  const auto mapping =
      load_with(owners, "${Owner | lookup owners.Email} ${Owner | lookup owners.Phone}");
  ASSERT_NE(mapping, nullptr) << problems();
  EXPECT_EQ(notes(*mapping, "Sam Seller"), "sam@example.com +1 425");
  EXPECT_EQ(notes(*mapping, "Ädä"), "ada@example.com");
  EXPECT_EQ(notes(*mapping, ""), "(absent)");
  EXPECT_EQ(notes(*mapping, "Somebody"), "rejected: lookup-miss");
}

TEST_F(TableFiles, NeedNoColumnsNameWhenThereIsOneOnly) {
  write("owners.csv", "Full Name,Business Mail\nSam,sam@example.com\n");
  EXPECT_EQ(notes(*load_with(owners, "${Owner | lookup owners}"), "Sam"), "sam@example.com");
  EXPECT_EQ(notes(*load_with(owners, "${Owner | lookup owners.Business Mail}"), "Sam"),
            "sam@example.com");
}

TEST_F(TableFiles, AreReadAsTheirFormatSays) {
  write("owners.csv", "Owners of 2026\nFull Name|Mail\nM\xFCller|m@example.com\n");
  const auto mapping = load_with(
      "{ owners: { file: owners.csv, key: Full Name, format: { encoding: windows-1252, delimiter: "
      "pipe, header: 2 } } }",
      "${Owner | lookup owners}");
  ASSERT_NE(mapping, nullptr) << problems();
  EXPECT_EQ(notes(*mapping, "Müller"), "m@example.com");
}

TEST_F(TableFiles, ThatChangeAreTakenByTheNextLoad) {
  write("owners.csv", "Full Name,Mail\nSam,sam@example.com\n");
  const auto before = load_with(owners, "${Owner | lookup owners}");
  EXPECT_EQ(before->files(),
            (std::vector<fs::path>{folder_ / "mapping.yaml", folder_ / "owners.csv"}));
  EXPECT_FALSE(before->files_changed());
  write("owners.csv", "Full Name,Mail\nSam,sam.seller@example.com\n");
  EXPECT_TRUE(before->files_changed());
  const auto after = load_mapping(folder_ / "mapping.yaml", problems_);
  EXPECT_EQ(notes(*before, "Sam"), "sam@example.com");
  EXPECT_EQ(notes(*after, "Sam"), "sam.seller@example.com");
  EXPECT_FALSE(after->files_changed());
  fs::remove(folder_ / "owners.csv");
  EXPECT_TRUE(after->files_changed());
}

TEST_F(TableFiles, WithTwoRowsOfOneKeyAreAProblemUnlessTheyAgree) {
  write("owners.csv", "Full Name,Mail\nSam,a@example.com\nAda,b\nSam,a@example.com\nSam,c\n");
  EXPECT_EQ(load_with(owners, "${Owner | lookup owners}"), nullptr);
  EXPECT_EQ(problems(),
            "owners.csv:5: the key stands here and before (line 2), with other values beside it "
            "(keep one of the two)\n");
}

TEST_F(TableFiles, ThatCannotBeUsedAreProblems) {
  write("owners.csv", "Full Name,Mail,Phone\nSam,a@example.com\n");
  EXPECT_EQ(load_with(owners, "${Owner | lookup owners.Mail}"), nullptr);
  EXPECT_NE(problems().find("owners.csv:2: "), std::string::npos) << problems();
  write("owners.csv", "Full Name,Mail,Phone\nSam,a@example.com,1\n");
  EXPECT_EQ(load_with(owners, "${Owner | lookup owners.Mial}"), nullptr);
  EXPECT_EQ(
      problems(),
      "mapping.yaml:6:36: in ${Owner}: \"lookup owners.Mial\": the table owners has no column "
      "\"Mial\" (did you mean \"Mail\"?)\n");
  EXPECT_EQ(load_with("{ owners: { file: owners.csv, key: FullName } }", "x"), nullptr);
  EXPECT_EQ(problems(),
            "mapping.yaml:1:27: owners.csv: the key \"FullName\" is not among its columns (did you "
            "mean \"Full Name\"?)\n");
  EXPECT_EQ(load_with("{ owners: { file: owner.csv, key: Full Name } }", "x"), nullptr);
  EXPECT_EQ(problems().substr(0, 27), "mapping.yaml:1:27: owner.cs") << problems();
  EXPECT_EQ(
      load_with("{ a: { file: owners.csv }, b: { file: '', key: x }, c: { file: x, key: y, "
                "sheet: z }, d: { file: owners.csv, key: Full Name, format: { locale: fr } } }",
                "x"),
      nullptr);
  EXPECT_EQ(
      problems().substr(0, problems().find("x:")),
      "mapping.yaml:1:14: table a: which column is searched is not said (add key: and the "
      "column's name)\n"
      "mapping.yaml:1:47: table b: file must be a path (write the file's name, relative to the "
      "mapping)\n"
      "mapping.yaml:1:83: the table c has no key \"sheet\" (known are file, key, format)\n"
      "mapping.yaml:1:72: ");
}

TEST_F(TableFiles, ThatCannotBeReadAreNotReportedWhereTheyAreLookedInto) {
  EXPECT_EQ(load_with(owners, "${Owner | lookup owners.Mail} ${Owner | lookup owners | upper}"),
            nullptr);
  EXPECT_EQ(problems_.list().size(), 1U) << problems();
  write("owners.csv", "Name,Mail,Phone\nSam,a@example.com,1\n");
  EXPECT_EQ(load_with(owners, "${Owner | lookup owners.Mail} ${Owner | lookup owners}"), nullptr);
  EXPECT_EQ(problems_.list().size(), 1U) << problems();
}

TEST_F(TableFiles, OverTheLimitAreAProblem) {
  std::string text = "Full Name,Mail\n";
  for (int i = 0; i < 9; ++i) text += std::to_string(i) + "," + std::string(1'000'000, 'a') + "\n";
  write("owners.csv", text);
  EXPECT_EQ(load_with(owners, "${Owner | lookup owners}"), nullptr);
  EXPECT_EQ(problems(),
            "owners.csv:10: the table is too large: over 200000 cells or 8 MiB (leave out the "
            "columns and rows that are never looked up)\n");
}

TEST(WrittenTables, MayHaveSeveralColumns) {
  const std::string tables =
      "tables: { need: { A: { code: x, size: 7 }, B: { code: y, flag: true } } }\n";
  EXPECT_EQ(notes("${Kind | lookup need.code}", {{"Kind", "B"}}, tables), "y");
  EXPECT_EQ(notes("${Kind | lookup need.size} ${Kind | lookup need.code}", {{"Kind", "A"}}, tables),
            "7 x");
  EXPECT_EQ(notes("${Kind | lookup need.size}", {{"Kind", "B"}}, tables), "(absent)");
}

TEST(WrittenTables, WithFaultsAreProblems) {
  EXPECT_EQ(
      problems_of("tables: { need: { A: { code: x }, B: y, C: { code: [z] }, ' A': { code: "
                  "w } } }\n" +
                  std::string(least_referral)),
      "1:35: table need: \"B\" is no map, and the first line is (write { column: value } in "
      "each line)\n"
      "1:46: table need: \"code\" has no single value (write one, or remove the line)\n"
      "1:59: table need: \"A\" occurs twice (keys are compared without blanks at their ends)\n");
}

}  // namespace
}  // namespace referrald::mapping
