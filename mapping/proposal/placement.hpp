// Which columns of a sample go where in a referral.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/proposal/known_columns.hpp"
#include "mapping/proposal/sample.hpp"

namespace referrald::mapping {

struct Placement {
  const KnownExport* known = nullptr;  // nullptr: no kind that is known
  std::array<const SampleColumn*, static_cast<std::size_t>(Role::count_)> by_role{};
  std::vector<const SampleColumn*> more_companies;  // where the company's column is blank
  std::vector<const SampleColumn*> unplaced;
  // "Name" and "Title", where the export has columns of persons.
  std::vector<const SampleColumn*> persons_columns;
  const SampleColumn* other_id = nullptr;  // which may be the id as well as the one taken
  bool id_is_guessed = false;              // by its cells, not by its name
  std::string id_filters;                  // what makes one id of its spellings; blank: nothing
  std::size_t ids_refused = 0;             // by the filters, of the column's values

  const SampleColumn* of(Role role) const { return by_role[static_cast<std::size_t>(role)]; }
};

// The sample's columns live as long as it does.
Placement place_columns(const Sample& sample);

}  // namespace referrald::mapping
