// The status page as a browser shows it.
#include <cstdlib>
#include <filesystem>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/browser.hpp"
#include "tests/support/scripted_snapshot.hpp"
#include "tests/support/served_page.hpp"
#include "tests/support/virtual_clock.hpp"

namespace referrald::test {
namespace {

using status_page::Doing;
using status_page::Snapshot;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr Look desktop{};
constexpr Look phone{.width = 360, .height = 740, .phone = true};
constexpr Look dark{.dark = true};
constexpr Look no_script{.javascript = false};

class StatusPageInABrowser : public testing::Test {
 protected:
  void SetUp() override {
    if (!Browser::program())
      GTEST_SKIP() << "SKIPPED: the status page was not looked at; it needs chromium "
                      "(scripts/install-dependencies.sh test)";
    browser_ = std::make_unique<Browser>();
  }

  Snapshot calm() const { return calm_snapshot(now_); }
  Snapshot busy() const { return busy_snapshot(now_); }
  Snapshot troubled() const { return troubled_snapshot(now_); }

  void open(const Look& look = desktop) { browser_->open(page_.url(), look); }
  void wait_until_live() {
    browser_->wait_until("document.getElementById('live').dataset.tone === 'live'");
  }
  // "12, 34, 56" of a colour, as a brightness between 0 and 1.
  double brightness(const std::string& element, const std::string& property) {
    return browser_
        ->evaluate(
            "(() => { const [r, g, b] = getComputedStyle(" + element + ")." + property +
            ".match(/\\d+/g).map(c => { c /= 255; return c <= 0.04045 ? c / 12.92 : "
            "((c + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b + "
            "1e-9; })()")
        .as_double();
  }
  // As WCAG 2 counts it.
  double contrast(const std::string& element, const std::string& ground) {
    const double ink = brightness(element, "color");
    const double under = brightness(ground, "backgroundColor");
    return (std::max(ink, under) + 0.05) / (std::min(ink, under) + 0.05);
  }

  status_page::Timestamp now_ = VirtualClock::default_start;
  ServedPage page_{calm_snapshot(now_)};
  std::unique_ptr<Browser> browser_;
};

TEST_F(StatusPageInABrowser, ShowsWhatChangesWithoutBeingLoadedAgain) {
  open();
  wait_until_live();
  (void)browser_->evaluate("window.loadedOnce = true");
  EXPECT_THAT(browser_->text("document.querySelector('#now .doing').textContent"), "Idle");
  page_.show(busy());
  browser_->wait_until("document.querySelector('#now .doing').textContent.startsWith('Reading')");
  EXPECT_EQ(browser_->evaluate("document.querySelector('#now progress').value").to_number<int>(),
            472);
  EXPECT_THAT(browser_->text("document.title"), "reading – referrald");
  page_.show(troubled());
  browser_->wait_until("document.title.startsWith('!')");
  EXPECT_THAT(browser_->text("document.querySelector('link[rel=icon]').getAttribute('href')"),
              "icon-trouble.svg");
  EXPECT_THAT(browser_->text("document.getElementById('needs').textContent"), HasSubstr("L-20418"));
  EXPECT_TRUE(browser_->is_true("window.loadedOnce"));
  EXPECT_THAT(browser_->complaints(), IsEmpty());
}

TEST_F(StatusPageInABrowser, KeepsFocusAndWhatWasUnfoldedWhileItChanges) {
  open();
  wait_until_live();
  (void)browser_->evaluate(
      "document.querySelector('#day details').open = true; "
      "document.querySelector('#day summary').focus(); "
      "window.focused = document.activeElement");
  page_.show(busy());
  browser_->wait_until("document.querySelector('#day figcaption').textContent.includes('1,487')");
  EXPECT_TRUE(browser_->is_true("document.querySelector('#day details').open"));
  EXPECT_TRUE(browser_->is_true("document.activeElement === window.focused"));
}

TEST_F(StatusPageInABrowser, SaysThatItIsNotLiveOnceTheDaemonHasGone) {
  open();
  wait_until_live();
  page_.die();
  browser_->wait_until("document.getElementById('live').dataset.tone === 'lost'");
  EXPECT_THAT(browser_->text("document.getElementById('live').textContent"),
              "Not live: no contact since 10:00 UTC");
}

TEST_F(StatusPageInABrowser, IsCompleteWithoutJavaScript) {
  page_.show(troubled());
  open(no_script);
  EXPECT_THAT(browser_->text("document.getElementById('live').textContent"), "As of 10:00 UTC");
  EXPECT_THAT(browser_->text("document.getElementById('verdict').textContent"),
              HasSubstr("Partner Center is waited for"));
  EXPECT_THAT(browser_->text("document.getElementById('needs').textContent"),
              HasSubstr("Write its name or its two-letter code"));
  EXPECT_EQ(browser_->evaluate("document.querySelectorAll('#day svg g').length").to_number<int>(),
            24);
  EXPECT_THAT(browser_->complaints(), IsEmpty());
}

TEST_F(StatusPageInABrowser, FitsAPhone) {
  page_.show(troubled());
  open(phone);
  EXPECT_LE(browser_->evaluate("document.documentElement.scrollWidth").to_number<int>(), 360);
  // Nothing is cut off, and a cell says what it is of.
  EXPECT_TRUE(
      browser_->is_true("[...document.querySelectorAll('main *')].filter(e => "
                        "!e.closest('thead, .scroll, svg')).every(e => "
                        "e.getBoundingClientRect().right <= 360)"));
  EXPECT_THAT(
      browser_->text("getComputedStyle(document.querySelector('#sources td'), '::before').content"),
      "\"Last success\"");
}

TEST_F(StatusPageInABrowser, IsDarkWhereThatIsPreferredAndReadableInBoth) {
  page_.show(troubled());
  const std::string ink = "document.querySelector('.card .quiet')";
  const std::string card = "document.querySelector('.card')";
  const std::string warm = "document.querySelector('.tile.warm b')";
  for (const Look& look : {desktop, dark}) {
    open(look);
    const double ground = brightness("document.body", "backgroundColor");
    EXPECT_EQ(ground < 0.05, look.dark);
    EXPECT_EQ(ground > 0.8, !look.dark);
    EXPECT_GE(contrast("document.body", "document.body"), 7);
    EXPECT_GE(contrast(ink, card), 4.5);
    EXPECT_GE(contrast(warm, card), 4.5);
    EXPECT_GE(contrast("document.querySelector('#verdict')", "document.querySelector('#verdict')"),
              7);
  }
}

TEST_F(StatusPageInABrowser, NeedsNoMouse) {
  open();
  browser_->press("Tab");
  EXPECT_THAT(browser_->text("document.activeElement.textContent"), "To the status");
  EXPECT_TRUE(browser_->is_true("document.activeElement.getBoundingClientRect().left >= 0"));
  browser_->press("Tab");
  EXPECT_THAT(browser_->text("document.activeElement.textContent"), "As a table");
  EXPECT_THAT(browser_->text("getComputedStyle(document.activeElement).outlineStyle"), "solid");
  browser_->press("Enter");
  EXPECT_TRUE(browser_->is_true("document.querySelector('#day details').open"));
  browser_->press("Tab");
  EXPECT_THAT(browser_->text("document.activeElement.getAttribute('aria-label')"),
              "The last day by hour");
  browser_->press("Tab");
  EXPECT_THAT(browser_->text("document.activeElement.textContent"), "snapshot.json");
}

TEST_F(StatusPageInABrowser, StandsStillWhereMotionIsNotWanted) {
  page_.show(busy());
  open();
  const std::string dot =
      "getComputedStyle(document.querySelector('.doing'), '::after').animationName";
  EXPECT_THAT(browser_->text(dot), "breathe");
  Look still = desktop;
  still.reduced_motion = true;
  open(still);
  EXPECT_THAT(browser_->text(dot), "none");
}

TEST_F(StatusPageInABrowser, TakesHostileIdsForText) {
  Snapshot snapshot = troubled();
  snapshot.ledger.needs_person[0].external_id = "<img src=x onerror=\"window.hit=1\">";
  snapshot.ledger.needs_person[1].export_name = "</td><script>window.hit=1</script>";
  page_.show(snapshot);
  open();
  wait_until_live();
  snapshot.ledger.needs_person[1].external_id = "<svg onload=window.hit=1>";
  page_.show(snapshot);
  browser_->wait_until("document.getElementById('needs').textContent.includes('<svg onload')");
  EXPECT_FALSE(browser_->is_true("window.hit"));
  EXPECT_THAT(browser_->text("document.getElementById('needs').innerHTML"), Not(HasSubstr("<img")));
  EXPECT_THAT(browser_->complaints(), IsEmpty());
}

// For people: REFERRALD_SCREENSHOTS names the folder.
TEST_F(StatusPageInABrowser, CanBePhotographed) {
  const char* folder = std::getenv("REFERRALD_SCREENSHOTS");
  if (folder == nullptr) GTEST_SKIP() << "REFERRALD_SCREENSHOTS names no folder";
  const std::pair<const char*, Snapshot> states[] = {
      {"calm", calm()}, {"busy", busy()}, {"trouble", troubled()}};
  const std::pair<const char*, Look> looks[] = {
      {"desktop", desktop}, {"dark", dark}, {"phone", phone}};
  for (const auto& [state, snapshot] : states)
    for (const auto& [look_name, look] : looks) {
      page_.show(snapshot);
      open(look);
      wait_until_live();
      browser_->wait_until("document.querySelector('#now .doing').textContent.length > 0");
      browser_->screenshot(std::filesystem::path(folder) /
                           (std::string(state) + "-" + look_name + ".png"));
    }
}

}  // namespace
}  // namespace referrald::test
