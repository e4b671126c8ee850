// A text as a file, while this lives.
#pragma once

#include <filesystem>
#include <string_view>

#include "tests/support/temporary_folder.hpp"

namespace referrald::mapping {

class TextFile {
 public:
  explicit TextFile(std::string_view text) : path_(folder_.write("export", text)) {}
  const std::filesystem::path& path() const { return path_; }

 private:
  test::TemporaryFolder folder_;
  std::filesystem::path path_;
};

}  // namespace referrald::mapping
