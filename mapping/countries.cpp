#include "mapping/countries.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <boost/json.hpp>
#include <unicode/udata.h>
#include <unicode/uloc.h>
#include <unicode/unistr.h>
#include <unicode/ures.h>

#include "iso_codes.hpp"
#include "mapping/names.hpp"
#include "mapping/readers/ascii.hpp"

namespace referrald::mapping {
namespace {

std::string utf8(const UChar* text, std::int32_t length) {
  std::string out;
  icu::UnicodeString(text, length).toUTF8String(out);
  return out;
}

std::string display_name(const std::string& alpha2, const char* language) {
  UErrorCode status = U_ZERO_ERROR;
  UChar name[128];
  const auto length =
      uloc_getDisplayCountry(("und_" + alpha2).c_str(), language, name, 128, &status);
  return U_FAILURE(status) || status == U_USING_DEFAULT_WARNING ? std::string{}
                                                                : utf8(name, length);
}

struct CloseResource {
  void operator()(UResourceBundle* bundle) const { ures_close(bundle); }
};
using Resource = std::unique_ptr<UResourceBundle, CloseResource>;

// ICU's other names ("UK", "Ivory Coast") stand beside the display names, in tables that
// only the resource interface shows. Without them a few names fewer are known.
void add_table(NameIndex& index, const char* table, const TextMap<bool>& codes,
               const char* language) {
  UErrorCode status = U_ZERO_ERROR;
  const Resource regions(ures_open(U_ICUDATA_NAME "-region", language, &status));
  if (U_FAILURE(status)) return;
  const Resource names(ures_getByKey(regions.get(), table, nullptr, &status));
  if (U_FAILURE(status)) return;
  while (ures_hasNext(names.get())) {
    std::int32_t length = 0;
    const char* key = nullptr;
    const UChar* name = ures_getNextString(names.get(), &length, &key, &status);
    if (U_FAILURE(status)) return;
    if (codes.contains(std::string_view(key))) index.add(utf8(name, length), key);
  }
}

// What CRMs hold beside the lists' names.
void add_customary(NameIndex& index) {
  constexpr std::pair<std::string_view, std::string_view> names[] = {
      {"America", "US"},
      {"United States of America", "US"},
      {"UK", "GB"},
      {"Great Britain", "GB"},
      {"Britain", "GB"},
      {"England", "GB"},
      {"Scotland", "GB"},
      {"Wales", "GB"},
      {"Northern Ireland", "GB"},
      {"Holland", "NL"},
      {"Czech Republic", "CZ"},
      {"Republic of Ireland", "IE"},
      {"Eire", "IE"},
      {"Macedonia", "MK"},
      {"Swaziland", "SZ"},
      {"Burma", "MM"},
      {"Cape Verde", "CV"},
      {"East Timor", "TL"},
      {"Ivory Coast", "CI"},
      {"Turkey", "TR"},
      {"UAE", "AE"},
      {"Emirates", "AE"},
      {"Vatican", "VA"},
      {"Russia", "RU"},
      {"Korea, South", "KR"},
      {"Korea, North", "KP"},
      {"DR Congo", "CD"},
      {"DRC", "CD"},
      {"PR China", "CN"},
      {"People's Republic of China", "CN"},
      {"Hong Kong SAR", "HK"},
      {"Macau", "MO"},
      {"Macao SAR", "MO"},
      {"KSA", "SA"},
      {"Kosovo", "XK"},
      {"XK", "XK"},
      {"XKX", "XK"},
  };
  for (const auto& [name, code] : names) index.add(name, code);
}

struct Countries {
  NameIndex names;
  TextMap<bool> codes;
};

// "Korea, Republic of" is written "Republic of Korea" as well.
void add_with_turned(NameIndex& index, std::string_view name, std::string_view code) {
  index.add(name, code);
  const auto comma = name.find(", ");
  if (comma != std::string_view::npos && name.find(',', comma + 1) == std::string_view::npos)
    index.add(std::string(name.substr(comma + 2)) + " " + std::string(name.substr(0, comma)), code);
}

Countries load_countries() {
  Countries countries;
  const auto list = boost::json::parse(embedded::iso_3166_1);
  for (const auto& entry : list.at("3166-1").as_array()) {
    const auto& country = entry.as_object();
    const std::string code(country.at("alpha_2").as_string());
    countries.codes.emplace(code, true);
    for (const char* key : {"alpha_2", "alpha_3", "numeric"})
      countries.names.add(country.at(key).as_string(), code);
    for (const char* key : {"name", "common_name", "official_name"})
      if (const auto* name = country.if_contains(key))
        add_with_turned(countries.names, name->as_string(), code);
    countries.names.add(display_name(code, "en"), code);
  }
  countries.codes.emplace("XK", true);
  add_table(countries.names, "Countries%short", countries.codes, "en");
  add_table(countries.names, "Countries%variant", countries.codes, "en");
  add_customary(countries.names);
  // ISO calls CG plainly "Congo"; a deal is not to land in the wrong one of the two.
  for (const char* name : {"Congo", "Korea"}) countries.names.forbid(name);
  return countries;
}

const Countries& countries() {
  static const Countries loaded = load_countries();
  return loaded;
}

NameIndex load_names(const std::string& language) {
  NameIndex names;
  for (const auto& [code, known] : countries().codes)
    names.add(display_name(code, language.c_str()), code);
  for (const char* table : {"Countries%short", "Countries%variant"})
    add_table(names, table, countries().codes, language.c_str());
  if (language == "de") {
    names.add("Vereinigte Staaten von Amerika", "US");
    names.add("Bundesrepublik Deutschland", "DE");
    names.add("BRD", "DE");
    names.add("Großbritannien", "GB");
    names.add("England", "GB");
    names.add("Weißrussland", "BY");
    names.add("Holland", "NL");
    names.add_without_umlauts();
  }
  if (language == "fr") names.add("États-Unis d'Amérique", "US");
  if (language == "es") names.add("Estados Unidos de América", "US");
  if (language == "it") names.add("Stati Uniti d'America", "US");
  for (const char* name : {"Kongo", "Congo", "Korea", "Corea", "Corée"}) names.forbid(name);
  return names;
}

const NameIndex& names_in(std::string_view locale) {
  static NamesByLanguage names(load_names);
  return names.of(locale);
}

// Short forms that people write with dots, "U.S.A.".
constexpr std::array<std::string_view, 5> dotted{"us", "usa", "uk", "uae", "drc"};

// Whether a code is written as one. Folding makes the same of "N/A", "d-e" and codes; and what is
// not in capitals is no Namibia.
bool is_written_as_code(std::string_view text, std::string_view folded) {
  if (folded == "na") return text == "NA";
  if (std::ranges::find(dotted, folded) != dotted.end()) return true;
  if (text.size() > 4 && to_lower(text.substr(0, 4)) == "the ") text.remove_prefix(4);
  return std::ranges::all_of(text, [](char c) { return is_letter(c) || is_digit(c); });
}

}  // namespace

const std::string* find_country(std::string_view text, std::string_view locale) {
  constexpr std::size_t longest_code = 3;
  // "D/E" are two things, whatever they are.
  if (text.find('/') != std::string_view::npos) return nullptr;
  const std::string folded = fold_name(text);
  const bool code = folded.size() <= longest_code && !folded.empty();
  const bool written = !code || is_written_as_code(text, folded);
  if (written)
    if (const std::string* found = countries().names.find(text, folded)) return found;
  if (locale.starts_with("en")) return nullptr;
  // A language may have names as short as codes: "Áo" is Austria's in Vietnamese.
  const bool letters = std::ranges::all_of(text, [](char c) {
    return is_letter(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80;
  });
  return written || letters ? names_in(locale).find(text, folded) : nullptr;
}

bool is_country_code(std::string_view text) {
  return countries().codes.contains(text);
}

std::optional<std::string> nearest_country(std::string_view text) {
  return countries().names.nearest(text);
}

}  // namespace referrald::mapping
