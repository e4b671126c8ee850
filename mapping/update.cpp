#include "mapping/update.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>

#include "mapping/deal.hpp"
#include "mapping/json_value.hpp"

namespace referrald::mapping {
namespace {

// Deal value, close date, notes, stage and status are said to be changeable, and in the portal the
// name, the campaign, the team and the solutions as well. The location is fixed, and of customer,
// consent and the rest no source says that they can be changed.
constexpr std::array<std::string_view, 5> changeable_roots{"name", "details", "team", "salesStage",
                                                           "campaignId"};

std::string_view root_of(std::string_view path) {
  return path.substr(0, path.find('/'));
}

bool is_changeable(std::string_view path) {
  return std::ranges::find(changeable_roots, root_of(path)) != changeable_roots.end();
}

bool is_sellers_consent(std::string_view path) {
  return path.starts_with("consent/") && path.substr(8) == sellers_consent;
}

// What follows from the deal's type (see apply_deal()).
bool is_of_deal(std::string_view path) {
  return path == "type" || path == "target" || is_sellers_consent(path);
}

enum class Move { none, up, down };

Move move_of(Deal before, Deal now) {
  if (before == now) return Move::none;
  return now > before ? Move::up : Move::down;
}

class Updater {
 public:
  Updater(const Before& before, const Mapped& now, const FingerprintKey& key)
      : before_(before), now_(now), key_(key), move_(move_of(before.deal, now.deal)) {
    update_.base = before.base;
  }

  Update update() {
    for (const Leaf& leaf : changed_leaves(before_.base, now_.referral, key_)) take(leaf);
    move_status();
    if (move_ == Move::down) refuse_downgrade();
    if (!closes_ && move_ != Move::down)
      update_.invites = now_.deal == Deal::co_sell && !before_.microsoft_exists;
    compare_invitation();
    return std::move(update_);
  }

 private:
  void take(const Leaf& leaf) {
    if (is_of_status(leaf.path) || is_no_change(leaf)) {
      if (!is_of_status(leaf.path)) put_leaf(update_.base, hash_of(leaf, key_));
      return;
    }
    if (is_of_deal(leaf.path) && move_ != Move::none) return take_of_deal(leaf);
    // Of an upgrade that has been taken in before, and was not made yet.
    if (is_sellers_consent(leaf.path) && leaf.json == "true") return change(leaf);
    if (is_changeable(leaf.path)) return change(leaf);
    update_.refused.push_back(make_reason(
        Code::immutable_member, leaf.path, {}, leaf.json,
        fmt::format("{} has changed, and Partner Center does not let it change", leaf.path)));
  }

  // The service shows no consent that is not given, and of a deal that was upgraded the type and
  // the target that it had before.
  bool is_no_change(const Leaf& leaf) const {
    const bool shown = find_leaf(before_.base, leaf.path) != nullptr;
    if (leaf.json == "false" && !shown) return true;
    if (move_ != Move::none || now_.deal != Deal::co_sell) return false;
    return leaf.path == "type" || (leaf.path == "target" && (!shown || target_is_derived()));
  }

  // A target that the mapping does not give follows the deal's solutions; what it was created with
  // stays.
  bool target_is_derived() const {
    const Value* solutions = now_.referral.at("details/requirements/solutions");
    const Value* target = now_.referral.at("target/0/id");
    if (target == nullptr || target->string() == nullptr) return false;
    return std::ranges::any_of(elements_of(solutions), [&](const Value& solution) {
      const Value* id = solution.find("id");
      return id != nullptr && id->string() != nullptr && *id->string() == *target->string();
    });
  }

  void change(const Leaf& leaf) {
    update_.changes.push_back(
        {leaf.path, leaf.json, find_leaf(before_.base, leaf.path) != nullptr});
  }

  // An upgrade gives visibility, and leaves type and target of the own referral what they are.
  void take_of_deal(const Leaf& leaf) {
    if (move_ == Move::up && is_sellers_consent(leaf.path)) change(leaf);
  }

  void refuse_downgrade() {
    update_.refused.push_back(
        make_reason(Code::deal_downgrade, {}, {}, std::string(to_string(now_.deal)),
                    fmt::format("the deal is {} at Partner Center, and cannot become {}",
                                to_string(before_.deal), to_string(now_.deal))));
  }

  void move_status() {
    const Standing& here = before_.standing == Standing{} ? new_deal : before_.standing;
    const auto move = status_changes(here, now_.referral);
    closes_ = !move.empty() && standing_of(now_.referral).status == "Closed";
    // Of a deal that is over nobody needs to see more.
    if (closes_)
      std::erase_if(update_.changes,
                    [](const Change& one) { return is_sellers_consent(one.path); });
    update_.changes.insert(update_.changes.end(), move.begin(), move.end());
  }

  void compare_invitation() {
    if (!before_.microsoft_exists || now_.deal != Deal::co_sell) return;
    const bool invites = !now_.invitation.absent();
    const auto hash =
        fingerprint(Value{Object{}}, invites ? &now_.invitation : nullptr, key_).invitation;
    update_.invitation_changed = hash != before_.base.invitation;
  }

  const Before& before_;
  const Mapped& now_;
  const FingerprintKey& key_;
  Move move_;
  Update update_;
  bool closes_ = false;
};

}  // namespace

std::vector<Change> status_changes(const Standing& here, const Value& now) {
  if (!may_move(here, standing_of(now))) return {};
  std::vector<Change> changes;
  for (const std::string_view member : {"status", "substatus", "statusReason"}) {
    const Value* value = now.find(member);
    if (value == nullptr || value->absent()) continue;
    changes.push_back({std::string(member), to_json(*value), member != "statusReason"});
  }
  return changes;
}

Update update_of(const Before& before, const Mapped& now, const FingerprintKey& key) {
  return Updater(before, now, key).update();
}

Leaf leaf_of(const Change& change) {
  auto value = parse_json(change.json);
  if (!value) return {change.path, change.json};
  auto found = leaves(Value{Object{{change.path, std::move(*value)}}});
  return found.empty() ? Leaf{change.path, change.json} : std::move(found.front());
}

std::string patch_json(const std::vector<Change>& changes) {
  std::string out = "[";
  for (const Change& change : changes) {
    out.append(out.size() > 1 ? "," : "");
    out.append(change.known ? R"({"op":"replace","path":)" : R"({"op":"add","path":)");
    append_json_string(out, "/" + change.path);
    out.append(",\"value\":").append(change.json).append("}");
  }
  return out + "]";
}

std::vector<Change> parse_patch(std::string_view json) {
  const auto read = parse_json(json);
  const List* list = read ? read->list() : nullptr;
  if (list == nullptr) throw std::invalid_argument("this is no patch");
  std::vector<Change> changes;
  for (const Value& one : *list) {
    const Value* op = one.find("op");
    const Value* path = one.find("path");
    const Value* value = one.find("value");
    const bool whole = op != nullptr && op->string() != nullptr && path != nullptr &&
                       path->string() != nullptr && path->string()->starts_with('/') &&
                       value != nullptr;
    if (!whole) throw std::invalid_argument("this is no operation of a patch");
    changes.push_back({path->string()->substr(1), to_json(*value), *op->string() == "replace"});
  }
  return changes;
}

}  // namespace referrald::mapping
