// The names by which CRMs call what a referral needs, and the exports that are known by theirs.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace referrald::mapping {

// What a column holds, as far as a referral has a place for it.
enum class Role : std::uint8_t {
  id,
  name,
  company,
  first_name,
  last_name,
  full_name,
  job_title,
  email,
  phone,
  street1,
  street2,
  city,
  state,
  postal_code,
  country,
  employees,
  notes,
  value,
  currency,
  close_date,
  status,
  owner,
  owner_email,
  count_,
};

// Names of columns that hold this, the most certain first, as fold_name() leaves them.
std::span<const std::string_view> names_of(Role role);

// Whether a column, by its folded name, seems to say who has agreed to being contacted or has not.
bool speaks_of_consent(std::string_view folded);

// A kind of export, known by columns that all of its kind have.
struct KnownExport {
  std::string_view title;                       // "Salesforce opportunities"
  std::string_view preset;                      // the shipped mapping's file name; blank: none
  std::span<const std::string_view> signature;  // folded names, all of them in the header
  struct Own {
    Role role;
    std::string_view column;  // folded; blank: this kind of export has none
  };
  // Where its names mean something else than elsewhere. Of several columns for one role the first
  // is taken, and the next where that is blank.
  std::span<const Own> own;
  std::string_view id_form = {};  // an expression for ids that do not change; GUIDs need none
  // Cells with several: "Fabrikam GmbH;Contoso Ltd", "Ada Example (ada@fabrikam.example);Bob …".
  bool lists_associated = false;
};

// In the order in which they are to be tried.
std::span<const KnownExport> known_exports();

}  // namespace referrald::mapping
