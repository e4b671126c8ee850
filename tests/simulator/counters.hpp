// The counts that /__simulator/state shows.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "tests/simulator/faults.hpp"

namespace referrald::simulator {

struct Counters {
  std::array<std::uint64_t, call_kinds> requests{};
  std::array<std::uint64_t, fault_kinds> faults{};
  std::map<unsigned, std::uint64_t> answers;  // to API calls, by status; dropped ones are 0
  std::map<std::string, std::uint64_t, std::less<>> ignored_members;  // unknown to the service
};

}  // namespace referrald::simulator
