#include "daemon/sync/updater.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "daemon/submission/failure_codes.hpp"
#include "daemon/submission/wire.hpp"
#include "daemon/sync/export_rows.hpp"
#include "daemon/sync/merge.hpp"
#include "mapping/json_value.hpp"
#include "mapping/kept_values.hpp"
#include "mapping/names.hpp"
#include "mapping/rules.hpp"
#include "mapping/status.hpp"

namespace referrald::sync {
namespace {

namespace asio = boost::asio;
using mapping::Change;
using persistence::Intent;
using persistence::State;
using submission::Answer;

// A referral that changes faster than it can be read is tried again later.
constexpr int most_reads = 3;

submission::Decision unreadable(const Answer& answer) {
  submission::Decision decision;
  decision.state = State::pending;
  decision.delay = submission::Delay::backoff;
  decision.service_trouble = true;
  decision.failure =
      persistence::Failure{std::string(submission::failure_code::unreadable_answer),
                           "the referral that was read is no referral", answer.response.status,
                           answer.response.request_id, answer.client_request_id};
  return decision;
}

mapping::Standing standing_in(const std::vector<Change>& changes) {
  mapping::Standing standing;
  for (const Change& change : changes) {
    const auto value = mapping::parse_json(change.json).value_or(mapping::Value{});
    if (value.string() == nullptr) continue;
    if (change.path == "status") standing.status = *value.string();
    if (change.path == "substatus") standing.substatus = *value.string();
  }
  return standing;
}

// A refusal that may have its reason in where the referral stands.
bool may_be_of_status(const Answer& answer) {
  const int status = answer.response.status;
  return answer.kind == Answer::Kind::answered && (status == 400 || status == 409 || status == 422);
}

bool is_gone(const submission::Decision& decision) {
  return decision.failure && decision.failure->code == submission::failure_code::referral_gone;
}

}  // namespace

// One update, from its first request to its last.
class Updater::Work {
 public:
  Work(const Updater& updater, const Intent& intent)
      : updater_(updater),
        intent_(intent),
        target_(fmt::format("{}/{}", submission::referrals_path,
                            submission::encode_query(intent_.referral_id))),
        base_(mapping::decode(intent_.base)),
        changes_(mapping::parse_patch(intent_.body)),
        etag_(intent_.etag) {
    done_.kept = intent_.kept;
    done_.read_first = intent_.read_first;
    // What an earlier request of unknown effect may have done counts as done by us.
    done_.sent = !intent_.sent.empty();
    for (const Change& change : changes_) sent_.push_back(mapping::leaf_of(change));
  }

  asio::awaitable<UpdateOutcome> run() {
    bool read = intent_.read_first || etag_.empty() || !intent_.decided.empty() ||
                std::ranges::any_of(changes_, mapping::needs_reading);
    for (int reads = 0;; read = true) {
      if (read) {
        if (std::exchange(permit_held_, false)) updater_.limiter_.give_back(1);
        if (++reads > most_reads) break;
        const bool go_on = co_await read_and_merge();
        if (!go_on) break;
      }
      co_await send();
      if (!outcome_.decision.read_again) break;
    }
    // The same conflict with every version is none of versions.
    if (outcome_.decision.read_again && outcome_.answer.response.status == 409)
      outcome_.decision.state = State::refused;
    if (is_gone(outcome_.decision)) co_await find_what_is_gone();
    if (outcome_.decision.state == State::synced) conclude();
    co_return std::move(outcome_);
  }

 private:
  // The changed members; and the visibility for Microsoft's sellers, which no source says can be
  // changed, by itself: refused, it takes nothing else down with it.
  asio::awaitable<void> send() {
    std::vector<Change> visibility;
    for (const Change& change : changes_)
      if (mapping::is_visibility(change.path)) visibility.push_back(change);
    std::erase_if(changes_, [](const Change& one) { return mapping::is_visibility(one.path); });
    if (!changes_.empty()) co_await patch(changes_);
    if (visibility.empty() || outcome_.decision.read_again) co_return;
    if (!changes_.empty() && outcome_.decision.state != State::synced) co_return;
    if (etag_.empty() && !changes_.empty()) {
      outcome_.decision.read_again = true;  // of that version, which was not told
      co_return;
    }
    co_await patch(visibility);
    if (outcome_.decision.state == State::refused && !is_gone(outcome_.decision))
      leave_invisible(visibility.front());
  }

  asio::awaitable<void> patch(std::vector<Change> changes) {
    std::string body = mapping::patch_json(changes);
    outcome_.answer = co_await updater_.client_.change(target_, std::move(body), etag_,
                                                       std::exchange(permit_held_, false));
    outcome_.decision = submission::decide_update(outcome_.answer);
    auto& decision = outcome_.decision;
    if (decision.state == State::synced && !decision.ids->referral_id.empty() &&
        !submission::is_same_id(decision.ids->referral_id, intent_.referral_id))
      decision = unreadable(outcome_.answer);
    if (decision.state == State::synced) {
      done_.sent = true;
      etag_ = decision.ids->etag;
      const auto moved = standing_in(changes);
      if (!moved.status.empty()) standing_ = moved;
      if (!decision.ids->status.empty())
        standing_ = {decision.ids->status, decision.ids->substatus};
    } else if (decision.state == State::refused && may_be_of_status(outcome_.answer)) {
      co_await look_whether_closed();
    }
  }

  // A service that looks at the status before it looks at the version refuses what is closed.
  asio::awaitable<void> look_whether_closed() {
    auto refusal = outcome_.decision;
    auto answer = outcome_.answer;
    const auto theirs = co_await read();
    const bool closed = theirs && outcome_.decision.state == State::closed;
    const bool unknown = !theirs && outcome_.decision.state != State::refused;
    if (closed || unknown) co_return;
    outcome_.decision = std::move(refusal);
    outcome_.answer = std::move(answer);
  }

  // All else is done: what cannot be done is for a person, after whom a retry reads it again.
  void leave_invisible(const Change& change) {
    auto& decision = outcome_.decision;
    invisible_ = mapping::make_reason(
        mapping::Code::not_shown, change.path, {}, change.json,
        fmt::format("Partner Center does not let {} change (status {}); a person can show the deal "
                    "to Microsoft's sellers in Partner Center",
                    change.path, outcome_.answer.response.status));
    held_.push_back(change);
    std::erase_if(sent_, [&](const mapping::Leaf& leaf) { return leaf.path == change.path; });
    decision = {};
    decision.state = State::synced;
    decision.ids = persistence::ReferralIds{};
    decision.ids->etag = etag_;
  }

  // False when nothing is left to send, or it could not be read: the decision says what follows.
  asio::awaitable<bool> read_and_merge() {
    const auto theirs = co_await read();
    if (!theirs || outcome_.decision.state == State::closed) co_return false;
    take(merge(changes_of_crm(),
               {base_of_intent(), intent_.kept, *theirs, updater_.key_, sent_before(),
                !intent_.decided.empty()},
               conflicts()));
    co_return !changes_.empty();
  }

  // The referral as it is now; nullopt when it could not be read. The decision is `closed` when it
  // is.
  asio::awaitable<std::optional<mapping::Value>> read() {
    std::string target = target_;
    outcome_.answer = co_await updater_.client_.get(std::move(target));
    outcome_.decision = submission::decide_update(outcome_.answer);
    if (outcome_.decision.state != State::synced) co_return std::nullopt;
    const auto& response = outcome_.answer.response;
    const auto referral = submission::parse_referral(response.body, response.etag);
    auto theirs = mapping::parse_json(response.body, mapping::Nulls::kept);
    if (!referral || !theirs ||
        !submission::is_same_id(referral->ids.referral_id, intent_.referral_id)) {
      outcome_.decision = unreadable(outcome_.answer);
      co_return std::nullopt;
    }
    outcome_.decision.ids = referral->ids;
    etag_ = referral->ids.etag;
    standing_ = {referral->ids.status, referral->ids.substatus};
    if (standing_.status == "Closed") outcome_.decision.state = State::closed;
    co_return theirs;
  }

  // 404 on one referral: it is gone only where the list can be read. Elsewhere the URL is wrong,
  // and no row is to blame.
  asio::awaitable<void> find_what_is_gone() {
    auto gone = outcome_.decision;
    auto answer = outcome_.answer;
    const auto theirs = co_await read();
    if (theirs && outcome_.decision.state == State::closed) co_return;
    if (theirs) {  // there it is: its 404 was a passing trouble
      outcome_.decision.state = State::pending;
      outcome_.decision.delay = submission::Delay::backoff;
      outcome_.decision.ids.reset();
      outcome_.decision.failure = std::move(gone.failure);
      outcome_.decision.failure->code = fmt::format("http-{}", answer.response.status);
      outcome_.decision.failure->message =
          "one request did not find the referral, and the next one did";
      outcome_.answer = std::move(answer);
      co_return;
    }
    if (!is_gone(outcome_.decision)) co_return;
    std::string list =
        fmt::format("{}?$orderby=createdDateTime%20desc", submission::referrals_path);
    outcome_.answer = co_await updater_.client_.get(std::move(list));
    auto decision = submission::decide(persistence::Step::own, false, outcome_.answer);
    const bool answered = outcome_.answer.kind == Answer::Kind::answered;
    const bool success = answered && outcome_.answer.response.status == 200;
    if (success && submission::parse_page(outcome_.answer.response.body)) {
      outcome_.decision = std::move(gone);
      outcome_.answer = std::move(answer);
    } else if (success || decision.halt == submission::Halt::none) {
      decision = unreadable(outcome_.answer);
      outcome_.decision = std::move(decision);
    } else {
      outcome_.decision = std::move(decision);
    }
  }

  std::vector<Change> sent_before() const {
    return intent_.sent.empty() ? std::vector<Change>{} : mapping::parse_patch(intent_.sent);
  }

  // Each merge begins with all that the CRM has changed.
  std::vector<Change> changes_of_crm() const { return mapping::parse_patch(intent_.body); }
  mapping::Fingerprint base_of_intent() const { return mapping::decode(intent_.base); }

  config::Conflicts conflicts() const {
    if (intent_.decided == "crm") return config::Conflicts::crm;
    if (intent_.decided == "partner_center") return config::Conflicts::partner_center;
    return updater_.conflicts_;
  }

  void take(Merge merged) {
    changes_ = std::move(merged.send);
    base_ = std::move(merged.base);
    done_.read_first = merged.diverged;
    held_ = merged.held;
    conflicts_ = std::move(merged.conflicts);
    sent_ = std::move(merged.settled);
    const auto is_among = [](const Change& change, const auto& others) {
      return std::ranges::any_of(others,
                                 [&](const auto& other) { return other.path == change.path; });
    };
    // What is settled stands as it is there: a list has more members than the CRM gives.
    for (const Change& change : changes_of_crm())
      if (!is_among(change, merged.held) && !is_among(change, merged.given_way) &&
          !is_among(change, sent_))
        sent_.push_back(mapping::leaf_of(change));
  }

  // What was sent, or need not be, is synced now.
  void conclude() {
    for (const auto& leaf : sent_) {
      mapping::put_leaf(base_, mapping::hash_of(leaf, updater_.key_));
      mapping::forget_decisions(base_, leaf.path);
      done_.kept = mapping::keep_value(done_.kept, leaf);
    }
    done_.base = mapping::encode(base_);
    if (!held_.empty()) {
      done_.patch = mapping::patch_json(held_);
      done_.read_first = true;
    }
    auto reasons = conflicts_;
    if (invisible_) reasons.push_back(*invisible_);
    if (!reasons.empty()) done_.reasons = reasons_json(reasons);
    auto& ids = *outcome_.decision.ids;
    // An answer without a body does not say where the referral stands now: what was sent does.
    if (ids.status.empty()) {
      ids.status = standing_.status;
      ids.substatus = standing_.substatus;
    }
    // Without the new version's eTag the next update has to read it.
    if (ids.etag.empty()) done_.read_first = true;
    outcome_.updated = std::move(done_);
  }

  const Updater& updater_;
  const Intent& intent_;
  std::string target_;
  mapping::Fingerprint base_;
  std::vector<Change> changes_;      // to be sent
  std::vector<mapping::Leaf> sent_;  // what the CRM and Partner Center agree on afterwards
  std::string etag_;
  bool permit_held_ = true;
  mapping::Standing standing_;  // as far as an answer, or what was sent, tells
  std::vector<Change> held_;    // what waits for a person
  std::vector<mapping::Reason> conflicts_;
  std::optional<mapping::Reason> invisible_;
  persistence::Updated done_;
  UpdateOutcome outcome_;
};

Updater::Updater(submission::Client& client, submission::RateLimiter& limiter,
                 config::Conflicts conflicts, const mapping::FingerprintKey& key)
    : client_(client), limiter_(limiter), conflicts_(conflicts), key_(key) {}

asio::awaitable<UpdateOutcome> Updater::update(const Intent& intent) {
  Work work(*this, intent);
  UpdateOutcome outcome = co_await work.run();
  co_return outcome;
}

}  // namespace referrald::sync
