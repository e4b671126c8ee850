// Words for tests of mappings: load one from text, give it a row, see what becomes of it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "mapping/mapping.hpp"

namespace referrald::mapping {

using Cells = std::map<std::string, std::string>;

// What the smallest mapping has: everything the API requires.
inline constexpr std::string_view least_referral = R"(
referral:
  externalReferenceId: ${Id}
  customerProfile: { name: Fabrikam }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { currency: EUR }
)";

struct Loaded {
  std::unique_ptr<Mapping> mapping;
  std::vector<std::string> problems;  // "line:column: message (remedy)"
};

Loaded load(std::string_view yaml);
// Loads a mapping that must be fine.
std::unique_ptr<Mapping> load_good(std::string_view yaml);
// The problems of a mapping that must have some, one a line.
std::string problems_of(std::string_view yaml);
// The problems that the mapping's own tests find, one a line.
std::string failures_of(std::string_view yaml);

// Maps one row; columns it does not name are blank.
Outcome map_row(const Mapping& mapping, const Cells& cells);
Mapped mapped(const Mapping& mapping, const Cells& cells);
std::vector<Reason> reasons(const Mapping& mapping, const Cells& cells);
// The codes of a rejected row's reasons, in order.
std::vector<std::string> codes(const std::vector<Reason>& reasons);

// What `details/notes` becomes for these cells: its text, "(absent)", or "rejected: code".
std::string notes(std::string_view text, const Cells& cells, std::string_view more = {});

}  // namespace referrald::mapping
