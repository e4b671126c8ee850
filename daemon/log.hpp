// The log: one line, one event, written for the operator, with fields of stable names.
//
//     log.info("row created", {{"external_id", id}, {"attempt", 1}});
//
// The message says what happened and never changes from row to row; the fields say to what. `error`
// means that a person must act, `warning` that it is worth knowing, `info` the run's story (a
// constant number of lines per run), `debug` what happens per row and per request. At no level does
// a line hold a cell's value (the external id aside), a token or a secret.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "config/config.hpp"
#include "daemon/console.hpp"

namespace referrald {

using config::LogFormat;
using config::LogLevel;
using config::to_string;

// A name in snake_case and a value; views, valid during the call.
struct Field {
  using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

  // Constrained, because a string literal would otherwise be taken for a bool.
  template <typename T>
  requires std::convertible_to<const T&, std::string_view> Field(std::string_view field_name,
                                                                 const T& text)
      : name(field_name), value(std::string_view(text)) {}
  template <std::same_as<bool> T>
  Field(std::string_view field_name, T flag) : name(field_name), value(flag) {}
  template <std::signed_integral T>
  Field(std::string_view field_name, T number)
      : name(field_name), value(static_cast<std::int64_t>(number)) {}
  template <std::unsigned_integral T>
  requires(!std::same_as<T, bool>) Field(std::string_view field_name, T number)
      : name(field_name), value(static_cast<std::uint64_t>(number)) {}
  template <std::floating_point T>
  Field(std::string_view field_name, T number)
      : name(field_name), value(static_cast<double>(number)) {}

  std::string_view name;
  Value value;
};

using Fields = std::initializer_list<Field>;

// Handed in wherever something is worth telling; thread-safe.
class Log {
 public:
  explicit Log(LogLevel level) : level_(level) {}
  virtual ~Log() = default;
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // Ask before collecting costly fields; a line below the level costs a comparison.
  bool enabled(LogLevel level) const { return level <= level_; }

  void error(std::string_view message, Fields fields = {}) { at(LogLevel::error, message, fields); }
  void warning(std::string_view message, Fields fields = {}) {
    at(LogLevel::warning, message, fields);
  }
  void info(std::string_view message, Fields fields = {}) { at(LogLevel::info, message, fields); }
  void debug(std::string_view message, Fields fields = {}) { at(LogLevel::debug, message, fields); }
  void trace(std::string_view message, Fields fields = {}) { at(LogLevel::trace, message, fields); }
  void at(LogLevel level, std::string_view message, Fields fields = {}) {
    if (enabled(level)) write(level, message, {fields.begin(), fields.size()});
  }

 protected:
  virtual void write(LogLevel level, std::string_view message, std::span<const Field> fields) = 0;

 private:
  const LogLevel level_;
};

// What `automatic` means for this console: journal when it is the journal's stream, else text.
LogFormat resolve(LogFormat format, const Console& console);

// text: `time level message key=value`, without the time when the console is the journal's stream.
// json: one object a line with the members `time` (UTC), `level`, `message` and the fields.
// journal: systemd's native protocol, with the fields as REFERRALD_<NAME>; text on a machine
// without a journal.
// `console` must outlive the log.
std::unique_ptr<Log> make_log(LogLevel level, LogFormat format, Console& console);

// The payloads behind make_log(), without time and level. Text that came from outside is escaped:
// no line holds a raw line break or control character.
std::string text_of(std::string_view message, std::span<const Field> fields);
std::string json_of(std::string_view message, std::span<const Field> fields);
// One "NAME=value" a line.
std::string journal_of(std::string_view message, std::span<const Field> fields);

}  // namespace referrald
