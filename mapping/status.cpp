#include "mapping/status.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace referrald::mapping {
namespace {

struct Pair {
  std::string_view status;
  std::string_view substatus;
  int rank;  // moves go to a higher one, or among the New ones
};

constexpr std::array status_pairs{
    Pair{"New", "Pending", 0},    Pair{"New", "Received", 0}, Pair{"Active", "Accepted", 1},
    Pair{"Closed", "Won", 2},     Pair{"Closed", "Lost", 2},  Pair{"Closed", "Declined", 2},
    Pair{"Closed", "Expired", 2},
};

const Pair* find_pair(std::string_view status, std::string_view substatus) {
  const auto found = std::ranges::find_if(status_pairs, [&](const Pair& pair) {
    return pair.status == status && pair.substatus == substatus;
  });
  return found == status_pairs.end() ? nullptr : &*found;
}

std::string text_at(const Value& referral, std::string_view member) {
  const Value* value = referral.find(member);
  const auto* text = value == nullptr ? nullptr : value->string();
  return text == nullptr ? std::string{} : *text;
}

// `member` is a literal.
void put_text(Value& referral, std::string_view member, std::string_view text) {
  referral.object()->emplace_back(MemberName::fixed(member), Value{std::string(text)});
}

}  // namespace

Standing standing_of(const Value& referral) {
  return {text_at(referral, "status"), text_at(referral, "substatus")};
}

void apply_status(Value& referral, RuleContext& context) {
  const auto [status, substatus] = standing_of(referral);
  if (context.failed("status") || context.failed("substatus")) return;
  if (status.empty() && substatus.empty()) return;
  if (status.empty()) {
    const auto found = std::ranges::find(status_pairs, substatus, &Pair::substatus);
    if (found != status_pairs.end()) put_text(referral, "status", found->status);
    return;  // what is no substatus is told as a bad choice
  }
  if (!substatus.empty()) {
    const bool known = std::ranges::count(status_pairs, status, &Pair::status) > 0 &&
                       std::ranges::count(status_pairs, substatus, &Pair::substatus) > 0;
    if (known && find_pair(status, substatus) == nullptr)
      report(context, Code::bad_status, "substatus", substatus,
             fmt::format("a deal that is {} cannot be {}", status, substatus));
    return;
  }
  if (status == "Closed")
    report(context, Code::bad_status, "status", status,
           "a deal that is Closed needs a substatus: Won, Lost, Declined or Expired");
  else if (const auto found = std::ranges::find(status_pairs, status, &Pair::status);
           found != status_pairs.end())
    put_text(referral, "substatus", found->substatus);
}

bool may_move(const Standing& from, const Standing& to) {
  const Pair* there = find_pair(to.status, to.substatus);
  if (there == nullptr || from == to) return false;
  const Pair* here = find_pair(from.status, from.substatus);
  // What the reference does not know (Engaged, Error) is on its way, unless it is Closed.
  if (here == nullptr) return from.status != "Closed";
  return here->rank < there->rank || (here->rank == 0 && there->rank == 0);
}

bool is_of_status(std::string_view member) {
  return member == "status" || member == "substatus" || member == "statusReason";
}

}  // namespace referrald::mapping
