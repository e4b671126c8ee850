#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "mapping/mapping.hpp"
#include "mapping/names.hpp"
#include "mapping/proposal/propose.hpp"
#include "tests/unit/proposal/proposal_fixture.hpp"

namespace referrald::mapping {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

// A proposal, loaded and bound to its export, and what becomes of the export's rows.
struct Tried {
  std::string text;
  std::string problems;  // one a line
  int mapped = 0;
  int rejected = 0;
  std::string first;  // the first referral
};

Tried try_out(const fs::path& file) {
  Tried tried;
  tried.text = propose_mapping(take_sample(file, {}), file.filename().string());
  const TextFile mapping_file(tried.text);
  config::Problems problems;
  const auto mapping = load_mapping(mapping_file.path(), problems);
  if (mapping != nullptr) {
    const auto reader = open_export(file, mapping->format(), mapping->columns());
    if (const auto bound = mapping->bind(*reader, problems)) {
      for (Row row; reader->next(row);) {
        const auto outcome = bound->map(row);
        if (const auto* mapped = std::get_if<Mapped>(&outcome)) {
          if (tried.mapped++ == 0) tried.first = to_json(mapped->referral);
        } else if (std::holds_alternative<Rejected>(outcome)) {
          ++tried.rejected;
        }
      }
    }
  }
  for (const auto& problem : problems.list()) tried.problems += problem.message + "\n";
  return tried;
}

// The comments' lines as one, for what they say however it is broken.
std::string joined(std::string text) {
  for (std::size_t at = 0; (at = text.find("\n#    ", at)) != std::string::npos;)
    text.erase(at, std::string_view("\n#    ").size());
  return text;
}

SampleColumn column(std::string_view name, std::string_view value) {
  SampleColumn out;
  out.name = out.reference = name;
  out.folded = fold_name(name);
  out.values.emplace_back(value);
  out.filled = 1;
  return out;
}

Tried try_text(std::string_view text) {
  const TextFile file(text);
  return try_out(file.path());
}

TEST(Proposal, MapsAGermanExcelExportWithoutAWordByHand) {
  // Umlauts in windows-1252, semicolons, decimal commas, days first.
  const auto tried = try_text(
      "(Nicht \xE4ndern) Lead;Thema;Vorname;Nachname;Firmenname;Stra\xDF"
      "e 1;Ort;PLZ;Land/Region;"
      "Gesch\xE4tzter Wert;W\xE4hrung;Gesch\xE4tztes Abschlussdatum;Statusgrund\r\n"
      "7f0e3c0a-6a52-4f35-9a51-0b3c0e7d9a11;Umzug;J\xF6rg;Beispiel;M\xFCller GmbH;Hauptstr. 5;"
      "K\xF6ln;50667;Germany;1.234,50;EUR;31.03.2027;Qualifiziert\r\n"
      "7f0e3c0a-6a52-4f35-9a51-0b3c0e7d9a12;Server;Eva;Muster;Huber AG;Ring 1;Graz;8010;Austria;"
      "99,00;EUR;01.04.2027;Neu\r\n");
  EXPECT_EQ(tried.problems, "");
  EXPECT_EQ(tried.mapped, 2);
  EXPECT_THAT(tried.text, HasSubstr("encoding: windows-1252"));
  EXPECT_THAT(tried.text, HasSubstr("delimiter: ;"));
  EXPECT_THAT(tried.text, HasSubstr("locale: de-DE"));
  EXPECT_THAT(tried.first, HasSubstr("\"externalReferenceId\":\"7f0e3c0a"));
  EXPECT_THAT(tried.first, HasSubstr("\"name\":\"Müller GmbH\""));
  EXPECT_THAT(tried.first,
              HasSubstr("\"city\":\"Köln\",\"postalCode\":\"50667\",\"country\":\"DE\""));
  EXPECT_THAT(tried.first, HasSubstr("\"dealValue\":1234.5,\"currency\":\"EUR\","
                                     "\"closingDateTime\":\"2027-03-31T00:00:00Z\""));
}

TEST(Proposal, LeavesADoubtfulCodePageToAPerson) {
  const auto tried = try_text("Id;Firmenname;Wert\n1;M\x81ller & S\x94hne;5\n");
  EXPECT_THAT(tried.text, HasSubstr("encoding: FILL IN"));
  EXPECT_THAT(tried.text, HasSubstr("It may be IBM850, macintosh"));
  EXPECT_THAT(tried.problems, HasSubstr("nobody has said yet which encoding the export has"));
}

TEST(Proposal, GivesDetailsWhereTheExportsAreAllBlank) {
  const auto tried = try_text("Id,Company,Description,Amount\n1,Fabrikam,,\n2,Contoso,,\n");
  EXPECT_EQ(tried.problems, "");
  EXPECT_EQ(tried.mapped, 2);
  EXPECT_THAT(tried.first, HasSubstr("CustomerMarketplaceIntent"));
}

TEST(Proposal, RecognisesTheCrm) {
  EXPECT_THAT(try_text("Record ID,Deal Name,Deal Stage,Amount\n1,Backup,won,5\n").text,
              HasSubstr("It looks like HubSpot deals: config/mappings/hubspot-deal.yaml"));
  EXPECT_THAT(try_text("Deal - ID,Deal - Title,Deal - Value\n1,Backup,5\n").text,
              HasSubstr("It looks like Pipedrive deals"));
  EXPECT_THAT(
      try_text("Id,LastName,Name,Company,Title,LeadSource\n1,Lee,Kim Lee,Contoso,CEO,Web\n").text,
      HasSubstr("It looks like Salesforce leads"));
  EXPECT_THAT(try_text("a,b\n1,2\n").text, Not(HasSubstr("It looks like")));
}

TEST(Proposal, TakesTheNameOfAPersonForNoDeal) {
  const auto tried =
      try_text("Id,LastName,Name,Company,Title,LeadSource\n1,Lee,Kim Lee,Contoso,CEO,Web\n");
  EXPECT_THAT(tried.text, HasSubstr("name: ${Company | truncate 200}"));
  EXPECT_THAT(tried.text, HasSubstr("title: ${Title}"));
}

TEST(Proposal, TakesNameBesideAFirstNameForTheLastOne) {
  const auto german = try_text("Id;Vorname;Name;Firma;Betrag\n1;Eva;Muster;Contoso;5\n");
  EXPECT_EQ(german.problems, "");
  EXPECT_THAT(german.text, HasSubstr("\n  name: ${Firma | truncate 200}"));
  EXPECT_THAT(german.text, HasSubstr("- firstName: ${Vorname}\n        lastName: ${Name}"));
  EXPECT_THAT(joined(german.text), HasSubstr("column \"Name\" was taken for a person's"));
  const auto whole = try_text("Id,First Name,Name,Company,Amount\n1,Eva,Eva Muster,Contoso,5\n");
  EXPECT_THAT(whole.text, HasSubstr("- lastName: ${Name}"));
  const auto both = try_text("Id,Name,Surname,Company,Amount\n1,Eva,Muster,Contoso,5\n");
  EXPECT_THAT(both.text, HasSubstr("\n  name: ${Company | truncate 200}"));
}

TEST(Proposal, TakesTheTitleOfAPersonForNoDeal) {
  for (const char* person : {"Contact", "Ansprechpartner", "Prénom", "Apellidos"}) {
    const auto tried =
        try_text("Id," + std::string(person) + ",Title,Company,Amount\n1,Lee,CEO,Contoso,5\n");
    EXPECT_THAT(tried.text, HasSubstr("\n  name: ${Company | truncate 200}")) << person;
    EXPECT_THAT(tried.text, HasSubstr("title: ${Title}")) << person;
    EXPECT_THAT(joined(tried.text), HasSubstr("column \"Title\" was taken for a person's"));
  }
  EXPECT_THAT(try_text("Id,Title,Company,Amount\n1,Backup,Contoso,5\n").text,
              HasSubstr("\n  name: ${Title | truncate 200}"));
}

TEST(Proposal, SaysAtTheTopWhatMustBeFilledInAndIsRefusedUntilThen) {
  const auto tried = try_text("First Name,Last Name,Company\nKim,Lee,Contoso\n");
  const auto head = tried.text.substr(0, tried.text.find("\n\n"));
  EXPECT_THAT(head, HasSubstr("TO FILL IN"));
  EXPECT_THAT(head, HasSubstr("externalReferenceId: the export has no column"));
  EXPECT_THAT(head, HasSubstr("details: the export has no value"));
  EXPECT_THAT(tried.problems, HasSubstr("FILL IN"));
}

TEST(Proposal, MakesTheIdsThatTheShippedMappingMakes) {
  const auto worksheet = try_text(
      "(Do Not Modify) Lead,Topic,Company Name,Est. Value\n"
      "7F0E3C0A-6a52-4f35-9a51-0b3c0e7d9a11,Backup,Contoso,5\n");
  EXPECT_THAT(worksheet.text, HasSubstr("externalReferenceId: ${(Do Not Modify) Lead | lower}"));
  EXPECT_THAT(worksheet.first, HasSubstr("\"7f0e3c0a-6a52-4f35-9a51-0b3c0e7d9a11\""));
  const auto api = try_text(
      "Id,Name,StageName,CloseDate,Account.Name\n006Ec00000AieKFIAZ,Backup,Won,2027-01-01,"
      "Contoso\n");
  EXPECT_EQ(api.problems, "");
  EXPECT_THAT(api.text, HasSubstr("externalReferenceId: ${Id | match '^[0-9A-Za-z]{18}$'}"));
  const auto report = try_text(
      "Opportunity ID,Opportunity Name,Account Name,Stage,Amount\n"
      "0061r00000AbCdE,Backup,Contoso,Won,5\n");
  EXPECT_THAT(report.text, HasSubstr("externalReferenceId: ${Opportunity ID}"));
  EXPECT_THAT(report.text, HasSubstr("these are the ids of 15 characters"));
}

TEST(Proposal, TakesTheFirstCompanyAndContactOfHubSpot) {
  const auto tried = try_text(
      "Record ID,Deal Name,Deal Stage,Amount,Associated Company,Associated Company (Primary),"
      "Associated Contact\n"
      "1,Backup,won,5,Contoso Ltd;Fabrikam GmbH,,Ada van Example (ada@fabrikam.example);Bob B "
      "(b@contoso.example)\n"
      "2,Server,won,5,Contoso Ltd;Fabrikam GmbH,Fabrikam GmbH,\n");
  EXPECT_EQ(tried.problems, "");
  EXPECT_EQ(tried.mapped, 2);
  EXPECT_THAT(tried.text,
              HasSubstr("name: ${Associated Company (Primary) | if_blank \"Associated Company\" | "
                        "split \";\" | first}"));
  EXPECT_THAT(
      tried.first,
      HasSubstr("\"customerProfile\":{\"name\":\"Contoso Ltd\",\"team\":[{\"firstName\":"
                "\"Ada\",\"lastName\":\"van Example\",\"email\":\"ada@fabrikam.example\"}]"));
  EXPECT_THAT(tried.text, Not(HasSubstr("holds the whole name")));
  EXPECT_THAT(tried.text, Not(HasSubstr("not mapped:\n#   Associated")));
  const auto one = try_text(
      "Record ID,Deal Name,Deal Stage,Amount,Associated Company\n1,Backup,won,5,A GmbH;B GmbH\n");
  EXPECT_THAT(one.text, HasSubstr("name: ${Associated Company | split \";\" | first}"));
  EXPECT_THAT(joined(one.text), HasSubstr("name several companies; the first is taken"));
  EXPECT_THAT(one.first, HasSubstr("\"name\":\"A GmbH\""));
}

TEST(Proposal, RefusesTheFewIdsThatAreNotOfTheCrmsForm) {
  const auto hubspot = try_text(
      "Record ID,Deal Name,Deal Stage,Amount,Associated Company\n27040205336512,A,won,5,C\n"
      "27040205336513,B,won,5,C\n2.70402E+13,C,won,5,C\n");
  EXPECT_THAT(hubspot.text, HasSubstr("externalReferenceId: ${Record ID | match '^[0-9]+$'}"));
  EXPECT_THAT(joined(hubspot.text), HasSubstr("1 of 3 different ids of column \"Record ID\" are "
                                              "not of the form that such ids have"));
  EXPECT_EQ(hubspot.mapped, 2);
  EXPECT_EQ(hubspot.rejected, 1);
  const auto all =
      try_text("Record ID,Deal Name,Deal Stage,Amount,Associated Company\n2.70402E+13,A,won,5,C\n");
  EXPECT_EQ(all.rejected, 1);
  const auto salesforce = try_text(
      "Id,Name,StageName,CloseDate,Account.Name\n006Ec00000AieKFIAZ,A,Won,2027-01-01,C\n"
      "006Ec00000AieKFIAY,B,Won,2027-01-01,C\n006Ec00000AieKF,C,Won,2027-01-01,C\n");
  EXPECT_THAT(salesforce.text, HasSubstr("externalReferenceId: ${Id | match '^[0-9A-Za-z]{18}$'}"));
  EXPECT_THAT(joined(salesforce.text), HasSubstr("1 of 3 different ids"));
  EXPECT_EQ(salesforce.rejected, 1);
  const auto unknown = try_text("Id,Company,Amount\n2.70402E+13,Contoso,5\n7,Fabrikam,6\n");
  EXPECT_THAT(joined(unknown.text),
              HasSubstr("1 of 2 different ids of column \"Id\" are written as"));
}

TEST(Proposal, FindsTheDecimalSignOfAmountsWithACurrency) {
  const auto tried =
      try_text("Id,Company,Amount\n1,Contoso,\"1.234,50 €\"\n2,Fabrikam,\"EUR 12,50\"\n");
  EXPECT_THAT(tried.text, HasSubstr("locale: de-DE   # as its numbers are written: 1.234,50"));
  EXPECT_EQ(tried.mapped, 2);
}

TEST(Proposal, TakesTheCurrencyFromTheAmountsWhereTheyCarryOne) {
  const auto tried =
      try_text("Id,Company,Amount\n1,Contoso,\"USD 1,234.50\"\n2,Fabrikam,\"EUR 12,000.00\"\n");
  EXPECT_THAT(tried.text, HasSubstr("\n    currency: ${Amount | currency}\n"));
  EXPECT_THAT(tried.text, Not(HasSubstr("currency: EUR")));
  EXPECT_THAT(tried.text, Not(HasSubstr("does not say in which currency")));
  EXPECT_EQ(tried.mapped, 2);
  EXPECT_THAT(tried.first, HasSubstr("\"dealValue\":1234.5,\"currency\":\"USD\""));
}

TEST(Proposal, GuessesNoCurrencyForAmountsThatCarryNone) {
  const auto tried =
      try_text("Id,Company,Amount\n1,Contoso,\"1,234.50\"\n2,Fabrikam,\"USD 12,000.00\"\n");
  EXPECT_EQ(tried.mapped, 1);
  EXPECT_EQ(tried.rejected, 1);
  const std::string known = R"(${Amount | match '[\pL\p{Sc}]+' | default USD | currency})";
  EXPECT_THAT(joined(tried.text),
              HasSubstr("currency: 1 of 2 different cells of column \"Amount\" name no currency; "
                        "rows with them are rejected. If they are all in one that you know, say "
                        "so: " +
                        known));
  // What is advised does what it says.
  std::string mapping = tried.text;
  const std::string proposed = "currency: ${Amount | currency}";
  mapping.replace(mapping.find(proposed), proposed.size(), "currency: " + known);
  const TextFile file(mapping);
  config::Problems problems;
  const auto loaded = load_mapping(file.path(), problems);
  ASSERT_NE(loaded, nullptr);
  const auto bound = loaded->bind({"Id", "Company", "Amount"}, problems);
  for (const auto& [amount, code] : {std::pair{"1,234.50", "USD"}, {"12.00 \u20ac", "EUR"}}) {
    Row row;
    row.cells = {"1", "Contoso", amount};
    const auto outcome = bound->map(row);
    ASSERT_TRUE(std::holds_alternative<Mapped>(outcome)) << amount;
    EXPECT_EQ(*std::get<Mapped>(outcome).referral.at("details/currency")->string(), code);
  }
}

TEST(Proposal, SaysThatASignOfSeveralCurrenciesIsDoubtful) {
  const auto some = try_text("Id;Firma;Wert\n1;X;1.234,50 \u20ac\n2;Y;99,00 $\n3;Z;CHF 5,00\n");
  EXPECT_THAT(some.text, HasSubstr("currency: ${Wert | currency}"));
  EXPECT_THAT(joined(some.text), HasSubstr("1 of 3 different cells of column \"Wert\" have a sign "
                                           "that several currencies have, such as \"$\""));
  EXPECT_THAT(joined(some.text), HasSubstr("`replace \"$\" \"CODE\"` before `currency`"));
  EXPECT_EQ(some.mapped, 2);
  EXPECT_EQ(some.rejected, 1);
  const auto all = try_text("Id,Company,Amount\n1,X,\"$1,234.50\"\n2,Y,$99.00\n");
  EXPECT_THAT(all.text,
              HasSubstr("# currency: CODE   # write the code of the currency that \"$\""));
  EXPECT_THAT(all.text, Not(HasSubstr("EUR")));
  EXPECT_THAT(joined(all.text), HasSubstr("have the sign \"$\", which several currencies have"));
  EXPECT_EQ(all.mapped, 2);
}

TEST(Proposal, NamesTheColumnsThatSpeakOfConsent) {
  const auto tried = try_text(
      "Lead Id,Subject,Company,Amount,Consent,Do Not Contact,Opted in\n1,a,X,5,No,Yes,false\n");
  EXPECT_THAT(joined(tried.text), HasSubstr("with `include`. Look at columns \"Consent\", \"Do Not "
                                            "Contact\", \"Opted in\".\n"));
  for (const char* name :
       {"Einwilligung", "GDPR", "DSGVO-Status", "Do not allow Emails", "hs_legal_basis",
        "E-Mails nicht zulassen", "HasOptedOutOfEmail", "Consentement marketing"})
    EXPECT_THAT(joined(try_text("Id,Company,Amount," + std::string(name) + "\n1,X,5,No\n").text),
                HasSubstr("Look at column \"" + std::string(name) + "\".\n"));
  EXPECT_THAT(try_text("(Do Not Modify) Lead,Company,Amount,Option\n1,X,5,a\n").text,
              Not(HasSubstr("Look at column")));
}

TEST(Proposal, GuessesAnIdOnlyFromAColumnThatDiffersInEveryRowAndAsks) {
  const auto unique = try_text("Quote No,Company,Amount\nQ1,Contoso,5\nQ2,Fabrikam,6\n");
  EXPECT_EQ(unique.problems, "");
  EXPECT_THAT(unique.text, HasSubstr("externalReferenceId: ${Quote No}"));
  EXPECT_THAT(unique.text, HasSubstr("record's id in the CRM, and does it never change?"));
  const auto repeated = try_text("Quote No,Company,Amount\nQ1,Contoso,5\nQ1,Fabrikam,6\n");
  EXPECT_THAT(repeated.text, HasSubstr("externalReferenceId: ${FILL IN}"));
}

TEST(Proposal, TakesTheCustomersRevenueForNoValueOfTheDeal) {
  for (const char* name : {"Annual Revenue", "revenue", "Umsatz", "Jahresumsatz"}) {
    const auto tried = try_text("Id,Company," + std::string(name) + "\n1,Contoso,5000000\n");
    EXPECT_THAT(tried.text, Not(HasSubstr("${" + std::string(name)))) << name;
    EXPECT_THAT(tried.text, HasSubstr("dealValue: ${FILL IN | number}")) << name;
  }
  Sample worksheet;
  worksheet.rows = 1;
  worksheet.columns = {column("Thema", "Umzug"), column("Jahresumsatz", "5000000")};
  worksheet.columns[1].alias = "revenue";
  EXPECT_THAT(propose_mapping(worksheet, "x"), Not(HasSubstr("${Jahresumsatz")));
}

TEST(Proposal, SaysThatLostAndClosedRowsAreSentToo) {
  const auto tried =
      try_text("Id,Company,Amount,Status\n1,Contoso,5,Won\n2,Fabrikam,6,Lost: why\n");
  EXPECT_THAT(
      joined(tried.text),
      HasSubstr("include: every row becomes a referral, also lost and closed ones, until "
                "`include` says otherwise. Column \"Status\" tells them apart; the commented "
                "`include` lists its values"));
  EXPECT_THAT(tried.text, HasSubstr("#   - { column: Status, in: [Won, 'Lost: why'] }"));
  std::string many = "Id,Company,Amount,Status\n";
  for (int i = 0; i < 20; ++i) many += fmt::format("{0},Contoso,5,S{0}\n", i);
  EXPECT_THAT(
      joined(try_text(many).text),
      HasSubstr("Column \"Status\" tells them apart; it has 20 different values, too many"));
  EXPECT_THAT(try_text("Id,Company,Amount\n1,Contoso,5\n").text,
              Not(HasSubstr("every row becomes")));
  // Pipedrive's stages go on being what they were when a deal is lost.
  EXPECT_THAT(try_text("Deal - ID,Deal - Title,Deal - Stage,Deal - Status,Deal - Organization\n"
                       "1,Backup,Proposal,Lost,Contoso\n")
                  .text,
              HasSubstr("#   - { column: Deal - Status, in: [Lost] }"));
}

TEST(Proposal, SaysThatConvertedLeadsWouldBeSentTwice) {
  for (const char* name : {"IsConverted", "Converted", "Is Converted"}) {
    const auto tried = try_text("Id,Company,LastName,Amount,Status," + std::string(name) +
                                "\n1,Contoso,Lee,5,Open,false\n");
    EXPECT_THAT(joined(tried.text), HasSubstr("would be sent twice")) << name;
    EXPECT_THAT(tried.text, HasSubstr("#   - { column: " + std::string(name) + ", not_in: ["));
  }
}

TEST(Proposal, TakesNoIdOfAnotherRecordForTheDeals) {
  for (const char* other :
       {"Account ID", "Contact ID", "Customer Account", "Owner Id", "Parent Number", "Kundennummer",
        "Paid", "Postcode", "Campaign Code", "Fax Number"}) {
    const auto tried = try_text("Deal Name,Company,Amount," + std::string(other) +
                                "\nBackup,Contoso,5,A1\nServer,Fabrikam,6,A2\n");
    EXPECT_THAT(tried.text, HasSubstr("externalReferenceId: ${FILL IN}")) << other;
  }
  EXPECT_THAT(
      try_text("Lead ID,Record ID,Deal ID,Deal Name,Company,Amount\n1,2,3,Backup,Contoso,5\n").text,
      HasSubstr("externalReferenceId: ${Deal ID}"));
  // Where every row is a customer, the customer's number is asked about.
  const auto customers = try_text("Customer Number,Company,Amount\n1,Contoso,5\n2,Fabrikam,6\n");
  EXPECT_THAT(customers.text, HasSubstr("externalReferenceId: ${Customer Number}"));
  EXPECT_THAT(customers.text, HasSubstr("was taken because it differs in every row looked"));
}

TEST(Proposal, SaysInHowManyRowsTheIdIsBlank) {
  const auto tried = try_text("Id,Company,Amount\n1,Contoso,5\n,Fabrikam,6\n,Fabrikam,7\n");
  EXPECT_THAT(joined(tried.text), HasSubstr("is blank in 2 of the 3 rows looked at"));
  EXPECT_EQ(tried.rejected, 2);
  EXPECT_THAT(try_text("Id,Company,Amount\n1,Contoso,5\n").text, Not(HasSubstr("is blank in")));
}

TEST(Proposal, KnowsTheNamesOfColumnsOfOtherCrmsAndLanguages) {
  EXPECT_THAT(try_text("Id;Soci\u00e9t\u00e9;Revenu estim\u00e9\n1;X;5\n").text,
              HasSubstr("dealValue: ${Revenu estim\u00e9 | number}"));
  EXPECT_THAT(try_text("Deal - ID,Deal - Title,Deal - Organization\n1,a,X\n").text,
              HasSubstr("name: ${Deal - Organization}"));
  EXPECT_THAT(try_text("ID,Account Name,Opportunity Amount\n1,X,5\n").text,
              HasSubstr("dealValue: ${Opportunity Amount | number}"));
  EXPECT_THAT(try_text("Id;Firma;Betrag;Mitarbeiter\n1;X;5;120\n").text,
              HasSubstr("size: ${Mitarbeiter | company_size}"));
  const auto copper =
      try_text("Id,Opportunity,Company,Value,Expected Close\n1,Backup,X,5,2027-03-31\n");
  EXPECT_THAT(copper.text, HasSubstr("name: ${Opportunity | truncate 200}"));
  EXPECT_THAT(copper.text, HasSubstr("closingDateTime: ${Expected Close | date}"));
  EXPECT_THAT(try_text("Id,Deal name,Related account,Deal value\n1,Backup,X,5\n").text,
              HasSubstr("name: ${Related account}"));
  EXPECT_THAT(try_text("ID,Name,Account,Expected Value\n1,Backup,X,5\n").text,
              HasSubstr("dealValue: ${Expected Value | number}"));
}

TEST(Proposal, TakesTheIdThatNoTwoRowsShare) {
  const auto tried = try_text("ID,Lead ID,Company,Amount\n1,7,Contoso,5\n2,7,Contoso,6\n");
  EXPECT_THAT(tried.text, HasSubstr("externalReferenceId: ${ID}"));
  EXPECT_THAT(tried.text, Not(HasSubstr("Which of the two")));
  const auto both = try_text("Deal ID,ID,Company,Amount\n7,1,Contoso,5\n8,2,Contoso,6\n");
  EXPECT_THAT(both.text, HasSubstr("externalReferenceId: ${Deal ID}"));
  EXPECT_THAT(
      joined(both.text),
      HasSubstr("column \"Deal ID\" was taken; column \"ID\" differs in every row looked at "
                "as well. Which of the two"));
  const auto repeated = try_text("Deal ID,ID,Company,Amount\n7,1,Contoso,5\n7,2,Contoso,6\n");
  EXPECT_THAT(repeated.text, HasSubstr("externalReferenceId: ${ID}"));
}

TEST(Proposal, TakesTheLeadsNameOfCloseForTheCustomer) {
  const auto tried = try_text(
      "id,lead_id,lead_name,contact_name,status_label,value,value_formatted,value_currency\n"
      "oppo_1,lead_1,Contoso,Ada Example,Won,150000,\"1,500.00\",USD\n"
      "oppo_2,lead_1,Contoso,Ada Example,Active,5000,50,USD\n");
  EXPECT_EQ(tried.problems, "");
  EXPECT_EQ(tried.mapped, 2);
  EXPECT_THAT(tried.text, HasSubstr("# It looks like Close opportunities.\n"));
  EXPECT_THAT(tried.first,
              testing::AllOf(HasSubstr(R"("externalReferenceId":"oppo_1")"),
                             HasSubstr(R"("name":"Contoso")"), HasSubstr(R"("dealValue":1500)")));
  EXPECT_THAT(tried.text, HasSubstr("#   - { column: status_label, in: [Won, Active] }"));
}

TEST(Proposal, TakesAKeyOfAnotherTableForNoCurrency) {
  EXPECT_THAT(try_text("Id,Company,Amount,Currency ID\n1,Contoso,5,-99\n").text,
              Not(HasSubstr("${Currency ID")));
  EXPECT_THAT(try_text("Id,Company,Amount,Currency ID\n1,Contoso,5,EUR\n").text,
              HasSubstr("currency: ${Currency ID | currency}"));
}

TEST(Proposal, SaysThatDeletedRecordsAreAmongTheRows) {
  const auto tried = try_text("ID,Account Name,Amount,Sales Stage,Deleted\n1,Contoso,5,Won,0\n");
  EXPECT_THAT(joined(tried.text), HasSubstr("column \"Deleted\" seems to say which records are"));
  EXPECT_THAT(tried.text, HasSubstr("#   - { column: Sales Stage, in: [Won] }"));
  EXPECT_THAT(tried.text, HasSubstr("#   - { column: Deleted, not_in: ["));
}

TEST(Proposal, WarnsOfShortIdsInSpiteOfAFooter) {
  const auto tried = try_text(
      "Opportunity ID,Opportunity Name,Account Name,Amount\n006Hs00001AbCdE,a,X,5\n"
      "006Hs00001AbCdF,b,Y,6\n006Hs00001AbCDE,c,Z,7\nGrand totals,,,18\n");
  EXPECT_THAT(joined(tried.text), HasSubstr("these are the ids of 15 characters"));
}

TEST(Proposal, DoubtsTheHeaderWhenMostRowsDoNotFitIt) {
  EXPECT_THAT(
      joined(try_text("Report title\n\na,b,c\n1,x,y\n").text),
      HasSubstr("In the export line 1 was taken for the header, 1 column, and most rows have "
                "others. If a title stands above the header, propose again with --header "
                "N, or with --delimiter CHAR if"));
  EXPECT_THAT(joined(try_text("Pipeline\nId;Company\n1;X\n").text),
              HasSubstr("line 1 was taken for the header, 1 column. If a title"));
  EXPECT_THAT(try_text("Id,Company\n1,X\n2,Y,Z\n").text, Not(HasSubstr("--header")));
}

TEST(Proposal, ShowsANumberAsTheLocaleWritesItEvenWhereNoneTells) {
  const auto tried = try_text("Id;Soci\u00e9t\u00e9;Pays;Montant\n1;X;Allemagne;5\n");
  EXPECT_THAT(tried.text,
              HasSubstr("locale: fr-FR   # no number of the sample tells; 1\u202f234,50"));
}

TEST(Proposal, LeavesADateThatCanBeReadTwoWaysToThePerson) {
  const auto tried =
      try_text("Id,Company,Close Date\n1,Contoso,03/04/2027\n2,Fabrikam,05/06/2027\n");
  EXPECT_THAT(tried.text, HasSubstr("closingDateTime: ${Close Date | date}"));
  EXPECT_THAT(tried.text, HasSubstr("%m/%d/%Y or %d/%m/%Y"));
  EXPECT_EQ(tried.mapped, 0);
  EXPECT_EQ(tried.rejected, 2);
}

TEST(Proposal, SaysHowManyCellsAreNoDates) {
  std::string text = "Id,Company,Amount,Close Date\n0,Contoso,5,N/A\n";
  for (int i = 1; i < 29; ++i) text += fmt::format("{0},Contoso,5,{0:02}/03/2027\n", i);
  const auto tried = try_text(text);
  EXPECT_THAT(tried.text, HasSubstr("closingDateTime: ${Close Date | date %d/%m/%Y}"));
  EXPECT_THAT(joined(tried.text),
              HasSubstr("closingDateTime: 1 of 29 different cells of column "
                        "\"Close Date\" are no dates in the form of the others"));
  EXPECT_EQ(tried.rejected, 1);
}

TEST(Proposal, ShowsNoCellOfAPersonOrCompany) {
  const auto tried = try_text(
      "Id,First Name,Last Name,Company,Email,Phone,Street,City,Description,Amount,Status\n"
      "secret-id,Kimberley,Leeds,Contoso Secret,kim@secret.example,+15550100,Secret Street,"
      "Secretville,Secret plan,987654,Open\n");
  for (const auto* cell : {"secret", "Secret", "Kimberley", "Leeds", "5550100", "987654"})
    EXPECT_THAT(tried.text, Not(HasSubstr(cell)));
  EXPECT_THAT(tried.text, HasSubstr("column: Status, in: [Open]"));
}

TEST(Proposal, SurvivesColumnNamesOfAnyKind) {
  for (const char* company :
       {"Company\\", "Com|pany", "Comp}any", "{Company}", "${Company", "${Company}",
        "Company: ", "Company #", "'Company'", "- Company", "Com\npany", "Com\\\\|pany\\\\",
        "Company\\$", "#Company", "? Company", "!Company", "Com\tpany", "%Company"}) {
    const std::string header = "\"Id\",\"" + std::string(company) +
                               "\",\"Amount:\",\"line\nbreak\",,,Key,Key,\"${A}\",\"Status\\\"\n";
    const auto tried = try_text(header + "1,Contoso,5,,,,,2,,Won\n");
    EXPECT_EQ(tried.problems, "") << company << "\n" << tried.text;
    EXPECT_EQ(tried.mapped, 1) << company;
    EXPECT_THAT(tried.first, HasSubstr("\"customerProfile\":{\"name\":\"Contoso\"}")) << company;
  }
  // Only what must be filled in is wrong with a mapping that nothing fits.
  const auto asks = try_text("\"Topic\\\",\"Company: of }the{ 'firm'\",${A}\nBackup,Contoso,2\n");
  EXPECT_THAT(asks.text, HasSubstr("\n  name: ${Topic\\\\ | truncate 200}"));
  std::istringstream problems(asks.problems);
  int count = 0;
  for (std::string line; std::getline(problems, line); ++count)
    EXPECT_THAT(line, HasSubstr("FILL IN"));
  EXPECT_GT(count, 0);
}

// Whatever an export looks like, its proposal is a mapping that loads and fits it, or says at the
// top what a person must fill in.
TEST(Proposal, OfEveryExportLoadsAndFits) {
  int proposals = 0;
  for (const auto& entry : fs::recursive_directory_iterator(REFERRALD_TEST_DATA)) {
    const auto path = entry.path().string();
    if (!entry.is_regular_file() || path.find("json-test-suite") != std::string::npos ||
        entry.path().extension() == ".yaml" || entry.path().extension() == ".md")
      continue;
    Tried tried;
    try {
      tried = try_out(entry.path());
    } catch (const ExportError&) {
      continue;  // refused by the reader, whose tests say why
    }
    ++proposals;
    const bool asks = tried.text.find("TO FILL IN") != std::string::npos;
    EXPECT_EQ(tried.problems.empty(), !asks) << path << "\n" << tried.problems << tried.text;
    if (asks) {
      EXPECT_THAT(tried.problems, HasSubstr("FILL IN")) << path;
    }
  }
  EXPECT_GT(proposals, 30);
}

}  // namespace
}  // namespace referrald::mapping
