// A week in which nobody looks: two sources, real runs, a real ledger, and all that goes wrong on
// the way. At its end everything is as the newest exports have it, exactly once.
#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/unit/inbox/simulated_crm.hpp"
#include "tests/unit/inbox/simulated_host.hpp"

namespace referrald::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using Content = SimulatedCrm::Content;
using persistence::State;
using std::chrono::milliseconds;

constexpr int daily_budget = 260;
constexpr double rate = 2;
constexpr int burst = 5;

class UnattendedWeekTest : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  UnattendedWeekTest() {
    host.folder.write("mapping.yaml", crm_mapping);
    add_source("leads", "on arrival", "*.csv");
    add_source("deals", "every 15m", "deals.csv");
    host.config.sources[0].archive = host.folder / "read";
    host.config.submission.rate = rate;
    host.config.submission.burst = burst;
    host.config.submission.daily_budget = daily_budget;
    host.config.notify.emplace().silence = 12h;
    host.world.list_delay = 2s;
    host.world.page_size = 40;
    host.config.submission.reconcile = {.looks = 2, .apart = 10s};
    host.fault = [this] { return fault(); };
  }

  void add_source(const std::string& name, const std::string& schedule, const std::string& files) {
    config::Source source;
    source.name = name;
    source.exports = host.folder / name / files;
    source.mapping = host.folder / "mapping.yaml";
    source.schedule = schedule;
    source.settle = 10s;
    source.quarantine = host.folder / ("unreadable " + name);
    host.config.sources.push_back(source);
    fs::create_directories(host.folder / name);
  }

  int between(int least, int most) {
    return least + static_cast<int>(host.chance.uniform() * (most - least + 1));
  }
  // Some time in an hour that begins then.
  milliseconds about(std::chrono::hours time) { return time + 1s * between(0, 3'599); }

  Fault fault();
  void export_leads(std::function<std::string()> content);
  void export_leads() {
    export_leads([this] { return leads.changes(); });
  }
  void export_deals();
  void export_bad(const std::string& content);
  void special(const std::string& id, const std::string& deal, const Content& content);
  void during(milliseconds from, milliseconds length, std::function<void(bool)> what);
  void kill_at(milliseconds time);
  void set_clock(milliseconds from, milliseconds length, milliseconds by);

  void plan_exports();
  void plan_trouble();
  void plan_portal();
  void plan_deaths();

  std::ptrdiff_t logged(const std::string& what) const {
    return std::ranges::count_if(host.log.lines(),
                                 [&](const auto& line) { return line.find(what) != line.npos; });
  }
  void expect_told_once(const std::string& subject, milliseconds from, milliseconds to) const;
  void expect_trouble_told_in_turn() const;
  void expect_within_rate() const;
  void expect_within_budget() const;
  void expect_files_settled() const;
  void expect_rows_settled() const;

  SimulatedHost host{GetParam()};
  SimulatedCrm leads{"lead", host.chance}, deals{"deal", host.chance};
  bool down = false;       // Partner Center, for everybody
  bool refuses = false;    // it answers 401
  bool has_faults = true;  // single ones, now and then
  int files = 0;
  milliseconds written{};              // the last of the leads is, then
  std::vector<std::string> good, bad;  // of the leads
  std::vector<std::pair<milliseconds, milliseconds>> outages;
};

Fault UnattendedWeekTest::fault() {
  const double roll = host.chance.uniform();
  host.world.latency = milliseconds{has_faults && roll > 0.9 ? between(1, 5'000) : 20};
  if (down)
    return roll < 0.5 ? Fault::not_sent : roll < 0.8 ? Fault::status_503 : Fault::drop_before;
  if (refuses) return Fault::status_401;
  if (!has_faults) return Fault::none;
  if (roll < 0.02) return Fault::drop_after;
  if (roll < 0.04) return Fault::drop_before;
  if (roll < 0.05) return Fault::status_429;
  if (roll < 0.07) return Fault::status_503;
  if (roll < 0.08) return Fault::truncated;
  if (roll < 0.09) return Fault::status_504;
  if (roll < 0.095) return Fault::html;
  return Fault::none;
}

// One after the other: a CRM does not write two at a time.
void UnattendedWeekTest::export_leads(std::function<std::string()> content) {
  if (host.clock.elapsed() < written) {
    host.at(written, [this, content] { export_leads(content); });
    return;
  }
  written = host.clock.elapsed() + 20s;
  const auto name = fmt::format("leads-{:04}.csv", ++files);
  const auto file = host.folder / "leads" / name;
  good.push_back(name);
  if (between(0, 2) == 0)
    host.write_slowly(file, content());
  else
    host.rename_into_place(file, content(), between(0, 2) > 0);
}

void UnattendedWeekTest::export_deals() {
  host.rename_into_place(host.folder / "deals" / "deals.csv", deals.everything(), false);
}

void UnattendedWeekTest::export_bad(const std::string& content) {
  const auto name = fmt::format("leads-{:04}.csv", ++files);
  host.rename_into_place(host.folder / "leads" / name, content, true);
  bad.push_back(name);
}

void UnattendedWeekTest::special(const std::string& id, const std::string& deal,
                                 const Content& content) {
  export_leads([=, this] { return leads.special(id, deal, content); });
}

// Something holds for a while.
void UnattendedWeekTest::during(milliseconds from, milliseconds length,
                                std::function<void(bool)> what) {
  host.at(from, [what] { what(true); });
  host.at(from + length, [what] { what(false); });
}

void UnattendedWeekTest::kill_at(milliseconds time) {
  host.at(time, [this] {
    export_leads();
    host.kill_after(between(0, 25));
  });
}

void UnattendedWeekTest::set_clock(milliseconds from, milliseconds length, milliseconds by) {
  during(from, length,
         [this, by](bool wrong) { host.clock.set_wall(host.clock.wall() + (wrong ? by : -by)); });
  host.at(from + length / 3, [this] { export_leads(); });
  // What fails just then is to be tried again by the wrong clock.
  host.at(from + length - 10s, [this] { export_leads(); });
  during(from + length - 10s, 12s, [this](bool on) { down = on; });
}

void UnattendedWeekTest::plan_exports() {
  for (auto time = milliseconds{10min}; time < 160h; time += 1min * between(60, 150)) {
    // The folder is away.
    if (time > 45h && time < 49h) continue;
    host.at(time, [this] { export_leads(); });
  }
  for (auto time = milliseconds{15min}; time < 160h; time += 1min * between(200, 400))
    host.at(time, [this] { export_deals(); });
  host.at(72h, [this] {
    export_bad("Id,Name,Value,Deal,Include\r\nlead-x,\"never ends,1,private\r\n");
  });
  host.at(73h, [this] { export_bad("Nr;Was\r\n1;Umsatz\r\n"); });
  // More than a day's budget.
  host.at(about(90h), [this] { export_leads([this] { return leads.backfill(350); }); });
}

void UnattendedWeekTest::plan_trouble() {
  const auto outage = [this](milliseconds from, milliseconds length, bool& what) {
    outages.emplace_back(from, from + length);
    during(from, length, [&what](bool on) { what = on; });
    during(from, length + 30min, [this](bool on) { has_faults = !on; });
    host.at(from + length / 2, [this] { export_leads(); });
  };
  outage(about(16h), 1h * between(2, 6), down);
  outage(about(25h), 1h * between(1, 3), host.sign_in.revoked);
  outage(about(30h), 1h, refuses);
  auto held = std::make_shared<std::unique_ptr<persistence::Ledger>>();
  // (Now and again, since the daemon may hold it at the moment.)
  for (int i = 0; i < 10; ++i)
    host.at(40h + i * 7s, [this, held] {
      try {
        if (!*held) *held = persistence::open_for_writing(host.config.ledger, host.clock.wall());
      } catch (const persistence::LedgerError&) {
      }
    });
  host.at(40h + 40min, [held] { held->reset(); });
  host.at(40h + 5min, [this] { export_leads(); });
  during(43h, 1h, [this](bool on) { host.disk_full = on; });
  host.at(43h + 5min, [this] { export_leads(); });
  during(46h, 2h, [this](bool on) {
    fs::rename(host.folder / (on ? "leads" : "away"), host.folder / (on ? "away" : "leads"));
  });
  set_clock(about(114h), 2h, 5h);
  set_clock(about(118h), 1h, 24h * 9);
  set_clock(about(122h), 1h, -48h);
}

// People work at Partner Center, too.
void UnattendedWeekTest::plan_portal() {
  const Content before{"Before", 500}, after{"After", 500}, theirs{"Theirs", 500};
  host.at(20min, [=, this] {
    special("conflict", "private", before);
    special("merged", "private", before);
    special("closed", "private", before);
    special("closed-co-sell", "co-sell", before);
  });
  host.at(54h, [this] {
    host.world.edit("conflict", "/name", "\"Theirs\"");
    host.world.edit("merged", "/details/dealValue", "777");
    host.world.edit("closed", "/status", "\"Closed\"");
    host.world.edit("closed-co-sell", "/status", "\"Closed\"");
    leads.expect_instead("conflict", {"Theirs", 500});
    leads.expect_instead("merged", {"After", 777});
    leads.expect_instead("closed", {"Before", 500});
    leads.expect_instead("closed-co-sell", {"Before", 500});
  });
  host.at(63h, [=, this] {
    for (const auto* id : {"conflict", "merged", "closed"}) special(id, "private", after);
    special("closed-co-sell", "co-sell", after);
  });
}

void UnattendedWeekTest::plan_deaths() {
  for (const auto time : {5h, 9h, 34h, 50h, 66h, 70h, 80h, 128h, 131h, 140h, 150h})
    kill_at(about(time));
  for (const auto time : {12h, 52h, 75h, 76h, 135h})
    host.at(about(time), [this] {
      export_leads();
      host.reload();
    });
}

// -- what is expected -----------------------------------------------------------------------------

void UnattendedWeekTest::expect_told_once(const std::string& subject, milliseconds from,
                                          milliseconds to) const {
  const auto count = [&](bool began) {
    return std::ranges::count_if(host.told, [&](const auto& one) {
      return one.subject == subject && one.began == began && one.at >= from && one.at <= to;
    });
  };
  EXPECT_EQ(count(true), 1) << subject << " began, from " << from.count();
  EXPECT_EQ(count(false), 1) << subject << " passed";
}

// What began passes before it begins anew, unless it became another trouble or the process ended.
void UnattendedWeekTest::expect_trouble_told_in_turn() const {
  std::map<std::string, SimulatedHost::Told> open;
  int process = 0;
  for (const auto& one : host.told) {
    if (one.process != process) open.clear();
    process = one.process;
    if (one.subject == "run" || one.subject.starts_with("export ")) continue;
    const auto known = open.find(one.subject);
    if (one.began) {
      EXPECT_TRUE(known == open.end() || known->second.message != one.message) << one.message;
      open[one.subject] = one;
    } else {
      EXPECT_NE(known, open.end()) << one.message;
      if (known != open.end()) open.erase(known);
    }
  }
  // The silence since the last export.
  open.erase("silence");
  EXPECT_TRUE(open.empty() || process != host.processes()) << open.begin()->second.message;
}

void UnattendedWeekTest::expect_within_rate() const {
  const auto& sent = host.sent;
  for (std::size_t first = 0; first < sent.size(); ++first)
    for (auto last = first;
         last < sent.size() && sent[last].process == sent[first].process && last < first + 200;
         ++last) {
      const std::chrono::duration<double> window = sent[last].at - sent[first].at;
      ASSERT_LE(static_cast<double>(last - first + 1), burst + rate * window.count() + 0.001)
          << "from call " << first;
    }
}

void UnattendedWeekTest::expect_within_budget() const {
  std::map<std::string, int> calls;
  for (const auto& one : host.sent)
    EXPECT_LE(++calls[one.day], daily_budget) << one.day << ", process " << one.process;
}

void UnattendedWeekTest::expect_files_settled() const {
  std::vector<std::string> archived, set_aside;
  for (const auto& entry : fs::directory_iterator(host.folder / "read"))
    archived.push_back(entry.path().filename());
  EXPECT_THAT(archived, testing::UnorderedElementsAreArray(good));
  for (const auto& entry : fs::directory_iterator(host.folder / "unreadable leads"))
    set_aside.push_back(entry.path().filename());
  std::vector<std::string> wanted;
  for (const auto& name : bad) {
    wanted.push_back(name);
    wanted.push_back(name + ".why");
  }
  EXPECT_THAT(set_aside, testing::UnorderedElementsAreArray(wanted));
  EXPECT_TRUE(fs::is_empty(host.folder / "leads"));
  EXPECT_TRUE(fs::exists(host.folder / "deals" / "deals.csv"));
}

void UnattendedWeekTest::expect_rows_settled() const {
  const auto ledger = persistence::open_for_reading(host.config.ledger);
  persistence::ListFilter open;
  open.states = {State::pending, State::sending, State::in_doubt};
  ledger->list(open, [&](const persistence::RowView& row) {
    ADD_FAILURE() << row.external_id << " is " << persistence::to_string(row.state) << " at "
                  << persistence::to_string(row.step);
  });
  EXPECT_EQ(ledger->find("conflict")->state, State::refused);
  EXPECT_EQ(ledger->find("merged")->state, State::synced);
  EXPECT_EQ(ledger->find("closed")->state, State::closed);
  EXPECT_EQ(ledger->find("closed-co-sell")->state, State::closed);
  EXPECT_EQ(leads.expect_held(host.world) + deals.expect_held(host.world),
            host.world.held().size());
}

TEST_P(UnattendedWeekTest, EndsWithEverythingExactlyOnce) {
  plan_exports();
  plan_trouble();
  plan_portal();
  plan_deaths();
  host.start();
  host.pass_until(160h);
  has_faults = false;
  host.pass_until(168h + 26h);

  expect_rows_settled();
  expect_files_settled();
  expect_trouble_told_in_turn();
  for (const auto& [from, to] : outages) expect_told_once("service", from, to + 30min);
  expect_told_once("ledger", 40h, 41h);
  expect_told_once("ledger", 43h, 44h + 30min);
  expect_told_once("source leads", 46h, 48h + 30min);
  expect_within_rate();
  expect_within_budget();
  EXPECT_GE(host.deaths, 5);
  EXPECT_LT(host.log.lines().size(), 1'200U);
  EXPECT_EQ(logged("event=clock-set"), 6);
  EXPECT_EQ(host.activity().waiting, 0U);
  EXPECT_TRUE(host.activity().troubles.empty());
}

INSTANTIATE_TEST_SUITE_P(OfSeveralSeeds, UnattendedWeekTest, ::testing::Range<std::uint64_t>(1, 6));

}  // namespace
}  // namespace referrald::test
