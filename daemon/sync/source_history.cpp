#include "daemon/sync/source_history.hpp"

#include <charconv>
#include <string>

#include <fmt/format.h>

namespace referrald::sync {
namespace {

using persistence::Ledger;
using persistence::Timestamp;

// The notes' keys. Their text is "MILLISECONDS EXIT", of the last run; and "MILLISECONDS".
std::string last_run_note(std::string_view source) {
  return fmt::format("source.{}.last_run", source);
}
std::string last_success_note(std::string_view source) {
  return fmt::format("source.{}.last_success", source);
}

// One number and the blank behind it; nullopt for what is none.
std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.starts_with(' ')) text.remove_prefix(1);
  return number;
}

Timestamp to_time(std::int64_t milliseconds) {
  return Timestamp(std::chrono::milliseconds(milliseconds));
}

}  // namespace

void remember_run(Ledger& ledger, std::string_view source, const SourceRun& run) {
  const auto at = run.finished.time_since_epoch().count();
  ledger.set_note(last_run_note(source), fmt::format("{} {}", at, code(run.exit)));
  if (is_success(run.exit)) ledger.set_note(last_success_note(source), std::to_string(at));
}

SourceHistory history_of(Ledger& ledger, std::string_view source) {
  SourceHistory history;
  if (const auto note = ledger.note(last_run_note(source))) {
    std::string_view text = *note;
    const auto at = take_number(text);
    const auto exit = take_number(text);
    if (at && exit) history.last = SourceRun{to_time(*at), static_cast<Exit>(*exit)};
  }
  if (const auto note = ledger.note(last_success_note(source))) {
    std::string_view text = *note;
    if (const auto at = take_number(text)) history.last_success = to_time(*at);
  }
  return history;
}

}  // namespace referrald::sync
