// What the service writes, read leniently: referrals, pages of the list, errors (reference,
// sections 1.1, 2 and 7.1).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/submission/clock.hpp"
#include "persistence/ledger.hpp"

namespace referrald::submission {

inline constexpr std::string_view referrals_path = "/v1.0/engagements/referrals";

// A referral as far as the daemon cares.
// Whether they name one thing: the service writes GUIDs in the case that it likes.
bool is_same_id(std::string_view a, std::string_view b);

struct ListedReferral {
  persistence::ReferralIds ids;
  std::string external_id;  // empty: none
  std::optional<WallTime> created, updated;
  std::string tracking;        // Microsoft's number of the deal, once it has one
  bool for_microsoft = false;  // its target is msft
};

// A page of the list. `skip_token` is taken from the nextLink, percent-encoded as it stood there
// and safe to put into a query; the link itself is never followed, since its host and path cannot
// be trusted.
struct Page {
  std::vector<ListedReferral> referrals;
  std::optional<std::string> skip_token;
};

// A referral in an answer's body; `etag_header` stands in where the body has no eTag. nullopt when
// the body is no JSON object with an `id`: such a success is no answer.
std::optional<ListedReferral> parse_referral(std::string_view body, std::string_view etag_header);

// Whether the body is one whole JSON object.
bool is_json_object(std::string_view body);

// nullopt when the body is no page, or has a nextLink without a skip token: taken for the last
// page, it would make what stands on the next one count as not there.
std::optional<Page> parse_page(std::string_view body);

// What an error body says: the deepest code ([A-Za-z0-9._-], at most 64), the message, the target.
// Takes the shapes of the reference's section 7.1 (OAuth's and the other host's too) and 7.3;
// anything else (HTML, nothing) gives empty strings.
struct ServiceError {
  std::string code;
  std::string message;
  std::string target;
};
ServiceError parse_error(std::string_view body);

// ISO 8601 UTC with up to nine fraction digits, or nullopt.
std::optional<WallTime> parse_time(std::string_view text);
std::string format_date(std::chrono::year_month_day date);
// "2026-11-22T10:00:00.000Z"
std::string format_time(WallTime time);

// Percent-encodes a query value.
std::string encode_query(std::string_view text);
// An OData string literal with its quotes.
std::string odata_string(std::string_view text);

}  // namespace referrald::submission
