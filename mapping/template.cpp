#include "mapping/template.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "mapping/damaged_cell.hpp"
#include "mapping/filter_making.hpp"

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

  FilterCall take_call() {
    FilterCall call;
    call.name = take_filter_name();
    const ArgumentStyle style = argument_style(call.name);
    if (style == ArgumentStyle::filter) {
      if (!at_stop()) call.inner.push_back(take_call());
    } else if (style == ArgumentStyle::text && !at_quote()) {
      if (!at_stop()) call.arguments.push_back({take_bare_text(call.name), false});
    } else {
      while (!at_stop()) {
        call.arguments.push_back(take_argument(style, call.name));
        skip_blanks();
      }
    }
    return call;
  }

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

  bool at_stop() const { return peek() == '|' || peek() == '}'; }
  bool at_quote() const { return peek() == '"' || peek() == '\''; }

  std::string excerpt() const {
    const auto rest = text_.substr(start_);
    return fmt::format("\"{}{}\"", rest.substr(0, 40), rest.size() > 40 ? "…" : "");
  }

  char peek() const {
    if (at_end())
      throw SyntaxError{
          fmt::format("the placeholder {} is not closed", excerpt()),
          "add the missing }, put a value that holds # or : into quotes, or write \\${ if a "
          "dollar sign and a brace are meant"};
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

  std::string take_filter_name() {
    skip_blanks();
    std::string out;
    while (!at_stop() && !is_blank(peek())) out += take_char();
    skip_blanks();
    return out;
  }

  // A brace without quotes is meant for a placeholder, and the first } would end the outer one.
  char take_bare_char(const std::string& filter) {
    if (peek() != '{') return take_char();
    const auto rest = text_.substr(at_ + 1);
    auto column = trim(rest.substr(0, rest.find_first_of("|}")));
    if (column.empty() || column.find('"') != std::string_view::npos) column = "Mobile Phone";
    throw SyntaxError{
        fmt::format("a brace in the argument of {} in {}", filter, excerpt()),
        fmt::format(
            "for another column's cell write `if_blank \"{}\"`; put the argument into quotes "
            "if braces are meant",
            column)};
  }

  std::string take_bare_text(const std::string& filter) {
    std::string out;
    while (!at_stop()) out += take_bare_char(filter);
    return std::string(trim(out));
  }

  Argument take_argument(ArgumentStyle style, const std::string& filter) {
    if (at_quote()) return {take_quoted(style == ArgumentStyle::patterns), true};
    if (style == ArgumentStyle::text)
      throw SyntaxError{fmt::format("text behind the quoted argument in {}", excerpt()),
                        "put the whole argument into the quotes"};
    std::string out;
    while (!at_stop() && !is_blank(peek())) out += take_bare_char(filter);
    return {std::move(out), false};
  }

  // Verbatim: backslashes stay, those before a quote included.
  std::string take_quoted(bool verbatim) {
    const char quote = text_[at_++];
    std::string out;
    while (peek() != quote) {
      if (verbatim) {
        if (peek() == '\\' && at_ + 1 < text_.size()) out += text_[at_++];
        out += text_[at_++];
      } else {
        if (peek() == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] == quote) ++at_;
        out += take_char();
      }
    }
    ++at_;
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t start_ = 0;
};

Placeholder parse_placeholder(Parser& parser, const FilterSettings& settings, Columns& columns,
                              const config::Place& place, config::Problems& problems, Yield yield) {
  Placeholder out;
  parser.enter_placeholder();
  const std::string column = parser.take_column();
  if (column.empty())
    problems.add(place, "a placeholder names no column", "write ${Column}");
  else
    out.column = columns.id_of(column, place);
  std::vector<FilterCall> calls;
  while (parser.take_bar()) calls.push_back(parser.take_call());
  PipeFaults faults;
  const auto column_id = [&](std::string_view name) { return columns.id_of(trim(name), place); };
  out.pipe = make_pipe(calls, settings, column_id, faults);
  if (yield == Yield::value && faults.empty() && out.pipe.flow == Flow::list)
    faults.push_back({"the template ends in a list", "add join or first: `join \", \"`"});
  for (PipeFault& fault : faults)
    problems.add(place, fmt::format("in ${{{}}}: {}", column, fault.message),
                 std::move(fault.remedy));
  return out;
}

bool run(const Placeholder& placeholder, std::span<const Cell> cells,
         const FilterSettings& settings, Scalar& value, std::vector<Template::Fault>& faults) {
  value.refer(cells[placeholder.column]);
  FilterRow row{cells, settings, placeholder.column};
  const auto is_error = [&] {
    return value.kind == ScalarKind::text && is_spreadsheet_error(value.text);
  };
  std::optional<Failure> failure;
  // A filter that replaces may be there for just that; others would make something of it.
  if (placeholder.pipe.mends || !is_error()) failure = run_pipe(placeholder.pipe, row, value);
  if (!failure && is_error())
    failure =
        failed(Code::cell_error, value,
               fmt::format("the cell holds {}, an error of a spreadsheet program", value.text),
               "Mend the cell, or take the error away with `replace` if a blank is meant.");
  if (failure) faults.push_back({row.column, std::move(*failure)});
  return !failure;
}

}  // namespace

Template Template::parse(std::string_view text, const FilterSettings& settings, Columns& columns,
                         const config::Place& place, config::Problems& problems, Yield yield) {
  const auto before = problems.list().size();
  Template out;
  Parser parser(text);
  try {
    while (!parser.at_end()) {
      Part part;
      part.text = parser.take_text();
      if (parser.at_placeholder()) {
        part.has_placeholder = true;
        ++out.placeholders_;
        part.placeholder = parse_placeholder(parser, settings, columns, place, problems, yield);
      }
      out.parts_.push_back(std::move(part));
    }
  } catch (const SyntaxError& error) {
    problems.add(place, error.message, error.remedy);
  }
  const bool list = out.single() && out.parts_.front().placeholder.pipe.flow == Flow::list;
  if (yield == Yield::list && problems.list().size() == before && !list)
    problems.add(place, "here a list is needed, and the template yields one value",
                 "write one placeholder that ends in a list: ${Column | split \";\"}");
  return out;
}

std::string Template::constant_text() const {
  return parts_.empty() ? "" : parts_.front().text;
}

bool Template::single() const {
  return parts_.size() == 1 && placeholders_ == 1 && parts_.front().text.empty();
}

std::optional<ScalarKind> Template::kind() const {
  if (!single()) return ScalarKind::text;
  switch (parts_.front().placeholder.pipe.flow) {
    case Flow::number:
      return ScalarKind::number;
    case Flow::boolean:
      return ScalarKind::boolean;
    case Flow::list:
      return ScalarKind::list;
    case Flow::unknown:
      return std::nullopt;
    case Flow::text:
    case Flow::date:
      break;
  }
  return ScalarKind::text;
}

void Template::add_columns(const Columns& columns, std::vector<std::string>& names) const {
  const auto add = [&](std::uint32_t id) {
    const std::string& name = columns.names()[id];
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  for (const Part& part : parts_) {
    if (!part.has_placeholder) continue;
    add(part.placeholder.column);
    for (const auto id : part.placeholder.pipe.columns) add(id);
  }
}

std::vector<std::uint32_t> Template::placeholders() const {
  std::vector<std::uint32_t> out;
  for (const Part& part : parts_)
    if (part.has_placeholder) out.push_back(part.placeholder.column);
  return out;
}

std::vector<std::uint32_t> Template::all_columns() const {
  std::vector<std::uint32_t> out;
  for (const Part& part : parts_) {
    if (!part.has_placeholder) continue;
    const auto& others = part.placeholder.pipe.columns;
    out.push_back(part.placeholder.column);
    out.insert(out.end(), others.begin(), others.end());
  }
  return out;
}

std::vector<std::uint32_t> Template::filled_columns(std::span<const Cell> cells) const {
  std::vector<std::uint32_t> out;
  for (const Part& part : parts_) {
    if (!part.has_placeholder) continue;
    const auto& others = part.placeholder.pipe.columns;
    const auto filled = [&](std::uint32_t column) { return !cells[column].text.empty(); };
    const auto other = std::ranges::find_if(others, filled);
    if (filled(part.placeholder.column))
      out.push_back(part.placeholder.column);
    else if (other != others.end())
      out.push_back(*other);
  }
  return out;
}

std::string Template::columns(const Columns& columns) const {
  std::vector<std::string> names;
  add_columns(columns, names);
  return fmt::format("{}", fmt::join(names, ", "));
}

void Template::evaluate(std::span<const Cell> cells, const FilterSettings& settings, Scalar& out,
                        std::vector<Fault>& faults, bool* some_blank) const {
  if (single()) {
    if (!run(parts_.front().placeholder, cells, settings, out, faults))
      out.refer(ScalarKind::blank, {});
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
    good = run(part.placeholder, cells, settings, value, faults) && good;
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

std::vector<Constant> Template::evaluate_list(std::span<const Cell> cells,
                                              const FilterSettings& settings,
                                              std::vector<Fault>& faults) const {
  Scalar value;
  const bool good = single() && run(parts_.front().placeholder, cells, settings, value, faults);
  return good && value.kind == ScalarKind::list ? std::move(value.items) : std::vector<Constant>{};
}

}  // namespace referrald::mapping
