// One JSON file: where in it the records are, and the records, one after the other. docs/exports.md
// says which shapes are known.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/readers/byte_source.hpp"
#include "mapping/readers/json_record.hpp"
#include "mapping/readers/json_window.hpp"
#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {

// Where the records are.
struct JsonLayout {
  enum class Kind : std::uint8_t {
    array,     // the file is an array of records
    lines,     // records one behind the other, each from a line of its own: NDJSON
    envelope,  // the array of records is a member, at `path`
    single,    // the file is one record
  };
  Kind kind = Kind::array;
  std::string path;        // dotted
  std::string entity_set;  // of an OData page
};

// A file's JSON outside of its records: moves over it and refuses what is not well-formed. Errors
// are ExportErrors (damaged) with line and byte.
class JsonText {
 public:
  // Rewinds the source. Refers to it and to the parser.
  JsonText(ByteSource& source, JsonRecordParser& parser);

  JsonWindow& window() { return window_; }
  const JsonWindow& window() const { return window_; }
  int peek() { return window_.peek(); }
  void take() { window_.take(); }
  // Looks whether the value at the position is well-formed, whatever its size, and passes it.
  void check_value(std::size_t depth = 1);
  // Passes a member's name and the colon behind it.
  std::string member_name();
  // Whether there is another element before `close` (']' or '}'), which is passed if not. `first`:
  // the opening bracket was just taken.
  bool has_next(char close, bool first);
  // Nothing but blanks may follow.
  void expect_end();
  // The record the position is in, for messages; 0: none.
  void set_record(std::uint64_t number) { record_ = number; }

  [[noreturn]] void damaged(std::string_view what) { damaged_at(window_.offset(), what); }
  [[noreturn]] void damaged_at(std::uint64_t offset, std::string_view what);
  [[noreturn]] void cut_short();
  [[noreturn]] void unreadable(std::string_view what) const;

 private:
  void check_parts(std::size_t depth);

  ByteSource& source_;
  JsonRecordParser& parser_;
  JsonWindow window_;
  std::uint64_t record_ = 0;
};

// Looks where the records are, reading as much of the file as that takes. `wanted` are the columns
// that will be asked for. Throws ExportError: damaged; empty (no content); unreadable when it is no
// JSON or holds no records; format when they could be in several places, or are not where the
// format says.
JsonLayout find_records(ByteSource& source, const ExportFormat& format,
                        std::span<const std::string> wanted, JsonRecordParser& parser);

struct JsonRecord {
  JsonWindow::Piece piece;        // the object; valid until the next next()
  std::uint64_t number = 0;       // from 1
  std::uint64_t line = 0;         // of JsonLayout::Kind::lines: where it begins
  std::optional<RowFault> fault;  // it cannot be read; `piece` is nothing then
};

class JsonRecords {
 public:
  // Rewinds the source.
  JsonRecords(ByteSource& source, JsonLayout layout, JsonRecordParser& parser);
  // False at the end: then all of the file was looked at. Throws ExportError, damaged.
  bool next(JsonRecord& record);
  const JsonLayout& layout() const { return layout_; }
  // Whether the file names a page that comes behind it; known once next() has returned false.
  bool has_next_page() const { return has_next_page_; }
  std::uint64_t unread() const { return text_.window().unread(); }
  // The record read last is not well-formed.
  [[noreturn]] void refuse(const JsonRecord& record, const JsonRecordParser::Malformed& why);

 private:
  enum class State : std::uint8_t { before, within, after };

  void open();
  void seek();
  void finish();
  void pass_member(const std::string& name);
  // The position is at the value of the member with this path, outside of the records.
  void pass_value(const std::string& path);
  bool next_line(JsonRecord& record);
  void read(JsonRecord& record);
  std::string joined(std::string_view name) const;

  JsonLayout layout_;
  JsonText text_;
  State state_ = State::before;
  bool first_ = true;
  bool has_next_page_ = false;
  std::uint64_t number_ = 0;
  std::vector<std::string> open_;  // the envelope's objects that the position is in: their paths
};

}  // namespace referrald::mapping
