#include "tests/unit/mapping/mapping_fixture.hpp"

namespace referrald::mapping {
namespace {

TEST(MappingFile, ReportsUnknownKeysWithTheNearestName) {
  EXPECT_EQ(problems_of("formt: {}\nlookups: {}\n" + std::string(least_referral)),
            "1:1: a mapping has no key \"formt\" (did you mean \"format\"?)\n"
            "2:1: a mapping has no key \"lookups\" (known are format, optional_columns, include, "
            "tables, lists, deal, "
            "rules, referral, invitation, tests)\n");
}

TEST(MappingFile, ReportsUnknownMembersWithTheNearestName) {
  EXPECT_EQ(
      problems_of(R"(referral:
  externalReferenceId: ${Id}
  custmerProfile: { name: x }
  customerProfile: { adress: { city: x }, address: { zip: x } }
  consent: { consentToShareInfoWithOthers: true, consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { requirements: { solutions: [ { solutionid: x } ] } }
)"),
      "3:3: a referral has no member \"custmerProfile\" (did you mean \"customerProfile\"?)\n"
      "4:22: the customer profile has no member \"adress\" (did you mean \"address\"?)\n"
      "4:54: an address has no member \"zip\" (known are addressLine1, addressLine2, city, "
      "state, postalCode, country, region)\n"
      "5:14: the consent has no member \"consentToShareInfoWithOthers\" (did you mean "
      "\"consentToToShareInfoWithOthers\"?)\n"
      "6:45: a solution has no member \"solutionid\" (known are id, name, type, publisherName, "
      "solutionType, price, quantity, currency, closingDateTime)\n");
}

TEST(MappingFile, RefusesMembersThatOnlyTheServiceSets) {
  const std::string problems = problems_of(std::string(least_referral) + R"(  id: x
  eTag: x
  mpnId: x
  inviteContext: { notes: x }
  team: [ { emailAddress: a@example.com } ]
invitation: { invitedBy: { organizationId: x } }
)");
  EXPECT_EQ(problems,
            "7:3: \"id\" cannot be set: only the service sets it (remove it)\n"
            "8:3: \"eTag\" cannot be set: only the service sets it (remove it)\n"
            "9:3: \"mpnId\" cannot be set: no documentation says that a create may set it "
            "(remove it)\n"
            "10:3: \"inviteContext\" cannot be set: its members are written under `invitation`, "
            "beside `referral` (remove it)\n"
            "11:13: \"emailAddress\" cannot be set: the API calls it email (remove it)\n"
            "12:15: \"invitedBy\" cannot be set: referrald fills in the own organization from the "
            "first referral's answer (remove it)\n");
}

TEST(MappingFile, ReportsWhatEveryReferralNeeds) {
  EXPECT_EQ(
      problems_of("referral: { name: x, consent: { consentToContact: true } }\n"),
      "1:11: the mapping sets no externalReferenceId, which every referral needs (add the "
      "member)\n"
      "1:11: the mapping sets no customerProfile, which every referral needs (add the "
      "member)\n"
      "1:11: the mapping sets no details, which every referral needs (add the member)\n"
      "1:31: the mapping sets no consent/consentToToShareInfoWithOthers, which every referral "
      "needs (add the member)\n");
  EXPECT_EQ(problems_of("deal: private\n"),
            "1:1: the mapping has no `referral` (see docs/mapping.md for an example)\n");
}

TEST(MappingFile, RefusesTheSameIdForEveryRow) {
  EXPECT_EQ(problems_of(R"(referral:
  externalReferenceId: A
  customerProfile: { name: Fabrikam }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { currency: EUR }
)"),
            "2:24: externalReferenceId would be the same for every row (map the column that holds "
            "the record's id, as ${Column})\n");
}

TEST(MappingFile, ChecksConstantsAsTheServiceWould) {
  EXPECT_EQ(
      problems_of(R"(referral:
  externalReferenceId: ${Id}
  qualification: salesqualified
  customerProfile:
    size: big
    address: { country: Germany }
    team: [ { email: somebody@example.com } ]
  consent: { consentToToShareInfoWithOthers: "true", consentToContact: 1 }
  details: { currency: Euro, closingDateTime: 2026-03-31, dealValue: "100", notes: }
)"),
      "3:18: qualification: \"salesqualified\" is none of the API's values None, Direct, "
      "MarketingQualified, SalesQualified (did you mean \"SalesQualified\"?)\n"
      "5:11: customerProfile/size: \"big\" is none of the API's values 1to9employees, "
      "10to50employees, 51to250employees, 251to1000employees, 1001to5000employees, "
      "5001to10000employees, 10001to20000employees, Morethan20000employees, 1to50employees, "
      "51to500employees, Morethan500employees\n"
      "6:25: customerProfile/address/country: \"Germany\" is no ISO 3166-1 code of two "
      "capital letters (did you mean \"DE\"?)\n"
      "8:46: consent/consentToToShareInfoWithOthers is true or false, not \"true\" (write true or "
      "false, without quotes)\n"
      "8:72: consent/consentToContact is true or false, not \"1\" (write true or false, without "
      "quotes)\n"
      "9:24: details/currency: \"Euro\" is no ISO 4217 code of three capital letters (did you "
      "mean \"EUR\"?)\n"
      "9:47: details/closingDateTime: \"2026-03-31\" is no date and time such as "
      "2026-03-31T00:00:00Z\n"
      "9:70: details/dealValue is a number, not \"100\" (write it without quotes, as in "
      "1000.50)\n"
      "9:77: details/notes has no value (write one, or remove the member)\n");
}

TEST(MappingFile, ChecksThatTemplatesCanHaveTheirMembersType) {
  EXPECT_EQ(
      problems_of(R"(referral:
  externalReferenceId: ${Id | number}
  customerProfile: { name: Fabrikam, team: x }
  consent: { consentToToShareInfoWithOthers: "a ${A}", consentToContact: "${A}" }
  details: { dealValue: "${A}" , notes: [x] }
)"),
      "2:24: externalReferenceId is text, and the template yields a number (remove the filter "
      "number or integer)\n"
      "3:44: customerProfile/team is a single value, and must be a list\n"
      "4:46: consent/consentToToShareInfoWithOthers is true or false, and the template yields "
      "something else (use one placeholder, with a lookup in a table if need be)\n"
      "5:25: details/dealValue is a number, and the template yields text (add the filter "
      "number: ${Column | number})\n"
      "5:41: details/notes is a list, and must be a single value\n");
}

TEST(MappingFile, ReportsFaultyTables) {
  EXPECT_EQ(
      problems_of("tables: { a: x, b: { c: [1], ' d': 1, d: 2, '': x } }\nrules: lax\n" +
                  std::string(least_referral)),
      "1:14: the table a must be a map (write each line as cell: value, or { file: "
      "owners.csv, key: Full Name })\n"
      "1:22: table b: \"c\" has no single value (write one, or remove the line)\n"
      "1:39: table b: \"d\" occurs twice (keys are compared without blanks at their ends)\n"
      "1:45: table b: a key is blank (a blank cell is never looked up: use `default`)\n"
      "2:8: rules: \"lax\" is not known (write strict (what the portal asks for rejects, too) "
      "or standard)\n");
}

TEST(MappingFile, ReportsAFileThatIsMissingOrNoMap) {
  config::Problems problems;
  EXPECT_EQ(load_mapping("/nonexistent/mapping.yaml", problems), nullptr);
  EXPECT_FALSE(problems.empty());
  EXPECT_EQ(problems_of("- x\n"),
            "1:1: a mapping file is a map with `referral` in it (see docs/mapping.md for an "
            "example)\n");
}

}  // namespace
}  // namespace referrald::mapping
