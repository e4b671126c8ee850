// A row mapped into what another row was: the memory is used again, and nothing else of it.
#include <random>

#include "tests/unit/mapping/mapping_fixture.hpp"

namespace referrald::mapping {
namespace {

constexpr std::string_view mapping_of_all = R"(
include: [ { column: Include, in: ["yes"] } ]
deal: ${Deal}
invitation: { notes: "${Help}", assistanceRequestCode: "${Code}" }
referral:
  externalReferenceId: ${Id}
  name: ${Name}
  customerProfile:
    name: Fabrikam
    address: { city: "${City}", country: "${Country | country}" }
    team:
      - { firstName: "${First}", lastName: "${Last}" }
      - each: ${Mails | split ";"}
        element: { email: "${Mails}", title: Contact }
  consent: { consentToToShareInfoWithOthers: "${Consent}", consentToContact: true }
  details:
    currency: EUR
    dealValue: ${Value | number}
    notes: ${Notes}
    requirements:
      solutions:
        - { type: Name, id: "${Solution}" }
        - { type: Name, id: "${Second}", quantity: "${Quantity | number}" }
)";

std::string text_of(const Value& value) {
  return value.absent() ? "(absent)" : to_json(value);
}

std::string text_of(const std::vector<Reason>& reasons) {
  std::string out;
  for (const auto& one : reasons)
    out += " " + one.code + " at " + one.member + " of " + one.column + ": " + one.message;
  return out;
}

std::string text_of(const std::vector<std::string_view>& codes) {
  std::string out;
  for (const auto code : codes) out.append(" ").append(code);
  return out;
}

std::string text_of(const Outcome& outcome) {
  if (const auto* excluded = std::get_if<Excluded>(&outcome))
    return "excluded " + excluded->external_id + (excluded->deleted ? ", deleted" : "");
  if (const auto* rejected = std::get_if<Rejected>(&outcome))
    return "rejected " + rejected->external_id + text_of(rejected->reasons);
  const auto& mapped = std::get<Mapped>(outcome);
  return "mapped " + mapped.external_id + " " + std::string(to_string(mapped.deal)) + " " +
         text_of(mapped.referral) + " " + text_of(mapped.invitation) + text_of(mapped.warnings);
}

const std::map<std::string, std::vector<std::string>> choices{
    {"Include", {"yes", "yes", "yes", "yes", "no"}},
    {"Deal", {"private", "co-sell", "partner-led", "private", "what?"}},
    {"Id", {"1", "an id that is longer than a short text", ""}},
    {"Name", {"Renewal", "A name that is longer than a short text", ""}},
    {"City", {"Redmond", ""}},
    {"Country", {"USA", "", "Atlantis"}},
    {"First", {"Ada", ""}},
    {"Last", {"", "Lovelace"}},
    {"Mails", {"", "a@example.com", "b@example.com;c@example.com;somebody.else@example.com"}},
    {"Consent", {"true", "true", "true", "no"}},
    {"Value", {"100", "", "12345678901234.56", "many"}},
    {"Notes", {"", "short", "notes that are longer than a short text"}},
    {"Solution", {"", "SOL-1", "SOL-33540-RPC"}},
    {"Second", {"", "another solution that has a long id"}},
    {"Quantity", {"", "3"}},
    {"Help", {"", "Please help us."}},
    {"Code", {"", "ProofOfConcept"}},
};

TEST(AnOutcome, IsTheSameInTheMemoryOfAnother) {
  const auto mapping = load_good(mapping_of_all);
  config::Problems problems;
  const auto bound = mapping->bind(mapping->columns(), problems);
  ASSERT_NE(bound, nullptr);
  std::mt19937 random(3);
  Outcome reused;
  std::map<std::size_t, int> kinds;
  for (int i = 0; i < 4'000; ++i) {
    Row row;
    for (const auto& column : mapping->columns()) {
      const auto& cells = choices.at(column);
      row.cells.push_back(cells[random() % cells.size()]);
    }
    bound->map(row, reused);
    const auto fresh = bound->map(row);
    ASSERT_EQ(text_of(reused), text_of(fresh)) << i;
    if (const auto* mapped = std::get_if<Mapped>(&fresh)) {
      ASSERT_EQ(std::get<Mapped>(reused).referral, mapped->referral) << i;
    }
    ++kinds[fresh.index()];
    // As by those who take it into what they keep.
    if (random() % 8 == 0) const Outcome taken = std::move(reused);
  }
  for (std::size_t kind = 0; kind < std::variant_size_v<Outcome>; ++kind)
    EXPECT_GT(kinds[kind], 100) << kind;
}

TEST(AnOutcome, OfTheSameShapeKeepsItsMemory) {
  const auto mapping = load_good(R"(
deal: private
referral:
  externalReferenceId: ${Id}
  name: ${Name}
  customerProfile: { name: Fabrikam }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { currency: EUR }
)");
  config::Problems problems;
  const auto bound = mapping->bind(mapping->columns(), problems);
  const auto row = [](std::string_view id, std::string_view name) {
    Row out;
    out.cells = {id, name};
    return out;
  };
  Outcome outcome;
  bound->map(row("1", "A name that is longer than a short text"), outcome);
  const auto* before = std::get<Mapped>(outcome).referral.find("name")->string()->data();
  bound->map(row("2", "Another name, not as long but not short"), outcome);
  const auto* name = std::get<Mapped>(outcome).referral.find("name")->string();
  EXPECT_EQ(*name, "Another name, not as long but not short");
  EXPECT_EQ(name->data(), before);
}

}  // namespace
}  // namespace referrald::mapping
