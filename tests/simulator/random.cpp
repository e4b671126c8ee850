#include "tests/simulator/random.hpp"

#include <array>
#include <bit>

#include "tests/simulator/message.hpp"

namespace referrald::simulator {
namespace {

constexpr std::string_view hex = "0123456789abcdef";
constexpr std::size_t guid_size = 36;

bool is_hyphen(std::size_t at) {
  return at == 8 || at == 13 || at == 18 || at == 23;
}

}  // namespace

void append_guid(std::string& out, Guid guid) {
  std::array<char, guid_size> text{};
  unsigned shift = 128;
  for (std::size_t i = 0; i < guid_size; ++i) {
    if (is_hyphen(i)) {
      text[i] = '-';
      continue;
    }
    shift -= 4;
    const std::uint64_t digit = shift >= 64 ? guid.high >> (shift - 64) : guid.low >> shift;
    text[i] = hex[digit & 15];
  }
  out.append(text.data(), text.size());
}

std::string format_guid(Guid guid) {
  std::string text;
  append_guid(text, guid);
  return text;
}

std::optional<Guid> parse_guid(std::string_view text) {
  if (text.size() != guid_size) return std::nullopt;
  Guid guid;
  for (std::size_t i = 0; i < guid_size; ++i) {
    if (is_hyphen(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int digit = hex_value(text[i]);
    if (digit < 0) return std::nullopt;
    guid.high = guid.high << 4 | guid.low >> 60;
    guid.low = guid.low << 4 | static_cast<std::uint64_t>(digit);
  }
  return guid;
}

Random::Random(std::uint64_t seed) : state_{} {
  for (auto& word : state_) {  // splitmix64, so that near seeds give far states
    std::uint64_t z = (seed += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    word = z ^ (z >> 31);
  }
}

std::uint64_t Random::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double Random::uniform() {
  return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

Guid Random::guid() {
  return {(next() & ~0xf000ULL) | 0x4000ULL, (next() & ~(3ULL << 62)) | (2ULL << 62)};
}

}  // namespace referrald::simulator
