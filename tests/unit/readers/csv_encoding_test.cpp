#include <random>

#include <gmock/gmock.h>
#include <unicode/ucnv.h>

#include "mapping/readers/text_encoding.hpp"
#include "tests/unit/readers/export_text.hpp"

namespace referrald::mapping {
namespace {

using namespace std::string_literals;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Kind = ExportError::Kind;

ExportFormat with_encoding(const std::string& name) {
  ExportFormat format;
  format.encoding = name;
  return format;
}

// The UTF-8 text in another encoding, by ICU.
std::string encoded(const std::string& text, const char* encoding) {
  std::string out(text.size() * 4 + 16, '\0');
  UErrorCode error = U_ZERO_ERROR;
  const auto size =
      ucnv_convert(encoding, "UTF-8", out.data(), static_cast<std::int32_t>(out.size()),
                   text.data(), static_cast<std::int32_t>(text.size()), &error);
  if (U_FAILURE(error)) throw std::runtime_error(u_errorName(error));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::string units16(std::initializer_list<char16_t> units, bool big_endian = false) {
  std::string out;
  for (const char16_t unit : units) {
    const char low = static_cast<char>(unit & 0xFF);
    const char high = static_cast<char>(unit >> 8);
    out += big_endian ? high : low;
    out += big_endian ? low : high;
  }
  return out;
}

const std::string kText =
    "Thema;Stra\xC3\x9F"
    "e\r\n\"Gr\xC3\xB6\xC3\x9F"
    "e, \xE2\x82\xAC\";\xF0\x9F\x98\x80\r\n\xE4\xB8\x80;x\r\n";
const std::string kMark = "\xEF\xBB\xBF";

TEST(CsvEncoding, UnicodeIsFoundByItsMarkAndWithoutOne) {
  const ReadExport wanted = read_text(kText);
  ASSERT_EQ(wanted.rows.size(), 2U);
  for (const char* encoding : {"UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"}) {
    for (const std::string& mark : {kMark, ""s}) {
      const ReadExport read = read_text(encoded(mark + kText, encoding));
      EXPECT_EQ(read.header, wanted.header) << encoding;
      EXPECT_EQ(read.cells(), wanted.cells()) << encoding;
      EXPECT_EQ(read.lines(), wanted.lines()) << encoding;
    }
  }
}

TEST(CsvEncoding, AMarkIsNoPartOfALineThatSaysTheDelimiter) {
  EXPECT_THAT(read_text(encoded(kMark + "\"sep=;\"\r\na,x;b\r\n1;2\r\n", "UTF-16LE")).header,
              ElementsAre("a,x", "b"));
}

TEST(CsvEncoding, ExcelsUnicodeTextIsRead) {
  const ReadExport read = read_text(encoded(kMark + "Topic\tCity\r\n\"a \"\"b\"\"\"\tK\xC3\xB8"
                                                    "benhavn\r\n",
                                            "UTF-16LE"));
  EXPECT_THAT(read.cells(), ElementsAre(Cells{"a \"b\"",
                                              "K\xC3\xB8"
                                              "benhavn"}));
}

TEST(CsvEncoding, ACodePageIsReadWhenItIsNamed) {
  const std::string text = "Name,Ort\nJ\xC3\xB6rg,K\xC3\xB6ln \xE2\x82\xAC\n";
  for (const char* name : {"windows-1252", "cp1252", "CP-1252", "ISO-8859-15"}) {
    const ReadExport read = read_text(encoded(text, name), with_encoding(name));
    EXPECT_THAT(read.cells(), ElementsAre(Cells{"J\xC3\xB6rg", "K\xC3\xB6ln \xE2\x82\xAC"}))
        << name << read.message;
  }
  const std::string japanese = "Name,Ort\n\xE8\xA1\xA8\xE7\xA4\xBA,\xE3\x82\xBD\n";
  for (const char* name : {"Shift_JIS", "EUC-JP", "gb18030"}) {
    EXPECT_EQ(read_text(encoded(japanese, name), with_encoding(name)).cells(),
              read_text(japanese).cells())
        << name;
  }
  EXPECT_EQ(
      read_file(test_data("phpspreadsheet/premiere.win1252.csv"), with_encoding("cp1252")).header,
      read_file(test_data("phpspreadsheet/premiere.utf8.csv")).header);
  EXPECT_THAT(read_file(test_data("csvkit/test_latin1.csv"), with_encoding("latin1")).cells(),
              Contains(Cells{"4", "5", "\xC2\xA9"}));
}

TEST(CsvEncoding, TheSamplesOfOneTextAreTheSame) {
  const ReadExport wanted = read_file(test_data("phpspreadsheet/premiere.utf8.csv"));
  for (const char* name :
       {"utf8bom", "utf16be", "utf16bebom", "utf16lebom", "utf32bebom", "utf32lebom"}) {
    const ReadExport read = read_file(test_data("phpspreadsheet/premiere."s + name + ".csv"));
    EXPECT_EQ(read.header, wanted.header) << name;
    EXPECT_EQ(read.cells(), wanted.cells()) << name;
  }
  const ReadExport dataloader = read_file(test_data("dataloader/csvtext.csv"));
  for (const char* name : {"UTF8", "UTF16BE", "UTF16LE"}) {
    EXPECT_EQ(read_file(test_data("dataloader/csvtext_BOM_"s + name + ".csv")).cells(),
              dataloader.cells())
        << name;
  }
}

TEST(CsvEncoding, ALoneSurrogateCostsThatRowOnly) {
  for (const bool big_endian : {false, true}) {
    const ReadExport read =
        read_text(units16({0xFEFF, 'a', ',', 'b',    '\n', 0x4E00, ',',    'x', 0xD800, 'y',
                           '\n',   '1', ',', 0xDC00, '\n', 0xD83D, 0xDE00, ',', 0xFFFD, '\n'},
                          big_endian));
    EXPECT_THAT(read.faults(), ElementsAre("invalid-bytes", "invalid-bytes", ""));
    EXPECT_THAT(read.rows[0].message, AllOf(HasSubstr(big_endian ? "not UTF-16BE" : "not UTF-16LE"),
                                            HasSubstr("cell 2 (line 2, character 4)")));
    EXPECT_EQ(read.rows[2].cells, (Cells{"\xF0\x9F\x98\x80", "\xEF\xBF\xBD"}));
  }
}

TEST(CsvEncoding, HalfACharacterAtTheEndCostsThatRowOnly) {
  for (const std::string& end : {"x"s, units16({0xD83D}), units16({0xD83D}) + "x"}) {
    const ReadExport read =
        read_text(units16({0xFEFF, 'a', ',', 'b', '\n', '1', ',', '2', '\n', '3', ',', '4'}) + end);
    EXPECT_THAT(read.faults(), ElementsAre("", "invalid-bytes"));
  }
}

TEST(CsvEncoding, ANulInUtf16CostsThatRowOnly) {
  EXPECT_THAT(read_text(units16({0xFEFF, 'a', ',', 'b', '\n', '1', ',', 0, '\n'})).faults(),
              ElementsAre("nul-byte"));
}

TEST(CsvEncoding, BytesThatACodePageLeavesUndefinedCostThatRowOnly) {
  const ReadExport read = read_text("a,b\n1,\x81\n2,\xE4\n", with_encoding("windows-1252"));
  EXPECT_THAT(read.faults(), ElementsAre("invalid-bytes", ""));
  EXPECT_THAT(read.rows[0].message, HasSubstr("not windows-1252 in cell 2 (line 2, character 3)"));
  EXPECT_THAT(read_text("a,b\n1,\x80\n", with_encoding("ISO-8859-1")).rows.at(0).message,
              HasSubstr("most likely windows-1252"));
  EXPECT_THAT(read_text("a,b\n1,\xE4\n2,3\n", with_encoding("us-ascii")).faults(),
              ElementsAre("invalid-bytes", ""));
  EXPECT_THAT(read_text("a,b\n1,\x81,\n2,3\n", with_encoding("Shift_JIS")).faults(),
              ElementsAre("invalid-bytes", ""));
}

TEST(CsvEncoding, WithoutANameTheRowIsRejectedWithTheNameToWrite) {
  const ReadExport read = read_text("a,b\n1,M\xFCller\n");
  EXPECT_THAT(read.faults(), ElementsAre("invalid-bytes"));
  EXPECT_THAT(read.rows[0].message, AllOf(HasSubstr("format: { encoding: windows-1252 }"),
                                          HasSubstr("CSV UTF-8"), Not(HasSubstr("ller"))));
}

TEST(CsvEncoding, AMarkOrNulsThatContradictTheNameRefuse) {
  const std::string utf16 = encoded(kMark + kText, "UTF-16BE");
  for (const char* name : {"UTF-8", "windows-1252", "UTF-32", "UTF-32BE"}) {
    EXPECT_EQ(read_text(utf16, with_encoding(name)).error, Kind::format) << name;
    EXPECT_EQ(read_text(utf16.substr(2), with_encoding(name)).error, Kind::format) << name;
  }
  const ReadExport marked = read_text(kMark + kText, with_encoding("cp1252"));
  EXPECT_THAT(marked.message, AllOf(HasSubstr("UTF-8 by its byte order mark"),
                                    HasSubstr("encoding: cp1252"), HasSubstr("encoding: auto")));
  EXPECT_EQ(read_text(utf16.substr(2), with_encoding("UTF-16LE")).error, Kind::format);
}

TEST(CsvEncoding, AMarkOfTheSameFamilyDecides) {
  const ReadExport wanted = read_text(kText);
  const std::string utf16 = encoded(kMark + kText, "UTF-16BE");
  for (const char* name : {"UTF-16", "UTF-16LE", "UTF-16BE"}) {
    EXPECT_EQ(read_text(utf16, with_encoding(name)).cells(), wanted.cells()) << name;
  }
  EXPECT_EQ(read_text(utf16.substr(2), with_encoding("UTF-16")).cells(), wanted.cells());
  EXPECT_EQ(read_text(kMark + kText, with_encoding("utf8")).cells(), wanted.cells());
}

TEST(CsvEncoding, Utf16WithoutAMarkIsKnownInChineseToo) {
  std::string text = units16({'a', ',', 'b', '\n'});
  for (int i = 0; i < 120; ++i) text += units16({static_cast<char16_t>(0x4E00 + 37 * i)});
  const ReadExport read = read_text(text + units16({',', '1', '\n'}));
  EXPECT_EQ(read.message, "");
  EXPECT_EQ(read.rows.size(), 1U);
}

TEST(CsvEncoding, Utf16OfWhichNothingShowsTheOrderIsRefused) {
  const ReadExport read = read_text(units16({0x4E8C, 0x4E09}), with_encoding("UTF-16"));
  EXPECT_EQ(read.error, Kind::format);
  EXPECT_THAT(read.message, HasSubstr("encoding: UTF-16LE"));
}

TEST(CsvEncoding, Utf8IsNotReadAsACodePage) {
  for (const char* name :
       {"windows-1252", "windows-1250", "windows-1251", "windows-1254", "ISO-8859-2", "ISO-8859-15",
        "KOI8-R", "cp850", "macintosh", "Shift_JIS", "GBK", "GB18030", "Big5", "EUC-KR"}) {
    EXPECT_EQ(read_text("a;b\n\u00e4\u00f6;M\u00fcller\n", with_encoding(name)).error, Kind::format)
        << name;
    EXPECT_FALSE(read_text("a;b\n1;2\n", with_encoding(name)).error) << name;
  }
}

TEST(CsvEncoding, OneNameInUtf8IsEnough) {
  for (const char* name : {"GBK", "GB18030", "Big5", "Shift_JIS", "EUC-KR", "EUC-JP"})
    EXPECT_EQ(read_text("a;b\nM\u00fcller;1\n", with_encoding(name)).error, Kind::format) << name;
}

TEST(CsvEncoding, TextOfACodePageIsNoUtf8) {
  EXPECT_FALSE(read_text("a;b\nM\xFCller;\xC4\xD6\xDC\n", with_encoding("windows-1252")).error);
  EXPECT_FALSE(read_text("a;b\n\xCF\xF0\xE8\xE2\xE5\xF2;1\n", with_encoding("windows-1251")).error);
  EXPECT_FALSE(read_text("a;b\n\xC1\xAA\xCD\xA8;1\n", with_encoding("GBK")).error)
      << "two characters that happen to be UTF-8 as well";
}

TEST(CsvEncoding, Utf8WithADamagedRowIsNotReadAsACodePage) {
  const std::string utf8 = "a;b\nM\u00fcller;K\u00f6ln\nJos\u00e9;1\n";
  const ReadExport read = read_text(utf8 + "Gr\xFCn;2\n", with_encoding("windows-1252"));
  EXPECT_EQ(read.error, Kind::format);
  EXPECT_THAT(read.message, HasSubstr("is UTF-8 by its bytes, but for a few"));
}

TEST(CsvEncoding, Utf8NamedAsACodePageIsRefusedHoweverLateItsFirstAccentStands) {
  std::string text = "a,b\n";
  while (text.size() < 600'000) text += "1,plain\n";
  EXPECT_FALSE(read_text(text, with_encoding("windows-1252")).error);
  EXPECT_EQ(read_text(text + "2,M\u00fcller\n", with_encoding("windows-1252")).error, Kind::format);
  EXPECT_FALSE(read_text(text + "2,M\xFCller\n", with_encoding("windows-1252")).error);
}

TEST(CsvEncoding, AFewNulsDoNotMakeUtf16) {
  EXPECT_THAT(read_text("a,b,c\n\0,2,3\n"s).faults(), ElementsAre("nul-byte"));
  EXPECT_EQ(read_text("a\0b\n12,3\n"s).error, Kind::unreadable);
}

TEST(CsvEncoding, NamesAreThoseOfIcu) {
  EXPECT_EQ(canonical_encoding("utf8"), "UTF-8");
  EXPECT_EQ(canonical_encoding("CP1252"), "windows-1252");
  EXPECT_EQ(canonical_encoding("latin1"), "ISO-8859-1");
  for (const char* name :
       {"", "ansi", "windows-12522", "UTF-7", "ISO-2022-JP", "utf-8,version=1"}) {
    EXPECT_EQ(canonical_encoding(name), std::nullopt) << name;
  }
  EXPECT_THAT(known_encodings(), AllOf(Contains("UTF-8"), Contains("windows-1252"),
                                       Contains("Shift_JIS"), Not(Contains("UTF-7"))));
  EXPECT_EQ(read_text("a,b\n", with_encoding("ansi")).error, Kind::format);
  EXPECT_THAT(known_encodings(), Each(testing::Truly([](const std::string& name) {
                return canonical_encoding(name) == name;
              })));
}

// Characters of one to four bytes, over many of the decoder's blocks.
TEST(CsvEncoding, LongTextsComeBackAsTheyWere) {
  std::mt19937 random(5);
  const std::vector<std::string> kParts = {
      "a", "0123456789 and so on", "\xC3\xBC", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xEF\xBF\xBD",
      " "};
  std::string text = "Id;Text\n";
  for (int row = 0; row < 30000; ++row) {
    text += std::to_string(row) + ';';
    for (auto parts = random() % 9; parts > 0; --parts) text += kParts[random() % kParts.size()];
    text += '\n';
  }
  const ReadExport wanted = read_text(text);
  ASSERT_EQ(wanted.rows.size(), 30000U);
  for (const char* encoding : {"UTF-16LE", "UTF-16BE", "UTF-32LE", "gb18030"}) {
    const std::string mark = encoding == "gb18030"s ? "" : kMark;
    const auto format = with_encoding(encoding == "gb18030"s ? encoding : "");
    const ReadExport read = read_text(encoded(mark + text, encoding), format);
    EXPECT_FALSE(read.error) << read.message;
    EXPECT_THAT(read.faults(), Each("")) << encoding;
    EXPECT_TRUE(read.cells() == wanted.cells()) << encoding;
  }
}

}  // namespace
}  // namespace referrald::mapping
