// A folder of Synapse Link: model.json and a table's file.
#include <cstdint>
#include <string_view>

#include "tests/fuzz/promises.hpp"
#include "tests/support/temporary_folder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace referrald;
  static const test::TemporaryFolder folder;
  const auto parts = fuzz::parts_of({reinterpret_cast<const char*>(data), size}, 3);
  folder.write("model.json", parts[0]);
  folder.write("lead/2025.csv", parts[1]);
  folder.write("lead/2026.csv", parts[2]);
  fuzz::read_whole_export(folder.path());
  return 0;
}
