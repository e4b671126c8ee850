#include "mapping/file_hash.hpp"

#include <cerrno>
#include <memory>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

namespace referrald::mapping {
namespace {

constexpr std::size_t bytes_at_once = 256 * 1024;
constexpr int reads_between_questions = 64;

class OpenFile {
 public:
  explicit OpenFile(const std::filesystem::path& file)
      : descriptor_(::open(file.c_str(), O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)) {}
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  bool is_regular() const {
    struct stat status {};
    return descriptor_ >= 0 && ::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode);
  }
  ssize_t read(std::vector<char>& into) const {
    ssize_t count = -1;
    do count = ::read(descriptor_, into.data(), into.size());
    while (count < 0 && errno == EINTR);
    return count;
  }

 private:
  int descriptor_;
};

struct FreeState {
  void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

}  // namespace

std::optional<std::uint64_t> file_hash(const std::filesystem::path& path, std::uint64_t seed,
                                       const std::function<bool()>& stopped) {
  const OpenFile file(path);
  if (!file.is_regular()) return std::nullopt;
  const std::unique_ptr<XXH3_state_t, FreeState> state(XXH3_createState());
  XXH3_64bits_reset_withSeed(state.get(), seed);
  std::vector<char> bytes(bytes_at_once);
  for (int reads = 0;; ++reads) {
    if (reads % reads_between_questions == 0 && stopped && stopped()) return std::nullopt;
    const ssize_t count = file.read(bytes);
    if (count < 0) return std::nullopt;
    if (count == 0) return XXH3_64bits_digest(state.get());
    XXH3_64bits_update(state.get(), bytes.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace referrald::mapping
