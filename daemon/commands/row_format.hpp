// How the reading commands write rows, times and ages.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/json/fwd.hpp>

#include "daemon/commands/globals.hpp"
#include "persistence/ledger.hpp"

namespace referrald::commands {

// "2026-11-22T10:00:00Z"; the JSON documents have milliseconds, "2026-11-22T10:00:00.123Z".
std::string iso_time(persistence::Timestamp time);
std::string iso_time_ms(persistence::Timestamp time);

// "2h 05m ago", "in 30s".
std::string relative(persistence::Timestamp time, persistence::Timestamp now);

// Where the API has the referral (Microsoft documents no address of the portal); empty for an empty
// id.
std::string link_to(const config::Config& config, const std::string& referral_id);

// One reason of Rejection::reasons.
struct ReasonView {
  std::string code, member, column, value, message, remedy;
  std::string partner_center{}, last_synced{};  // of a conflict, see mapping::Reason
};
// Empty for empty text. Throws LedgerError(damaged) when the ledger's text is no such array.
std::vector<ReasonView> parse_reasons(const std::string& json);

// The code to show beside a row: of its rejection's reasons, or of the last error unless that was
// got over; empty when there is nothing to tell.
std::string error_code(const persistence::RowView& row);

// Parts of the stable JSON documents.
boost::json::object json_of(const persistence::RowView& row);  // what `list` has
boost::json::value json_of(const persistence::ReferralIds& ids, const config::Config& config);
boost::json::array json_of(const std::vector<ReasonView>& reasons);
boost::json::object json_of(const persistence::Failure& failure);
boost::json::value json_of(const std::optional<persistence::Timestamp>& time);
// Text as a JSON string may hold it.
boost::json::string json_text(std::string_view text);

// `--state`, several times. Throws CommandError(usage) with the nearest name.
// There is no such row (66).
CommandError unknown_id(const std::string& external_id);

std::vector<persistence::State> parse_states(const std::vector<std::string>& names);

}  // namespace referrald::commands
