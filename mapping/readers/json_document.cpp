#include "mapping/readers/json_document.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "mapping/readers/json_text.hpp"

namespace referrald::mapping {
namespace {

using Extent = JsonWindow::Extent;
using Kind = ExportError::Kind;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view kind_of(int first) {
  switch (first) {
    case '[':
      return "a list";
    case '"':
      return "a text";
    case 't':
    case 'f':
      return "true or false";
    case 'n':
      return "null";
    default:
      return "a number";
  }
}

}  // namespace

JsonText::JsonText(ByteSource& source, JsonRecordParser& parser)
    : source_((source.rewind(), source)), parser_(parser), window_(source) {
  if (window_.start(3) == kByteOrderMark) window_.take(3);
}

void JsonText::damaged_at(std::uint64_t offset, std::string_view what) {
  const std::string record = record_ == 0 ? "" : fmt::format("record {}, ", record_);
  throw ExportError(Kind::damaged,
                    fmt::format("{}: {}{}: {}, so the file is not read from here "
                                "on; export it again",
                                source_.name(), record, place_in(source_, offset), what));
}

void JsonText::cut_short() {
  const std::string record = record_ == 0 ? "" : fmt::format(", in record {}", record_);
  throw ExportError(Kind::damaged,
                    fmt::format("{}: the file ends in the middle of its JSON{}: a bracket or quote "
                                "mark is not closed; export it again (was it cut short?)",
                                source_.name(), record));
}

void JsonText::unreadable(std::string_view what) const {
  throw ExportError(Kind::unreadable, fmt::format("{}: {}", source_.name(), what));
}

void JsonText::check_value(std::size_t depth) {
  if (depth > JsonRecordParser::kMaxDepth) damaged("the JSON is nested more than 256 levels deep");
  if (peek() == JsonWindow::kEnd) cut_short();
  const std::uint64_t begin = window_.offset();
  JsonWindow::Piece piece;
  switch (window_.value(piece)) {
    case Extent::cut_short:
      cut_short();
    case Extent::too_long:
      check_parts(depth);
      break;
    case Extent::whole:
      if (const auto found = parser_.check(piece)) {
        damaged_at(begin + found->at, "what stands here is not well-formed JSON");
      }
  }
}

// A value that does not fit into the window, part by part.
void JsonText::check_parts(std::size_t depth) {
  const int first = peek();
  if (first == '"') {
    const std::uint64_t begin = window_.offset();
    if (!window_.skip_string()) damaged_at(begin, "the quote mark that opens a text is not closed");
    return;
  }
  if (first != '{' && first != '[') damaged("what stands here is not well-formed JSON");
  const bool object = first == '{';
  take();
  for (bool is_first = true; has_next(object ? '}' : ']', is_first); is_first = false) {
    if (object) member_name();
    check_value(depth + 1);
  }
}

std::string JsonText::member_name() {
  const int first = peek();
  if (first == JsonWindow::kEnd) cut_short();
  const std::uint64_t begin = window_.offset();
  JsonWindow::Piece piece;
  if (first != '"') damaged("a member's name in quote marks is missing");
  const Extent extent = window_.value(piece);
  if (extent == Extent::cut_short) cut_short();
  std::string name;
  if (extent != Extent::whole || !is_json_scalar(piece.text) ||
      unescape(piece.text.substr(1, piece.text.size() - 2), name) == Unescaped::malformed) {
    damaged_at(begin, "the name of a member is not well-formed JSON");
  }
  if (peek() == JsonWindow::kEnd) cut_short();
  if (peek() != ':') damaged("the colon behind a member's name is missing");
  take();
  return name;
}

bool JsonText::has_next(char close, bool first) {
  const int c = peek();
  if (c == JsonWindow::kEnd) cut_short();
  if (c == close) {
    take();
    return false;
  }
  if (first) return true;
  if (c != ',') damaged("a comma or a closing bracket is missing");
  take();
  // "[1,]": what begins here must be a value.
  return true;
}

void JsonText::expect_end() {
  if (peek() != JsonWindow::kEnd) damaged("something follows behind the end of the JSON");
}

JsonRecords::JsonRecords(ByteSource& source, JsonLayout layout, JsonRecordParser& parser)
    : layout_(std::move(layout)), text_(source, parser) {
  if (layout_.kind == JsonLayout::Kind::lines) text_.window().count_lines_in_values();
}

std::string JsonRecords::joined(std::string_view name) const {
  if (open_.size() <= 1) return std::string(name);
  return fmt::format("{}.{}", open_.back(), name);
}

void JsonRecords::open() {
  state_ = State::within;
  if (layout_.kind == JsonLayout::Kind::envelope) {
    seek();
  } else if (layout_.kind == JsonLayout::Kind::array) {
    if (text_.peek() != '[') text_.damaged("the file has changed while it was read");
    text_.take();
  }
}

// Goes into the array of records.
void JsonRecords::seek() {
  if (text_.peek() != '{') text_.damaged("the file has changed while it was read");
  text_.take();
  open_.emplace_back();
  for (bool first = true;;) {
    if (!text_.has_next('}', first)) {
      open_.pop_back();
      if (open_.empty()) text_.damaged("the file has changed while it was read");
      first = false;
      continue;
    }
    const std::string name = text_.member_name();
    const std::string path = joined(name);
    const int c = text_.peek();
    first = false;
    if (path == layout_.path && c == '[') {
      text_.take();
      return;
    }
    if (path == layout_.path) {  // null: no records
      text_.check_value();
      finish();
      return;
    }
    if (c == '{' && layout_.path.starts_with(path + ".")) {
      text_.take();
      open_.push_back(path);
      first = true;
    } else {
      pass_value(path);
    }
  }
}

// Looks at what follows behind the records.
void JsonRecords::finish() {
  state_ = State::after;
  text_.set_record(0);
  for (; !open_.empty(); open_.pop_back()) {
    while (text_.has_next('}', false)) pass_member(text_.member_name());
  }
  text_.expect_end();
}

void JsonRecords::pass_member(const std::string& name) {
  const std::string path = joined(name);
  if (path == layout_.path || layout_.path.starts_with(path + ".")) {
    text_.damaged("the member that holds the records occurs twice");
  }
  if (open_.size() == 1 && name == "error" && text_.peek() == '{') {
    text_.damaged("the service reports an error behind the records: they are not all here");
  }
  pass_value(path);
}

// Looks whether the value says that records are missing, as the APIs of CRMs say it: a link or a
// place to go on from (text), or "more" (true).
void JsonRecords::pass_value(const std::string& path) {
  constexpr std::string_view links[] = {"@odata.nextLink",
                                        "odata.nextLink",
                                        "nextRecordsUrl",
                                        "nextLink",
                                        "next",
                                        "next_page",
                                        "next_url",
                                        "links.next",
                                        "_links.next",
                                        "_links.next.href",
                                        "pagination.next",
                                        "paging.next.after",
                                        "paging.next.link",
                                        "meta.next",
                                        "additional_data.next_cursor"};
  constexpr std::string_view flags[] = {"has_more", "hasMore", "info.more_records",
                                        "additional_data.pagination.more_items_in_collection"};
  const auto among = [&](std::span<const std::string_view> paths) {
    return std::ranges::find(paths, path) != paths.end();
  };
  const auto leads_to = [&](std::span<const std::string_view> paths) {
    return std::ranges::any_of(paths, [&](auto one) {
      return one.size() > path.size() && one.starts_with(path) && one[path.size()] == '.';
    });
  };
  const int first = text_.peek();
  has_next_page_ |= (first == '"' && among(links)) || (first == 't' && among(flags));
  if (first != '{' || !(leads_to(links) || leads_to(flags))) return text_.check_value();
  text_.take();
  for (bool is_first = true; text_.has_next('}', is_first); is_first = false)
    pass_value(fmt::format("{}.{}", path, text_.member_name()));
}

bool JsonRecords::next(JsonRecord& record) {
  if (state_ == State::before) open();
  if (state_ == State::after) return false;
  record.fault.reset();
  switch (layout_.kind) {
    case JsonLayout::Kind::lines:
      return next_line(record);
    case JsonLayout::Kind::single:
      if (number_ == 1) {
        text_.set_record(0);
        text_.expect_end();
        state_ = State::after;
        return false;
      }
      break;
    case JsonLayout::Kind::array:
    case JsonLayout::Kind::envelope:
      if (!text_.has_next(']', std::exchange(first_, false))) {
        finish();
        return false;
      }
  }
  read(record);
  return true;
}

bool JsonRecords::next_line(JsonRecord& record) {
  const std::uint64_t before = text_.window().line();
  if (text_.peek() == JsonWindow::kEnd) {
    state_ = State::after;
    return false;
  }
  if (!std::exchange(first_, false) && text_.window().line() == before) {
    text_.damaged("a record does not begin on a line of its own");
  }
  read(record);
  return true;
}

void JsonRecords::read(JsonRecord& record) {
  const int first = text_.peek();
  record.number = ++number_;
  record.line = text_.window().line();
  text_.set_record(record.number);
  if (first != '{') {
    text_.check_value();
    record.fault = {
        "wrong-shape",
        fmt::format("the record is {}, not an object with names and values", kind_of(first))};
    return;
  }
  switch (text_.window().value(record.piece)) {
    case Extent::whole:
      return;
    case Extent::cut_short:
      text_.cut_short();
    case Extent::too_long:
      text_.check_value();
      record.fault = {"row-too-long",
                      fmt::format("the record is longer than {} KiB; leave its longest member out "
                                  "of the export",
                                  kMaxRecordBytes >> 10)};
  }
}

void JsonRecords::refuse(const JsonRecord& record, const JsonRecordParser::Malformed& why) {
  const std::uint64_t begin = text_.window().offset() - record.piece.text.size();
  text_.damaged_at(begin + why.at, fmt::format("the record {}", why.message));
}

}  // namespace referrald::mapping
