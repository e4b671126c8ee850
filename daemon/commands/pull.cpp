#include "daemon/commands/pull.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/commands/json_text.hpp"
#include "daemon/commands/report.hpp"
#include "daemon/commands/tenant_command.hpp"
#include "daemon/text.hpp"

namespace referrald::commands {
namespace {

using sync::PulledChange;
using sync::PullOutcome;

constexpr std::size_t most_shown = 50;

std::string line_of(const PulledChange& change) {
  auto out = fmt::format("  {}{}:", printable(change.external_id),
                         change.microsofts ? " (Microsoft's)" : "");
  if (change.before != change.now)
    out += fmt::format(" {} -> {}", printable(change.before), printable(change.now));
  if (!change.tracking.empty()) out += fmt::format(" tracking id {}", printable(change.tracking));
  if (change.content) out += " members were changed there; the next update compares them";
  return out + "\n";
}

std::string pull_text(const PullOutcome& outcome) {
  std::string out = fmt::format("{} read, {}\n", counted(outcome.read, "referral"),
                                counted(outcome.requests, "request"));
  append_count(out, "changed", outcome.changed);
  append_count(out, "closed", outcome.closed, "of them");
  for (std::size_t i = 0; i < outcome.changes.size() && i < most_shown; ++i)
    out += line_of(outcome.changes[i]);
  if (outcome.changed > most_shown)
    out += fmt::format("  … and {} more\n", outcome.changed - most_shown);
  if (outcome.changed == 0 && outcome.message.empty()) out += "Nothing has changed.\n";
  if (outcome.changed > 0) out += "`referrald results` has them for the CRM.\n";
  return out;
}

std::string pull_json(const PullOutcome& outcome) {
  boost::json::array changes;
  for (const auto& one : outcome.changes)
    changes.push_back({{"external_id", valid_utf8(one.external_id).text},
                       {"referral", one.microsofts ? "microsoft" : "own"},
                       {"before", valid_utf8(one.before).text},
                       {"now", valid_utf8(one.now).text},
                       {"tracking_id", valid_utf8(one.tracking).text},
                       {"content", one.content}});
  const boost::json::object document{{"read", outcome.read},
                                     {"changed", outcome.changed},
                                     {"closed", outcome.closed},
                                     {"changes", std::move(changes)},
                                     {"requests", outcome.requests},
                                     {"complete", outcome.message.empty()},
                                     {"message", valid_utf8(outcome.message).text},
                                     {"exit_code", code(outcome.exit)}};
  return json_text(document) + "\n";
}

Exit pull(Globals& globals, bool json) {
  const auto outcome =
      with_tenant<PullOutcome>(globals, [](sync::Tenant& tenant) { return tenant.pull(); });
  if (!outcome.message.empty()) report(globals, "command-failed", outcome.message, outcome.exit);
  globals.out.write(json ? pull_json(outcome) : pull_text(outcome));
  return outcome.exit;
}

}  // namespace

void add_pull(CommandLine& line, Globals& globals) {
  const auto json = std::make_shared<bool>(false);
  line.add("pull", "fetch what was changed at Partner Center since the last pull")
      .flag("--json", *json, "print what was found as JSON")
      .runs([&globals, json] { return pull(globals, *json); });
}

}  // namespace referrald::commands
