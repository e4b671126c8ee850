// Files that are named like a workbook and are something else.
#include <string>

#include <fmt/format.h>

#include "mapping/readers/input_file.hpp"
#include "mapping/readers/row_reader.hpp"
#include "mapping/readers/xlsx_workbook.hpp"

namespace referrald::mapping {
namespace {

using namespace std::string_view_literals;
using Kind = ExportError::Kind;

constexpr std::size_t kOleReadBytes = std::size_t{256} << 10;
constexpr std::size_t kDirectoryEntry = 128;  // of an OLE file; entries stand at multiples of it
constexpr std::size_t kFileHead = 512;

std::string utf16(std::string_view ascii) {
  std::string out;
  for (const char c : ascii) out.append({c, '\0'});
  return out.append(2, '\0');
}

// Whether an OLE file holds a stream of that name. Looks through the whole file: following its
// chains of sectors would find no more, and damaged ones have loops.
struct OleStreams {
  bool encrypted = false;
  bool workbook = false;
};
OleStreams streams_of(InputFile& file) {
  static const std::string encrypted = utf16("EncryptedPackage");
  static const std::string workbook = utf16("Workbook");
  static const std::string book = utf16("Book");  // up to Excel 95
  OleStreams found;
  std::string block(kOleReadBytes, '\0');
  file.rewind();
  for (std::size_t got = kOleReadBytes; got == kOleReadBytes;) {
    got = file.read(block.data(), kOleReadBytes);
    for (std::size_t at = 0; at + kDirectoryEntry <= got; at += kDirectoryEntry) {
      const auto entry = std::string_view(block).substr(at, kDirectoryEntry);
      found.encrypted = found.encrypted || entry.starts_with(encrypted);
      found.workbook = found.workbook || entry.starts_with(workbook) || entry.starts_with(book);
    }
  }
  return found;
}

std::string_view what_is(InputFile& file, std::string_view start) {
  if (start.starts_with("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv)) {
    const OleStreams streams = streams_of(file);
    if (streams.encrypted) {
      return "is protected by a password, so it cannot be read; open it in Excel, remove the "
             "password (File, Info, Protect Workbook, Encrypt with Password) and save it";
    }
    if (streams.workbook) {
      return "is an Excel workbook of the old kind (.xls), which is not read; open it in Excel "
             "and save it as \"Excel workbook (.xlsx)\"";
    }
    return "is an old Office document, which is not read; save it as \"Excel workbook (.xlsx)\"";
  }
  if (start.starts_with("\xEF\xBB\xBF"sv)) start.remove_prefix(3);
  if (start.starts_with('<')) {
    return "is an XML or HTML file, though it may be named like a workbook; open it in Excel and "
           "save it as \"Excel workbook (.xlsx)\"";
  }
  return "is no Excel workbook (.xlsx); export it again, or change `format: { type: … }` of the "
         "mapping";
}

}  // namespace

void expect_zip(const std::filesystem::path& path) {
  InputFile file(path);
  std::string start(kFileHead, '\0');
  start.resize(file.read(start.data(), start.size()));
  if (start.starts_with("PK\3\4"sv) || start.starts_with("PK\5\6"sv)) return;
  if (start.empty()) {
    throw ExportError(Kind::empty, fmt::format("{}: is empty: not a single byte; export it again",
                                               path.string()));
  }
  throw ExportError(Kind::unreadable, fmt::format("{}: {}", path.string(), what_is(file, start)));
}

}  // namespace referrald::mapping
