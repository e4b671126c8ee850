// The columns that a mapping names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.hpp"

namespace referrald::mapping {

// Inside of an `each` over a cell, ${item} is the element.
inline constexpr std::string_view kItemName = "item";

// Numbered in the order of their first mention. A row's cells come in the same order.
class Columns {
 public:
  std::uint32_t id_of(std::string_view name, const config::Place& place);

  // By number. An element of a list is shown as the column that it is taken from.
  const std::vector<std::string>& names() const { return names_; }
  // Where it is mentioned first; of a column that must not be missing, where that is said.
  const config::Place& place(std::uint32_t id) const { return facts_[id].place; }
  // Whether an export has such a column at all; an element of a list is none.
  bool in_export(std::uint32_t id) const { return !facts_[id].item; }
  // Whether an export may lack it: every mention was within a MentionScope that allows it.
  bool may_be_missing(std::uint32_t id) const { return !facts_[id].required; }

  // Columns that an export has all or none of; each may be missing.
  void add_group(std::vector<std::uint32_t> ids) { groups_.push_back(std::move(ids)); }
  const std::vector<std::vector<std::uint32_t>>& groups() const { return groups_; }

  // While it lives, "item" is a column of its own.
  class ItemScope {
   public:
    ItemScope(Columns& columns, std::string shown, const config::Place& place);
    ~ItemScope() { columns_.item_ = outer_; }
    ItemScope(const ItemScope&) = delete;
    ItemScope& operator=(const ItemScope&) = delete;
    std::uint32_t id() const { return id_; }

   private:
    Columns& columns_;
    std::optional<std::uint32_t> outer_;
    std::uint32_t id_;
  };

  // While it lives, the columns that are named are noted, each mention, and do not become required
  // if `may_be_missing`.
  class MentionScope {
   public:
    MentionScope(Columns& columns, bool may_be_missing);
    ~MentionScope();
    MentionScope(const MentionScope&) = delete;
    MentionScope& operator=(const MentionScope&) = delete;
    const std::vector<std::uint32_t>& mentioned() const { return mentioned_; }

   private:
    friend class Columns;
    Columns& columns_;
    MentionScope* outer_;
    bool may_be_missing_;
    std::vector<std::uint32_t> mentioned_;
  };

 private:
  struct Facts {
    config::Place place;
    bool item = false;
    bool required = false;
  };

  std::vector<std::string> names_;
  std::vector<Facts> facts_;
  std::vector<std::vector<std::uint32_t>> groups_;
  std::optional<std::uint32_t> item_;
  MentionScope* mentions_ = nullptr;
};

}  // namespace referrald::mapping
