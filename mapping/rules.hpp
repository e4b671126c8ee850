// What a row is refused for, and what the portal would not like: one table of codes, and the checks
// of a finished referral against the service's published rules (reference, sections 2 to 4 and 9).
//
// docs/rejections.md is generated from the table.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/mapping.hpp"

namespace referrald::mapping {

// Stable: users' scripts and mapping tests name these codes. The order is the document's.
enum class Code : std::uint8_t {
  // The row itself, found by the reader.
  cell_count,
  invalid_bytes,
  nul_byte,
  bad_quoting,
  bad_line_break,
  row_too_long,
  cell_error,
  duplicate_key,
  bad_escape,
  wrong_shape,
  bad_version,
  repeated_header,
  // The row among other rows, found by sync.
  id_of_another_source,
  not_mended,
  // The row beside its referral at Partner Center, found by sync.
  immutable_member,
  not_shown,
  deal_downgrade,
  conflict,
  // Filters.
  required_blank,
  bad_number,
  ambiguous_number,
  bad_date,
  ambiguous_date,
  bad_phone,
  no_email,
  lookup_miss,
  unknown_country,
  unknown_currency,
  bad_company_size,
  text_too_long,
  // Identity and deal.
  missing_external_id,
  shortened_id,
  bad_deal,
  deal_contradiction,
  bad_status,
  target_without_co_sell,
  co_sell_target_missing,
  target_is_microsoft,
  co_sell_contact_missing,
  // What the API requires or cannot parse.
  required_member,
  bad_text,
  bad_boolean,
  not_a_number,
  bad_choice,
  bad_country_code,
  bad_currency_code,
  currency_mismatch,
  bad_date_time,
  negative_value,
  value_too_large,
  too_many_solutions,
  too_many_team_members,
  // What only the portal asks for, and our own caution.
  bad_email,
  portal_name,
  portal_customer_name,
  portal_address_line,
  portal_city,
  portal_country,
  portal_deal_value,
  portal_currency,
  portal_closing_date,
  portal_solution,
  portal_marketplace_intent,
  portal_seller,
  portal_contact,
  portal_help,
  consent_not_given,
  portal_qualification,
  portal_solution_type,
  portal_solution_price,
  bad_solution_id,
  bad_duns,
  connector_mark,
  // What is not in Microsoft's lists, which age.
  unknown_product,
  unknown_service,
  unknown_industry,
  unknown_solution,
  unknown_solution_area,
  unknown_solution_play,
  unknown_marketplace_intent,
  unknown_sales_stage,
  long_name,
  long_external_id,
  long_notes,
  count_,
};

// `warning` rejects as well when the mapping says `rules: strict`.
enum class Strength { reject, warning };

struct Rule {
  Code code;
  std::string_view name;
  Strength strength;
  std::string_view cause;
  std::string_view remedy;
};

std::span<const Rule> all_rules();
const Rule& rule(Code code);
// The rule of that name, or nullptr.
const Rule* find_rule(std::string_view name);
// Whether a row that is rejected with that code came damaged: its cells may not be what the CRM
// holds. However well-formed they look when they are read again, they must not be sent before a
// person has changed them.
bool is_damage(std::string_view name);

// A reason with the rule's name and remedy; an empty `remedy` takes the table's.
Reason make_reason(Code code, std::string member, std::string column, std::string value,
                   std::string message, std::string remedy = {});

// What rules are to know beside the referral.
class RuleContext {
 public:
  virtual ~RuleContext() = default;
  // A filter or format already refused this member, so that its absence is no news.
  virtual bool failed(std::string_view member) const = 0;
  // The columns that feed the member, comma-separated; empty when none do.
  virtual std::string columns(std::string_view member) const = 0;
  // Whether what is only that strong rejects this row.
  virtual bool rejects(Strength strength) const = 0;
  virtual void reject(Reason reason) = 0;
  virtual void warn(Code code) = 0;
};

// Tells the context of a rule that the referral breaks. Of a warning, of which nobody is told more,
// the code only. An empty `remedy` takes the table's.
void report(RuleContext& context, Code code, std::string_view member, std::string_view value,
            std::string_view message, std::string_view remedy = {});

class CodeLists;

void check_rules(const Value& referral, const Value& invitation, Deal deal, const CodeLists& lists,
                 RuleContext& context);

}  // namespace referrald::mapping
