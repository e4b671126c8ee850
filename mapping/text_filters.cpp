// Filters that change text.
#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

#include <fmt/format.h>
#include <openssl/sha.h>
#include <re2/re2.h>
#include <unicode/translit.h>
#include <unicode/unistr.h>

#include "mapping/filter_making.hpp"
#include "mapping/html_text.hpp"

namespace referrald::mapping {
namespace {

constexpr std::optional<Failure> fine = std::nullopt;

void hold_trimmed(Scalar& value, std::string_view text) {
  value.hold(ScalarKind::text, std::string(trim(text)));
}

std::optional<Filter> make_trim(Making& making) {
  making.pipe.flow = Flow::text;
  const std::string characters = making.call.arguments.empty() ? "" : making.argument();
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (!std::ranges::all_of(characters, is_ascii))
    return making.complain(fmt::format("\"{}\": trim takes ASCII characters", making.shown()),
                           "take others away with `replace_match`");
  return Filter{[characters](FilterRow&, Scalar& value) {
    std::string_view text = trim(value.text);
    const auto in = [&](char c) { return characters.find(c) != std::string::npos; };
    while (!text.empty() && (in(text.front()) || in(text.back()))) {
      if (in(text.front())) text.remove_prefix(1);
      if (!text.empty() && in(text.back())) text.remove_suffix(1);
      text = trim(text);
    }
    value.refer(ScalarKind::text, text);
    return fine;
  }};
}

std::optional<Filter> make_truncate(Making& making) {
  const std::string& argument = making.argument();
  const bool digits =
      argument.size() <= 9 && argument.find_first_not_of("0123456789") == std::string::npos;
  const std::size_t limit = digits ? std::stoul(argument) : 0;
  if (limit == 0)
    return making.complain(
        fmt::format("\"{}\": the argument is no count of characters", making.shown()),
        "write a whole number from 1, as in `truncate 200`");
  making.pipe.flow = Flow::text;
  return Filter{[limit](FilterRow&, Scalar& value) {
    value.kind = ScalarKind::text;
    if (value.text.size() <= limit) return fine;
    std::size_t points = 0;
    for (std::size_t i = 0; i < value.text.size(); ++i) {
      const bool starts_point = (static_cast<unsigned char>(value.text[i]) & 0xC0U) != 0x80U;
      if (starts_point && points++ == limit) {
        value.text = value.text.substr(0, i);
        break;
      }
    }
    return fine;
  }};
}

std::optional<Filter> make_upper(Making& making) {
  making.pipe.flow = Flow::text;
  return Filter{[](FilterRow&, Scalar& value) {
    value.hold(ScalarKind::text, to_upper(value.text));
    return fine;
  }};
}

std::optional<Filter> make_lower(Making& making) {
  making.pipe.flow = Flow::text;
  return Filter{[](FilterRow&, Scalar& value) {
    value.hold(ScalarKind::text, to_lower(value.text));
    return fine;
  }};
}

std::optional<Filter> make_prefix(Making& making) {
  making.pipe.flow = Flow::text;
  return Filter{[before = making.argument()](FilterRow&, Scalar& value) {
    value.hold(ScalarKind::text, before + std::string(value.text));
    return fine;
  }};
}

std::optional<Filter> make_suffix(Making& making) {
  making.pipe.flow = Flow::text;
  return Filter{[behind = making.argument()](FilterRow&, Scalar& value) {
    value.hold(ScalarKind::text, std::string(value.text) + behind);
    return fine;
  }};
}

// CR LF and CR become LF.
std::string with_plain_line_ends(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool pair = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    if (!pair) out += text[i] == '\r' ? '\n' : text[i];
  }
  return out;
}

std::optional<Filter> make_replace(Making& making) {
  const std::string old = making.separator(0);
  if (old.empty())
    return making.complain("replace needs a text to look for",
                           R"(write it as in `replace "-" ""`)");
  making.pipe.flow = Flow::text;
  return Filter{[old, fresh = making.separator(1)](FilterRow&, Scalar& value) {
    const std::string lines = old == "\n" ? with_plain_line_ends(value.text) : std::string{};
    std::string_view rest = old == "\n" ? std::string_view(lines) : value.text;
    std::string out;
    for (auto at = rest.find(old); at != std::string_view::npos; at = rest.find(old)) {
      out.append(rest.substr(0, at)).append(fresh);
      rest.remove_prefix(at + old.size());
    }
    hold_trimmed(value, out.append(rest));
    return fine;
  }};
}

// Compiles the first argument; nullptr when it is no regular expression and the fault is told.
std::shared_ptr<const RE2> pattern_of(const Making& making) {
  if (!making.call.arguments.front().quoted) {
    making.complain(fmt::format("\"{}\": a regular expression stands in quotes", making.shown()),
                    "write it as in `match '[0-9]+'`; in the quotes backslashes are its own");
    return nullptr;
  }
  RE2::Options options;
  options.set_log_errors(false);
  auto out = std::make_shared<RE2>(making.argument(), options);
  if (out->ok()) return out;
  making.complain(
      fmt::format("\"{}\": the regular expression is wrong: {}", making.shown(), out->error()),
      "the syntax is that of RE2, without look-around and back-references");
  return nullptr;
}

std::optional<Filter> make_replace_match(Making& making) {
  const auto pattern = pattern_of(making);
  if (pattern == nullptr) return std::nullopt;
  std::string error;
  if (!pattern->CheckRewriteString(making.argument(1), &error))
    return making.complain(
        fmt::format("\"{}\": the replacement is wrong: {}", making.shown(), error),
        R"(\1 to \9 are the groups of the regular expression, \\ is a backslash)");
  making.pipe.flow = Flow::text;
  return Filter{[pattern, fresh = making.argument(1)](FilterRow&, Scalar& value) {
    std::string text(value.text);
    RE2::GlobalReplace(&text, *pattern, fresh);
    hold_trimmed(value, text);
    return fine;
  }};
}

std::optional<Filter> make_match(Making& making) {
  const auto pattern = pattern_of(making);
  if (pattern == nullptr) return std::nullopt;
  making.pipe.flow = Flow::text;
  return Filter{[pattern](FilterRow&, Scalar& value) {
    std::array<re2::StringPiece, 2> groups;
    const int count = pattern->NumberOfCapturingGroups() > 0 ? 2 : 1;
    if (!pattern->Match(value.text, 0, value.text.size(), RE2::UNANCHORED, groups.data(), count)) {
      value.refer(ScalarKind::blank, {});
      return fine;
    }
    const re2::StringPiece found = groups[static_cast<std::size_t>(count - 1)];
    hold_trimmed(value, found.data() == nullptr ? std::string_view{}
                                                : std::string_view(found.data(), found.size()));
    return fine;
  }};
}

const icu::Transliterator& to_latin() {
  // One for each thread: ICU does not promise that one can be shared.
  thread_local const std::unique_ptr<icu::Transliterator> made = [] {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::Transliterator> out(icu::Transliterator::createInstance(
        "Any-Latin; Latin-ASCII; Lower", UTRANS_FORWARD, status));
    if (U_FAILURE(status)) throw std::runtime_error("ICU's transliteration data is missing");
    return out;
  }();
  return *made;
}

// The next part of the text, up to a blank if one is near: transliterating takes the square of the
// length.
std::string_view take_piece(std::string_view& rest) {
  constexpr std::size_t enough = 256;
  constexpr std::size_t most = 512;
  std::size_t size = rest.size();
  if (size > most) {
    size = rest.substr(0, most).find(' ', enough);
    if (size == std::string_view::npos) size = most;
    while ((rest[size] & '\xC0') == '\x80') --size;  // within a character
  }
  const auto piece = rest.substr(0, size);
  rest.remove_prefix(size);
  return piece;
}

void append_latin(std::string& out, std::string_view text) {
  auto wide = icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())});
  to_latin().transliterate(wide);
  wide.toUTF8String(out);
}

std::optional<Filter> make_slug(Making& making) {
  making.pipe.flow = Flow::text;
  return Filter{[](FilterRow&, Scalar& value) {
    std::string latin;
    for (std::string_view rest = value.text; !rest.empty();) append_latin(latin, take_piece(rest));
    std::string out;
    for (const char c : latin) {
      const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
      if (kept)
        out += c;
      else if (!out.empty() && out.back() != '-')
        out += '-';
    }
    if (out.ends_with('-')) out.pop_back();
    value.hold(ScalarKind::text, std::move(out));
    return fine;
  }};
}

std::optional<Filter> make_hash(Making& making) {
  std::vector<std::uint32_t> columns;
  for (const Argument& one : making.call.arguments) {
    if (one.text.empty())
      return making.complain(fmt::format("\"{}\": a column's name is blank", making.shown()),
                             "write it as in `hash \"Quote No.\"`");
    columns.push_back(making.pipe.column_id(one.text));
  }
  making.pipe.columns.insert(making.pipe.columns.end(), columns.begin(), columns.end());
  making.pipe.flow = Flow::text;
  return Filter{[columns](FilterRow& row, Scalar& value) {
    std::string joined(value.text);
    for (const auto column : columns) {
      const auto cell = row.cells[column].text;
      if (cell.empty()) {
        value.refer(ScalarKind::blank, {});
        return fine;
      }
      joined.append(1, '\x1f').append(cell);
    }
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(joined.data()), joined.size(), digest.data());
    std::string out;
    for (const unsigned char byte : std::span(digest).first(16)) out += fmt::format("{:02x}", byte);
    value.hold(ScalarKind::text, std::move(out));
    return fine;
  }};
}

std::optional<Filter> make_html_text(Making& making) {
  making.pipe.flow = Flow::text;
  return Filter{[](FilterRow&, Scalar& value) {
    value.hold(ScalarKind::text, html_text(value.text));
    return fine;
  }};
}

using enum ArgumentStyle;

}  // namespace

std::span<const FilterSpec> text_filters() {
  static constexpr std::array specs{
      FilterSpec{"trim", text, 0, 1, takes_single, make_trim, "trim \".,\""},
      FilterSpec{"truncate", text, 1, 1, takes_single, make_truncate, "truncate 200"},
      FilterSpec{"upper", text, 0, 0, takes_single, make_upper, "upper"},
      FilterSpec{"lower", text, 0, 0, takes_single, make_lower, "lower"},
      FilterSpec{"prefix", text, 1, 1, takes_single, make_prefix, "prefix \"No. \""},
      FilterSpec{"suffix", text, 1, 1, takes_single, make_suffix, "suffix \" EUR\""},
      FilterSpec{"replace", words, 2, 2, takes_single, make_replace, R"(replace "-" "")"},
      FilterSpec{"replace_match", patterns, 2, 2, takes_single, make_replace_match,
                 "replace_match '[0-9]+' \"\""},
      FilterSpec{"match", patterns, 1, 1, takes_single, make_match, "match '[0-9]+'"},
      FilterSpec{"html_text", text, 0, 0, takes_text, make_html_text, "html_text"},
      FilterSpec{"slug", text, 0, 0, takes_single, make_slug, "slug"},
      FilterSpec{"hash", words, 0, any_count, takes_single, make_hash, "hash \"Quote No.\""},
  };
  return specs;
}

}  // namespace referrald::mapping
