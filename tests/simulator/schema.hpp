// The members of a referral as the service binds them (reference, sections 2.1 to 2.4).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace referrald::simulator {

struct Schema;

enum class MemberKind : std::uint8_t {
  text,
  flag,
  number,  // or a number in a string, stored as a number
  time,
  country,
  currency,
  choice,   // one of `choices`
  object,   // `inner`
  objects,  // array of `inner`
  opaque,   // any JSON
  server,   // the service's own: what a client sends is ignored
};

struct Member {
  std::string_view name;
  MemberKind kind;
  const Schema* inner = nullptr;
  std::span<const std::string_view> choices = {};
  bool required = false;  // in its object
  bool frozen = false;    // of the referral: cannot change after creation
  std::size_t most = 0;   // elements of an array; 0: any number
};

struct Schema {
  std::span<const Member> members;
};

// Finds a member by its name, in any case (the service's own sample mixes both). Null: unknown.
const Member* find_member(const Schema& schema, std::string_view name);

const Schema& referral_schema();

}  // namespace referrald::simulator
