// Where finished exports go.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/submission/clock.hpp"

namespace referrald::sync {

// Tells a file from the one that takes its place, and from itself after it was written to. Of a
// folder: with all that is in it.
struct FileStamp {
  std::uint64_t device = 0, inode = 0;
  std::int64_t size = 0;        // of all files
  std::int64_t written_ns = 0;  // since 1970; of the file written last
  // Since 1970: moved, renamed, or its rights changed. It is the same file all the same.
  std::int64_t touched_ns = 0;
  bool operator==(const FileStamp& other) const {
    return device == other.device && inode == other.inode && size == other.size &&
           written_ns == other.written_ns;
  }
};

// nullopt: it is not there, or cannot be asked.
std::optional<FileStamp> stamp_of(const std::filesystem::path& file);

// As the ledger remembers it: without the device, whose number changes with the next start of the
// machine, and with what was done to it: whoever moves an export back, or makes it readable, wants
// it read. `mapping_version`: by which mapping it was read.
std::string text_of(const FileStamp& stamp, std::string_view mapping_version);

// Moves an export into the folder, which is made if it is missing; never over another file: a name
// that is taken gets the time behind it. Between file systems it is copied, and removed once the
// copy is durable. Returns where it is now; nullopt when the file is no longer the one of `stamp`:
// it stays where it is. Throws std::filesystem::filesystem_error, and the file is where it was.
std::optional<std::filesystem::path> move_to_archive(const std::filesystem::path& file,
                                                     const FileStamp& stamp,
                                                     const std::filesystem::path& folder,
                                                     submission::WallTime now);

}  // namespace referrald::sync
