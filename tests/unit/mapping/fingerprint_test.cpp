#include "mapping/fingerprint.hpp"

#include <stdexcept>

#include <gmock/gmock.h>

namespace referrald::mapping {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// SipHash's published key for its test vectors: 00 01 … 0f.
const FingerprintKey key{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}};

Value string(std::string_view value) {
  return {std::string(value)};
}

Value person(std::string_view first, std::string_view email) {
  return {Object{{"firstName", string(first)}, {"email", string(email)}}};
}

Value storage_referral(std::string_view value = "48500") {
  return {Object{
      {"name", string("Storage")},
      {"customerProfile",
       {Object{{"name", string("Contoso")}, {"team", {List{person("Ana", "ana@example.com")}}}}}},
      {"details", {Object{{"dealValue", {Number{std::string(value)}}}, {"notes", string("x")}}}}}};
}

TEST(Leaves, AreMembersWithTheirPaths) {
  EXPECT_THAT(leaves(storage_referral()),
              ElementsAre(Leaf{"name", "\"Storage\""}, Leaf{"customerProfile/name", "\"Contoso\""},
                          Leaf{"customerProfile/team/0/firstName", "\"Ana\""},
                          Leaf{"customerProfile/team/0/email", "\"ana@example.com\""},
                          Leaf{"details/dealValue", "48500"}, Leaf{"details/notes", "\"x\""}));
}

TEST(Leaves, WhatIsEmptyCountsAsAbsent) {
  const Value empty{Object{{"consent", {Object{}}},
                           {"target", {List{}}},
                           {"name", string("")},
                           {"team", {List{{Object{{"email", string("")}}}}}},
                           {"details", {Object{{"notes", {}}}}}}};
  EXPECT_THAT(leaves(empty), IsEmpty());
  EXPECT_THAT(leaves({Object{}}), IsEmpty());
  const Value partly{
      Object{{"team", {List{{Object{{"email", string("")}, {"title", string("x")}}}}}}}};
  EXPECT_THAT(leaves(partly), ElementsAre(Leaf{"team", R"([{"title":"x"}])"}));
}

TEST(Leaves, ZerosAtTheEndOfAFractionOfASecondSayNothing) {
  for (const char* time : {"2027-03-31T00:00:00Z", "2027-03-31T00:00:00.0000000Z"})
    EXPECT_THAT(leaves({Object{{"a", string(time)}}}),
                ElementsAre(Leaf{"a", "\"2027-03-31T00:00:00Z\""}));
  EXPECT_THAT(leaves({Object{{"a", string("2027-03-31T00:00:00.1200Z")}}}),
              ElementsAre(Leaf{"a", "\"2027-03-31T00:00:00.12Z\""}));
}

TEST(Leaves, OnlyAnObjectHasThem) {
  EXPECT_THROW(leaves(string("x")), std::logic_error);
}

// The stored format: these figures may never change without a migration.
TEST(Fingerprint, StoredFormatIsStable) {
  EXPECT_EQ(member_hash("details/dealValue"), 0x54bd3069U);
  // SipHash-2-4's published vectors, of no byte and of 00 01 … 07: five bytes of eight.
  EXPECT_EQ(value_hash("", key), 0x47dd0e0e31U);
  EXPECT_EQ(value_hash({"\0\1\2\3\4\5\6\7", 8}, key), 0x799a932462U);
  const std::string bytes = encode({0x0102030405060708U, {{0x0A0B0C0DU, 0x1112131415161718U}}});
  EXPECT_EQ(bytes,
            "\x08\x07\x06\x05\x04\x03\x02\x01\x0D\x0C\x0B\x0A\x18\x17\x16\x15\x14\x13\x12\x11");
}

TEST(Fingerprint, SaysNothingWithoutItsKey) {
  const FingerprintKey other{{1}};
  EXPECT_NE(fingerprint(storage_referral(), nullptr, key),
            fingerprint(storage_referral(), nullptr, other));
}

TEST(Fingerprint, MembersMayChangePlaces) {
  const Value moved{Object{
      {"details", {Object{{"notes", string("x")}, {"dealValue", {Number{"48500"}}}}}},
      {"customerProfile",
       {Object{
           {"team",
            {List{{Object{{"email", string("ana@example.com")}, {"firstName", string("Ana")}}}}}},
           {"name", string("Contoso")}}}},
      {"name", string("Storage")}}};
  EXPECT_EQ(fingerprint(moved, nullptr, key), fingerprint(storage_referral(), nullptr, key));
}

TEST(Fingerprint, EveryContentHasItsOwn) {
  const Value invitation{Object{{"notes", string("help")}}};
  const Value other{Object{{"notes", string("more help")}}};
  const Fingerprint plain = fingerprint(storage_referral(), nullptr, key);
  EXPECT_EQ(plain.invitation, 0U);
  EXPECT_NE(fingerprint(storage_referral("48501"), nullptr, key), plain);
  EXPECT_NE(fingerprint(storage_referral(), &invitation, key), plain);
  EXPECT_NE(fingerprint(storage_referral(), &invitation, key),
            fingerprint(storage_referral(), &other, key));
  EXPECT_EQ(fingerprint(storage_referral(), &invitation, key).leaves, plain.leaves);
  const Value absent;
  EXPECT_EQ(fingerprint(storage_referral(), &absent, key), plain);
}

TEST(Fingerprint, ComesBackFromItsStoredForm) {
  const Value invitation{Object{{"notes", string("help")}}};
  for (const Fingerprint& print : {fingerprint(storage_referral(), &invitation, key),
                                   fingerprint(storage_referral(), nullptr, key), Fingerprint{}}) {
    EXPECT_EQ(decode(encode(print)), print);
    EXPECT_EQ(encode(print).size(), 8 + 12 * print.leaves.size());
  }
}

TEST(Fingerprint, BytesOfAnotherFormAreRefused) {
  const std::string bytes = encode(fingerprint(storage_referral(), nullptr, key));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    if (size >= 8 && (size - 8) % 12 == 0) continue;
    EXPECT_THROW(decode(bytes.substr(0, size)), std::invalid_argument) << size;
  }
  const std::string swapped = bytes.substr(0, 8) + bytes.substr(20, 12) + bytes.substr(8, 12);
  EXPECT_THROW(decode(swapped), std::invalid_argument);
}

// Whatever the fingerprint takes for the same, and nothing else.
TEST(ContentHash, IsTheSameWhereTheFingerprintIs) {
  const auto with = [](Value notes) {
    return Value{Object{{"name", string("A")}, {"notes", std::move(notes)}}};
  };
  const std::vector<Value> contents{
      with(string("x & y")),
      with(string("x &amp; y")),
      with(string("x")),
      with(string("xA")),
      with({}),
      with(string("")),
      with({List{}}),
      with({List{string("x")}}),
      with({List{string("x"), {}}}),
      with({List{string("x"), string("y")}}),
      with({List{string("xy")}}),
      with({Object{{"x", string("y")}}}),
      with({Object{{"x", string("y")}, {"z", string("")}}}),
      with({Object{{"x", {}}, {"y", string("x")}}}),
      with({true}),
      with({Number{"1"}}),
      with(string("1")),
      with(string("2026-03-31T00:00:00.500Z")),
      with(string("2026-03-31T00:00:00.5Z")),
      with(string("2026-03-31T00:00:00Z")),
      with(string("2026-03-31T00:00:00.000Z")),
  };
  for (std::size_t a = 0; a < contents.size(); ++a)
    for (std::size_t b = 0; b < contents.size(); ++b)
      EXPECT_EQ(content_hash(contents[a], nullptr) == content_hash(contents[b], nullptr),
                fingerprint(contents[a], nullptr, key) == fingerprint(contents[b], nullptr, key))
          << a << ' ' << b;
  const Value invitation{Object{{"notes", string("help")}}};
  EXPECT_NE(content_hash(contents[0], nullptr), content_hash(contents[0], &invitation));
}

Changed changed(const Fingerprint& before, const Value& now) {
  return changed_leaves(before, now, fingerprint(now, nullptr, key));
}

TEST(ChangedLeaves, AreThoseWithAnotherValueOrNew) {
  const Fingerprint before = fingerprint(storage_referral(), nullptr, key);
  EXPECT_THAT(changed(before, storage_referral()).leaves, IsEmpty());
  EXPECT_THAT(changed(before, storage_referral("50000")).leaves,
              ElementsAre(Leaf{"details/dealValue", "50000"}));
  Value more = storage_referral();
  more.object()->push_back({"qualification", string("Direct")});
  EXPECT_THAT(changed(before, more).leaves, ElementsAre(Leaf{"qualification", "\"Direct\""}));
}

TEST(ChangedLeaves, AreNotLookedForWithTheFingerprintOfAnotherReferral) {
  const Fingerprint before = fingerprint(storage_referral(), nullptr, key);
  Value more = storage_referral();
  more.object()->push_back({"qualification", string("Direct")});
  EXPECT_THROW(changed_leaves(before, storage_referral(), fingerprint(more, nullptr, key)),
               std::logic_error);
}

TEST(ChangedLeaves, AMemberThatIsGoneDoesNotCount) {
  Value less = storage_referral();
  less.object()->erase(less.object()->begin());
  EXPECT_THAT(changed(fingerprint(storage_referral(), nullptr, key), less).leaves, IsEmpty());
}

TEST(ChangedLeaves, AnyChangeInsideAListIsTheList) {
  const Value before{Object{{"team", {List{person("Ana", "ana@example.com")}}}}};
  const Value now{
      Object{{"team", {List{person("Ana", "ana@example.com"), person("Bo", "bo@example.com")}}}}};
  EXPECT_THAT(changed(fingerprint(before, nullptr, key), now).leaves,
              ElementsAre(testing::Field(&Leaf::path, "team")));
}

// It cannot be changed, so that each member is told by itself, and a blank one is none.
TEST(ChangedLeaves, OfTheCustomersContactsEachMemberIsOne) {
  Value now = storage_referral();
  *now.find("customerProfile")->find("team") = {List{person("", "bo@example.com")}};
  EXPECT_THAT(changed(fingerprint(storage_referral(), nullptr, key), now).leaves,
              ElementsAre(Leaf{"customerProfile/team/0/email", "\"bo@example.com\""}));
}

}  // namespace
}  // namespace referrald::mapping
