#include "daemon/commands/sync_report.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/commands/json_text.hpp"
#include "daemon/text.hpp"

namespace referrald::commands {
namespace {

using sync::SyncOutcome;

bool waits_for_adopt(const SyncOutcome& outcome) {
  return outcome.halt == submission::Halt::strangers;
}

std::string what_next(const SyncOutcome& outcome) {
  const auto& summary = outcome.summary;
  switch (outcome.exit) {
    case Exit::ok:
      if (outcome.limit_reached)
        return "The limit is reached: look at what was sent, then sync without --limit.\n";
      if (outcome.need_person > 0)
        return fmt::format(
            "Nothing else to do; {} of earlier exports {} a person: `referrald rejects` lists "
            "them.\n",
            counted(outcome.need_person, "row"), outcome.need_person == 1 ? "needs" : "need");
      return "Everything is as wanted.\n";
    case Exit::needs_person:
      return "Some rows need a person: `referrald rejects` lists them with reasons and remedies.\n";
    default:
      break;
  }
  if (waits_for_adopt(outcome)) {
    return "First `referrald adopt`, then `referrald sync`: it sends what does not exist yet.\n";
  }
  if (summary.waiting + summary.in_doubt > 0) {
    return "Rows are waiting: `referrald sync` goes on where this run stopped.\n";
  }
  return {};
}

}  // namespace

std::string sync_text(const SyncOutcome& outcome, bool) {
  const auto& summary = outcome.summary;
  std::string out = fmt::format("{} read in {:.1f} s, {}", counted(summary.rows_read, "row"),
                                summary.seconds, counted(summary.requests, "request"));
  if (summary.retries > 0) out += fmt::format(", {} of them repeated", summary.retries);
  if (summary.throttled > 0) out += ", throttled " + counted(summary.throttled, "time");
  out += '\n';
  append_count(out, "created", summary.created);
  append_count(out, "updated", summary.updated);
  append_count(out, "unchanged", summary.unchanged);
  append_count(out, "closed", outcome.closed,
               "at Partner Center: what the CRM has changed since was not sent");
  append_count(out, "excluded", summary.excluded, excluded_by(summary.excluded, outcome.deleted));
  append_count(out, "rejected", summary.rejected, "cannot be sent");
  for (const auto& [code, rows] : outcome.rejected_by_reason) {
    out += fmt::format("    {:>9} {}\n", rows, code);
  }
  append_count(out, "refused", summary.refused,
               "by Partner Center, or it does not let such a change be made");
  append_count(out, "in doubt", summary.in_doubt,
               "sent, with an unknown outcome: looked for by the next sync");
  append_count(out, "waiting", summary.waiting,
               waits_for_adopt(outcome) ? "not sent before `referrald adopt` has come to its end"
                                        : "sent by the next sync");
  return out + what_next(outcome);
}

std::string sync_json(const SyncOutcome& outcome) {
  const auto& summary = outcome.summary;
  boost::json::object reasons;
  for (const auto& [code, rows] : outcome.rejected_by_reason) reasons[code] = rows;
  boost::json::array messages;
  for (const auto& problem : outcome.problems.list())
    messages.emplace_back(valid_utf8(config::to_string(problem)).text);
  for (const auto& message : outcome.messages) messages.emplace_back(valid_utf8(message).text);
  if (outcome.halt == submission::Halt::draining && outcome.exit == Exit::stopped)
    messages.emplace_back(outcome.halt_reason + "; the next `referrald sync` goes on");
  const boost::json::object document{{"run_id", outcome.run},
                                     {"rows_read", summary.rows_read},
                                     {"created", summary.created},
                                     {"updated", summary.updated},
                                     {"unchanged", summary.unchanged},
                                     {"excluded", summary.excluded},
                                     {"rejected", summary.rejected},
                                     {"refused", summary.refused},
                                     {"in_doubt", summary.in_doubt},
                                     {"waiting", summary.waiting},
                                     {"requests", summary.requests},
                                     {"retries", summary.retries},
                                     {"throttled", summary.throttled},
                                     {"seconds", summary.seconds},
                                     {"closed", outcome.closed},
                                     {"rejected_by_reason", reasons},
                                     {"limit_reached", outcome.limit_reached},
                                     {"messages", messages},
                                     {"exit_code", code(outcome.exit)}};
  return json_text(document) + "\n";
}

}  // namespace referrald::commands
