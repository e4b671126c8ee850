// The referrals of a plan, as they would be sent: `plan --show N`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json/fwd.hpp>

#include "daemon/sync/export_rows.hpp"

namespace referrald::commands {

// What would be sent for one row. The bodies are JSON text; Microsoft's, of a co-sell deal, names
// the engagement that only the answer to the first one tells.
struct ShownReferral {
  std::string external_id;
  std::string export_name;
  std::uint64_t line = 0;
  std::string deal;
  std::string own;
  std::string microsoft;  // empty: no co-sell deal
};

ShownReferral show_referral(const sync::ExportRow& row, const mapping::Mapped& mapped);

std::string shown_text(const ShownReferral& shown);
boost::json::object shown_json(const ShownReferral& shown);

// JSON text with one member a line, each line behind `margin`. The text must be valid JSON without
// blanks between its parts.
std::string indented_json(std::string_view json, std::string_view margin);

}  // namespace referrald::commands
