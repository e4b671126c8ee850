// What the parts of a sync cost, one by one, with rows of a real size.
//
//     make_export 20000 > leads.csv; parts_bench leads.csv [options of Google Benchmark]
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <boost/beast/core/error.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "config/diagnostics.hpp"
#include "daemon/submission/decision.hpp"
#include "daemon/submission/http_message.hpp"
#include "mapping/fingerprint.hpp"
#include "mapping/mapping.hpp"
#include "mapping/plan.hpp"
#include "mapping/rules.hpp"
#include "persistence/ledger.hpp"

namespace {

namespace config = referrald::config;
namespace fs = std::filesystem;
namespace mapping = referrald::mapping;
namespace persistence = referrald::persistence;
namespace submission = referrald::submission;

// Set by main().
fs::path export_file;
fs::path mapping_file;

void fail(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::exit(1);
}

std::string said(const config::Problems& problems) {
  std::string out;
  for (const auto& one : problems.list()) out += config::to_string(one) + "\n";
  return out;
}

// A file for as long as the object lives.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / fmt::format("parts-bench-{}", ::getpid())) {
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

// Rows of the export with their cells kept, and the mapping bound to its header.
struct Leads {
  Leads() {
    config::Problems problems;
    mapping = mapping::load_mapping(mapping_file, problems);
    if (!mapping) fail(said(problems));
    const auto reader = mapping::open_export(export_file, mapping->format(), mapping->columns());
    bound = mapping->bind(*reader, problems);
    if (!bound) fail(said(problems));
    mapping::Row row;
    while (rows.size() < most && reader->next(row)) {
      auto& kept = texts.emplace_back(row.cells.begin(), row.cells.end());
      rows.push_back(row);
      rows.back().record = {};
      rows.back().cells.assign(kept.begin(), kept.end());
      auto outcome = bound->map(rows.back());
      if (auto* good = std::get_if<mapping::Mapped>(&outcome)) mapped.push_back(std::move(*good));
    }
    if (mapped.empty()) fail("no row of the export can be sent");
  }

  static constexpr std::size_t most = 512;
  std::unique_ptr<mapping::Mapping> mapping;
  std::unique_ptr<mapping::BoundMapping> bound;
  std::vector<std::vector<std::string>> texts;
  std::vector<mapping::Row> rows;
  std::vector<mapping::Mapped> mapped;
};

const Leads& leads() {
  static const Leads loaded;
  return loaded;
}

const mapping::FingerprintKey key{{1, 2, 3}};

void count_items(benchmark::State& state, std::size_t each) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(each));
}

// -- CSV, templates, rules, fingerprints ----------------------------------------------------------

void read_csv(benchmark::State& state) {
  std::size_t rows = 0;
  std::int64_t bytes = 0;
  for (auto _ : state) {
    const auto reader = mapping::open_export(export_file);
    mapping::Row row;
    for (rows = 0; reader->next(row); ++rows) benchmark::DoNotOptimize(row.cells.data());
    bytes += static_cast<std::int64_t>(fs::file_size(export_file));
  }
  state.SetBytesProcessed(bytes);
  count_items(state, rows);
}
BENCHMARK(read_csv)->Unit(benchmark::kMillisecond);

// The templates of every member, and what they take from the row.
void map_rows(benchmark::State& state) {
  for (auto _ : state)
    for (const auto& row : leads().rows) benchmark::DoNotOptimize(leads().bound->map(row));
  count_items(state, leads().rows.size());
}
BENCHMARK(map_rows);

void evaluate_template(benchmark::State& state, const char* text, const char* cell) {
  mapping::FilterSettings settings;
  settings.numbers = *mapping::number_format("en-US");
  mapping::Columns columns;
  config::Problems problems;
  const auto made = mapping::Template::parse(text, settings, columns, {}, problems);
  if (!problems.empty()) fail(said(problems));
  const std::vector<mapping::Cell> cells(columns.names().size(), mapping::Cell{cell});
  std::vector<mapping::Template::Fault> faults;
  for (auto _ : state) {
    mapping::Scalar out;
    made.evaluate(cells, settings, out, faults);
    benchmark::DoNotOptimize(out.text.data());
  }
  if (!faults.empty()) fail(faults.front().failure.message);
  count_items(state, 1);
}
BENCHMARK_CAPTURE(evaluate_template, cell, "${Topic}", "Kubernetes platform");
BENCHMARK_CAPTURE(evaluate_template, text_around, "Lead ${Topic} of ${Owner}", "Contoso");
BENCHMARK_CAPTURE(evaluate_template, truncate, "${Topic | truncate 200}", "Kubernetes platform");
BENCHMARK_CAPTURE(evaluate_template, number, "${Value | number}", "$1,124,741.15");
BENCHMARK_CAPTURE(evaluate_template, date, "${Close | date %m/%d/%Y}", "06/19/2027");
BENCHMARK_CAPTURE(evaluate_template, country, "${Country | country}", "Côte d'Ivoire");

// Takes what is said of a referral, and keeps nothing.
class Deaf : public mapping::RuleContext {
  bool failed(std::string_view) const override { return false; }
  std::string columns(std::string_view) const override { return {}; }
  bool rejects(mapping::Strength strength) const override {
    return strength == mapping::Strength::reject;
  }
  void reject(mapping::Reason reason) override { benchmark::DoNotOptimize(reason.message.data()); }
  void warn(mapping::Code code) override { benchmark::DoNotOptimize(code); }
};

void check_rules(benchmark::State& state) {
  const mapping::CodeLists lists;
  Deaf deaf;
  for (auto _ : state)
    for (const auto& one : leads().mapped)
      mapping::check_rules(one.referral, one.invitation, one.deal, lists, deaf);
  count_items(state, leads().mapped.size());
}
BENCHMARK(check_rules);

void make_fingerprints(benchmark::State& state) {
  for (auto _ : state)
    for (const auto& one : leads().mapped)
      benchmark::DoNotOptimize(mapping::encode(mapping::fingerprint(one.referral, nullptr, key)));
  count_items(state, leads().mapped.size());
}
BENCHMARK(make_fingerprints);

// -- the ledger -----------------------------------------------------------------------------------

constexpr persistence::Timestamp now{std::chrono::milliseconds(1'795'000'000'000)};
constexpr std::size_t group = 128;

std::string id_of(std::size_t row) {
  const auto hash = mapping::text_hash(std::to_string(row));
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", hash >> 32U, hash >> 16U & 0xFFFFU,
                     hash & 0xFFFFU, row & 0xFFFFU, row);
}

// As a sync offers them.
class Offers {
 public:
  Offers() {
    for (const auto& one : leads().mapped) {
      auto& desired = all_.emplace_back();
      desired.deal = "private";
      desired.own_body = mapping::own_body(one);
      desired.fingerprint = mapping::encode(mapping::fingerprint(one.referral, nullptr, key));
    }
  }
  const persistence::Desired& next() {
    auto& desired = all_[number_ % all_.size()];
    desired.external_id = id_of(number_++);
    return desired;
  }
  const persistence::Origin origin{"leads", "leads.csv", 2, std::string(400, 'h'),
                                   std::string(500, 'c')};

 private:
  std::vector<persistence::Desired> all_;
  std::size_t number_ = 0;
};

void stage_in_ledger(benchmark::State& state) {
  const Folder folder;
  const auto ledger = persistence::open_for_writing(folder / "ledger.db", now);
  Offers offers;
  ledger->start_run("sync", now);
  for (auto _ : state) {
    ledger->begin();
    for (std::size_t i = 0; i < group; ++i) ledger->offer(offers.next(), offers.origin, now);
    ledger->commit();
  }
  count_items(state, group);
}
BENCHMARK(stage_in_ledger)->UseRealTime()->Unit(benchmark::kMillisecond);

void claim_and_record(benchmark::State& state) {
  const Folder folder;
  const auto ledger = persistence::open_for_writing(folder / "ledger.db", now);
  Offers offers;
  persistence::Claim claim;
  claim.run = ledger->start_run("sync", now);
  claim.sources = {"leads"};
  const persistence::ReferralIds ids{id_of(1), id_of(2), '"' + id_of(3) + '"',
                                     id_of(4), "Active", "Accepted"};
  for (auto _ : state) {
    state.PauseTiming();
    ledger->begin();
    for (std::size_t i = 0; i < group; ++i) ledger->offer(offers.next(), offers.origin, now);
    ledger->commit();
    state.ResumeTiming();
    ledger->begin();
    const auto intents = ledger->claim(claim, group, now);
    ledger->commit();
    ledger->begin();
    for (const auto& intent : intents) {
      persistence::Settlement done;
      done.row = intent.row;
      done.ids = ids;
      done.at = done.due = now;
      ledger->record(done, claim.run);
    }
    ledger->commit();
  }
  count_items(state, group);
}
BENCHMARK(claim_and_record)->UseRealTime()->Unit(benchmark::kMillisecond);

// In a ledger of so many rows: one by one in no order, and the records of many in order.
struct KnownRows {
  explicit KnownRows(std::size_t rows) {
    ledger = persistence::open_for_writing(folder / "ledger.db", now);
    Offers offers;
    ledger->begin();
    for (std::size_t i = 0; i < rows; ++i) {
      const auto& desired = offers.next();
      const auto offered = ledger->offer(desired, offers.origin, now);
      ledger->see_record(offered.row, desired.external_id, 1 + static_cast<std::int64_t>(i));
      hashes.push_back(ledger->hash_of(desired.external_id));
    }
    ledger->commit();
    ledger->finish_run(ledger->start_run("sync", now), {}, 0, now);
    std::ranges::sort(hashes);
  }
  Folder folder;
  std::unique_ptr<persistence::Ledger> ledger;
  std::vector<std::int64_t> hashes;
};

void look_up_rows(benchmark::State& state) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  const KnownRows known(rows);
  std::size_t at = 0;
  for (auto _ : state) {
    at = (at + 7919) % rows;
    benchmark::DoNotOptimize(known.ledger->classify(id_of(at), "leads", {}));
  }
  count_items(state, 1);
}
BENCHMARK(look_up_rows)->Arg(100'000);

void look_up_records(benchmark::State& state) {
  const KnownRows known(static_cast<std::size_t>(state.range(0)));
  std::vector<persistence::SeenRecord> seen(known.hashes.size());
  for (auto _ : state) known.ledger->seen_records(known.hashes, seen);
  count_items(state, known.hashes.size());
}
BENCHMARK(look_up_records)->Arg(100'000)->Unit(benchmark::kMillisecond);

// -- requests and answers -------------------------------------------------------------------------

// From the mapped row to the bytes that are sent.
void build_requests(benchmark::State& state) {
  submission::Endpoint endpoint;
  endpoint.authority = "api.partnercenter.microsoft.com";
  endpoint.user_agent = "referrald";
  std::string bytes;
  for (auto _ : state)
    for (const auto& one : leads().mapped) {
      submission::Request request;
      request.method = "POST";
      request.target = "/v1.0/engagements/referrals";
      request.headers = {{"Authorization", "Bearer " + std::string(1500, 't')},
                         {"Accept", "application/json"},
                         {"client-request-id", "0b4e2f7c-6d1a-4c9e-8f3b-5a7d9c1e2f40"},
                         {"Content-Type", "application/json"}};
      request.body = mapping::own_body(one);
      submission::check_request(request);
      submission::write_request(endpoint, request, bytes);
      benchmark::DoNotOptimize(bytes.data());
    }
  count_items(state, leads().mapped.size());
}
BENCHMARK(build_requests);

// From the bytes that come to what the ledger is told.
void parse_answers(benchmark::State& state) {
  const std::string body = mapping::with_member(
      mapping::with_member(mapping::with_member(mapping::own_body(leads().mapped.front()), "eTag",
                                                R"("\"00000001-0000-0100-0000-6b098b790000\"")"),
                           "engagementId", R"("9e713c53-9c98-4b4a-8ed0-527cd7e4cbba")"),
      "id", R"("2d4dd79a-71cd-4b1f-8455-0dfe09df1952")");
  const std::string bytes = fmt::format(
      "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nDate: Fri, 27 Nov 2026 10:00:00 "
      "GMT\r\nrequest-id: 0b4e2f7c-6d1a-4c9e-8f3b-5a7d9c1e2f40\r\nContent-Length: {}\r\n\r\n{}",
      body.size(), body);
  for (auto _ : state) {
    submission::Answer answer;
    answer.kind = submission::Answer::Kind::answered;
    submission::AnswerParser parser(answer.response);
    boost::beast::error_code error;
    parser.put(boost::asio::buffer(bytes), error);
    if (error) fail(error.message());
    const auto decision = submission::decide(persistence::Step::own, false, answer);
    if (!decision.ids) fail("the answer was not understood");
    benchmark::DoNotOptimize(decision.ids->referral_id.data());
  }
  count_items(state, 1);
}
BENCHMARK(parse_answers);

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') {
    std::fputs("usage: parts_bench EXPORT [options of Google Benchmark]\n", stderr);
    return 64;
  }
  export_file = argv[1];
  mapping_file = fs::path(REFERRALD_BENCH_FOLDER) / "leads-mapping.yaml";
  argv[1] = argv[0];
  int left = argc - 1;
  benchmark::Initialize(&left, argv + 1);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
