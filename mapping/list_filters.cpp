// Filters that make, change and end lists.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "mapping/filter_making.hpp"

namespace referrald::mapping {
namespace {

std::optional<Filter> make_split(Making& making) {
  making.pipe.flow = Flow::list;
  making.pipe.element = Flow::text;
  return Filter{[separator = making.separator()](FilterRow&, Scalar& value) {
    std::vector<Constant> elements;
    std::string_view rest = value.text;
    while (!rest.empty()) {
      const auto end = std::min(rest.find(separator), rest.size());
      const auto element = trim(rest.substr(0, end));
      if (!element.empty()) elements.push_back({ScalarKind::text, std::string(element)});
      rest.remove_prefix(std::min(end + separator.size(), rest.size()));
    }
    value.hold_list(std::move(elements));
    return std::optional<Failure>{};
  }};
}

std::optional<Filter> make_map(Making& making) {
  if (making.call.inner.empty())
    return making.complain("map names no filter", "write the filter behind it: `map upper`");
  const FilterCall& call = making.call.inner.front();
  const auto is = [&](const FilterSpec& spec) { return spec.name == call.name; };
  if (std::ranges::any_of(flow_filters(), is) || std::ranges::any_of(list_filters(), is) ||
      call.name == "timezone")
    return making.complain(
        fmt::format("\"map {}\": {} is no filter for one element of a list", call.name, call.name),
        "write filters such as `map upper` or `map lookup need`");
  const FilterSpec* spec = find_filter(call.name);
  if (spec != nullptr && (spec->takes & takes(making.pipe.element)) == 0)
    return making.complain(fmt::format("\"map {}\": {} cannot take what the elements are by then",
                                       call.name, call.name),
                           "put it before the filter that makes them so, or remove one of them");
  making.pipe.flow = making.pipe.element;
  Making inner{making.pipe, call, making.all, {}, making.fault};
  auto filter = make_filter(inner);
  making.pipe.element = making.pipe.flow;
  making.pipe.flow = Flow::list;
  if (!filter) return std::nullopt;
  return Filter{[run = filter->run](FilterRow& row, Scalar& value) -> std::optional<Failure> {
    std::vector<Constant> elements;
    for (Constant& element : value.items) {
      Scalar one;
      one.hold(element.kind, std::move(element.text));
      if (auto failure = run(row, one)) return failure;
      if (one.kind != ScalarKind::blank) elements.push_back({one.kind, std::string(one.text)});
    }
    value.hold_list(std::move(elements));
    return std::nullopt;
  }};
}

std::optional<Filter> make_join(Making& making) {
  making.pipe.flow = Flow::text;
  return Filter{[separator = making.separator()](FilterRow&, Scalar& value) {
    std::string out;
    for (const Constant& element : value.items)
      out.append(out.empty() ? "" : separator).append(element.text);
    value.hold(ScalarKind::text, std::move(out));
    return std::optional<Failure>{};
  }};
}

std::optional<Filter> make_first(Making& making) {
  making.pipe.flow = making.pipe.element;
  return Filter{[](FilterRow&, Scalar& value) {
    value.hold(value.items.front().kind, std::move(value.items.front().text));
    return std::optional<Failure>{};
  }};
}

std::optional<Filter> make_last(Making& making) {
  making.pipe.flow = making.pipe.element;
  return Filter{[](FilterRow&, Scalar& value) {
    value.hold(value.items.back().kind, std::move(value.items.back().text));
    return std::optional<Failure>{};
  }};
}

}  // namespace

std::span<const FilterSpec> list_filters() {
  static constexpr std::array specs{
      FilterSpec{"split", ArgumentStyle::text, 1, 1, takes_text, make_split, "split \";\""},
      FilterSpec{"map", ArgumentStyle::filter, 0, 0, takes_list, make_map, "map upper"},
      FilterSpec{"join", ArgumentStyle::text, 1, 1, takes_list, make_join, "join \", \""},
      FilterSpec{"first", ArgumentStyle::text, 0, 0, takes_list, make_first, "first"},
      FilterSpec{"last", ArgumentStyle::text, 0, 0, takes_list, make_last, "last"},
  };
  return specs;
}

}  // namespace referrald::mapping
