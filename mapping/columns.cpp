#include "mapping/columns.hpp"

namespace referrald::mapping {

std::uint32_t Columns::id_of(std::string_view name, const config::Place& place) {
  std::uint32_t id = 0;
  if (item_ && name == kItemName) {
    id = *item_;
  } else {
    while (id < names_.size() && (facts_[id].item || names_[id] != name)) ++id;
    if (id == names_.size()) {
      names_.emplace_back(name);
      facts_.push_back({place, false, false});
    }
  }
  if (mentions_ != nullptr) mentions_->mentioned_.push_back(id);
  if ((mentions_ == nullptr || !mentions_->may_be_missing_) && !facts_[id].required) {
    facts_[id].required = true;
    facts_[id].place = place;
  }
  return id;
}

Columns::ItemScope::ItemScope(Columns& columns, std::string shown, const config::Place& place)
    : columns_(columns),
      outer_(columns.item_),
      id_(static_cast<std::uint32_t>(columns.names_.size())) {
  columns.names_.push_back(std::move(shown));
  columns.facts_.push_back({place, true, false});
  columns.item_ = id_;
}

Columns::MentionScope::MentionScope(Columns& columns, bool may_be_missing)
    : columns_(columns),
      outer_(columns.mentions_),
      may_be_missing_(may_be_missing || (outer_ != nullptr && outer_->may_be_missing_)) {
  columns.mentions_ = this;
}

Columns::MentionScope::~MentionScope() {
  columns_.mentions_ = outer_;
  if (outer_ != nullptr)
    outer_->mentioned_.insert(outer_->mentioned_.end(), mentioned_.begin(), mentioned_.end());
}

}  // namespace referrald::mapping
