#include "daemon/sync/tenant.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "daemon/sync/changed_row.hpp"
#include "daemon/sync/halt_reason.hpp"
#include "daemon/sync/list_walk.hpp"
#include "daemon/sync/merge.hpp"
#include "mapping/deal.hpp"
#include "mapping/entities.hpp"
#include "mapping/json_value.hpp"
#include "mapping/kept_values.hpp"
#include "mapping/mapping.hpp"
#include "mapping/service_content.hpp"
#include "mapping/status.hpp"

namespace referrald::sync {

// A referral of a page, and its content.
struct Met {
  submission::ListedReferral listed;
  mapping::Value body;
};

namespace {

namespace asio = boost::asio;
using persistence::Adopted;
using persistence::KnownReferral;
using submission::Halt;

constexpr std::size_t most_listed = 1'000;
// Changes may show in the list a little late, and in another order than they came.
constexpr std::chrono::minutes pull_margin{5};
// So may new referrals.
constexpr std::chrono::minutes head_margin{5};

constexpr std::string_view pull_mark = "pull.mark";

constexpr const char* newest_first = "$orderby=createdDateTime%20desc";

// When the newest of a page was created; blank: the page does not say.
std::string newest_of(const submission::Page& page) {
  std::optional<persistence::Timestamp> newest;
  for (const auto& listed : page.referrals)
    if (listed.created) newest = std::max(newest.value_or(*listed.created), *listed.created);
  return newest ? submission::format_time(*newest) : std::string();
}

std::vector<Met> met_on(const submission::Page& page, const std::string& body) {
  std::vector<Met> met;
  auto read = mapping::parse_json(body, mapping::Nulls::kept);
  auto* values = read ? read->find("value") : nullptr;
  auto* list = values == nullptr ? nullptr : values->list();
  for (std::size_t i = 0; i < page.referrals.size(); ++i) {
    Met one{page.referrals[i], {}};
    if (list != nullptr && i < list->size()) one.body = std::move((*list)[i]);
    if (one.body.object() == nullptr) one.body.is = mapping::Object{};
    met.push_back(std::move(one));
  }
  return met;
}

mapping::Deal deal_of(const mapping::Value& content) {
  const auto* type = content.find("type");
  if (type != nullptr && type->string() != nullptr && *type->string() == "Shared")
    return mapping::Deal::co_sell;
  const auto* consent = content.find("consent");
  const auto* flag = consent == nullptr ? nullptr : consent->find(mapping::sellers_consent);
  const bool shown = flag != nullptr && flag->boolean() != nullptr && *flag->boolean();
  return shown ? mapping::Deal::partner_led : mapping::Deal::private_;
}

// Without its status, which is compared by itself.
mapping::Value synced_content(const mapping::Value& body) {
  auto content = mapping::content_of(body);
  std::erase_if(*content.object(), [](const mapping::Member& member) {
    return mapping::is_of_status(member.name) || member.name == "externalReferenceId";
  });
  return content;
}

std::string standing_text(const persistence::ReferralIds& ids) {
  return ids.status + " / " + ids.substatus;
}

}  // namespace

Tenant::Tenant(TenantParts parts) : parts_(parts) {}
Tenant::~Tenant() = default;

template <typename Work>
void Tenant::write(Work work) {
  auto& ledger = parts_.ledger;
  ledger.begin();
  try {
    work();
    for (const auto& [day, calls] : limiter_->take_unrecorded()) ledger.add_calls(day, calls);
    ledger.commit();
  } catch (...) {
    ledger.rollback();
    throw;
  }
}

void Tenant::begin(std::string_view command) {
  started_ = parts_.clock.wall();
  const auto& settings = parts_.config.submission;
  const auto used = parts_.ledger.calls(submission::format_time(started_).substr(0, 10));
  limiter_ = std::make_unique<submission::RateLimiter>(settings.rate, settings.burst,
                                                       settings.daily_budget, used, parts_.clock);
  client_ = std::make_unique<submission::Client>(parts_.api, parts_.tokens, *limiter_, parts_.clock,
                                                 parts_.random, settings);
  key_ = key_of(parts_.ledger.fingerprint_key());
  write([&] {
    parts_.ledger.bind_tenant(parts_.config.partner_center.auth.tenant);
    parts_.ledger.recover(started_);
    run_ = parts_.ledger.start_run(command, started_);
  });
  command_ = command;
  log_ = std::make_unique<ContextLog>(parts_.log, Fields{{"run_id", run_}});
}

void Tenant::finish(Exit exit, std::uint64_t read, std::uint64_t updated) {
  const auto now = parts_.clock.wall();
  persistence::RunSummary summary;
  summary.rows_read = read;
  summary.updated = updated;
  summary.requests = client_->counts.requests;
  summary.retries = client_->counts.retries;
  summary.throttled = client_->counts.throttled;
  summary.seconds = std::chrono::duration<double>(now - started_).count();
  write([&] { parts_.ledger.finish_run(run_, summary, code(exit), now); });
  if (!parts_.log_summary) return;
  log().write("run-finished", {{"command", command_},
                               {"exit_code", code(exit)},
                               {"duration_ms", (now - started_).count()},
                               {"rows_read", summary.rows_read},
                               {"updated", summary.updated},
                               {"requests", summary.requests},
                               {"retries", summary.retries},
                               {"throttled", summary.throttled}});
}

void Tenant::stop() {
  stopped_ = true;
  if (pause_ != nullptr) pause_->wake();
  if (limiter_) limiter_->stop();
  if (client_) client_->stop();
  parts_.tokens.stop();
}

template <typename Outcome>
void Tenant::conclude(Outcome& outcome, const ListWalk& walk) const {
  if (stopped_ || walk.halt() == Halt::draining) {
    outcome.exit = Exit::stopped;
    outcome.message = "told to stop";
    return;
  }
  auto [halt, reason] = stop_of(walk, parts_.config.submission);
  outcome.exit = exit_of(halt);
  outcome.message = std::move(reason);
}

asio::awaitable<AdoptOutcome> Tenant::adopt() {
  begin("adopt");
  // As the CRM will say it. Where no mapping can be loaded the next update reads what is there.
  for (const auto& source : parts_.config.sources) {
    config::Problems ignored;
    if (const auto mapping = mapping::load_mapping(source.mapping, ignored))
      list_members_.merge(mapping->list_members());
  }
  AdoptOutcome outcome;
  auto place = adopt_place(parts_.ledger);
  outcome.resumed = place.part != AdoptPlace::Part::none;
  bool done = true;
  if (place.part != AdoptPlace::Part::head) done = co_await adopt_all(place, outcome);
  if (done && place.part == AdoptPlace::Part::head) {
    co_await let_it_show();
    done = co_await adopt_head(place, outcome);
  }
  if (done) {
    write([&] {
      outcome.microsofts = parts_.ledger.finish_adoption();
      set_adopted(parts_.ledger, submission::format_time(parts_.clock.wall()));
    });
    if (outcome.twice > 0) outcome.exit = Exit::needs_person;
  }
  outcome.goes_on = adopt_place(parts_.ledger).part != AdoptPlace::Part::none;
  outcome.requests = client_->counts.requests;
  finish(outcome.exit, outcome.read, 0);
  co_return outcome;
}

// What has just been created the list does not show yet (reference, section 7.4).
asio::awaitable<void> Tenant::let_it_show() {
  const auto apart = parts_.config.submission.reconcile.apart;
  log().write("adopt-waits", {{"duration_ms", apart.count()}});
  const auto timer = parts_.clock.timer();
  pause_ = timer.get();
  if (!stopped_) (void)co_await timer->wait_until(parts_.clock.steady() + apart);
  pause_ = nullptr;
}

// False when it did not come to the list's end: `outcome` says why. The head of the list is to be
// read once more then: others may have been created meanwhile.
asio::awaitable<bool> Tenant::adopt_all(AdoptPlace& place, AdoptOutcome& outcome) {
  const auto token_of = [](const AdoptPlace& from) {
    return from.next.empty() ? std::nullopt : std::optional(from.next);
  };
  auto walk = std::make_unique<ListWalk>(*client_, newest_first, token_of(place));
  bool from_head = place.next.empty();
  while (!stopped_) {
    auto page = co_await walk->next();
    const int status = walk->answer().response.status;
    // Where an earlier walk stood may mean nothing any more.
    if (walk->failed() && !from_head && walk->pages() == 0 && status >= 400 && status < 500 &&
        status != 401 && status != 403 && !submission::is_throttled(status)) {
      from_head = true;
      outcome.resumed = false;
      place.newest.clear();
      walk = std::make_unique<ListWalk>(*client_, newest_first);
      continue;
    }
    if (!page) break;
    const auto met = met_on(*page, walk->answer().response.body);
    if (from_head && place.newest.empty()) place.newest = newest_of(*page);
    place.part = AdoptPlace::Part::rest;
    place.next = page->skip_token.value_or("");
    const bool last = place.next.empty();
    if (last) place.part = AdoptPlace::Part::head;
    write([&] {
      for (const auto& one : met) take(one, false, outcome);
      set_adopt_place(parts_.ledger, place);
    });
    log().write("page-adopted", {{"pages", walk->pages()}, {"rows_read", outcome.read}});
  }
  if (walk->failed() || (stopped_ && !place.next.empty())) {
    conclude(outcome, *walk);
    co_return false;
  }
  co_return true;
}

// What was created since the walk through all began, which went away from it.
asio::awaitable<bool> Tenant::adopt_head(const AdoptPlace& place, AdoptOutcome& outcome) {
  const auto newest = submission::parse_time(place.newest);
  ListWalk walk(*client_, newest_first);
  bool there = false;
  while (!stopped_ && !there) {
    const auto page = co_await walk.next();
    if (!page) break;
    const auto met = met_on(*page, walk.answer().response.body);
    write([&] {
      for (const auto& one : met) {
        const auto& created = one.listed.created;
        take(one, !(newest && created && *created > *newest), outcome);
      }
    });
    there = newest && reaches_past(*page, *newest - head_margin);
  }
  if (walk.failed() || stopped_) {
    conclude(outcome, walk);
    co_return false;
  }
  co_return true;
}

// `met_before`: it is not counted again.
void Tenant::take(const Met& met, bool met_before, AdoptOutcome& outcome) {
  const auto& listed = met.listed;
  if (listed.for_microsoft) {
    const auto invitation = mapping::invitation_of(met.body);
    const auto print = mapping::fingerprint({mapping::Object{}},
                                            invitation.absent() ? nullptr : &invitation, key_);
    parts_.ledger.adopt_microsofts(listed.ids, listed.tracking,
                                   mapping::encode(print).substr(0, 8));
    outcome.read += met_before ? 0 : 1;
  } else if (!listed.external_id.empty()) {
    take_own(met, met_before, outcome);
  } else if (!met_before) {
    ++outcome.read;
    if (++outcome.without_id <= most_listed) outcome.without_ids.push_back(listed.ids.referral_id);
  }
}

void Tenant::take_own(const Met& met, bool met_before, AdoptOutcome& outcome) {
  const auto& listed = met.listed;
  persistence::Existing existing;
  existing.external_id = listed.external_id;
  existing.alias = mapping::html_decoded(listed.external_id).value_or("");
  existing.ids = listed.ids;
  existing.tracking = listed.tracking;
  auto content = synced_content(met.body);
  mapping::leave_list_members(content, list_members_);
  auto whole = content;
  whole.object()->push_back({"externalReferenceId", {existing.external_id}});
  existing.deal = mapping::to_string(deal_of(content));
  existing.fingerprint = mapping::encode(mapping::fingerprint(whole, nullptr, key_));
  existing.kept = mapping::kept_values(content);
  const auto adopted = parts_.ledger.adopt(existing, parts_.clock.wall());
  const bool news = adopted.as == Adopted::As::fresh || adopted.as == Adopted::As::settled;
  if (met_before && !news) return;
  ++outcome.read;
  switch (adopted.as) {
    case Adopted::As::fresh:
      ++outcome.adopted;
      break;
    case Adopted::As::known:
      ++outcome.known;
      break;
    case Adopted::As::settled:
      ++outcome.settled;
      break;
    case Adopted::As::twice:
      if (++outcome.twice > most_listed) break;
      outcome.held_twice.push_back({existing.external_id, adopted.other, listed.ids.referral_id});
      break;
  }
}

asio::awaitable<PullOutcome> Tenant::pull() {
  begin("pull");
  PullOutcome outcome;
  std::optional<persistence::Timestamp> mark;
  if (const auto text = parts_.ledger.note(pull_mark)) mark = submission::parse_time(*text);
  std::optional<persistence::Timestamp> newest = mark;
  ListWalk walk(*client_, "$orderby=updatedDateTime%20desc");
  bool there = false;
  while (!stopped_ && !there) {
    const auto page = co_await walk.next();
    if (!page) break;
    const auto met = met_on(*page, walk.answer().response.body);
    write([&] {
      for (const auto& one : met) look_at(one, outcome);
    });
    for (const auto& one : met) {
      const auto& updated = one.listed.updated;
      if (!updated) continue;
      if (!newest || *updated > *newest) newest = updated;
      there = there || (mark && *updated < *mark - pull_margin);
    }
  }
  if (walk.failed() || stopped_)
    conclude(outcome, walk);
  else if (newest)
    write([&] { parts_.ledger.set_note(pull_mark, submission::format_time(*newest)); });
  outcome.requests = client_->counts.requests;
  finish(outcome.exit, outcome.read, outcome.changed);
  co_return outcome;
}

void Tenant::look_at(const Met& met, PullOutcome& outcome) {
  ++outcome.read;
  const auto& listed = met.listed;
  const std::string external_id = listed.for_microsoft ? "" : listed.external_id;
  if (!listed.for_microsoft && external_id.empty()) return;
  auto before = parts_.ledger.find_referral(external_id, listed.ids.referral_id);
  if (const auto decoded = mapping::html_decoded(external_id); !before && decoded)
    before = parts_.ledger.find_referral(*decoded, listed.ids.referral_id);
  if (!before) return;
  KnownReferral now = *before;
  now.ids = listed.ids;
  if (!listed.tracking.empty()) now.tracking = listed.tracking;
  const bool own = !listed.for_microsoft;
  // A version that no update of ours has made: what is in it, the next update reads.
  const bool foreign = own && now.ids.etag != before->ids.etag;
  const bool content = foreign && strays(met.body, mapping::decode(before->base), key_);
  now.read_first = before->read_first || foreign;
  const bool moved = standing_text(now.ids) != standing_text(before->ids);
  const bool tracked = now.tracking != before->tracking;
  const bool news = moved || tracked || content;
  if (!news && now.ids.etag == before->ids.etag) return;
  parts_.ledger.refresh(*before, now, news ? parts_.clock.wall() : before->changed);
  if (!news) return;
  PulledChange change{before->external_id,         !own,
                      standing_text(before->ids),  standing_text(now.ids),
                      tracked ? now.tracking : "", content};
  log().write("referral-changed", {{"external_reference_id", change.external_id},
                                   {"referral", own ? "own" : "microsoft"},
                                   {"before", change.before},
                                   {"now", change.now},
                                   {"tracking_id", change.tracking},
                                   {"content", content}});
  ++outcome.changed;
  if (now.ids.status == "Closed" && before->ids.status != "Closed") ++outcome.closed;
  if (outcome.changes.size() < most_listed) outcome.changes.push_back(std::move(change));
}

}  // namespace referrald::sync
