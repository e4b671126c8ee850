#include "mapping/filters.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "config/diagnostics.hpp"
#include "mapping/filter_making.hpp"

namespace referrald::mapping {
namespace {

const std::vector<FilterSpec>& all_filters() {
  static const std::vector<FilterSpec> all = [] {
    std::vector<FilterSpec> out;
    for (const auto& some : {flow_filters(), value_filters(), text_filters(), list_filters(),
                             reference_filters(), contact_filters()})
      out.insert(out.end(), some.begin(), some.end());
    return out;
  }();
  return all;
}

// Names that other tools have for a filter.
struct Synonym {
  std::string_view name;
  std::string_view remedy;
};
constexpr std::array synonyms{
    Synonym{"datetime", "write `date`, which reads times as well: `date %d.%m.%Y %H:%M`"},
    Synonym{"time", "write `date`, which reads times as well: `date %d.%m.%Y %H:%M`"},
    Synonym{"tz", "write `timezone`, as in `timezone Europe/Berlin`"},
    Synonym{"zone", "write `timezone`, as in `timezone Europe/Berlin`"},
    Synonym{"strip", "write `trim`"},
    Synonym{"int", "write `integer`"},
    Synonym{"decimal", "write `number`"},
    Synonym{"float", "write `number`"},
    Synonym{"boolean", "write `bool`"},
    Synonym{"coalesce", "write `if_blank`, as in `if_blank \"Mobile Phone\"`"},
    Synonym{"if", "write `when`, as in `when \"Status Reason\" = Won`"},
    Synonym{"regex", "write `match`, or `replace_match` to replace what matches"},
    Synonym{"regex_replace", "write `replace_match`"},
    Synonym{"substring", "write `truncate`, or `match` with a regular expression"},
    Synonym{"concat", "write the placeholders side by side, or `prefix` and `suffix`"},
    Synonym{"append", "write `suffix`"},
    Synonym{"prepend", "write `prefix`"},
    Synonym{"strip_html", "write `html_text`"},
    Synonym{"sha256", "write `hash`"},
    Synonym{"each", "write `map`, as in `map upper`"},
    Synonym{"translate", "write `lookup`, as in `lookup need`"},
};

std::string unknown_remedy(std::string_view name) {
  const auto* other = std::ranges::find(synonyms, name, &Synonym::name);
  if (other != synonyms.end()) return std::string(other->remedy);
  std::vector<std::string_view> names;
  for (const auto& filter : all_filters()) names.push_back(filter.name);
  if (std::string near = did_you_mean(name, names); !near.empty()) return near;
  std::string all;
  for (const auto& one : names) all.append(all.empty() ? "" : ", ").append(one);
  return "filters are " + all;
}

std::string_view flow_name(Flow flow) {
  switch (flow) {
    case Flow::number:
      return "a number";
    case Flow::date:
      return "a date";
    case Flow::boolean:
      return "true or false";
    case Flow::list:
      return "a list";
    case Flow::text:
    case Flow::unknown:
      break;
  }
  return "text";
}

bool check_arguments(const FilterSpec& spec, const Making& making) {
  const auto& arguments = making.call.arguments;
  const std::string usage = fmt::format("write it as in `{}`", spec.usage);
  if (spec.most == 0 && !arguments.empty()) {
    making.complain(fmt::format("\"{}\": {} takes no argument", making.shown(), spec.name),
                    fmt::format("remove \"{}\"", making.shown().substr(spec.name.size() + 1)));
    return false;
  }
  const bool blank =
      spec.style == ArgumentStyle::text && !arguments.empty() && making.argument().empty();
  if (arguments.size() < spec.least || (spec.least > 0 && blank)) {
    making.complain(spec.least > 1 ? fmt::format("{} needs {} arguments", spec.name, spec.least)
                                   : fmt::format("{} needs an argument", spec.name),
                    usage);
    return false;
  }
  if (arguments.size() > spec.most) {
    making.complain(fmt::format("\"{}\": {} takes {}", making.shown(), spec.name,
                                spec.most == 1 ? std::string("one argument")
                                               : fmt::format("{} arguments", spec.most)),
                    usage + "; an argument that holds blanks goes into quotes");
    return false;
  }
  return true;
}

// `from` is the filter that made the flow what it is.
bool check_flow(const FilterSpec& spec, const Making& making, std::string_view from) {
  const Flow flow = making.pipe.flow;
  if ((spec.takes & takes(flow)) != 0) return true;
  if (spec.takes == takes_list)
    making.complain(fmt::format("{} takes a list, and there is one value", spec.name),
                    "put split before it, as in `split \";\"`");
  else if (flow == Flow::list)
    making.complain(fmt::format("{} takes one value, and {} yields a list", spec.name, from),
                    fmt::format("put first, last or join before it, or write `map {}`", spec.name));
  else
    making.complain(
        fmt::format("{} cannot take what {} yields: {}", spec.name, from, flow_name(flow)),
        fmt::format("put {} before {}, or remove one of them", spec.name, from));
  return false;
}

// A chain of filters that lengthen a text would take all memory in the end.
std::optional<Failure> length_fault(const Scalar& value) {
  constexpr std::size_t longest = std::size_t{1} << 20U;  // as of a row
  constexpr std::size_t shown = 60;
  std::size_t size = 0;
  if (value.kind == ScalarKind::list)
    for (const Constant& one : value.items) size += one.text.size();
  else
    size = value.text.size();
  if (size <= longest) return std::nullopt;
  const std::string_view text =
      value.kind == ScalarKind::list ? std::string_view(value.items.front().text) : value.text;
  auto end = std::min(shown, text.size());
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80)
    --end;
  std::string excerpt(text.substr(0, end));
  excerpt += "…";
  std::string message = fmt::format("\"{}\" would have {} bytes", excerpt, size);
  return Failure{Code::text_too_long, std::move(excerpt), std::move(message), {}};
}

}  // namespace

const FilterSpec* find_filter(std::string_view name) {
  const auto found = std::ranges::find(all_filters(), name, &FilterSpec::name);
  return found == all_filters().end() ? nullptr : &*found;
}

void Scalar::refer(const Cell& cell) {
  switch (cell.type) {
    case CellType::text:
      return refer(ScalarKind::text, cell.text);
    case CellType::number:
      return refer(ScalarKind::number, cell.text);
    case CellType::date:
      return refer(ScalarKind::date, cell.text);
    case CellType::boolean:
      return refer(ScalarKind::boolean, cell.text);
  }
}

std::string Making::separator(std::size_t i) const {
  const std::string& text = argument(i);
  return text == "\\n" ? "\n" : text == "\\t" ? "\t" : text;
}

std::string Making::shown() const {
  std::string out = call.name;
  for (const Argument& one : call.arguments) {
    const bool bare = call.arguments.size() == 1 || !one.quoted;
    out += bare ? " " + one.text : fmt::format(" \"{}\"", one.text);
  }
  return out;
}

std::string did_you_mean(std::string_view name, std::span<const std::string_view> known) {
  const auto near = config::nearest(name, known);
  return near ? fmt::format("did you mean \"{}\"?", *near) : std::string{};
}

Failure failed(Code code, const Scalar& value, std::string message, std::string remedy) {
  return {code, std::string(value.text), std::move(message), std::move(remedy)};
}

ArgumentStyle argument_style(std::string_view name) {
  const FilterSpec* spec = find_filter(name);
  return spec == nullptr ? ArgumentStyle::text : spec->style;
}

std::optional<Filter> make_filter(Making& making) {
  const std::string& name = making.call.name;
  const FilterSpec* spec = find_filter(name);
  if (spec == nullptr)
    return making.complain(name.empty() ? "a filter's name is missing behind |"
                                        : fmt::format("unknown filter \"{}\"", name),
                           unknown_remedy(name));
  if (!check_arguments(*spec, making)) return std::nullopt;
  return spec->make(making);
}

Pipe make_pipe(std::span<const FilterCall> calls, const FilterSettings& settings,
               const std::function<std::uint32_t(std::string_view)>& column_id,
               PipeFaults& faults) {
  PipeMaking shared{settings, column_id, settings.zone, nullptr, Flow::text, Flow::text, {}};
  for (const FilterCall& call : calls)
    if (call.name == "timezone" && !call.arguments.empty())
      if (const auto zone = TimeZone::find(call.arguments.front().text)) shared.zone = *zone;
  Pipe pipe;
  bool broken = false;
  std::string_view from;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    PipeFault fault;
    Making making{shared, calls[i], calls, calls.subspan(i + 1), fault};
    const FilterSpec* spec = find_filter(calls[i].name);
    const Flow before = shared.flow;
    std::optional<Filter> filter;
    // Behind a fault nothing is known of what flows, and further complaints would be guesses.
    if (spec == nullptr || broken || check_flow(*spec, making, from)) filter = make_filter(making);
    if (!filter) {
      faults.push_back(std::move(fault));
      broken = true;
      continue;
    }
    if (shared.flow != before || from.empty()) from = calls[i].name;
    if (filter->run) pipe.filters.push_back(std::move(*filter));
  }
  pipe.mends = !calls.empty() && calls.front().name.starts_with("replace");
  pipe.columns = std::move(shared.columns);
  pipe.flow = shared.flow;
  return pipe;
}

std::optional<Failure> run_pipe(const Pipe& pipe, FilterRow& row, Scalar& value) {
  for (const Filter& filter : pipe.filters) {
    if (value.kind == ScalarKind::blank && !filter.takes_blank) continue;
    if (auto failure = filter.run(row, value)) return failure;
    if (auto failure = length_fault(value)) return failure;
  }
  return std::nullopt;
}

}  // namespace referrald::mapping
