#include "daemon/log.hpp"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
// The place would be always the same one, in this file.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "daemon/text.hpp"

namespace referrald {
namespace {

constexpr const char* journal_socket = "/run/systemd/journal/socket";

template <typename OnText>
std::string written(const Field::Value& value, OnText&& on_text) {
  return std::visit(
      [&](const auto& v) -> std::string {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::monostate>)
          return {};
        else if constexpr (std::is_same_v<T, std::string_view>)
          return on_text(v);
        else
          return fmt::format("{}", v);
      },
      value);
}

// json has no NaN and no infinity.
std::string json_value(const Field::Value& value) {
  if (const double* number = std::get_if<double>(&value);
      number != nullptr && !(*number - *number == 0))
    return "null";
  return written(value, json_string);
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::error:
      return spdlog::level::err;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::trace:
      return spdlog::level::trace;
  }
  return spdlog::level::trace;
}

int priority(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::critical:
    case spdlog::level::err:
      return LOG_ERR;
    case spdlog::level::warn:
      return LOG_WARNING;
    case spdlog::level::info:
      return LOG_INFO;
    default:
      return LOG_DEBUG;
  }
}

// What follows PRIORITY of a text line that goes to the journal's stream (sd-daemon(3)).
class PriorityPrefix : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& line, const std::tm&,
              spdlog::memory_buf_t& out) override {
    fmt::format_to(std::back_inserter(out), "<{}>", priority(line.level));
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<PriorityPrefix>();
  }
};

// Text and JSON: whole lines to the console.
class ConsoleSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  ConsoleSink(Console& console, const std::string& pattern) : console_(console) {
    auto formatter =
        std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc, std::string{});
    formatter->add_flag<PriorityPrefix>('*').set_pattern(pattern);
    set_formatter_(std::move(formatter));
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& line) override {
    spdlog::memory_buf_t buffer;
    formatter_->format(line, buffer);
    console_.line({buffer.data(), buffer.size()});
  }
  void flush_() override {}

 private:
  Console& console_;
};

// The native protocol. spdlog's own sink knows no fields.
class JournalSink : public spdlog::sinks::base_sink<std::mutex> {
 protected:
  void sink_it_(const spdlog::details::log_msg& line) override {
    std::string head = fmt::format("PRIORITY={}", priority(line.level));
    std::string name = "SYSLOG_IDENTIFIER=referrald";
    std::vector<iovec> parts{{head.data(), head.size()}, {name.data(), name.size()}};
    std::string payload = as_typed({line.payload.data(), line.payload.size()});
    for (std::size_t at = 0; at < payload.size();) {
      const std::size_t end = std::min(payload.find('\n', at), payload.size());
      parts.push_back({payload.data() + at, end - at});
      at = end + 1;
    }
    sd_journal_sendv(parts.data(), static_cast<int>(parts.size()));
  }
  void flush_() override {}
};

class SpdLog : public Log {
 public:
  using Payload = std::string (*)(const LogLine&);

  SpdLog(LogLevel level, Payload payload, spdlog::sink_ptr sink)
      : Log(level), payload_(payload), logger_("referrald", std::move(sink)) {
    logger_.set_level(spdlog::level::trace);  // Log::enabled() decides
  }

 protected:
  void line(const LogLine& what) override {
    logger_.log(spdlog_level(what.event->level), spdlog::string_view_t(payload_(what)));
  }

 private:
  const Payload payload_;
  spdlog::logger logger_;
};

bool given(const Field& field) {
  return !std::holds_alternative<std::monostate>(field.value);
}

bool is_journal_stream(int fd) {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat info {};
  if (stream == nullptr || fstat(fd, &info) != 0) return false;
  return fmt::format("{}:{}", info.st_dev, info.st_ino) == stream;
}

}  // namespace

std::string value_text(const Field& field) {
  return written(field.value, [](std::string_view text) { return std::string(text); });
}

std::string text_of(const LogLine& line) {
  std::string out = printable(line.message);
  out += " event=";
  out += line.event->name;
  for (const Field& field : line.fields) {
    if (!given(field)) continue;
    out += ' ';
    out += field.name.text();
    out += '=';
    out += written(field.value, quoted_value);
  }
  return out;
}

std::string json_of(const LogLine& line) {
  std::string out = "\"event\":" + json_string(line.event->name);
  out += ",\"message\":" + json_string(line.message);
  for (const Field& field : line.fields) {
    if (!given(field)) continue;
    out += ',' + json_string(field.name.text()) + ':' + json_value(field.value);
  }
  return out;
}

std::string journal_of(const LogLine& line) {
  std::string out = "MESSAGE=" + text_of(line) + "\nEVENT=" + std::string(line.event->name);
  for (const Field& field : line.fields) {
    if (!given(field)) continue;
    out += '\n';
    for (const char c : field.name.text())
      out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    out += '=' + written(field.value, printable);
  }
  return out;
}

LogFormat resolve(LogFormat format, const Console& console) {
  if (format != LogFormat::automatic) return format;
  return is_journal_stream(console.fd()) ? LogFormat::journal : LogFormat::text;
}

std::unique_ptr<Log> make_log(LogLevel level, LogFormat format, Console& console) {
  LogFormat resolved = resolve(format, console);
  // sd_journal_sendv() would drop every line without a word.
  if (resolved == LogFormat::journal && ::access(journal_socket, W_OK) != 0)
    resolved = LogFormat::text;
  switch (resolved) {
    case LogFormat::journal:
      return std::make_unique<SpdLog>(level, journal_of, std::make_shared<JournalSink>());
    case LogFormat::json:
      return std::make_unique<SpdLog>(
          level, json_of,
          std::make_shared<ConsoleSink>(console,
                                        std::string(is_journal_stream(console.fd()) ? "%*" : "") +
                                            R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"));
    default:
      return std::make_unique<SpdLog>(
          level, text_of,
          std::make_shared<ConsoleSink>(console, is_journal_stream(console.fd())
                                                     ? "%*%-7l %v"
                                                     : "%Y-%m-%dT%H:%M:%SZ %-7l %v"));
  }
}

}  // namespace referrald
