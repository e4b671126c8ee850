#include "daemon/commands/retry.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "daemon/commands/row_format.hpp"
#include "daemon/text.hpp"

namespace referrald::commands {
namespace {

using persistence::Retried;
using persistence::RowKey;
using persistence::RowView;
using persistence::State;

struct RetryOptions {
  std::vector<std::string> ids;
  std::vector<std::string> states;
};

std::string why_nothing(State state) {
  switch (state) {
    case State::rejected:
      return "our rules reject it: mend it in the CRM or the mapping, and sync the export again";
    case State::in_doubt:
      return "whether it arrived is looked for first, by the next sync when it is time";
    case State::closed:
      return "its referral is closed and cannot change any more";
    case State::refused:
      return "what was refused cannot be done however often it is tried: `referrald show` says why";
    default:
      return "it is synced";
  }
}

// Of what may be a million rows only this.
struct WantedRow {
  RowKey row;
  State state;
  std::string external_id;  // of those that were named one by one
};

// Each row once. They are collected first: what is walked through must not change meanwhile.
std::vector<WantedRow> wanted_rows(persistence::Ledger& ledger, const RetryOptions& options) {
  std::vector<WantedRow> rows;
  std::set<RowKey> named;
  for (const auto& id : options.ids) {
    auto row = ledger.find(id);
    if (!row) throw unknown_id(id);
    if (named.insert(row->row).second) rows.push_back({row->row, row->state, row->external_id});
  }
  if (options.states.empty()) return rows;
  persistence::ListFilter filter;
  filter.states = parse_states(options.states);
  ledger.list(filter, [&](const RowView& row) {
    if (!named.contains(row.row)) rows.push_back({row.row, row.state, {}});
  });
  return rows;
}

Exit retry(Globals& globals, const RetryOptions& options) {
  if (options.ids.empty() && options.states.empty())
    throw CommandError(Exit::usage, "say which rows: external ids, or --state refused");
  const config::Config config = load_config(globals);
  const auto ledger = persistence::open_for_writing(config.ledger, globals.now());
  const auto rows = wanted_rows(*ledger, options);
  std::uint64_t queued = 0, due = 0, nothing = 0;
  std::string text;
  std::map<std::string, std::uint64_t> reasons;
  ledger->begin();
  for (const auto& row : rows) {
    const auto retried = ledger->retry(row.row, globals.now());
    queued += retried == Retried::queued ? 1 : 0;
    due += retried == Retried::due_now ? 1 : 0;
    if (retried != Retried::nothing) continue;
    ++nothing;
    if (options.states.empty())
      text +=
          fmt::format("{}: not retried, {}\n", printable(row.external_id), why_nothing(row.state));
    else
      ++reasons[why_nothing(row.state)];
  }
  ledger->commit();
  append_count(text, "queued", queued, "were refused, are sent again");
  append_count(text, "due now", due, "waited, need not any longer");
  if (nothing > 0) append_count(text, "left alone", nothing, "have nothing to send");
  for (const auto& [why, count] : reasons) text += fmt::format("  {} of them: {}\n", count, why);
  if (queued + due > 0)
    text += "The next `referrald sync` sends them; it needs no export for that.\n";
  if (rows.empty()) text += "No row is in that state.\n";
  globals.out.write(text);
  return Exit::ok;
}

}  // namespace

void add_retry(CommandLine& line, Globals& globals) {
  const auto options = std::make_shared<RetryOptions>();
  line.add("retry", "let the next sync send rows again that were refused, or wait")
      .arguments({"EXTERNAL_REFERENCE_ID", "", "the rows"}, options->ids)
      .option({"--state", "S", "all rows in this state: refused or pending"}, options->states)
      .runs([&globals, options] { return retry(globals, *options); });
}

}  // namespace referrald::commands
