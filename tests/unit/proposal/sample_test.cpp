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

TEST(Sample, NamesNoCodePageThatIsDoubtful) {
  // "I\u015f\u0131k Yaz\u0131l\u0131m \u015eirketi" in Turkish, letters of Icelandic in Western
  // Europe's.
  const TextFile turkish("Firma;Ort\nI\xFE\xFDk Yaz\xFDl\xFDm \xDEirketi;Ankara\n");
  const auto sample = take_sample(turkish.path(), {});
  EXPECT_NE(sample.format.encoding, "windows-1252");
  const TextFile old("Firma;Ort\nM\x81ller & S\x94hne;K\x94ln\n");  // IBM850
  const auto doubtful = take_sample(old.path(), {});
  EXPECT_NE(doubtful.format.encoding, "windows-1252");
  const TextFile polish("Firma;Ort\nSp\xF3\xB3ka Zak\xB3\x61\x64\xF3w;\xA3\xF3\x64\x9F\n");
  EXPECT_NE(take_sample(polish.path(), {}).format.encoding, "windows-1252");
  // "\u041e\u0431\u0449\u0435\u0441\u0442\u0432\u043e"
  const TextFile russian("Firma;Ort\n\xCE\xE1\xF9\xE5\xF1\xF2\xE2\xEE;\xCC\xEE\xF1\xEA\xE2\xE0\n");
  EXPECT_NE(take_sample(russian.path(), {}).format.encoding, "windows-1252");
  for (const auto& one : {sample, doubtful}) {
    if (one.format.encoding == "FILL IN") {
      EXPECT_THAT(one.must, ElementsAre(HasSubstr("It may be ")));
    }
  }
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
