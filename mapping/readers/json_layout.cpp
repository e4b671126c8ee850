// Finds out where in a JSON file the records are.
#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "mapping/readers/json_document.hpp"
#include "mapping/readers/json_text.hpp"

namespace referrald::mapping {
namespace {

using Extent = JsonWindow::Extent;

constexpr std::string_view kWholeFile = ".";
constexpr std::size_t kMaxArrays = 64;

// An array outside of arrays.
struct FoundArray {
  enum class Holds : std::uint8_t { objects, others, nothing };
  std::string path;
  std::string name;  // the last one of the path
  Holds holds = Holds::nothing;
};

// The names under which programming interfaces answer with their records.
bool is_usual(std::string_view name) {
  constexpr std::array kNames = {"value", "results", "records", "data", "items"};
  return std::ranges::find(kNames, name) != kNames.end();
}

bool names_errors(std::string_view name) {
  return name == "error" || name == "errors";
}

bool is_line_format(std::string name) {
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  std::string_view rest = name;
  if (rest.ends_with(".gz")) rest.remove_suffix(3);
  return rest.ends_with(".ndjson") || rest.ends_with(".jsonl");
}

// Every other byte is a NUL, or three of four.
bool is_wide(std::string_view start) {
  if (start.starts_with("\xFF\xFE") || start.starts_with("\xFE\xFF")) return true;
  if (start.size() < 4) return false;
  const auto is_nul = [&](std::size_t at) { return start[at] == '\0'; };
  return (is_nul(0) && is_nul(2)) || (is_nul(1) && is_nul(3)) || (is_nul(0) && is_nul(1)) ||
         (is_nul(1) && is_nul(2));
}

const char* not_json(std::string_view start) {
  if (is_wide(start)) {
    return "is UTF-16 or UTF-32 text, which is not read; save the export as UTF-8";
  }
  if (start.starts_with("PK\3\4")) return "is a workbook or another zip file, not JSON";
  return nullptr;
}

class Survey {
 public:
  Survey(ByteSource& source, const ExportFormat& format, std::span<const std::string> wanted,
         JsonRecordParser& parser)
      : source_(source), format_(format), wanted_(wanted), text_(source, parser) {}

  JsonLayout run();

 private:
  using Kind = JsonLayout::Kind;

  JsonLayout of_array();
  JsonLayout of_object();
  [[noreturn]] void refuse_scalar();
  void look_at_object(const std::string& path, bool top, std::size_t depth);
  void look_at_array(const std::string& path, const std::string& name, bool top);
  void look_at_value(const std::string& path, const std::string& name, bool top);
  void pass_elements();
  JsonLayout choose();
  JsonLayout choose_named();
  JsonLayout chosen(Kind kind, std::string path = {}) const;
  std::vector<std::string> paths(bool with_empty) const;
  [[noreturn]] void refuse_ambiguous() const;
  [[noreturn]] void refuse_format(std::string_view what) const {
    throw ExportError(ExportError::Kind::format, fmt::format("{}: {}", source_.name(), what));
  }
  bool is_odata() const { return !context_.empty(); }

  ByteSource& source_;
  const ExportFormat& format_;
  std::span<const std::string> wanted_;
  JsonText text_;
  std::vector<FoundArray> arrays_;
  bool done_ = false;        // the records are found for certain
  bool null_there_ = false;  // format_.records is null
  bool has_error_ = false;
  std::string context_;      // @odata.context
  std::string wanted_name_;  // a wanted column that the envelope itself has
};

JsonLayout Survey::run() {
  if (const char* what = not_json(text_.window().start(4))) text_.unreadable(what);
  switch (text_.peek()) {
    case JsonWindow::kEnd:
      throw ExportError(
          ExportError::Kind::empty,
          fmt::format("{}: is empty: no JSON in it; export it again", source_.name()));
    case '[':
      return of_array();
    case '{':
      if (is_line_format(source_.name()) && format_.records.empty()) return {Kind::lines, {}, {}};
      return of_object();
    case '<':
      text_.unreadable(
          "is XML or HTML, not JSON, perhaps a message about an error; export it again as JSON");
    default:
      refuse_scalar();
  }
}

void Survey::refuse_scalar() {
  text_.check_value();
  text_.expect_end();
  text_.unreadable("holds no records: the JSON is a single value; export a list of records");
}

JsonLayout Survey::of_array() {
  if (!format_.records.empty() && format_.records != kWholeFile) {
    refuse_format(
        fmt::format("is a list itself and has no `{}`; leave `records` out of the "
                    "mapping's `format`",
                    format_.records));
  }
  text_.take();
  const int first = text_.peek();
  if (first == '{' || first == ']') return {Kind::array, {}, {}};
  pass_elements();
  text_.expect_end();
  text_.unreadable(
      "holds no records: the list has other values than objects; export a list of "
      "records, each with names and values");
}

void Survey::pass_elements() {
  for (bool first = true; text_.has_next(']', first); first = false) text_.check_value();
}

JsonLayout Survey::of_object() {
  if (format_.records == kWholeFile) return {Kind::single, {}, {}};
  text_.take();
  try {
    look_at_object({}, true, 1);
    if (!done_) {
      const std::uint64_t line = text_.window().line();
      if (text_.peek() == '{' && text_.window().line() > line) {
        if (format_.records.empty()) return {Kind::lines, {}, {}};
        refuse_format(
            "has several JSON objects, one behind the other, and no envelope; leave "
            "`records` out of the mapping's `format`");
      }
      text_.expect_end();
    }
  } catch (const ExportError& error) {
    // The rows before the damage are good. Which list has them must be certain all the same.
    if (error.kind() != ExportError::Kind::damaged || arrays_.size() != 1) throw;
    const FoundArray& one = arrays_.front();
    const bool named = one.path == format_.records;
    const bool usual = format_.records.empty() && is_usual(one.name) && wanted_name_.empty();
    if (one.holds == FoundArray::Holds::objects && (named || usual)) {
      return chosen(Kind::envelope, one.path);
    }
    throw;
  }
  return format_.records.empty() ? choose() : choose_named();
}

// Behind the opening bracket.
void Survey::look_at_object(const std::string& path, bool top, std::size_t depth) {
  if (depth > JsonRecordParser::kMaxDepth) {
    text_.damaged("the JSON is nested more than 256 levels deep");
  }
  for (bool first = true; text_.has_next('}', first); first = false) {
    const std::string name = text_.member_name();
    const std::string here = top ? name : fmt::format("{}.{}", path, name);
    switch (text_.peek()) {
      case '{':
        if (top && name == "error") has_error_ = true;
        text_.take();
        look_at_object(here, false, depth + 1);
        break;
      case '[':
        text_.take();
        look_at_array(here, name, top);
        break;
      default:
        look_at_value(here, name, top);
    }
    if (done_) return;
  }
}

void Survey::look_at_array(const std::string& path, const std::string& name, bool top) {
  using Holds = FoundArray::Holds;
  const int first = text_.peek();
  const Holds holds = first == '{' ? Holds::objects : first == ']' ? Holds::nothing : Holds::others;
  const bool named = path == format_.records;
  if (arrays_.size() < kMaxArrays || named) arrays_.push_back({path, name, holds});
  const bool page = top && is_odata() && name == "value" && format_.records.empty();
  if ((named || page) && holds != Holds::others) {
    done_ = true;
    return;
  }
  if (holds != Holds::objects) {
    pass_elements();
    return;
  }
  // Whether they are well-formed is seen when they are read.
  for (bool at_first = true; text_.has_next(']', at_first); at_first = false) {
    JsonWindow::Piece piece;
    if (text_.peek() != '{' || text_.window().value(piece) != Extent::whole) text_.check_value();
  }
}

void Survey::look_at_value(const std::string& path, const std::string& name, bool top) {
  const int first = text_.peek();
  JsonWindow::Piece piece;
  if (first == JsonWindow::kEnd) text_.cut_short();
  if (path == format_.records && first == 'n') null_there_ = true;
  if (first != 'n' && wanted_name_.empty() && std::ranges::find(wanted_, path) != wanted_.end()) {
    wanted_name_ = path;
  }
  if (top && name == "error" && first != 'n') has_error_ = true;
  if (top && first == '"' && (name == "@odata.context" || name == "@context")) {
    const std::uint64_t begin = text_.window().offset();
    if (text_.window().value(piece) == Extent::whole) {
      if (!is_json_scalar(piece.text)) text_.damaged_at(begin, "a text is not well-formed JSON");
      unescape(piece.text.substr(1, piece.text.size() - 2), context_);
      return;
    }
  }
  text_.check_value();
}

JsonLayout Survey::chosen(Kind kind, std::string path) const {
  return {kind, std::move(path), entity_set_of(context_)};
}

std::vector<std::string> Survey::paths(bool with_empty) const {
  std::vector<std::string> out;
  for (const FoundArray& array : arrays_) {
    const bool empty = array.holds == FoundArray::Holds::nothing && is_usual(array.name);
    if (array.holds == FoundArray::Holds::objects || (with_empty && empty)) {
      out.push_back(array.path);
    }
  }
  return out;
}

void Survey::refuse_ambiguous() const {
  const std::vector<std::string> found = paths(true);
  const std::string also = wanted_name_.empty()
                               ? ""
                               : fmt::format("; the file itself has the column `{}`", wanted_name_);
  refuse_format(
      fmt::format("it is not certain where its records are: it has the list{} `{}`{}; say in the "
                  "mapping `format: {{ records: {} }}`, or `records: .` if the whole file is one "
                  "record",
                  found.size() == 1 ? "" : "s", fmt::join(found, "`, `"), also, found.front()));
}

JsonLayout Survey::choose() {
  const auto value = std::ranges::find(arrays_, "value", &FoundArray::path);
  if (is_odata() && value != arrays_.end() && value->holds != FoundArray::Holds::others &&
      std::ranges::count(arrays_, "value", &FoundArray::path) == 1) {
    return chosen(Kind::envelope, "value");
  }
  if (context_.ends_with("/$entity")) return chosen(Kind::single);

  const std::vector<std::string> with_records = paths(false);
  const std::vector<std::string> candidates = paths(true);
  if (with_records.empty() && has_error_) {
    text_.unreadable(
        "is a service's message about an error (`error`), not an export; export it "
        "again");
  }
  if (candidates.empty()) return chosen(Kind::single);
  if (candidates.size() > 1 || !wanted_name_.empty()) refuse_ambiguous();
  const std::string& path = candidates.front();
  if (names_errors(path.substr(path.rfind('.') + 1))) {
    text_.unreadable(
        fmt::format("is a service's message about errors (`{}`), not an export; "
                    "export it again",
                    path));
  }
  return chosen(Kind::envelope, path);
}

JsonLayout Survey::choose_named() {
  const auto found = std::ranges::find(arrays_, format_.records, &FoundArray::path);
  if (found == arrays_.end() && !null_there_) {
    const std::vector<std::string> others = paths(true);
    refuse_format(
        fmt::format("has no list `{}`, which the mapping's `format: {{ records: … }}` "
                    "names{}",
                    format_.records,
                    others.empty() ? "" : fmt::format("; it has `{}`", fmt::join(others, "`, `"))));
  }
  if (found != arrays_.end() && found->holds == FoundArray::Holds::others) {
    refuse_format(fmt::format("holds no records: the list `{}` has other values than objects",
                              format_.records));
  }
  return chosen(Kind::envelope, format_.records);
}

}  // namespace

JsonLayout find_records(ByteSource& source, const ExportFormat& format,
                        std::span<const std::string> wanted, JsonRecordParser& parser) {
  return Survey(source, format, wanted, parser).run();
}

}  // namespace referrald::mapping
