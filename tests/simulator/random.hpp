// GUIDs and chance, from one seed.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace referrald::simulator {

struct Guid {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool operator==(const Guid&) const = default;
};

void append_guid(std::string& out, Guid guid);  // lower case, with hyphens
std::string format_guid(Guid guid);
std::optional<Guid> parse_guid(std::string_view text);  // any case; 8-4-4-4-12 only

// Repeatable for a seed (xoshiro256**); not for secrets.
class Random {
 public:
  explicit Random(std::uint64_t seed);
  std::uint64_t next();
  double uniform();  // [0, 1)
  Guid guid();       // version 4

 private:
  std::uint64_t state_[4];
};

}  // namespace referrald::simulator

template <>
struct std::hash<referrald::simulator::Guid> {
  std::size_t operator()(const referrald::simulator::Guid& guid) const noexcept {
    return guid.low ^ (guid.high * 0x9e3779b97f4a7c15ULL);
  }
};
