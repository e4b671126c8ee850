#include "mapping/list_rules.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "mapping/readers/ascii.hpp"

namespace referrald::mapping {
namespace {

// A list whose codes stand in a member, the rule for others, and how they are called.
struct Listed {
  ListId list;
  Code code;
  std::string_view what;
};

struct ListedTag {
  std::string_view member;
  Listed listed;
};
constexpr ListedTag tags[] = {
    {"products", {ListId::products, Code::unknown_product, "product"}},
    {"services", {ListId::services, Code::unknown_service, "service"}},
    {"industries", {ListId::industries, Code::unknown_industry, "industry"}},
};

// By the attribute's type.
constexpr ListedTag attributes[] = {
    {"CustomerMarketplaceIntent",
     {ListId::marketplace_intents, Code::unknown_marketplace_intent, "marketplace intent"}},
    {"SolutionArea", {ListId::solution_areas, Code::unknown_solution_area, "solution area"}},
    {"SolutionPlay", {ListId::solution_plays, Code::unknown_solution_play, "solution play"}},
};

constexpr Listed category{ListId::solutions, Code::unknown_solution, "category of solutions"};
constexpr Listed stage{ListId::sales_stages, Code::unknown_sales_stage, "sales stage"};

const std::string* text_at(const Value& object, std::string_view member) {
  const Value* value = object.find(member);
  return value == nullptr ? nullptr : value->string();
}

bool is_letter_or_digit(char c) {
  return is_letter(c) || is_digit(c);
}

// SOL-34104-EBB. How long its parts are is not published.
bool is_solution_id(std::string_view id) {
  constexpr std::string_view prefix = "SOL-";
  if (id.size() <= prefix.size() || to_upper(id.substr(0, prefix.size())) != prefix) return false;
  const auto rest = id.substr(prefix.size());
  return is_letter_or_digit(rest.front()) && is_letter_or_digit(rest.back()) &&
         std::ranges::all_of(rest, [](char c) { return c == '-' || is_letter_or_digit(c); });
}

// A solution of Microsoft's own.
bool is_guid(std::string_view id) {
  if (id.size() != 36) return false;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = id[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (hyphen ? c != '-' : !hex) return false;
  }
  return true;
}

// A member of a list's element; its path is made when something is to be said of it.
struct Place {
  std::string_view list;  // under details/requirements
  std::size_t element = 0;
  std::string_view member;

  std::string path() const {
    return fmt::format("details/requirements/{}/{}/{}", list, element, member);
  }
};

class ListCheck {
 public:
  ListCheck(const Value& referral, const CodeLists& lists, RuleContext& context)
      : referral_(referral), lists_(lists), context_(context) {
    const Value* details = referral.find("details");
    if (details != nullptr) requirements_ = details->find("requirements");
    if (requirements_ != nullptr) solutions_ = requirements_->find("solutions");
  }

  void run() {
    if (requirements_ != nullptr) {
      for (const auto& [member, listed] : tags) {
        const List& all = elements_of(requirements_->find(member));
        for (std::size_t i = 0; i < all.size(); ++i)
          check(listed, text_at(all[i], "id"), Place{member, i, "id"});
      }
      solutions(elements_of(solutions_));
      if (const Value* more = requirements_->find("additionalRequirements"))
        all_attributes(elements_of(more->find("attributes")));
    }
    targets(elements_of(referral_.find("target")));
    if (const std::string* id = text_at(referral_, "salesStage"); !is_listed(stage, id))
      unlisted(stage, *id, "salesStage");
  }

 private:
  void report(Code code, const std::string& member, std::string_view value,
              std::string_view message, std::string_view advice = {}) {
    std::string remedy;
    if (!advice.empty()) remedy = fmt::format("{} {}", advice, rule(code).remedy);
    mapping::report(context_, code, member, value, message, remedy);
  }

  // Or absent, or of a list that nobody has given.
  bool is_listed(const Listed& listed, const std::string* id) const {
    const CodeList& list = lists_[listed.list];
    return id == nullptr || list.empty() || list.has(*id);
  }

  void check(const Listed& listed, const std::string* id, const Place& place) {
    if (!is_listed(listed, id)) unlisted(listed, *id, place.path());
  }

  void unlisted(const Listed& listed, const std::string& id, const std::string& member) {
    const auto near = lists_[listed.list].nearest(id);
    report(listed.code, member, id,
           fmt::format("\"{}\" is no {} in the list {}", id, listed.what, to_string(listed.list)),
           near ? fmt::format("If {} is meant, write that.", *near) : std::string{});
  }

  void solutions(const List& all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto place = [&](std::string_view member) { return Place{"solutions", i, member}; };
      const std::string* type = text_at(all[i], "type");
      const std::string* id = text_at(all[i], "id");
      if (type == nullptr)
        missing(Code::portal_solution_type, place("type"), "the solution has no type");
      else if (*type == "Category")
        check(category, id, place("id"));
      else if (*type == "Name" && !is_named(id))
        not_named(*id, place("id").path());
      if (all[i].find("price") != nullptr && all[i].find("currency") == nullptr)
        missing(Code::portal_solution_price, place("currency"),
                "the solution has a price without a currency");
    }
  }

  void missing(Code code, const Place& place, std::string_view message) {
    const std::string member = place.path();
    if (!context_.failed(member)) report(code, member, {}, message);
  }

  static bool is_named(const std::string* id) {
    return id == nullptr || is_solution_id(*id) || is_guid(*id);
  }

  void not_named(const std::string& id, const std::string& member) {
    const bool is_category = lists_[ListId::solutions].has(id);
    report(Code::bad_solution_id, member, id,
           fmt::format("\"{}\" is neither an id such as SOL-34104-EBB nor a GUID", id),
           is_category ? "This is a category: write `type: Category`, or name a solution." : "");
  }

  // One that repeats a solution of the deal, as `deal` makes it, is not reported once more.
  void targets(const List& all) {
    const List& solutions = elements_of(solutions_);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::string* type = text_at(all[i], "type");
      const std::string* id = text_at(all[i], "id");
      if (type == nullptr || *type != "SolutionProfile" || id == nullptr) continue;
      const bool repeats = std::ranges::any_of(solutions, [&](const Value& solution) {
        const std::string* same = text_at(solution, "id");
        return same != nullptr && *same == *id;
      });
      if (!repeats && !is_named(id)) not_named(*id, fmt::format("target/{}/id", i));
    }
  }

  void all_attributes(const List& all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::string* type = text_at(all[i], "type");
      const auto* known =
          type == nullptr ? nullptr : std::ranges::find(attributes, *type, &ListedTag::member);
      if (known != nullptr && known != std::end(attributes))
        check(known->listed, text_at(all[i], "id"),
              Place{"additionalRequirements/attributes", i, "id"});
    }
  }

  const Value& referral_;
  const CodeLists& lists_;
  RuleContext& context_;
  const Value* requirements_ = nullptr;
  const Value* solutions_ = nullptr;
};

}  // namespace

void check_lists(const Value& referral, const CodeLists& lists, RuleContext& context) {
  ListCheck(referral, lists, context).run();
}

}  // namespace referrald::mapping
