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

// The element of `others` that is about the same thing: of the same id or mail, else at the same
// place of a list that is as long.
const Value* counterpart(const Value& element, std::size_t place, std::size_t size,
                         const mapping::List& others) {
  for (const char* key : {"id", "email"}) {
    const Value* name = element.find(key);
    if (name == nullptr || name->absent()) continue;
    for (const Value& other : others)
      if (const Value* its = other.find(key); its != nullptr && *its == *name) return &other;
    return nullptr;
  }
  return size == others.size() ? &others[place] : nullptr;
}

// A blank cell erases nothing: members that the CRM does not give are kept as they are there.
mapping::List filled(const mapping::List& ours, const mapping::List& theirs) {
  mapping::List out = ours;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const Value* there = counterpart(ours[i], i, ours.size(), theirs);
    auto* members = out[i].object();
    if (there == nullptr || there->object() == nullptr || members == nullptr) continue;
    for (const auto& member : *there->object())
      if (out[i].find(member.name) == nullptr) members->push_back(member);
  }
  return out;
}

// With the members alone that one of `ours` has: the service may have filled in others.
mapping::List restricted(const mapping::List& theirs, const mapping::List& ours) {
  mapping::List out = theirs;
  for (Value& element : out)
    if (auto* members = element.object())
      std::erase_if(*members, [&](const mapping::Member& member) {
        return std::ranges::none_of(
            ours, [&](const Value& own) { return own.find(member.name) != nullptr; });
      });
  return out;
}

Leaf list_leaf(std::string_view path, mapping::List list) {
  const auto leaves =
      mapping::leaves(Value{mapping::Object{{std::string(path), Value{std::move(list)}}}});
  return leaves.empty() ? Leaf{std::string(path), "[]"} : leaves.front();
}

// Whether a member of `base` is there and says nothing: it was cleared. One that is not shown at
// all counts as unchanged: the service does not show all that it was sent.
bool has_cleared(const mapping::Object& theirs, const std::string& above,
                 const mapping::Fingerprint& base) {
  return std::ranges::any_of(theirs, [&](const mapping::Member& member) {
    const std::string path = above + std::string(member.name);
    if (const auto* inner = member.value.object()) return has_cleared(*inner, path + "/", base);
    const auto* text = member.value.string();
    const bool blank = member.value.absent() || (text != nullptr && text->empty());
    return blank && mapping::is_changeable(path) && mapping::find_leaf(base, path) != nullptr;
  });
}

class Merger {
 public:
  Merger(const Sides& sides, Conflicts conflicts)
      : sides_(sides),
        conflicts_(conflicts),
        content_(mapping::content_of(sides.theirs)),
        theirs_(mapping::leaves(content_)) {
    merge_.base = sides.base;
  }

  Merge merge(const std::vector<Change>& changes) {
    std::vector<Change> status;
    for (const Change& change : changes)
      if (mapping::is_of_status(change.path))
        status.push_back(change);
      else
        take(change);
    if (!status.empty()) take_status(status);
    // What is sent takes the place of what is there.
    auto after = merge_.base;
    for (const Leaf& leaf : sent_)
      if (const Leaf* there = theirs(leaf.path))
        mapping::put_leaf(after, mapping::hash_of(*there, sides_.key));
      else
        mapping::erase_leaf(after, leaf.path);
    for (const Leaf& leaf : merge_.settled)
      mapping::put_leaf(after, mapping::hash_of(leaf, sides_.key));
    merge_.diverged = strays(sides_.theirs, after, sides_.key);
    return std::move(merge_);
  }

 private:
  const Leaf* theirs(std::string_view path) const {
    const auto found = std::ranges::find(theirs_, path, &Leaf::path);
    return found == theirs_.end() ? nullptr : &*found;
  }

  void take(const Change& change) {
    const auto value = mapping::parse_json(change.json).value_or(Value{});
    const Value* there = content_.at(change.path);
    if (value.list() != nullptr && there != nullptr && there->list() != nullptr)
      return take_list(change, *value.list(), *there->list());
    const Leaf* other = theirs(change.path);
    take_value(change, change, mapping::leaf_of(change), other, other);
  }

  void take_list(const Change& change, const mapping::List& ours, const mapping::List& theirs) {
    const Leaf as_is = list_leaf(change.path, theirs);
    const auto* before = mapping::find_leaf(sides_.base, change.path);
    const Leaf narrow = list_leaf(change.path, restricted(theirs, ours));
    const bool unchanged = before != nullptr && mapping::hash_of(narrow, sides_.key) == *before;
    const Leaf whole = list_leaf(change.path, filled(ours, theirs));
    Change made = change;
    made.json = whole.json;
    if (unchanged && !mapping::says_the_same(as_is, whole))
      return send(made, mapping::leaf_of(change));
    take_value(change, made, whole, &as_is, &narrow);
  }

  // `made`: as it would be sent; `theirs_of_crm`: what is there of the members that the CRM gives.
  void take_value(const Change& change, const Change& made, const Leaf& ours, const Leaf* other,
                  const Leaf* theirs_of_crm) {
    const auto* before = mapping::find_leaf(sides_.base, change.path);
    if (other != nullptr && mapping::says_the_same(*other, ours)) {
      merge_.settled.push_back(ours);
      return;
    }
    const Value* raw = sides_.theirs.at(change.path);
    const bool cleared = before != nullptr && raw != nullptr &&
                         (raw->absent() || (raw->string() != nullptr && raw->string()->empty()));
    const bool changed_there =
        cleared || (other != nullptr &&
                    (before == nullptr || mapping::hash_of(*other, sides_.key) != *before));
    const Leaf there = other == nullptr ? Leaf{change.path, "null"} : *other;
    const bool crm_wins = conflicts_ == Conflicts::crm &&
                          (!sides_.decided || mapping::was_asked(sides_.base, there, sides_.key));
    if (!changed_there || is_ours(other) || crm_wins) {
      send(made, ours);
    } else if (conflicts_ == Conflicts::partner_center) {
      give_way(change, theirs_of_crm);
    } else {
      hold(change, ours, there);
    }
  }

  // Theirs is what both have agreed on now; and what the CRM says is no news as long as it says
  // nothing else.
  void give_way(const Change& change, const Leaf* theirs) {
    merge_.given_way.push_back(mapping::leaf_of(change));
    mapping::forget_decisions(merge_.base, change.path);
    if (theirs != nullptr)
      mapping::put_leaf(merge_.base, mapping::hash_of(*theirs, sides_.key));
    else
      mapping::erase_leaf(merge_.base, change.path);
    mapping::put_given_way(merge_.base, merge_.given_way.back(), sides_.key);
  }

  bool is_ours(const Leaf* other) const {
    return other != nullptr && std::ranges::any_of(sides_.sent, [&](const Change& one) {
             return one.path == other->path &&
                    mapping::says_the_same(mapping::leaf_of(one), *other);
           });
  }

  void hold(const Change& change, const Leaf& ours, const Leaf& there) {
    const std::string theirs = there.json == "null" ? std::string("nothing") : there.json;
    mapping::put_asked(merge_.base, there, sides_.key);
    const auto before = mapping::kept_value(sides_.kept, change.path);
    const bool was_there = mapping::find_leaf(sides_.base, change.path) != nullptr;
    auto& conflict = merge_.conflicts.emplace_back(mapping::make_reason(
        mapping::Code::conflict, change.path, {}, ours.json,
        fmt::format("{} is {} in the CRM and {} at Partner Center; last synced was {}", change.path,
                    ours.json, theirs,
                    before       ? *before
                    : !was_there ? "nothing"
                                 : "another text, which is not kept")));
    conflict.partner_center = there.json;
    conflict.last_synced = before ? *before : was_there ? "" : "null";
    merge_.held.push_back(change);
  }

  // As the referral is now: a parent that is missing is made with its member.
  void send(const Change& change, const Leaf& ours) {
    sent_.push_back(ours);
    Change made = change;
    made.known = is_there(change.path);
    for (auto slash = made.path.rfind('/'); !made.known && slash != std::string::npos;
         slash = made.path.rfind('/')) {
      const std::string parent = made.path.substr(0, slash);
      if (is_there(parent) || made_here(parent)) break;
      std::string object = "{";
      mapping::append_json_string(object, made.path.substr(slash + 1));
      made.json = object + ":" + made.json + "}";
      made.path = parent;
    }
    merge_.send.push_back(std::move(made));
  }

  bool is_there(const std::string& path) const {
    const Value* value = sides_.theirs.at(path);
    return value != nullptr && !value->absent();
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
    // Nothing can be settled any more once it is closed.
    if (wanted.status == "Closed" && !merge_.held.empty()) {
      merge_.held.insert(merge_.held.end(), changes.begin(), changes.end());
      return;
    }
    const bool moves = mapping::may_move(mapping::standing_of(sides_.theirs), wanted);
    for (const Change& change : changes)
      if (moves)
        send(change, {change.path, change.json});
      else
        merge_.settled.push_back({change.path, change.json});
  }

  const Sides& sides_;
  Conflicts conflicts_;
  Value content_;
  std::vector<Leaf> theirs_;
  std::vector<Leaf> sent_;
  Merge merge_;
};

}  // namespace

bool strays(const Value& theirs, const mapping::Fingerprint& base,
            const mapping::FingerprintKey& key) {
  const auto content = mapping::leaves(mapping::content_of(theirs));
  const bool other = std::ranges::any_of(content, [&](const Leaf& leaf) {
    if (mapping::is_of_status(leaf.path) || leaf.path == "externalReferenceId" ||
        leaf.json.starts_with('['))
      return false;
    const auto* before = mapping::find_leaf(base, leaf.path);
    if (before == nullptr) return mapping::is_changeable(leaf.path);
    return mapping::hash_of(leaf, key) != *before;
  });
  return other || (theirs.object() != nullptr && has_cleared(*theirs.object(), "", base));
}

Merge merge(const std::vector<Change>& changes, const Sides& sides, Conflicts conflicts) {
  return Merger(sides, conflicts).merge(changes);
}

}  // namespace referrald::sync
