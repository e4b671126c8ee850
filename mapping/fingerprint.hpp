// Hashes of a referral's content, kept by the ledger in place of the content itself: enough to tell
// what changed, and nothing of a person's data once a row is synced.
//
// Stored format: SipHash-2-4 under the ledger's key, so that nobody without the ledger can try
// names and amounts until a hash fits. Of its eight bytes five are kept: that a change keeps its
// hash happens once in a million million changes. It goes over canonical JSON text: no blanks, an
// object's members sorted by name, fractions of seconds without zeros at the end; nulls, empty
// texts, lists and objects count as absent. So neither a mapping file whose members change places
// nor what the service writes back in its own way changes anything. Members' paths, which are no
// secret, are hashed by XXH3. Changing what is hashed makes every row look changed; that takes a
// migration.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/value.hpp"

namespace referrald::mapping {

// One leaf of a referral: `member` hashes its path ("details/dealValue"), `value` its JSON text. A
// list is one leaf, but of the customer's, which cannot be changed, each member is one.
struct LeafHash {
  std::uint32_t member = 0;
  std::uint64_t value = 0;
  bool operator==(const LeafHash&) const = default;
};

struct Fingerprint {
  std::uint64_t invitation = 0;  // 0: none
  std::vector<LeafHash> leaves;  // sorted by member, then value
  bool operator==(const Fingerprint&) const = default;
};

// The ledger's, made by chance with it.
struct FingerprintKey {
  std::array<unsigned char, 16> bytes{};
};

Fingerprint fingerprint(const Value& referral, const Value* invitation, const FingerprintKey& key);

// The fixed-width little-endian form that the ledger takes: 8 bytes of invitation, then 12 per
// leaf. It stores a shorter one.
std::string encode(const Fingerprint& fingerprint);
// Throws std::invalid_argument when the bytes are not of that form.
Fingerprint decode(std::string_view bytes);

// A leaf of a referral: its path and its canonical JSON text. What counts as absent is none.
struct Leaf {
  std::string path;
  std::string json;
  bool operator==(const Leaf&) const = default;
};
// In the referral's order. Throws std::logic_error when the referral is no object.
std::vector<Leaf> leaves(const Value& referral);
std::uint32_t member_hash(std::string_view path);
std::uint64_t value_hash(std::string_view json, const FingerprintKey& key);
// Text with HTML's entities counts as what they stand for: some text comes back with them
// (reference, section 9.1).
LeafHash hash_of(const Leaf& leaf, const FingerprintKey& key);
bool says_the_same(const Leaf& a, const Leaf& b);

// Where the member's hashes stand in the fingerprint; nullptr when it has none.
const LeafHash* find_leaf(const Fingerprint& fingerprint, std::string_view path);
// Puts the leaf in the place of what the fingerprint holds of its member.
void put_leaf(Fingerprint& fingerprint, const LeafHash& leaf);

// A hash of a row's content, to tell in this process whether two rows of one mapping say the same:
// they do where their fingerprints are the same.
std::uint64_t content_hash(const Value& referral, const Value* invitation);

// A hash of any text, XXH3: to find it again in this process.
std::uint64_t text_hash(std::string_view text);

// Hashes of what a row was mapped from, XXH3, to tell whether it is the same: each part is hashed
// with what came of those before it as the seed. The first seed is the ledger's, so that a hash
// says nothing without it.
std::uint64_t record_seed(const FingerprintKey& key);
std::uint64_t record_hash(std::string_view part, std::uint64_t before);

// The leaves of `now` that differ from what `before` holds. Leaves only in `before` do not count: a
// blank cell never erases a member at Partner Center (contract, section 7).
struct Changed {
  std::vector<Leaf> leaves;
  bool before_has_others = false;  // leaves of members that `now` has not
};
// `print` is the fingerprint of `now`; throws std::logic_error where it cannot be.
Changed changed_leaves(const Fingerprint& before, const Value& now, const Fingerprint& print);

}  // namespace referrald::mapping
