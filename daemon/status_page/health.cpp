#include "daemon/status_page/health.hpp"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/status_page/words.hpp"
#include "daemon/text.hpp"

namespace referrald::status_page {
namespace {

namespace json = boost::json;

constexpr std::string_view hanging = "loop-hangs";

std::vector<Trouble> of_the_process(const Snapshot& snapshot) {
  std::vector<Trouble> found;
  const auto& [now, next_due, run, troubles, beat] = snapshot.live;
  if (beat && snapshot.at - *beat > hangs_after)
    found.push_back({std::string(hanging),
                     fmt::format("The daemon's work has stood still since {}.", iso_seconds(*beat)),
                     "Restart it; nothing is sent twice. Under systemd its watchdog does that.",
                     beat, true});
  if (now.doing == Doing::starting)
    found.push_back({"starting", "The daemon is starting.", "Wait a moment.", now.since, true});
  if (now.doing == Doing::stopping)
    found.push_back({"stopping", "The daemon was told to stop and finishes what it began.",
                     "Start it again when it is wanted.", now.since, true});
  return found;
}

void add_sign_in(const Snapshot& snapshot, std::vector<Trouble>& found) {
  const SignIn& sign_in = snapshot.sign_in;
  if (!sign_in.present)
    found.push_back({"no-sign-in", "Nobody has signed in.", "Run `referrald login`.", {}, true});
  else if (sign_in.good_until && *sign_in.good_until <= snapshot.at)
    found.push_back({"sign-in-ended", "The sign-in was not used for so long that it has ended.",
                     "Run `referrald login`.", sign_in.good_until, true});
  if (sign_in.client_until && *sign_in.client_until <= snapshot.at)
    found.push_back({"client-ended", fmt::format("The client {} has ended.", sign_in.client),
                     "Make a new one in the app registration, and put it where the configuration "
                     "says.",
                     sign_in.client_until, true});
}

void add_waiting(const Snapshot& snapshot, std::vector<Trouble>& found) {
  const Now& now = snapshot.live.now;
  const bool told = std::ranges::any_of(snapshot.live.troubles, &Trouble::blocks);
  if (now.doing == Doing::waiting && !told)
    found.push_back({"service-waited-for",
                     "Partner Center is waited for" +
                         (now.reason.empty() ? std::string(".") : ": " + now.reason + "."),
                     "Nothing to do: it is tried again and again.", now.since, true});
}

// Of which some person should know, and by which nothing is held up.
void add_worth_a_look(const Snapshot& snapshot, std::vector<Trouble>& found) {
  const LedgerView& ledger = snapshot.ledger;
  if (ledger.needing > 0)
    found.push_back({"rows-need-a-person",
                     ledger.needing == 1 ? "1 row needs a person."
                                         : grouped(ledger.needing) + " rows need a person.",
                     "`referrald rejects` lists them with their cells.",
                     {},
                     false});
  for (const SourceView& source : ledger.sources)
    if (source.set_aside > 0)
      found.push_back(
          {"exports-set-aside",
           fmt::format("{} of {} could not be read and {} in {}.",
                       source.set_aside == 1 ? "1 export" : grouped(source.set_aside) + " exports",
                       source.name, source.set_aside == 1 ? "lies" : "lie", source.quarantine),
           "The .why file beside it says what to mend and how to move it back; what is not wanted "
           "any more may be deleted.",
           {},
           false});
  for (const SourceView& source : ledger.sources)
    if (source.result == Result::failed)
      found.push_back({"run-failed",
                       fmt::format("The last run of {} failed: {}.", source.name, source.outcome),
                       "The log says more.", source.last_run, false});
  for (const std::string& warning : snapshot.sign_in.warnings)
    found.push_back({"sign-in-ends", capitalised(warning) + ".", "", {}, false});
  if (snapshot.live.now.doing == Doing::budget_used_up)
    found.push_back({"budget-used-up", "Today's budget of calls is used up.",
                     "Nothing to do: it goes on at midnight UTC. If it is so every day, raise "
                     "submission.daily_budget.",
                     snapshot.live.now.since, false});
}

std::string headline_of(const Health& health, const Snapshot& snapshot) {
  if (!health.reasons.empty()) return health.reasons.front().what;
  const std::uint64_t waiting = waiting_in(snapshot.ledger.counts);
  if (waiting > 0)
    return waiting == 1 ? "1 row is on its way." : grouped(waiting) + " rows are on their way.";
  if (!snapshot.ledger.exists) return "Nothing has been synced yet.";
  return "Everything is as wanted.";
}

template <typename Keep>
std::string document(bool well, const Health& health, Keep keep) {
  json::object object{{"status", well ? "ok" : "failing"}};
  json::array reasons;
  for (const Trouble& trouble : health.reasons) {
    if (!keep(trouble)) continue;
    json::object reason{{"code", trouble.code},
                        {"what", valid_utf8(as_typed(trouble.what)).text},
                        {"remedy", valid_utf8(as_typed(trouble.remedy)).text},
                        {"blocks", trouble.blocks},
                        {"since", nullptr}};
    if (trouble.since) reason["since"] = iso_seconds(*trouble.since);
    reasons.push_back(std::move(reason));
  }
  if (!reasons.empty()) object["reasons"] = std::move(reasons);
  return json::serialize(object) + "\n";
}

}  // namespace

Health health_of(const Snapshot& snapshot) {
  Health health;
  health.reasons = of_the_process(snapshot);
  for (const Trouble& trouble : snapshot.live.troubles) health.reasons.push_back(trouble);
  add_sign_in(snapshot, health.reasons);
  add_waiting(snapshot, health.reasons);
  add_worth_a_look(snapshot, health.reasons);
  std::ranges::stable_sort(health.reasons, std::ranges::greater{}, &Trouble::blocks);
  const auto is = [&](std::string_view code) {
    return std::ranges::find(health.reasons, code, &Trouble::code) != health.reasons.end();
  };
  health.alive = !is(hanging);
  health.ready = health.reasons.empty() || !health.reasons.front().blocks;
  // To start and to stop is no trouble, unless there is another.
  const bool passing = is("starting") || is("stopping")
                           ? std::ranges::count(health.reasons, true, &Trouble::blocks) == 1
                           : false;
  if (!health.ready)
    health.tone = passing ? Tone::attention : Tone::trouble;
  else if (!health.reasons.empty())
    health.tone = Tone::attention;
  health.headline = headline_of(health, snapshot);
  return health;
}

std::string alive_json(const Health& health) {
  return document(health.alive, health,
                  [](const Trouble& trouble) { return trouble.code == hanging; });
}

std::string ready_json(const Health& health) {
  return document(health.ready, health, [](const Trouble&) { return true; });
}

}  // namespace referrald::status_page
