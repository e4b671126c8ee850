// The one interface of all export readers: a header, then rows, one at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace referrald::mapping {

// Why one row cannot be mapped though the rest of the export can. `code` is stable: "cell-count",
// "invalid-bytes", "nul-byte", "bad-quoting", "bad-line-break", "row-too-long"; docs/exports.md
// explains them.
struct RowFault {
  std::string code;
  std::string message;  // for a person, without a cell's content
};

// One data row. The views are valid until the reader's next next(). Cells are as the file has them,
// not trimmed; a row with a fault still shows the cells it has (of any number).
struct Row {
  std::uint64_t line = 0;  // the file's line where the row starts, from 1
  std::vector<std::string_view> cells;
  std::optional<RowFault> fault;
};

// The export cannot be read, or not further. what() names file, line and remedy.
class ExportError : public std::runtime_error {
 public:
  enum class Kind {
    missing,     // no such file (66)
    unreadable,  // exists and cannot be read (74)
    damaged,     // from some line on: quote left open, not text (74)
    empty,       // not even a header (78: the mapping's columns are missing)
  };
  ExportError(Kind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

// Streams an export: memory does not depend on its size. Not thread-safe; may be made on one thread
// and used on another.
class RowReader {
 public:
  virtual ~RowReader() = default;
  // Column names as the file has them, trimmed (zero-width characters and BOM included).
  virtual const std::vector<std::string>& header() const = 0;
  // Fills `row` and returns true, or false at the end. Throws ExportError (damaged, unreadable).
  virtual bool next(Row& row) = 0;
  // For progress: how much of the file was read, and its size.
  virtual std::uint64_t bytes_read() const = 0;
  virtual std::uint64_t bytes_total() const = 0;
};

// Opens an export and reads its header. Throws ExportError.
std::unique_ptr<RowReader> open_export(const std::filesystem::path& file);

// The text without blanks (ASCII and Unicode), byte order marks and zero-width characters at both
// ends.
std::string_view trim(std::string_view text);

}  // namespace referrald::mapping
