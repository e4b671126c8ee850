// Text of unknown origin, made fit for a terminal, a log line or JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace referrald {

// The text with control characters, invalid UTF-8, line separators and direction overrides written
// as escapes (\n, \x1b, \u202e), so that it stays on its line and cannot act on a terminal.
std::string printable(std::string_view text);

// The same as the value of key=value: in quotes when it is empty or holds a blank, a quote, a
// backslash or an equals sign.
std::string quoted_value(std::string_view text);

// The text with each invalid UTF-8 sequence replaced by U+FFFD, and whether there was one.
struct Utf8Text {
  std::string text;
  bool replaced = false;
};
Utf8Text valid_utf8(std::string_view text);

// Markdown's links, "[errors.md](errors.md#sign-in)", as the text that they are of.
std::string without_links(std::string_view markdown);

// The text with each command that it names in backquotes (`referrald login`) as it is typed here:
// `command` for "referrald". Without: what REFERRALD_COMMAND says, which the units set to their
// referraldctl; unset, or anything but letters, digits, blanks and "@._/-", the text as it is.
std::string as_typed(std::string_view text, std::string_view command);
std::string as_typed(std::string_view text);

// The text as a JSON string with its quotes; invalid UTF-8 becomes U+FFFD.
std::string json_string(std::string_view text);

// The text broken at blanks into lines that start at `column` (the first one is there already) and
// end before column 88 where a word allows it.
std::string wrapped(std::string_view text, std::size_t column);

// "1 row", "2 rows".
std::string counted(std::uint64_t count, std::string_view one);

// "  NAME              COUNT  REMARK" of a summary, with its line end; nothing for a count of 0.
void append_count(std::string& out, std::string_view name, std::uint64_t count,
                  std::string_view remark = {});

// What excluded them, for append_count().
std::string excluded_by(std::uint64_t excluded, std::uint64_t deleted);

// What a row's number counts in the export of that name: "row" of a worksheet, "record" of JSON,
// else "line".
std::string_view line_unit(std::string_view export_name);

// How many columns valid UTF-8 takes on a terminal, roughly: its code points.
std::size_t code_points(std::string_view text);

}  // namespace referrald
