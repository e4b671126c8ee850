#include "daemon/status_page/chart.hpp"

#include <algorithm>
#include <array>
#include <ranges>

#include <fmt/format.h>

#include "daemon/status_page/words.hpp"

namespace referrald::status_page {
namespace {

// The picture is stretched to the page's width; what must not be stretched is HTML around it.
constexpr double height = 160;
constexpr double column = 20;
constexpr double gap = 4;
constexpr double mark = 6;  // of a failure, above the bars

struct Series {
  std::string_view name;  // of its class
  std::string_view label;
  std::uint64_t Hour::*rows;
};

// From the bottom up.
constexpr std::array series{
    Series{"created", "created", &Hour::created},
    Series{"updated", "updated", &Hour::updated},
    Series{"rejected", "rejected", &Hour::rejected},
    Series{"refused", "refused", &Hour::refused},
};

std::uint64_t sum_of(const Hour& hour) {
  return hour.created + hour.updated + hour.rejected + hour.refused;
}

std::string span_text(const Hour& hour, Timestamp now) {
  std::string begin = clock_time(hour.begin, now);
  begin.resize(begin.size() - 4);  // " UTC"
  return fmt::format("{} to {}", begin, clock_time(hour.begin + std::chrono::hours{1}, now));
}

std::string title_of(const Hour& hour, Timestamp now) {
  std::string text = span_text(hour, now) + ": ";
  std::string parts;
  for (const Series& one : series)
    if (hour.*one.rows > 0)
      parts +=
          fmt::format("{}{} {}", parts.empty() ? "" : ", ", grouped(hour.*one.rows), one.label);
  if (hour.failures > 0)
    parts += fmt::format("{}{} failed", parts.empty() ? "" : ", ",
                         hour.failures == 1 ? "a run" : grouped(hour.failures) + " runs");
  return text + (parts.empty() ? "nothing" : parts);
}

std::string bars(const Hour& hour, double x, std::uint64_t top, Timestamp now) {
  std::string svg =
      fmt::format(R"(<g><title>{}</title><rect class="hit" x="{}" y="0" width="{}" height="{}"/>)",
                  title_of(hour, now), x, column, height);
  double y = height;
  for (const Series& one : series) {
    const std::uint64_t rows = hour.*one.rows;
    if (rows == 0) continue;
    // One row among thousands is to be seen all the same.
    const double tall =
        std::max(2.0, static_cast<double>(rows) / static_cast<double>(top) * (height - mark - 2));
    y -= tall;
    svg += fmt::format(R"(<rect class="{}" x="{}" y="{:.1f}" width="{}" height="{:.1f}"/>)",
                       one.name, x + gap / 2, std::max(y, 0.0), column - gap, tall);
  }
  if (hour.failures > 0)
    svg += fmt::format(R"(<rect class="failed" x="{}" y="0" width="{}" height="{}"/>)", x + gap / 2,
                       column - gap, mark);
  return svg + "</g>";
}

std::string legend() {
  std::string html = "<ul class=\"legend\">";
  for (const Series& one : series)
    html += fmt::format(R"(<li><i class="{0}"></i>{1}</li>)", one.name, one.label);
  return html + R"(<li><i class="failed"></i>a run failed</li></ul>)";
}

std::string table(const std::vector<Hour>& hours, Timestamp now) {
  std::string html =
      "<details><summary>As a table</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
      "aria-label=\"The last day by hour\"><table class=\"figures\"><thead><tr>"
      "<th scope=\"col\">Hour</th><th scope=\"col\">Created</th><th scope=\"col\">Updated</th>"
      "<th scope=\"col\">Rejected</th><th scope=\"col\">Refused</th>"
      "<th scope=\"col\">Failed runs</th></tr></thead><tbody>";
  for (const auto& hour : std::views::reverse(hours))
    html += fmt::format(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
        span_text(hour, now), grouped(hour.created), grouped(hour.updated), grouped(hour.rejected),
        grouped(hour.refused), grouped(hour.failures));
  return html + "</tbody></table></div></details>";
}

}  // namespace

std::uint64_t top_of_scale(std::uint64_t most) {
  std::uint64_t power = 1;
  while (true) {
    for (const std::uint64_t factor : {1U, 2U, 5U})
      if (const auto top = power * factor; top >= 5 && top >= most) return top;
    power *= 10;
  }
}

std::string chart_html(const std::vector<Hour>& hours, Timestamp now) {
  std::uint64_t most = 0;
  Hour all;
  for (const Hour& hour : hours) {
    most = std::max(most, sum_of(hour));
    for (const Series& one : series) all.*one.rows += hour.*one.rows;
    all.failures += hour.failures;
  }
  const std::uint64_t top = top_of_scale(most);
  const double width = column * static_cast<double>(hours.size());
  std::string html = fmt::format(
      R"(<figure class="chart"><figcaption>{} created, {} updated, {} rejected, {} refused)"
      R"({}</figcaption><div class="plot"><p class="scale">{}</p>)"
      R"(<svg viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true" focusable="false">)",
      grouped(all.created), grouped(all.updated), grouped(all.rejected), grouped(all.refused),
      all.failures == 0 ? "" : fmt::format("; failed runs: {}", grouped(all.failures)),
      grouped(top), width, height);
  for (const double share : {0.0, 0.5, 1.0}) {
    const double y = height - share * (height - mark - 2);
    html += fmt::format(R"(<line x1="0" y1="{0}" x2="{1}" y2="{0}"/>)", y, width);
  }
  for (std::size_t i = 0; i < hours.size(); ++i)
    html += bars(hours[i], column * static_cast<double>(i), top, now);
  html += R"(</svg><p class="hours" aria-hidden="true">)";
  for (std::size_t i = 0; i < hours.size(); i += 6) {
    std::string at = clock_time(hours[i].begin, hours[i].begin);
    at.resize(at.size() - 4);
    html += fmt::format("<span>{}</span>", at);
  }
  return html + "</p></div>" + legend() + table(hours, now) + "</figure>";
}

}  // namespace referrald::status_page
