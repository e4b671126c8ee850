// A machine that runs the daemon in virtual time: folders, a ledger, a clock that can be set
// wrong, a service manager that starts it again; and a Partner Center in memory.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "daemon/inbox/supervisor.hpp"
#include "daemon/recording_log.hpp"
#include "tests/support/partner_center_world.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/virtual_clock.hpp"
#include "tests/unit/inbox/real_engine.hpp"

namespace referrald::test {

// The service's: nobody sets it.
class ServiceClock final : public submission::Clock {
 public:
  explicit ServiceClock(submission::Clock& machine)
      : machine_(machine), ahead_(machine.wall().time_since_epoch() - since_boot()) {}

  submission::WallTime wall() const override { return submission::WallTime{ahead_ + since_boot()}; }
  submission::SteadyTime steady() const override { return machine_.steady(); }
  std::unique_ptr<submission::Timer> timer() override { return machine_.timer(); }

 private:
  std::chrono::milliseconds since_boot() const {
    return std::chrono::floor<std::chrono::milliseconds>(machine_.steady().time_since_epoch());
  }

  submission::Clock& machine_;
  std::chrono::milliseconds ahead_;
};

// Signed in, unless the sign-in was withdrawn.
class RevocableSignIn final : public submission::TokenSource {
 public:
  boost::asio::awaitable<submission::TokenResult> get() override;
  void reject(const std::string&) override {}
  void stop() override {}
  bool revoked = false;
};

// Events come when a test tells them.
class ScriptedWatch final : public inbox::FolderWatch {
 public:
  bool watch(const std::filesystem::path&) override { return true; }
  void on_event(std::function<void(const inbox::FolderEvent&)> told) override {
    told_ = std::move(told);
  }
  void stop() override { told_ = {}; }
  void tell(const inbox::FolderEvent& event) const {
    if (told_) told_(event);
  }

 private:
  std::function<void(const inbox::FolderEvent&)> told_;
};

class SimulatedHost {
 public:
  // A notice, and when.
  struct Told {
    std::chrono::milliseconds at{};  // since the beginning
    int process = 0;                 // which of those that were started
    bool began = false;              // else: passed
    std::string subject, message;
  };
  // A request that left.
  struct Sent {
    submission::SteadyTime at{};
    int process = 0;
    std::string day;  // by the machine's clock
  };

  explicit SimulatedHost(std::uint64_t seed);
  ~SimulatedHost();

  void start();
  // Told to stop, it drains; and another one is started.
  void reload();
  // It dies after so many more pieces of work in the ledger; and is started again soon.
  void kill_after(int pieces) { lives_ = pieces; }

  // Something is to happen then, since the beginning.
  void at(std::chrono::milliseconds time, std::function<void()> what);
  // Time goes by until then.
  void pass_until(std::chrono::milliseconds time);

  // A file is renamed into place; the daemon is told, or finds it.
  void rename_into_place(const std::filesystem::path& file, const std::string& content, bool told);
  // It is written where it is, in two pieces some seconds apart.
  void write_slowly(const std::filesystem::path& file, const std::string& content);

  TemporaryFolder folder{folder_in_memory()};
  config::Config config;

 private:
  boost::asio::io_context io_;

 public:
  VirtualClock clock;
  ServiceClock service_clock{clock};
  SeededRandom chance;
  PartnerCenterWorld world{service_clock};
  RevocableSignIn sign_in;
  RecordingLog log{LogLevel::info};
  std::function<Fault()> fault = [] { return Fault::none; };
  bool disk_full = false;
  std::vector<Told> told;
  std::vector<Sent> sent;
  std::map<inbox::Notice::Kind, int> notices;
  int deaths = 0;

  int processes() const { return process_; }
  inbox::Activity activity() const { return supervisor_->activity(); }

 private:
  struct Died : std::runtime_error {
    Died() : std::runtime_error("killed") {}
  };

  void before_writing();
  void noticed(const inbox::Notice& notice);
  void end_process();
  void tend();
  void stamp(const std::filesystem::path& file) const;

  std::map<std::string, sync::LoadedMapping> mappings_;
  std::multimap<std::chrono::milliseconds, std::function<void()>> agenda_;
  ScriptedWatch watch_;
  std::unique_ptr<RealEngine> engine_;
  std::unique_ptr<inbox::Supervisor> supervisor_;
  int process_ = 0;
  std::optional<int> lives_;  // until it is killed
  bool ended_ = true;
  bool stopped_ = false;  // on purpose
  std::exception_ptr error_;
};

}  // namespace referrald::test
