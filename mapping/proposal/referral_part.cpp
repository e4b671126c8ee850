#include "mapping/proposal/referral_part.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "mapping/company_size.hpp"
#include "mapping/damaged_cell.hpp"
#include "mapping/mapping.hpp"
#include "mapping/number.hpp"
#include "mapping/proposal/mapping_text.hpp"

namespace referrald::mapping {
namespace {

class ReferralWriter {
 public:
  ReferralWriter(const Sample& sample, const Placement& placed)
      : sample_(sample), placed_(placed) {}

  ReferralPart part() {
    find_locale();
    out_.open("referral");
    identity();
    customer();
    consent();
    details();
    seller();
    out_.close();
    part_.text = out_.text();
    return std::move(part_);
  }

 private:
  const SampleColumn* column(Role role) const { return placed_.of(role); }
  bool has(Role role) const { return column(role) != nullptr; }

  std::string in_column(Role role) const {
    return fmt::format("column \"{}\"", one_line(column(role)->name));
  }

  std::string cell(Role role, std::string_view filters = {}) const {
    return placeholder(column(role)->reference, filters);
  }

  void put(std::string_view member, Role role, std::string_view filters = {},
           std::string_view remark = {}) {
    if (has(role)) out_.member(member, cell(role, filters), remark);
  }

  void must(std::string what) { part_.must.push_back(std::move(what)); }
  void look(std::string what) { part_.look.push_back(std::move(what)); }

  void find_locale() {
    std::vector<std::string> numbers;
    for (const Role role : {Role::value, Role::employees}) {
      if (!has(role) || column(role)->typed_numbers > 0) continue;
      for (const auto& value : column(role)->values)
        if (role == Role::value || value.find_first_of(".,") != std::string::npos)
          numbers.push_back(value);
    }
    const auto& countries =
        has(Role::country) ? column(Role::country)->values : std::vector<std::string>{};
    part_.locale = guess_locale(numbers, countries, sample_.format.delimiter == ';');
    if (part_.locale.thousands_or_decimals)
      look(part_.locale.locale == "de-DE"
               ? "format: locale: numbers such as 1.500 or 1,500 may be thousands or decimals, and "
                 "no "
                 "number looked at tells. Since ; stands between the cells, de-DE was written: it "
                 "takes 1.500 for thousands and rejects 1,500; write en-US if it is the other way "
                 "round."
               : "format: locale: numbers such as 1.500 or 1,500 may be thousands or decimals, and "
                 "no "
                 "number looked at tells. en-US takes 1,500 for thousands and rejects 1.500; write "
                 "de-DE if it is the other way round.");
    else if (part_.locale.ambiguous > 0)
      look(
          fmt::format("format: locale: numbers such as 1.234 or 1,234 may mean thousands; {} is "
                      "a guess. Rows with such numbers are rejected until it is right.",
                      part_.locale.locale));
    part_.numbers_told =
        !part_.locale.thousands_or_decimals && std::ranges::any_of(numbers, [](const auto& text) {
          return text.find_first_of(".,") != std::string::npos;
        });
  }

  void identity() {
    out_.remark("The record's id. It ties the referral to the record for ever: never map a column");
    out_.remark("that changes. Another id is another referral.");
    if (has(Role::id)) {
      out_.member("externalReferenceId", cell(Role::id, placed_.id_filters));
      warn_of_short_ids();
      if (placed_.id_is_guessed)
        look(
            fmt::format("externalReferenceId: {} was taken because it differs in every row looked "
                        "at. Is it the record's id in the CRM, and does it never change?",
                        in_column(Role::id)));
      warn_of_refused_ids();
      if (placed_.other_id != nullptr)
        look(
            fmt::format("externalReferenceId: {} was taken; column \"{}\" differs in every row "
                        "looked at as well. Which of the two is the record's id in the CRM?",
                        in_column(Role::id), one_line(placed_.other_id->name)));
      if (!column(Role::id)->all_different)
        look(
            fmt::format("externalReferenceId: {} has the same cell in several rows; only one row "
                        "of an id is sent.",
                        in_column(Role::id)));
      const auto filled = column(Role::id)->filled;
      if (filled < sample_.present())
        look(
            fmt::format("externalReferenceId: {} is blank in {} of the {} rows looked at; such "
                        "rows are rejected.",
                        in_column(Role::id), sample_.present() - filled, sample_.present()));
    } else {
      out_.member("externalReferenceId", placeholder(unknown_column));
      must(
          "externalReferenceId: the export has no column that is certain to be the record's id. "
          "Add the id to the CRM's view and export again, or write the columns here that "
          "together name the record, as in ${Account Number}-${Quote No.}.");
    }
    if (has(Role::name)) {
      out_.member("name", cell(Role::name, "truncate 200"));
    } else if (has(Role::company)) {
      out_.member("name", company("truncate 200"), "the export has no name for the deal");
    } else {
      look("name: the export has no name for the deal; the portal asks for one.");
    }
    const bool own = placed_.known != nullptr && !placed_.known->own.empty();
    if (!has(Role::name) && !own)
      for (const auto* persons : placed_.persons_columns)
        look(
            fmt::format("name: column \"{}\" was taken for a person's, since the export has "
                        "columns of persons. If it is the deal's name, write it here.",
                        one_line(persons->name)));
    out_.member("qualification", "SalesQualified");
  }

  void warn_of_refused_ids() {
    const auto& ids = column(Role::id)->values;
    const auto shortened =
        std::ranges::count_if(ids, [](const std::string& id) { return is_shortened_number(id); });
    if (placed_.ids_refused > 0)
      look(
          fmt::format("externalReferenceId: {} of {} different ids of {} are not of the form that "
                      "such ids have{}; rows with them are rejected.",
                      placed_.ids_refused, ids.size(), in_column(Role::id),
                      shortened > 0 ? " (a spreadsheet makes 2.70402E+13 of long ones)" : ""));
    else if (shortened > 0)
      look(
          fmt::format("externalReferenceId: {} of {} different ids of {} are written as "
                      "2.70402E+13, as a spreadsheet shortens long numbers. They are not the "
                      "records' ids any more: export again, and send none of these.",
                      shortened, ids.size(), in_column(Role::id)));
  }

  // The same record has another id elsewhere, and would be sent again from there.
  void warn_of_short_ids() {
    const bool salesforce =
        placed_.known != nullptr && placed_.known->preset.starts_with("salesforce");
    // Of opportunities and leads; a report ends in rows of totals and of the copyright.
    const auto is_short = [&](const std::string& value) {
      const bool own = value.starts_with("006") || value.starts_with("00Q");
      return value.size() == 15 && (salesforce || own) && value.find(' ') == std::string::npos;
    };
    const auto& ids = column(Role::id)->values;
    const auto count = static_cast<std::size_t>(std::ranges::count_if(ids, is_short));
    if (2 * count > ids.size())
      look(
          "externalReferenceId: these are the ids of 15 characters that reports have; Data Loader "
          "and the API have 18. To Partner Center they are different ids: decide for one of the "
          "two now. Going over to the other later sends every deal again.");
  }

  void customer() {
    out_.open("customerProfile");
    if (has(Role::company)) {
      out_.member("name", company());
      warn_of_several_companies();
    } else if (contact_known() || has(Role::city) || has(Role::country)) {
      look(
          "customerProfile: the export has no column with the customer's company; the portal asks "
          "for its name.");
    } else {
      out_.member("name", placeholder(unknown_column));
      must(
          "customerProfile: nothing in the export tells who the customer is. Write the column "
          "with the company's name.");
    }
    size();
    address();
    contact();
    out_.close();
  }

  bool lists_associated() const {
    return placed_.known != nullptr && placed_.known->lists_associated;
  }

  bool lists_companies() const {
    return lists_associated() && column(Role::company)->folded.starts_with("associatedcompany");
  }

  std::string company(std::string_view filters = {}) const {
    std::string all;
    const auto add = [&](std::string_view filter) {
      all.append(all.empty() ? "" : " | ").append(filter);
    };
    for (const auto* more : placed_.more_companies)
      add("if_blank " + quoted_argument(more->reference));
    if (lists_companies()) add("split \";\" | first");
    if (!filters.empty()) add(filters);
    return cell(Role::company, all);
  }

  void warn_of_several_companies() {
    if (!lists_companies()) return;
    const auto several = std::ranges::count_if(
        column(Role::company)->values,
        [](const std::string& value) { return value.find(';') != std::string::npos; });
    if (several > 0)
      look(
          fmt::format("customerProfile: some cells of {} name several companies; the first is "
                      "taken, and need not be the primary one.",
                      in_column(Role::company)));
  }

  void size() {
    if (!has(Role::employees)) return;
    const auto numbers = *number_format(part_.locale.locale);
    const auto& values = column(Role::employees)->values;
    const bool fits = std::ranges::all_of(
        values, [&](const auto& value) { return !company_size(value, numbers).empty(); });
    if (fits)
      out_.member("size", cell(Role::employees, "company_size"));
    else
      out_.remark(fmt::format("size: {}   # some cells are no head counts",
                              cell(Role::employees, "company_size")));
  }

  void address() {
    const bool known = has(Role::street1) || has(Role::street2) || has(Role::city) ||
                       has(Role::state) || has(Role::postal_code) || has(Role::country);
    if (!known) {
      look(
          "address: the export has no columns of the customer's address; the portal asks for "
          "first line, city and country.");
      return;
    }
    out_.open("address");
    put("addressLine1", Role::street1);
    put("addressLine2", Role::street2);
    put("city", Role::city);
    put("state", Role::state);
    put("postalCode", Role::postal_code);
    put("country", Role::country, "country");
    out_.close();
    if (!has(Role::country))
      look("country: the export has none; the portal asks for it.");
    else
      unknown(Role::country, "country",
              count_countries(column(Role::country)->values, part_.locale.locale));
  }

  // Values that a filter with names does not know.
  void unknown(Role role, std::string_view member, std::size_t known) {
    const auto& values = column(role)->values;
    if (known == values.size()) return;
    look(
        fmt::format("{0}: {1} of {2} different values of {3} are not known: rows with them are "
                    "rejected. Correct them in the CRM, or give a table and `lookup` before `{0}`.",
                    member, values.size() - known, values.size(), in_column(role)));
  }

  bool contact_known() const {
    return has(Role::first_name) || has(Role::last_name) || has(Role::email) || has(Role::phone) ||
           has(Role::full_name);
  }

  void contact() {
    if (!contact_known()) return;
    out_.open("team", "the customer's contact; co-sell deals need one");
    out_.element();
    put("firstName", Role::first_name);
    put("lastName", Role::last_name);
    const bool only_whole = !has(Role::first_name) && !has(Role::last_name) && has(Role::full_name);
    if (only_whole && is_associated_contact()) {
      associated_contact();
    } else if (only_whole) {
      out_.member("lastName", cell(Role::full_name), "first and last name in one column");
      look(
          fmt::format("customerProfile: team: {} holds the whole name; the API has firstName and "
                      "lastName. Export the two columns if the CRM has them.",
                      in_column(Role::full_name)));
    }
    put("title", Role::job_title);
    put("email", Role::email);
    put("phoneNumber", Role::phone);
    out_.close();
    out_.close();
  }

  bool is_associated_contact() const {
    return lists_associated() && column(Role::full_name)->folded == "associatedcontact";
  }

  // "Ada Example (ada@fabrikam.example);Bob Example (…)" gives Ada, as the shipped mapping has it.
  void associated_contact() {
    out_.member("firstName", cell(Role::full_name, R"(match '^([^\s(;@]+)\s+[^\s(;]')"));
    out_.member("lastName", cell(Role::full_name,
                                 R"(match '^(?:[^\s(;@]+\s+)?([^\s(;@][^(;@]*?)\s*(?:[(;]|$)')"));
    if (!has(Role::email))
      out_.member("email", cell(Role::full_name, R"(match '^[^;]*?([^\s()<>;]+@[^\s()<>;]+)')"));
  }

  void consent() {
    out_.open("consent", "you state here that the customer has agreed");
    out_.member("consentToToShareInfoWithOthers", "true");
    out_.member("consentToContact", "true");
    out_.close();
    const std::string columns = consent_columns();
    look(
        "consent: true says that every customer of this export has agreed. If that is not so, map "
        "the column that says it, or leave such rows out with `include`." +
        (columns.empty() ? "" : " Look at " + columns + "."));
  }

  // Those that seem to say who has agreed: column "Consent" or "Opted in".
  std::string consent_columns() const {
    std::vector<std::string> names;
    for (const auto* one : placed_.unplaced)
      if (speaks_of_consent(one->folded))
        names.push_back(fmt::format("\"{}\"", one_line(one->name)));
    if (names.empty()) return {};
    return fmt::format("column{} {}", names.size() == 1 ? "" : "s", fmt::join(names, ", "));
  }

  void details() {
    out_.open("details");
    put("notes", Role::notes);
    if (has(Role::value)) value();
    currency();
    if (has(Role::close_date))
      close_date();
    else
      look("closingDateTime: the export has no estimated close date; the portal asks for one.");
    if (!has(Role::notes) && !has(Role::value) && !has(Role::currency) && !has(Role::close_date)) {
      out_.member("dealValue", placeholder(unknown_column, "number"));
      must(
          "details: the export has no value, close date or description of the deal, and the API "
          "asks for details. Write one of them.");
    } else if (!has(Role::value)) {
      look("dealValue: the export has no value of the deal; the portal asks for one.");
    }
    if (details_are_blank()) marketplace_intent();
    out_.close();
  }

  bool details_are_blank() const {
    constexpr std::array roles{Role::notes, Role::value, Role::currency, Role::close_date};
    return std::ranges::any_of(roles, [&](Role role) { return has(role); }) &&
           std::ranges::none_of(roles,
                                [&](Role role) { return has(role) && column(role)->filled > 0; });
  }

  // The API wants details of every referral.
  void marketplace_intent() {
    out_.open("requirements");
    out_.open("additionalRequirements");
    out_.open("attributes", "details must not be all blank, as they are in the rows looked at");
    out_.element();
    out_.member("type", "CustomerMarketplaceIntent");
    out_.member("id", "HaveNotDecided");
    for (int i = 0; i < 4; ++i) out_.close();
  }

  void value() {
    out_.member("dealValue", cell(Role::value, "number"));
    if (part_.locale.unread > 0)
      look(
          fmt::format("dealValue: cells of {} that are no numbers in {} ({} of those looked at) "
                      "reject their rows.",
                      in_column(Role::value), part_.locale.locale, part_.locale.unread));
  }

  void currency() {
    if (!has(Role::currency)) {
      if (has(Role::value) && currency_of_amounts()) return;
      out_.remark(
          "currency: EUR   # the export does not say; write the one that its values are in");
      if (has(Role::value))
        look(
            "currency: the export does not say in which currency the values are. Write it down "
            "under details.");
      return;
    }
    put("currency", Role::currency, "currency");
    unknown(Role::currency, "currency",
            count_currencies(column(Role::currency)->values, part_.locale.locale));
  }

  // Whether the amounts say anything of it. Rows whose amount says nothing certain are rejected
  // rather than sent in a guessed currency.
  bool currency_of_amounts() {
    const auto guess = guess_currency(column(Role::value)->values, part_.locale.locale);
    if (guess.told == 0 && guess.doubtful == 0) return false;
    const std::string sign = one_line(guess.sign);
    if (guess.told == 0) {
      out_.remark(
          fmt::format("currency: CODE   # write the code of the currency that \"{}\" means", sign));
      look(
          fmt::format("currency: the amounts of {} have the sign \"{}\", which several currencies "
                      "have. Write under details the code of the one that is meant.",
                      in_column(Role::value), sign));
      return true;
    }
    out_.member("currency", cell(Role::value, "currency"));
    if (guess.doubtful > 0)
      look(
          fmt::format("currency: {} of {} different cells of {} have a sign that several "
                      "currencies have, such as \"{}\"; rows with them are rejected. If it always "
                      "means one of them, put its code in the sign's place: `replace {} \"CODE\"` "
                      "before `currency`.",
                      guess.doubtful, column(Role::value)->values.size(), in_column(Role::value),
                      sign, quoted_argument(sign)));
    if (guess.without > 0)
      look(fmt::format(
          "currency: {} of {} different cells of {} name no currency; rows with them "
          "are rejected. If they are all in one that you know, say so: {}.",
          guess.without, column(Role::value)->values.size(), in_column(Role::value),
          cell(Role::value, R"(match '[\pL\p{Sc}]+' | default )" + guess.code + " | currency")));
    return true;
  }

  void close_date() {
    const SampleColumn& dates = *column(Role::close_date);
    if (dates.typed_dates > 0 && dates.typed_dates == dates.filled)
      return out_.member("closingDateTime", cell(Role::close_date, "date"));
    const auto guess = guess_date(dates.values);
    using Certainty = DateGuess::Certainty;
    if (guess.certainty == Certainty::certain) {
      out_.member("closingDateTime",
                  cell(Role::close_date, guess.format.empty() ? "date" : "date " + guess.format));
      if (guess.local_time)
        look(
            fmt::format("format: timezone: the times of {} have no time zone. Write the one in "
                        "which they are meant.",
                        in_column(Role::close_date)));
      if (guess.unread > 0)
        look(
            fmt::format("closingDateTime: {} of {} different cells of {} are no dates in the form "
                        "of the others; rows with them are rejected.",
                        guess.unread, dates.values.size(), in_column(Role::close_date)));
      return;
    }
    out_.member("closingDateTime", cell(Role::close_date, "date"));
    if (dates.values.empty()) {
      look(
          fmt::format("closingDateTime: {} is blank in all rows looked at; `date` reads "
                      "2026-03-31, any other form needs its format.",
                      in_column(Role::close_date)));
    } else if (guess.certainty == Certainty::ambiguous) {
      look(
          fmt::format("closingDateTime: the dates of {} can be read in several ways. Write the "
                      "right one behind `date`: {}. Until then these rows are rejected.",
                      in_column(Role::close_date), fmt::join(guess.alternatives, " or ")));
    } else {
      look(fmt::format(
          "closingDateTime: the dates of {} are not all in one form that is known here. Write "
          "it behind `date`, as in `date %d.%m.%Y %H:%M`.",
          in_column(Role::close_date)));
    }
  }

  void seller() {
    out_.remark("The own seller; the portal asks for one with name, phone and mail.");
    out_.remark("team:");
    const std::string owner = has(Role::owner) ? column(Role::owner)->reference : "Owner";
    const std::string mail = has(Role::owner_email) ? cell(Role::owner_email) : "sam@example.com";
    out_.remark(
        fmt::format("  - {{ firstName: Sam, lastName: Seller, email: \"{}\", phoneNumber: "
                    "\"+1 425 555 0100\" }}",
                    mail));
    if (has(Role::owner))
      look(
          fmt::format("team: column \"{}\" names the seller, without mail and phone. A table of "
                      "your sellers supplies them, see `tables` in docs/mapping.md.",
                      one_line(owner)));
  }

  const Sample& sample_;
  const Placement& placed_;
  ReferralPart part_;
  MappingText out_;
};

}  // namespace

ReferralPart propose_referral(const Sample& sample, const Placement& placed) {
  return ReferralWriter(sample, placed).part();
}

}  // namespace referrald::mapping
