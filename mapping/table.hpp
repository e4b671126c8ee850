// What `lookup` searches: keys with values beside them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mapping/names.hpp"

namespace referrald::mapping {

// A list exists only between filters.
enum class ScalarKind : std::uint8_t { blank, text, number, date, boolean, list };

// A value that stands by itself: of a table, behind `default`, or an element of a list.
struct Constant {
  ScalarKind kind = ScalarKind::text;
  std::string text;
};

// What `lookup` finds: beside each key a value, or one value for each of the table's columns.
struct Table {
  std::vector<std::string> columns;  // in the order of a row's values; empty: one, without a name
  TextMap<std::vector<Constant>> rows;  // a blank text: nothing stands there
  // It could not be read, which a problem says: what looks into it is not to be blamed as well.
  bool unread = false;
};
using Tables = std::map<std::string, Table, std::less<>>;

}  // namespace referrald::mapping
