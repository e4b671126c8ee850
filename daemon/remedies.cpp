#include "daemon/remedies.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "daemon/failures.hpp"
#include "mapping/rules.hpp"

namespace referrald {
namespace {

// Codes of the service that say less than the status beside them.
constexpr std::array vague_codes =
    std::to_array<std::string_view>({"generalException", "invalidRequest", "itemNotFound"});

// What can be said of any failure, by whether the service was asked.
constexpr KnownFailure unknown_answer = {
    Met::service, "", "The service gave no reason that is known.",
    "Name the request id and the client request id to Microsoft's support."};
constexpr KnownFailure unknown_cause = {
    Met::row, "", "No reason is known beyond the message.",
    "The message says what is known. If a request was sent, `referrald show` has the request ids "
    "that Microsoft's support asks for."};

// "http-422" → 422; else 0.
int status_of_code(std::string_view code) {
  int status = 0;
  if (!code.starts_with("http-")) return 0;
  code.remove_prefix(5);
  const auto [end, error] = std::from_chars(code.data(), code.data() + code.size(), status);
  return error == std::errc{} && end == code.data() + code.size() ? status : 0;
}

const KnownFailure& entry_for(const persistence::Failure& failure) {
  if (const auto* const entry = find_failure(Met::row, failure.code)) return *entry;
  const auto* const service = find_failure(Met::service, failure.code);
  const bool vague = std::ranges::find(vague_codes, failure.code) != vague_codes.end();
  if (service != nullptr && !vague) return *service;
  const int status = failure.http_status != 0 ? failure.http_status : status_of_code(failure.code);
  if (const auto* const entry = find_status(status)) return *entry;
  if (service != nullptr) return *service;
  const bool sent = !failure.request_id.empty() || !failure.client_request_id.empty();
  return status == 0 && !sent ? unknown_cause : unknown_answer;
}

}  // namespace

std::string_view meaning_of(const persistence::Failure& failure) {
  const mapping::Rule* const rule = mapping::find_rule(failure.code);
  return rule != nullptr ? rule->cause : entry_for(failure).meaning;
}

std::string_view remedy_for(const persistence::Failure& failure) {
  const mapping::Rule* const rule = mapping::find_rule(failure.code);
  return rule != nullptr ? rule->remedy : entry_for(failure).remedy;
}

std::string_view what_next(persistence::State state) {
  using persistence::State;
  switch (state) {
    case State::pending:
      return "the next sync sends it";
    case State::sending:
      return "a request is on its way; if the process died, the next sync looks whether it arrived";
    case State::in_doubt:
      return "the next sync looks for it at Partner Center before anything is sent again";
    case State::synced:
      return "nothing, until its content changes";
    case State::rejected:
      return "correct it in the CRM or the mapping; the next sync reads it again";
    case State::refused:
      return "correct it in the CRM or the mapping; other content is sent by the next sync";
    case State::closed:
      return "nothing: the referral is closed at Partner Center and cannot change any more";
  }
  return "";
}

}  // namespace referrald
