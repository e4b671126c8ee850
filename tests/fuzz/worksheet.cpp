// The parts of a worksheet, which a fuzzer cannot reach through their compression: rows, shared
// strings, formats, and the workbook's list of sheets.
#include <cstdint>
#include <string_view>

#include "tests/fuzz/promises.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/readers/xlsx_files.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace referrald;
  static const test::TemporaryFolder folder;
  const auto parts = fuzz::parts_of({reinterpret_cast<const char*>(data), size}, 4);
  mapping::WorkbookText text;
  text.rows = parts[0];
  text.strings = parts[1];
  text.styles = parts[2];
  if (!parts[3].empty()) text.more["xl/workbook.xml"] = parts[3];
  fuzz::read_whole_export(folder.write("export.xlsx", mapping::zip_of(text.parts())));
  return 0;
}
