#include "daemon/sync/changed_row.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "daemon/sync/export_rows.hpp"
#include "mapping/deal.hpp"

namespace referrald::sync {

namespace {

bool holds(const mapping::Fingerprint& base, const mapping::Leaf& leaf,
           const mapping::FingerprintKey& key) {
  const auto* found = mapping::find_leaf(base, leaf.path);
  return found != nullptr && *found == mapping::hash_of(leaf, key);
}

// The deal at Partner Center: what the ledger calls it may be an upgrade that has not been made
// yet. A deal that is there as Shared was created to be shown to Microsoft. A consent of unknown
// effect is asked for again, and stands in the way of taking it back.
mapping::Deal deal_there(const mapping::Fingerprint& base, const persistence::Offered& known,
                         mapping::Deal wanted, bool microsoft_exists,
                         const mapping::FingerprintKey& key) {
  if (microsoft_exists || holds(base, {"type", "\"Shared\""}, key)) return mapping::Deal::co_sell;
  const auto consent = "consent/" + std::string(mapping::sellers_consent);
  const bool may_be_seen = wanted == mapping::Deal::private_ &&
                           known.sent.find(mapping::sellers_consent) != std::string::npos;
  const bool seen = may_be_seen || holds(base, {consent, "true"}, key);
  return seen ? mapping::Deal::partner_led : mapping::Deal::private_;
}

mapping::Update update_if(bool microsoft_exists, const mapping::Mapped& mapped,
                          const mapping::Fingerprint& print, const persistence::Offered& known,
                          const mapping::FingerprintKey& key) {
  mapping::Before before;
  before.base = mapping::decode(known.fingerprint);
  before.deal = deal_there(before.base, known, mapped.deal, microsoft_exists, key);
  before.standing = {known.status, known.substatus};
  before.microsoft_exists = microsoft_exists;
  return mapping::update_of(before, mapped, print, key);
}

bool is_downgrade(const mapping::Reason& reason) {
  return reason.code == mapping::rule(mapping::Code::deal_downgrade).name;
}

// Of a row whose invitation of Microsoft is under way: one that is not wanted any more is taken
// back, unless it turns out to have had its effect.
mapping::Update with_doubtful_invitation(const mapping::Mapped& mapped,
                                         const mapping::Fingerprint& print,
                                         const persistence::Offered& known,
                                         const mapping::FingerprintKey& key) {
  auto invited = update_if(true, mapped, print, known, key);
  auto update = update_if(false, mapped, print, known, key);
  if (update.invites) {
    // Whether Microsoft has it is not known yet, and which content it has.
    invited.base = std::move(update.base);
    invited.invitation_changed = false;
    return invited;
  }
  update.withdraws_invitation = true;
  if (std::ranges::none_of(update.refused, is_downgrade))
    std::ranges::copy_if(invited.refused, std::back_inserter(update.if_invited), is_downgrade);
  return update;
}

}  // namespace

mapping::Update update_of(const mapping::Mapped& mapped, std::string_view fingerprint,
                          const persistence::Offered& known, const mapping::FingerprintKey& key) {
  const auto print = mapping::decode(fingerprint);
  const bool doubtful = known.microsoft_under_way && !known.microsoft_exists;
  auto update = doubtful ? with_doubtful_invitation(mapped, print, known, key)
                         : update_if(known.microsoft_exists, mapped, print, known, key);
  // What a request of unknown effect may have set is set to what the CRM says now.
  if (known.sent.empty()) return update;
  for (auto& change : mapping::parse_patch(known.sent)) {
    const bool there = std::ranges::any_of(
        update.changes, [&](const mapping::Change& one) { return one.path == change.path; });
    const auto* value = mapped.referral.at(change.path);
    if (there || mapping::is_of_status(change.path) || value == nullptr || value->absent() ||
        change.path.starts_with("consent/"))
      continue;
    update.changes.push_back({change.path, mapping::to_json(*value), true});
  }
  return update;
}

persistence::Change change_of(const mapping::Update& update, const persistence::Desired& wanted,
                              const persistence::Offered& known) {
  persistence::Change change;
  const bool stays = std::ranges::any_of(update.refused, is_downgrade);
  change.deal = stays ? known.deal : wanted.deal;
  change.co_sell = change.deal == mapping::to_string(mapping::Deal::co_sell);
  if (!update.changes.empty()) change.patch = mapping::patch_json(update.changes);
  if (update.invites) {
    change.microsoft_body = wanted.microsoft_body;
    change.invitation = wanted.invitation;
  }
  change.withdraws_invitation = update.withdraws_invitation;
  if (!update.if_invited.empty()) change.if_invited = reasons_json(update.if_invited);
  change.read_first = !known.sent.empty();
  change.create = wanted;
  change.fingerprint = wanted.fingerprint;
  change.base = mapping::encode(update.base);
  if (!update.refused.empty()) change.reasons = reasons_json(update.refused);
  return change;
}

bool may_leave_at_once(const mapping::Update& update, const persistence::Desired& wanted,
                       const persistence::Offered& known) {
  const auto private_deal = mapping::to_string(mapping::Deal::private_);
  const bool seen_by_others = wanted.deal != private_deal || known.deal != private_deal ||
                              known.microsoft_exists || known.microsoft_under_way ||
                              update.invites || update.withdraws_invitation;
  const bool can_be_undone = std::ranges::none_of(update.changes, [](const mapping::Change& one) {
    return mapping::is_of_status(one.path) || mapping::is_visibility(one.path);
  });
  return !seen_by_others && can_be_undone && update.refused.empty() && known.sent.empty();
}

bool asks_in_vain(const mapping::Mapped& mapped, std::string_view fingerprint,
                  const persistence::Offered& known, const mapping::FingerprintKey& key) {
  if (known.verdict != persistence::Verdict::closed || known.fingerprint.empty()) return false;
  const auto update = update_of(mapped, fingerprint, known, key);
  return !update.nothing_to_send() || !update.refused.empty() || update.status_stays;
}

mapping::FingerprintKey key_of(const std::string& bytes) {
  mapping::FingerprintKey key;
  if (bytes.size() != key.bytes.size())
    throw std::invalid_argument("the ledger's key has not its size");
  std::copy(bytes.begin(), bytes.end(), key.bytes.begin());
  return key;
}

}  // namespace referrald::sync
