// A hash of all bytes of a file, XXH3: to tell whether it is the same as before.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

namespace referrald::mapping {

// nullopt: it is no regular file, cannot be read, or `stopped` said so, which is asked now and
// then.
std::optional<std::uint64_t> file_hash(const std::filesystem::path& file, std::uint64_t seed,
                                       const std::function<bool()>& stopped);

}  // namespace referrald::mapping
