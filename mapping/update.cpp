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

// What follows from the deal's type (see apply_deal()).
bool is_of_deal(std::string_view path) {
  return path == "type" || path == "target" || is_visibility(path);
}

// No member's name has such a sign.
std::string given_way_path(std::string_view path) {
  return fmt::format("{}#given-way", path);
}
std::string asked_path(std::string_view path) {
  return fmt::format("{}#asked", path);
}

bool holds(const Fingerprint& base, const Leaf& leaf, const FingerprintKey& key) {
  const auto* found = find_leaf(base, leaf.path);
  return found != nullptr && *found == hash_of(leaf, key);
}

enum class Move { none, up, down };

Move move_of(Deal before, Deal now) {
  if (before == now) return Move::none;
  return now > before ? Move::up : Move::down;
}

class Updater {
 public:
  Updater(const Before& before, const Mapped& now, const Fingerprint& print,
          const FingerprintKey& key)
      : before_(before),
        now_(now),
        print_(print),
        key_(key),
        move_(move_of(before.deal, now.deal)) {
    update_.base = before.base;
  }

  Update update() {
    const Changed changed = changed_leaves(before_.base, now_.referral, print_);
    for (const Leaf& leaf : changed.leaves)
      if (!has_given_way(before_.base, leaf, key_)) take(leaf);
    if (changed.before_has_others) forget_what_the_crm_left();  // decisions are such members
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
    if (is_changeable(leaf.path)) return change(leaf);
    update_.refused.push_back(make_reason(
        Code::immutable_member, leaf.path, {}, leaf.json,
        fmt::format("{} has changed, and Partner Center does not let it change", leaf.path)));
  }

  // The service shows no consent that is not given, and of a deal that was upgraded the type, the
  // target and the visibility that it had before: Microsoft's own referral has them.
  bool is_no_change(const Leaf& leaf) const {
    const bool shown = find_leaf(before_.base, leaf.path) != nullptr;
    if (leaf.json == "false" && !shown) return true;
    if (move_ != Move::none || now_.deal != Deal::co_sell) return false;
    if (leaf.path == "type" || is_visibility(leaf.path)) return true;
    return leaf.path == "target" && (!shown || target_is_derived());
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

  // A deal becomes partner-led by giving visibility, and co-sell by inviting Microsoft; type and
  // target of the own referral stay what they are.
  void take_of_deal(const Leaf& leaf) {
    if (now_.deal == Deal::partner_led && is_visibility(leaf.path) && leaf.json == "true")
      change(leaf);
  }

  // The CRM says what Partner Center holds: where it says the other value again, that is a change.
  void forget_what_the_crm_left() {
    for (const Leaf& leaf : leaves(now_.referral))
      if (holds(before_.base, leaf, key_)) forget_decisions(update_.base, leaf.path);
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
    const Standing wanted = standing_of(now_.referral);
    closes_ = !move.empty() && wanted.status == "Closed";
    update_.status_stays = move.empty() && !wanted.status.empty() && wanted != here;
    // Of a deal that is over nobody needs to see more.
    if (closes_)
      std::erase_if(update_.changes, [](const Change& one) { return is_visibility(one.path); });
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
  const Fingerprint& print_;
  const FingerprintKey& key_;
  Move move_;
  Update update_;
  bool closes_ = false;
};

}  // namespace

unsigned Update::requests(unsigned looks) const {
  const auto visibility =
      std::ranges::count_if(changes, [](const Change& one) { return is_visibility(one.path); });
  const bool others = std::ranges::ssize(changes) > visibility;
  const bool reads = std::ranges::any_of(changes, needs_reading);
  return (reads ? 1U : 0U) + (others ? 1U : 0U) + (visibility > 0 ? 1U : 0U) +
         (invites ? looks + 1U : 0U);
}

bool needs_reading(const Change& change) {
  return change.json.starts_with('[') ||
         (!change.known && std::ranges::count(change.path, '/') > 1);
}

bool is_visibility(std::string_view path) {
  return path.starts_with("consent/") && path.substr(8) == sellers_consent;
}

bool is_changeable(std::string_view path) {
  return std::ranges::find(changeable_roots, root_of(path)) != changeable_roots.end();
}

void put_given_way(Fingerprint& base, const Leaf& crms, const FingerprintKey& key) {
  put_leaf(base, hash_of({given_way_path(crms.path), crms.json}, key));
}

bool has_given_way(const Fingerprint& base, const Leaf& crms, const FingerprintKey& key) {
  return holds(base, {given_way_path(crms.path), crms.json}, key);
}

void put_asked(Fingerprint& base, const Leaf& theirs, const FingerprintKey& key) {
  put_leaf(base, hash_of({asked_path(theirs.path), theirs.json}, key));
}

bool was_asked(const Fingerprint& base, const Leaf& theirs, const FingerprintKey& key) {
  return holds(base, {asked_path(theirs.path), theirs.json}, key);
}

void forget_decisions(Fingerprint& base, std::string_view path) {
  erase_leaf(base, given_way_path(path));
  erase_leaf(base, asked_path(path));
}

void erase_leaf(Fingerprint& base, std::string_view path) {
  const auto member = member_hash(path);
  std::erase_if(base.leaves, [&](const LeafHash& leaf) { return leaf.member == member; });
}

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

Update update_of(const Before& before, const Mapped& now, const Fingerprint& print,
                 const FingerprintKey& key) {
  return Updater(before, now, print, key).update();
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
