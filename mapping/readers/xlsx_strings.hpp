// A workbook's shared strings: cells hold their numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/readers/nameless_file.hpp"
#include "mapping/readers/zip_archive.hpp"

namespace referrald::mapping {

// The first few MiB are in memory, the rest in a nameless file. Not thread-safe.
class SharedStrings {
 public:
  static constexpr std::uint64_t kMaxPartBytes = std::uint64_t{1} << 30;

  // `in_memory`: how many bytes stay in memory.
  explicit SharedStrings(std::string file, std::size_t in_memory = kInMemory);

  // Throws unreadable when the temporary file cannot be written.
  void add(std::string_view text);
  // After the last add(). Throws unreadable.
  void finish();

  std::uint64_t size() const { return count_; }
  // Valid until the next at(). nullopt: there is no such string. Throws unreadable.
  std::optional<std::string_view> at(std::uint64_t number);

  // Reads the part; strings longer than `most` are cut to a byte more than that.
  static std::unique_ptr<SharedStrings> read(ZipArchive& archive, std::string_view part,
                                             std::size_t most);

 private:
  static constexpr std::size_t kInMemory = std::size_t{6} << 20;
  static constexpr std::size_t kPerBlock = 32;  // strings
  static constexpr std::size_t kCached = 64;    // blocks
  static constexpr std::size_t kMaxCachedBlock = std::size_t{32} << 10;
  struct Cached {
    std::uint64_t block = UINT64_MAX;
    std::string bytes;
  };

  void begin_file(std::size_t keep);
  void write_pending();
  void read_file(std::span<char> into, std::uint64_t at) const;
  std::string_view large(std::uint64_t begin, std::uint64_t skip);
  [[noreturn]] void throw_unreadable(std::string_view what) const;

  std::string file_;  // the export's, for messages
  std::size_t in_memory_;
  std::uint64_t count_ = 0;
  std::uint64_t end_ = 0;              // of all bytes so far
  std::string memory_;                 // the blocks at the front
  std::string pending_;                // not yet in the file
  std::vector<std::uint64_t> blocks_;  // where each begins
  std::uint64_t first_in_file_ = 0;    // of all bytes, the file's first
  bool in_file_ = false;               // from here on
  NamelessFile rest_;
  std::vector<Cached> cache_;
  std::string large_;  // a string of a block that is too big for the cache
};

}  // namespace referrald::mapping
