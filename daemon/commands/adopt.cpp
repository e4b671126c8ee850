#include "daemon/commands/adopt.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/commands/json_text.hpp"
#include "daemon/commands/report.hpp"
#include "daemon/commands/tenant_command.hpp"
#include "daemon/text.hpp"

namespace referrald::commands {
namespace {

using sync::AdoptOutcome;

constexpr std::size_t most_shown = 20;

std::string adopt_text(const AdoptOutcome& outcome) {
  std::string out = fmt::format("{} read, {}\n", counted(outcome.read, "referral"),
                                counted(outcome.requests, "request"));
  append_count(out, "adopted", outcome.adopted, "the ledger knows them now");
  append_count(out, "known", outcome.known, "before");
  append_count(out, "settled", outcome.settled,
               "waiting rows that exist already: the next sync of their export compares them");
  append_count(out, "microsoft's", outcome.microsofts, "matched with their own referrals");
  append_count(out, "no CRM id", outcome.without_id,
               "made elsewhere; no row of an export can be told to be theirs");
  append_count(out, "twice", outcome.twice, "ids of several referrals; see below");
  for (std::size_t i = 0; i < outcome.held_twice.size() && i < most_shown; ++i) {
    const auto& one = outcome.held_twice[i];
    out += fmt::format("    {}: {} is taken, {} is there too\n", printable(one.external_id),
                       printable(one.kept), printable(one.other));
  }
  if (outcome.twice > most_shown)
    out += fmt::format("    … and {} more\n", outcome.twice - most_shown);
  if (outcome.twice > 0)
    out += "Close the superfluous ones at Partner Center; nothing else can remove them.\n";
  if (outcome.message.empty()) {
    out += "Nothing was written there. `referrald plan` shows what a sync would change now.\n";
  } else if (outcome.goes_on) {
    out +=
        "What was read is kept: `referrald adopt` goes on there. Until it has come to its end no "
        "sync sends anything.\n";
  } else {
    out += "Nothing was read: run `referrald adopt` again.\n";
  }
  return out;
}

std::string adopt_json(const AdoptOutcome& outcome) {
  boost::json::array twice, without;
  for (const auto& one : outcome.held_twice)
    twice.push_back({{"external_id", valid_utf8(one.external_id).text},
                     {"taken", valid_utf8(one.kept).text},
                     {"other", valid_utf8(one.other).text}});
  for (const auto& one : outcome.without_ids) without.emplace_back(valid_utf8(one).text);
  const boost::json::object document{{"read", outcome.read},
                                     {"adopted", outcome.adopted},
                                     {"known", outcome.known},
                                     {"settled", outcome.settled},
                                     {"microsoft", outcome.microsofts},
                                     {"without_crm_id", outcome.without_id},
                                     {"without_crm_id_referrals", std::move(without)},
                                     {"twice", outcome.twice},
                                     {"twice_referrals", std::move(twice)},
                                     {"requests", outcome.requests},
                                     {"complete", outcome.message.empty()},
                                     {"message", valid_utf8(outcome.message).text},
                                     {"exit_code", code(outcome.exit)}};
  return json_text(document) + "\n";
}

Exit adopt(Globals& globals, bool json) {
  const auto outcome =
      with_tenant<AdoptOutcome>(globals, [](sync::Tenant& tenant) { return tenant.adopt(); });
  if (!outcome.message.empty()) report(globals, "command-failed", outcome.message, outcome.exit);
  globals.out.write(json ? adopt_json(outcome) : adopt_text(outcome));
  return outcome.exit;
}

}  // namespace

void add_adopt(CommandLine& line, Globals& globals) {
  const auto json = std::make_shared<bool>(false);
  line.add("adopt", "learn the referrals that exist already; writes nothing at Partner Center")
      .flag("--json", *json, "print what was found as JSON")
      .runs([&globals, json] { return adopt(globals, *json); });
}

}  // namespace referrald::commands
