// Vocabulary of the readers' tests: an export from a text, and all that a reader says about it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {

using Cells = std::vector<std::string>;

struct ReadRow {
  std::uint64_t line = 0;
  Cells cells;
  std::string fault;  // its code; empty: none
  std::string message;
};

struct ReadExport {
  Cells header;
  std::vector<ReadRow> rows;
  std::optional<ExportError::Kind> error;
  std::string message;
  std::vector<std::string> remarks;

  std::vector<Cells> cells() const;
  std::vector<std::uint64_t> lines() const;
  std::vector<std::string> faults() const;
};

// A file that holds `bytes` while this lives.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view bytes);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// All that the reader says which `open` makes, or why it could not.
ReadExport read_all(const std::function<std::unique_ptr<RowReader>()>& open);
ReadExport read_file(const std::filesystem::path& file, const ExportFormat& format = {},
                     const std::vector<std::string>& wanted = {});
ReadExport read_text(std::string_view bytes, const ExportFormat& format = {},
                     const std::vector<std::string>& wanted = {});

// A file of tests/data/readers.
std::filesystem::path test_data(std::string_view name);

std::ostream& operator<<(std::ostream& out, ExportError::Kind kind);

}  // namespace referrald::mapping
