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

namespace referrald::sync {
namespace {

namespace asio = boost::asio;
using mapping::Change;
using persistence::Intent;
using persistence::State;
using submission::Answer;

// A referral that changes faster than it can be read is tried again later.
constexpr int most_reads = 3;

// Whether the referral has to be read for it: the change makes a member below one that may not be
// there; or it is a list, whose elements have members there that the CRM does not give.
bool needs_reading(const Change& change) {
  return change.json.starts_with('[') ||
         (!change.known && std::ranges::count(change.path, '/') > 1);
}

submission::Decision unreadable(const Answer& answer) {
  submission::Decision decision;
  decision.state = State::pending;
  decision.delay = submission::Delay::backoff;
  decision.failure =
      persistence::Failure{std::string(submission::failure_code::unreadable_answer),
                           "the referral that was read is no referral", answer.response.status,
                           answer.response.request_id, answer.client_request_id};
  return decision;
}

}  // namespace

// One update, from its first request to its last.
class Updater::Work {
 public:
  Work(const Updater& updater, Intent intent)
      : updater_(updater),
        intent_(std::move(intent)),
        target_(fmt::format("{}/{}", submission::referrals_path, intent_.referral_id)),
        base_(mapping::decode(intent_.base)),
        changes_(mapping::parse_patch(intent_.body)),
        etag_(intent_.etag) {
    done_.kept = intent_.kept;
    done_.read_first = intent_.read_first;
    for (const Change& change : changes_) sent_.push_back(mapping::leaf_of(change));
  }

  asio::awaitable<UpdateOutcome> run() {
    bool permit_held = true;
    bool read = intent_.read_first || etag_.empty() || !intent_.decided.empty() ||
                std::ranges::any_of(changes_, needs_reading);
    for (int reads = 0;; read = true) {
      if (read) {
        if (std::exchange(permit_held, false)) updater_.limiter_.give_back(1);
        if (++reads > most_reads) break;
        const bool go_on = co_await read_and_merge();
        if (!go_on) break;
      }
      std::string patch = mapping::patch_json(changes_);
      outcome_.answer = co_await updater_.client_.change(target_, std::move(patch), etag_,
                                                         std::exchange(permit_held, false));
      outcome_.decision = submission::decide_update(outcome_.answer);
      if (!outcome_.decision.read_again) break;
    }
    if (outcome_.decision.state == State::synced) conclude();
    co_return std::move(outcome_);
  }

 private:
  // False when nothing is left to send, or it could not be read: the decision says what follows.
  asio::awaitable<bool> read_and_merge() {
    std::string target = target_;
    outcome_.answer = co_await updater_.client_.get(std::move(target));
    outcome_.decision = submission::decide_update(outcome_.answer);
    if (outcome_.decision.state != State::synced) co_return false;
    const auto& response = outcome_.answer.response;
    const auto referral = submission::parse_referral(response.body, response.etag);
    auto theirs = mapping::parse_json(response.body);
    if (!referral || !theirs) {
      outcome_.decision = unreadable(outcome_.answer);
      co_return false;
    }
    outcome_.decision.ids = referral->ids;
    etag_ = referral->ids.etag;
    if (referral->ids.status == "Closed") {
      outcome_.decision.state = State::closed;
      co_return false;
    }
    take(merge(changes_of_crm(), {base_, intent_.kept, *theirs, updater_.key_, sent_before()},
               conflicts()));
    co_return !changes_.empty();
  }

  std::vector<Change> sent_before() const {
    return intent_.sent.empty() ? std::vector<Change>{} : mapping::parse_patch(intent_.sent);
  }

  // Each merge begins with all that the CRM has changed.
  std::vector<Change> changes_of_crm() const { return mapping::parse_patch(intent_.body); }

  config::Conflicts conflicts() const {
    if (intent_.decided == "crm") return config::Conflicts::crm;
    if (intent_.decided == "partner_center") return config::Conflicts::partner_center;
    return updater_.conflicts_;
  }

  void take(Merge merged) {
    changes_ = std::move(merged.send);
    done_.read_first = merged.diverged || !merged.held.empty();
    done_.patch = merged.held.empty() ? std::string() : mapping::patch_json(merged.held);
    done_.reasons = merged.conflicts.empty() ? std::string() : reasons_json(merged.conflicts);
    sent_ = std::move(merged.settled);
    for (const Change& change : changes_of_crm()) {
      const bool held = std::ranges::any_of(
          merged.held, [&](const Change& other) { return other.path == change.path; });
      if (!held) sent_.push_back(mapping::leaf_of(change));
    }
  }

  // What was sent, or need not be, is synced now.
  void conclude() {
    for (const auto& leaf : sent_) {
      mapping::put_leaf(base_, mapping::hash_of(leaf, updater_.key_));
      done_.kept = mapping::keep_value(done_.kept, leaf);
    }
    done_.base = mapping::encode(base_);
    // Without the new version's eTag the next update has to read it.
    if (outcome_.decision.ids->etag.empty()) done_.read_first = true;
    outcome_.updated = std::move(done_);
  }

  const Updater& updater_;
  Intent intent_;
  std::string target_;
  mapping::Fingerprint base_;
  std::vector<Change> changes_;      // to be sent
  std::vector<mapping::Leaf> sent_;  // what the CRM and Partner Center agree on afterwards
  std::string etag_;
  persistence::Updated done_;
  UpdateOutcome outcome_;
};

Updater::Updater(submission::Client& client, submission::RateLimiter& limiter,
                 config::Conflicts conflicts, const mapping::FingerprintKey& key)
    : client_(client), limiter_(limiter), conflicts_(conflicts), key_(key) {}

asio::awaitable<UpdateOutcome> Updater::update(Intent intent) {
  Work work(*this, std::move(intent));
  UpdateOutcome outcome = co_await work.run();
  co_return outcome;
}

}  // namespace referrald::sync
