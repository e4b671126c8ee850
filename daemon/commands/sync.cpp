#include "daemon/commands/sync.hpp"

#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <fmt/format.h>

#include "daemon/commands/background.hpp"
#include "daemon/commands/report.hpp"
#include "daemon/commands/service.hpp"
#include "daemon/commands/sign_in_health.hpp"
#include "daemon/commands/signal_watch.hpp"
#include "daemon/commands/sync_metrics.hpp"
#include "daemon/commands/sync_options.hpp"
#include "daemon/commands/sync_report.hpp"
#include "daemon/commands/ticker.hpp"
#include "daemon/progress.hpp"
#include "daemon/spawn.hpp"
#include "daemon/submission/real_clock.hpp"
#include "daemon/sync/ledger_queue.hpp"
#include "daemon/sync/sync_run.hpp"

namespace referrald::commands {
namespace {

namespace asio = boost::asio;

struct SyncOptions {
  sync::Request request;
  bool confirm = false;
  bool without_adopt = false;
  bool no_progress = false;
  bool json = false;
};

constexpr std::chrono::milliseconds progress_interval{100};

void show(Progress& progress, const sync::SyncProgress& now) {
  ProgressState state;
  state.phase = now.reading ? "reading and sending" : "sending";
  state.done = now.done;
  if (now.admitted + now.waited > 0 && !now.reading) state.total = now.admitted + now.waited;
  progress.update(state);
}

asio::awaitable<sync::SyncOutcome> run_and_close(sync::SyncRun& run, Service& service) {
  sync::SyncOutcome outcome;
  std::exception_ptr error;
  try {
    outcome = co_await run.run();
  } catch (...) {
    error = std::current_exception();
  }
  co_await service.close();
  if (error) std::rethrow_exception(error);
  co_return outcome;
}

sync::SyncOutcome run_to_end(asio::io_context& io, sync::SyncRun& run, Service& service,
                             submission::Clock& clock, Globals& globals, bool shown) {
  SignalWatch signals(
      io.get_executor(), [&run] { run.drain(); }, *globals.log);
  Progress progress(
      globals.console, *globals.log, [] { return std::chrono::steady_clock::now(); },
      shown ? Progress::Shown::yes : Progress::Shown::no);
  Ticker ticker(clock, progress_interval);
  spawn(io.get_executor(), ticker.run([&] { show(progress, run.progress()); }));
  std::exception_ptr error;
  std::optional<sync::SyncOutcome> outcome;
  spawn(io.get_executor(), keeping(run_and_close(run, service), outcome),
        [&](std::exception_ptr failure) {
          error = std::move(failure);
          progress.done();
          ticker.stop();
          signals.stop();
        });
  ask_for_short_turns();
  io.run();
  if (error) std::rethrow_exception(error);
  return std::move(*outcome);
}

Exit sync_exports(Globals& globals, const SyncOptions& options) {
  const config::Config config = load_config(globals);
  auto work = sync::make_work_list(config, options.request);
  for (const auto& name : work.without_files) {
    globals.log->write("source-empty", {{"source", name}});
  }
  const bool named = work.named;
  auto ledger = persistence::open_for_writing(config.ledger, globals.now());

  asio::io_context io(1);
  asio::thread_pool pool(1);
  const auto clock = submission::make_clock(io.get_executor());
  const auto random = submission::make_random();
  Service service(config, io.get_executor(), *clock, *random);
  SyncMetrics metrics(config, work.sources, globals.now());
  const auto queue = sync::make_ledger_thread(*ledger, io.get_executor());
  sync::SyncParts parts{
      config,
      *queue,
      [&] { return persistence::open_for_reading(config.ledger); },
      service.api(),
      service.tokens(),
      *clock,
      *random,
      *globals.log,
      [&pool](std::function<void()> what) { return in_background(pool, std::move(what)); },
      nullptr,
      [] { std::this_thread::sleep_for(std::chrono::milliseconds{1}); },
      metrics.on_call(),
      !summary_is_read_by_a_person(globals)};
  sync::SyncRun run(std::move(parts), std::move(work), options.request.limit, options.confirm,
                    options.without_adopt);
  const auto outcome = run_to_end(io, run, service, *clock, globals, !options.no_progress);
  // Behind the run, which may have renewed what would have been warned of.
  metrics.write(outcome, globals.now(), *globals.log);
  log_warnings(sign_in_health(config.partner_center.auth, globals.now()), *globals.log);
  report(globals, outcome);
  globals.out.write(options.json ? sync_json(outcome) : sync_text(outcome, named));
  return outcome.exit;
}

}  // namespace

void add_sync(CommandLine& line, Globals& globals) {
  const auto options = std::make_shared<SyncOptions>();
  Command command = line.add("sync", "bring Partner Center up to date with exports, then exit");
  add_request_options(command, options->request);
  command.flag("--confirm", options->confirm, "pass the guard")
      .flag("--without-adopt", options->without_adopt,
            "send though Partner Center holds referrals that this new ledger does not know, now "
            "and from now on")
      .flag("--no-progress", options->no_progress, "show no progress")
      .flag("--json", options->json, "print the summary as JSON")
      .runs([&globals, options] { return sync_exports(globals, *options); });
}

}  // namespace referrald::commands
