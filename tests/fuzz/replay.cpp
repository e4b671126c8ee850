// Gives a fuzz target the files and folders of files that are named, one after the other.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>

#include "tests/support/temporary_folder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

int replayed = 0;

void replay(const std::filesystem::path& file) {
  std::fprintf(stderr, "%s\n", file.c_str());
  const std::string content = referrald::test::content_of(file);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(content.data()), content.size());
  ++replayed;
}

}  // namespace

int main(int count, char** arguments) {
  for (int i = 1; i < count; ++i) {
    if (!std::filesystem::is_directory(arguments[i])) {
      replay(arguments[i]);
      continue;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(arguments[i]))
      if (entry.is_regular_file()) replay(entry.path());
  }
  return replayed > 0 ? 0 : 1;
}
