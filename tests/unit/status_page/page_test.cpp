#include "daemon/status_page/page.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/status_page/words.hpp"
#include "tests/support/scripted_snapshot.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
using namespace status_page;
using ::testing::HasSubstr;
using ::testing::Not;

std::string part(const Snapshot& snapshot, std::string_view id) {
  for (const Section& section : sections_of(snapshot))
    if (section.id == id) return section.html;
  return "";
}

// Everything between < and >, and what stands in quotes there, is the program's own.
std::string without_tags(const std::string& html) {
  std::string text;
  bool tag = false;
  for (const char c : html) {
    if (c == '<') tag = true;
    if (!tag) text += c;
    if (c == '>') tag = false;
  }
  return text;
}

TEST(StatusPageText, EscapesWhateverHtmlOrATerminalWouldTakeForMore) {
  EXPECT_EQ(escaped("<b a='1' c=\"2\">&amp;"), "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;amp;");
  EXPECT_EQ(escaped("a\nb\x1b[0m"), "a\\nb\\x1b[0m");
  EXPECT_EQ(escaped("\u202egnp.exe"), "\\u202egnp.exe");
  EXPECT_EQ(escaped("\xff"), "\\xff");
  EXPECT_EQ(escaped("Größe ✓"), "Größe ✓");
}

TEST(StatusPageText, WritesNumbersTimesAndRates) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'234'567), "1,234,567");
  EXPECT_EQ(how_long(at_ten - 59s, at_ten), "just now");
  EXPECT_EQ(how_long(at_ten - 12min, at_ten), "12m ago");
  EXPECT_EQ(how_long(at_ten + 1s, at_ten), "in 1m");
  EXPECT_EQ(how_long(at_ten + 50h, at_ten), "in 2 days");
  EXPECT_EQ(clock_time(at_ten + 3min, at_ten), "10:03 UTC");
  EXPECT_EQ(clock_time(at_ten - 24h, at_ten), "21 Nov 10:00 UTC");
  EXPECT_EQ(rate_text(1), "60/min");
  EXPECT_EQ(rate_text(2.5), "2.5/s");
  EXPECT_EQ(rate_text(100), "100/s");
  EXPECT_EQ(rate_text(0.001), "4/h");
}

TEST(StatusPageHtml, ShowsCommandsAsCodeInTheHeadlineToo) {
  Snapshot snapshot = calm_snapshot(at_ten);
  snapshot.live.troubles = {{"guard-stopped", "Look at `referrald plan`.", "", at_ten, false}};
  EXPECT_THAT(page_of(snapshot), HasSubstr("Look at <code>referrald plan</code>.</h2>"));
}

TEST(StatusPageHtml, HoldsNoTextOfOthersThatIsNotEscaped) {
  const std::string hostile = "<script>\"'&</td>";
  Snapshot snapshot = troubled_snapshot(at_ten);
  snapshot.version = hostile;
  snapshot.sign_in.tenant = snapshot.sign_in.client = hostile;
  snapshot.sign_in.warnings = {hostile};
  snapshot.live.now.reason = snapshot.live.now.source = snapshot.live.now.export_name = hostile;
  snapshot.live.troubles = {{hostile, hostile, hostile, at_ten, true}};
  snapshot.live.next_due = {{hostile, at_ten}};
  snapshot.ledger.oldest->external_id = hostile;
  for (auto& source : snapshot.ledger.sources)
    source.name = source.schedule = source.outcome = hostile;
  for (auto& row : snapshot.ledger.needs_person) {
    row.external_id = row.source = row.export_name = hostile;
    for (auto& reason : row.reasons)
      reason.code = reason.column = reason.meaning = reason.remedy = hostile;
  }
  for (auto& run : snapshot.ledger.runs) run.outcome = run.run.command = hostile;
  for (const Doing doing : {Doing::idle, Doing::reading, Doing::sending, Doing::waiting}) {
    snapshot.live.now.doing = doing;
    const std::string page = page_of(snapshot);
    EXPECT_THAT(page, Not(HasSubstr("<script>\"")));
    EXPECT_THAT(page, Not(HasSubstr("\"'&<")));
    EXPECT_THAT(without_tags(page), HasSubstr("&lt;script&gt;&quot;&#39;&amp;&lt;/td&gt;"));
    EXPECT_NO_THROW((void)boost::json::parse(json_of(snapshot)));
  }
}

TEST(StatusPageHtml, HasNoScriptOrStyleOfItsOwn) {
  const std::string page = page_of(troubled_snapshot(at_ten));
  EXPECT_THAT(page, Not(HasSubstr(" style=")));
  EXPECT_THAT(page, Not(HasSubstr("<style")));
  EXPECT_THAT(page, Not(testing::ContainsRegex("<[^>]* on[a-z]+=")));
  EXPECT_THAT(page, Not(testing::ContainsRegex("(href|src)=\"[^\"]*:")));
}

TEST(StatusPageHtml, SaysWhatGoesOn) {
  Snapshot snapshot = busy_snapshot(at_ten);
  EXPECT_THAT(part(snapshot, "now"), HasSubstr("Reading leads-2026-11-22.csv"));
  EXPECT_THAT(part(snapshot, "now"),
              HasSubstr("472 of 3,656 rows <b>12 %</b> · 58/min · about 53m left"));
  EXPECT_THAT(part(snapshot, "now"), HasSubstr("<progress value=\"472\" max=\"3656\""));
  snapshot.live.now.total.reset();
  EXPECT_THAT(part(snapshot, "now"), HasSubstr("472 rows so far"));
  snapshot = calm_snapshot(at_ten);
  EXPECT_THAT(without_tags(part(snapshot, "now")), HasSubstr("Next: leads in 3m."));
  snapshot.live.next_due.clear();
  EXPECT_THAT(part(snapshot, "now"), HasSubstr("Waiting for exports to arrive."));
  snapshot.live.now.doing = Doing::budget_used_up;
  EXPECT_THAT(part(snapshot, "now"), HasSubstr("Today’s budget is used up"));
}

TEST(StatusPageHtml, SaysWhichRowsNeedAPersonAndWhatToDo) {
  const std::string html = part(troubled_snapshot(at_ten), "needs");
  EXPECT_THAT(html, HasSubstr("<span class=\"count\">63</span>"));
  EXPECT_THAT(html, HasSubstr("L-20418"));
  EXPECT_THAT(html, HasSubstr("line 812 · leads"));
  EXPECT_THAT(html, HasSubstr("<code>bad-country</code> in <q>Country/Region</q>"));
  EXPECT_THAT(html, HasSubstr("<code>country</code> knows both"));
  EXPECT_THAT(html, HasSubstr("3 of 63. "));
  EXPECT_THAT(part(calm_snapshot(at_ten), "needs"), HasSubstr("None."));
}

TEST(StatusPageHtml, OfANewInstallationIsCompleteToo) {
  Snapshot snapshot;
  snapshot.at = snapshot.started = at_ten;
  EXPECT_THAT(part(snapshot, "verdict"), HasSubstr("The daemon is starting."));
  EXPECT_THAT(part(snapshot, "sign-in"), HasSubstr("referrald login"));
  EXPECT_THAT(part(snapshot, "runs"), HasSubstr("None yet."));
  EXPECT_THAT(part(snapshot, "budget"), HasSubstr("no limit"));
  EXPECT_THAT(part(snapshot, "budget"), HasSubstr("unlimited"));
}

TEST(StatusPageHtml, ChangesOnlyWhereSomethingChanges) {
  // A page that is left open all day is not to be redrawn every second.
  const auto before = sections_of(calm_snapshot(at_ten));
  Snapshot later = calm_snapshot(at_ten);
  later.at += 900ms;
  later.live.beat = later.at;
  EXPECT_EQ(before, sections_of(later));
}

}  // namespace
}  // namespace referrald::test
