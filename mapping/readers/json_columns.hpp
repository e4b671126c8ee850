// The columns of JSON records: the dotted paths of their values. Learns them from the first
// records, then says which cell a value belongs to. docs/exports.md says what is a column.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {

// What a value is, as far as columns care.
enum class JsonShape : std::uint8_t {
  null = 1,
  scalar = 2,
  empty = 4,  // {} or []
  object = 8,
  array = 16,
};

class JsonColumns {
 public:
  // A place in a record: the record itself, a member, an element of an array. kNone: one that is
  // not kept, since there are too many.
  using Place = std::uint32_t;
  static constexpr Place kNone = ~Place{0};
  static constexpr Place kRecord = 0;

  // A column that nobody wants is not listed beyond these.
  static constexpr std::size_t kMaxColumns = 16384;

  explicit JsonColumns(std::span<const std::string> wanted);

  // Places of the record that is being read; a place asked for the first time is made. Members are
  // found fastest in the order of the record before.
  //
  // begin_members() comes before the members of a place.
  void begin_members(Place of) { places_[of].next = 0; }
  // The member whose name in the file, behind its opening quote, is at `raw`, if it is one of
  // the next expected; else kNone. Names with escapes are never found so.
  Place expected_member(Place of, const char* raw, const char* end);
  Place member(Place of, std::string_view name);
  Place element(Place array, std::size_t index);

  // Learning. note() is called for each value of a record, then learn() if they are columns.
  void note(Place place, JsonShape shape, std::size_t size);
  void forget() { noted_.clear(); }
  void learn();
  // The export has a deleted record of that entity set: its id needs a column.
  void learn_deleted(std::string_view entity_set);
  // Whether it is known of all wanted columns that the export has them.
  bool all_found();
  // No more to learn: makes the header. `read_all`: all records were seen, so that a column may
  // count as there that was blank, or below a blank one, in each.
  void finish(bool read_all);
  bool finished() const { return finished_; }
  const std::vector<std::string>& header() const { return header_; }
  const std::vector<std::string>& aliases() const { return aliases_; }

  // Reading; the row has a cell for each column.
  void begin_record(Row& row);
  // Whether the place comes up for the first time in this record.
  bool first_time(Place place);
  // False: the column has a cell already.
  bool set(Place place, Row& row, std::string_view text, CellType type = CellType::text);
  // Whether the place is a wanted column; an object or array there has no cell.
  bool is_wanted(Place place) const;
  std::string_view path(Place place) const { return places_[place].path; }

  // The column of the id of an entity set's records ("accounts": "accountid"), if it can be told.
  std::optional<std::size_t> id_column(std::string_view entity_set) const;

 private:
  struct Node {
    std::string name;  // as in the file
    std::string path;
    std::string alias;  // the path in full; blank: the same
    bool plain = true;  // no character of the name is escaped in JSON
    std::vector<Place> members;
    std::size_t next = 0;  // the member that is expected
    std::unique_ptr<std::unordered_map<std::string_view, Place>> by_name;  // of many members
    std::uint64_t seen_in = 0;                                             // the record
    std::uint8_t shapes = 0;
    std::size_t longest = 0;  // of arrays
    std::optional<std::size_t> column;
  };
  struct Noted {
    Place place;
    JsonShape shape;
    std::size_t size;
  };
  enum class Known : std::uint8_t { found, perhaps, no };

  Place add(Place of, std::string_view name);
  bool leads_to_wanted(std::string_view path) const;
  void list(Node& node);
  std::size_t append(std::string_view name, std::string_view alias);
  bool is_column(const Node& node) const;
  Known known(const std::string& wanted) const;
  Known known_formatted(std::string_view wanted) const;
  bool below_blank(std::string_view wanted) const;
  std::optional<std::string> id_name(std::string_view entity_set) const;

  std::vector<std::string> wanted_;
  std::vector<std::string> missing_;  // of wanted_, not found so far
  std::deque<Node> places_;
  std::size_t bytes_ = 0;
  std::unordered_multimap<std::string, Place> by_path_;
  std::vector<Noted> noted_;
  bool changed_ = true;
  std::vector<std::string> deleted_of_;  // entity sets
  bool formatted_ = false;               // the export has formatted values
  bool finished_ = false;
  std::vector<std::string> header_;
  std::vector<std::string> aliases_;
  std::unordered_map<std::string, std::size_t> columns_;  // by name and by alias
  std::vector<bool> wanted_columns_;
  std::uint64_t record_ = 0;
  std::vector<std::uint64_t> set_in_;  // the record, by column
};

}  // namespace referrald::mapping
