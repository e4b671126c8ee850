#include "mapping/readers/cdm_cells.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "mapping/readers/ascii.hpp"
#include "mapping/readers/names_of_files.hpp"

namespace referrald::mapping {
namespace {

constexpr std::size_t iso_day = 10;  // characters

// 2026-03-31, perhaps with a time behind it.
bool is_iso_date(std::string_view text) {
  constexpr std::string_view form = "dddd-dd-dd";
  if (text.size() < form.size()) return false;
  for (std::size_t i = 0; i < form.size(); ++i)
    if (form[i] == 'd' ? !is_digit(text[i]) : text[i] != form[i]) return false;
  return text.size() == form.size() || text[form.size()] == 'T' || text[form.size()] == ' ';
}

struct Time {
  unsigned month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0;
  bool certain = true;

  std::string iso() const {
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", year, month, day, hour, minute,
                       second);
  }
};

// "6/25/2021 4:21:12 PM". Some writers put AM and PM behind 24 hours, "13:00:00 PM"; "0:00:00 PM"
// of theirs may be noon or midnight.
std::optional<Time> american_time(std::string_view text) {
  const bool afternoon = text.ends_with(" PM");
  if (!afternoon && !text.ends_with(" AM")) return std::nullopt;
  text.remove_suffix(3);
  constexpr std::string_view behind = "// ::";
  std::array<unsigned, 6> parts{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parts[i]);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (i < behind.size() && !take(text, behind.substr(i, 1))) return std::nullopt;
  }
  constexpr std::array<unsigned, 6> least{1, 1, 1000, 0, 0, 0};
  const std::array<unsigned, 6> most{12, 31, 9999, afternoon ? 23U : 12U, 59, 59};
  if (!text.empty()) return std::nullopt;
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (parts[i] < least[i] || parts[i] > most[i]) return std::nullopt;
  Time time{parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]};
  time.certain = !afternoon || time.hour != 0;
  if (afternoon && time.hour > 0 && time.hour < 12) time.hour += 12;
  if (!afternoon && time.hour == 12) time.hour = 0;
  return time;
}

}  // namespace

bool is_plain_number(std::string_view text) {
  take(text, "-");
  const auto digits = [&] {
    const auto end = std::ranges::find_if_not(text, is_digit);
    const auto count = static_cast<std::size_t>(end - text.begin());
    text.remove_prefix(count);
    return count;
  };
  if (digits() == 0) return false;
  if (!take(text, ".")) return text.empty();
  return digits() > 0 && text.empty();
}

std::optional<std::uint64_t> version_of(std::string_view text) {
  std::uint64_t version = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, version);
  if (!text.empty() && (read.ec != std::errc{} || read.ptr != end)) return std::nullopt;
  return version;
}

std::optional<bool> deletion_of(std::string_view text) {
  const auto among = [&](std::initializer_list<std::string_view> words) {
    return std::ranges::any_of(words, [&](auto word) { return equal_but_case(text, word); });
  };
  if (among({"true", "1", "yes", "t", "y"})) return true;
  if (text.empty() || among({"false", "0", "no", "f", "n"})) return false;
  return std::nullopt;
}

std::uint64_t time_of(std::string_view text) {
  constexpr int most_digits = 19;
  std::string iso(text);
  if (!is_iso_date(text)) {
    const auto time = american_time(text);
    if (!time) return 0;
    iso = time->iso();
  }
  std::uint64_t out = 0;
  int digits = 0;
  for (const char c : std::string_view(iso).substr(0, iso.find_first_of("+Zz", iso_day)))
    if (is_digit(c) && digits < most_digits)
      out = out * 10 + static_cast<unsigned>(c - '0'), ++digits;
  for (; digits < most_digits; ++digits) out *= 10;
  return out;
}

bool write_utc(std::string_view text, std::string& out) {
  if (is_iso_date(text)) {
    out = text;
    if (text.size() == iso_day) return true;
    out[iso_day] = 'T';
    if (text.find_first_of("Zz+-", iso_day) == std::string_view::npos) out += 'Z';
    return true;
  }
  const auto time = american_time(text);
  if (!time || !time->certain) return false;
  out = time->iso();
  return true;
}

}  // namespace referrald::mapping
