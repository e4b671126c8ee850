#include "daemon/commands/results.hpp"

#include <memory>
#include <string>
#include <vector>

#include "daemon/commands/row_format.hpp"
#include "daemon/csv_record.hpp"
#include "daemon/sync/work_list.hpp"
#include "daemon/text.hpp"

namespace referrald::commands {
namespace {

struct ResultsOptions {
  std::optional<std::string> source;
  std::optional<std::string> since;
};

// The first five are what a CRM imports; names and order are stable.
const std::vector<std::string_view> columns{"external_reference_id",
                                            "referral_id",
                                            "engagement_id",
                                            "status",
                                            "link",
                                            "substatus",
                                            "state",
                                            "deal",
                                            "source",
                                            "updated",
                                            "microsoft_referral_id",
                                            "microsoft_status",
                                            "microsoft_substatus",
                                            "tracking_id"};

std::string record_of(const persistence::RowView& row, const config::Config& config) {
  // As the CRM writes it, as far as can be told: the service may have escaped it.
  std::vector<std::string> cells{
      row.alias.empty() ? row.external_id : row.alias,
      row.own.referral_id,
      row.own.engagement_id,
      row.own.status,
      link_to(config, row.own.referral_id),
      row.own.substatus,
      std::string(to_string(row.state)),
      row.deal,
      row.source,
      iso_time(row.changed),
      row.microsoft.referral_id,
      row.microsoft.status,
      row.microsoft.substatus,
      row.microsoft_tracking.empty() ? row.own_tracking : row.microsoft_tracking};
  for (std::string& cell : cells) cell = valid_utf8(cell).text;
  return encode_record(cells) + "\r\n";
}

Exit results(Globals& globals, const ResultsOptions& options) {
  const config::Config config = load_config(globals);
  persistence::ListFilter filter;
  if (options.source) filter.source = sync::find_source(config, *options.source).name;
  if (options.since) filter.since = parse_since(*options.since, globals.now());
  const auto ledger = open_ledger(globals, config);
  globals.out.write_data(encode_record(columns) + "\r\n");
  const auto write = [&](const persistence::RowView& row) {
    if (row.own.referral_id.empty()) return;
    globals.out.write_data(record_of(row, config));
    globals.out.stop_if_gone();
  };
  if (ledger) ledger->list(filter, write);
  return Exit::ok;
}

}  // namespace

void add_results(CommandLine& line, Globals& globals) {
  const auto options = std::make_shared<ResultsOptions>();
  line.add("results", "the referrals that exist, as CSV for import into the CRM")
      .option({"--source", "NAME", "only rows of this source"}, options->source)
      .option(
          {"--since", "T",
           "only rows changed since then: 2026-11-22, 2026-11-22T10:00:00Z, or how long ago, 2h"},
          options->since)
      .runs([&globals, options] { return results(globals, *options); });
}

}  // namespace referrald::commands
