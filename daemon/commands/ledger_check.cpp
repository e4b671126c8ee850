#include "daemon/commands/ledger_check.hpp"

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

fs::path real_file(const fs::path& named) {
  std::error_code error;
  auto file = fs::weakly_canonical(named, error);
  return error ? named : file;
}

std::string folder_trouble(std::string_view whose, const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    return would_end(
        fmt::format("the {}'s folder {} does not exist: make it, mode 700", whose, folder.string()),
        Exit::cannot_write);
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    return would_end(fmt::format("this user may not write into the {}'s folder {}: give it to the "
                                 "user who runs referrald",
                                 whose, folder.string()),
                     Exit::cannot_write);
  return {};
}

}  // namespace

std::string refresh_token_trouble(const config::Config& config) {
  const auto file = real_file(config.partner_center.auth.refresh_token);
  std::error_code error;
  // Nobody has signed in yet: that is said by others.
  if (!fs::exists(file, error)) return {};
  return folder_trouble("refresh token", file.parent_path());
}

std::string ledger_trouble(const config::Config& config) {
  std::error_code error;
  const fs::path file = real_file(config.ledger);
  if (auto trouble = folder_trouble("ledger", file.parent_path()); !trouble.empty()) return trouble;
  if (fs::exists(file, error) && ::access(file.c_str(), R_OK | W_OK) != 0)
    return would_end(fmt::format("this user may not read and write the ledger {}: give it to the "
                                 "user who runs referrald",
                                 file.string()),
                     Exit::cannot_write);
  try {
    const auto ledger = persistence::open_for_reading(config.ledger);
    if (ledger) (void)ledger->check_tenant(config.partner_center.auth.tenant);
  } catch (const LedgerError& problem) {
    // What a reader alone cannot do (an older ledger, a log to take in), a sync mends by itself.
    if (problem.kind() == LedgerError::Kind::cannot_read) return problem.what();
    return would_end(problem.what(), exit_of(problem.kind()));
  }
  return {};
}

}  // namespace referrald::commands
