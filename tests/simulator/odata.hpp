// The query options of a list call (reference, section 1.1): what is documented is understood, all
// else refused.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tests/simulator/referral.hpp"
#include "tests/simulator/store.hpp"
#include "tests/simulator/validation.hpp"

namespace referrald::simulator {

inline constexpr std::size_t page_size = 100;

enum class FilterField : std::uint8_t {
  engagement_id,
  status,
  substatus,
  updated,
  email,  // of a team member; also written team/any(t:t/email eq '…')
  qualification,
  type,
  direction,
  country,  // customerProfile/address/country
};
enum class Compare : std::uint8_t { equal, less, less_equal, greater, greater_equal };

struct Term {
  FilterField field;
  Compare compare = Compare::equal;
  std::string text;  // of the literal
  Time time;         // for `updated`
  Guid guid;         // for `engagement_id`
};

// All terms must hold: the service is known to take no `or`.
using Filter = std::vector<Term>;
std::variant<Filter, Refusal> parse_filter(std::string_view text);

// Looks into the referral's JSON where it must. Not for two threads at once.
class FilterMatcher {
 public:
  FilterMatcher();
  ~FilterMatcher();
  bool matches(const Filter& filter, const Referral& referral);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A list call, understood.
struct ListQuery {
  Filter filter;
  std::string filter_text;
  Order order = Order::created;
  bool descending = false;
  std::vector<std::string> select;  // empty: everything
  std::string select_text;
  std::optional<std::size_t> top;  // what is still to be delivered
  std::size_t skip = 0;
  std::optional<bool> count;
  std::optional<Time> after;  // from a $skiptoken
};

// A $skiptoken holds the whole query, so that it may come back alone. Beside it, an option that
// says something else is refused.
std::variant<ListQuery, Refusal> parse_list_query(std::string_view query);
std::string make_skiptoken(const ListQuery& query);  // with query.after where to continue

// The members of `referral` (JSON as append_referral writes it) that `select` names.
class Selector {
 public:
  Selector();
  ~Selector();
  void append(std::string& out, std::string_view referral, const std::vector<std::string>& select);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace referrald::simulator
