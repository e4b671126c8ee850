#include "mapping/deal.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "mapping/names.hpp"

namespace referrald::mapping {
namespace {

constexpr std::string_view solution_prefix = "SOL-";

// `name` is a literal.
void set(Object& object, std::string_view name, Value value) {
  object.emplace_back(MemberName::fixed(name), std::move(value));
}

void apply_type(Deal deal, Value& referral, RuleContext& context) {
  const Value* given = referral.find("type");
  if (given == nullptr) {
    if (!context.failed("type")) set(*referral.object(), "type", {std::string(type_of(deal))});
  } else if (given->string() != nullptr && *given->string() != type_of(deal)) {
    report(context, Code::deal_contradiction, "type", *given->string(),
           fmt::format("type is {}, and a {} deal is {}", *given->string(), to_string(deal),
                       type_of(deal)));
  }
}

void apply_consent(Deal deal, Value& referral, RuleContext& context) {
  static const std::string member = fmt::format("consent/{}", sellers_consent);
  Value* consent = referral.find("consent");
  if (consent == nullptr) {
    set(*referral.object(), "consent", {Object{}});
    consent = &referral.object()->back().value;
  }
  const Value* given = consent->find(sellers_consent);
  if (given == nullptr) {
    if (!context.failed(member))
      set(*consent->object(), sellers_consent, {shared_with_sellers(deal)});
  } else if (given->boolean() != nullptr && *given->boolean() != shared_with_sellers(deal)) {
    const char* value = *given->boolean() ? "true" : "false";
    report(context, Code::deal_contradiction, member, value,
           fmt::format("{} is {}, and a {} deal has {}", sellers_consent, value, to_string(deal),
                       shared_with_sellers(deal)));
  }
}

const std::string* text_of(const Value& object, std::string_view member) {
  const Value* value = object.find(member);
  return value == nullptr ? nullptr : value->string();
}

// The first co-sell ready solution among the deal's.
const std::string* first_solution(const Value& referral) {
  const Value* solutions = referral.at("details/requirements/solutions");
  if (solutions == nullptr || solutions->list() == nullptr) return nullptr;
  for (const Value& solution : *solutions->list())
    if (const std::string* id = text_of(solution, "id"))
      if (to_upper(std::string_view(*id).substr(0, solution_prefix.size())) == solution_prefix)
        return id;
  return nullptr;
}

void check_target(const Value& target, RuleContext& context) {
  if (target.list() == nullptr) return;
  for (const Value& element : *target.list()) {
    const std::string* id = text_of(element, "id");
    if (id == nullptr) continue;
    const std::string lower = to_lower(*id);
    if (lower == "msft" || lower == "microsoft")
      report(context, Code::target_is_microsoft, "target", *id,
             fmt::format("the target of the own referral is \"{}\"", *id));
  }
}

void apply_target(Deal deal, Value& referral, RuleContext& context) {
  const Value* given = referral.find("target");
  if (deal != Deal::co_sell) {
    if (given != nullptr)
      report(context, Code::target_without_co_sell, "target", {},
             fmt::format("a {} deal has no target", to_string(deal)));
    else
      set(*referral.object(), "target", {List{}});
    return;
  }
  if (given != nullptr) {
    check_target(*given, context);
  } else if (const std::string* id = first_solution(referral)) {
    Object element;
    set(element, "type", {std::string("SolutionProfile")});
    set(element, "id", {*id});
    set(*referral.object(), "target", {List{Value{std::move(element)}}});
  } else if (!context.failed("target") && !context.failed("details/requirements/solutions")) {
    report(context, Code::co_sell_target_missing, "target", {},
           "the deal has neither a target nor a solution whose id begins with SOL-");
  }
}

}  // namespace

std::string_view to_string(Deal deal) {
  switch (deal) {
    case Deal::private_:
      return "private";
    case Deal::partner_led:
      return "partner-led";
    case Deal::co_sell:
      return "co-sell";
  }
  return "";
}

std::optional<Deal> parse_deal(std::string_view text) {
  std::string word;
  for (const char c : to_lower(text))
    if (c != '-' && c != '_' && c != ' ') word += c;
  if (word == "private") return Deal::private_;
  if (word == "partnerled") return Deal::partner_led;
  if (word == "cosell") return Deal::co_sell;
  return std::nullopt;
}

std::string_view type_of(Deal deal) {
  return deal == Deal::co_sell ? "Shared" : "Independent";
}

bool shared_with_sellers(Deal deal) {
  return deal != Deal::private_;
}

void apply_deal(Deal deal, Value& referral, RuleContext& context) {
  apply_type(deal, referral, context);
  apply_consent(deal, referral, context);
  apply_target(deal, referral, context);
}

void check_fixed_deal(Deal deal, const Node& referral, config::Problems& problems) {
  const auto contradicts = [&](const Node& node, std::string_view what) {
    problems.add(node.place,
                 fmt::format("{} contradicts `deal: {}`, which makes it {}", node.path,
                             to_string(deal), what),
                 "remove the member, or change the deal");
  };
  const Node* type = referral.find("type");
  if (type != nullptr && type->constant.string() != nullptr &&
      *type->constant.string() != type_of(deal))
    contradicts(*type, type_of(deal));
  const Node* consent = referral.find("consent");
  const Node* sellers = consent == nullptr ? nullptr : consent->find(sellers_consent);
  if (sellers != nullptr && sellers->constant.boolean() != nullptr &&
      *sellers->constant.boolean() != shared_with_sellers(deal))
    contradicts(*sellers, shared_with_sellers(deal) ? "true" : "false");
  const Node* target = referral.find("target");
  if (target != nullptr && deal != Deal::co_sell && !target->from_row && !target->children.empty())
    contradicts(*target, "empty");
}

}  // namespace referrald::mapping
