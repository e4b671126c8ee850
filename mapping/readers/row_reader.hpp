// The one interface of all export readers: a header, then rows, one at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/readers/export_format.hpp"

namespace referrald::mapping {

// Why one row cannot be mapped though the rest of the export can. `code` is stable: "cell-count",
// "invalid-bytes", "nul-byte", "bad-quoting", "bad-line-break", "row-too-long", "cell-error",
// "duplicate-key", "bad-escape", "wrong-shape", "bad-version", "repeated-header"; docs/exports.md
// explains them.
struct RowFault {
  std::string code;
  std::string message;  // for a person, without a cell's content
};

// What a format that has types says of a cell. The text is then in one form, whatever the export's
// locale: a number is a plain decimal ("-12.5"), a date is ISO 8601 ("2026-03-31", or with a time
// "2026-03-31T14:30:00", with "Z" or an offset where the format has one), a boolean is "true" or
// "false".
enum class CellType : std::uint8_t { text, number, date, boolean };

struct Cell {
  Cell() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): a text is a cell
  Cell(std::string_view the_text, CellType the_type = CellType::text)
      : text(the_text), type(the_type) {}
  std::string_view text;
  CellType type = CellType::text;
};

// One data row. The views are valid until the reader's next next() or pass(). Cells are as the file
// has them, not trimmed; a row with a fault still shows the cells it has (of any number).
struct Row {
  std::uint64_t line = 0;  // where the row starts, from 1, as RowReader::unit() counts
  std::vector<std::string_view> cells;
  std::vector<CellType> types;  // of the cells; empty: all are text
  std::string_view record{};    // the bytes that the cells and the fault come of; empty: of more
  std::string_view file;        // of an export that is a folder: the file, relative to the folder
  bool deleted = false;         // the export says that the CRM's record is gone; cells may be blank
  std::optional<RowFault> fault;

  CellType type(std::size_t i) const { return i < types.size() ? types[i] : CellType::text; }
};

// The export cannot be read, or not further. what() names file, line and remedy.
class ExportError : public std::runtime_error {
 public:
  enum class Kind {
    missing,     // no such file (66)
    unreadable,  // exists and cannot be read (74)
    damaged,     // from some line on: quote left open, not text (74)
    empty,       // not even a header (78: the mapping's columns are missing)
    format,      // the mapping's `format` does not fit, or must say more (78)
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
  // Second names of the columns, such as Dataverse's logical names, by the header's index; blank
  // where a column has none. Empty: no column has one.
  virtual const std::vector<std::string>& aliases() const;
  // False when the export cannot tell which columns it has, since it holds no record: then a
  // mapped column that is not in the header is no fault.
  virtual bool header_is_complete() const { return true; }
  // How the export is written, as far as that was said or found by looking.
  virtual ExportFormat found_format() const { return {}; }
  // What Row::line counts: "line", "row" of a worksheet, "record".
  virtual std::string_view unit() const { return "line"; }
  // Whether a row may take the place of an earlier one of the same record, as the pages of an
  // answer do that was changed while it was fetched.
  virtual bool replaces_rows() const { return false; }
  // What was taken for the header, "line 3"; empty where none has to be found.
  virtual std::string header_place() const { return {}; }
  // Fills `row` and returns true, or false at the end. Throws ExportError (damaged, unreadable).
  virtual bool next(Row& row) = 0;
  // Like next(), for those who may know the row already: at least so many of its first cells, or
  // all; and where it has `record`, it may have a fault that is not told. Where cells are asked
  // for, it throws where next() does.
  virtual bool pass(Row& row, std::size_t cells);
  // What a person should know of the export beside its rows; known once next() has returned false.
  virtual std::vector<std::string> remarks() const { return {}; }
  // For progress: how much of the export was read, and its size.
  virtual std::uint64_t bytes_read() const = 0;
  virtual std::uint64_t bytes_total() const = 0;
};

// Opens an export, a file or a folder, and reads its header. `wanted` are the columns that will be
// asked for: formats without a header look for them, and guesses about the format go by them;
// empty: all that there are. Throws ExportError.
std::unique_ptr<RowReader> open_export(const std::filesystem::path& file,
                                       const ExportFormat& format = {},
                                       std::span<const std::string> wanted = {});

// The text without blanks (ASCII and Unicode), byte order marks and zero-width characters at both
// ends.
std::string_view trim(std::string_view text);

}  // namespace referrald::mapping
