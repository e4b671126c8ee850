#include "tests/simulator/odata.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>
#include <simdjson.h>

#include "tests/simulator/encoding.hpp"
#include "tests/simulator/json_text.hpp"
#include "tests/simulator/message.hpp"
#include "tests/simulator/schema.hpp"

namespace referrald::simulator {
namespace {

using Options = std::map<std::string, std::string, std::less<>>;

Refusal refuse_option(std::string_view option, std::string message) {
  return {400, "invalidRequest", std::move(message), std::string{option}};
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Refusal> read_options(std::string_view query, Options& options) {
  static constexpr std::string_view known[] = {"$filter", "$orderby", "$select",   "$top",
                                               "$skip",   "$count",   "$skiptoken"};
  for (auto& [name, value] : parameters(query)) {
    if (!name.starts_with('$')) continue;  // a custom option, ignored as OData asks
    if (std::find(std::begin(known), std::end(known), name) == std::end(known)) {
      return refuse_option(name, fmt::format("The query option {} is not supported.", name));
    }
    if (!options.emplace(name, std::move(value)).second) {
      return refuse_option(name, fmt::format("The query option {} is given twice.", name));
    }
  }
  return std::nullopt;
}

std::optional<Refusal> read_filter(const std::string& text, ListQuery& list) {
  auto parsed = parse_filter(text);
  if (auto* refusal = std::get_if<Refusal>(&parsed)) return std::move(*refusal);
  list.filter = std::get<Filter>(std::move(parsed));
  list.filter_text = text;
  return std::nullopt;
}

std::optional<Refusal> read_order(std::string_view text, ListQuery& list) {
  const auto space = text.find(' ');
  const auto name = text.substr(0, space);
  const auto direction = space == std::string_view::npos ? "asc" : text.substr(space + 1);
  const bool known = (name == "createdDateTime" || name == "updatedDateTime") &&
                     (direction == "asc" || direction == "desc");
  if (!known) return refuse_option("$orderby", fmt::format("Cannot order by '{}'.", text));
  list.order = name == "createdDateTime" ? Order::created : Order::updated;
  list.descending = direction == "desc";
  return std::nullopt;
}

std::optional<Refusal> read_select(std::string_view text, ListQuery& list) {
  list.select_text = text;
  while (!text.empty()) {
    auto name = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), name.size() + 1));
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    const Member* member = find_member(referral_schema(), name);
    if (member == nullptr || member->name != name) {
      return refuse_option("$select", fmt::format("'{}' is no member of a referral.", name));
    }
    list.select.emplace_back(name);
  }
  return std::nullopt;
}

std::optional<Refusal> read_counts(const Options& options, ListQuery& list) {
  if (const auto top = options.find("$top"); top != options.end()) {
    list.top = parse_number<std::size_t>(top->second);
    if (!list.top) return refuse_option("$top", "A number is expected.");
  }
  if (const auto skip = options.find("$skip"); skip != options.end()) {
    const auto number = parse_number<std::size_t>(skip->second);
    if (!number) return refuse_option("$skip", "A number is expected.");
    list.skip = *number;
  }
  if (const auto count = options.find("$count"); count != options.end()) {
    if (count->second != "true" && count->second != "false") {
      return refuse_option("$count", "true or false is expected.");
    }
    list.count = count->second == "true";
  }
  return std::nullopt;
}

// The token's parts, one a line: order, direction, time, what is left of $top, $count, $filter,
// $select.
std::optional<Refusal> read_token(std::string_view token, Options& options, ListQuery& list) {
  const auto bad = refuse_option("$skiptoken", "The $skiptoken is none of this service.");
  if (!token.starts_with("k1")) return bad;
  const auto text = decode_base64url(token.substr(2));
  if (!text) return bad;
  std::vector<std::string> lines;
  for (std::string_view rest = *text; lines.size() < 7;) {
    const auto line = rest.substr(0, rest.find('\n'));
    lines.emplace_back(line);
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  }
  const auto after = parse_number<std::int64_t>(lines[2]);
  if (!after || lines[0].empty()) return bad;
  list.after = Time{Ticks{*after}};

  const std::pair<const char*, std::string> told[] = {
      {"$orderby", lines[0] + " " + lines[1]}, {"$filter", lines[5]}, {"$select", lines[6]}};
  for (const auto& [name, value] : told) {
    if (value.empty()) {
      if (options.count(name) != 0)
        return refuse_option(name, "It does not agree with the $skiptoken.");
      continue;
    }
    auto [at, added] = options.emplace(name, value);
    const bool agrees = added || at->second == value || at->second + " asc" == value;
    if (!agrees) return refuse_option(name, "It does not agree with the $skiptoken.");
  }
  options.erase("$skip");  // was done with the first page
  if (lines[3].empty())
    options.erase("$top");
  else
    options["$top"] = lines[3];
  if (!lines[4].empty()) options["$count"] = lines[4];
  return std::nullopt;
}

}  // namespace

std::variant<ListQuery, Refusal> parse_list_query(std::string_view query) {
  Options options;
  ListQuery list;
  auto refusal = read_options(query, options);
  if (const auto token = options.find("$skiptoken"); !refusal && token != options.end()) {
    refusal = read_token(token->second, options, list);
  }
  if (const auto filter = options.find("$filter"); !refusal && filter != options.end()) {
    refusal = read_filter(filter->second, list);
  }
  if (const auto order = options.find("$orderby"); !refusal && order != options.end()) {
    refusal = read_order(order->second, list);
  }
  if (const auto select = options.find("$select"); !refusal && select != options.end()) {
    refusal = read_select(select->second, list);
  }
  if (!refusal) refusal = read_counts(options, list);
  if (refusal) return std::move(*refusal);
  return list;
}

std::string make_skiptoken(const ListQuery& query) {
  const auto text = fmt::format(
      "{}\n{}\n{}\n{}\n{}\n{}\n{}",
      query.order == Order::created ? "createdDateTime" : "updatedDateTime",
      query.descending ? "desc" : "asc", query.after->time_since_epoch().count(),
      query.top ? std::to_string(*query.top) : "",
      query.count ? (*query.count ? "true" : "false") : "", query.filter_text, query.select_text);
  return "k1" + encode_base64url(text);
}

struct Selector::Impl {
  simdjson::dom::parser parser;
};

Selector::Selector() : impl_(std::make_unique<Impl>()) {}
Selector::~Selector() = default;

void Selector::append(std::string& out, std::string_view referral,
                      const std::vector<std::string>& select) {
  simdjson::dom::element root;
  const auto error = impl_->parser.parse(referral.data(), referral.size()).get(root);
  if (error != simdjson::SUCCESS) return;
  out += '{';
  bool first = true;
  for (const auto& name : select) {
    simdjson::dom::element value;
    if (root[name].get(value) != simdjson::SUCCESS) continue;
    if (!first) out += ',';
    first = false;
    append_json_string(out, name);
    out += ':';
    out += simdjson::minify(value);
  }
  out += '}';
}

}  // namespace referrald::simulator
