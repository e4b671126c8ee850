// The log: one line, one event of the catalogue (log_events.hpp), written for the operator, with
// fields of stable names.
//
//     log.write("export-archived", {{"source", "leads"}, {"export", "leads.csv"}});
//
// The event says what happened and never changes from row to row; the fields say to what. `error`
// means that a person must act, `warning` that it is worth knowing, `info` the run's story (a
// constant number of lines per run and export), `debug` what happens per row and per request. At no
// level does a line hold a cell's value (the external id aside), a token or a secret.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "config/config.hpp"
#include "daemon/console.hpp"
#include "daemon/log_events.hpp"

namespace referrald {

using config::LogFormat;
using config::LogLevel;
using config::to_string;

// A name of the catalogue and a value; views, valid during the call. A field without a value (a
// blank text, nullopt) is not written.
struct Field {
  using Value =
      std::variant<std::monostate, std::string_view, std::int64_t, std::uint64_t, double, bool>;

  // Constrained, because a string literal would otherwise be taken for a bool.
  template <typename T>
  requires std::convertible_to<const T&, std::string_view> Field(FieldName field_name,
                                                                 const T& text)
      : name(field_name) {
    if (const std::string_view view(text); !view.empty()) value = view;
  }
  template <std::same_as<bool> T>
  Field(FieldName field_name, T flag) : name(field_name), value(flag) {}
  template <std::signed_integral T>
  Field(FieldName field_name, T number)
      : name(field_name), value(static_cast<std::int64_t>(number)) {}
  template <std::unsigned_integral T>
  requires(!std::same_as<T, bool>) Field(FieldName field_name, T number)
      : name(field_name), value(static_cast<std::uint64_t>(number)) {}
  template <std::floating_point T>
  Field(FieldName field_name, T number) : name(field_name), value(static_cast<double>(number)) {}
  template <typename T>
  Field(FieldName field_name, const std::optional<T>& maybe) : name(field_name) {
    if (maybe) value = Field(field_name, *maybe).value;
  }

  FieldName name;
  Value value;
};

using Fields = std::initializer_list<Field>;

struct LogLine {
  Event event;
  std::string_view message;
  std::span<const Field> fields;
};

// Handed in wherever something is worth telling; thread-safe.
class Log {
 public:
  explicit Log(LogLevel level) : level_(level) {}
  virtual ~Log() = default;
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  LogLevel level() const { return level_; }

  // Ask before collecting costly fields; a line below the level costs a comparison.
  bool enabled(LogLevel level) const { return level <= level_; }
  bool enabled(Event event) const { return enabled(event->level); }

  void write(Event event, Fields fields = {}) {
    if (enabled(event)) line({event, event->message, {fields.begin(), fields.size()}});
  }
  // Of an event that has no fixed message: what happened, in words.
  void write_words(Event event, std::string_view words, Fields fields = {}) {
    if (enabled(event)) line({event, words, {fields.begin(), fields.size()}});
  }
  // For decorators.
  void pass_on(const LogLine& what) {
    if (enabled(what.event)) line(what);
  }

 protected:
  virtual void line(const LogLine& what) = 0;

 private:
  const LogLevel level_;
};

// What `automatic` means for this console: journal when it is the journal's stream, else text.
LogFormat resolve(LogFormat format, const Console& console);

// text: `time level message event=name key=value`, without the time when the console is the
// journal's stream.
// json: one object a line with the members `time` (UTC), `level`, `event`, `message` and the
// fields. journal: systemd's native protocol, with EVENT= and the fields in upper case; text on a
// machine without a journal. `console` must outlive the log.
std::unique_ptr<Log> make_log(LogLevel level, LogFormat format, Console& console);

// The payloads behind make_log(), without time and level. Text that came from outside is escaped:
// no line holds a raw line break or control character.
std::string text_of(const LogLine& line);
std::string json_of(const LogLine& line);
// One "NAME=value" a line.
std::string journal_of(const LogLine& line);

// A field's value as text has it, unquoted; blank for none.
std::string value_text(const Field& field);

}  // namespace referrald
