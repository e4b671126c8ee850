// The lists of codes that Microsoft publishes and changes: shipped in config/lists/, and replaced
// by files that a mapping names under `lists`.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/table.hpp"

namespace referrald::mapping {

enum class ListId : std::uint8_t {
  products,
  services,
  industries,
  solutions,  // of the type Category
  solution_areas,
  solution_plays,
  marketplace_intents,
  sales_stages,
  assistance_codes,
  count_,
};
// As under `lists` and behind `lookup`.
std::string_view to_string(ListId id);
std::span<const std::string_view> list_names();

inline constexpr std::string_view kCodeColumn = "code";
inline constexpr std::string_view kNameColumn = "name";

// Codes with their names. Const and thread-safe.
class CodeList {
 public:
  // Nothing is known.
  CodeList() = default;
  // Of a table whose keys are the codes, with a column `name`.
  explicit CodeList(Table by_code);

  bool empty() const { return rows_.empty(); }
  // It could not be read, as Table has it.
  bool unread() const { return unread_; }
  bool has(std::string_view code) const { return rows_.contains(code); }
  // `code`, `name`, and what else the list has.
  const std::vector<std::string>& columns() const { return columns_; }
  // The row of a code, or of a name: letter by letter, else whatever its case, accents and
  // punctuation. nullptr for none, and for a name of several codes.
  const std::vector<Constant>* find(std::string_view code_or_name) const;
  // The code whose name or code is so much like `text` that it may be meant.
  std::optional<std::string> nearest(std::string_view text) const;

 private:
  void add_name(std::string_view name, const std::string& code);

  std::vector<std::string> columns_;
  TextMap<std::vector<Constant>> rows_;  // by code
  TextMap<std::string> codes_;           // by name; empty: of several codes
  NameIndex folded_;
  bool unread_ = false;
};

// All of them; a copy shares what was not replaced.
class CodeLists {
 public:
  // Those that are shipped. No solution areas and plays: Microsoft does not publish their codes.
  CodeLists();

  const CodeList& operator[](ListId id) const { return *lists_[static_cast<std::size_t>(id)]; }
  // By name; nullptr when there is none.
  const CodeList* find(std::string_view name) const;
  void replace(ListId id, CodeList list);

 private:
  std::array<std::shared_ptr<const CodeList>, static_cast<std::size_t>(ListId::count_)> lists_;
};

}  // namespace referrald::mapping
