// The template language: text with ${Column | filter argument} in it.
//
//   template    = { text | "${" column { "|" filter } "}" }
//   filter      = name { blanks argument }
//   argument    = quoted string | word
//   escapes     \}  \|  \$  \\      any other backslash is itself
//
// Filters that take one text also take it without quotes: all up to the next | or }, without blanks
// at its ends. In the quotes of a regular expression a backslash is itself.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.hpp"
#include "mapping/columns.hpp"
#include "mapping/filters.hpp"
#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {

struct Placeholder {
  std::uint32_t column = 0;
  Pipe pipe;
};

// Text, then perhaps a placeholder.
struct Part {
  std::string text;
  bool has_placeholder = false;
  Placeholder placeholder;
};

// What the place of a template takes.
enum class Yield : std::uint8_t {
  value,
  list,  // the template must be one placeholder whose filters end in a list
};

class Template {
 public:
  // Parses; each fault is a problem at `place`, and such a template yields nothing.
  static Template parse(std::string_view text, const FilterSettings& settings, Columns& columns,
                        const config::Place& place, config::Problems& problems,
                        Yield yield = Yield::value);

  // Without placeholders: the text, unescaped.
  bool constant() const { return placeholders_ == 0; }
  std::string constant_text() const;
  // One placeholder and nothing else: keeps its type.
  bool single() const;
  // That without filters.
  bool is_cell() const { return single() && parts_.front().placeholder.pipe.filters.empty(); }
  // What the template yields (a date is text); nullopt: what a table holds.
  std::optional<ScalarKind> kind() const;
  // Names of the columns, comma-separated, each once.
  std::string columns(const Columns& columns) const;
  // Their numbers, of the placeholders alone.
  std::vector<std::uint32_t> placeholders() const;
  // And those that their filters take values from.
  std::vector<std::uint32_t> all_columns() const;
  // Of each placeholder the first column that is not blank: its own, or one of `if_blank`.
  std::vector<std::uint32_t> filled_columns(std::span<const Cell> cells) const;
  // Adds the names that are not among them yet.
  void add_columns(const Columns& columns, std::vector<std::string>& names) const;

  struct Fault {
    std::uint32_t column = 0;
    Failure failure;
  };
  // Fills `out`; blank when every placeholder is. `cells` are trimmed and ordered as the mapping's
  // columns. Faults are appended, and then `out` is blank. `some_blank` tells that at least one
  // placeholder was blank.
  void evaluate(std::span<const Cell> cells, const FilterSettings& settings, Scalar& out,
                std::vector<Fault>& faults, bool* some_blank = nullptr) const;
  // The elements of a template that was parsed for a list, none of them blank, trimmed. With a
  // fault there are none.
  std::vector<Constant> evaluate_list(std::span<const Cell> cells, const FilterSettings& settings,
                                      std::vector<Fault>& faults) const;

 private:
  std::vector<Part> parts_;
  std::size_t placeholders_ = 0;
};

}  // namespace referrald::mapping
