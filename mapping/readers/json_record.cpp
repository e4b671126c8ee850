#include "mapping/readers/json_record.hpp"

#include <cstring>

#include <fmt/format.h>

#include "mapping/readers/json_text.hpp"
#include "mapping/readers/utf8.hpp"

namespace referrald::mapping {
namespace {

constexpr std::string_view kNotWellFormed = "is not well-formed JSON";
constexpr std::string_view kTooDeep = "is nested more than 256 levels deep";
static_assert(JsonRecordParser::kMaxDepth == 256);

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::string_view without_blanks_behind(std::string_view token) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (!token.empty() && is_blank(token.back())) token.remove_suffix(1);
  return token;
}

// Behind the name's closing quote is not looked; `raw` is behind the opening one.
std::string_view name_at(const char* raw, const char* end, bool escapes) {
  const char* at = raw;
  while (at != end && *at != '"') at += escapes && *at == '\\' && at + 1 != end ? 2 : 1;
  return {raw, static_cast<std::size_t>(at - raw)};
}

// "2e451703-…" of "https://…/accounts(2e451703-…)"; an id alone as it is.
std::string_view id_in(std::string_view text) {
  const std::size_t open = text.rfind('(');
  if (open == std::string_view::npos || !text.ends_with(')')) return text;
  text = text.substr(open + 1, text.size() - open - 2);
  if (text.size() >= 2 && text.front() == '\'' && text.back() == '\'') {
    text = text.substr(1, text.size() - 2);
  }
  return text;
}

// "1.0" is "1", which a table has for a key or an id was before: programs differ in this.
std::string_view without_needless_zeros(std::string_view number) {
  if (number.find('.') == std::string_view::npos) return number == "-0" ? "0" : number;
  number = number.substr(0, number.find_last_not_of('0') + 1);
  if (number.ends_with('.')) number.remove_suffix(1);
  return number == "-0" ? "0" : number;
}

}  // namespace

std::string entity_set_of(std::string_view context) {
  context.remove_prefix(std::min(context.rfind('#') + 1, context.size()));
  std::string set;
  std::size_t depth = 0;
  for (const char c : context) {
    if (c == '(') ++depth;
    if (depth == 0) set += c;
    if (c == ')' && depth > 0) --depth;
  }
  const std::size_t dollar = set.rfind("/$");
  if (dollar != std::string::npos) set.resize(dollar);
  return set.substr(set.rfind('/') + 1);
}

std::optional<JsonRecordParser::Malformed> JsonRecordParser::read(const JsonWindow::Piece& piece,
                                                                  Row& row,
                                                                  JsonRecordMarks& marks) {
  row_ = &row;
  marks_ = &marks;
  marks = {};
  keep_ = true;
  cells_ = columns_.finished();
  escapes_ = piece.escapes;
  written_.clear();
  row.fault.reset();
  columns_.forget();
  columns_.begin_record(row);
  std::optional<Malformed> found = parse(piece.text, piece.text.size() + JsonWindow::kPadding);
  if (found && first_invalid_utf8(piece.text) != std::string_view::npos) {
    found = parse_repaired(piece);
  }
  row.deleted = marks.deleted;
  return found;
}

std::optional<JsonRecordParser::Malformed> JsonRecordParser::check(const JsonWindow::Piece& piece) {
  const bool is_container = piece.text.starts_with('{') || piece.text.starts_with('[');
  if (!is_container) {
    return is_json_scalar(piece.text) ? std::nullopt : std::optional(Malformed{0, kNotWellFormed});
  }
  Row ignored;
  JsonRecordMarks none;
  row_ = &ignored;
  marks_ = &none;
  keep_ = false;
  cells_ = false;
  escapes_ = piece.escapes;
  written_.clear();
  return parse(piece.text, piece.text.size() + JsonWindow::kPadding);
}

std::optional<JsonRecordParser::Malformed> JsonRecordParser::parse(std::string_view text,
                                                                   std::size_t readable) {
  wrong_ = kNotWellFormed;
  end_ = text.data() + text.size();
  simdjson::ondemand::document document;
  if (parser_.iterate(text.data(), text.size(), readable).get(document) != simdjson::SUCCESS) {
    return Malformed{0, kNotWellFormed};
  }
  Value root;
  const bool read = document.get_value().get(root) == simdjson::SUCCESS &&
                    walk(root, keep_ ? JsonColumns::kRecord : JsonColumns::kNone, 1);
  // The end of what was read is also the text's: the last bracket closes the first one.
  const char* here = nullptr;
  if (read && document.current_location().get(here) == simdjson::OUT_OF_BOUNDS) return std::nullopt;
  std::size_t at = 0;
  if (document.current_location().get(here) == simdjson::SUCCESS && here >= text.data() &&
      here < end_) {
    at = static_cast<std::size_t>(here - text.data());
  }
  return Malformed{at, wrong_};
}

// Reads the record with U+FFFD for the bytes that are not UTF-8: when it is well-formed then, it is
// this record alone that cannot be trusted, and it ends where we think.
std::optional<JsonRecordParser::Malformed> JsonRecordParser::parse_repaired(
    const JsonWindow::Piece& piece) {
  repaired_.clear();
  std::string_view left = piece.text;
  for (std::size_t bad = first_invalid_utf8(left); bad != std::string_view::npos;
       bad = first_invalid_utf8(left)) {
    repaired_.append(left.substr(0, bad)).append(kReplacement);
    left.remove_prefix(bad + 1);
  }
  repaired_.append(left);
  const std::size_t size = repaired_.size();
  repaired_.append(JsonWindow::kPadding, ' ');
  *marks_ = {};
  row_->fault.reset();
  columns_.forget();
  columns_.begin_record(*row_);
  const auto found = parse(std::string_view(repaired_).substr(0, size), repaired_.size());
  if (found) return found;
  row_->fault = {"invalid-bytes",
                 fmt::format("bytes that are not UTF-8 in the record, the first at its byte {}; "
                             "save the export as UTF-8",
                             first_invalid_utf8(piece.text) + 1)};
  return std::nullopt;
}

bool JsonRecordParser::wrong(std::string_view message) {
  wrong_ = message;
  return false;
}

bool JsonRecordParser::walk(Value value, Place place, std::size_t depth) {
  const std::string_view token = value.raw_json_token();
  switch (token.empty() ? '\0' : token.front()) {
    case '{':
      return depth > kMaxDepth ? wrong(kTooDeep) : walk_object(value, place, depth);
    case '[':
      return depth > kMaxDepth ? wrong(kTooDeep) : walk_array(value, place, depth);
    case '"':
      return walk_string(value, without_blanks_behind(token), place, depth);
    default:
      return walk_scalar(without_blanks_behind(token), place);
  }
}

bool JsonRecordParser::walk_object(Value& value, Place place, std::size_t depth) {
  Object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) return false;
  if (place != JsonColumns::kNone) columns_.begin_members(place);
  std::size_t size = 0;
  for (auto entry : object) {
    simdjson::ondemand::field field;
    if (std::move(entry).get(field) != simdjson::SUCCESS) return false;
    ++size;
    Place member = JsonColumns::kNone;
    if (!member_of(place, field.key().raw(), member, depth)) return false;
    if (!walk(field.value(), member, depth + 1)) return false;
  }
  no_cell(place, size == 0 ? JsonShape::empty : JsonShape::object, size);
  return true;
}

// The place of the member of that name. False: the name is not well-formed.
bool JsonRecordParser::member_of(Place place, const char* raw, Place& member, std::size_t depth) {
  const bool top = depth == 1 && keep_;
  if (top) mark_ = Mark::none;
  if (place == JsonColumns::kNone && !escapes_) return true;
  if (place != JsonColumns::kNone) member = columns_.expected_member(place, raw, end_);
  if (member == JsonColumns::kNone || (top && (*raw == '@' || *raw == 'i'))) {
    std::string_view name = name_at(raw, end_, escapes_);
    std::string text;
    if (name.find('\\') != std::string_view::npos) {
      const Unescaped unescaped = unescape(name, text);
      if (unescaped == Unescaped::malformed) return false;
      if (unescaped == Unescaped::half_character) {
        report("bad-escape", "the name of a member holds an escape that is half a character",
               JsonColumns::kNone);
      }
      name = text;
      if (name.find('\0') != std::string_view::npos) {
        report("nul-byte", "the name of a member holds a NUL character (\\u0000)",
               JsonColumns::kNone);
      }
    }
    if (place == JsonColumns::kNone) return true;
    if (member == JsonColumns::kNone) member = columns_.member(place, name);
    if (top) mark(name);
  }
  if (member != JsonColumns::kNone && !columns_.first_time(member)) {
    report("duplicate-key", "a name occurs twice in the record, so that its value is uncertain",
           member);
  }
  return true;
}

// Members of OData that say what the record is.
void JsonRecordParser::mark(std::string_view name) {
  if (name == "@removed" || name == "@odata.removed") marks_->deleted = true;
  if (name == "@odata.context" || name == "@context") mark_ = Mark::context;
  if (name == "id" || name == "@odata.id" || name == "@id") mark_ = Mark::id;
}

bool JsonRecordParser::walk_array(Value& value, Place place, std::size_t depth) {
  Array array;
  if (value.get_array().get(array) != simdjson::SUCCESS) return false;
  if (place != JsonColumns::kNone) columns_.begin_members(place);
  std::size_t size = 0;
  for (auto entry : array) {
    Value element;
    if (entry.get(element) != simdjson::SUCCESS) return false;
    Place at = JsonColumns::kNone;
    if (place != JsonColumns::kNone) at = columns_.element(place, size);
    // An array's elements and an object's members "0", "1" may have the same places.
    if (at != JsonColumns::kNone && !columns_.first_time(at)) {
      report("duplicate-key", "a name occurs twice in the record, so that its value is uncertain",
             at);
    }
    ++size;
    if (!walk(element, at, depth + 1)) return false;
  }
  no_cell(place, size == 0 ? JsonShape::empty : JsonShape::array, size);
  return true;
}

bool JsonRecordParser::walk_string(Value& value, std::string_view token, Place place,
                                   std::size_t depth) {
  const Mark mark = depth == 2 ? mark_ : Mark::none;
  mark_ = Mark::none;
  if (token.size() < 2 || token.back() != '"') return false;
  std::string_view text = token.substr(1, token.size() - 2);
  if (escapes_ && std::memchr(text.data(), '\\', text.size()) != nullptr) {
    std::string_view unescaped;
    if (value.get_string().get(unescaped) == simdjson::SUCCESS) {
      text = unescaped;
    } else {
      std::string& written = written_.emplace_back();
      if (unescape(text, written) == Unescaped::malformed) return false;
      text = written;
      report("bad-escape", "a text holds an escape that is half a character (\\ud800 to \\udfff)",
             place);
    }
    if (!text.empty() && std::memchr(text.data(), '\0', text.size()) != nullptr) {
      report("nul-byte", "a text holds a NUL character (\\u0000)", place);
    }
  }
  if (mark == Mark::context && text.ends_with("/$deletedEntity")) {
    marks_->deleted = true;
    marks_->entity_set = entity_set_of(text);
  } else if (mark == Mark::id && marks_->id.empty() && text.size() < 4096) {
    marks_->id = id_in(text);
  }
  set(place, text, CellType::text);
  return true;
}

bool JsonRecordParser::walk_scalar(std::string_view token, Place place) {
  mark_ = Mark::none;
  if (token == "null") {
    set(place, {}, CellType::text);
    if (place != JsonColumns::kNone && !cells_) columns_.note(place, JsonShape::null, 0);
    return true;
  }
  if (token == "true" || token == "false") {
    set(place, token, CellType::boolean);
    return true;
  }
  if (!is_json_number(token)) return false;
  if (place == JsonColumns::kNone || token.find_first_of("eE") == std::string_view::npos) {
    set(place, without_needless_zeros(token), CellType::number);
    return true;
  }
  std::string& plain = written_.emplace_back();
  if (write_out(token, plain)) {
    set(place, without_needless_zeros(plain), CellType::number);
  } else {
    set(place, token, CellType::text);
  }
  return true;
}

void JsonRecordParser::set(Place place, std::string_view text, CellType type) {
  if (place == JsonColumns::kNone) return;
  if (!cells_) {
    if (text.data() != nullptr) columns_.note(place, JsonShape::scalar, 0);
    return;
  }
  if (!columns_.set(place, *row_, text, type)) {
    report("duplicate-key",
           "two members of the record have the same column, so that its value is uncertain", place);
  }
}

void JsonRecordParser::no_cell(Place place, JsonShape shape, std::size_t size) {
  if (place == JsonColumns::kNone) return;
  if (!cells_) {
    columns_.note(place, shape, size);
  } else if (shape != JsonShape::empty && columns_.is_wanted(place)) {
    report("wrong-shape", "an object or a list stands where the mapping expects one value", place);
  }
}

// The first fault counts. Names are the export's structure, not its content.
void JsonRecordParser::report(const char* code, std::string_view message, Place place) {
  if (!row_ || row_->fault) return;
  const bool named = place != JsonColumns::kNone && place != JsonColumns::kRecord;
  row_->fault = {
      code, named ? fmt::format("{}: {}", columns_.path(place), message) : std::string(message)};
}

}  // namespace referrald::mapping
