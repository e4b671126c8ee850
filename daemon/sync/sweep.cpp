#include "daemon/sync/sweep.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "daemon/submission/wire.hpp"

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
using submission::ListedReferral;

// How far our clock and the service's may differ (reference, section 7.4).
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

// Whether the list, newest first, has come to what was created before `time`. A page that is not in
// that order says nothing of what follows it.
bool reaches_past(const submission::Page& page, Timestamp time) {
  std::optional<Timestamp> last;
  bool past = false;
  for (const auto& listed : page.referrals) {
    if (!listed.created) continue;
    if (last && *listed.created > *last) return false;
    last = listed.created;
    past = past || *last < time;
  }
  return past;
}

void record(Ledger& ledger, const Doubt& doubt, const Decision& decision, persistence::RunId run,
            Timestamp now) {
  persistence::Settlement settlement;
  settlement.row = doubt.row;
  settlement.step = doubt.step;
  settlement.state = decision.state;
  settlement.next_step = decision.next_step;
  settlement.ids = decision.ids;
  settlement.failure = decision.failure;
  settlement.at = now;
  settlement.due = now;
  ledger.record(settlement, run);
}

void count(Looked& looked, const Decision& decision) {
  if (decision.ids) ++looked.found;
  if (decision.state == State::synced) ++looked.completed;
  if (decision.state == State::refused) ++looked.refused;
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
             const config::Reconcile& settings, persistence::RunId run, Log& log)
    : ledger_(ledger), client_(client), clock_(clock), settings_(settings), run_(run), log_(log) {}

asio::awaitable<Looked> Sweep::look() {
  Looked looked;
  const Timestamp started = clock_.wall();
  co_await look_for_own(started, looked);
  if (looked.finished) co_await look_for_microsofts(started, looked);
  co_return looked;
}

bool Sweep::usable(const submission::Answer& answer, Looked& looked) {
  if (answer.kind == submission::Answer::Kind::answered && answer.response.status == 200)
    return true;
  looked.finished = false;
  const auto decision = submission::decide(Step::own, false, answer);
  looked.halt = decision.halt;
  looked.reason = answer.error;
  if (answer.kind == submission::Answer::Kind::answered) {
    looked.reason = fmt::format("the list is answered with status {} (request-id {})",
                                answer.response.status, answer.response.request_id);
  }
  return false;
}

asio::awaitable<void> Sweep::look_for_own(Timestamp started, Looked& looked) {
  Wanted wanted;
  LedgerWork survey = [&](Ledger& ledger) {
    each_doubt(ledger, started, [&](const Doubt& doubt) { wanted.add(doubt); });
  };
  co_await ledger_.run(std::move(survey));
  if (wanted.missing() == 0) co_return;
  log_.debug("looking for doubtful rows", {{"rows", wanted.missing()}});

  const std::string query =
      fmt::format("{}?$orderby=createdDateTime%20desc", submission::referrals_path);
  std::string target = query;
  std::uint64_t pages = 0;
  while (wanted.missing() > 0) {
    submission::Answer answer = co_await client_.get(target);
    if (!usable(answer, looked)) co_return;
    const auto page = submission::parse_page(answer.response.body);
    if (!page) {
      looked.finished = false;
      looked.reason = "the list's answer is no page of referrals";
      co_return;
    }
    ++pages;
    const bool past = reaches_past(*page, wanted.oldest() - clock_margin);
    LedgerWork compare = [&](Ledger& ledger) {
      for (const auto& listed : page->referrals) {
        if (listed.external_id.empty() || listed.for_microsoft) continue;
        const auto doubt = ledger.find_doubt(listed.external_id);
        if (!doubt) continue;
        if (doubt->co_sell && listed.ids.engagement_id.empty()) {
          // It is there, so it must not be sent again; without its engagement nothing can follow.
          looked.finished = false;
          looked.reason = "the list shows the referral of a co-sell deal without its engagementId";
          continue;
        }
        const auto decision = submission::decide_found(doubt->step, doubt->co_sell, listed.ids);
        record(ledger, *doubt, decision, run_, clock_.wall());
        count(looked, decision);
        wanted.found(doubt->row);
      }
    };
    co_await ledger_.run(std::move(compare));
    if (!looked.finished) co_return;
    if (past || !page->skip_token) break;
    const std::string next = query + "&$skiptoken=" + *page->skip_token;
    if (next == target) {
      looked.finished = false;
      looked.reason = "the list's next page is the same page again";
      co_return;
    }
    target = next;
  }
  co_await conclude(started, wanted, looked);
  log_.debug("looked for doubtful rows", {{"pages", pages}, {"found", looked.found}});
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
      const std::string filter = "engagementId eq " + submission::odata_string(doubt.engagement_id);
      std::string target = fmt::format("{}?$filter={}", submission::referrals_path,
                                       submission::encode_query(filter));
      submission::Answer answer = co_await client_.get(std::move(target));
      if (!usable(answer, looked)) co_return;
      const auto page = submission::parse_page(answer.response.body);
      if (!page) {
        looked.finished = false;
        looked.reason = "the list's answer is no page of referrals";
        co_return;
      }
      LedgerWork settle = [&](Ledger& ledger) {
        for (const auto& listed : page->referrals) {
          if (!listed.for_microsoft || listed.ids.engagement_id != doubt.engagement_id) continue;
          const auto decision = submission::decide_found(doubt.step, doubt.co_sell, listed.ids);
          record(ledger, doubt, decision, run_, clock_.wall());
          count(looked, decision);
          return;
        }
        not_found(ledger, doubt, looked);
      };
      co_await ledger_.run(std::move(settle));
    }
  } while (doubts.size() == page_of_doubts);
}

void Sweep::not_found(Ledger& ledger, const Doubt& doubt, Looked& looked) const {
  const auto now = clock_.wall();
  const auto decision = submission::decide_not_found(doubt, doubt.looks + 1, settings_.looks);
  if (!decision) {
    ledger.record_look(doubt.row, now + settings_.apart);
    return;
  }
  record(ledger, doubt, *decision, run_, now);
  count(looked, *decision);
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
