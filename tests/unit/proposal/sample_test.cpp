#include "mapping/proposal/sample.hpp"

#include <gmock/gmock.h>

#include "tests/support/gzip.hpp"
#include "tests/unit/proposal/proposal_fixture.hpp"

namespace referrald::mapping {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Sample, TellsHowTheExportIsWritten) {
  const TextFile file("a;b\r\n1;2\r\n");
  const auto sample = take_sample(file.path(), {});
  EXPECT_EQ(sample.format.type, ExportType::csv);
  EXPECT_EQ(sample.format.encoding, "UTF-8");
  EXPECT_EQ(sample.format.delimiter, ';');
  EXPECT_EQ(sample.rows, 1U);
  EXPECT_TRUE(sample.whole);
  EXPECT_THAT(sample.said, IsEmpty());
}

TEST(Sample, ReadsTextThatIsNoUnicodeAndSaysSo) {
  const TextFile file(
      "Firma;Stra\xDF"
      "e\r\nM\xFCller & S\xF6hne;Hauptstra\xDF"
      "e 5\r\n");
  const auto sample = take_sample(file.path(), {});
  EXPECT_EQ(sample.format.encoding, "windows-1252");
  ASSERT_EQ(sample.columns.size(), 2U);
  EXPECT_EQ(sample.columns[1].name, "Straße");
  EXPECT_THAT(sample.columns[0].values, ElementsAre("Müller & Söhne"));
  ASSERT_EQ(sample.said.size(), 1U);
  EXPECT_THAT(sample.said[0], HasSubstr("windows-1252"));
}

TEST(Sample, FindsTheEncodingAlsoByTheLastByteOfTheFile) {
  const TextFile file("id;city\n1;K\xF6ln");
  EXPECT_EQ(take_sample(file.path(), {}).format.encoding, "windows-1252");
}

TEST(Sample, FindsTheEncodingOfWhatGzipHasCompressed) {
  const TextFile file(test::gzipped("id;city\n1;K\xF6ln\n"));
  const auto sample = take_sample(file.path(), {});
  EXPECT_EQ(sample.format.encoding, "windows-1252");
  ASSERT_EQ(sample.columns.size(), 2U);
  EXPECT_THAT(sample.columns[1].values, ElementsAre("Köln"));
  ASSERT_EQ(sample.said.size(), 1U);
  const TextFile unicode(test::gzipped("id;city\n1;Köln\n"));
  EXPECT_EQ(take_sample(unicode.path(), {}).format.encoding, "UTF-8");
}

TEST(Sample, KnowsWhetherAColumnTellsTheRowsApart) {
  const TextFile file("id,city,id,\n1,Oslo,x,\n2,Oslo,,\n3,Bergen,y,\n");
  const auto sample = take_sample(file.path(), {});
  EXPECT_TRUE(sample.columns[0].all_different);
  EXPECT_FALSE(sample.columns[1].all_different);
  EXPECT_THAT(sample.columns[1].values, ElementsAre("Oslo", "Bergen"));
  EXPECT_EQ(sample.columns[2].filled, 2U);
  EXPECT_EQ(sample.columns[0].reference, "id#1");
  EXPECT_EQ(sample.columns[2].reference, "id#2");
  EXPECT_EQ(sample.columns[3].reference, "#4");
  EXPECT_EQ(sample.find("id"), nullptr) << "which one?";
  EXPECT_EQ(sample.find("city"), &sample.columns[1]);
}

TEST(Sample, LeavesDamagedRowsOut) {
  const TextFile file("a,b\n1,2\n1,2,3\n");
  const auto sample = take_sample(file.path(), {});
  EXPECT_EQ(sample.rows, 1U);
  EXPECT_EQ(sample.damaged, 1U);
}

TEST(Sample, LooksAtNoCellOfADeletedRow) {
  ExportFormat format;
  format.table = "lead";
  const auto sample =
      take_sample(std::filesystem::path(REFERRALD_TEST_DATA) / "presets/synapse", format);
  EXPECT_GT(sample.deleted, 0U);
  ASSERT_NE(sample.find("leadid"), nullptr);
  EXPECT_EQ(sample.find("leadid")->filled, sample.present());
}

TEST(Sample, LooksAtTheFirstRowsOnly) {
  std::string text = "a\n";
  for (int i = 0; i < 1'500; ++i) text += std::to_string(i) + "\n";
  const TextFile file(text);
  const auto sample = take_sample(file.path(), {});
  EXPECT_EQ(sample.rows, 1'000U);
  EXPECT_FALSE(sample.whole);
}

}  // namespace
}  // namespace referrald::mapping
