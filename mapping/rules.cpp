#include "mapping/rules.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "mapping/char_set.hpp"
#include "mapping/list_rules.hpp"
#include "mapping/names.hpp"

namespace referrald::mapping {
namespace {

constexpr std::size_t most_elements = 50;

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

const Value* find(const Value* parent, std::string_view name) {
  return parent == nullptr ? nullptr : parent->find(name);
}

// A mail address: something, one @, a domain; no blanks or control characters, and no "mailto:".
bool is_email(std::string_view text) {
  const auto at = text.find('@');
  static constexpr CharSet outside(",:;<>\"");
  const bool clean = !outside.any_in(text) && !has_blank(text);
  if (!clean || at == 0 || at == std::string_view::npos) return false;
  const auto domain = text.substr(at + 1);
  return !domain.empty() && domain.find('@') == std::string_view::npos && domain.front() != '.' &&
         domain.back() != '.' && domain.find("..") == std::string_view::npos;
}

bool is_duns(std::string_view text) {
  return text.size() == 9 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Microsoft's connectors put a mark on a name in the CRM; which one, and where, has varied.
bool has_connector_mark(std::string_view name) {
  constexpr std::string_view emoji = "\uFE0F";  // may follow a mark
  if (name.ends_with(emoji)) name.remove_suffix(emoji.size());
  constexpr std::string_view marks[] = {"\u2713", "\u2714", "\u2705", "\u2715",
                                        "\u2716", "\u2717", "\u2718", "\u274C"};
  constexpr std::size_t size = 3;
  constexpr char begin = '\xE2';
  static_assert(std::ranges::all_of(
      marks, [](std::string_view mark) { return mark.size() == size && mark.front() == begin; }));
  if (name.size() < size) return false;
  if (name.front() != begin && name[name.size() - size] != begin) return false;
  return std::ranges::any_of(
      marks, [&](std::string_view mark) { return name.starts_with(mark) || name.ends_with(mark); });
}

bool complete_person(const Value& person) {
  for (const char* member : {"firstName", "lastName", "phoneNumber", "email"})
    if (person.find(member) == nullptr) return false;
  return true;
}

class Check {
 public:
  Check(const Value& referral, const Value& invitation, Deal deal, RuleContext& context)
      : referral_(referral),
        invitation_(invitation),
        deal_(deal),
        context_(context),
        customer_(referral.find("customerProfile")),
        details_(referral.find("details")),
        consent_(referral.find("consent")),
        requirements_(find(details_, "requirements")),
        solutions_(find(requirements_, "solutions")),
        contacts_(find(customer_, "team")),
        sellers_(referral.find("team")) {}

  void run() {
    required();
    numbers();
    lists();
    if (deal_ == Deal::co_sell) co_sell();
    portal();
    qualification();
    duns();
    connector_mark();
    lengths();
  }

 private:
  void report(Code code, std::string_view member, std::string_view value,
              std::string_view message) {
    mapping::report(context_, code, member, value, message);
  }

  // Reports a member that is not there, unless it is known why.
  void need(const Value* value, Code code, std::string_view member) {
    if (value != nullptr || context_.failed(member)) return;
    if (code == Code::required_member)
      report(code, member, {}, fmt::format("{} is missing; the API requires it", member));
    else
      report(code, member, {}, rule(code).cause);
  }

  void required() {
    need(referral_.find("externalReferenceId"), Code::missing_external_id, "externalReferenceId");
    need(customer_, Code::required_member, "customerProfile");
    need(details_, Code::required_member, "details");
    need(find(consent_, "consentToToShareInfoWithOthers"), Code::required_member,
         "consent/consentToToShareInfoWithOthers");
    need(find(consent_, "consentToContact"), Code::required_member, "consent/consentToContact");
  }

  void number(const Value* value, std::string_view member) {
    if (value == nullptr || value->number() == nullptr) return;
    const std::string& text = value->number()->text;
    const bool negative = text.starts_with('-');
    if (negative)
      report(Code::negative_value, member, text, fmt::format("{} is below zero: {}", member, text));
    const std::string_view digits = std::string_view(text).substr(negative ? 1 : 0);
    const std::size_t whole = std::min(digits.find('.'), digits.size());
    if (whole > 15 || digits.size() > 29)
      report(Code::value_too_large, member, text,
             fmt::format("{} has too many digits: {}", member, text));
  }

  void numbers() {
    number(find(details_, "dealValue"), "details/dealValue");
    const List& solutions = elements_of(solutions_);
    for (std::size_t i = 0; i < solutions.size(); ++i)
      for (const char* name : {"price", "quantity"})
        if (const Value* value = solutions[i].find(name))
          number(value, fmt::format("details/requirements/solutions/{}/{}", i, name));
  }

  void ids(const Value* list, std::string_view path, std::initializer_list<const char*> names) {
    const List& all = elements_of(list);
    for (std::size_t i = 0; i < all.size(); ++i)
      for (const char* name : names)
        if (all[i].find(name) == nullptr)
          need(nullptr, Code::required_member, fmt::format("{}/{}/{}", path, i, name));
  }

  void limit(const Value* list, Code code, std::string_view path) {
    const auto size = elements_of(list).size();
    if (size > most_elements)
      report(code, path, std::to_string(size),
             fmt::format("{} has {} elements, and {} are allowed", path, size, most_elements));
  }

  void lists() {
    ids(solutions_, "details/requirements/solutions", {"id"});
    ids(find(requirements_, "industries"), "details/requirements/industries", {"id"});
    ids(find(requirements_, "products"), "details/requirements/products", {"id"});
    ids(find(requirements_, "services"), "details/requirements/services", {"id"});
    ids(find(find(requirements_, "additionalRequirements"), "attributes"),
        "details/requirements/additionalRequirements/attributes", {"type", "id"});
    ids(find(customer_, "ids"), "customerProfile/ids", {"profileType", "id"});
    ids(referral_.find("target"), "target", {"type", "id"});
    limit(solutions_, Code::too_many_solutions, "details/requirements/solutions");
    limit(sellers_, Code::too_many_team_members, "team");
    limit(contacts_, Code::too_many_team_members, "customerProfile/team");
  }

  void emails(const Value* team, std::string_view path) {
    const List& people = elements_of(team);
    for (std::size_t i = 0; i < people.size(); ++i) {
      const Value* email = people[i].find("email");
      if (email == nullptr || email->string() == nullptr || is_email(*email->string())) continue;
      report(Code::bad_email, fmt::format("{}/{}/email", path, i), *email->string(),
             fmt::format("\"{}\" is no mail address", *email->string()));
    }
  }

  void co_sell() {
    need(contacts_, Code::co_sell_contact_missing, "customerProfile/team");
    const List& contacts = elements_of(contacts_);
    if (!contacts.empty() && std::ranges::none_of(contacts, complete_person))
      need(nullptr, Code::portal_contact, "customerProfile/team");
    const Value* help = invitation_.find("assistanceRequestCode");
    need(help, Code::portal_help, "invitation/assistanceRequestCode");
    if (help != nullptr && help->string() != nullptr && *help->string() == "Unknown")
      report(Code::portal_help, "invitation/assistanceRequestCode", *help->string(),
             "the help wanted is Unknown, which means none");
  }

  void portal() {
    emails(contacts_, "customerProfile/team");
    emails(sellers_, "team");
    const Value* address = find(customer_, "address");
    need(referral_.find("name"), Code::portal_name, "name");
    need(find(customer_, "name"), Code::portal_customer_name, "customerProfile/name");
    need(find(address, "addressLine1"), Code::portal_address_line,
         "customerProfile/address/addressLine1");
    need(find(address, "city"), Code::portal_city, "customerProfile/address/city");
    need(find(address, "country"), Code::portal_country, "customerProfile/address/country");
    need(find(details_, "dealValue"), Code::portal_deal_value, "details/dealValue");
    need(find(details_, "currency"), Code::portal_currency, "details/currency");
    need(find(details_, "closingDateTime"), Code::portal_closing_date, "details/closingDateTime");
    need(solutions_, Code::portal_solution, "details/requirements/solutions");
    if (!has_marketplace_intent())
      need(nullptr, Code::portal_marketplace_intent,
           "details/requirements/additionalRequirements/attributes");
    if (std::ranges::none_of(elements_of(sellers_), complete_person))
      need(nullptr, Code::portal_seller, "team");
    for (const char* name : {"consentToToShareInfoWithOthers", "consentToContact"}) {
      const Value* given = find(consent_, name);
      if (given != nullptr && given->boolean() != nullptr && !*given->boolean())
        report(Code::consent_not_given, fmt::format("consent/{}", name), "false",
               fmt::format("{} is false", name));
    }
  }

  bool has_marketplace_intent() const {
    const List& attributes =
        elements_of(find(find(requirements_, "additionalRequirements"), "attributes"));
    return std::ranges::any_of(attributes, [](const Value& attribute) {
      const Value* type = attribute.find("type");
      return type != nullptr && type->string() != nullptr &&
             *type->string() == "CustomerMarketplaceIntent" && attribute.find("id") != nullptr;
    });
  }

  void qualification() {
    const Value* value = referral_.find("qualification");
    if (value == nullptr || value->string() == nullptr) return;
    const std::string& text = *value->string();
    if (text == "Direct" || text == "MarketingQualified")
      report(Code::portal_qualification, "qualification", text,
             fmt::format("the qualification is {}", text));
  }

  void duns() {
    const List& ids = elements_of(find(customer_, "ids"));
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const Value* type = ids[i].find("profileType");
      const Value* id = ids[i].find("id");
      if (type == nullptr || type->string() == nullptr || *type->string() != "Duns") continue;
      if (id == nullptr || id->string() == nullptr || is_duns(*id->string())) continue;
      report(Code::bad_duns, fmt::format("customerProfile/ids/{}/id", i), *id->string(),
             fmt::format("\"{}\" does not have nine digits", *id->string()));
    }
  }

  void connector_mark() {
    const Value* name = referral_.find("name");
    if (name != nullptr && name->string() != nullptr && has_connector_mark(*name->string()))
      report(Code::connector_mark, "name", *name->string(),
             "the name has a check or cross mark at its end or beginning");
  }

  void length(const Value* value, std::size_t most, Code code, std::string_view member) {
    if (value == nullptr || value->string() == nullptr || value->string()->size() <= most) return;
    const auto length = code_points(*value->string());
    if (length > most)
      report(code, member, *value->string(), fmt::format("{} has {} characters", member, length));
  }

  void lengths() {
    length(referral_.find("name"), 200, Code::long_name, "name");
    length(referral_.find("externalReferenceId"), 100, Code::long_external_id,
           "externalReferenceId");
    length(find(details_, "notes"), 4000, Code::long_notes, "details/notes");
    length(invitation_.find("notes"), 4000, Code::long_notes, "invitation/notes");
  }

  const Value& referral_;
  const Value& invitation_;
  Deal deal_;
  RuleContext& context_;
  const Value* customer_;
  const Value* details_;
  const Value* consent_;
  const Value* requirements_;
  const Value* solutions_;
  const Value* contacts_;
  const Value* sellers_;
};

}  // namespace

void check_rules(const Value& referral, const Value& invitation, Deal deal, const CodeLists& lists,
                 RuleContext& context) {
  Check(referral, invitation, deal, context).run();
  check_lists(referral, lists, context);
}

}  // namespace referrald::mapping
