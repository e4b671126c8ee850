#include "tests/simulator/faults.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace referrald::simulator {
namespace {

constexpr std::array<std::string_view, call_kinds> kind_names{
    "create", "get", "list", "patch", "put", "other", "token", "device-code", "admin", "nowhere"};

constexpr std::array<std::string_view, fault_kinds> fault_names{
    "ok",           "drop-before",     "drop-after",     "gateway-timeout",
    "truncate",     "truncate-length", "truncate-close", "html",
    "html-success", "throttle",        "unavailable",    "error-500",
    "slow",         "token-expiry"};

bool is_api(CallKind kind) {
  return kind <= CallKind::other;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

void parse_script_line(std::string_view line, std::string_view where, std::vector<Fault>& script) {
  const auto space = line.find_first_of(" \t");
  const auto name = line.substr(0, space);
  const auto fault = parse_fault(name);
  if (!fault) {
    throw ScriptError(
        fmt::format("{}: '{}' is no fault; one of {}", where, name, fmt::join(fault_names, ", ")));
  }
  std::size_t times = 1;
  if (space != std::string_view::npos) {
    const auto count = trim(line.substr(space));
    const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), times);
    if (error != std::errc{} || end != count.data() + count.size() || times > 1'000'000) {
      throw ScriptError(fmt::format("{}: '{}' is no count up to 1000000", where, count));
    }
  }
  script.insert(script.end(), times, *fault);
}

}  // namespace

std::string_view to_string(CallKind kind) {
  return kind_names[static_cast<std::size_t>(kind)];
}
std::string_view to_string(Fault fault) {
  return fault_names[static_cast<std::size_t>(fault)];
}

std::optional<Fault> parse_fault(std::string_view name) {
  const auto at = std::find(fault_names.begin(), fault_names.end(), name);
  if (at != fault_names.end()) return static_cast<Fault>(at - fault_names.begin());
  if (name == "429") return Fault::throttle;
  if (name == "500") return Fault::error_500;
  if (name == "502") return Fault::html;
  if (name == "503") return Fault::unavailable;
  if (name == "504") return Fault::gateway_timeout;
  if (name == "401") return Fault::token_expiry;
  return std::nullopt;
}

std::optional<FaultsOn> parse_faults_on(std::string_view name) {
  if (name == "all") return FaultsOn::all;
  if (name == "create") return FaultsOn::create;
  if (name == "list") return FaultsOn::list;
  return std::nullopt;
}

std::vector<Fault> parse_script(std::string_view text, std::string_view file) {
  std::vector<Fault> script;
  for (std::size_t number = 1; !text.empty(); ++number) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    line = trim(line.substr(0, line.find('#')));
    if (!line.empty()) parse_script_line(line, fmt::format("{}:{}", file, number), script);
  }
  return script;
}

bool Faults::selects(CallKind kind) const {
  switch (settings_.on) {
    case FaultsOn::create:
      return kind == CallKind::create;
    case FaultsOn::list:
      return kind == CallKind::list;
    case FaultsOn::all:
      break;
  }
  return is_api(kind);
}

Fault Faults::decide(CallKind kind, std::string_view header) {
  if (!is_api(kind)) return Fault::none;
  if (!header.empty()) {
    const auto named = parse_fault(header);
    if (named) return settle(*named);
  }
  if (!selects(kind)) return Fault::none;
  if (!queue_.empty()) {
    const Fault next = queue_.front();
    queue_.pop_front();
    return settle(next);
  }
  if (!chance_) return Fault::none;
  for (std::size_t i = 1; i < fault_kinds; ++i) {
    const double p = settings_.probability[i];
    if (p > 0 && random_.uniform() < p) return settle(static_cast<Fault>(i));
  }
  return Fault::none;
}

Fault Faults::settle(Fault fault) {
  if (fault != Fault::truncate) return fault;
  return random_.uniform() < 0.5 ? Fault::truncate_length : Fault::truncate_close;
}

Refusing Faults::refusing() {
  Refusing form;
  form.retry_after = static_cast<Refusing::RetryAfter>(random_.next() % 3);
  form.plain_body = random_.uniform() < 0.5;
  return form;
}

void Faults::change(const FaultSettings& settings) {
  settings_ = settings;
  look();
}

void Faults::look() {
  chance_ = std::any_of(settings_.probability.begin(), settings_.probability.end(),
                        [](double p) { return p > 0; });
}

}  // namespace referrald::simulator
