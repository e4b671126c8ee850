#include "mapping/readers/damaged_input.hpp"

namespace referrald::mapping {

std::string read_start(ByteSource& source, std::size_t size) {
  std::string start(size, '\0');
  try {
    start.resize(source.read(start.data(), size));
  } catch (const DamagedInput& damage) {
    start.resize(damage.filled());
  }
  source.rewind();
  return start;
}

}  // namespace referrald::mapping
