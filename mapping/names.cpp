#include "mapping/names.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <stdexcept>

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "config/diagnostics.hpp"
#include "mapping/byte_word.hpp"
#include "mapping/char_set.hpp"
#include "mapping/readers/ascii.hpp"

namespace referrald::mapping {
namespace {

bool is_ascii(std::string_view text) {
  return !any_word(text, any_beyond_ascii);
}

icu::UnicodeString from_utf8(std::string_view text) {
  return icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())});
}

char ascii_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}
bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

std::string without_accents(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const auto* nfkd = icu::Normalizer2::getNFKDInstance(status);
  if (U_FAILURE(status)) throw std::runtime_error("ICU's normalisation data is missing");
  icu::UnicodeString folded = from_utf8(text);
  folded.foldCase();
  const icu::UnicodeString parts = nfkd->normalize(folded, status);
  icu::UnicodeString kept;
  for (std::int32_t i = 0; i < parts.length(); i = parts.moveIndex32(i, 1)) {
    const UChar32 c = parts.char32At(i);
    if (u_isalnum(c) || c == '&') kept.append(c);
  }
  std::string out;
  kept.toUTF8String(out);
  return out;
}

// German names as they are written where there are no umlauts.
std::string without_umlauts(std::string_view text) {
  constexpr std::pair<std::string_view, std::string_view> umlauts[] = {
      {"ä", "ae"}, {"ö", "oe"}, {"ü", "ue"}, {"Ä", "Ae"}, {"Ö", "Oe"}, {"Ü", "Ue"}};
  std::string out(text);
  for (const auto& [umlaut, letters] : umlauts)
    for (auto at = out.find(umlaut); at != std::string::npos; at = out.find(umlaut, at))
      out.replace(at, umlaut.size(), letters);
  return out;
}

}  // namespace

std::string fold_name(std::string_view text) {
  std::string plain;
  std::string_view letters = text;
  if (!is_ascii(text)) letters = plain = without_accents(text);
  std::string out;
  out.reserve(letters.size());
  for (const char raw : letters) {
    const char c = ascii_lower(raw);
    if (c == '&')
      out += "and";
    else if (is_alnum(c) || static_cast<unsigned char>(c) >= 0x80)
      out += c;
  }
  const bool article = text.size() > 4 && ascii_lower(text[0]) == 't' &&
                       ascii_lower(text[1]) == 'h' && ascii_lower(text[2]) == 'e' && text[3] == ' ';
  return article ? out.substr(3) : out;
}

std::string to_upper(std::string_view text) {
  std::string out(text);
  if (is_ascii(text)) {
    std::ranges::transform(out, out.begin(), ascii_upper);
    return out;
  }
  out.clear();
  from_utf8(text).toUpper(icu::Locale::getRoot()).toUTF8String(out);
  return out;
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  if (is_ascii(text)) {
    std::ranges::transform(out, out.begin(), ascii_lower);
    return out;
  }
  out.clear();
  from_utf8(text).toLower(icu::Locale::getRoot()).toUTF8String(out);
  return out;
}

bool has_blank(std::string_view text) {
  if (any_word(text,
               [](ByteWord bytes) { return any_less(bytes, ' ' + 1) || any_is(bytes, 0x7f); }))
    return true;
  if (is_ascii(text)) return false;
  const icu::UnicodeString wide = from_utf8(text);
  for (std::int32_t i = 0; i < wide.length(); i = wide.moveIndex32(i, 1)) {
    const UChar32 c = wide.char32At(i);
    if (u_isUWhiteSpace(c) || u_iscntrl(c) || u_charType(c) == U_FORMAT_CHAR) return true;
  }
  return false;
}

bool looks_like(std::string_view a, std::string_view b) {
  if (a == b) return true;
  if (is_ascii(a) && is_ascii(b)) return false;
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* const composed = icu::Normalizer2::getNFCInstance(status);
  const auto seen = [&](std::string_view text) {
    const icu::UnicodeString wide = composed->normalize(from_utf8(text), status);
    icu::UnicodeString out;
    for (std::int32_t i = 0; i < wide.length(); i = wide.moveIndex32(i, 1)) {
      const UChar32 c = wide.char32At(i);
      if (u_isUWhiteSpace(c))
        out.append(u' ');
      else if (u_charType(c) != U_FORMAT_CHAR)
        out.append(c);
    }
    return out;
  };
  return seen(a) == seen(b) && U_SUCCESS(status);
}

bool is_host_name(std::string_view text) {
  const icu::UnicodeString wide = from_utf8(text);
  for (std::int32_t i = 0; i < wide.length(); i = wide.moveIndex32(i, 1)) {
    const UChar32 c = wide.char32At(i);
    const bool mark = (U_GET_GC_MASK(c) & (U_GC_MN_MASK | U_GC_MC_MASK)) != 0;  // of a letter
    if (!u_isalnum(c) && !mark && c != '-' && c != '.') return false;
  }
  return !text.empty();
}

void NameIndex::add(std::string_view name, std::string_view code) {
  std::string folded = fold_name(name);
  if (folded.empty()) return;
  const auto [entry, fresh] = codes_.try_emplace(std::move(folded), code);
  if (fresh)
    names_.emplace_back(name);
  else if (entry->second != code)
    entry->second.clear();
}

void NameIndex::add_without_umlauts() {
  const auto names = names_;
  for (const auto& name : names) {
    const auto found = codes_.find(fold_name(name));
    const std::string spelt = without_umlauts(name);
    if (spelt != name && !found->second.empty()) add(spelt, std::string(found->second));
  }
}

void NameIndex::forbid(std::string_view name) {
  codes_[fold_name(name)].clear();
}

const std::string* NameIndex::find(std::string_view text) const {
  return find(text, fold_name(text));
}

const std::string* NameIndex::find(std::string_view text, const std::string& folded) const {
  // Folding drops what is no letter; "$ EUR" and "Euros?" are not to pass for certain.
  static constexpr CharSet in_no_name("$%!?#*@=+<>\"{}[]_|~^:;\\");
  if (in_no_name.any_in(text)) return nullptr;
  const auto found = codes_.find(folded);
  return found == codes_.end() || found->second.empty() ? nullptr : &found->second;
}

std::optional<std::string> NameIndex::nearest(std::string_view text) const {
  constexpr std::size_t longest_code = 3;
  const bool may_be_code = std::ranges::all_of(text, is_letter);  // "NA" is no mistyped "N/A"
  std::vector<std::string_view> known;
  std::ranges::copy_if(names_, std::back_inserter(known), [&](const std::string& name) {
    return may_be_code || name.size() > longest_code;
  });
  const auto name = config::nearest(text, known);
  if (!name) return std::nullopt;
  const std::string* code = find(*name);
  if (code == nullptr) return std::nullopt;
  return *name + " (" + *code + ")";
}

const NameIndex& NamesByLanguage::of(std::string_view locale) {
  const std::string language(locale.substr(0, locale.find_first_of("-_")));
  const std::scoped_lock lock(mutex_);
  const auto known = made_.find(language);
  return known != made_.end() ? known->second
                              : made_.emplace(language, make_(language)).first->second;
}

}  // namespace referrald::mapping
