#include "mapping/proposal/code_page.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>

#include <unicode/uchar.h>
#include <unicode/ucnv.h>
#include <unicode/ucsdet.h>

#include "mapping/readers/ascii.hpp"
#include "mapping/readers/text_encoding.hpp"

namespace referrald::mapping {
namespace {

constexpr std::string_view western = "windows-1252";
// Those of Latin letters that exports come in, the most frequent first.
constexpr std::array<std::string_view, 8> latin{"windows-1252", "windows-1250", "windows-1254",
                                                "windows-1257", "ISO-8859-15",  "ISO-8859-2",
                                                "IBM850",       "macintosh"};

bool is_beyond(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}

// Bytes beyond ASCII as they stand in words.
struct Words {
  std::array<std::size_t, 256> bytes{};  // that have a letter, or another such byte, beside them
  std::size_t total = 0;
  std::size_t runs = 0;  // of such bytes
};

Words words_of(std::string_view text) {
  Words words;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_beyond(text[i])) continue;
    const char before = i > 0 ? text[i - 1] : ' ';
    const char behind = i + 1 < text.size() ? text[i + 1] : ' ';
    const auto in_word = [](char c) { return is_letter(c) || is_beyond(c); };
    if (!in_word(before) && !in_word(behind)) continue;
    ++words.bytes[static_cast<unsigned char>(text[i])];
    ++words.total;
    if (!is_beyond(before)) ++words.runs;
  }
  return words;
}

// The character of each byte in a code page of one byte a character.
std::array<UChar, 256> characters_of(std::string_view encoding) {
  std::array<UChar, 256> out{};
  UErrorCode status = U_ZERO_ERROR;
  UConverter* converter = ucnv_open(std::string(encoding).c_str(), &status);
  for (std::size_t byte = 0; U_SUCCESS(status) && byte < out.size(); ++byte) {
    const char c = static_cast<char>(byte);
    UErrorCode failed = U_ZERO_ERROR;
    UChar unit = 0;
    ucnv_toUChars(converter, &unit, 1, &c, 1, &failed);
    out[byte] = unit;
  }
  ucnv_close(converter);
  return out;
}

// Whether all of the words are words there. Apostrophes, hyphens and the like are in words, too.
bool fits(const Words& words, const std::array<UChar, 256>& characters) {
  for (std::size_t byte = 0x80; byte < words.bytes.size(); ++byte) {
    if (words.bytes[byte] == 0) continue;
    const UChar c = characters[byte];
    const bool mark = c == 0x2018 || c == 0x2019 || c == 0x00B4 || c == 0x00B7 || c == 0x2013 ||
                      c == 0x2014 || c == 0x2026 || c == 0x00A0 || c == 0x00AE || c == 0x2122 ||
                      c == 0x00AD || c == 0x201C || c == 0x201D || c == 0x201E || c == 0x00AB ||
                      c == 0x00BB || c == 0x20AC;
    // No language writes Y with a diaeresis so often that it would not be another's letter.
    if ((!u_isalpha(c) && !mark) || c == 0x0178) return false;
  }
  return true;
}

bool same_text(const Words& words, std::string_view a, std::string_view b) {
  const auto left = characters_of(a);
  const auto right = characters_of(b);
  for (std::size_t byte = 0x80; byte < words.bytes.size(); ++byte)
    if (words.bytes[byte] > 0 && left[byte] != right[byte]) return false;
  return true;
}

// ICU's confidence in each encoding, by the frequencies of letters in languages.
std::map<std::string, int> confidences(std::string_view text) {
  std::map<std::string, int> out;
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UCharsetDetector, decltype(&ucsdet_close)> detector(ucsdet_open(&status),
                                                                            ucsdet_close);
  ucsdet_setText(detector.get(), text.data(), static_cast<std::int32_t>(text.size()), &status);
  std::int32_t count = 0;
  const UCharsetMatch** matches = ucsdet_detectAll(detector.get(), &count, &status);
  for (std::int32_t i = 0; U_SUCCESS(status) && i < count; ++i) {
    std::string name = ucsdet_getName(matches[i], &status);
    if (name == "ISO-8859-1") name = western;
    if (name == "ISO-8859-2") name = "windows-1250";
    if (name == "ISO-8859-9") name = "windows-1254";
    if (const auto known = canonical_encoding(name)) name = *known;
    auto& best = out[name];
    best = std::max(best, static_cast<int>(ucsdet_getConfidence(matches[i], &status)));
  }
  return out;
}

// Words of nothing but such bytes: Cyrillic, Greek, Chinese …
CodePageGuess guess_other_script(const std::map<std::string, int>& confidence) {
  constexpr int certain = 40;
  constexpr int ahead = 15;
  std::vector<std::pair<int, std::string>> ranked;
  for (const auto& [name, value] : confidence)
    if (std::ranges::find(latin, name) == latin.end() && !name.starts_with("UTF-"))
      ranked.emplace_back(value, name);
  std::ranges::sort(ranked, std::greater{});
  if (ranked.empty()) return {"windows-1251", {"windows-1251", "windows-1253", "Shift_JIS", "GBK"}};
  CodePageGuess guess{ranked.front().second, {}};
  const int second = ranked.size() > 1 ? ranked[1].first : 0;
  if (ranked.front().first >= certain && ranked.front().first >= second + ahead) return guess;
  for (const auto& [value, name] : ranked)
    if (guess.doubtful.size() < 4) guess.doubtful.push_back(name);
  return guess;
}

CodePageGuess guess_latin(const Words& words, const std::map<std::string, int>& confidence) {
  constexpr int ahead = 10;
  std::vector<std::string> possible;
  for (const auto name : latin)
    if (fits(words, characters_of(name))) possible.emplace_back(name);
  if (possible.empty()) return {std::string(western), {latin.begin(), latin.end()}};
  const bool is_western = possible.front() == western;
  const bool same = is_western && same_text(words, western, "windows-1250") &&
                    same_text(words, western, "windows-1254");
  if (same || possible.size() == 1) return {possible.front(), {}};
  const auto of = [&](const std::string& name) {
    const auto found = confidence.find(name);
    return found == confidence.end() ? 0 : found->second;
  };
  std::ranges::stable_sort(possible, std::greater{}, of);
  // Where two read the same, there is nothing to choose.
  std::vector<std::string> different;
  for (auto& one : possible)
    if (std::ranges::none_of(different,
                             [&](const auto& other) { return same_text(words, one, other); }))
      different.push_back(std::move(one));
  possible = std::move(different);
  if (possible.size() == 1) return {possible.front(), {}};
  CodePageGuess guess{possible.front(), {}};
  const int lead = of(possible.front()) - of(possible[1]);
  // Western Europe's is by far the most frequent one; but its Icelandic letters are Turkish ones.
  constexpr std::array icelandic{0xD0, 0xDD, 0xDE, 0xF0, 0xFD, 0xFE};
  const bool turkish = std::ranges::any_of(
      icelandic, [&](int byte) { return words.bytes[static_cast<std::size_t>(byte)] > 0; });
  // ICU knows nothing of the oldest ones.
  const bool oldest = !is_western && (std::ranges::find(possible, "IBM850") != possible.end() ||
                                      std::ranges::find(possible, "macintosh") != possible.end());
  const bool plain_western = guess.best == western && !turkish;
  if (!oldest && !(guess.best == western && turkish) && lead >= (plain_western ? 1 : ahead))
    return guess;
  guess.doubtful = std::move(possible);
  return guess;
}

}  // namespace

CodePageGuess guess_code_page(std::string_view text) {
  const Words words = words_of(text);
  // In the languages of Latin letters those beyond ASCII stand alone or in pairs.
  const bool latin_letters = 2 * words.total <= 5 * words.runs;
  if (words.total == 0) return {std::string(western), {}};
  return latin_letters ? guess_latin(words, confidences(text))
                       : guess_other_script(confidences(text));
}

}  // namespace referrald::mapping
