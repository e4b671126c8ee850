#include "mapping/readers/damaged_input.hpp"

#include <algorithm>

namespace referrald::mapping {

std::string read_start(ByteSource& source, std::size_t size) {
  constexpr std::size_t block = std::size_t{64} << 10;  // most files end in the first one
  std::string start;
  std::size_t filled = 0;
  try {
    while (filled == start.size() && filled < size) {
      start.resize(std::min(size, filled + block));
      filled += source.read(start.data() + filled, start.size() - filled);
    }
  } catch (const DamagedInput& damage) {
    filled += damage.filled();
  }
  start.resize(filled);
  source.rewind();
  return start;
}

}  // namespace referrald::mapping
