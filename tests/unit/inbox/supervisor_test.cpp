// What the daemon does when, in virtual time; the syncs are scripted.
#include "daemon/inbox/supervisor.hpp"

#include <deque>
#include <fstream>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/recording_log.hpp"
#include "daemon/spawn.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/virtual_clock.hpp"

namespace referrald::inbox {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace fs = std::filesystem;
using persistence::Handled;
using persistence::LedgerError;
using submission::Halt;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* mapping_text = R"(
deal: private
referral:
  externalReferenceId: ${Id}
  name: ${Name}
  qualification: SalesQualified
  customerProfile:
    name: Fabrikam
    address: { addressLine1: Main Street 1, city: Munich, country: DE }
    team:
      - { firstName: Ada, lastName: Example, email: ada@example.com, phoneNumber: "+4900000" }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { dealValue: 1000, currency: EUR, closingDateTime: "2027-03-31T00:00:00Z" }
)";

// Half of everything.
class EvenChance final : public submission::Random {
 public:
  double uniform() override { return 0.5; }
  std::string uuid() override { return "00000000-0000-4000-8000-000000000000"; }
};

class SilentWatch final : public FolderWatch {
 public:
  bool watch(const fs::path&) override { return true; }
  void on_event(std::function<void(const FolderEvent&)> told) override { told_ = std::move(told); }
  void stop() override { stopped = true; }
  void tell(const FolderEvent& event) { told_(event); }
  bool stopped = false;

 private:
  std::function<void(const FolderEvent&)> told_;
};

// Reads what it is given, taking a while for it; a script says otherwise.
class ScriptedEngine final : public Engine {
 public:
  explicit ScriptedEngine(test::VirtualClock& clock) : clock_(clock), timer_(clock.timer()) {}

  struct Sync {
    std::chrono::milliseconds at{};  // since the start
    std::vector<std::string> exports;
    bool drained = false;
  };
  using Script = std::function<void(sync::SyncOutcome&)>;  // may throw

  asio::awaitable<Backlog> prepare() override {
    if (prepare_error) throw LedgerError(*prepare_error, "the ledger is no good");
    co_return Backlog{waiting_at_start, needing_at_start};
  }

  asio::awaitable<sync::SyncOutcome> sync(sync::WorkList work) override {
    drained_ = false;
    sync::SyncOutcome outcome;
    outcome.run = static_cast<persistence::RunId>(syncs.size() + 1);
    auto& noted = syncs.emplace_back();
    noted.at = clock_.elapsed();
    for (const auto& what : work.exports) noted.exports.push_back(what.file.filename().string());
    const auto reached = co_await timer_->wait_until(clock_.steady() + duration);
    syncs.back().drained = drained_;
    if (!reached) outcome.halt = Halt::draining;
    for (const auto& what : work.exports) {
      auto& one = outcome.exports.emplace_back();
      one.file = what.file;
      one.source = what.source;
      one.mapping_version = what.mapping_version;
      one.stamp = sync::stamp_of(what.file);
      if (reached) one.handled = Handled::read;
    }
    if (!script.empty()) {
      const auto next = std::move(script.front());
      script.pop_front();
      next(outcome);
    }
    for (const auto& one : outcome.exports)
      if (one.handled && one.stamp)
        handled_[one.source].push_back({one.file.filename().string(),
                                        sync::text_of(*one.stamp, one.mapping_version),
                                        *one.handled, clock_.wall()});
    co_return outcome;
  }

  asio::awaitable<Probed> probe() override {
    probes.push_back(clock_.elapsed());
    Probed answer;
    if (!answers.empty()) {
      answer = answers.front();
      answers.pop_front();
    }
    co_return answer;
  }

  asio::awaitable<std::vector<persistence::HandledExport>> handled(
      const std::string& source) override {
    co_return handled_[source];
  }

  void drain() override {
    drained_ = true;
    timer_->wake();
  }
  sync::SyncProgress progress() const override { return now; }

  std::chrono::milliseconds duration{100};
  std::uint64_t waiting_at_start = 0, needing_at_start = 0;
  std::optional<LedgerError::Kind> prepare_error;
  std::deque<Script> script;
  std::deque<Probed> answers;  // of probes; then all is well
  std::vector<Sync> syncs;
  std::vector<std::chrono::milliseconds> probes;
  sync::SyncProgress now;

 private:
  test::VirtualClock& clock_;
  std::unique_ptr<submission::Timer> timer_;
  std::map<std::string, std::vector<persistence::HandledExport>> handled_;
  bool drained_ = false;
};

class SupervisorTest : public ::testing::Test {
 protected:
  SupervisorTest() {
    fs::create_directories(folder_ / "in");
    folder_.write("mapping.yaml", mapping_text);
    add_source("leads", "on arrival");
  }
  ~SupervisorTest() override {
    if (supervisor_) stop();
  }

  void add_source(const std::string& name, const std::string& schedule) {
    config::Source source;
    source.name = name;
    source.exports = folder_ / "in" / (name + "*");
    source.mapping = folder_ / "mapping.yaml";
    source.schedule = schedule;
    source.settle = 10s;
    config_.sources.push_back(source);
  }

  void start() {
    mappings_ = sync::load_mappings(config_);
    supervisor_.emplace(SupervisorParts{config_,
                                        mappings_,
                                        engine_,
                                        watch_,
                                        clock_,
                                        chance_,
                                        log_,
                                        [](std::function<void()> work) -> asio::awaitable<void> {
                                          work();
                                          co_return;
                                        },
                                        {},
                                        {},
                                        [this](const Notice& notice) {
                                          notices_.push_back(std::string(to_string(notice.kind)) +
                                                             ' ' + notice.subject);
                                        },
                                        nullptr,
                                        resumes_});
    spawn(io_.get_executor(), supervisor_->run([this] { ready_ = true; }),
          [this](std::exception_ptr e) {
            ended_ = true;
            error_ = std::move(e);
          });
    test::run_ready(io_, clock_);
  }

  void stop() {
    supervisor_->stop();
    test::run_until(io_, clock_, [this] { return ended_; });
    supervisor_.reset();
  }

  // Time goes by, in which things happen at their times.
  void pass(std::chrono::milliseconds time) {
    const auto until = clock_.steady() + time;
    while (!ended_) {
      const auto next = clock_.next_expiry();
      if (!next || *next > until) break;
      clock_.advance_to(*next);
      test::run_ready(io_, clock_);
    }
    clock_.advance_to(until);
    test::run_ready(io_, clock_);
  }

  // Written now, or so long ago.
  fs::path given(const std::string& name, std::chrono::milliseconds age = 0s) {
    const auto file = folder_.write("in/" + name, "Id,Name\n" + std::to_string(++files_) + ",x\n");
    fs::last_write_time(file, std::chrono::file_clock::from_sys(clock_.wall() - age));
    return file;
  }
  void told_of(const std::string& name, bool moved_in = false) {
    watch_.tell({folder_ / "in", name, moved_in});
    test::run_ready(io_, clock_);
  }

  std::vector<std::string> read() const {
    std::vector<std::string> names;
    for (const auto& sync : engine_.syncs)
      names.insert(names.end(), sync.exports.begin(), sync.exports.end());
    return names;
  }

  std::vector<std::string> told(const std::string& word) const {
    std::vector<std::string> found;
    for (const auto& line : log_.lines())
      if (line.find(word) != std::string::npos) found.push_back(line);
    return found;
  }

  static ScriptedEngine::Script halted(Halt halt, const std::string& reason) {
    return [=](sync::SyncOutcome& outcome) {
      outcome.halt = halt;
      outcome.halt_reason = reason;
      outcome.summary.waiting = 5;
      for (auto& what : outcome.exports) what.handled.reset();
    };
  }
  static ScriptedEngine::Script leaves(std::uint64_t waiting, std::uint64_t created = 0) {
    return [=](sync::SyncOutcome& outcome) {
      outcome.summary.waiting = waiting;
      outcome.summary.created = created;
    };
  }

  asio::io_context io_;
  test::VirtualClock clock_;
  test::TemporaryFolder folder_;
  config::Config config_;
  std::map<std::string, sync::LoadedMapping> mappings_;
  ScriptedEngine engine_{clock_};
  SilentWatch watch_;
  EvenChance chance_;
  RecordingLog log_;
  std::optional<Supervisor> supervisor_;
  std::vector<std::string> notices_;
  bool resumes_ = false;
  bool ready_ = false;
  bool ended_ = false;
  std::exception_ptr error_;
  int files_ = 0;
};

TEST_F(SupervisorTest, ReadsAFileWhenItHasBeenStill) {
  start();
  EXPECT_TRUE(ready_);
  given("leads.csv");
  told_of("leads.csv");
  pass(9s);
  EXPECT_THAT(engine_.syncs, IsEmpty());
  pass(2s);
  EXPECT_THAT(read(), ElementsAre("leads.csv"));
  pass(1h);
  EXPECT_EQ(engine_.syncs.size(), 1U) << "the same file is not read twice";
}

TEST_F(SupervisorTest, ReadsOneThatIsRenamedIntoPlaceAtOnce) {
  start();
  given("leads.csv");
  told_of("leads.csv", true);
  EXPECT_EQ(engine_.syncs.size(), 1U);
}

TEST_F(SupervisorTest, FindsWhatNobodyToldItOf) {
  start();
  given("leads.csv");
  pass(2min);
  EXPECT_THAT(read(), ElementsAre("leads.csv"));
}

TEST_F(SupervisorTest, ReadsWhatLiesThereAtTheStart) {
  given("leads.csv", 1h);
  start();
  EXPECT_THAT(read(), ElementsAre("leads.csv"));
}

TEST_F(SupervisorTest, ReadsAReplacedFileAgain) {
  given("leads.csv", 1h);
  start();
  pass(1min);
  given("leads.csv", 20min);
  told_of("leads.csv");
  pass(1s);
  EXPECT_THAT(read(), ElementsAre("leads.csv", "leads.csv"));
}

TEST_F(SupervisorTest, OneRunAtATimeAndSourcesTakeTurns) {
  add_source("deals", "on arrival");
  engine_.duration = 5s;
  given("leads.csv", 1h);
  given("deals.csv", 1h);
  start();
  given("leads2.csv", 1h);
  told_of("leads2.csv");
  pass(1min);
  ASSERT_EQ(engine_.syncs.size(), 3U);
  EXPECT_THAT(read(), ElementsAre("leads.csv", "deals.csv", "leads2.csv"));
  EXPECT_GE(engine_.syncs[1].at, 5s);
  EXPECT_GE(engine_.syncs[2].at, 10s);
}

TEST_F(SupervisorTest, EveryLooksAtItsDistance) {
  config_.sources[0].schedule = "every 15m";
  given("leads.csv", 1h);
  start();
  EXPECT_THAT(read(), ElementsAre("leads.csv"));
  given("leads2.csv", 1h);
  told_of("leads2.csv");
  pass(14min);
  EXPECT_EQ(engine_.syncs.size(), 1U);
  pass(2min);
  EXPECT_THAT(read(), ElementsAre("leads.csv", "leads2.csv"));
}

TEST_F(SupervisorTest, DailyLooksAtItsTime) {
  config_.sources[0].schedule = "daily 12:00 UTC";  // it is 10:00
  start();
  given("leads.csv");
  told_of("leads.csv");
  pass(119min);
  EXPECT_THAT(engine_.syncs, IsEmpty());
  pass(2min);
  ASSERT_EQ(engine_.syncs.size(), 1U);
  EXPECT_EQ(engine_.syncs[0].at, 2h);
  given("leads2.csv");
  pass(23h);
  EXPECT_EQ(engine_.syncs.size(), 1U);
  pass(1h);
  EXPECT_EQ(engine_.syncs.size(), 2U);
}

TEST_F(SupervisorTest, DailyWaitsForAFileThatIsStillBeingWritten) {
  config_.sources[0].schedule = "daily 12:00 UTC";
  start();
  pass(2h - 5s);
  given("leads.csv");
  pass(9s);
  EXPECT_THAT(engine_.syncs, IsEmpty());
  pass(1s);
  EXPECT_THAT(read(), ElementsAre("leads.csv"));
}

TEST_F(SupervisorTest, ADailyTimeThatWasMissedIsMadeUpFor) {
  config_.sources[0].schedule = "daily 02:30 UTC";
  given("leads.csv", 12h);  // of 22:00, and it is 10:00
  start();
  EXPECT_THAT(read(), ElementsAre("leads.csv"));
}

TEST_F(SupervisorTest, AFileOfTodayWaitsForTheDailyTime) {
  config_.sources[0].schedule = "daily 02:30 UTC";
  given("leads.csv", 1h);
  start();
  pass(16h);
  EXPECT_THAT(engine_.syncs, IsEmpty());
  pass(1h);
  EXPECT_THAT(read(), ElementsAre("leads.csv"));
}

TEST_F(SupervisorTest, WhatWaitsFromBeforeIsSentAtTheStart) {
  engine_.waiting_at_start = 3;
  start();
  ASSERT_EQ(engine_.syncs.size(), 1U);
  EXPECT_THAT(engine_.syncs[0].exports, IsEmpty());
}

TEST_F(SupervisorTest, RowsThatStillWaitAreTriedAgainEverLessOften) {
  engine_.waiting_at_start = 3;
  for (int i = 0; i < 4; ++i) engine_.script.push_back(leaves(3));
  start();
  pass(10h);
  std::vector<std::chrono::minutes> at;
  for (const auto& sync : engine_.syncs)
    at.push_back(std::chrono::floor<std::chrono::minutes>(sync.at));
  EXPECT_THAT(at, ElementsAre(0min, 2min, 6min, 14min, 30min));
}

TEST_F(SupervisorTest, NewExportsInterruptWhatOnlySends) {
  engine_.waiting_at_start = 100'000;
  engine_.duration = 48h;
  engine_.script.push_back(leaves(100'000, 10));
  start();
  pass(1h);
  ASSERT_EQ(engine_.syncs.size(), 1U);
  engine_.duration = 100ms;
  given("leads.csv", 1h);
  told_of("leads.csv");
  pass(2s);
  ASSERT_EQ(engine_.syncs.size(), 2U);
  EXPECT_TRUE(engine_.syncs[0].drained);
  EXPECT_THAT(engine_.syncs[1].exports, ElementsAre("leads.csv"));
}

TEST_F(SupervisorTest, ARunSendsForAWhileBeforeItIsInterrupted) {
  engine_.waiting_at_start = 100'000;
  engine_.duration = 48h;
  start();
  given("leads.csv", 1h);
  told_of("leads.csv");
  pass(25s);
  EXPECT_EQ(engine_.syncs.size(), 1U);
  pass(10s);
  EXPECT_EQ(engine_.syncs.size(), 2U);
}

TEST_F(SupervisorTest, WhatIsReadingIsNotInterrupted) {
  given("leads.csv", 1h);
  engine_.duration = 48h;
  engine_.now.reading = true;
  start();
  given("leads2.csv", 1h);
  told_of("leads2.csv");
  pass(1h);
  EXPECT_EQ(engine_.syncs.size(), 1U);
  EXPECT_FALSE(engine_.syncs[0].drained);
}

TEST_F(SupervisorTest, AServiceInTroubleIsProbedAndTheWorkGoesOnByItself) {
  given("leads.csv", 1h);
  engine_.script.push_back(halted(Halt::unavailable, "Partner Center is down; sync later"));
  engine_.answers = {{Exit::unavailable, "down, request-id 1"},
                     {Exit::unavailable, "down, request-id 2"}};
  start();
  pass(1s);
  ASSERT_EQ(engine_.syncs.size(), 1U);
  EXPECT_EQ(supervisor_->activity().phase, Activity::Phase::trouble);
  EXPECT_EQ(in_words(supervisor_->activity()), "waiting: Partner Center is down");
  given("leads2.csv", 1h);
  told_of("leads2.csv");
  pass(1min);
  EXPECT_EQ(engine_.syncs.size(), 1U) << "nothing is sent into the trouble";
  pass(10min);
  EXPECT_EQ(engine_.probes.size(), 3U);
  EXPECT_THAT(read(), ElementsAre("leads.csv", "leads.csv", "leads2.csv"));
  EXPECT_EQ(told("error").size(), 1U) << "it is said once";
  EXPECT_EQ(told("Partner Center answers again").size(), 1U);
  EXPECT_EQ(supervisor_->activity().phase, Activity::Phase::idle);
}

TEST_F(SupervisorTest, TroubleOfAnotherKindIsSaidToo) {
  given("leads.csv", 1h);
  engine_.script.push_back(halted(Halt::unavailable, "down"));
  engine_.answers = {{Exit::not_authorised, "the sign-in is refused"}};
  start();
  pass(1min);
  EXPECT_THAT(told("error"),
              ElementsAre(HasSubstr("error down "), HasSubstr("error the sign-in is refused ")));
}

TEST_F(SupervisorTest, AWeekOfTroubleIsOneLineAndSomeHundredReads) {
  given("leads.csv", 1h);
  engine_.script.push_back(halted(Halt::unavailable, "down"));
  for (int i = 0; i < 5'000; ++i) engine_.answers.push_back({Exit::unavailable, "down"});
  start();
  pass(24h * 7);
  EXPECT_EQ(told("error").size(), 1U);
  EXPECT_EQ(engine_.syncs.size(), 1U);
  EXPECT_GT(engine_.probes.size(), 1'000U);
  EXPECT_LT(engine_.probes.size(), 1'500U);
}

TEST_F(SupervisorTest, ADailySourceMakesUpForTheServicesTrouble) {
  config_.sources[0].schedule = "daily 12:00 UTC";
  given("leads.csv", 1h);
  engine_.script.push_back(halted(Halt::unavailable, "down"));
  start();
  pass(2h + 5min);
  EXPECT_EQ(engine_.syncs.size(), 2U);
}

TEST_F(SupervisorTest, AUsedUpBudgetGoesOnTheNextDayAndNewExportsAreReadMeanwhile) {
  given("leads.csv", 1h);
  const auto used_up = [](sync::SyncOutcome& outcome) {
    outcome.halt = Halt::budget;
    outcome.halt_reason = "the daily budget of 5 calls is used up";
    outcome.summary.waiting = 5;
  };
  engine_.script = {used_up, used_up};
  start();
  pass(1min);
  EXPECT_EQ(supervisor_->activity().phase, Activity::Phase::budget);
  given("leads2.csv", 1h);
  told_of("leads2.csv");
  pass(1min);
  EXPECT_THAT(read(), ElementsAre("leads.csv", "leads2.csv"));
  EXPECT_EQ(told("budget").size(), 1U);
  pass(13h);
  EXPECT_EQ(engine_.syncs.size(), 2U);
  pass(1h);  // it is past midnight
  EXPECT_EQ(engine_.syncs.size(), 3U);
  EXPECT_EQ(supervisor_->activity().phase, Activity::Phase::idle);
}

TEST_F(SupervisorTest, AnUnreadableExportIsSetAsideWithItsReasons) {
  config_.sources[0].quarantine = folder_ / "unreadable";
  given("leads.csv", 1h);
  engine_.script.push_back([](sync::SyncOutcome& outcome) {
    auto& what = outcome.exports.at(0);
    what.handled = Handled::unreadable;
    what.exit = Exit::cannot_read;
    what.reasons = {"leads.csv: line 7: a quote is left open"};
    outcome.messages = what.reasons;
  });
  start();
  pass(1h);
  EXPECT_FALSE(fs::exists(folder_ / "in" / "leads.csv"));
  EXPECT_TRUE(fs::exists(folder_ / "unreadable" / "leads.csv"));
  EXPECT_THAT(test::content_of(folder_ / "unreadable" / "leads.csv.why"),
              HasSubstr("line 7: a quote is left open"));
  EXPECT_EQ(engine_.syncs.size(), 1U);
  EXPECT_EQ(told("line 7").size(), 1U);
}

TEST_F(SupervisorTest, AnExportThatCannotBeDealtWithIsNotTriedAllTheTime) {
  given("leads.csv", 1h);
  for (int i = 0; i < 3; ++i)
    engine_.script.push_back([](sync::SyncOutcome& outcome) {
      outcome.exports.at(0).handled.reset();
      outcome.exports.at(0).exit = Exit::cannot_write;
    });
  start();
  pass(30s);
  EXPECT_EQ(engine_.syncs.size(), 1U);
  pass(10min);
  EXPECT_EQ(engine_.syncs.size(), 4U);
}

TEST_F(SupervisorTest, AFolderThatVanishesIsSaidOnceAndPicksUpAgain) {
  start();
  fs::remove_all(folder_ / "in");
  pass(24h);
  EXPECT_EQ(told("error").size(), 1U);
  EXPECT_THAT(told("error").front(), HasSubstr("is not there"));
  fs::create_directories(folder_ / "in");
  given("leads.csv", 1h);
  pass(2min);
  EXPECT_EQ(told("its folder is there again").size(), 1U);
  EXPECT_THAT(read(), ElementsAre("leads.csv"));
}

TEST_F(SupervisorTest, AFullDiskIsSaidOnceAndPassesByItself) {
  given("leads.csv", 1h);
  for (int i = 0; i < 3; ++i)
    engine_.script.push_back([](sync::SyncOutcome&) {
      throw LedgerError(LedgerError::Kind::cannot_write, "the disk is full");
    });
  start();
  pass(10min);
  EXPECT_EQ(engine_.syncs.size(), 4U);
  EXPECT_EQ(told("the disk is full").size(), 1U);
  EXPECT_EQ(told("the ledger can be used again").size(), 1U);
  EXPECT_FALSE(ended_);
}

TEST_F(SupervisorTest, ThatTheLedgerIsWellIsSaidWhenSomethingIsRecordedInIt) {
  given("leads.csv", 1h);
  engine_.script.push_back([](sync::SyncOutcome&) {
    throw LedgerError(LedgerError::Kind::cannot_write, "the disk is full");
  });
  start();
  pass(1min);
  EXPECT_EQ(supervisor_->activity().phase, Activity::Phase::trouble);
  EXPECT_THAT(in_words(supervisor_->activity()), ::testing::HasSubstr("the disk is full"));
  engine_.duration = 10h;
  engine_.now.so_far.created = 1;
  pass(5min);
  EXPECT_EQ(told("the ledger can be used again").size(), 1U) << "not after ten hours of sending";
}

TEST_F(SupervisorTest, WhatTheGuardHoldsIsTroubleUntilItIsDealtWith) {
  const auto file = given("leads.csv", 1h);
  engine_.script.push_back([](sync::SyncOutcome& outcome) {
    outcome.exit = Exit::stopped;
    outcome.failures.push_back({"guard-stopped", Exit::stopped, "31 would be created", {}, {}});
    for (auto& what : outcome.exports) what.handled = Handled::guarded;
  });
  start();
  pass(1h);
  EXPECT_EQ(told("source leads is held by the guard: 31 would be created").size(), 1U);
  EXPECT_THAT(supervisor_->activity().troubles, ::testing::SizeIs(1));
  fs::remove(file);
  pass(1h);
  EXPECT_THAT(supervisor_->activity().troubles, IsEmpty());
  EXPECT_THAT(notices_, ElementsAre("trouble guard leads", "recovered guard leads"));
}

TEST_F(SupervisorTest, ALedgerThatAnotherHoldsIsWaitedFor) {
  given("leads.csv", 1h);
  engine_.script.push_back(
      [](sync::SyncOutcome&) { throw LedgerError(LedgerError::Kind::held, "process 7 holds it"); });
  start();
  pass(9s);
  EXPECT_EQ(engine_.syncs.size(), 1U);
  pass(2s);
  EXPECT_EQ(engine_.syncs.size(), 2U);
}

TEST_F(SupervisorTest, ADamagedLedgerEndsIt) {
  given("leads.csv", 1h);
  engine_.script.push_back([](sync::SyncOutcome&) {
    throw LedgerError(LedgerError::Kind::damaged, "the ledger is damaged");
  });
  start();
  pass(1s);
  EXPECT_TRUE(ended_);
  EXPECT_THROW(std::rethrow_exception(error_), LedgerError);
}

TEST_F(SupervisorTest, IsNotReadyWithoutALedger) {
  engine_.prepare_error = LedgerError::Kind::cannot_write;
  start();
  EXPECT_FALSE(ready_);
  EXPECT_TRUE(ended_);
}

TEST_F(SupervisorTest, ALedgerThatAnotherCommandHoldsAtTheStartIsWaitedFor) {
  engine_.prepare_error = LedgerError::Kind::held;
  start();
  EXPECT_TRUE(ready_);
  EXPECT_FALSE(ended_);
  EXPECT_EQ(told("it is tried again and again").size(), 1U);
  pass(11s);
  EXPECT_EQ(engine_.syncs.size(), 1U);  // of what may have waited
  EXPECT_THAT(supervisor_->activity().troubles, IsEmpty());
}

TEST_F(SupervisorTest, AfterAReloadALedgerThatCannotBeWrittenIsWaitedFor) {
  engine_.prepare_error = LedgerError::Kind::cannot_write;
  resumes_ = true;
  start();
  EXPECT_TRUE(ready_);
  EXPECT_FALSE(ended_);
}

TEST_F(SupervisorTest, StoppingDrainsWhatIsUnderWay) {
  given("leads.csv", 1h);
  engine_.duration = 48h;
  start();
  supervisor_->stop();
  pass(1ms);
  EXPECT_TRUE(ended_);
  EXPECT_TRUE(engine_.syncs.at(0).drained);
  EXPECT_TRUE(watch_.stopped);
  EXPECT_LT(clock_.elapsed(), 1min);
}

TEST_F(SupervisorTest, AClockThatIsSetMovesTheDailyTime) {
  config_.sources[0].schedule = "daily 12:00 UTC";
  start();
  given("leads.csv", 1h);
  clock_.set_wall(clock_.wall() + 24h * 365);
  pass(5min);
  EXPECT_EQ(told("the machine's clock was set").size(), 1U);
  EXPECT_THAT(engine_.syncs, IsEmpty());
  pass(2h);
  EXPECT_EQ(engine_.syncs.size(), 1U);
}

TEST_F(SupervisorTest, WhatIsUnderWayBeginsAnewWhenTheClockIsSet) {
  engine_.waiting_at_start = 5;
  engine_.duration = 48h;
  engine_.script.push_back(leaves(5));
  start();
  pass(1h);
  clock_.set_wall(clock_.wall() - 24h);
  engine_.duration = 100ms;
  pass(2s);
  ASSERT_EQ(engine_.syncs.size(), 2U);
  EXPECT_TRUE(engine_.syncs[0].drained);
}

TEST_F(SupervisorTest, AChangedMappingIsSaidOnceAndWaitsForTheReload) {
  start();
  folder_.write("mapping.yaml", std::string(mapping_text) + "# changed\n");
  pass(1h);
  ASSERT_EQ(told("mapping").size(), 1U);
  EXPECT_THAT(told("mapping").front(), HasSubstr("reload"));
}

TEST_F(SupervisorTest, SomebodyIsToldOfTroubleAndThatItHasPassed) {
  given("leads.csv", 1h);
  engine_.script.push_back(halted(Halt::unavailable, "down"));
  start();
  pass(1h);
  EXPECT_THAT(notices_, ElementsAre("trouble service", "recovered service"));
}

TEST_F(SupervisorTest, SomebodyIsToldOfRowsThatNeedAPersonWhenThereAreMore) {
  for (const std::uint64_t rows : {2U, 2U, 3U, 1U, 2U})
    engine_.script.push_back([=](sync::SyncOutcome& outcome) { outcome.need_person = rows; });
  start();
  for (int i = 0; i < 5; ++i) {
    given("leads" + std::to_string(i) + ".csv", 1h);
    pass(2min);
  }
  EXPECT_EQ(engine_.syncs.size(), 5U);
  EXPECT_THAT(notices_, ElementsAre("needs-person rows", "needs-person rows", "needs-person rows"));
}

TEST_F(SupervisorTest, WhatNeededAPersonBeforeItStartedIsNotToldAgain) {
  engine_.needing_at_start = 2;
  for (const std::uint64_t rows : {2U, 3U})
    engine_.script.push_back([=](sync::SyncOutcome& outcome) { outcome.need_person = rows; });
  start();
  given("leads1.csv", 1h);
  pass(2min);
  EXPECT_THAT(notices_, IsEmpty());
  given("leads2.csv", 1h);
  pass(2min);
  EXPECT_THAT(notices_, ElementsAre("needs-person rows"));
}

TEST_F(SupervisorTest, SomebodyIsToldWhenNothingHasSucceededForLong) {
  config_.notify.emplace();
  config_.notify->silence = 6h;
  start();
  pass(7h);
  EXPECT_THAT(notices_, ElementsAre("silent silence"));
  pass(24h);
  EXPECT_EQ(notices_.size(), 1U);
  given("leads.csv", 1h);
  pass(2min);
  EXPECT_THAT(notices_, ElementsAre("silent silence", "recovered silence"));
}

TEST_F(SupervisorTest, RunsThatFailAreNoSuccess) {
  config_.notify.emplace();
  config_.notify->silence = 6h;
  for (int i = 0; i < 8; ++i)
    engine_.script.push_back([](sync::SyncOutcome& outcome) { outcome.exit = Exit::invalid; });
  start();
  for (int i = 0; i < 8; ++i) {
    given("leads" + std::to_string(i) + ".csv", 1h);
    pass(1h);
  }
  EXPECT_EQ(engine_.syncs.size(), 8U);
  EXPECT_THAT(notices_, ElementsAre("silent silence"));
}

TEST_F(SupervisorTest, SaysWhatIsGoingOn) {
  given("leads.csv", 1h);
  engine_.duration = 10s;
  engine_.now.reading = true;
  engine_.now.bytes_read = 10;
  engine_.now.bytes_total = 100;
  engine_.now.admitted = 5;
  engine_.now.done = 2;
  engine_.now.waited = 1;
  start();
  EXPECT_EQ(in_words(supervisor_->activity()), "reading leads.csv of source leads");
  engine_.now.reading = false;
  EXPECT_EQ(in_words(supervisor_->activity()), "sending: 2 of 6 rows");
  pass(20s);
  EXPECT_EQ(in_words(supervisor_->activity()), "idle");
}

}  // namespace
}  // namespace referrald::inbox
