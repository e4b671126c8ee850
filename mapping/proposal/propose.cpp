#include "mapping/proposal/propose.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "mapping/company_size.hpp"
#include "mapping/mapping.hpp"
#include "mapping/number.hpp"
#include "mapping/proposal/detect.hpp"
#include "mapping/proposal/mapping_text.hpp"
#include "mapping/proposal/placement.hpp"

namespace referrald::mapping {
namespace {

constexpr std::size_t few_values = 12;

class Proposer {
 public:
  Proposer(const Sample& sample, std::string_view export_name)
      : sample_(sample), export_name_(export_name), placed_(place_columns(sample)) {}

  std::string text() {
    find_locale();
    out_.open("referral");
    identity();
    customer();
    consent();
    details();
    seller();
    out_.close();
    whole_export();
    return head() + format() + include() + deal() + out_.text() + unplaced();
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

  void must(std::string what) { must_.push_back(std::move(what)); }
  void look(std::string what) { look_.push_back(std::move(what)); }

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
    locale_ = guess_locale(numbers, countries);
    if (locale_.thousands_or_decimals)
      look(
          "format: locale: numbers such as 1.500 or 1,500 may be thousands or decimals, and no "
          "number looked at tells. en-US takes 1,500 for thousands and rejects 1.500; write de-DE "
          "if it is the other way round.");
    else if (locale_.ambiguous > 0)
      look(
          fmt::format("format: locale: numbers such as 1.234 or 1,234 may mean thousands; {} is "
                      "a guess. Rows with such numbers are rejected until it is right.",
                      locale_.locale));
    numbers_told_ =
        !locale_.thousands_or_decimals && std::ranges::any_of(numbers, [](const auto& text) {
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
    const auto is_short = [](const std::string& value) { return value.size() == 15; };
    const bool salesforce = placed_.known != nullptr &&
                            placed_.known->preset.starts_with("salesforce") &&
                            std::ranges::all_of(column(Role::id)->values, is_short) &&
                            !column(Role::id)->values.empty();
    if (salesforce)
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
    const auto numbers = *number_format(locale_.locale);
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
              count_countries(column(Role::country)->values, locale_.locale));
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
    look(
        "consent: true says that every customer of this export has agreed. If that is not so, map "
        "the column that says it, or leave such rows out with `include`.");
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
    out_.close();
  }

  void value() {
    out_.member("dealValue", cell(Role::value, "number"));
    if (locale_.unread > 0)
      look(
          fmt::format("dealValue: cells of {} that are no numbers in {} ({} of those looked at) "
                      "reject their rows.",
                      in_column(Role::value), locale_.locale, locale_.unread));
  }

  void currency() {
    if (!has(Role::currency)) {
      out_.remark(
          "currency: EUR   # the export does not say; write the one that its values are in");
      if (has(Role::value))
        look(
            "currency: the export does not say in which currency the values are. Write it down "
            "under details.");
      return;
    }
    put("currency", Role::currency, "currency");
    unknown(Role::currency, "currency", count_currencies(column(Role::currency)->values));
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
      look(
          fmt::format("closingDateTime: the dates of {} are in no form that is known here. Write "
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

  // What becomes of rows as long as there is no `include`.
  void whole_export() {
    if (has(Role::status)) {
      const SampleColumn& status = *column(Role::status);
      const std::string values =
          status.values.empty() ? "it is blank in all rows looked at."
          : status.values.size() <= few_values
              ? "the commented `include` lists its values; strike out those that are not meant."
              : fmt::format(
                    "it has {} different values, too many for the commented `include` to list.",
                    status.values.size());
      look(
          fmt::format("include: every row becomes a referral, also lost and closed ones, until "
                      "`include` says otherwise. Column \"{}\" tells them apart; {}",
                      one_line(status.name), values));
    }
    if (const SampleColumn* converted = converted_column())
      look(
          fmt::format("include: a lead that column \"{}\" calls converted has become an "
                      "opportunity. When opportunities are sent as well it would be sent twice: "
                      "leave it out with the commented `include`.",
                      one_line(converted->name)));
  }

  const SampleColumn* converted_column() const {
    for (const std::string_view name : {"isconverted", "converted"})
      if (const SampleColumn* found = sample_.find(name)) return found;
    return nullptr;
  }

  std::string include() const {
    std::string out =
        "# Only rows for which this holds become referrals; without it, all of them.\n# include:\n";
    const SampleColumn* converted = converted_column();
    if (has(Role::status)) {
      const SampleColumn& status = *column(Role::status);
      std::string values;
      if (status.values.size() <= few_values)
        for (const auto& value : status.values)
          values.append(values.empty() ? "" : ", ").append(yaml_in_flow(value));
      out += fmt::format("#   - {{ column: {}, in: [{}] }}\n", yaml_in_flow(status.reference),
                         values.empty() ? "Won" : values);
    } else if (converted == nullptr) {
      out += "#   - { column: Status, in: [Won] }\n";
    }
    if (converted != nullptr)
      out += fmt::format(
          "#   - {{ column: {}, not_in: [\"true\", \"TRUE\", \"True\", \"1\", \"Yes\"] }}\n",
          yaml_in_flow(converted->reference));
    return out + "\n";
  }

  static std::string deal() {
    return "# private: seen by nobody at Microsoft. partner-led: shown to Microsoft's sellers. "
           "co-sell:\n"
           "# Microsoft's help is asked for. What Microsoft has seen cannot be taken back.\n"
           "deal: private\n\n";
  }

  std::string format() const {
    MappingText out;
    out.open("format");
    const ExportFormat& found = sample_.format;
    constexpr std::array<std::string_view, 5> types{"auto", "csv", "xlsx", "json", "cdm"};
    out.member("type", types[static_cast<std::size_t>(found.type)]);
    if (!found.encoding.empty()) out.member("encoding", found.encoding);
    if (found.delimiter)
      out.member("delimiter", *found.delimiter == '\t' ? "tab" : std::string(1, *found.delimiter));
    if (found.header) out.member("header", std::to_string(*found.header));
    if (!found.sheet.empty()) out.member("sheet", found.sheet);
    if (!found.table.empty()) out.member("table", found.table);
    if (!found.records.empty()) out.member("records", found.records);
    const bool typed = found.type != ExportType::csv;
    out.member("locale", locale_.locale,
               numbers_told_ ? "as its numbers are written: " + number_example()
               : typed       ? "for numbers that are text"
                             : "no number of the sample tells; 1,234.50");
    out.member("timezone", "UTC", "of times without an offset; days without a time need none");
    out.close();
    return out.text() + "\n";
  }

  std::string number_example() const {
    const auto format = *number_format(locale_.locale);
    const std::string group = format.groupings.empty() ? "" : format.groupings.front();
    return "1" + group + "234" + format.decimal + "50";
  }

  std::string head() const {
    std::string out =
        fmt::format("# A mapping for {}, proposed by `referrald init`.\n", one_line(export_name_));
    if (placed_.known != nullptr)
      out +=
          fmt::format("# It looks like {}: config/mappings/{} is a commented mapping for them.\n",
                      placed_.known->title, placed_.known->preset);
    if (!must_.empty()) {
      out += "#\n# TO FILL IN, `referrald check` refuses the mapping until then:\n";
      for (const auto& one : must_) out += comment_item(one);
    }
    out += "#\n# Look at these before anything is sent:\n";
    for (const auto& one : sample_.said) out += comment_item(one);
    for (const auto& one : look_) out += comment_item(one);
    if (sample_.damaged > 0)
      out +=
          comment_item(fmt::format("{} of the first {} rows cannot be read; `referrald plan` "
                                   "says why.",
                                   sample_.damaged, sample_.rows + sample_.damaged));
    out += "#\n# Then try it: referrald plan EXPORT --mapping THIS-FILE --show 2 --columns\n\n";
    return out;
  }

  std::string unplaced() const {
    std::vector<std::string> names;
    for (const auto* one : placed_.unplaced)
      if (!one->name.empty() && !one->name.starts_with("referrald_"))
        names.push_back(one_line(one->name));
    if (names.empty()) return {};
    return "\n# Columns of the export that are not mapped:\n" + comment_list(names);
  }

  const Sample& sample_;
  std::string_view export_name_;
  Placement placed_;
  LocaleGuess locale_;
  bool numbers_told_ = false;
  MappingText out_;
  std::vector<std::string> must_;
  std::vector<std::string> look_;
};

}  // namespace

std::string propose_mapping(const Sample& sample, std::string_view export_name) {
  return Proposer(sample, export_name).text();
}

}  // namespace referrald::mapping
