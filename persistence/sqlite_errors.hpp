// The one place where SQLite's errors become the ledger's.
#pragma once

#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "persistence/ledger.hpp"

namespace referrald::persistence {

enum class Access { reading, writing };

// "ledger FILE: DOING: REASON": how every message of a ledger reads.
std::string ledger_message(const std::filesystem::path& file, std::string_view doing,
                           std::string_view reason);

// What the system says of an errno.
std::string reason_of(int error);

// Call inside a catch block: rethrows what is being handled, as a LedgerError if it came from
// SQLite. A broken constraint or a misuse is a fault of ours: std::logic_error.
[[noreturn]] void rethrow_translated(const std::filesystem::path& file, std::string_view doing,
                                     Access access);

template <typename Work>
auto translating(const std::filesystem::path& file, std::string_view doing, Access access,
                 Work&& work) {
  try {
    return std::forward<Work>(work)();
  } catch (...) {
    rethrow_translated(file, doing, access);
  }
}

}  // namespace referrald::persistence
