#include "mapping/template.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace referrald::mapping {
namespace {

struct SyntaxError {
  std::string message;
  std::string remedy;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ == text_.size(); }
  bool at_placeholder() const { return text_.substr(at_).starts_with("${"); }

  std::string take_text() {
    std::string out;
    while (!at_end() && !at_placeholder()) out += take_char();
    return out;
  }

  void enter_placeholder() {
    start_ = at_;
    at_ += 2;
  }

  // Up to an unescaped | or }, trimmed.
  std::string take_column() {
    std::string out;
    while (peek() != '|' && peek() != '}') {
      if (text_.substr(at_).starts_with("${"))
        throw SyntaxError{fmt::format("\"${{\" inside of {}", excerpt()),
                          "close the placeholder before with }, or write \\$ if the column's name "
                          "holds a dollar sign"};
      out += take_char();
    }
    return std::string(trim(out));
  }

  // Whether another filter follows; else the placeholder ends.
  bool take_bar() {
    const bool bar = peek() == '|';
    ++at_;
    return bar;
  }

  std::string take_filter_name() {
    skip_blanks();
    std::string out;
    while (peek() != '|' && peek() != '}' && !is_blank(peek())) out += take_char();
    skip_blanks();
    return out;
  }

  std::optional<std::string> take_argument() {
    if (peek() == '|' || peek() == '}') return std::nullopt;
    if (peek() == '"' || peek() == '\'') return take_quoted();
    std::string out;
    while (peek() != '|' && peek() != '}') out += take_char();
    return std::string(trim(out));
  }

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

  std::string excerpt() const {
    const auto rest = text_.substr(start_);
    return fmt::format("\"{}{}\"", rest.substr(0, 40), rest.size() > 40 ? "…" : "");
  }

  char peek() const {
    if (at_end())
      throw SyntaxError{fmt::format("the placeholder {} is not closed", excerpt()),
                        "add the missing }, or write \\${ if a dollar sign and a brace are meant"};
    return text_[at_];
  }

  char take_char() {
    if (text_[at_] == '\\' && at_ + 1 < text_.size() &&
        std::string_view("}|$\\").find(text_[at_ + 1]) != std::string_view::npos)
      ++at_;
    return text_[at_++];
  }

  void skip_blanks() {
    while (is_blank(peek())) ++at_;
  }

  std::string take_quoted() {
    const char quote = text_[at_++];
    std::string out;
    while (peek() != quote) {
      if (peek() == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] == quote) ++at_;
      out += take_char();
    }
    ++at_;
    skip_blanks();
    if (peek() != '|' && peek() != '}')
      throw SyntaxError{fmt::format("text behind the quoted argument in {}", excerpt()),
                        "put the whole argument into the quotes"};
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t start_ = 0;
};

Placeholder parse_placeholder(Parser& parser, const FilterSettings& settings, Columns& columns,
                              const config::Place& place, config::Problems& problems) {
  Placeholder out;
  parser.enter_placeholder();
  const std::string column = parser.take_column();
  if (column.empty())
    problems.add(place, "a placeholder names no column", "write ${Column}");
  else
    out.column = columns.id_of(column, place);
  bool good = true;
  while (parser.take_bar()) {
    const std::string name = parser.take_filter_name();
    const auto argument = parser.take_argument();
    std::string error;
    std::string remedy;
    auto filter = make_filter(name, argument, settings, error, remedy);
    if (filter)
      out.filters.push_back(std::move(*filter));
    else
      problems.add(place, fmt::format("in ${{{}}}: {}", column, error), remedy);
    good = good && filter.has_value();
  }
  if (const std::string error = good ? link_filters(out.filters) : std::string{}; !error.empty())
    problems.add(place, fmt::format("in ${{{}}}: {}", column, error));
  return out;
}

void refer_cell(Scalar& out, const Cell& cell) {
  switch (cell.type) {
    case CellType::text:
      return out.refer(ScalarKind::text, cell.text);
    case CellType::number:
      return out.refer(ScalarKind::number, cell.text);
    case CellType::date:
      return out.refer(ScalarKind::date, cell.text);
    case CellType::boolean:
      return out.refer(ScalarKind::boolean, cell.text);
  }
}

bool run_filters(const Placeholder& placeholder, const FilterSettings& settings, Scalar& value,
                 std::vector<Template::Fault>& faults) {
  for (const Filter& filter : placeholder.filters)
    if (auto failure = apply(filter, settings, value)) {
      faults.push_back({placeholder.column, std::move(*failure)});
      return false;
    }
  return true;
}

}  // namespace

Template Template::parse(std::string_view text, const FilterSettings& settings, Columns& columns,
                         const config::Place& place, config::Problems& problems) {
  Template out;
  Parser parser(text);
  try {
    while (!parser.at_end()) {
      Part part;
      part.text = parser.take_text();
      if (parser.at_placeholder()) {
        part.has_placeholder = true;
        ++out.placeholders_;
        part.placeholder = parse_placeholder(parser, settings, columns, place, problems);
      }
      out.parts_.push_back(std::move(part));
    }
  } catch (const SyntaxError& error) {
    problems.add(place, error.message, error.remedy);
  }
  return out;
}

std::string Template::constant_text() const {
  return parts_.empty() ? "" : parts_.front().text;
}

bool Template::single() const {
  return parts_.size() == 1 && placeholders_ == 1 && parts_.front().text.empty();
}

std::optional<ScalarKind> Template::kind() const {
  return single() ? result_kind(parts_.front().placeholder.filters) : ScalarKind::text;
}

std::string Template::columns(const Columns& columns) const {
  std::string out;
  for (const Part& part : parts_)
    if (part.has_placeholder)
      out.append(out.empty() ? "" : ", ").append(columns.names()[part.placeholder.column]);
  return out;
}

void Template::evaluate(std::span<const Cell> cells, const FilterSettings& settings, Scalar& out,
                        std::vector<Fault>& faults, bool* some_blank) const {
  if (single()) {
    const Placeholder& placeholder = parts_.front().placeholder;
    refer_cell(out, cells[placeholder.column]);
    if (!run_filters(placeholder, settings, out, faults)) out.refer(ScalarKind::blank, {});
    if (some_blank != nullptr) *some_blank = out.kind == ScalarKind::blank;
    return;
  }
  std::string text;
  bool filled = false;
  bool good = true;
  bool blank = false;
  for (const Part& part : parts_) {
    text += part.text;
    if (!part.has_placeholder) continue;
    Scalar value;
    refer_cell(value, cells[part.placeholder.column]);
    good = run_filters(part.placeholder, settings, value, faults) && good;
    text += value.text;
    filled = filled || value.kind != ScalarKind::blank;
    blank = blank || value.kind == ScalarKind::blank;
  }
  if (some_blank != nullptr) *some_blank = blank;
  if (good && filled)
    out.hold(ScalarKind::text, std::string(trim(text)));
  else
    out.refer(ScalarKind::blank, {});
}

}  // namespace referrald::mapping
