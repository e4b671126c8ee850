// What the makers of filters share: the table's line, and what a maker is given. Only for the
// filters' own sources.
#pragma once

#include <memory>

#include "mapping/filters.hpp"

namespace referrald::mapping {

// Which flows a filter can take, as bits.
using Takes = std::uint8_t;
constexpr Takes takes(Flow flow) {
  return static_cast<Takes>(1U << static_cast<unsigned>(flow));
}
inline constexpr Takes takes_text = takes(Flow::text) | takes(Flow::unknown);
inline constexpr Takes takes_list = takes(Flow::list);
inline constexpr Takes takes_single =
    takes_text | takes(Flow::number) | takes(Flow::date) | takes(Flow::boolean);
inline constexpr Takes takes_any = takes_single | takes_list;

// What makers of one pipe share.
struct PipeMaking {
  const FilterSettings& settings;
  const std::function<std::uint32_t(std::string_view)>& column_id;
  TimeZone zone;                            // `timezone` in the pipe, else the mapping's
  std::shared_ptr<const DateFormats> date;  // of the last `date`, or nullptr
  Flow flow = Flow::text;                   // what comes in; a maker sets what goes out
  Flow element = Flow::text;                // of a list's elements
  std::vector<std::uint32_t> columns;       // see Pipe::columns
};

// A maker's view of one call.
struct Making {
  PipeMaking& pipe;
  const FilterCall& call;
  std::span<const FilterCall> all;     // of the pipe
  std::span<const FilterCall> behind;  // further right
  PipeFault& fault;

  const std::string& argument(std::size_t i = 0) const { return call.arguments[i].text; }
  // An argument in which \n is a line end and \t a tab: neither can be written into a line of YAML.
  std::string separator(std::size_t i = 0) const;
  // "truncate 200", as the template has it.
  std::string shown() const;
  std::optional<Filter> complain(std::string message, std::string remedy = {}) const {
    fault = {std::move(message), std::move(remedy)};
    return std::nullopt;
  }
};

using Maker = std::optional<Filter> (*)(Making&);

struct FilterSpec {
  std::string_view name;
  ArgumentStyle style;
  std::size_t least;  // count of arguments
  std::size_t most;
  Takes takes;
  Maker make;
  std::string_view usage;  // for remedies
};

constexpr std::size_t any_count = static_cast<std::size_t>(-1);

// The filters of each source.
std::span<const FilterSpec> flow_filters();       // default, required, if_blank, when
std::span<const FilterSpec> value_filters();      // number, integer, bool, date, timezone
std::span<const FilterSpec> text_filters();       // truncate, replace, match …
std::span<const FilterSpec> list_filters();       // split, map, join, first, last
std::span<const FilterSpec> reference_filters();  // lookup, country, currency, company_size
std::span<const FilterSpec> contact_filters();    // phone, email

// nullptr: there is none of that name.
const FilterSpec* find_filter(std::string_view name);

// Makes one filter, its arguments and what flows into it checked; nullopt when `making.fault` says
// what is wrong.
std::optional<Filter> make_filter(Making& making);

// "did you mean \"x\"?", or nothing.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> known);

// A failure that shows the value.
Failure failed(Code code, const Scalar& value, std::string message, std::string remedy = {});

// What the words of a bool mean; nullopt: neither.
std::optional<bool> truth(std::string_view word);

}  // namespace referrald::mapping
