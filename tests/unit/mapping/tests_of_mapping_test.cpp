#include "tests/unit/mapping/mapping_fixture.hpp"

namespace referrald::mapping {
namespace {

constexpr std::string_view head = R"(deal: ${Deal | default private}
include: [ { column: Status, not_in: [Lost] } ]
invitation: { notes: "${Notes}" }
referral:
  externalReferenceId: ${Id}
  name: ${Topic}
  target: ${Solution}
  customerProfile: { name: Fabrikam, team: [ { firstName: Ada }, { firstName: "${First}" } ] }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { dealValue: "${Value | number}", currency: EUR }
tests:
)";

std::string with(std::string_view tests) {
  return std::string(head) + std::string(tests);
}

TEST(MappingTests, SucceedWhenTheNamedMembersAgree) {
  EXPECT_EQ(failures_of(with(R"(
  - row: { Id: 1, Topic: " Renewal ", Value: "1,000.50" }
    referral:
      name: Renewal
      consent: { consentToContact: true }
      customerProfile: { team: [ { firstName: Ada } ], address: ~ }
      details: { dealValue: 1000.50, notes: ~ }
      target: []
    deal: private
  - row: { Id: 1, Deal: co-sell, Solution: SOL-1, Notes: Hi, Value: 5 }
    invitation: { notes: Hi }
    deal: Co-sell
  - row: { Id: 1, Status: Lost }
    excluded: true
  - row: { Value: much }
    rejected: [bad-number, missing-external-id]
)")),
            "");
}

TEST(MappingTests, NameNoColumnThatIsNearlyOneOfTheMapping) {
  EXPECT_EQ(problems_of(with("  - row: { Id: 1, topic: x }\n    deal: private\n")),
            "12:19: tests: test 1: the mapping takes nothing from a column \"topic\" (did you mean "
            "\"Topic\"? Else remove it)\n");
  for (const char* row : {"Id: 1, Topic: x, topic: y", "Id: 1, Phone: 2", "Id: 1, Topic 2: x"})
    load_good(with("  - row: { " + std::string(row) + " }\n    deal: private\n"));
}

TEST(MappingTests, AreCounted) {
  EXPECT_EQ(load_good(with("  - row: { Id: 1 }\n    deal: private\n  - row: { Status: Lost }\n    "
                           "excluded: true\n"))
                ->test_count(),
            2U);
  EXPECT_EQ(load_good(least_referral)->test_count(), 0U);
}

TEST(MappingTests, ThatFailShowPathExpectedAndGot) {
  EXPECT_EQ(
      failures_of(with(R"(
  - name: a renewal
    row: { Id: 1, Topic: Renewal, Value: 5, Topik: x }
    referral:
      name: Removal
      consent: { consentToContact: false }
      customerProfile: { name: ~, team: [ { firstName: Ada }, { firstName: Bob } ] }
      details: { dealValue: 6, notes: text }
    deal: co-sell
    warnings: []
)")),
      "13:5: test 1 (a renewal): deal: expected co-sell, got private (the mapping does not use "
      "the row's columns \"Topik\")\n"
      "16:13: test 1 (a renewal): referral/name: expected Removal, got \"Renewal\" (the mapping "
      "does not use the row's columns \"Topik\")\n"
      "17:36: test 1 (a renewal): referral/consent/consentToContact: expected false, got true "
      "(the mapping does not use the row's columns \"Topik\")\n"
      "18:32: test 1 (a renewal): referral/customerProfile/name: expected nothing, got "
      "\"Fabrikam\" (the mapping does not use the row's columns \"Topik\")\n"
      "18:41: test 1 (a renewal): referral/customerProfile/team: expected a list of 2 elements, "
      "got [{\"firstName\":\"Ada\"}] (the mapping does not use the row's columns \"Topik\")\n"
      "19:29: test 1 (a renewal): referral/details/dealValue: expected 6, got 5 (the mapping "
      "does not use the row's columns \"Topik\")\n"
      "19:39: test 1 (a renewal): referral/details/notes: expected text, got nothing (the "
      "mapping does not use the row's columns \"Topik\")\n"
      "13:5: test 1 (a renewal): warnings: expected none, got portal-address-line, portal-city, "
      "portal-closing-date, portal-country, portal-marketplace-intent, portal-seller, "
      "portal-solution (the mapping does not use the row's columns \"Topik\")\n");
}

TEST(MappingTests, ThatExpectAnotherOutcomeSayWhatBecameOfTheRow) {
  EXPECT_EQ(
      failures_of(with(R"(
  - row: { Id: 1, Value: much }
    referral: { name: x }
  - row: { Id: 1 }
    excluded: true
  - row: { Id: 1, Status: Lost }
    rejected: [bad-number]
  - row: { Id: 1, Value: much }
    rejected: [bad-number, bad-date]
)")),
      "13:5: test 1: expected a referral, but the row is rejected: bad-number: \"much\" is no "
      "number in en-US\n"
      "15:5: test 2: expected the row to be excluded, but the row becomes a referral\n"
      "17:5: test 3: expected the row to be rejected with bad-number, but the row is excluded\n"
      "19:5: test 4: rejected: expected bad-date, bad-number, got bad-number\n");
}

TEST(MappingTests, WithFaultsOfTheirOwnAreProblems) {
  EXPECT_EQ(
      problems_of(with(R"(
  - row: { Id: 1 }
  - row: { Id: 1 }
    referral: { nam: x, customerProfile: { team: x } }
  - referral: { name: x }
  - row: { Id: 1 }
    rejected: [bad-nummber]
    excluded: true
  - row: { Id: [1] }
    excluded: "true"
  - rwo: { Id: 1 }
)")),
      "13:5: tests: an entry needs exactly one of referral, excluded and rejected (say what "
      "must become of the row)\n"
      "15:17: tests: a referral has no member \"nam\" (did you mean \"name\"?)\n"
      "15:50: tests: referral/customerProfile/team must be a list (write [ … ])\n"
      "16:5: tests: an entry has no row (add row: { Column: cell, … })\n"
      "17:5: tests: an entry needs exactly one of referral, excluded and rejected (say what "
      "must become of the row)\n"
      "18:16: tests: \"bad-nummber\" is no code of a rejection (did you mean \"bad-number\"?)\n"
      "20:16: tests: the cell \"Id\" is no single value (write the cell's text)\n"
      "21:15: tests: excluded can only be true (write excluded: true, or remove it)\n"
      "22:5: tests: unknown key \"rwo\" (did you mean \"row\"?)\n"
      "22:5: tests: an entry has no row (add row: { Column: cell, … })\n"
      "22:5: tests: an entry needs exactly one of referral, excluded and rejected (say what "
      "must become of the row)\n");
}

}  // namespace
}  // namespace referrald::mapping
