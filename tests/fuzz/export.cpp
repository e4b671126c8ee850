// An export that is one file: CSV, gzip, a worksheet, JSON.
#include <cstdint>
#include <string_view>

#include "tests/fuzz/promises.hpp"
#include "tests/support/temporary_folder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const referrald::test::TemporaryFolder folder;
  const auto file = folder.write("export", {reinterpret_cast<const char*>(data), size});
  referrald::fuzz::read_whole_export(file);
  return 0;
}
