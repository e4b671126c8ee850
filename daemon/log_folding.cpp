#include "daemon/log_folding.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace referrald {
namespace {

// So many causes are told apart at a time. Words from outside may differ every time.
constexpr std::size_t most_causes = 1'000;

bool names(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const auto end = std::min(list.find(' '), list.size());
    if (list.substr(0, end) == name) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

std::string cause_of(const LogLine& line) {
  std::string cause(line.event->name);
  const auto add = [&](std::string_view name, std::string_view value) {
    cause.append(1, '\n').append(name).append(1, '=').append(value);
  };
  for (const Field& field : line.fields)
    if (names(line.event->cause, field.name.text())) add(field.name.text(), value_text(field));
  if (names(line.event->cause, "message")) add("message", line.message);
  return cause;
}

// How many lines a line stands for: one that was folded before stands for several.
std::uint64_t weight_of(const LogLine& line) {
  for (const Field& field : line.fields)
    if (field.name == FieldName("repeated"))
      if (const auto* count = std::get_if<std::uint64_t>(&field.value)) return *count;
  return 1;
}

}  // namespace

FoldingLog::FoldingLog(Log& log, std::function<Time()> now, std::chrono::nanoseconds window)
    : Log(log.level()), log_(log), now_(std::move(now)), window_(window) {}

FoldingLog::~FoldingLog() {
  try {
    flush();
  } catch (...) {  // nobody is left to tell
  }
}

void FoldingLog::line(const LogLine& what) {
  const Time now = now_();
  const std::lock_guard lock(mutex_);
  tell_ended(now);
  const bool story = what.event->level > LogLevel::warning && what.event->cause.empty();
  if (story) return log_.pass_on(what);
  std::string cause = cause_of(what);
  const auto known = folded_.find(cause);
  if (known != folded_.end()) {
    known->second.repeated += weight_of(what);
    remember(known->second, what);
    return;
  }
  if (folded_.size() < most_causes) {
    const Time until = now + std::chrono::duration_cast<Time::duration>(window_);
    folded_.emplace(std::move(cause), Folded{what.event, until, 0, {}, {}});
    next_ = std::min(next_, until);
  }
  log_.pass_on(what);
}

void FoldingLog::tick() {
  const Time now = now_();
  const std::lock_guard lock(mutex_);
  tell_ended(now);
}

void FoldingLog::flush() {
  const std::lock_guard lock(mutex_);
  for (const auto& [cause, folded] : folded_) tell(folded);
  folded_.clear();
  next_ = Time::max();
}

void FoldingLog::tell_ended(Time now) {
  if (now < next_) return;
  next_ = Time::max();
  for (auto at = folded_.begin(); at != folded_.end();) {
    Folded& folded = at->second;
    if (folded.until <= now) {
      tell(folded);
      if (folded.repeated == 0) {
        at = folded_.erase(at);
        continue;
      }
      folded.repeated = 0;
      folded.until = now + std::chrono::duration_cast<Time::duration>(window_);
    }
    next_ = std::min(next_, folded.until);
    ++at;
  }
}

void FoldingLog::tell(const Folded& folded) {
  if (folded.repeated == 0) return;
  std::vector<Field> fields;
  for (const auto& kept : folded.fields) {
    Field field(kept.name, kept.text);
    if (!std::holds_alternative<std::string_view>(kept.value)) field.value = kept.value;
    fields.push_back(field);
  }
  // NOLINTNEXTLINE(modernize-use-emplace): the name is looked up at compile time
  fields.push_back(Field("repeated", folded.repeated));
  const auto message = fmt::format("{} (repeated {} {})", folded.message, folded.repeated,
                                   folded.repeated == 1 ? "time" : "times");
  log_.pass_on({folded.event, message, fields});
}

void FoldingLog::remember(Folded& folded, const LogLine& what) {
  // A line that was folded before has said so.
  folded.message = what.message.substr(0, what.message.rfind(" (repeated "));
  folded.fields.clear();
  for (const Field& field : what.fields) {
    if (field.name == FieldName("repeated")) continue;
    const auto* text = std::get_if<std::string_view>(&field.value);
    folded.fields.push_back({field.name, field.value, std::string(text == nullptr ? "" : *text)});
  }
}

}  // namespace referrald
