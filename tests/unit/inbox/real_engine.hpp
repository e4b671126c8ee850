// The daemon's engine with real runs and a real ledger, in virtual time, for an API in memory.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "config/config.hpp"
#include "daemon/inbox/engine.hpp"
#include "daemon/log.hpp"
#include "daemon/submission/rate_limit.hpp"
#include "daemon/submission/token.hpp"
#include "daemon/submission/transport.hpp"

namespace referrald::test {

// All of it outlives the engine.
struct RealEngineParts {
  const config::Config& config;
  boost::asio::any_io_executor executor;
  submission::Clock& clock;
  submission::Random& random;
  Log& log;
  submission::Transport& api;
  submission::TokenSource& tokens;
  // Called before the ledger is opened for writing and before each piece of work in it; what it
  // throws, a full disk or a death, ends both.
  std::function<void()> before_writing;
};

// As daemon/commands has it, without threads and network.
class RealEngine final : public inbox::Engine {
 public:
  explicit RealEngine(RealEngineParts parts) : parts_(std::move(parts)) {}

  boost::asio::awaitable<inbox::Backlog> prepare() override;
  boost::asio::awaitable<sync::SyncOutcome> sync(sync::WorkList work) override;
  boost::asio::awaitable<inbox::Probed> probe() override;
  boost::asio::awaitable<std::vector<persistence::HandledExport>> handled(
      const std::string& source) override;
  void drain() override;
  sync::SyncProgress progress() const override;

 private:
  std::unique_ptr<persistence::Ledger> open() const;

  RealEngineParts parts_;
  std::optional<submission::RateHistory> rate_;
  sync::SyncRun* run_ = nullptr;          // under way
  submission::Client* probed_ = nullptr;  // the same of a probe
  // What a look was answered, until a sync may have changed it: looks are many.
  std::map<std::string, std::vector<persistence::HandledExport>> handled_;
};

}  // namespace referrald::test
