#include "daemon/sync/merge.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "mapping/json_value.hpp"
#include "mapping/kept_values.hpp"
#include "mapping/rules.hpp"
#include "mapping/service_content.hpp"
#include "mapping/status.hpp"

namespace referrald::sync {
namespace {

using mapping::Change;
using mapping::Leaf;
using mapping::Value;

class Merger {
 public:
  Merger(const Sides& sides, Conflicts conflicts)
      : sides_(sides),
        conflicts_(conflicts),
        theirs_(mapping::leaves(mapping::content_of(sides.theirs))) {}

  Merge merge(const std::vector<Change>& changes) {
    std::vector<Change> status;
    for (const Change& change : changes)
      if (mapping::is_of_status(change.path))
        status.push_back(change);
      else
        take(change);
    if (!status.empty()) take_status(status);
    merge_.diverged = std::ranges::any_of(theirs_, [&](const Leaf& leaf) { return strays(leaf); });
    return std::move(merge_);
  }

 private:
  const Leaf* theirs(std::string_view path) const {
    const auto found = std::ranges::find(theirs_, path, &Leaf::path);
    return found == theirs_.end() ? nullptr : &*found;
  }

  // The canonical text of what the CRM says: what is stored as JSON has lost nothing of it.
  static Leaf leaf_of(const Change& change) {
    Value at = mapping::parse_json(change.json).value_or(Value{});
    std::string_view path = change.path;
    for (auto slash = path.rfind('/');; slash = path.rfind('/')) {
      const auto name = slash == std::string_view::npos ? path : path.substr(slash + 1);
      at = Value{mapping::Object{{std::string(name), std::move(at)}}};
      if (slash == std::string_view::npos) break;
      path = path.substr(0, slash);
    }
    auto found = mapping::leaves(at);
    return found.empty() ? Leaf{change.path, change.json} : std::move(found.front());
  }

  void take(const Change& change) {
    const Leaf ours = leaf_of(change);
    const Leaf* other = theirs(change.path);
    const auto* before = mapping::find_leaf(sides_.base, change.path);
    if (other != nullptr && mapping::says_the_same(*other, ours)) {
      merge_.settled.push_back(ours);
      return;
    }
    const Value* raw = sides_.theirs.at(change.path);
    const bool cleared =
        before != nullptr && raw != nullptr && raw->string() != nullptr && raw->string()->empty();
    const bool changed_there =
        cleared || (other != nullptr &&
                    (before == nullptr || mapping::hash_of(*other, sides_.key) != *before));
    if (!changed_there || conflicts_ == Conflicts::crm) {
      send(change, ours);
    } else if (conflicts_ == Conflicts::partner_center) {
      merge_.settled.push_back(ours);
    } else {
      hold(change, ours, other == nullptr ? std::string("nothing") : other->json);
    }
  }

  void hold(const Change& change, const Leaf& ours, const std::string& theirs) {
    const auto before = mapping::kept_value(sides_.kept, change.path);
    const bool was_there = mapping::find_leaf(sides_.base, change.path) != nullptr;
    merge_.conflicts.push_back(mapping::make_reason(
        mapping::Code::conflict, change.path, {}, ours.json,
        fmt::format("{} is {} in the CRM and {} at Partner Center; last synced was {}", change.path,
                    ours.json, theirs,
                    before       ? *before
                    : !was_there ? "nothing"
                                 : "another text, which is not kept")));
    merge_.held.push_back(change);
  }

  // As the referral is now: a parent that is missing is made with its member.
  void send(const Change& change, const Leaf& ours) {
    sent_.push_back(ours);
    Change made = change;
    made.known = sides_.theirs.at(change.path) != nullptr;
    for (auto slash = made.path.rfind('/'); !made.known && slash != std::string::npos;
         slash = made.path.rfind('/')) {
      const std::string parent = made.path.substr(0, slash);
      if (sides_.theirs.at(parent) != nullptr || made_here(parent)) break;
      std::string object = "{";
      mapping::append_json_string(object, made.path.substr(slash + 1));
      made.json = object + ":" + made.json + "}";
      made.path = parent;
    }
    merge_.send.push_back(std::move(made));
  }

  bool made_here(const std::string& path) const {
    return std::ranges::any_of(merge_.send, [&](const Change& one) { return one.path == path; });
  }

  void take_status(const std::vector<Change>& changes) {
    mapping::Standing wanted;
    for (const Change& change : changes) {
      const auto text = mapping::parse_json(change.json).value_or(Value{});
      if (text.string() == nullptr) continue;
      if (change.path == "status") wanted.status = *text.string();
      if (change.path == "substatus") wanted.substatus = *text.string();
    }
    const bool moves = mapping::may_move(mapping::standing_of(sides_.theirs), wanted);
    for (const Change& change : changes)
      if (moves)
        send(change, {change.path, change.json});
      else
        merge_.settled.push_back({change.path, change.json});
  }

  // Whether Partner Center has another value than was synced, and keeps it.
  bool strays(const Leaf& leaf) const {
    if (mapping::is_of_status(leaf.path)) return false;
    if (std::ranges::find(sent_, leaf.path, &Leaf::path) != sent_.end()) return false;
    const auto settled = std::ranges::find(merge_.settled, leaf.path, &Leaf::path);
    if (settled != merge_.settled.end()) return !mapping::says_the_same(*settled, leaf);
    const auto* before = mapping::find_leaf(sides_.base, leaf.path);
    return before != nullptr && mapping::hash_of(leaf, sides_.key) != *before;
  }

  const Sides& sides_;
  Conflicts conflicts_;
  std::vector<Leaf> theirs_;
  std::vector<Leaf> sent_;
  Merge merge_;
};

}  // namespace

Merge merge(const std::vector<Change>& changes, const Sides& sides, Conflicts conflicts) {
  return Merger(sides, conflicts).merge(changes);
}

}  // namespace referrald::sync
