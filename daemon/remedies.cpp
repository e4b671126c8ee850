#include "daemon/remedies.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace referrald {
namespace {

constexpr std::string_view fix_content =
    "The service does not accept this content. Usual causes: a country that is no two-letter code, "
    "a currency without its three-letter code, a solution id that is missing or unknown, help "
    "asked for without a customer contact. Correct the row in the CRM or the mapping; the next "
    "sync "
    "sends it again once its content differs.";
constexpr std::string_view ask_role =
    "Give the signed-in user the role Referrals admin in Partner Center and see that its password "
    "has not expired, then sign in again with `referrald login`.";
constexpr std::string_view sign_in = "Sign in again with `referrald login`.";
constexpr std::string_view wrong_url =
    "Check partner_center.url in the configuration: the address answers, but does not know "
    "referrals.";
constexpr std::string_view by_itself =
    "Nothing to do: the next sync tries again. If it lasts, see the service's state at "
    "https://status.cloud.microsoft and name the request id to Microsoft's support.";
constexpr std::string_view slow_down =
    "Nothing to do: the whole client pauses as long as the service asks. If it happens often, "
    "lower "
    "submission.rate.";
constexpr std::string_view looks =
    "Nothing to do: whether the request had an effect is found out by looking before anything is "
    "sent again.";
constexpr std::string_view support =
    "Name the request id and the client request id to Microsoft's support.";
constexpr std::string_view see_message =
    "The message says what is known. If a request was sent, `referrald show` has the request ids "
    "that Microsoft's support asks for.";

struct CodeRemedy {
  std::string_view code;
  std::string_view remedy;
};

// Our own codes, and those of the reference's section 7.1 that say more than their HTTP status.
constexpr std::array code_remedies = std::to_array<CodeRemedy>({
    {"cannot-resolve",
     "Check partner_center.url in the configuration and the name resolution of this machine."},
    {"cannot-connect",
     "Check partner_center.url in the configuration, and whether a firewall keeps this machine "
     "from "
     "it."},
    {"tls-refused",
     "The server's certificate is not trusted. Check partner_center.url: the host's name, and that "
     "its port speaks https; behind an inspecting proxy, name its authority's certificate as "
     "partner_center.ca_file."},
    {"proxy-refused",
     "Check the environment variable HTTPS_PROXY, and whether that proxy allows connections to "
     "Partner Center; a host that is reached without it belongs into NO_PROXY."},
    {"timeout", looks},
    {"connection-closed", looks},
    {"no-answer", looks},
    {"interrupted", looks},
    {"unreadable-answer",
     "The answer is not one of Partner Center's; a proxy in between may have replaced it. Whether "
     "the request had an effect is found out by looking; check partner_center.url if it lasts."},
    {"reported-conflict",
     "The service reports a conflict and its list does not show the referral. Look for the deal in "
     "Partner Center by its customer; if it is not there, change the row's content in the CRM, and "
     "the next sync sends it again."},
    {"immutable-member",
     "Partner Center cannot change this member of an existing referral. Change it there by hand or "
     "set it back in the CRM; nothing is sent until the row's content differs."},
    {"deal-downgrade",
     "What Microsoft was shown cannot be taken back. Set the deal's type back in the CRM, or close "
     "the referral and begin a new record."},
    {"conflict",
     "Compare the values, then settle it: `referrald resolve ID --take crm`, or `--take "
     "partner_center`."},
    {"referral-gone",
     "Look for the deal in Partner Center. If it was removed there, begin a new record in the CRM: "
     "its old id stays with the old referral."},
    {"accessDenied", ask_role},
    {"unauthenticated", sign_in},
    {"unAuthorized", sign_in},
    {"preconditionFailed",
     "The referral was changed at Partner Center in the meantime. It is read again and merged by "
     "the "
     "next sync."},
    {"resourceModified",
     "The referral was changed at Partner Center in the meantime. It is read again and merged by "
     "the "
     "next sync."},
    {"serviceNotAvailable", by_itself},
});

// "http-422" → 422; else 0.
int status_of_code(std::string_view code) {
  int status = 0;
  if (!code.starts_with("http-")) return 0;
  code.remove_prefix(5);
  const auto [end, error] = std::from_chars(code.data(), code.data() + code.size(), status);
  return error == std::errc{} && end == code.data() + code.size() ? status : 0;
}

std::string_view by_status(int status) {
  switch (status) {
    case 400:
    case 422:
      return fix_content;
    case 401:
      return sign_in;
    case 403:
      return ask_role;
    case 404:
    case 410:
      return wrong_url;
    case 405:
    case 406:
    case 411:
    case 415:
    case 501:
      return "The service does not take this request as such. Check partner_center.url; then name "
             "the request id to Microsoft's support.";
    case 409:
      return "The service holds something that contradicts this row. Look for the deal in Partner "
             "Center; correct the row in the CRM, and the next sync sends it again.";
    case 412:
      return "The referral was changed at Partner Center in the meantime. It is read again and "
             "merged by the next sync.";
    case 413:
      return "The referral is too large. Shorten its long texts in the CRM, or cut them in the "
             "mapping with `truncate`; the next sync sends it again once its content differs.";
    case 416:
      return fix_content;
    case 423:
      return "The referral is locked at Partner Center. Nothing to do: the next sync tries again.";
    case 429:
    case 509:
      return slow_down;
    case 500:
    case 502:
    case 503:
    case 504:
      return by_itself;
    case 507:
      return "Partner Center's storage for this account is full. Ask Microsoft's support; sync "
             "again "
             "afterwards.";
    default:
      return support;
  }
}

}  // namespace

std::string remedy_for(const persistence::Failure& failure) {
  const auto found = std::ranges::find(code_remedies, failure.code, &CodeRemedy::code);
  if (found != code_remedies.end()) return std::string(found->remedy);
  const int status = failure.http_status != 0 ? failure.http_status : status_of_code(failure.code);
  if (status == 0 && failure.code == "invalidRequest") return std::string(fix_content);
  if (status == 0 && failure.code == "itemNotFound") return std::string(wrong_url);
  const bool sent = !failure.request_id.empty() || !failure.client_request_id.empty();
  if (status == 0 && !sent) return std::string(see_message);
  return std::string(by_status(status));
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
