#include "mapping/readers/json_columns.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace referrald::mapping {
namespace {

constexpr std::string_view kFormattedValue = "@OData.Community.Display.V1.FormattedValue";
constexpr std::string_view kFormatted = "@formatted";

// Of all names, so that records whose names are data (ids, dates) cannot fill the memory.
constexpr std::size_t kMaxPlaces = 65536;
constexpr std::size_t kMaxPathBytes = std::size_t{4} << 20;
// Fewer members are searched one by one.
constexpr std::size_t kFewMembers = 16;

constexpr std::uint8_t bit(JsonShape shape) {
  return static_cast<std::uint8_t>(shape);
}

bool has(std::uint8_t shapes, JsonShape shape) {
  return (shapes & bit(shape)) != 0;
}

std::string below(std::string_view path, std::string_view name, bool top) {
  return top ? std::string(name) : std::string(path).append(".").append(name);
}

// The base of "name@formatted" and of its long form, or nothing.
std::optional<std::string_view> base_of_formatted(std::string_view name) {
  for (const std::string_view suffix : {kFormatted, kFormattedValue}) {
    if (name.ends_with(suffix)) return name.substr(0, name.size() - suffix.size());
  }
  return std::nullopt;
}

std::optional<std::size_t> index_at(std::string_view path) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), index);
  const bool whole = end == path.data() + path.size() || *end == '.';
  return error == std::errc{} && whole ? std::optional(index) : std::nullopt;
}

// Primary keys that the set's name allows: "opportunityid" of "opportunities".
std::vector<std::string> key_names(std::string_view entity_set) {
  std::vector<std::string> out;
  const auto without = [&](std::string_view ending, std::string_view instead) {
    if (!entity_set.ends_with(ending)) return;
    const std::string_view stem = entity_set.substr(0, entity_set.size() - ending.size());
    out.push_back(std::string(stem).append(instead).append("id"));
  };
  without("ies", "y");
  without("s", "");
  without("es", "");
  without("", "");
  out.emplace_back("id");
  return out;
}

bool is_key_like(std::string_view name) {
  return name.ends_with("id") && !name.starts_with('_') &&
         name.find_first_of(".@") == std::string_view::npos;
}

}  // namespace

JsonColumns::JsonColumns(std::span<const std::string> wanted)
    : wanted_(wanted.begin(), wanted.end()), missing_(wanted_) {
  places_.emplace_back();
}

JsonColumns::Place JsonColumns::expected_member(Place of, const char* raw, const char* end) {
  // Members that are left out where they are blank make the order skip a few.
  constexpr std::size_t kLookAhead = 4;
  Node& node = places_[of];
  const auto left = static_cast<std::size_t>(end - raw);
  const std::size_t stop = std::min(node.next + kLookAhead, node.members.size());
  for (std::size_t i = node.next; i < stop; ++i) {
    const Node& member = places_[node.members[i]];
    const std::size_t size = member.name.size();
    if (!member.plain || left <= size || raw[size] != '"' ||
        std::memcmp(raw, member.name.data(), size) != 0) {
      continue;
    }
    node.next = i + 1;
    return node.members[i];
  }
  return kNone;
}

JsonColumns::Place JsonColumns::member(Place of, std::string_view name) {
  Node& node = places_[of];
  if (node.by_name) {
    const auto found = node.by_name->find(name);
    if (found == node.by_name->end()) return add(of, name);
    // Where in the order it stands is not looked for.
    if (node.next < node.members.size() && node.members[node.next] == found->second) ++node.next;
    return found->second;
  }
  for (std::size_t i = 0; i < node.members.size(); ++i) {
    if (places_[node.members[i]].name != name) continue;
    node.next = i + 1;
    return node.members[i];
  }
  return add(of, name);
}

JsonColumns::Place JsonColumns::element(Place array, std::size_t index) {
  std::array<char, 24> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), index);
  return member(array, {digits.data(), end});
}

JsonColumns::Place JsonColumns::add(Place of, std::string_view name) {
  Node& parent = places_[of];
  const std::string_view shown = trim(name);
  const bool formatted = shown.ends_with(kFormattedValue);
  const std::string_view base = formatted ? *base_of_formatted(shown) : shown;
  std::string path = below(parent.path, base, of == kRecord);
  if (formatted) path += kFormatted;
  std::string alias;
  if (formatted || !parent.alias.empty()) {
    alias = below(parent.alias.empty() ? parent.path : parent.alias, shown, of == kRecord);
  }
  const std::size_t bytes = 2 * path.size() + alias.size() + name.size();
  if ((places_.size() >= kMaxPlaces || bytes_ + bytes > kMaxPathBytes) && !leads_to_wanted(path) &&
      (alias.empty() || !leads_to_wanted(alias))) {
    return kNone;
  }
  bytes_ += bytes;

  const auto place = static_cast<Place>(places_.size());
  Node& node = places_.emplace_back();
  node.name = name;
  node.path = std::move(path);
  node.alias = std::move(alias);
  node.plain = std::ranges::none_of(name, [](char c) { return c == '"' || c == '\\'; });
  if (finished_) {
    const auto column = columns_.find(node.path);
    if (column != columns_.end()) node.column = column->second;
  } else {
    by_path_.emplace(node.path, place);
    if (!node.alias.empty()) by_path_.emplace(node.alias, place);
  }
  parent.members.push_back(place);
  parent.next = parent.members.size();
  if (parent.by_name) {
    parent.by_name->emplace(node.name, place);
  } else if (parent.members.size() > kFewMembers) {
    parent.by_name = std::make_unique<std::unordered_map<std::string_view, Place>>();
    for (const Place member : parent.members) parent.by_name->emplace(places_[member].name, member);
  }
  return place;
}

bool JsonColumns::leads_to_wanted(std::string_view path) const {
  return std::ranges::any_of(wanted_, [&](std::string_view name) {
    return name.starts_with(path) && (name.size() == path.size() || name[path.size()] == '.');
  });
}

void JsonColumns::note(Place place, JsonShape shape, std::size_t size) {
  if (place != kNone && place != kRecord) noted_.push_back({place, shape, size});
}

void JsonColumns::learn() {
  for (const Noted& noted : noted_) {
    Node& node = places_[noted.place];
    const auto shapes = static_cast<std::uint8_t>(node.shapes | bit(noted.shape));
    changed_ |= shapes != node.shapes || noted.size > node.longest;
    node.shapes = shapes;
    node.longest = std::max(node.longest, noted.size);
    formatted_ |= noted.shape == JsonShape::scalar && node.path.ends_with(kFormatted);
  }
  noted_.clear();
}

// An object or array has no cell itself; its values have.
bool JsonColumns::is_column(const Node& node) const {
  return has(node.shapes, JsonShape::scalar) ||
         (has(node.shapes, JsonShape::null) && !has(node.shapes, JsonShape::object) &&
          !has(node.shapes, JsonShape::array));
}

JsonColumns::Known JsonColumns::known(const std::string& wanted) const {
  const auto [begin, end] = by_path_.equal_range(wanted);
  if (std::any_of(begin, end, [&](const auto& at) { return is_column(places_[at.second]); })) {
    return Known::found;
  }
  const Known formatted = known_formatted(wanted);
  if (formatted != Known::no) return formatted;
  return below_blank(wanted) ? Known::perhaps : Known::no;
}

// A blank value has no formatted one. But an export without a single one was made without them.
JsonColumns::Known JsonColumns::known_formatted(std::string_view wanted) const {
  const std::optional<std::string_view> base = base_of_formatted(wanted);
  if (!base) return Known::no;
  const auto [begin, end] = by_path_.equal_range(std::string(*base));
  std::uint8_t shapes = 0;
  for (auto at = begin; at != end; ++at) shapes |= places_[at->second].shapes;
  if (shapes == 0) return Known::no;
  if (formatted_) return Known::found;
  return shapes == bit(JsonShape::null) ? Known::perhaps : Known::no;
}

// Below an object that was always null or empty, or behind the end of each array.
bool JsonColumns::below_blank(std::string_view wanted) const {
  constexpr std::uint8_t kBlank = bit(JsonShape::null) | bit(JsonShape::empty);
  for (std::size_t dot = wanted.find('.'); dot != std::string_view::npos;
       dot = wanted.find('.', dot + 1)) {
    const std::optional<std::size_t> index = index_at(wanted.substr(dot + 1));
    const auto [begin, end] = by_path_.equal_range(std::string(wanted.substr(0, dot)));
    for (auto at = begin; at != end; ++at) {
      const Node& node = places_[at->second];
      if (node.shapes == 0) continue;
      const bool behind = index && *index >= node.longest;
      const std::uint8_t harmless = behind ? kBlank | bit(JsonShape::array) : kBlank;
      if ((node.shapes & ~harmless) == 0) return true;
    }
  }
  return false;
}

bool JsonColumns::all_found() {
  if (wanted_.empty()) return false;
  if (changed_) {
    std::erase_if(missing_, [&](const auto& name) { return known(name) == Known::found; });
    changed_ = false;
  }
  return missing_.empty();
}

std::size_t JsonColumns::append(std::string_view name, std::string_view alias) {
  const auto [at, is_new] = columns_.emplace(name, header_.size());
  if (is_new) {
    header_.emplace_back(name);
    aliases_.emplace_back(alias);
  } else if (aliases_[at->second].empty()) {
    aliases_[at->second] = alias;
  }
  return at->second;
}

void JsonColumns::list(Node& node) {
  if (!is_column(node)) return;
  const bool wanted =
      std::ranges::find(wanted_, node.path) != wanted_.end() ||
      (!node.alias.empty() && std::ranges::find(wanted_, node.alias) != wanted_.end());
  if (header_.size() < kMaxColumns || wanted || columns_.contains(node.path)) {
    node.column = append(node.path, node.alias);
  }
}

void JsonColumns::finish(bool read_all) {
  for (Node& node : places_) list(node);
  for (const std::string& name : wanted_) {
    const bool named =
        columns_.contains(name) || std::ranges::find(aliases_, name) != aliases_.end();
    const Known state = named ? Known::no : known(name);
    if (state == Known::found || (state == Known::perhaps && read_all)) append(name, {});
  }
  for (const std::string& entity_set : deleted_of_) {
    if (const auto name = id_name(entity_set)) append(*name, {});
  }
  // A place whose column came from another place, or from `wanted`.
  for (Node& node : places_) {
    for (const std::string* name : {&node.path, &node.alias}) {
      const auto found = columns_.find(*name);
      if (!node.column && &node != &places_.front() && found != columns_.end()) {
        node.column = found->second;
      }
    }
  }
  wanted_columns_.assign(header_.size(), false);
  for (std::size_t i = 0; i < header_.size(); ++i) {
    wanted_columns_[i] =
        std::ranges::find(wanted_, header_[i]) != wanted_.end() ||
        (!aliases_[i].empty() && std::ranges::find(wanted_, aliases_[i]) != wanted_.end());
  }
  if (std::ranges::all_of(aliases_, &std::string::empty)) aliases_.clear();
  set_in_.assign(header_.size(), 0);
  by_path_.clear();
  finished_ = true;
}

void JsonColumns::begin_record(Row& row) {
  ++record_;
  row.cells.assign(header_.size(), {});
  row.types.assign(header_.size(), CellType::text);
}

bool JsonColumns::first_time(Place place) {
  Node& node = places_[place];
  const bool first = node.seen_in != record_;
  node.seen_in = record_;
  return first;
}

bool JsonColumns::set(Place place, Row& row, std::string_view text, CellType type) {
  const std::optional<std::size_t> column = places_[place].column;
  if (!column) return true;
  if (set_in_[*column] == record_) return false;
  set_in_[*column] = record_;
  row.cells[*column] = text;
  row.types[*column] = type;
  return true;
}

bool JsonColumns::is_wanted(Place place) const {
  const std::optional<std::size_t> column = places_[place].column;
  return column && wanted_columns_[*column];
}

void JsonColumns::learn_deleted(std::string_view entity_set) {
  if (std::ranges::find(deleted_of_, entity_set) == deleted_of_.end() && deleted_of_.size() < 64) {
    deleted_of_.emplace_back(entity_set);
  }
}

std::optional<std::string> JsonColumns::id_name(std::string_view entity_set) const {
  const auto is_there = [&](const std::string& name) {
    return columns_.contains(name) || std::ranges::find(wanted_, name) != wanted_.end();
  };
  if (!entity_set.empty()) {
    const std::vector<std::string> names = key_names(entity_set);
    const auto found = std::ranges::find_if(names, is_there);
    if (found != names.end()) return *found;
  }
  const auto is_key = [](std::string_view name) { return is_key_like(name); };
  if (std::ranges::count_if(wanted_, is_key) != 1) return std::nullopt;
  return *std::ranges::find_if(wanted_, is_key);
}

std::optional<std::size_t> JsonColumns::id_column(std::string_view entity_set) const {
  const std::optional<std::string> name = id_name(entity_set);
  const auto found = name ? columns_.find(*name) : columns_.end();
  return found == columns_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace referrald::mapping
