#include "daemon/commands/ledger_check.hpp"

#include <stdexcept>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include "daemon/commands/report.hpp"
#include "persistence/ledger.hpp"

namespace referrald::commands {
namespace {

namespace fs = std::filesystem;
using persistence::LedgerError;

std::string would_end(const std::string& what, Exit exit) {
  return fmt::format("{}; `referrald sync` would end with {}", what, code(exit));
}

// A reader cannot bind a tenant, but it says so only when there is none yet.
void require_tenant(persistence::Ledger& ledger, const std::string& tenant) {
  try {
    ledger.bind_tenant(tenant);
  } catch (const std::logic_error&) {
  }
}

}  // namespace

std::string ledger_trouble(const config::Config& config) {
  std::error_code error;
  const fs::path named = fs::weakly_canonical(config.ledger, error);
  const fs::path& file = error ? config.ledger : named;
  const fs::path folder = file.parent_path();
  if (!fs::is_directory(folder, error))
    return would_end(
        fmt::format("the ledger's folder {} does not exist: make it, mode 700", folder.string()),
        Exit::cannot_write);
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    return would_end(fmt::format("this user may not write into the ledger's folder {}: give it "
                                 "to the user who runs referrald",
                                 folder.string()),
                     Exit::cannot_write);
  if (fs::exists(file, error) && ::access(file.c_str(), R_OK | W_OK) != 0)
    return would_end(fmt::format("this user may not read and write the ledger {}: give it to the "
                                 "user who runs referrald",
                                 file.string()),
                     Exit::cannot_write);
  try {
    const auto ledger = persistence::open_for_reading(config.ledger);
    if (ledger) require_tenant(*ledger, config.partner_center.auth.tenant);
  } catch (const LedgerError& problem) {
    // What a reader alone cannot do (an older ledger, a log to take in), a sync mends by itself.
    if (problem.kind() == LedgerError::Kind::cannot_read) return problem.what();
    return would_end(problem.what(), exit_of(problem.kind()));
  }
  return {};
}

}  // namespace referrald::commands
