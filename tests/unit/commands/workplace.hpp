// An operator's machine in a temporary folder: a configuration, a mapping, a ledger, and the
// program to run.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "persistence/ledger.hpp"
#include "tests/support/temporary_folder.hpp"

namespace referrald::test {

// What a run of the program left.
struct Ran {
  int exit = -1;  // 1000 + n: killed by signal n
  std::string out, err;
};

class Workplace {
 public:
  // Writes referrald.yaml with the sources `leads` and `deals`, the mapping of both and the
  // secrets' files.
  Workplace();

  const std::filesystem::path& folder() const { return folder_.path(); }
  std::filesystem::path ledger() const { return folder() / "ledger.db"; }
  std::filesystem::path write(const std::filesystem::path& name, std::string_view content) const {
    return folder_.write(name, content);
  }
  // Replaces a part of a file. Throws std::runtime_error when it is not there.
  void change(const std::filesystem::path& name, std::string_view part,
              std::string_view other) const;

  // `referrald -c referrald.yaml ARGUMENTS`.
  Ran run(std::vector<std::string> arguments) const;
  // Without the -c; `shell` may redirect, with "$REFERRALD" as the program.
  Ran run_bare(const std::vector<std::string>& arguments) const;
  Ran shell(const std::string& script) const;

 private:
  TemporaryFolder folder_;
};

// Fills a ledger as a sync would, through the Ledger's own interface. Each call is one transaction.
class Seeder {
 public:
  Seeder(const Workplace& workplace, persistence::Timestamp now);

  persistence::RowKey offer(const std::string& id, const std::string& source = "leads",
                            const std::string& deal = "private");
  // Offers and claims: `sending`.
  persistence::RowKey send(const std::string& id, const std::string& source = "leads",
                           const std::string& deal = "private");
  void synced(const std::string& id, const std::string& source = "leads");
  // Sends, with that failure.
  void failed(const std::string& id, persistence::State state, persistence::Failure failure);
  void rejected(const std::string& id, const std::string& columns, const std::string& cells,
                const std::string& reasons, const std::string& source = "leads",
                std::uint64_t line = 2);
  void finish_run(int exit_code, const persistence::RunSummary& summary);
  // Later calls happen so much later.
  void pass(std::chrono::milliseconds time) { now_ += time; }
  persistence::Ledger& ledger() { return *ledger_; }
  persistence::RunId run() const { return run_; }
  persistence::Timestamp now() const { return now_; }

 private:
  void transact(const std::function<void()>& work);

  persistence::Timestamp now_;
  std::unique_ptr<persistence::Ledger> ledger_;
  persistence::RunId run_ = 0;
};

persistence::Timestamp real_now();
persistence::ReferralIds ids_of(const std::string& id);

}  // namespace referrald::test
