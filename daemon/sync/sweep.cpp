#include "daemon/sync/sweep.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "daemon/remedies.hpp"
#include "daemon/submission/rate_limit.hpp"
#include "daemon/submission/wire.hpp"
#include "daemon/sync/halt_reason.hpp"
#include "mapping/entities.hpp"

namespace referrald::sync {
namespace {

namespace asio = boost::asio;
using persistence::Doubt;
using persistence::Ledger;
using persistence::RowKey;
using persistence::State;
using persistence::Step;
using persistence::Timestamp;
using submission::Decision;

// For what several hosts of the service tell differently of the time (reference, section 7.4).
constexpr std::chrono::minutes clock_margin{5};
constexpr std::size_t page_of_doubts = 500;

// Calls `visit` for every doubt about an own referral that is due.
template <typename Visit>
void each_doubt(Ledger& ledger, Timestamp now, Visit visit) {
  RowKey after = 0;
  while (true) {
    const auto doubts = ledger.doubts(now, after, page_of_doubts);
    for (const auto& doubt : doubts) {
      if (doubt.step == Step::own) visit(doubt);
    }
    if (doubts.size() < page_of_doubts) return;
    after = doubts.back().row;
  }
}

// The time of the service before which nothing was created of a row that was claimed at `since`.
// nullopt: it cannot be told, so only the list's end is the end: a service that does not say what
// time it is, or a claim in its future, which went by a wrong clock of ours.
std::optional<Timestamp> earliest_creation(Timestamp since, const submission::Answer& answer) {
  const auto service = submission::parse_http_date(answer.response.date);
  if (!service || since > *service + clock_margin) return std::nullopt;
  return since - clock_margin;
}

// The row in doubt that the service lists under that id: as it was sent, or else, since some hand
// text back with HTML's entities (reference, section 9.1), decoded once.
std::optional<Doubt> doubt_of(Ledger& ledger, const std::string& listed_id) {
  if (auto doubt = ledger.find_doubt(listed_id)) return doubt;
  const auto decoded = mapping::html_decoded(listed_id);
  return decoded ? ledger.find_doubt(*decoded) : std::nullopt;
}

void tell(Log& log, const Doubt& doubt, const Decision& decision) {
  const auto step = persistence::to_string(doubt.step);
  if (decision.ids) {
    log.write("row-found", {{"external_reference_id", doubt.external_id},
                            {"step", step},
                            {"referral_id", decision.ids->referral_id},
                            {"engagement_id", decision.ids->engagement_id}});
  } else if (decision.state == State::refused && decision.failure) {
    log.write("row-refused", {{"external_reference_id", doubt.external_id},
                              {"step", step},
                              {"code", decision.failure->code},
                              {"engagement_id", doubt.engagement_id},
                              {"reason", meaning_of(*decision.failure)},
                              {"remedy", remedy_for(*decision.failure)}});
  }
}

void record(Ledger& ledger, const Doubt& doubt, const Decision& decision, persistence::RunId run,
            Timestamp now, Looked& looked, Log& log) {
  persistence::Settlement settlement;
  settlement.row = doubt.row;
  settlement.step = doubt.step;
  settlement.state = decision.state;
  settlement.ids = decision.ids;
  settlement.failure = decision.failure;
  settlement.at = now;
  settlement.due = now;
  const auto recorded = ledger.record(settlement, run);
  tell(log, doubt, decision);
  if (decision.ids) ++looked.found;
  if (recorded.created) ++looked.completed;
  if (recorded.updated) ++looked.updated;
  if (recorded.state == State::refused) ++looked.refused;
}

}  // namespace

// What a walk through the list looks for: the rows that were in doubt when it began, and no others.
// A row that becomes doubtful later may be created behind the walk's back; a look that is told of
// it must neither stop earlier for it nor conclude that it is not there.
class Sweep::Wanted {
 public:
  // Rows come in ascending order.
  void add(const Doubt& doubt) {
    rows_.push_back({doubt.row, false});
    oldest_ = std::min(oldest_, doubt.since);
    ++missing_;
  }
  void found(RowKey row) {
    const auto place = std::ranges::lower_bound(rows_, row, {}, &Row::key);
    if (place == rows_.end() || place->key != row || place->found) return;
    place->found = true;
    --missing_;
  }
  bool misses(RowKey row) const {
    const auto place = std::ranges::lower_bound(rows_, row, {}, &Row::key);
    return place != rows_.end() && place->key == row && !place->found;
  }
  std::size_t missing() const { return missing_; }
  Timestamp oldest() const { return oldest_; }

 private:
  struct Row {
    RowKey key;
    bool found;
  };
  std::vector<Row> rows_;
  std::size_t missing_ = 0;
  Timestamp oldest_ = Timestamp::max();
};

Sweep::Sweep(LedgerQueue& ledger, submission::Client& client, submission::Clock& clock,
             const config::Reconcile& settings, persistence::RunId run, Log& log, Calls calls)
    : ledger_(ledger),
      client_(client),
      clock_(clock),
      settings_(settings),
      run_(run),
      log_(log),
      calls_(std::move(calls)) {}

// A look may take long: were its calls told at its end, a kill would leave them out of the budget.
LedgerWork Sweep::counting_calls(LedgerWork work) const {
  if (!calls_) return work;
  return [work = std::move(work), made = calls_()](Ledger& ledger) {
    for (const auto& [day, calls] : made) ledger.add_calls(day, calls);
    work(ledger);
  };
}

asio::awaitable<Looked> Sweep::look() {
  Looked looked;
  const Timestamp started = clock_.wall();
  co_await look_for_own(started, looked);
  if (looked.finished) co_await look_for_microsofts(started, looked);
  co_return looked;
}

// The next page of a list; nullopt behind the last one, and when it cannot be read: `looked` tells.
asio::awaitable<std::optional<submission::Page>> Sweep::next_page(ListWalk& walk, Looked& looked) {
  auto page = co_await walk.next();
  if (walk.failed()) {
    looked.finished = false;
    looked.halt = walk.halt();
    looked.reason = walk.reason();
    looked.explanation = reason_for_list(walk);
  }
  co_return page;
}

asio::awaitable<void> Sweep::look_for_own(Timestamp started, Looked& looked) {
  Wanted wanted;
  LedgerWork survey = [&](Ledger& ledger) {
    each_doubt(ledger, started, [&](const Doubt& doubt) { wanted.add(doubt); });
  };
  co_await ledger_.run(std::move(survey));
  if (wanted.missing() == 0) co_return;
  log_.write("look-started", {{"rows", wanted.missing()}});

  ListWalk walk(client_, "$orderby=createdDateTime%20desc");
  while (wanted.missing() > 0) {
    const auto page = co_await next_page(walk, looked);
    if (!looked.finished) co_return;
    if (!page) break;
    const auto earliest = earliest_creation(wanted.oldest(), walk.answer());
    const bool past = earliest && reaches_past(*page, *earliest);
    LedgerWork work =
        counting_calls([&](Ledger& ledger) { compare(ledger, *page, wanted, looked); });
    co_await ledger_.run(std::move(work));
    if (!looked.finished) co_return;
    if (past) break;
  }
  co_await conclude(started, wanted, looked);
  log_.write("look-finished", {{"pages", walk.pages()}, {"found", looked.found}});
}

void Sweep::compare(Ledger& ledger, const submission::Page& page, Wanted& wanted, Looked& looked) {
  for (const auto& listed : page.referrals) {
    if (listed.external_id.empty() || listed.for_microsoft) continue;
    const auto doubt = doubt_of(ledger, listed.external_id);
    if (!doubt) continue;
    if (doubt->co_sell && listed.ids.engagement_id.empty()) {
      // It is there, so it must not be sent again; without its engagement nothing can follow.
      looked.finished = false;
      looked.reason = "the list shows the referral of a co-sell deal without its engagementId";
      continue;
    }
    const auto decision = submission::decide_found(listed.ids);
    record(ledger, *doubt, decision, run_, clock_.wall(), looked, log_);
    wanted.found(doubt->row);
  }
}

asio::awaitable<void> Sweep::look_for_microsofts(Timestamp started, Looked& looked) {
  std::vector<Doubt> doubts;
  RowKey after = 0;
  do {
    LedgerWork next = [&](Ledger& ledger) {
      doubts = ledger.doubts(started, after, page_of_doubts);
    };
    co_await ledger_.run(std::move(next));
    for (const auto& doubt : doubts) {
      after = doubt.row;
      if (doubt.step != Step::microsoft) continue;
      co_await look_for_microsofts_of(doubt, looked);
      if (!looked.finished) co_return;
    }
  } while (doubts.size() == page_of_doubts);
}

// Every page of the engagement's referrals, which may be several, and empty ones too.
asio::awaitable<void> Sweep::look_for_microsofts_of(const Doubt& doubt, Looked& looked) {
  const std::string filter = "engagementId eq " + submission::odata_string(doubt.engagement_id);
  ListWalk walk(client_, "$filter=" + submission::encode_query(filter));
  std::optional<Decision> found;
  std::optional<persistence::ReferralIds> closed;  // the own referral: nobody is invited to it
  while (!found) {
    const auto page = co_await next_page(walk, looked);
    if (!looked.finished) co_return;
    if (!page) break;
    for (const auto& listed : page->referrals) {
      if (!submission::is_same_id(listed.ids.engagement_id, doubt.engagement_id)) continue;
      if (!listed.for_microsoft && listed.ids.status == "Closed") closed = listed.ids;
      if (!listed.for_microsoft) continue;
      found = submission::decide_found(listed.ids);
      break;
    }
  }
  LedgerWork settle = counting_calls([&](Ledger& ledger) {
    if (!found && closed) note_closed(ledger, doubt, *closed);
    if (!found) return not_found(ledger, doubt, looked);
    record(ledger, doubt, *found, run_, clock_.wall(), looked, log_);
  });
  co_await ledger_.run(std::move(settle));
}

// What waits for it is dropped when it is claimed.
void Sweep::note_closed(Ledger& ledger, const Doubt& doubt,
                        const persistence::ReferralIds& closed) const {
  const auto known = ledger.find_referral(doubt.external_id, closed.referral_id);
  if (!known) return;
  auto now = *known;
  now.ids.status = closed.status;
  now.ids.substatus = closed.substatus;
  ledger.refresh(*known, now, clock_.wall());
}

void Sweep::not_found(Ledger& ledger, const Doubt& doubt, Looked& looked) const {
  const auto now = clock_.wall();
  const auto decision = submission::decide_not_found(doubt, doubt.looks + 1, settings_.looks);
  if (!decision) {
    ledger.record_look(doubt.row, now + settings_.apart);
    return;
  }
  record(ledger, doubt, *decision, run_, now, looked, log_);
}

// The list was read as far as it had to be: what is still in doubt was not found by this look.
asio::awaitable<void> Sweep::conclude(Timestamp started, const Wanted& wanted, Looked& looked) {
  LedgerWork work = [&](Ledger& ledger) {
    each_doubt(ledger, started, [&](const Doubt& doubt) {
      if (wanted.misses(doubt.row)) not_found(ledger, doubt, looked);
    });
  };
  co_await ledger_.run(std::move(work));
}

}  // namespace referrald::sync
