#include "mapping/readers/zip_archive.hpp"

#include <algorithm>
#include <array>
#include <climits>

#include <fmt/format.h>
#include <minizip/unzip.h>

#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {
namespace {

using Kind = ExportError::Kind;

constexpr uLong kStored = 0;
constexpr uLong kDeflated = 8;
constexpr uLong kEncryptedFlag = 1;

// As parts are looked up: lower case, "/" between folders and none in front.
std::string key(std::string_view name) {
  while (name.starts_with('/') || name.starts_with('\\')) name.remove_prefix(1);
  std::string out(name);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '\\') c = '/';
  }
  return out;
}

}  // namespace

ZipArchive::ZipArchive(const std::filesystem::path& file)
    : file_(file.string()), zip_(unzOpen64(file.c_str())) {
  if (zip_ == nullptr) {
    throw ExportError(Kind::damaged,
                      fmt::format("{}: is a damaged zip file: its directory, which is at the end, "
                                  "is not there; export it again (was it cut short?)",
                                  file_));
  }
  try {
    read_directory();
  } catch (...) {
    unzClose(zip_);
    throw;
  }
}

ZipArchive::~ZipArchive() {
  unzClose(zip_);
}

void ZipArchive::read_directory() {
  unz_global_info64 global{};
  unzGetGlobalInfo64(zip_, &global);
  if (global.number_entry > kMaxParts) {
    throw ExportError(Kind::unreadable,
                      fmt::format("{}: has {} parts; at most {} are read, and a workbook has some "
                                  "dozens",
                                  file_, global.number_entry, kMaxParts));
  }
  const auto damaged = [&](std::string_view what) {
    return ExportError(Kind::damaged,
                       fmt::format("{}: is a damaged zip file: {}; export it again", file_, what));
  };
  int state = global.number_entry == 0 ? UNZ_END_OF_LIST_OF_FILE : unzGoToFirstFile(zip_);
  for (; state == UNZ_OK; state = unzGoToNextFile(zip_)) {
    std::array<char, kMaxNameBytes + 2> name{};
    unz_file_info64 info{};
    unz64_file_pos at{};
    if (unzGetCurrentFileInfo64(zip_, &info, name.data(), kMaxNameBytes + 1, nullptr, 0, nullptr,
                                0) != UNZ_OK ||
        unzGetFilePos64(zip_, &at) != UNZ_OK) {
      throw damaged("its directory cannot be read");
    }
    if (info.size_filename > kMaxNameBytes) continue;
    const Place place{at.pos_in_zip_directory, at.num_of_file};
    if (!parts_.emplace(key(name.data()), place).second) {
      throw damaged("two of its parts have the same name");
    }
  }
  if (state != UNZ_END_OF_LIST_OF_FILE) throw damaged("its directory cannot be read");
}

bool ZipArchive::has(std::string_view part) const {
  return parts_.contains(key(part));
}

bool ZipArchive::has_folder(std::string_view prefix) const {
  return std::any_of(parts_.begin(), parts_.end(),
                     [&](const auto& part) { return part.first.starts_with(prefix); });
}

ZipPart::ZipPart(ZipArchive& archive, std::string_view name, std::uint64_t most)
    : archive_(archive), name_(name) {
  const auto refuse = [&](std::string_view what) {
    return ExportError(Kind::unreadable, fmt::format("{}: {}: {}", file(), name_, what));
  };
  const auto found = archive_.parts_.find(key(name));
  if (found == archive_.parts_.end()) throw refuse("is not in the file; export it again");
  unz64_file_pos at{};
  at.pos_in_zip_directory = found->second.directory;
  at.num_of_file = found->second.number;
  unz_file_info64 info{};
  if (archive_.reading_) throw refuse("another part is being read");
  if (unzGoToFilePos64(archive_.zip_, &at) != UNZ_OK ||
      unzGetCurrentFileInfo64(archive_.zip_, &info, nullptr, 0, nullptr, 0, nullptr, 0) != UNZ_OK) {
    throw_damaged("cannot be found");
  }
  if ((info.flag & kEncryptedFlag) != 0) {
    throw refuse("is protected by a password; save the file without one");
  }
  if (info.compression_method != kStored && info.compression_method != kDeflated) {
    throw refuse("is packed in a way that workbooks do not use; save it in Excel again");
  }
  if (info.uncompressed_size > most) {
    throw refuse(
        fmt::format("is {} MiB big when unpacked; at most {} MiB are read; split the "
                    "export",
                    info.uncompressed_size >> 20, most >> 20));
  }
  if (info.uncompressed_size > ZipArchive::kFreeBytes &&
      info.uncompressed_size / ZipArchive::kMaxRatio > info.compressed_size) {
    throw refuse(
        fmt::format("unpacks to more than {} times its size, as files do that are made "
                    "to do harm; if it is a genuine export, save it as CSV",
                    ZipArchive::kMaxRatio));
  }
  if (unzOpenCurrentFile(archive_.zip_) != UNZ_OK) throw_damaged("cannot be unpacked");
  size_ = info.uncompressed_size;
  archive_.reading_ = true;
}

ZipPart::~ZipPart() {
  if (!finished_) unzCloseCurrentFile(archive_.zip_);
  archive_.reading_ = false;
}

std::size_t ZipPart::read(char* into, std::size_t size) {
  std::size_t filled = 0;
  while (filled < size && !finished_) {
    const auto wanted =
        static_cast<unsigned>(std::min<std::size_t>(size - filled, std::size_t{INT_MAX}));
    const int got = unzReadCurrentFile(archive_.zip_, into + filled, wanted);
    if (got < 0) throw_damaged("cannot be unpacked to its end");
    if (got == 0) finish();
    filled += static_cast<std::size_t>(got);
    read_ += static_cast<std::uint64_t>(got);
  }
  return filled;
}

// minizip compares the CRC only of a part that was read as far as its length says.
void ZipPart::finish() {
  finished_ = true;
  const int closed = unzCloseCurrentFile(archive_.zip_);
  if (read_ != size_) throw_damaged("is shorter than the directory says");
  if (closed != UNZ_OK) throw_damaged("does not have the checksum that the directory says");
}

void ZipPart::throw_damaged(std::string_view what) const {
  throw ExportError(Kind::damaged,
                    fmt::format("{}: is damaged: its part {} {}; export it again, or open it in "
                                "Excel and save it",
                                file(), name_, what));
}

}  // namespace referrald::mapping
