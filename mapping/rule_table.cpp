#include <algorithm>
#include <array>

#include "mapping/rules.hpp"

namespace referrald::mapping {
namespace {

using enum Strength;

constexpr std::array table{
    Rule{Code::cell_count, "cell-count", reject, "The row has more or fewer cells than the header.",
         "Export again. In a CSV file a cell that holds the delimiter, a quote or a line break "
         "must be "
         "in quotes."},
    Rule{
        Code::invalid_bytes, "invalid-bytes", reject,
        "The row holds bytes that its encoding does not have.",
        "Save the export as UTF-8 (in Excel: \"CSV UTF-8\"), or name its encoding in the mapping's "
        "`format`."},
    Rule{Code::nul_byte, "nul-byte", reject, "The row holds a NUL byte.",
         "Export again; the file was damaged or is no text."},
    Rule{
        Code::bad_quoting, "bad-quoting", reject,
        "A cell has text behind its closing quote (`\"a\"b`), or a quote at one end only or behind "
        "blanks (`24\"`, ` \"a\"`).",
        "Put the whole cell in quotes and double the quotes inside it, and compare the row with "
        "the record in the CRM."},
    Rule{Code::bad_line_break, "bad-line-break", reject,
         "A cell holds a carriage return outside quotes that ends no line.",
         "Put the cell in quotes, and compare the row with the record in the CRM."},
    Rule{Code::row_too_long, "row-too-long", reject, "The row is longer than 1 MiB.",
         "Shorten it, and look for a quote that is missing or too many."},
    Rule{
        Code::cell_error, "cell-error", reject,
        "A cell holds an error of a spreadsheet program (#N/A, #REF!, ####), or, in a worksheet, a "
        "formula that was not calculated or nothing that can be read.",
        "Open the workbook in Excel, mend the cell, or delete the column if nobody needs it, and "
        "save."},
    Rule{Code::duplicate_key, "duplicate-key", reject,
         "A name occurs twice in a record of JSON, or two members of it have the same column.",
         "Export again with each name once, and compare the row with the record in the CRM."},
    Rule{
        Code::bad_escape, "bad-escape", reject,
        "A text of a JSON record holds half a character (an escape from \\ud800 to \\udfff alone).",
        "Correct the text in the CRM: a character, often an emoji, was cut in two."},
    Rule{
        Code::wrong_shape, "wrong-shape", reject,
        "A record of JSON is no object, or a mapped column holds an object or a list in it.",
        "Compare the record with the others of the export; map the parts of an object or a list by "
        "their paths (address.city, tags.0)."},
    Rule{Code::bad_version, "bad-version", reject,
         "The latest row of a record in a Synapse Link folder does not say which version it is, or "
         "whether the record is deleted.",
         "Correct versionnumber or IsDelete in the file, or export the folder again; no older row "
         "of the record is sent."},
    Rule{Code::repeated_header, "repeated-header", reject,
         "The row has the columns' names in its cells.",
         "Files were put together with their headers: delete the line."},

    Rule{Code::id_of_another_source, "id-of-another-source", reject,
         "The id belongs to a row of another source.",
         "An id names one referral of the tenant: map ids that differ between sources."},

    Rule{Code::not_mended, "not-mended", reject,
         "The row was damaged when `rejects` wrote it and has not been changed since.",
         "Compare its cells with the record in the CRM and mend them."},

    Rule{
        Code::immutable_member, "immutable-member", reject,
        "The row has changed in a member that Partner Center does not let change once the referral "
        "exists. Its other changes were sent.",
        "Set it back in the CRM, or close the referral and begin a new record."},
    Rule{Code::not_shown, "not-shown", reject,
         "The deal is to be visible to Microsoft's sellers, and Partner Center does not let that "
         "change once the referral exists. The row's other changes were sent.",
         "Show the deal to Microsoft's sellers in Partner Center, then `referrald retry ID` and a "
         "sync; or set the type back in the CRM."},
    Rule{Code::deal_downgrade, "deal-downgrade", reject,
         "The deal's type has changed to one that Microsoft is shown less of, and what was shown "
         "cannot be taken back. The row's other changes were sent.",
         "Set the type back in the CRM, or close the referral and begin a new record."},
    Rule{Code::conflict, "conflict", reject,
         "The member was changed in the CRM and at Partner Center, to different values.",
         "`referrald show ID` shows the values; settle it by `referrald resolve ID --take crm` or "
         "`--take partner_center`."},
    Rule{Code::required_blank, "required-blank", reject,
         "A cell is blank whose template says `required`.", "Fill the cell in the CRM."},
    Rule{Code::bad_number, "bad-number", reject,
         "`number` could not read the cell in the mapping's locale.",
         "Correct the number in the CRM, or set `format: { locale: … }` to the export's."},
    Rule{Code::ambiguous_number, "ambiguous-number", reject,
         "`number` could read the cell in two ways: three digits behind the decimal sign (1.234) "
         "are thousands elsewhere.",
         "Set `format: { locale: … }` to the export's; or, if three decimals are meant, name the "
         "locale in the template: `number en-US`."},
    Rule{Code::bad_date, "bad-date", reject,
         "`date` could not read the cell in the given format, or there is no such day or time, or "
         "it has another weekday.",
         "Correct the date in the CRM, or give the export's format: `date %m/%d/%Y`."},
    Rule{Code::ambiguous_date, "ambiguous-date", reject,
         "`date` could read the cell in two ways: month first or day first.",
         "Give the export's format: `date %m/%d/%Y` if the month is first, `date %d/%m/%Y` if the "
         "day is."},
    Rule{Code::bad_phone, "bad-phone", reject,
         "`phone` found something else than one telephone number, too many or too few digits, or "
         "what may be another number.",
         "Correct the number in the CRM, or leave the filter out to send the cell as it is."},
    Rule{Code::no_email, "no-email", reject, "`email` found no mail address in the cell.",
         "Correct the address in the CRM, or leave the filter out to send the cell as it is."},
    Rule{Code::lookup_miss, "lookup-miss", reject,
         "`lookup` does not find the cell in its table, and no `default` follows.",
         "Add the value to the table, or a `default` behind the `lookup`."},
    Rule{Code::unknown_country, "unknown-country", reject,
         "`country` knows no country of that name.",
         "Write the English name or the ISO 3166-1 code in the CRM, or map it with a table."},
    Rule{Code::unknown_currency, "unknown-currency", reject,
         "`currency` knows no currency of that name, or several.",
         "Write the ISO 4217 code in the CRM, or map it with a table."},
    Rule{Code::bad_company_size, "bad-company-size", reject,
         "`company_size` could not tell the class of sizes from the cell.",
         "Give the number of employees, or map the cell with a table to a size of the API."},
    Rule{Code::text_too_long, "text-too-long", reject,
         "A filter made more than 1 MiB of text of the cell.",
         "Shorten the cell in the CRM, or put `truncate` before the filter that lengthens it."},

    Rule{Code::missing_external_id, "missing-external-id", reject,
         "The externalReferenceId is blank, or a part of it is.",
         "Give the record its id in the CRM, or map another column that is never blank."},
    Rule{Code::shortened_id, "shortened-id", reject,
         "The externalReferenceId is a number that a spreadsheet program has shortened, "
         "2.70402E+13: "
         "others of its digits are lost, and other records have the same.",
         "Export again and send that file: do not open and save it in a spreadsheet program, or "
         "format the column as text before."},
    Rule{Code::bad_deal, "bad-deal", reject,
         "The deal type is blank, or none of private, partner-led, co-sell.",
         "Correct the cell, or add a `lookup` or `default` to the mapping's `deal`."},
    Rule{Code::deal_contradiction, "deal-contradiction", reject,
         "The row's type or consent for Microsoft sellers contradicts its deal type.",
         "Leave the member out of the mapping: `deal` sets it."},
    Rule{Code::bad_status, "bad-status", reject, "The status and the substatus do not go together.",
         "New goes with Pending or Received, Active with Accepted, Closed with Won, Lost, Declined "
         "or Expired; map the substatus alone, and the status follows."},
    Rule{Code::target_without_co_sell, "target-without-co-sell", reject,
         "The row has a target though it is no co-sell deal.",
         "Leave the target's cell blank for deals that are not co-sell, or make it a co-sell "
         "deal."},
    Rule{Code::co_sell_target_missing, "co-sell-target-missing", reject,
         "A co-sell deal names no co-sell ready solution.",
         "Add a solution whose id begins with SOL-, or map `target`."},
    Rule{Code::target_is_microsoft, "target-is-microsoft", reject,
         "The own referral of a deal is addressed to Microsoft.",
         "Put the solution's id (SOL-…) into `target`; Microsoft's referral is made from the own "
         "one."},
    Rule{Code::co_sell_contact_missing, "co-sell-contact-missing", reject,
         "A co-sell deal has no customer contact; Microsoft's help needs one.",
         "Add the contact's name, mail and phone in the CRM, and map them under "
         "`customerProfile: { team: … }`."},

    Rule{Code::required_member, "required-member", reject,
         "A member that the API requires is missing.",
         "Map the member, or fill its column in the CRM."},
    Rule{Code::bad_text, "bad-text", reject, "A member that is text got something else.",
         "Map the member to a column that holds text."},
    Rule{Code::bad_boolean, "bad-boolean", reject,
         "A member that is true or false got something else than true, false, yes or no.",
         "Read the cell with `bool`, or map it with a `lookup` table whose values are true and "
         "false."},
    Rule{Code::not_a_number, "not-a-number", reject, "A member that is a number got text.",
         "Read the cell with `number`, and write numbers in tables without quotes."},
    Rule{Code::bad_choice, "bad-choice", reject,
         "The value is none of those that the API knows for this member.",
         "Map the cell with a `lookup` table to one of the API's values."},
    Rule{Code::bad_country_code, "bad-country-code", reject,
         "The country is no ISO 3166-1 code of two capital letters.",
         "Add the filter `country` to the template."},
    Rule{Code::bad_currency_code, "bad-currency-code", reject,
         "The currency is no ISO 4217 code of three capital letters.",
         "Add the filter `currency` to the template."},
    Rule{Code::currency_mismatch, "currency-mismatch", reject,
         "The value's cell names another currency (`USD 1,234.50`, `99,00 $`) than the referral "
         "has.",
         "Take the currency from the same cell, as in `${Value | currency}`, or correct the cell."},
    Rule{Code::bad_date_time, "bad-date-time", reject,
         "The date is not in the API's form, 2026-03-31T00:00:00Z.",
         "Add the filter `date` to the template."},
    Rule{Code::negative_value, "negative-value", reject, "A value or price is below zero.",
         "Correct the amount in the CRM, or leave such rows out with `include`."},
    Rule{Code::value_too_large, "value-too-large", reject,
         "A number has over 15 digits before the point, or over 28 in all.",
         "Correct the amount in the CRM."},
    Rule{Code::too_many_solutions, "too-many-solutions", reject,
         "The deal has more than 50 solutions.", "Leave some out."},
    Rule{Code::too_many_team_members, "too-many-team-members", reject,
         "A team has more than 50 members.", "Leave some out."},

    Rule{Code::bad_email, "bad-email", warning, "The mail address cannot be one.",
         "Correct the address in the CRM."},
    Rule{Code::portal_name, "portal-name", warning, "The deal has no name.",
         "Map `name`, or fill its column."},
    Rule{Code::portal_customer_name, "portal-customer-name", warning, "The customer has no name.",
         "Map `customerProfile: { name: … }`, or fill its column."},
    Rule{Code::portal_address_line, "portal-address-line", warning,
         "The customer's address has no first line.", "Map `addressLine1`, or fill its column."},
    Rule{Code::portal_city, "portal-city", warning, "The customer's address has no city.",
         "Map `city`, or fill its column."},
    Rule{Code::portal_country, "portal-country", warning, "The customer's address has no country.",
         "Map `country`, or fill its column."},
    Rule{Code::portal_deal_value, "portal-deal-value", warning, "The deal has no value.",
         "Map `dealValue`, or fill its column."},
    Rule{Code::portal_currency, "portal-currency", warning, "The deal's value has no currency.",
         "Map `currency`, or fill its column."},
    Rule{Code::portal_closing_date, "portal-closing-date", warning,
         "The deal has no estimated close date.", "Map `closingDateTime`, or fill its column."},
    Rule{Code::portal_solution, "portal-solution", warning, "The deal names no solution.",
         "Map `details: { requirements: { solutions: … } }` with the solution's id (SOL-…)."},
    Rule{Code::portal_marketplace_intent, "portal-marketplace-intent", warning,
         "The deal does not say whether the customer means to buy in the marketplace.",
         "Add the attribute CustomerMarketplaceIntent under "
         "`details: { requirements: { additionalRequirements: { attributes: … } } }`."},
    Rule{Code::portal_seller, "portal-seller", warning,
         "The own team has no member with first name, last name, phone and mail.",
         "Map `team` to the owner's columns."},
    Rule{Code::portal_contact, "portal-contact", warning,
         "A co-sell deal's customer contact lacks first name, last name, phone or mail.",
         "Complete the contact in the CRM."},
    Rule{Code::portal_help, "portal-help", warning,
         "A co-sell deal does not say which help is wanted from Microsoft, or Unknown, which means "
         "none.",
         "Map `invitation: { assistanceRequestCode: …, notes: … }`."},
    Rule{Code::consent_not_given, "consent-not-given", warning,
         "A consent is false; the portal's own import refuses such a deal.",
         "Ask the customer, or leave such rows out with `include`."},
    Rule{Code::portal_qualification, "portal-qualification", warning,
         "The qualification is Direct or MarketingQualified; a partner's own deal is "
         "SalesQualified or None.",
         "Write `qualification: SalesQualified`, or leave it out."},
    Rule{Code::portal_solution_type, "portal-solution-type", warning,
         "A solution does not say whether it is one of the catalogue or a category.",
         "Write `type: Name` beside an id such as SOL-34104-EBB or a GUID, `type: Category` beside "
         "a category."},
    Rule{Code::portal_solution_price, "portal-solution-price", warning,
         "A solution has a price without a currency.", "Map the solution's `currency`."},
    Rule{Code::bad_solution_id, "bad-solution-id", warning,
         "The id of a solution from the catalogue is neither like SOL-34104-EBB nor a GUID.",
         "Take the id from Partner Center's list of solutions; map names to ids with a table."},
    Rule{Code::bad_duns, "bad-duns", warning, "A D-U-N-S number does not have nine digits.",
         "Correct the number in the CRM, or format the column as text before Excel saves it: as a "
         "number it loses leading zeros."},
    Rule{Code::connector_mark, "connector-mark", warning,
         "The deal's name has a check or cross mark, as Microsoft's own CRM connector leaves it on "
         "the deals that it has synced or failed to sync.",
         "Look whether the deal is at Partner Center already. Leave such rows out with `include`, "
         "or run `referrald adopt` before the first sync, and take the mark off the name with "
         "`replace_match`."},

    Rule{Code::unknown_product, "unknown-product", warning,
         "The id of a product is not in the list products.",
         "Take the code with `lookup products`, or name a newer list under `lists: { products: … "
         "}`."},
    Rule{Code::unknown_service, "unknown-service", warning,
         "The id of a service is not in the list services.",
         "Take the code with `lookup services`, or name a newer list under `lists: { services: … "
         "}`."},
    Rule{Code::unknown_industry, "unknown-industry", warning,
         "The id of an industry is not in the list industries.",
         "Take the code with `lookup industries`, or name a newer list under `lists: { industries: "
         "… }`."},
    Rule{Code::unknown_solution, "unknown-solution", warning,
         "The id of a solution whose type is Category is not in the list solutions.",
         "Take the code with `lookup solutions`, or name a newer list under `lists: { solutions: … "
         "}`."},
    Rule{Code::unknown_solution_area, "unknown-solution-area", warning,
         "The id of an attribute whose type is SolutionArea is not in the list solution_areas.",
         "Take the code with `lookup solution_areas`, or name a newer list under `lists: { "
         "solution_areas: … }`."},
    Rule{Code::unknown_solution_play, "unknown-solution-play", warning,
         "The id of an attribute whose type is SolutionPlay is not in the list solution_plays.",
         "Take the code with `lookup solution_plays`, or name a newer list under `lists: { "
         "solution_plays: … }`."},
    Rule{
        Code::unknown_marketplace_intent, "unknown-marketplace-intent", warning,
        "The id of the attribute CustomerMarketplaceIntent is not in the list marketplace_intents.",
        "Take the code with `lookup marketplace_intents`, or name a newer list under `lists: { "
        "marketplace_intents: … }`."},
    Rule{Code::unknown_sales_stage, "unknown-sales-stage", warning,
         "The salesStage is not in the list sales_stages.",
         "Take the code with `lookup sales_stages`, or name a newer list under `lists: { "
         "sales_stages: … }`."},

    Rule{Code::long_name, "long-name", warning, "The deal's name has over 200 characters.",
         "Add `truncate 200` to the template. (No limit is published; this is caution.)"},
    Rule{Code::long_external_id, "long-external-id", warning,
         "The externalReferenceId has over 100 characters.",
         "Use the record's id alone. (No limit is published; this is caution.)"},
    Rule{Code::long_notes, "long-notes", warning, "The notes have over 4000 characters.",
         "Add `truncate 4000` to the template. (No limit is published; this is caution.)"},
};
static_assert(table.size() == static_cast<std::size_t>(Code::count_));

constexpr bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (table[i].code != static_cast<Code>(i)) return false;
  return true;
}
static_assert(in_order());

}  // namespace

std::span<const Rule> all_rules() {
  return table;
}

const Rule& rule(Code code) {
  return table[static_cast<std::size_t>(code)];
}

const Rule* find_rule(std::string_view name) {
  const auto* found = std::ranges::find(table, name, &Rule::name);
  return found == table.end() ? nullptr : found;
}

bool is_damage(std::string_view name) {
  const Rule* known = find_rule(name);
  if (known == nullptr) return false;
  switch (known->code) {
    case Code::cell_count:
    case Code::invalid_bytes:
    case Code::nul_byte:
    case Code::bad_quoting:
    case Code::bad_line_break:
    case Code::row_too_long:
    case Code::cell_error:
    case Code::duplicate_key:
    case Code::bad_escape:
    case Code::wrong_shape:
    case Code::bad_version:
    case Code::repeated_header:
    case Code::not_mended:
      return true;
    default:
      return false;
  }
}

Reason make_reason(Code code, std::string member, std::string column, std::string value,
                   std::string message, std::string remedy) {
  const Rule& known = rule(code);
  if (remedy.empty()) remedy = known.remedy;
  return {std::string(known.name), std::move(member),  std::move(column),
          std::move(value),        std::move(message), std::move(remedy)};
}

void report(RuleContext& context, Code code, std::string_view member, std::string_view value,
            std::string_view message, std::string_view remedy) {
  if (!context.rejects(rule(code).strength)) return context.warn(code);
  context.reject(make_reason(code, std::string(member), context.columns(member), std::string(value),
                             std::string(message), std::string(remedy)));
}

}  // namespace referrald::mapping
