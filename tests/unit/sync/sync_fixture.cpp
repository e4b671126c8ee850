#include "tests/unit/sync/sync_fixture.hpp"

#include <fstream>

#include <fmt/format.h>
#include <unistd.h>

#include "daemon/spawn.hpp"
#include "daemon/sync/outcome_log.hpp"

namespace referrald::test {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

struct Killed : std::runtime_error {
  Killed() : std::runtime_error("killed") {}
};

constexpr const char* mapping = R"(
include:
  - { column: Include, in: [yes] }
deal: ${Deal}
referral:
  externalReferenceId: ${Id}
  name: ${Name | required}
  qualification: SalesQualified
  target: []
  customerProfile:
    name: Fabrikam
    address: { addressLine1: Main Street 1, city: Munich, country: DE }
    team:
      - { firstName: Ada, lastName: Example, email: ada@example.com, phoneNumber: "+4900000" }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details:
    dealValue: 1000
    currency: EUR
    closingDateTime: "2027-03-31T00:00:00Z"
    requirements:
      solutions:
        - { type: Name, id: SOL-12345-ABC }
  team:
    - { firstName: Sam, lastName: Seller, email: sam@example.com, phoneNumber: "+4900001" }
invitation:
  notes: ${Help}
  assistanceRequestCode: GeneralOrOther
)";

}  // namespace

sync::LedgerWork MortalLedger::mortal(sync::LedgerWork work) {
  return [this, work = std::move(work)](persistence::Ledger& ledger) {
    if (lives_-- <= 0) throw Killed();
    work(ledger);
  };
}

asio::awaitable<void> MortalLedger::run(sync::LedgerWork work) {
  sync::LedgerWork wrapped = mortal(std::move(work));
  co_await inner_->run(std::move(wrapped));
}

void MortalLedger::post(sync::LedgerWork work, std::function<void(std::exception_ptr)> done) {
  inner_->post(mortal(std::move(work)), std::move(done));
}

std::future<void> MortalLedger::submit(sync::LedgerWork work,
                                       std::function<void(std::exception_ptr)> done) {
  return inner_->submit(mortal(std::move(work)), std::move(done));
}

SyncTest::SyncTest() {
  fs::create_directories(folder / "in");
  clock_ = std::make_unique<VirtualClock>();
  random_ = std::make_unique<SeededRandom>(7);
  world = std::make_unique<PartnerCenterWorld>(*clock_);
  tokens = std::make_unique<SignedIn>();
  std::ofstream(folder / "mapping.yaml") << mapping;
  config.file = folder / "referrald.yaml";
  config.partner_center.auth.tenant = "contoso.onmicrosoft.com";
  config.ledger = folder / "ledger.db";
  config.submission.rate.reset();
  config.submission.retry = {8, std::chrono::milliseconds{1'000},
                             std::chrono::milliseconds{60'000}};
  config::Source source;
  source.name = "leads";
  source.exports = folder / "in" / "*";
  source.mapping = folder / "mapping.yaml";
  source.settle = std::chrono::milliseconds{0};
  config.sources.push_back(source);
}

SyncTest::~SyncTest() = default;

fs::path SyncTest::given_file(const std::string& name, const std::string& content) {
  const auto file = folder / "in" / name;
  std::ofstream(file, std::ios::binary) << content;
  return file;
}

fs::path SyncTest::given_export(const std::string& name, const std::vector<RowSpec>& rows) {
  std::string text = "Id,Name,Deal,Help,Include\r\n";
  for (const auto& row : rows) {
    text += fmt::format("{},\"{}\",{},{},yes\r\n", row.id, row.name, row.deal, row.help);
  }
  return given_file(name, text);
}

fs::path SyncTest::given_young_export(const std::string& name, const std::vector<RowSpec>& rows) {
  const auto file = given_export(name, rows);
  fs::last_write_time(file, std::chrono::file_clock::from_sys(clock_->wall()));
  return file;
}

std::optional<sync::SyncOutcome> SyncTest::sync(const Options& options) {
  sync::Request request;
  request.exports = options.exports;
  auto work = sync::make_work_list(config, request);
  auto ledger = persistence::open_for_writing(config.ledger, clock_->wall());
  if (!first_sync) ledger->set_note("tenant", "known");
  auto queue = std::make_unique<MortalLedger>(sync::make_inline_ledger(*ledger, io_.get_executor()),
                                              options.dies_after.value_or(1'000'000'000));
  int pieces = 0;
  sync::SyncParts parts{
      config,
      *queue,
      [this] { return maps_all_rows ? nullptr : persistence::open_for_reading(config.ledger); },
      *world,
      *tokens,
      *clock_,
      *random_,
      log,
      [&](std::function<void()> what) -> asio::awaitable<void> {
        what();
        if (options.after_blocking_work) options.after_blocking_work(++pieces);
        co_return;
      }};
  sync::SyncRun run(std::move(parts), std::move(work), options.limit, options.confirm,
                    options.without_adopt);
  std::unique_ptr<submission::Timer> drain = clock_->timer();
  std::unique_ptr<submission::Timer> interference = clock_->timer();
  if (options.interfere) {
    const auto at = clock_->steady() + options.interfere_after;
    auto act = [](submission::Timer& timer, submission::SteadyTime when,
                  std::function<void()> what) -> asio::awaitable<void> {
      const bool reached = co_await timer.wait_until(when);
      if (reached) what();
    };
    spawn(io_.get_executor(), act(*interference, at, options.interfere));
  }
  if (options.drain_after) {
    const auto at = clock_->steady() + *options.drain_after;
    auto stop = [](submission::Timer& timer, submission::SteadyTime when,
                   sync::SyncRun& what) -> asio::awaitable<void> {
      const bool reached = co_await timer.wait_until(when);
      if (reached) what.drain();
    };
    spawn(io_.get_executor(), stop(*drain, at, run));
  }
  std::optional<sync::SyncOutcome> outcome;
  try {
    outcome = await(io_, *clock_, run.run());
    sync::log_outcome(log, *outcome);
  } catch (const Killed&) {
  }
  drain->wake();
  interference->wake();
  run_ready(io_, *clock_);
  return outcome;
}

std::unique_ptr<persistence::Ledger> SyncTest::writer() {
  return persistence::open_for_writing(config.ledger, clock_->wall());
}

sync::AdoptOutcome SyncTest::adopt(std::size_t pages) {
  const auto ledger = writer();
  sync::Tenant tenant({config, *ledger, *world, *tokens, *clock_, *random_, log});
  const auto fault = world->fault;
  world->fault = [&, seen = std::size_t{0}](const submission::Request& request) mutable {
    if (++seen >= pages) tenant.stop();
    return fault(request);
  };
  auto outcome = await(io_, *clock_, tenant.adopt());
  world->fault = fault;
  return outcome;
}

sync::PullOutcome SyncTest::pull() {
  const auto ledger = writer();
  sync::Tenant tenant({config, *ledger, *world, *tokens, *clock_, *random_, log});
  return await(io_, *clock_, tenant.pull());
}

std::unique_ptr<persistence::Ledger> SyncTest::reader() const {
  return persistence::open_for_reading(config.ledger);
}

persistence::State SyncTest::state_of(const std::string& id) const {
  const auto row = reader()->find(id);
  if (!row) throw std::runtime_error("no row " + id);
  return row->state;
}

void SyncTest::expect_exactly_once(const std::vector<RowSpec>& rows) const {
  std::size_t expected = 0;
  for (const auto& row : rows) {
    const bool co_sell = row.deal == "co-sell";
    EXPECT_EQ(world->own(row.id), 1u) << row.id;
    EXPECT_EQ(world->microsofts(row.id), co_sell ? 1u : 0u) << row.id;
    expected += co_sell ? 2 : 1;
  }
  EXPECT_EQ(world->held().size(), expected);
}

}  // namespace referrald::test
