#include "mapping/readers/text_encoding.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <unicode/ucnv.h>

#include "mapping/readers/ascii.hpp"
#include "mapping/readers/row_reader.hpp"
#include "mapping/readers/utf8.hpp"

namespace referrald::mapping {
namespace {

using namespace std::string_view_literals;
using Kind = ExportError::Kind;

struct CloseConverter {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, CloseConverter>;

// Encodings in which a byte's meaning depends on what was long before, which no export is in, and
// in which commas and quotes may be parts of other characters.
bool is_usable(UConverterType type) {
  switch (type) {
    case UCNV_UTF8:
    case UCNV_UTF16_BigEndian:
    case UCNV_UTF16_LittleEndian:
    case UCNV_UTF16:
    case UCNV_UTF32_BigEndian:
    case UCNV_UTF32_LittleEndian:
    case UCNV_UTF32:
    case UCNV_SBCS:
    case UCNV_DBCS:
    case UCNV_MBCS:
    case UCNV_LATIN_1:
    case UCNV_US_ASCII:
      return true;
    default:
      return false;
  }
}

Converter open_converter(const char* name) {
  UErrorCode error = U_ZERO_ERROR;
  Converter converter(ucnv_open(name, &error));
  return U_SUCCESS(error) ? std::move(converter) : nullptr;
}

std::string name_in_icu(const Converter& converter) {
  UErrorCode error = U_ZERO_ERROR;
  const char* const name = ucnv_getName(converter.get(), &error);
  return U_SUCCESS(error) && name != nullptr ? name : "";
}

std::optional<std::string> canonical(const char* name) {
  const Converter converter = open_converter(name);
  if (!converter || !is_usable(ucnv_getType(converter.get()))) return std::nullopt;
  std::string own = name_in_icu(converter);
  for (const char* standard : {"MIME", "IANA"}) {
    UErrorCode error = U_ZERO_ERROR;
    const char* const usual = ucnv_getStandardName(own.c_str(), standard, &error);
    if (U_FAILURE(error) || usual == nullptr) continue;
    // Some usual names are those of several code pages, and mean another one.
    const Converter back = open_converter(usual);
    if (back && name_in_icu(back) == own) return usual;
  }
  // With an option of ICU's in its name, it is a variant of another code page.
  if (own.find(',') != std::string::npos) return std::nullopt;
  return own;
}

// The text read as units of two or four bytes.
struct Units {
  bool valid = true;  // as Unicode without controls, as far as the sample goes
  std::size_t count = 0;
  std::size_t ascii = 0;
  std::size_t ends = 0;  // of cells and lines
};

bool is_text(std::uint32_t c) {
  if (c < 0x20) return c >= '\t' && c <= '\r';
  return c != 0x7F && c <= 0x10FFFF;
}

Units read_units(std::string_view text, std::size_t width, bool big_endian) {
  Units found;
  bool high_before = false;
  for (std::size_t at = 0; at + width <= text.size(); at += width) {
    std::uint32_t unit = 0;
    for (std::size_t i = 0; i < width; ++i) {
      const std::size_t from = big_endian ? i : width - 1 - i;
      unit = unit << 8 | static_cast<unsigned char>(text[at + from]);
    }
    const bool high = unit >= 0xD800 && unit <= 0xDBFF;
    const bool low = unit >= 0xDC00 && unit <= 0xDFFF;
    if (low != high_before || (width == 4 && high) || !is_text(unit)) found.valid = false;
    high_before = high;
    ++found.count;
    if (unit < 0x80) ++found.ascii;
    if (unit == '\n' || unit == '\r' || unit == '\t' || unit == ',' || unit == ';') ++found.ends;
  }
  return found;
}

std::optional<std::string> encoding_by_mark(std::string_view start) {
  // UTF-32 first: its mark begins with that of UTF-16.
  if (start.starts_with("\xFF\xFE\0\0"sv)) return "UTF-32LE";
  if (start.starts_with("\0\0\xFE\xFF"sv)) return "UTF-32BE";
  if (start.starts_with("\xFF\xFE"sv)) return "UTF-16LE";
  if (start.starts_with("\xFE\xFF"sv)) return "UTF-16BE";
  if (start.starts_with("\xEF\xBB\xBF"sv)) return "UTF-8";
  return std::nullopt;
}

// What is one byte a character once the NULs are left out might be just that, damaged by NULs.
bool is_utf8_but_for_nuls(std::string_view start) {
  std::string rest(start);
  std::erase(rest, '\0');
  return first_invalid_utf8(rest) == std::string_view::npos;
}

// Text has no NULs of its own, and a table has commas, line ends and mostly digits, whatever its
// language.
std::optional<std::string> encoding_by_nuls(std::string_view start) {
  if (start.find('\0') == std::string_view::npos) return std::nullopt;
  for (const bool big_endian : {false, true}) {
    const Units units = read_units(start, 4, big_endian);
    if (units.valid && units.count >= 4) return big_endian ? "UTF-32BE" : "UTF-32LE";
  }
  const std::size_t least_share = is_utf8_but_for_nuls(start) ? 2 : 100;
  for (const bool big_endian : {false, true}) {
    const Units units = read_units(start, 2, big_endian);
    const Units swapped = read_units(start, 2, !big_endian);
    if (!units.valid || units.count < 4 || units.ascii * least_share < units.count) continue;
    // With its bytes swapped, much of Chinese is ASCII, but none of it ends a line.
    if (units.ascii > 8 * swapped.ascii || units.ends > 8 * swapped.ends)
      return big_endian ? "UTF-16BE" : "UTF-16LE";
  }
  return std::nullopt;
}

// "UTF-16" for the UTF-16 of both byte orders; a code page is a family of its own.
std::string_view family(std::string_view encoding) {
  if (encoding.starts_with("UTF-16") || encoding.starts_with("UTF-32"))
    return encoding.substr(0, 6);
  return encoding;
}

// How a text looks if it is taken for UTF-8.
struct Utf8Look {
  std::uint64_t characters = 0;  // beyond ASCII
  std::uint64_t in_latin = 0;    // of these, those beside an ASCII letter
  std::uint64_t invalid = 0;     // bytes that cannot be UTF-8
};

// Adds what lies in `text`; answers how much of its end belongs to a character that is cut off.
std::size_t look_at(std::string_view text, bool last, Utf8Look& look) {
  const auto is_beyond = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
  auto at = static_cast<std::size_t>(std::ranges::find_if(text, is_beyond) - text.begin());
  while (at < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (!last && at + size > text.size()) return text.size() - at;
    const bool valid = first_invalid_utf8(text.substr(at, size)) == std::string_view::npos;
    ++(valid ? look.characters : look.invalid);
    const bool beside_letter = (at > 0 && is_letter(text[at - 1])) ||
                               (at + size < text.size() && is_letter(text[at + size]));
    if (valid && size == 2 && beside_letter) ++look.in_latin;
    at += valid ? size : 1;
    at += static_cast<std::size_t>(std::ranges::find_if(text.substr(at), is_beyond) -
                                   text.substr(at).begin());
  }
  return 0;
}

// Of the whole content, since names with accents may stand far behind the first rows; but texts in
// a code page show soon what they are.
Utf8Look look_as_utf8(ByteSource& source) {
  constexpr std::size_t kBytes = std::size_t{256} << 10;
  constexpr std::uint64_t enough = 100;
  Utf8Look look;
  std::string window;
  for (bool last = false; !last && (look.invalid < enough || look.invalid < look.characters);) {
    const std::size_t kept = window.size();
    window.resize(kept + kBytes);
    const std::size_t got = source.read(window.data() + kept, kBytes);
    last = got < kBytes;
    window.resize(kept + got);
    window.erase(0, window.size() - look_at(window, last, look));
  }
  return look;
}

// In a code page of one byte a character, a letter beyond ASCII hardly ever stands beside what
// makes UTF-8 of the two; a few damaged rows do not change that. In those of several bytes, as for
// Chinese, the odd word may look like UTF-8, a text does not, nor does one beside Latin letters.
bool is_utf8(const Utf8Look& look, const std::string& encoding) {
  constexpr std::uint64_t few = 3;
  const Converter converter = open_converter(encoding.c_str());
  const bool one_byte = converter != nullptr && ucnv_getMaxCharSize(converter.get()) == 1;
  if (look.invalid == 0)
    return one_byte ? look.characters > 0 : look.characters >= few || look.in_latin > 0;
  return one_byte && look.characters >= few && look.characters > look.invalid;
}

[[noreturn]] void refuse(const std::string& file, const std::string& what) {
  throw ExportError(Kind::format, fmt::format("{}: {}", file, what));
}

}  // namespace

std::optional<std::string> canonical_encoding(std::string_view name) {
  // A comma would begin an option of ICU's; an empty name is the machine's own encoding.
  if (name.empty() || name.find_first_of(",\0"sv) != std::string_view::npos) return std::nullopt;
  return canonical(std::string(name).c_str());
}

const std::vector<std::string>& known_encodings() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> found;
    for (std::int32_t i = 0; i < ucnv_countAvailable(); ++i) {
      if (auto name = canonical(ucnv_getAvailableName(i))) found.push_back(std::move(*name));
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
  }();
  return names;
}

std::optional<std::string> unicode_encoding_of(std::string_view start) {
  if (auto marked = encoding_by_mark(start)) return marked;
  return encoding_by_nuls(start);
}

std::string choose_encoding(std::string_view start, const std::string& named,
                            const std::string& file) {
  const auto seen = unicode_encoding_of(start);
  if (named.empty()) return seen.value_or("UTF-8");
  const auto wanted = canonical_encoding(named);
  if (!wanted) {
    refuse(file, fmt::format("there is no encoding \"{}\"; write in the mapping: "
                             "format: {{ encoding: auto }}, or a name such as windows-1252",
                             named));
  }
  const bool marked = encoding_by_mark(start).has_value();
  if (seen && (*seen == *wanted ||
               (family(*seen) == family(*wanted) && (marked || *wanted == family(*wanted))))) {
    return *seen;
  }
  if (seen) {
    refuse(file, fmt::format("is {} by its {}, and the mapping's format says encoding: {}; write "
                             "encoding: auto there",
                             *seen, marked ? "byte order mark" : "bytes", named));
  }
  if (*wanted == "UTF-16" || *wanted == "UTF-32") {
    refuse(file, fmt::format("its bytes do not show which {0} it is; write in the mapping: format: "
                             "{{ encoding: {0}LE }} or {0}BE",
                             *wanted));
  }
  return *wanted;
}

void check_code_page(ByteSource& source, const std::string& encoding) {
  if (encoding.starts_with("UTF-")) return;
  Utf8Look look;
  try {
    look = look_as_utf8(source);
  } catch (const ExportError&) {
    // Damage further down is the reader's to tell, behind the rows before it.
  }
  source.rewind();
  if (!is_utf8(look, encoding)) return;
  refuse(source.name(),
         fmt::format("is UTF-8 by its bytes{}, and the mapping's format says encoding: {}; write "
                     "encoding: auto there",
                     look.invalid == 0 ? "" : ", but for a few", encoding));
}

}  // namespace referrald::mapping
