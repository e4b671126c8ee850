// The words in which a ledger's tests tell their story.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "persistence/ledger.hpp"

namespace referrald::persistence {

using namespace std::chrono_literals;

// A ledger and a clock that only moves when told to.
class LedgerStory {
 public:
  void use(std::unique_ptr<Ledger> ledger) {
    ledger_ = std::move(ledger);
    if (ledger_) run_ = ledger_->start_run("sync", now_);
  }
  void close() { ledger_.reset(); }
  Ledger& ledger() { return *ledger_; }

  Timestamp now() const { return now_; }
  RunId run() const { return run_; }
  void advance(std::chrono::milliseconds by) { now_ += by; }
  void next_run() { run_ = ledger_->start_run("sync", now_); }

  static Origin origin(std::uint64_t line = 2, const std::string& source = "leads",
                       const std::string& export_name = "leads.csv",
                       const std::string& cells = "cells") {
    return {source, export_name, line, "Id,Topic", cells};
  }

  static Desired desired(const std::string& id, const std::string& content = "content",
                         const std::string& deal = "private") {
    Desired desired;
    desired.external_id = id;
    desired.deal = deal;
    desired.co_sell = deal == "co-sell";
    desired.own_body = "{\"own\":\"" + content + "\"}";
    if (desired.co_sell) {
      desired.microsoft_body = "{\"microsoft\":\"" + content + "\"}";
      desired.invitation = "{\"invitation\":\"" + content + "\"}";
    }
    desired.fingerprint = "fingerprint of " + content + (deal == "private" ? "" : " as " + deal);
    return desired;
  }

  Offered offer(const std::string& id, const std::string& content = "content",
                const std::string& deal = "private") {
    return ledger_->offer(desired(id, content, deal), origin(), now_);
  }
  Verdict verdict(const std::string& id, const std::string& content = "content",
                  const std::string& deal = "private") {
    return offer(id, content, deal).verdict;
  }

  static std::string reasons(const std::string& code = "missing-name") {
    return R"([{"code":")" + code +
           R"(","member":"name","column":"Topic","value":"","message":"m","remedy":"r"}])";
  }
  void reject(const std::string& id, const Origin& from = origin(),
              const std::string& why = reasons()) {
    ledger_->reject({from, id, why}, run_, now_);
  }
  void exclude(const std::string& id, const std::string& source = "leads") {
    ledger_->exclude(id, source, now_);
  }

  Claim all_of(std::vector<std::string> sources = {"leads"}) const {
    Claim claim;
    claim.run = run_;
    claim.sources = std::move(sources);
    return claim;
  }
  std::vector<Intent> claim(std::size_t limit = 100) {
    return ledger_->claim(all_of(), limit, now_);
  }
  // The one row that can be claimed.
  Intent claim_one() {
    auto intents = claim(2);
    if (intents.size() != 1) {
      throw std::runtime_error(std::to_string(intents.size()) + " rows to claim instead of one");
    }
    return intents.front();
  }

  // What a look settles.
  static Intent the_row(RowKey row, const std::string& id, Step step = Step::own) {
    Intent intent;
    intent.row = row;
    intent.external_id = id;
    intent.step = step;
    return intent;
  }

  static ReferralIds ids(const std::string& name) {
    return {
        "referral-" + name, "engagement-" + name, "\"etag-" + name + "\"", "organization", "New",
        "Pending"};
  }
  static Failure failure(const std::string& code = "throttled", int http_status = 429) {
    return {code, "the service said " + code, http_status, "request", "client-request"};
  }

  Settlement settlement(const Intent& intent, State state) const {
    Settlement settlement;
    settlement.row = intent.row;
    settlement.step = intent.step;
    settlement.state = state;
    settlement.at = settlement.due = now_;
    return settlement;
  }
  void created(const Intent& intent) {
    Settlement settlement = this->settlement(intent, State::synced);
    settlement.ids = ids(intent.external_id + (intent.step == Step::own ? "" : "-ms"));
    ledger_->record(settlement, run_);
  }
  // The own half of a co-sell deal.
  void created_own(const Intent& intent) {
    Settlement settlement = this->settlement(intent, State::synced);
    settlement.ids = ids(intent.external_id);
    ledger_->record(settlement, run_);
  }
  void failed(const Intent& intent, State state, std::chrono::milliseconds wait = 0ms,
              const Failure& why = failure()) {
    Settlement settlement = this->settlement(intent, state);
    settlement.due += wait;
    settlement.failure = why;
    ledger_->record(settlement, run_);
  }
  // In doubt, and not found by looking: pending again.
  void not_found(const Intent& intent) {
    failed(intent, State::in_doubt, 0ms, failure("http-503", 503));
    Settlement settlement = this->settlement(intent, State::pending);
    ledger_->record(settlement, run_);
  }
  // A look for Microsoft's referral finds none: it is to be asked for.
  void looked_in_vain(const std::string& id) {
    const auto row = ledger_->find(id)->row;
    ledger_->record(settlement(the_row(row, id, Step::microsoft), State::pending), run_);
  }
  void never_left(const Intent& intent) {
    Settlement settlement = this->settlement(intent, State::pending);
    settlement.counts = false;
    ledger_->record(settlement, run_);
  }

  static std::string patch_to(const std::string& now) {
    return R"([{"op":"replace","path":"/name","value":")" + now + R"("}])";
  }
  // What a row whose referral has `content` and whose export says `now` asks for.
  static Change change_to(const std::string& now, const std::string& deal = "private") {
    Change change;
    change.deal = deal;
    change.co_sell = deal == "co-sell";
    change.patch = patch_to(now);
    change.fingerprint = desired("", now, deal).fingerprint;
    change.base = desired("").fingerprint;
    return change;
  }
  // The same for a deal that Microsoft is to be invited to, now that it exists.
  static Change upgrade_to(const std::string& now) {
    Change upgrade = change_to(now, "co-sell");
    upgrade.patch.clear();
    upgrade.microsoft_body = "for microsoft";
    upgrade.invitation = "{}";
    return upgrade;
  }
  Verdict change(const std::string& id, const Change& change) {
    const auto verdict = ledger_->change(view(id).row, change, origin(3), now_).verdict;
    ledger_->release_changes("leads", now_);
    return verdict;
  }
  Recorded updated(const Intent& intent, Updated what = {}) {
    Settlement settlement = this->settlement(intent, State::synced);
    settlement.ids = ids(intent.external_id);
    settlement.ids->etag = "\"newer\"";
    if (what.base.empty()) what.base = desired("", "new").fingerprint;
    settlement.updated = what;
    return ledger_->record(settlement, run_);
  }

  // A row in that state.
  void given(State state, const std::string& id) {
    if (state == State::rejected) return reject(id);
    offer(id);
    if (state == State::pending) return;
    const Intent intent = claim_one();
    if (state == State::sending) return;
    if (state == State::synced) return created(intent);
    if (state == State::closed) {
      Settlement settlement = this->settlement(intent, State::closed);
      settlement.ids = ids(id);
      ledger_->record(settlement, run_);
      return;
    }
    failed(intent, state, 0ms, failure("invalid-country", 400));
  }
  // A co-sell row whose own referral exists.
  void given_half(const std::string& id, const std::string& content = "content") {
    offer(id, content, "co-sell");
    created_own(claim_one());
  }

  RowView view(const std::string& id) {
    auto view = ledger_->find(id);
    if (!view) throw std::runtime_error("no row " + id);
    return *view;
  }
  bool knows(const std::string& id) { return ledger_->find(id).has_value(); }
  State state(const std::string& id) { return view(id).state; }
  std::vector<RejectView> rejects() {
    std::vector<RejectView> found;
    ledger_->rejects(std::nullopt, std::nullopt,
                     [&](const RejectView& reject) { found.push_back(reject); });
    return found;
  }

 private:
  std::unique_ptr<Ledger> ledger_;
  Timestamp now_{1'795'000'000'000ms};
  RunId run_ = 0;
};

}  // namespace referrald::persistence
