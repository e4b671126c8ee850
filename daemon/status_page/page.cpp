#include "daemon/status_page/page.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/status_page/chart.hpp"
#include "daemon/status_page/health.hpp"
#include "daemon/status_page/words.hpp"
#include "daemon/text.hpp"

namespace referrald::status_page {
namespace {

using persistence::State;

std::string_view name_of(Tone tone) {
  switch (tone) {
    case Tone::calm:
      return "calm";
    case Tone::attention:
      return "attention";
    case Tone::trouble:
      return "trouble";
  }
  return "";
}

std::string_view tone_of(Result result) {
  switch (result) {
    case Result::none:
      return "none";
    case Result::good:
      return "calm";
    case Result::needs_person:
    case Result::stopped:
      return "attention";
    case Result::failed:
      return "trouble";
  }
  return "";
}

// `commands` in backquotes become <code>.
std::string with_code(std::string_view as_written) {
  const std::string typed = as_typed(as_written);
  const std::string_view text = typed;
  std::string html;
  bool code = false;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size() && text[at] != '`') continue;
    html += escaped(text.substr(begin, at - begin));
    begin = at + 1;
    if (at == text.size()) break;
    code = !code;
    html += code ? "<code>" : "</code>";
  }
  return code ? html + "</code>" : html;
}

std::string section(std::string_view id, std::string_view title, std::string_view body,
                    std::string_view classes = "card") {
  return fmt::format(
      R"(<section id="{0}" class="{3}" aria-labelledby="{0}-title"><h2 id="{0}-title">{1}</h2>{2}</section>)",
      id, title, body, classes);
}

// -- the verdict -------------------------------------------------------------------------------

std::string title_of(const Snapshot& snapshot, const Health& health) {
  const std::string_view mark = health.tone == Tone::trouble     ? "! "
                                : health.tone == Tone::attention ? "• "
                                                                 : "";
  const std::string doing(to_string(snapshot.live.now.doing));
  return fmt::format("{}{} – referrald", mark,
                     doing == "budget_used_up" ? "budget used up" : doing);
}

std::string verdict_html(const Snapshot& snapshot, const Health& health) {
  std::string html = fmt::format(
      R"(<section id="verdict" class="verdict {}" data-tone="{}" data-title="{}" )"
      R"(aria-labelledby="verdict-title"><h2 id="verdict-title" aria-live="polite">{}</h2>)",
      name_of(health.tone), name_of(health.tone), escaped(title_of(snapshot, health)),
      with_code(health.headline));
  if (!health.reasons.empty()) {
    html += "<ul>";
    for (const Trouble& trouble : health.reasons) {
      const bool is_headline = &trouble == &health.reasons.front();
      if (is_headline && trouble.remedy.empty() && !trouble.since) continue;
      html += "<li>";
      if (!is_headline) html += fmt::format("<strong>{}</strong> ", with_code(trouble.what));
      html += with_code(trouble.remedy);
      if (trouble.since)
        html += fmt::format(" <span class=\"quiet\">Since {}.</span>",
                            time_html(*trouble.since, snapshot.at));
      html += "</li>";
    }
    html += "</ul>";
  }
  return html + "</section>";
}

// -- now -----------------------------------------------------------------------------------------

std::string what_is_done(const Now& now) {
  switch (now.doing) {
    case Doing::starting:
      return "Starting";
    case Doing::idle:
      return "Idle";
    case Doing::reading:
      return now.export_name.empty() ? "Reading" : "Reading " + escaped(now.export_name);
    case Doing::sending:
      return now.source.empty() ? "Sending" : "Sending " + escaped(now.source);
    case Doing::waiting:
      return "Waiting for Partner Center";
    case Doing::budget_used_up:
      return "Today’s budget is used up";
    case Doing::stopping:
      return "Stopping";
  }
  return "";
}

// What comes next of itself.
std::string next_html(const Snapshot& snapshot) {
  const auto& due = snapshot.live.next_due;
  const auto next =
      std::ranges::min_element(due, {}, [](const auto& entry) { return entry.second; });
  if (next == due.end()) return "Waiting for exports to arrive.";
  return fmt::format("Next: {} {}.", escaped(next->first), time_html(next->second, snapshot.at));
}

std::string progress_html(const Now& now) {
  if (now.doing != Doing::reading && now.doing != Doing::sending && now.doing != Doing::waiting &&
      now.doing != Doing::budget_used_up && now.doing != Doing::stopping)
    return "";
  if (!now.run) return "";
  std::string html;
  std::string text = grouped(now.done);
  if (now.total) {
    const auto total = std::max(*now.total, now.done);
    html += fmt::format(R"(<progress value="{}" max="{}" aria-label="Rows of this run">)"
                        R"(</progress>)",
                        now.done, std::max<std::uint64_t>(total, 1));
    const auto percent = total == 0 ? 100
                                    : static_cast<std::uint64_t>(static_cast<double>(now.done) /
                                                                 static_cast<double>(total) * 100);
    text += fmt::format(" of {} rows <b>{} %</b>", grouped(total), percent);
  } else {
    html += R"(<progress aria-label="Rows of this run"></progress>)";
    text += now.done == 1 ? " row so far" : " rows so far";
  }
  if (now.rate > 0) text += " · " + rate_text(now.rate);
  if (now.left) text += fmt::format(" · about {} left", duration_text(*now.left));
  return html + "<p class=\"figures\">" + text + "</p>";
}

std::string now_html(const Snapshot& snapshot) {
  const Now& now = snapshot.live.now;
  const bool busy = now.doing == Doing::reading || now.doing == Doing::sending;
  std::string body =
      fmt::format(R"(<p class="doing {}">{}</p>)", busy ? "busy" : "still", what_is_done(now));
  body += progress_html(now);
  std::string line;
  if (now.doing == Doing::idle) line = next_html(snapshot);
  if (!now.reason.empty())
    line += (line.empty() ? "" : " ") + escaped(capitalised(now.reason)) + ".";
  if (now.run)
    line += fmt::format("{}Run {}{}{}.", line.empty() ? "" : " ", *now.run,
                        now.source.empty() ? "" : " of ", escaped(now.source));
  if (now.since)
    line += fmt::format("{}Since {}.", line.empty() ? "" : " ", time_html(*now.since, snapshot.at));
  if (!line.empty()) body += "<p class=\"quiet\">" + line + "</p>";
  return section("now", "Now", body, "card now");
}

// -- rows
// ------------------------------------------------------------------------------------------

std::string tile(std::string_view label, std::uint64_t rows, std::string_view remark,
                 std::string_view tone = "") {
  return fmt::format(R"(<div class="tile {}"><dt>{}</dt><dd><b>{}</b><span>{}</span></dd></div>)",
                     rows == 0 ? "" : tone, label, grouped(rows), remark);
}

std::string rows_html(const Snapshot& snapshot) {
  const LedgerView& ledger = snapshot.ledger;
  const auto& counts = ledger.counts;
  std::string waits = "nothing waits";
  if (ledger.oldest)
    waits = fmt::format("oldest: {}, {}{}", escaped(ledger.oldest->external_id),
                        ledger.oldest->state == State::in_doubt ? "in doubt since " : "since ",
                        time_html(ledger.oldest->since, snapshot.at));
  if (ledger.done) waits += fmt::format("; done {}", time_html(*ledger.done, snapshot.at));
  std::string body = "<dl class=\"tiles\">";
  const std::uint64_t closed = count_of(counts, State::closed);
  body += tile("Synced", count_of(counts, State::synced) + closed,
               closed == 0 ? "at Partner Center"
                           : fmt::format("at Partner Center; {} of them closed", grouped(closed)));
  body +=
      tile("Waiting", count_of(counts, State::pending) + count_of(counts, State::sending), waits);
  body += tile("In doubt", count_of(counts, State::in_doubt),
               "sent, answer unknown; looked for by itself", "warm");
  body += tile("Need a person", ledger.needing, ledger.needing == 0 ? "none" : "see below", "warm");
  return section("rows", "Rows", body + "</dl>");
}

std::string reasons_html(const std::vector<Reason>& reasons) {
  std::string html;
  for (const Reason& reason : reasons) {
    html += fmt::format("<p><code>{}</code>", escaped(reason.code));
    if (!reason.column.empty()) html += fmt::format(" in <q>{}</q>", escaped(reason.column));
    html += fmt::format("<br>{} <span class=\"remedy\">{}</span></p>", with_code(reason.meaning),
                        with_code(reason.remedy));
  }
  return html;
}

std::string needs_html(const Snapshot& snapshot) {
  const LedgerView& ledger = snapshot.ledger;
  if (ledger.needing == 0)
    return section("needs", "Rows that need a person", "<p class=\"quiet\">None.</p>");
  std::string body =
      "<table class=\"cards\"><thead><tr><th scope=\"col\">External id</th><th scope=\"col\">From"
      "</th><th scope=\"col\">Why, and what to do</th></tr></thead><tbody>";
  for (const NeedsPerson& row : ledger.needs_person) {
    const std::string id =
        row.external_id.empty() ? "<em>not known</em>" : escaped(row.external_id);
    body +=
        fmt::format(R"(<tr><th scope="row" data-label="External id">{}<small>{} {}</small></th>)"
                    R"(<td data-label="From">{}<small>{} {} · {}</small></td>)"
                    R"(<td data-label="Why, and what to do">{}</td></tr>)",
                    id, row.refused ? "refused" : "rejected", time_html(row.at, snapshot.at),
                    escaped(row.export_name), line_unit(row.export_name), row.line,
                    escaped(row.source), reasons_html(row.reasons));
  }
  body += "</tbody></table>";
  if (ledger.needing > ledger.needs_person.size())
    body += fmt::format("<p class=\"quiet\">{} of {}. ", grouped(ledger.needs_person.size()),
                        grouped(ledger.needing));
  else
    body += "<p class=\"quiet\">";
  body += with_code(
              "`referrald rejects` writes them with their cells, as a file to mend and read "
              "again.") +
          "</p>";
  return section("needs",
                 fmt::format("Rows that need a person <span class=\"count\">{}</span>",
                             grouped(ledger.needing)),
                 body);
}

// -- the day, the sources
// ----------------------------------------------------------------------------

std::string day_html(const Snapshot& snapshot) {
  return section(
      "day", "The last 24 hours",
      chart_html(hours_of_day(snapshot.ledger.day, snapshot.live.run, snapshot.at), snapshot.at));
}

std::string sources_html(const Snapshot& snapshot) {
  std::string body =
      "<table class=\"cards\"><thead><tr><th scope=\"col\">Source</th><th scope=\"col\">Last "
      "success"
      "</th><th scope=\"col\">Last run</th><th scope=\"col\">Next</th>"
      "<th scope=\"col\" class=\"figures\">Waiting</th></tr></thead><tbody>";
  for (const SourceView& source : snapshot.ledger.sources) {
    const auto due = snapshot.live.next_due.find(source.name);
    const std::string next = due == snapshot.live.next_due.end()
                                 ? escaped(source.schedule)
                                 : time_html(due->second, snapshot.at) + "<small>" +
                                       escaped(source.schedule) + "</small>";
    body += fmt::format(
        R"(<tr><th scope="row" data-label="Source">{}</th><td data-label="Last success">{}</td>)"
        R"(<td data-label="Last run"><span class="dot {}">{}</span>{}</td>)"
        R"(<td data-label="Next">{}</td><td data-label="Waiting" class="figures">{}</td></tr>)",
        escaped(source.name),
        source.last_success ? time_html(*source.last_success, snapshot.at) : "never",
        tone_of(source.result),
        source.result == Result::none ? "none yet" : escaped(source.outcome),
        source.last_run ? "<small>" + time_html(*source.last_run, snapshot.at) + "</small>" : "",
        next, grouped(waiting_in(source.counts)));
  }
  return section("sources", "Sources", body + "</tbody></table>");
}

// -- budget, sign-in, runs
// ---------------------------------------------------------------------------

std::string budget_html(const Snapshot& snapshot) {
  const Budget& budget = snapshot.budget;
  std::string body;
  if (budget.limit) {
    const std::uint64_t limit = *budget.limit;
    const std::uint64_t left = limit - std::min(limit, budget.used);
    body += fmt::format(
        R"(<p class="big">{} <span>of {} calls left today</span></p>)"
        R"(<progress value="{}" max="{}" aria-label="Calls left of today’s budget"></progress>)",
        grouped(left), grouped(limit), left, std::max<std::uint64_t>(limit, 1));
  } else {
    body += fmt::format(R"(<p class="big">{} <span>{} today, no limit</span></p>)",
                        grouped(budget.used), budget.used == 1 ? "call" : "calls");
  }
  const std::string rate = budget.rate ? rate_text(*budget.rate) : "unlimited";
  if (budget.slowed_to)
    body +=
        fmt::format("<p>Rate {} <strong>slowed to {}</strong>, since the service throttles.</p>",
                    rate, rate_text(*budget.slowed_to));
  else
    body += fmt::format("<p>Rate {}.</p>", rate);
  return section("budget", "Calls", body + "<p class=\"quiet\">Days are UTC.</p>");
}

std::string sign_in_html(const Snapshot& snapshot) {
  const SignIn& sign_in = snapshot.sign_in;
  std::string body;
  if (!sign_in.present) {
    body = "<p class=\"big\">None</p><p>Run <code>referrald login</code>.</p>";
  } else {
    body = "<p class=\"big\">" +
           (sign_in.good_until
                ? std::string(*sign_in.good_until > snapshot.at ? "Good " : "Ended ") + "<span>" +
                      (*sign_in.good_until > snapshot.at ? "ends " : "") +
                      time_html(*sign_in.good_until, snapshot.at) + " if not used</span>"
                : std::string("Present")) +
           "</p>";
    if (sign_in.renewed) body += "<p>Renewed " + time_html(*sign_in.renewed, snapshot.at) + ".</p>";
  }
  if (sign_in.client_until)
    body += fmt::format("<p>Client {} {} {}.</p>", escaped(sign_in.client),
                        *sign_in.client_until > snapshot.at ? "ends" : "ended",
                        time_html(*sign_in.client_until, snapshot.at));
  for (const std::string& warning : sign_in.warnings)
    body += "<p class=\"warning\">" + with_code(capitalised(warning)) + ".</p>";
  body += fmt::format("<p class=\"quiet\">Tenant {}.</p>", escaped(sign_in.tenant));
  return section("sign-in", "Sign-in", body);
}

std::string figure(std::string_view label, std::uint64_t number) {
  return fmt::format(R"(<td data-label="{}" class="figures{}">{}</td>)", label,
                     number == 0 ? " zero" : "", grouped(number));
}

std::string runs_html(const Snapshot& snapshot) {
  if (snapshot.ledger.runs.empty())
    return section("runs", "Last runs", "<p class=\"quiet\">None yet.</p>");
  std::string body =
      "<table class=\"cards\"><thead><tr><th scope=\"col\">Run</th><th scope=\"col\">Began</th>"
      "<th scope=\"col\">Result</th><th scope=\"col\" class=\"figures\">Read</th>"
      "<th scope=\"col\" class=\"figures\">Created</th><th scope=\"col\" class=\"figures\">Updated"
      "</th><th scope=\"col\" class=\"figures\">Need a person</th></tr></thead><tbody>";
  for (const RunView& view : snapshot.ledger.runs) {
    const auto& run = view.run;
    const auto& sum = run.summary;
    const auto took =
        std::chrono::floor<std::chrono::seconds>(run.finished.value_or(snapshot.at) - run.started);
    body += fmt::format(R"(<tr><th scope="row" data-label="Run">{}<small>{}</small></th>)"
                        R"(<td data-label="Began">{}<small>{}</small></td>)"
                        R"(<td data-label="Result"><span class="dot {}">{}</span></td>)"
                        "{}{}{}{}</tr>",
                        run.id, escaped(run.command), time_html(run.started, snapshot.at),
                        run.finished ? "took " + duration_text(took) : "under way",
                        tone_of(view.result), escaped(view.outcome), figure("Read", sum.rows_read),
                        figure("Created", sum.created), figure("Updated", sum.updated),
                        figure("Need a person", sum.rejected + sum.refused));
  }
  return section("runs", "Last runs", body + "</tbody></table>");
}

std::string head_html(const Snapshot& snapshot, const Health& health) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<meta name=\"color-scheme\" content=\"light dark\"><title>{}</title>"
      "<link rel=\"icon\" type=\"image/svg+xml\" href=\"icon-{}.svg\">"
      "<link rel=\"stylesheet\" href=\"page.css\"><script src=\"page.js\" defer></script></head>",
      escaped(title_of(snapshot, health)), name_of(health.tone));
}

}  // namespace

std::vector<Section> sections_of(const Snapshot& snapshot) {
  return {{"verdict", verdict_html(snapshot, health_of(snapshot))},
          {"now", now_html(snapshot)},
          {"rows", rows_html(snapshot)},
          {"needs", needs_html(snapshot)},
          {"day", day_html(snapshot)},
          {"sources", sources_html(snapshot)},
          {"budget", budget_html(snapshot)},
          {"sign-in", sign_in_html(snapshot)},
          {"runs", runs_html(snapshot)}};
}

std::string page_of(const Snapshot& snapshot) {
  const Health health = health_of(snapshot);
  std::string html = head_html(snapshot, health);
  html += fmt::format(
      "<body data-version=\"{0}\"><a class=\"skip\" href=\"#verdict\">To the status</a>"
      "<header><h1>referrald</h1><p class=\"tenant\">{1}</p>"
      "<p id=\"live\" class=\"live\" role=\"status\"><span>As of {2}</span></p></header><main>",
      escaped(snapshot.version), escaped(snapshot.sign_in.tenant),
      clock_time(snapshot.at, snapshot.at));
  for (const Section& part : sections_of(snapshot)) html += part.html;
  html += fmt::format(
      "</main><footer><p>referrald {} · started {} · for programs: <a href=\"snapshot.json\">"
      "snapshot.json</a>, <a href=\"metrics\">metrics</a>, <a href=\"healthz\">healthz</a>, "
      "<a href=\"readyz\">readyz</a></p><p>This page only shows; nothing can be changed here.</p>"
      "</footer></body></html>\n",
      escaped(snapshot.version), time_html(snapshot.started, snapshot.at));
  return html;
}

}  // namespace referrald::status_page
