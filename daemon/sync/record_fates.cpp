#include "daemon/sync/record_fates.hpp"

#include <utility>

namespace referrald::sync {
namespace {

// Of a million records of which any third is excluded by chance half of it is needed.
constexpr std::size_t most_bytes = std::size_t{1} << 20U;

constexpr unsigned bits_of_group = 7;
constexpr unsigned bits_of_fate = 2;

}  // namespace

void RecordRuns::add(RecordFate fate, std::uint64_t count) {
  if (fate == RecordFate::to_map_alone) fate = RecordFate::to_map;
  if (fate != fate_) end_run();
  fate_ = fate;
  length_ += count;
  count_ += count;
  excludes_ = excludes_ || fate == RecordFate::excluded;
}

void RecordRuns::end_run() {
  auto rest = std::exchange(length_, 0) << bits_of_fate | static_cast<unsigned>(fate_);
  too_many_ = too_many_ || encoded_.size() > most_bytes;
  if (too_many_ || rest >> bits_of_fate == 0) return;
  for (; rest >> bits_of_group != 0; rest >>= bits_of_group)
    encoded_ += static_cast<char>((rest & 0x7fU) | 0x80U);
  encoded_ += static_cast<char>(rest);
}

std::string RecordRuns::finish() {
  end_run();
  return too_many_ ? std::string() : std::move(encoded_);
}

bool read_runs(std::string_view encoded, std::uint64_t most,
               const std::function<void(RecordFate fate, std::uint64_t count)>& tell) {
  std::uint64_t run = 0;
  unsigned shift = 0;
  for (const char byte : encoded) {
    const auto group = static_cast<unsigned char>(byte) & 0x7fU;
    // What does not fit into `most` is not added up, either.
    if (shift > 56) return false;
    run |= std::uint64_t{group} << shift;
    shift += bits_of_group;
    if ((static_cast<unsigned char>(byte) & 0x80U) != 0) continue;
    const auto fate = static_cast<RecordFate>(run & 3U);
    const auto count = run >> bits_of_fate;
    if (fate == RecordFate::to_map_alone || count > most) return false;
    most -= count;
    tell(fate, count);
    run = 0;
    shift = 0;
  }
  return shift == 0 && !encoded.empty();
}

}  // namespace referrald::sync
