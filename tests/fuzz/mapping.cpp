// A mapping file and a row's cells.
#include <cstdint>
#include <string_view>

#include "tests/fuzz/promises.hpp"
#include "tests/support/temporary_folder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace referrald;
  static const test::TemporaryFolder folder;
  const auto parts = fuzz::parts_of({reinterpret_cast<const char*>(data), size}, 2);
  fuzz::map_by(folder.write("mapping.yaml", parts[0]), parts[1]);
  return 0;
}
