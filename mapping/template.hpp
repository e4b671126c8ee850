// The template language: text with ${Column | filter argument} in it.
//
//   template    = { text | "${" column { "|" filter } "}" }
//   filter      = name [ blanks argument ]
//   argument    = quoted string, or all text up to the next | or }, without blanks at its ends
//   escapes     \}  \|  \$  \\      any other backslash is itself
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
  std::vector<Filter> filters;
};

// Text, then perhaps a placeholder.
struct Part {
  std::string text;
  bool has_placeholder = false;
  Placeholder placeholder;
};

class Template {
 public:
  // Parses; each fault is a problem at `place`, and such a template yields nothing.
  static Template parse(std::string_view text, const FilterSettings& settings, Columns& columns,
                        const config::Place& place, config::Problems& problems);

  // Without placeholders: the text, unescaped.
  bool constant() const { return placeholders_ == 0; }
  std::string constant_text() const;
  // One placeholder and nothing else: keeps its type.
  bool single() const;
  // What the template yields; nullopt: what a table holds.
  std::optional<ScalarKind> kind() const;
  // Names of the columns, comma-separated.
  std::string columns(const Columns& columns) const;

  struct Fault {
    std::uint32_t column = 0;
    Failure failure;
  };
  // Fills `out`; blank when every placeholder is. `cells` are trimmed and ordered as the mapping's
  // columns. Faults are appended, and then `out` is blank. `some_blank` tells that at least one
  // placeholder was blank.
  void evaluate(std::span<const Cell> cells, const FilterSettings& settings, Scalar& out,
                std::vector<Fault>& faults, bool* some_blank = nullptr) const;

 private:
  std::vector<Part> parts_;
  std::size_t placeholders_ = 0;
};

}  // namespace referrald::mapping
