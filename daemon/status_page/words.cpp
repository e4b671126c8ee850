#include "daemon/status_page/words.hpp"

#include <cmath>

#include <date/date.h>
#include <fmt/format.h>

#include "daemon/progress.hpp"
#include "daemon/text.hpp"

namespace referrald::status_page {

using persistence::Timestamp;
using std::chrono::floor;

std::string escaped(std::string_view text) {
  const std::string shown = printable(text);
  std::string out;
  out.reserve(shown.size());
  for (const char c : shown) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string capitalised(std::string text) {
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  return text;
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string clock_time(Timestamp time, Timestamp now) {
  const auto minutes = floor<std::chrono::minutes>(time);
  const bool same_day = floor<std::chrono::days>(time) == floor<std::chrono::days>(now);
  return date::format(same_day ? "%H:%M UTC" : "%e %b %H:%M UTC", minutes);
}

std::string iso_seconds(Timestamp time) {
  return date::format("%FT%TZ", floor<std::chrono::seconds>(time));
}

std::string duration_text(std::chrono::seconds duration) {
  if (duration < std::chrono::hours{48}) return rough_duration(duration);
  return fmt::format("{} days", floor<std::chrono::days>(duration).count());
}

std::string how_long(Timestamp time, Timestamp now) {
  const bool past = time <= now;
  const auto minutes = floor<std::chrono::minutes>(
      past ? now - time : time - now + std::chrono::milliseconds{59'999});
  if (minutes.count() == 0) return past ? "just now" : "now";
  const std::string text = duration_text(minutes);
  return past ? text + " ago" : "in " + text;
}

std::string rate_text(double rate) {
  if (rate >= 10) return fmt::format("{:.0f}/s", rate);
  if (rate >= 2) return fmt::format("{:.1f}/s", rate);
  if (rate * 60 >= 1) return fmt::format("{:.0f}/min", rate * 60);
  return fmt::format("{:.0f}/h", rate * 3'600);
}

std::string time_html(Timestamp time, Timestamp now) {
  const std::string iso = iso_seconds(time);
  return fmt::format(R"(<time datetime="{0}" title="{0}">{1}</time>)", iso, how_long(time, now));
}

}  // namespace referrald::status_page
