// Reads one JSON value, a record or another one, in full: whatever is not well-formed in it is
// found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "mapping/readers/json_columns.hpp"
#include "mapping/readers/json_window.hpp"
#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {

// What a record says of itself beside its columns.
struct JsonRecordMarks {
  bool deleted = false;    // an entry of a delta: the record is gone
  std::string entity_set;  // of the entry's own context
  std::string id;          // of a deleted entry
};

// The entity set that an OData context speaks of: "accounts" of "…$metadata#accounts(name)/$delta".
std::string entity_set_of(std::string_view context);

// Not thread-safe.
class JsonRecordParser {
 public:
  // Deeper nesting counts as not well-formed.
  static constexpr std::size_t kMaxDepth = 256;

  struct Malformed {
    std::size_t at = 0;        // in the piece, where it was noticed
    std::string_view message;  // what is wrong, for a person
  };

  explicit JsonRecordParser(JsonColumns& columns) : columns_(columns) {}

  // Reads an object into `row`: its cells, its fault. While the columns are not finished it notes
  // the record's shape instead; the caller has it learned or forgotten. The row's views are valid
  // until the next call, or until the piece's text goes.
  std::optional<Malformed> read(const JsonWindow::Piece& piece, Row& row, JsonRecordMarks& marks);
  // Looks whether any value is well-formed.
  std::optional<Malformed> check(const JsonWindow::Piece& piece);

 private:
  using Place = JsonColumns::Place;
  using Object = simdjson::ondemand::object;
  using Array = simdjson::ondemand::array;
  using Value = simdjson::ondemand::value;

  std::optional<Malformed> parse(std::string_view text, std::size_t readable);
  std::optional<Malformed> parse_repaired(const JsonWindow::Piece& piece);
  // These answer false when the text is not well-formed.
  bool walk(Value value, Place place, std::size_t depth);
  bool walk_object(Value& value, Place place, std::size_t depth);
  bool walk_array(Value& value, Place place, std::size_t depth);
  bool walk_string(Value& value, std::string_view token, Place place, std::size_t depth);
  bool walk_scalar(std::string_view token, Place place);
  bool member_of(Place place, const char* raw, Place& member, std::size_t depth);
  void mark(std::string_view text);
  void set(Place place, std::string_view text, CellType type);
  void no_cell(Place place, JsonShape shape, std::size_t size);
  void report(const char* code, std::string_view message, Place place);
  bool wrong(std::string_view message);

  JsonColumns& columns_;
  simdjson::ondemand::parser parser_;
  std::string repaired_;             // a record whose bytes are not UTF-8
  std::deque<std::string> written_;  // cells that stand otherwise in the file
  // Of the record that is being read:
  const char* end_ = nullptr;
  bool escapes_ = false;
  bool cells_ = false;  // `row` is filled
  bool keep_ = false;   // places are
  Row* row_ = nullptr;
  JsonRecordMarks* marks_ = nullptr;
  enum class Mark : std::uint8_t { none, context, id } mark_ = Mark::none;
  std::string_view wrong_;
};

}  // namespace referrald::mapping
