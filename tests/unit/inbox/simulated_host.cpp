#include "tests/unit/inbox/simulated_host.hpp"

#include <utility>

#include <gtest/gtest.h>

#include "daemon/spawn.hpp"
#include "daemon/submission/wire.hpp"

namespace referrald::test {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using inbox::Notice;
using persistence::LedgerError;

// As the unit file has it.
constexpr std::chrono::seconds restart_after{5};
constexpr std::chrono::seconds between_pieces{5};
// More without time going by is a loop without end.
constexpr int most_turns_at_once = 10'000;

}  // namespace

asio::awaitable<submission::TokenResult> RevocableSignIn::get() {
  if (revoked)
    co_return submission::token_failure(submission::TokenResult::Kind::not_authorised,
                                        "the sign-in is refused; sign in again");
  submission::TokenResult result;
  result.access_token = "token";
  co_return result;
}

SimulatedHost::SimulatedHost(std::uint64_t seed) : chance(seed) {
  config.file = folder / "referrald.yaml";
  config.partner_center.auth.tenant = "contoso.onmicrosoft.com";
  config.ledger = folder / "ledger.db";
  world.fault = [this](const submission::Request&) {
    const auto what = fault();
    if (what != Fault::not_sent)
      sent.push_back(
          {clock.steady(), process_, submission::format_time(clock.wall()).substr(0, 10)});
    return what;
  };
}

SimulatedHost::~SimulatedHost() {
  fault = [] { return Fault::none; };
  disk_full = false;
  lives_.reset();
  if (ended_) return;
  stopped_ = true;
  supervisor_->stop();
  run_until(io_, clock, [this] { return ended_; });
}

// -- the daemon -----------------------------------------------------------------------------------

void SimulatedHost::start() {
  ++process_;
  stopped_ = ended_ = false;
  lives_.reset();
  mappings_ = sync::load_mappings(config);
  engine_ =
      std::make_unique<RealEngine>(RealEngineParts{config, io_.get_executor(), clock, chance, log,
                                                   world, sign_in, [this] { before_writing(); }});
  inbox::SupervisorParts parts{config,
                               mappings_,
                               *engine_,
                               watch_,
                               clock,
                               chance,
                               log,
                               [](std::function<void()> work) -> asio::awaitable<void> {
                                 work();
                                 co_return;
                               },
                               {},
                               {},
                               [this](const Notice& notice) { noticed(notice); }};
  supervisor_ = std::make_unique<inbox::Supervisor>(std::move(parts));
  spawn(io_.get_executor(), supervisor_->run([] {}), [this](std::exception_ptr error) {
    ended_ = true;
    error_ = std::move(error);
  });
  run_ready(io_, clock);
}

void SimulatedHost::reload() {
  if (ended_) return;  // it is being started anyway
  stopped_ = true;
  supervisor_->stop();
}

void SimulatedHost::before_writing() {
  if (lives_ && (*lives_)-- <= 0) throw Died();
  if (disk_full) throw LedgerError(LedgerError::Kind::cannot_write, "the disk is full");
}

void SimulatedHost::noticed(const Notice& notice) {
  ++notices[notice.kind];
  const bool began = notice.kind == Notice::Kind::trouble || notice.kind == Notice::Kind::silent;
  if (began || notice.kind == Notice::Kind::recovered)
    told.push_back({clock.elapsed(), process_, began, notice.subject, notice.message});
}

// Whatever ended it, the service manager starts it again.
void SimulatedHost::tend() {
  if (!ended_ || !supervisor_) return;
  try {
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
    EXPECT_TRUE(stopped_) << "it has ended by itself";
  } catch (const Died&) {
    ++deaths;
  }
  supervisor_.reset();
  engine_.reset();
  at(clock.elapsed() + (stopped_ ? std::chrono::seconds{0} : restart_after), [this] { start(); });
}

// -- time -----------------------------------------------------------------------------------------

void SimulatedHost::at(std::chrono::milliseconds time, std::function<void()> what) {
  agenda_.emplace(time, std::move(what));
}

void SimulatedHost::pass_until(std::chrono::milliseconds time) {
  const auto beginning = clock.steady() - clock.elapsed();
  int turns = 0;
  while (true) {
    auto next = beginning + time;
    const bool planned = !agenda_.empty() && beginning + agenda_.begin()->first <= next;
    if (planned) next = beginning + agenda_.begin()->first;
    const auto expiry = clock.next_expiry();
    const bool sooner = expiry && *expiry < next;
    if (sooner) next = *expiry;
    turns = next > clock.steady() ? 0 : turns + 1;
    if (turns > most_turns_at_once) throw std::runtime_error("time does not go by");
    clock.advance_to(next);
    if (planned && !sooner) {
      const auto what = std::move(agenda_.begin()->second);
      agenda_.erase(agenda_.begin());
      what();
    }
    run_ready(io_, clock);
    tend();
    if (!planned && !sooner) return;
  }
}

// -- files ----------------------------------------------------------------------------------------

void SimulatedHost::stamp(const fs::path& file) const {
  fs::last_write_time(file, std::chrono::file_clock::from_sys(clock.wall()));
}

void SimulatedHost::rename_into_place(const fs::path& file, const std::string& content,
                                      bool told_of) {
  const auto beside = file.parent_path() / ("." + file.filename().string());
  write_content(beside, content);
  stamp(beside);
  fs::rename(beside, file);
  if (told_of) watch_.tell({file.parent_path(), file.filename().string(), true});
}

void SimulatedHost::write_slowly(const fs::path& file, const std::string& content) {
  write_content(file, content.substr(0, content.size() / 2));
  stamp(file);
  watch_.tell({file.parent_path(), file.filename().string(), false});
  at(clock.elapsed() + between_pieces, [this, file, content] {
    if (!fs::exists(file)) ADD_FAILURE() << file << " was taken while it was being written";
    write_content(file, content);
    stamp(file);
  });
}

}  // namespace referrald::test
