// The parts of a zip file, inflated one at a time, from front to back.
//
// minizip, and not libzip, because it walks the directory entry by entry: libzip loads all of it
// first, however many entries a hostile file claims to have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>

namespace referrald::mapping {

// Not thread-safe. Errors are ExportErrors that name the file.
class ZipArchive {
 public:
  static constexpr std::uint64_t kMaxParts = 10'000;
  static constexpr std::size_t kMaxNameBytes = 255;  // parts with longer names are not seen
  // What inflates further than this is no document: beyond kFreeBytes a part may be at most
  // kMaxRatio times as big as what it is packed in.
  static constexpr std::uint64_t kFreeBytes = std::uint64_t{64} << 20;
  static constexpr std::uint64_t kMaxRatio = 250;

  // Throws unreadable (too many parts), damaged (no zip, or cut short).
  explicit ZipArchive(const std::filesystem::path& file);
  ~ZipArchive();
  ZipArchive(const ZipArchive&) = delete;
  ZipArchive& operator=(const ZipArchive&) = delete;

  const std::string& file() const { return file_; }
  // Names are compared without regard to ASCII case, as the Open Packaging Conventions have it.
  bool has(std::string_view part) const;
  // Whether a part's name begins so.
  bool has_folder(std::string_view prefix) const;

 private:
  friend class ZipPart;
  struct Place {
    std::uint64_t directory = 0;
    std::uint64_t number = 0;
  };
  void read_directory();

  std::string file_;
  void* zip_ = nullptr;
  std::unordered_map<std::string, Place> parts_;  // by name in lower case
  bool reading_ = false;
};

// One part while it is read; an archive has one at a time.
class ZipPart {
 public:
  // Throws unreadable: no such part, more than `most` bytes, or a ratio beyond the archive's;
  // damaged.
  ZipPart(ZipArchive& archive, std::string_view name, std::uint64_t most);
  ~ZipPart();
  ZipPart(const ZipPart&) = delete;
  ZipPart& operator=(const ZipPart&) = delete;

  // Fills `into`: less than `size` only at the part's end, where length and CRC were compared.
  // Throws damaged.
  std::size_t read(char* into, std::size_t size);

  const std::string& name() const { return name_; }
  const std::string& file() const { return archive_.file(); }
  std::uint64_t bytes_read() const { return read_; }
  std::uint64_t size() const { return size_; }

 private:
  [[noreturn]] void throw_damaged(std::string_view what) const;
  void finish();

  ZipArchive& archive_;
  std::string name_;
  std::uint64_t size_ = 0;
  std::uint64_t read_ = 0;
  bool finished_ = false;
};

}  // namespace referrald::mapping
