// Writes a mapping file, line by line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace referrald::mapping {

// ${reference | filters}, with what would end a column's name escaped.
std::string placeholder(std::string_view reference, std::string_view filters = {});

// A column or text as the argument of a filter.
std::string quoted_argument(std::string_view text);

// The text as a YAML scalar, in quotes where it needs them; `in_flow` within [ ] and { }.
std::string yaml_in_block(std::string_view text);
std::string yaml_in_flow(std::string_view text);

// The text without line breaks and control characters, for a comment.
std::string one_line(std::string_view text);

// "#   - …" over as many lines as it needs, and "#   a, b, c".
std::string comment_item(std::string_view text);
std::string comment_list(const std::vector<std::string>& names);

// Maps within maps, and lists of one map.
class MappingText {
 public:
  void open(std::string_view name, std::string_view remark = {});
  // The next member begins a list's element; closed like a map.
  void element();
  // A template, or a constant such as true, UTF-8 or de-DE.
  void member(std::string_view name, std::string_view value, std::string_view remark = {});
  void remark(std::string_view text);
  void close();
  std::string text() const { return text_; }

 private:
  void begin_line();

  std::string text_;
  std::size_t depth_ = 0;
  bool begins_element_ = false;
};

}  // namespace referrald::mapping
