// What the ledger alone costs: rows per second of a first sync (offer, claim, record), of an
// unchanged re-sync (offer), of a backlog that is taken in first and sent later; the file's size
// and the memory used.
//
//     ledger_bench [ROWS [GROUP [FOLDER]]]
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

#include "persistence/ledger.hpp"

namespace {

using namespace referrald::persistence;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr Timestamp start{std::chrono::milliseconds(1'795'000'000'000)};

std::string guid(std::mt19937_64& random) {
  char text[40];
  const auto a = random();
  const auto b = random();
  std::snprintf(text, sizeof text, "%08x-%04x-%04x-%04x-%012llx",
                static_cast<unsigned>(a & 0xffffffffU), static_cast<unsigned>(a >> 32U & 0xffffU),
                static_cast<unsigned>(a >> 48U), static_cast<unsigned>(b & 0xffffU),
                static_cast<unsigned long long>(b >> 16U));
  return text;
}

// Sized as a lead of Dynamics 365: a body of 1 kB, 300 B of cells, 20 leaves of 12 B.
struct Rows {
  std::mt19937_64 random{1};
  Desired desired = a_lead();
  Origin origin{"leads", "leads.csv", 0, std::string(400, 'h'), std::string(300, 'c')};

  static Desired a_lead() {
    Desired lead;
    lead.deal = "private";
    lead.own_body = std::string(1000, 'b');
    lead.fingerprint = std::string(248, 'f');
    return lead;
  }

  void next() {
    desired.external_id = guid(random);
    ++origin.line;
  }
};

struct Bench {
  std::size_t rows;
  std::size_t group;
  fs::path file;

  template <typename Work>
  void measure(const char* what, Work&& work) {
    const auto began = Clock::now();
    rusage before{}, after{};
    getrusage(RUSAGE_SELF, &before);
    work();
    getrusage(RUSAGE_SELF, &after);
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    const auto cpu = [](const rusage& usage) {
      return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
             static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    };
    const auto count = static_cast<double>(rows);
    std::printf("%-28s %9.0f rows/s  %6.2f us/row, CPU %6.2f us/row  (%.2f s, peak %ld MiB)\n",
                what, count / seconds, seconds / count * 1e6,
                (cpu(after) - cpu(before)) / count * 1e6, seconds, after.ru_maxrss / 1024);
    std::fflush(stdout);
  }

  void clear() const {
    for (const char* suffix : {"", "-wal", "-shm", ".lock"}) fs::remove(file.string() + suffix);
  }

  static void offer_some(Ledger& ledger, Rows& rows, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      rows.next();
      ledger.offer(rows.desired, rows.origin, start);
    }
  }

  static std::size_t send_some(Ledger& ledger, const Claim& which, std::size_t count,
                               std::mt19937_64& random) {
    const auto intents = ledger.claim(which, count, start);
    ledger.commit();
    ledger.begin();
    for (const auto& intent : intents) {
      Settlement settlement;
      settlement.row = intent.row;
      settlement.at = start;
      settlement.ids =
          ReferralIds{guid(random), guid(random), guid(random), guid(random), "New", "Pending"};
      ledger.record(settlement, which.run);
    }
    return intents.size();
  }

  void stream() {
    clear();
    const auto ledger = open_for_writing(file, start);
    Claim which;
    which.run = ledger->start_run("bench", start);
    which.sources = {"leads"};
    Rows source;
    std::mt19937_64 random{2};
    // As the ledger's queue does it: intake, claims and answers share a transaction where they can.
    measure("offer, claim, record", [&] {
      ledger->begin();
      for (std::size_t done = 0; done < rows; done += group) {
        offer_some(*ledger, source, std::min(group, rows - done));
        send_some(*ledger, which, group, random);
      }
      ledger->commit();
    });
    report(*ledger);
  }

  void again() {
    const auto ledger = open_for_writing(file, start);
    Rows source;
    measure("offer, unchanged", [&] {
      for (std::size_t done = 0; done < rows; done += group) {
        ledger->begin();
        offer_some(*ledger, source, std::min(group, rows - done));
        ledger->commit();
      }
    });
  }

  void backlog() {
    clear();
    const auto ledger = open_for_writing(file, start);
    Claim which;
    which.run = ledger->start_run("bench", start);
    which.sources = {"leads"};
    Rows source;
    std::mt19937_64 random{2};
    measure("offer all", [&] {
      for (std::size_t done = 0; done < rows; done += group) {
        ledger->begin();
        offer_some(*ledger, source, std::min(group, rows - done));
        ledger->commit();
      }
    });
    measure("claim and record all", [&] {
      ledger->begin();
      while (send_some(*ledger, which, group, random) != 0) {
      }
      ledger->commit();
    });
    report(*ledger);
  }

  void report(Ledger& ledger) const {
    for (const auto& [state, count] : ledger.counts({})) {
      std::printf("    %s %llu", std::string(to_string(state)).c_str(),
                  static_cast<unsigned long long>(count));
    }
    std::printf(", file %.1f MB\n", static_cast<double>(fs::file_size(file)) / 1e6);
  }
};

}  // namespace

int main(int argc, char** argv) {
  const std::size_t rows = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100'000;
  const std::size_t group = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 200;
  const fs::path folder = argc > 3 ? argv[3] : ".";
  Bench bench{rows, group, folder / "ledger_bench.db"};
  std::printf("%zu rows, groups of %zu\n", rows, group);
  bench.stream();
  bench.measure("open and close", [&] { open_for_writing(bench.file, start); });
  bench.again();
  bench.backlog();
  bench.clear();
}
