// What an operator should know without looking.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/submission/clock.hpp"

namespace referrald::inbox {

struct Notice {
  enum class Kind {
    trouble,       // work stands still, or an export was not taken
    recovered,     // the trouble of that subject has passed
    needs_person,  // more rows need a person than before
    silent,        // nothing has succeeded for so long
    ends_soon,     // the sign-in, or what it needs
  };
  Kind kind = Kind::trouble;
  std::string subject;     // "service", "ledger", "source leads", "rows", "sign-in"
  std::string message;     // a sentence for a person: what, and what to do
  std::uint64_t rows = 0;  // needs_person: how many there are now
  submission::WallTime at{};
};

// "trouble", "recovered", "needs-person", "silent", "ends-soon".
std::string_view to_string(Notice::Kind kind);

// One object in a line: event, subject, message, time, host-independent; rows where they count.
std::string json_of(const Notice& notice);

}  // namespace referrald::inbox
