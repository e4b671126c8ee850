// The members of a referral that a mapping may set, with their types (reference, section 2), and
// those that it may not, with the reason.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/rules.hpp"

namespace referrald::mapping {

enum class Type : std::uint8_t {
  text,
  number,
  boolean,
  choice,
  country,
  currency,
  date_time,
  object,
  list,    // of objects
  target,  // a list of objects; a lone value stands for a SolutionProfile of that id
  any,     // nobody documented its shape: whatever the mapping writes
};

struct MemberSpec;

// A member that cannot be set, and why.
struct Refused {
  std::string_view name;
  std::string_view reason;
};

struct Shape {
  std::string_view name;  // for messages: "an address"
  std::span<const MemberSpec> members;
  std::span<const Refused> refused = {};

  const MemberSpec* find(std::string_view member) const;
};

struct MemberSpec {
  std::string_view name;
  Type type = Type::text;
  const Shape* shape = nullptr;  // of the object, or of the list's elements
  std::span<const std::string_view> choices = {};
};

const Shape& referral_shape();
const Shape& invitation_shape();

// Why `shape` does not take a member of that name, and what to do: the reason it is refused, or the
// nearest name.
struct UnknownMember {
  std::string message;
  std::string remedy;
};
UnknownMember explain_unknown(const Shape& shape, std::string_view member);

// Why the service would not take this text for the member: a code and a message. Types without a
// form of their own take any text.
struct FormatFault {
  Code code;
  std::string message;
  std::string nearest;  // a value that the service would take, if one is near
};
std::optional<FormatFault> check_format(const MemberSpec& spec, std::string_view text);

}  // namespace referrald::mapping
