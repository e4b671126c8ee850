#include "daemon/sync/halt_reason.hpp"

#include <chrono>

#include <fmt/format.h>

namespace referrald::sync {
namespace {

using submission::Answer;
using submission::Halt;
using Trouble = submission::Exchange::Trouble;

std::string answered_with(const Answer& answer) {
  return status_text(answer.response);
}

std::string unavailable(std::string_view what) {
  return fmt::format("Partner Center is unavailable: {}; waiting rows are kept, sync again later",
                     what);
}

std::string not_authorised(const Answer& answer) {
  if (answer.response.status == 403) {
    return fmt::format(
        "Partner Center denies access ({}); the signed-in user needs the role Referrals admin (or "
        "Referrals user) in Partner Center, and no conditional-access rule may stand against it",
        answered_with(answer));
  }
  return fmt::format(
      "Partner Center refuses the sign-in even with a new access token ({}); sign in again with "
      "`referrald login`",
      answered_with(answer));
}

}  // namespace

std::optional<int> status_of(const submission::Answer& answer) {
  return answer.response.status == 0 ? std::nullopt : std::optional(answer.response.status);
}

std::string status_text(const submission::Response& response) {
  auto text = fmt::format("status {}", response.status);
  if (!response.request_id.empty()) text += fmt::format(", request-id {}", response.request_id);
  return text;
}

std::string reason_for(const submission::Decision& decision, const Answer& answer) {
  if (answer.kind == Answer::Kind::no_token) return answer.error;
  switch (decision.halt) {
    case Halt::not_authorised:
      return not_authorised(answer);
    case Halt::wrong_url:
      return fmt::format(
          "partner_center.url does not lead to the referrals API ({}); check it: nothing was "
          "created or changed by this request",
          answered_with(answer));
    case Halt::storage_full:
      return fmt::format(
          "Partner Center says that its storage is full ({}); ask Microsoft's support, then sync "
          "again",
          answered_with(answer));
    case Halt::unavailable:
      return reason_for_trouble(answer);
    default:
      return "told to stop";
  }
}

std::string reason_for_look(const Looked& looked) {
  return "doubtful rows could not be looked for: " + looked.explanation;
}

std::string reason_for_list(const ListWalk& walk) {
  const Answer& answer = walk.answer();
  const int status = answer.response.status;
  if (answer.kind == Answer::Kind::stopped) return "told to stop";
  if (answer.kind == Answer::Kind::no_token) return answer.error;
  if (answer.kind != Answer::Kind::answered) return reason_for_trouble(answer);
  if (walk.halt() != Halt::none) {
    submission::Decision decision;
    decision.halt = walk.halt();
    return reason_for(decision, answer);
  }
  if (status == 200)
    return fmt::format(
        "Partner Center answers, but not with its list of referrals: {}; check partner_center.url, "
        "and whether a proxy answers in its place",
        walk.reason());
  if (submission::is_throttled(status))
    return fmt::format(
        "Partner Center keeps throttling: {}; go on later, and a lower submission.rate helps if it "
        "happens again",
        answered_with(answer));
  if (status >= 500 || status == 408 || status == 423) return unavailable(answered_with(answer));
  return fmt::format(
      "Partner Center refuses to list the referrals: {}; check partner_center.url, and name the "
      "request-id to Microsoft's support if it lasts",
      answered_with(answer));
}

Stop stop_of(const ListWalk& walk, const config::Submission& settings) {
  if (walk.halt() == Halt::budget) return {Halt::budget, reason_for_budget(settings)};
  return {walk.halt() == Halt::none ? Halt::unavailable : walk.halt(), reason_for_list(walk)};
}

std::string reason_for_trouble(const Answer& answer) {
  if (answer.kind == Answer::Kind::answered && answer.response.status < 300)
    return fmt::format(
        "Partner Center's answers cannot be read ({}); check partner_center.url, and what stands "
        "in "
        "between: waiting rows are kept, and those whose outcome is unknown are looked for",
        answered_with(answer));
  if (answer.kind == Answer::Kind::answered) return unavailable(answered_with(answer));
  if (answer.trouble == Trouble::tls) {
    return fmt::format(
        "Partner Center cannot be trusted: {}; check that partner_center.url names the right host "
        "and port with https, that no proxy answers in its place, and that partner_center.ca_file "
        "holds a private authority's certificate",
        answer.error);
  }
  if (answer.trouble == Trouble::proxy) {
    return fmt::format("Partner Center cannot be reached: {}; waiting rows are kept", answer.error);
  }
  if (answer.kind == Answer::Kind::not_sent) {
    return fmt::format(
        "Partner Center cannot be reached: {}; check partner_center.url, this machine's network, "
        "and a firewall or proxy in between: waiting rows are kept",
        answer.error);
  }
  return unavailable(answer.error);
}

std::string reason_for_throttling(const submission::Throttling& throttling) {
  return fmt::format(
      "Partner Center keeps throttling: status {}, {} times in a row, the last pause {} s; the "
      "next sync sends the rest, and a lower submission.rate helps if it happens again",
      throttling.status, throttling.in_a_row,
      std::chrono::ceil<std::chrono::seconds>(throttling.pause).count());
}

std::string reason_for_budget(const config::Submission& settings) {
  return fmt::format(
      "the daily budget of {} calls is used up; waiting rows are kept, the next day (UTC) goes on",
      settings.daily_budget.value_or(0));
}

std::string_view first_clause(std::string_view reason) {
  return reason.substr(0, reason.find("; "));
}

Event event_of(Halt halt) {
  switch (halt) {
    case Halt::not_authorised:
      return "sign-in-refused";
    case Halt::cannot_store:
      return "sign-in-not-stored";
    case Halt::wrong_url:
      return "wrong-url";
    case Halt::storage_full:
      return "storage-full";
    case Halt::budget:
      return "budget-used-up";
    case Halt::strangers:
      return "tenant-not-empty";
    case Halt::none:
    case Halt::draining:
    case Halt::unavailable:
      break;
  }
  return "service-unavailable";
}

Exit exit_of(Halt halt) {
  switch (halt) {
    case Halt::none:
      return Exit::ok;
    case Halt::draining:
    case Halt::budget:
    case Halt::strangers:
      return Exit::stopped;
    case Halt::not_authorised:
      return Exit::not_authorised;
    case Halt::cannot_store:
      return Exit::cannot_write;
    case Halt::unavailable:
    case Halt::wrong_url:
    case Halt::storage_full:
      break;
  }
  return Exit::unavailable;
}

}  // namespace referrald::sync
