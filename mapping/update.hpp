// What a row that has changed asks of its referral at Partner Center: which members can be changed,
// which cannot, and what is no change at all (reference, sections 1.2, 3 and 4).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mapping/fingerprint.hpp"
#include "mapping/mapping.hpp"
#include "mapping/status.hpp"

namespace referrald::mapping {

// Of the row's referral, as far as the ledger knows.
struct Before {
  Fingerprint base;  // what Partner Center holds
  Deal deal = Deal::private_;
  Standing standing;              // both blank: not created yet
  bool microsoft_exists = false;  // the second referral, or its request is under way
};

// One member to change. `path` is a JSON pointer without its first slash.
struct Change {
  std::string path;
  std::string json;
  bool known = false;  // Partner Center has the member
};

struct Update {
  std::vector<Change> changes;
  std::vector<Reason> refused;      // what cannot be done; all else is done
  bool invites = false;             // Microsoft's referral is to be created: an upgrade
  bool invitation_changed = false;  // reported, not sent: Microsoft has the other one
  // The row does not ask for Microsoft's referral any more, whose request is under way; and what it
  // is refused for if that had its effect.
  bool withdraws_invitation = false;
  std::vector<Reason> if_invited;
  bool status_stays = false;  // the row's status is behind the referral's: nothing is sent
  Fingerprint base;           // Before::base, with what the deal's type makes of itself

  bool nothing_to_send() const { return changes.empty() && !invites; }
  // How many it takes, if nobody else changes the referral meanwhile and the ledger knows its
  // version. `looks`: how often it is looked for an invitation before one is sent.
  unsigned requests(unsigned looks) const;
};

// The consent that shows a deal to Microsoft's sellers. No source says that it can be changed, so
// it is asked for by a request of its own.
bool is_visibility(std::string_view path);

// Whether it can be sent only once what is there has been read: a list, whose elements have members
// that the CRM does not give, and a member whose parent may not be there.
bool needs_reading(const Change& change);

// Whether the service is said to let the member change.
bool is_changeable(std::string_view path);

// Decisions on members that both sides have changed, kept in the fingerprint of what Partner Center
// holds. That the CRM's value gave way: it is no change as long as the CRM says no other one.
void put_given_way(Fingerprint& base, const Leaf& crms, const FingerprintKey& key);
bool has_given_way(const Fingerprint& base, const Leaf& crms, const FingerprintKey& key);
// What Partner Center held when a person was asked; "null": nothing.
void put_asked(Fingerprint& base, const Leaf& theirs, const FingerprintKey& key);
bool was_asked(const Fingerprint& base, const Leaf& theirs, const FingerprintKey& key);
void forget_decisions(Fingerprint& base, std::string_view path);
void erase_leaf(Fingerprint& base, std::string_view path);

// Where a deal stands when it has been created.
inline const Standing new_deal{"Active", "Accepted"};
// What moves a referral from `here` to where `now` says that it stands; nothing when it is there,
// or cannot go there.
std::vector<Change> status_changes(const Standing& here, const Value& now);

// `print` is the fingerprint of the row's referral.
Update update_of(const Before& before, const Mapped& now, const Fingerprint& print,
                 const FingerprintKey& key);

// The change's leaf, canonical as those of a referral.
Leaf leaf_of(const Change& change);

// The changes as an RFC 6902 document of `add` and `replace`, which are all that the service takes.
std::string patch_json(const std::vector<Change>& changes);
// The other way; throws std::invalid_argument when it is none.
std::vector<Change> parse_patch(std::string_view json);

}  // namespace referrald::mapping
