#include <algorithm>

#include <fmt/format.h>

#include "mapping/amount.hpp"
#include "mapping/currencies.hpp"
#include "mapping/damaged_cell.hpp"
#include "mapping/deal.hpp"
#include "mapping/plan.hpp"
#include "mapping/readers/utf8.hpp"
#include "mapping/status.hpp"

namespace referrald::mapping {
namespace {

constexpr std::string_view invitation_prefix = "invitation/";

// Collects a row's reasons and warnings.
class RowReport : public FaultSink, public RuleContext {
 public:
  explicit RowReport(const Plan& plan) : plan_(plan) {}

  void fault(Code code, std::string member, std::string column, std::string value,
             std::string message, std::string remedy) override {
    member.insert(0, prefix_);
    fail(code, std::move(member), std::move(column), std::move(value), std::move(message),
         std::move(remedy));
  }

  void moved(const MovedElement& element) override { moved_.push_back(element); }

  // A cell that `include` and several members take and none can read is one reason, of the first
  // member.
  void fail(Code code, std::string member, std::string column, std::string value,
            std::string message, std::string remedy = {}) {
    failed_.push_back(member);
    Reason reason = make_reason(code, std::move(member), std::move(column), std::move(value),
                                std::move(message), std::move(remedy));
    const auto same = std::ranges::find_if(reasons, [&](const Reason& one) {
      return !one.column.empty() && one.code == reason.code && one.column == reason.column &&
             one.value == reason.value && one.message == reason.message;
    });
    if (same == reasons.end())
      reasons.push_back(std::move(reason));
    else if (same->member.empty())
      same->member = std::move(reason.member);
  }

  bool failed(std::string_view member) const override {
    return std::ranges::any_of(failed_, [&](const std::string& one) {
      return one.starts_with(member) && (one.size() == member.size() || one[member.size()] == '/');
    });
  }

  std::string columns(std::string_view member) const override {
    const bool invited = member.starts_with(invitation_prefix);
    if (invited && !plan_.invitation) return {};
    const Node& root = invited ? *plan_.invitation : plan_.referral;
    if (invited) member.remove_prefix(invitation_prefix.size());
    const Node* node = node_at(root, member, moved_);
    return node == nullptr ? std::string{} : columns_of(*node, plan_.columns);
  }

  bool rejects(Strength strength) const override {
    return strength == Strength::reject || plan_.strict;
  }
  void reject(Reason reason) override { reasons.push_back(std::move(reason)); }
  void warn(Code code) override { warnings.push_back(rule(code).name); }

  void in_invitation() { prefix_ = invitation_prefix; }

  std::vector<Reason> reasons;
  std::vector<std::string_view> warnings;  // codes

 private:
  const Plan& plan_;
  std::string prefix_;
  std::vector<std::string> failed_;
  std::vector<MovedElement> moved_;
};

std::optional<Deal> deal_of(const Plan& plan, const RowCells& row, RowReport& report) {
  if (plan.fixed_deal) return plan.fixed_deal;
  Scalar scalar;
  std::vector<Template::Fault> faults;
  plan.deal.evaluate(row.cells, row.settings, scalar, faults);
  for (auto& fault : faults)
    report.fail(fault.failure.code, "deal", plan.columns.names()[fault.column],
                std::move(fault.failure.value), std::move(fault.failure.message),
                std::move(fault.failure.remedy));
  if (!faults.empty()) return std::nullopt;
  const auto deal = parse_deal(scalar.text);
  if (!deal)
    report.fail(Code::bad_deal, "deal", plan.deal.columns(plan.columns), std::string(scalar.text),
                scalar.text.empty()
                    ? "the deal type is blank"
                    : fmt::format("\"{}\" is none of private, partner-led, co-sell", scalar.text));
  return deal;
}

std::string id_in(const Value& referral) {
  const Value* id = referral.find("externalReferenceId");
  return id != nullptr && id->string() != nullptr ? *id->string() : std::string{};
}

// By the cells, since filters and text around them may hide it. True when there is one.
bool find_shortened_id(const Plan& plan, const RowCells& row, RowReport& report) {
  const Node* id = plan.referral.find("externalReferenceId");
  if (id == nullptr) return false;
  for (const auto column : id->text.placeholders()) {
    if (!is_shortened_number(row.cells[column])) continue;
    const std::string text(row.cells[column].text);
    report.fail(Code::shortened_id, "externalReferenceId", plan.columns.names()[column], text,
                fmt::format("\"{}\" is what a spreadsheet program makes of a long number", text));
    return true;
  }
  return false;
}

// Euros taken for dollars are no error anybody would see.
void compare_currency(const Plan& plan, const RowCells& row, const Value& referral,
                      RowReport& report) {
  const Value* currency = referral.at("details/currency");
  if (currency == nullptr || currency->string() == nullptr) return;
  const Node* value = node_at(plan.referral, "details/dealValue");
  if (value == nullptr || referral.at("details/dealValue") == nullptr) return;
  for (const auto column : value->text.filled_columns(row.cells)) {
    const Cell& cell = row.cells[column];
    if (cell.type != CellType::text ||
        cell.text.find_first_not_of("0123456789.,- ") == std::string_view::npos)
      continue;
    const auto sign = read_amount(cell.text, row.settings.numbers).currency;
    if (sign.empty() || may_mean(sign, *currency->string())) continue;
    report.fail(
        Code::currency_mismatch, "details/dealValue", plan.columns.names()[column],
        std::string(cell.text),
        fmt::format("the amount is in {}, and details/currency is {}", sign, *currency->string()));
  }
}

class Discard : public FaultSink {
  void fault(Code, std::string, std::string, std::string, std::string, std::string) override {}
  void moved(const MovedElement&) override {}
};

}  // namespace

namespace {

bool is_usable(std::string_view id) {
  return first_invalid_utf8(id) == std::string_view::npos && id.find('\0') == std::string::npos;
}

}  // namespace

std::string id_of_cell(const Cell& cell) {
  const bool error = cell.type == CellType::text && is_spreadsheet_error(cell.text);
  return error || !is_usable(cell.text) ? std::string{} : std::string(cell.text);
}

std::string external_id(const Plan& plan, std::span<const Cell> cells) {
  const Node* node = plan.referral.find("externalReferenceId");
  if (node == nullptr) return {};
  Discard faults;
  bool filled = false;
  Value value;
  evaluate(*node, {cells, plan.settings, plan.columns}, faults, filled, value);
  const std::string* id = value.string();
  return id != nullptr && is_usable(*id) ? *id : std::string{};
}

namespace {

// Whether it can be sent. `mapped` may be another row's.
bool map_into(const Plan& plan, const RowCells& row, RowReport& report, Mapped& mapped) {
  report.warnings = std::move(mapped.warnings);
  report.warnings.clear();
  const auto deal = deal_of(plan, row, report);
  bool filled = false;
  evaluate(plan.referral, row, report, filled, mapped.referral);
  if (mapped.referral.absent()) mapped.referral.is = Object{};
  // What is left of the id is that of several records, and each of them is a rejection of its own.
  mapped.external_id.clear();
  if (!find_shortened_id(plan, row, report)) mapped.external_id = id_in(mapped.referral);
  if (deal == Deal::co_sell && plan.invitation) {
    report.in_invitation();
    evaluate(*plan.invitation, row, report, filled, mapped.invitation);
  } else {
    mapped.invitation = {};
  }
  compare_currency(plan, row, mapped.referral, report);
  apply_status(mapped.referral, report);
  if (deal) {
    mapped.deal = *deal;
    apply_deal(*deal, mapped.referral, report);
  }
  check_rules(mapped.referral, mapped.invitation, deal.value_or(Deal::private_),
              plan.settings.lists, report);
  mapped.warnings = std::move(report.warnings);
  return report.reasons.empty();
}

}  // namespace

void map_row(const Plan& plan, std::span<const Cell> cells, Outcome& out) {
  std::vector<Template::Fault> undecided;
  if (!all_hold(plan.include, cells, plan.settings, undecided)) {
    out = Excluded{external_id(plan, cells), false};
    return;
  }
  RowReport report(plan);
  for (auto& [column, failure] : undecided)
    report.fail(failure.code, {}, plan.columns.names()[column], std::move(failure.value),
                std::move(failure.message), std::move(failure.remedy));
  if (!std::holds_alternative<Mapped>(out)) out.emplace<Mapped>();
  auto& mapped = std::get<Mapped>(out);
  if (!map_into(plan, {cells, plan.settings, plan.columns}, report, mapped))
    out = Rejected{std::move(mapped.external_id), std::move(report.reasons)};
}

}  // namespace referrald::mapping
