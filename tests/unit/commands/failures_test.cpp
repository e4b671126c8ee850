// Whatever the code can fail with is explained. Where an enumeration grows, a switch below does not
// compile until its new member is listed.
#include "daemon/failures.hpp"

#include <set>

#include <gmock/gmock.h>

#include "daemon/remedies.hpp"
#include "daemon/submission/decision.hpp"
#include "daemon/submission/failure_codes.hpp"
#include "daemon/sync/halt_reason.hpp"

namespace referrald {
namespace {

using persistence::Step;
using submission::Answer;
using submission::Decision;
using submission::Halt;
using Trouble = submission::Exchange::Trouble;
using LedgerKind = persistence::LedgerError::Kind;

constexpr Halt last(Halt halt) {
  switch (halt) {
    case Halt::none:
    case Halt::draining:
    case Halt::budget:
    case Halt::not_authorised:
    case Halt::unavailable:
    case Halt::wrong_url:
    case Halt::storage_full:
    case Halt::strangers:
    case Halt::cannot_store:
      break;
  }
  return Halt::cannot_store;
}

constexpr Trouble last(Trouble trouble) {
  switch (trouble) {
    case Trouble::none:
    case Trouble::resolve:
    case Trouble::connect:
    case Trouble::tls:
    case Trouble::timeout:
    case Trouble::closed:
    case Trouble::unreadable:
    case Trouble::proxy:
      break;
  }
  return Trouble::proxy;
}

constexpr LedgerKind last(LedgerKind kind) {
  switch (kind) {
    case LedgerKind::cannot_write:
    case LedgerKind::cannot_read:
    case LedgerKind::damaged:
    case LedgerKind::newer:
    case LedgerKind::held:
    case LedgerKind::other_tenant:
      break;
  }
  return LedgerKind::other_tenant;
}

template <typename Enum>
std::vector<Enum> all_of() {
  std::vector<Enum> all;
  for (int i = 0; i <= static_cast<int>(last(Enum{})); ++i) all.push_back(static_cast<Enum>(i));
  return all;
}

// The codes of 7.1 and one that nobody knows; "" answers without a body.
constexpr std::string_view answered_codes[] = {"",
                                               "accessDenied",
                                               "generalException",
                                               "invalidRequest",
                                               "itemNotFound",
                                               "preconditionFailed",
                                               "resourceModified",
                                               "serviceNotAvailable",
                                               "unauthenticated",
                                               "unAuthorized",
                                               "somethingNew"};

Answer answered(int status, std::string_view code) {
  Answer answer;
  answer.kind = Answer::Kind::answered;
  answer.response.status = status;
  if (!code.empty())
    answer.response.body = R"({"error":{"code":")" + std::string(code) + R"(","message":"m"}})";
  return answer;
}

std::vector<Answer> all_answers() {
  std::vector<Answer> answers;
  for (const auto kind : {Answer::Kind::not_sent, Answer::Kind::unknown})
    for (const Trouble trouble : all_of<Trouble>()) {
      Answer answer;
      answer.kind = kind;
      answer.trouble = trouble;
      answers.push_back(answer);
    }
  for (int status = 200; status < 600; ++status)
    for (const std::string_view code : answered_codes) answers.push_back(answered(status, code));
  return answers;
}

std::vector<Decision> all_decisions() {
  std::vector<Decision> decisions;
  for (const Answer& answer : all_answers()) {
    for (const bool last_attempt : {false, true}) {
      decisions.push_back(submission::decide(Step::own, false, answer, last_attempt));
      decisions.push_back(submission::decide(Step::own, true, answer, last_attempt));
      decisions.push_back(submission::decide(Step::microsoft, true, answer, last_attempt));
    }
    decisions.push_back(submission::decide_update(answer));
  }
  persistence::Doubt doubt;
  doubt.http_status = 409;
  decisions.push_back(submission::decide_not_found(doubt, 1, 1).value());
  return decisions;
}

bool is_ours(std::string_view code) {
  const auto& ours = submission::failure_code::all;
  return std::ranges::find(ours, code) != std::end(ours);
}

bool is_answered(std::string_view code) {
  return code.starts_with("http-") ||
         std::ranges::find(answered_codes, code) != std::end(answered_codes);
}

TEST(KnownFailures, ExplainEveryCodeThatADecisionCanGive) {
  std::set<std::string> met;
  for (const Decision& decision : all_decisions())
    if (decision.failure) met.insert(decision.failure->code);
  for (const std::string& code : met) EXPECT_TRUE(is_ours(code) || is_answered(code)) << code;
  for (const std::string_view code : submission::failure_code::all) {
    EXPECT_TRUE(met.contains(std::string(code))) << code << " cannot happen";
    EXPECT_NE(find_failure(Met::row, code), nullptr) << code;
  }
  // What the ledger records for a request that a killed process left behind.
  EXPECT_NE(find_failure(Met::row, "interrupted"), nullptr);
}

TEST(KnownFailures, ExplainEveryCodeOfTheService) {
  for (const std::string_view code : answered_codes) {
    if (code.empty() || code == "somethingNew") continue;
    EXPECT_NE(find_failure(Met::service, code), nullptr) << code;
  }
}

// The reference's section 7.2, and what gateways add.
TEST(KnownFailures, ExplainEveryStatus) {
  for (const int status : {400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413,
                           415, 416, 422, 423, 429, 500, 501, 502, 503, 504, 507, 509}) {
    const auto* const entry = find_status(status);
    ASSERT_NE(entry, nullptr) << status;
    EXPECT_EQ(entry->code, std::to_string(status));
  }
  for (int status = 300; status < 600; ++status) EXPECT_NE(find_status(status), nullptr) << status;
  EXPECT_EQ(find_status(418)->code, "4xx");
  EXPECT_EQ(find_status(0), nullptr);
  EXPECT_EQ(find_status(40), nullptr);
}

template <typename Key>
bool explained(Met met, Key key) {
  return std::ranges::any_of(known_failures(), [&](const KnownFailure& entry) {
    const auto* const cause = std::get_if<Key>(&entry.cause);
    return entry.met == met && cause != nullptr && *cause == key;
  });
}

TEST(KnownFailures, ExplainEveryHaltAndEveryKindOfTheLedgersErrors) {
  for (const Halt halt : all_of<Halt>()) {
    if (halt == Halt::none) continue;
    EXPECT_TRUE(explained(Met::run, halt)) << static_cast<int>(halt);
  }
  for (const LedgerKind kind : all_of<LedgerKind>())
    EXPECT_TRUE(explained(Met::ledger, kind)) << static_cast<int>(kind);
}

TEST(KnownFailures, ExplainEveryExitCode) {
  for (const Exit exit : {Exit::ok, Exit::needs_person, Exit::stopped, Exit::usage, Exit::no_input,
                          Exit::unavailable, Exit::internal, Exit::cannot_write, Exit::cannot_read,
                          Exit::held, Exit::not_authorised, Exit::invalid}) {
    EXPECT_TRUE(explained(Met::exit, exit)) << code(exit);
    const auto* const entry = find_failure(Met::exit, std::to_string(code(exit)));
    ASSERT_NE(entry, nullptr) << code(exit);
    EXPECT_EQ(std::get<Exit>(entry->cause), exit);
    switch (exit) {
      case Exit::ok:
      case Exit::needs_person:
      case Exit::stopped:
      case Exit::usage:
      case Exit::no_input:
      case Exit::unavailable:
      case Exit::internal:
      case Exit::cannot_write:
      case Exit::cannot_read:
      case Exit::held:
      case Exit::not_authorised:
      case Exit::invalid:
        break;
    }
  }
}

// So that who searches the document for the message finds it.
TEST(KnownFailures, QuoteTheMessageOfARunThatStopped) {
  std::vector<std::pair<Halt, std::string>> messages = {
      {Halt::unavailable, sync::reason_for_throttling({8, 429, std::chrono::seconds(57)})},
      {Halt::unavailable, sync::reason_for_look({})},
      {Halt::budget, sync::reason_for_budget({})}};
  for (const Answer& answer : all_answers())
    for (const Step step : {Step::own, Step::microsoft}) {
      const Decision decision = submission::decide(step, false, answer);
      if (decision.halt != Halt::none)
        messages.emplace_back(decision.halt, sync::reason_for(decision, answer));
      if (decision.service_trouble)
        messages.emplace_back(Halt::unavailable, sync::reason_for_trouble(answer));
    }
  for (const auto& [halt, message] : messages)
    EXPECT_TRUE(std::ranges::any_of(known_failures(), [&, halt = halt,
                                                       &message = message](const auto& entry) {
      return entry.met == Met::run && entry.cause == Cause(halt) &&
             message.find(entry.code) != std::string::npos;
    })) << message;
}

TEST(KnownFailures, AreSentencesAndStandOnce) {
  std::set<std::pair<Met, std::string_view>> seen;
  for (const KnownFailure& entry : known_failures()) {
    EXPECT_TRUE(seen.emplace(entry.met, entry.code).second) << entry.code;
    EXPECT_TRUE(entry.meaning.ends_with('.')) << entry.code;
    EXPECT_TRUE(entry.remedy.ends_with('.')) << entry.code;
  }
}

}  // namespace
}  // namespace referrald
