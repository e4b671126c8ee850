// A supervisor in virtual time, whose syncs are scripted.
#pragma once

#include <deque>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/inbox/supervisor.hpp"
#include "daemon/recording_log.hpp"
#include "daemon/spawn.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/virtual_clock.hpp"

namespace referrald::inbox {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace fs = std::filesystem;
using persistence::Handled;
using persistence::LedgerError;
using submission::Halt;

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
    co_return Backlog{waiting_at_start, needing_at_start, cut_off};
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
    ++asked;
    if (handled_error) throw LedgerError(*handled_error, "process 7 holds the ledger");
    co_return handled_[source];
  }

  void drain() override {
    drained_ = true;
    timer_->wake();
  }
  sync::SyncProgress progress() const override { return now; }

  std::chrono::milliseconds duration{100};
  std::uint64_t waiting_at_start = 0, needing_at_start = 0;
  bool cut_off = false;  // the run before the start
  std::optional<LedgerError::Kind> prepare_error;
  std::optional<LedgerError::Kind> handled_error;
  std::size_t asked = 0;  // handled() was
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
    supervisor_.emplace(SupervisorParts{
        config_,
        mappings_,
        engine_,
        watch_,
        clock_,
        chance_,
        log_,
        [this](std::function<void()> work) -> asio::awaitable<void> {
          if (meanwhile_) std::exchange(meanwhile_, {})();
          work();
          co_return;
        },
        {},
        {},
        [this](const Notice& notice) {
          notices_.push_back(std::string(to_string(notice.kind)) + ' ' + notice.subject);
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
  std::function<void()> meanwhile_;  // what happens once during the next piece of blocking work
  bool ready_ = false;
  bool ended_ = false;
  std::exception_ptr error_;
  int files_ = 0;
};

}  // namespace referrald::inbox
