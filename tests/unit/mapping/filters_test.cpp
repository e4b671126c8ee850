#include "tests/unit/mapping/mapping_fixture.hpp"

namespace referrald::mapping {
namespace {

constexpr std::string_view tables = "tables: { need: { A b: Demo, '1': 2, x: true } }\n";

TEST(Filters, DefaultTakesTheArgumentForABlank) {
  EXPECT_EQ(notes("${A | default USD}", {}), "USD");
  EXPECT_EQ(notes("${A | default USD}", {{"A", "EUR"}}), "EUR");
}

TEST(Filters, RequiredRejectsABlank) {
  EXPECT_EQ(notes("${A | required}", {{"A", " "}}), "rejected: required-blank");
  EXPECT_EQ(notes("${A | required}", {{"A", "x"}}), "x");
}

TEST(Filters, TruncateCountsCodePoints) {
  EXPECT_EQ(notes("${A | truncate 3}", {{"A", "äöüß"}}), "äöü");
  EXPECT_EQ(notes("${A | truncate 2}", {{"A", "🥐🥐🥐"}}), "🥐🥐");
  EXPECT_EQ(notes("${A | truncate 3}", {{"A", "abc"}}), "abc");
}

TEST(Filters, UpperAndLowerKnowAllLetters) {
  EXPECT_EQ(notes("${A | upper}", {{"A", "straße"}}), "STRASSE");
  EXPECT_EQ(notes("${A | lower}", {{"A", "ÄÖ Iı"}}), "äö iı");
  EXPECT_EQ(notes("${A | upper}", {{"A", "usd"}}), "USD");
}

TEST(Filters, LookupTakesTheTablesValue) {
  EXPECT_EQ(notes("${A | lookup need}", {{"A", " A b "}}, tables), "Demo");
  EXPECT_EQ(notes("${A | lookup need}", {{"A", "1"}}, tables), "2");
}

TEST(Filters, LookupRejectsAMiss) {
  EXPECT_EQ(notes("${A | lookup need}", {{"A", "a b"}}, tables), "rejected: lookup-miss");
}

TEST(Filters, LookupWithADefaultBehindItTakesThatForAMissAndABlank) {
  EXPECT_EQ(notes("${A | lookup need | default Other}", {{"A", "z"}}, tables), "Other");
  EXPECT_EQ(notes("${A | lookup need | upper | default Other}", {{"A", "z"}}, tables), "Other");
  EXPECT_EQ(notes("${A | lookup need | default Other}", {}, tables), "Other");
  EXPECT_EQ(notes("${A | default z | lookup need}", {}, tables), "rejected: lookup-miss");
}

TEST(Filters, PassABlankOn) {
  for (const char* filter :
       {"upper", "truncate 5", "date", "country", "currency", "company_size", "number | suffix x",
        "bool | suffix x", "split ; | map upper | join ,", "match 'a'", "replace a b", "phone",
        "email", "html_text", "slug", "hash", "prefix x", "trim", "when B = \"\""})
    EXPECT_EQ(notes("${A | " + std::string(filter) + "}", {}), "(absent)") << filter;
}

TEST(Filters, FailWithTheNearestName) {
  const auto mapping = load_good(std::string(least_referral) + "  name: ${A | country}\n");
  const auto found = reasons(*mapping, {{"Id", "1"}, {"A", "Germny"}});
  ASSERT_EQ(codes(found), std::vector<std::string>{"unknown-country"});
  EXPECT_EQ(found[0].value, "Germny");
  EXPECT_EQ(found[0].remedy.find("If Germany (DE) is meant, write that."), 0U);
}

// What a row of typed cells becomes at a member that takes anything.
std::string of_typed(const std::string& text, const Cell& cell) {
  const auto mapping = load_good(R"(
format: { locale: de-DE, timezone: Europe/Berlin }
tables: { sizes: { '1500': large } }
referral:
  externalReferenceId: ${Id}
  customerProfile: { name: Fabrikam }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { currency: EUR, customerAction: ')" +
                                 text + "' }\n");
  Row row;
  row.cells = {"1", cell.text};
  row.types = {CellType::text, cell.type};
  config::Problems problems;
  const auto outcome = mapping->bind(mapping->columns(), problems)->map(row);
  if (const auto* rejected = std::get_if<Rejected>(&outcome))
    return "rejected: " + rejected->reasons.front().code;
  const Value* value = std::get<Mapped>(outcome).referral.at("details/customerAction");
  if (value == nullptr) return "(absent)";
  if (const auto* number = value->number()) return "number " + number->text;
  if (const auto* flag = value->boolean()) return *flag ? "true" : "false";
  return *value->string();
}

TEST(Filters, TakeTypedCellsForWhatTheyAre) {
  const Cell number("1500", CellType::number);
  const Cell fraction("1.500", CellType::number);
  const Cell date("2026-03-31T14:30:00", CellType::date);
  const Cell flag("true", CellType::boolean);
  EXPECT_EQ(of_typed("${A | number}", fraction), "number 1.5");
  EXPECT_EQ(of_typed("${A | integer}", number), "number 1500");
  EXPECT_EQ(of_typed("${A | integer}", fraction), "rejected: bad-number");
  EXPECT_EQ(of_typed("${A | company_size}", number), "1001to5000employees");
  EXPECT_EQ(of_typed("${A | company_size}", fraction), "rejected: bad-company-size");
  EXPECT_EQ(of_typed("${A | lookup sizes}", number), "large");
  EXPECT_EQ(of_typed("${A | suffix \" EUR\"}", number), "1500 EUR");
  EXPECT_EQ(of_typed("${A | phone}", Cell("301234567", CellType::number)), "301234567");
  EXPECT_EQ(of_typed("${A | date %d.%m.%Y}", date), "2026-03-31T12:30:00Z");
  EXPECT_EQ(of_typed("${A | date %d.%m.%Y}", number), "rejected: bad-date");
  EXPECT_EQ(of_typed("${A | date excel}", number), "1904-02-08T00:00:00Z");
  EXPECT_EQ(of_typed("${A | number}", date), "rejected: bad-number");
  EXPECT_EQ(of_typed("${A | bool}", flag), "true");
  EXPECT_EQ(of_typed("${A | bool Ja Nein}", flag), "true");
  EXPECT_EQ(of_typed("${A | bool false true}", flag), "false");
  EXPECT_EQ(of_typed("${A | split \".\" | map upper | join -}", fraction), "1-500");
  EXPECT_EQ(of_typed("${A | when Id = 1}", number), "number 1500");
}

// As a person sees them in a spreadsheet of that locale, and saves them as CSV.
TEST(Filters, TakeTheTextOfATypedCellForTheSame) {
  struct Case {
    std::string text;
    Cell cell;
    std::string_view written;
  };
  using enum CellType;
  for (const auto& [text, cell, written] :
       {Case{"${A | date excel}", {"46112.5", number}, "46112,5"},
        Case{"${A | date excel}", {"46112", number}, "46112"},
        Case{"${A | date excel}", {"46.125", number}, "46,1250"},
        Case{"${A | date unix}", {"1774915200.125", number}, "1774915200,125"},
        Case{"${A | date unix_ms}", {"1774915200000", number}, "1774915200000"},
        Case{"${A | date %Y/%m/%d}", {"2026-03-31T00:00:00", date}, "2026-03-31T00:00:00"},
        Case{"${A | date %Y/%m/%d}", {"2026-03-31T14:30:00", date}, "2026-03-31T14:30:00"},
        Case{"${A | date %Y%m%d}", {"2026-03-31", date}, "2026-03-31"},
        Case{"${A | date %d.%m.%Y}", {"2026-03-31", date}, "2026-03-31"},
        Case{"${A | bool Ja Nein}", {"true", boolean}, "TRUE"},
        Case{"${A | bool Ja Nein}", {"false", boolean}, "false"},
        Case{"${A | bool false true}", {"false", boolean}, "false"},
        Case{"${A | number}", {"1.125", number}, "1,1250"}}) {
    const std::string typed = of_typed(text, cell);
    EXPECT_EQ(typed.find("rejected"), std::string::npos) << text << " " << typed;
    EXPECT_EQ(of_typed(text, Cell(written)), typed) << text;
  }
}

TEST(Filters, BoolKnowsItsWordsAndTrueAndFalse) {
  EXPECT_EQ(of_typed("${A | bool Ja Nein}", Cell("JA")), "true");
  EXPECT_EQ(of_typed("${A | bool Ja Nein}", Cell("False")), "false");
  EXPECT_EQ(of_typed("${A | bool Ja Nein}", Cell("TRUE")), "true");
  EXPECT_EQ(of_typed("${A | bool Ja Nein}", Cell("yes")), "rejected: bad-boolean");
  EXPECT_EQ(of_typed("${A | bool false true}", Cell("true")), "false");
}

TEST(Filters, NameTheColumnThatTheValueCameFrom) {
  const auto mapping =
      load_good(std::string(least_referral) + "  name: '${A | if_blank B | date | upper}'\n");
  const auto of_b = reasons(*mapping, {{"Id", "1"}, {"B", "soon"}});
  ASSERT_EQ(codes(of_b), std::vector<std::string>{"bad-date"});
  EXPECT_EQ(of_b[0].column, "B");
  const auto of_a = reasons(*mapping, {{"Id", "1"}, {"A", "03/04/2026"}, {"B", "soon"}});
  ASSERT_EQ(codes(of_a), std::vector<std::string>{"ambiguous-date"});
  EXPECT_EQ(of_a[0].column, "A");
  EXPECT_EQ(of_a[0].value, "03/04/2026");
}

TEST(Filters, ThatFailAtOneCellInSeveralMembersAreOneReasonOfTheFirst) {
  const auto mapping = load_good(R"(
tables:
  need: { x: Demo }
  other: { x: Demo }
referral:
  externalReferenceId: ${Id}
  name: ${A | lookup need}
  customerProfile: { name: "${A | lookup need}", address: { city: "${B | lookup need}" } }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details: { currency: EUR, notes: "${A | lookup other}", customerAction: "${A | lookup need}" }
)");
  const auto found = reasons(*mapping, {{"Id", "1"}, {"A", "z"}, {"B", "z"}});
  std::string shown;
  for (const Reason& one : found) shown += one.code + " " + one.member + " " + one.column + "\n";
  EXPECT_EQ(shown,
            "lookup-miss name A\n"
            "lookup-miss customerProfile/address/city B\n"
            "lookup-miss details/notes A\n");
}

TEST(Filters, HashOfABlankPartLeavesNoId) {
  std::string yaml(least_referral);
  yaml.replace(yaml.find("${Id}"), 5, "${A | hash B}");
  const auto mapping = load_good(yaml);
  EXPECT_EQ(codes(reasons(*mapping, {{"A", "x"}})),
            std::vector<std::string>{"missing-external-id"});
  const auto one = mapped(*mapping, {{"A", "x"}, {"B", "yz"}}).external_id;
  EXPECT_EQ(one.size(), 32U);
  EXPECT_NE(one, mapped(*mapping, {{"A", "xy"}, {"B", "z"}}).external_id);
}

TEST(Filters, MatchKeepsBackslashesAndBars) {
  EXPECT_EQ(notes("${A | match '^(a|\\d{2}\\$)$'}", {{"A", "12$"}}), "12$");
  EXPECT_EQ(notes("${A | match \"it\\'s\"}", {{"A", "it's"}}), "it's");
  EXPECT_EQ(notes("${A | match '(x)?b'}", {{"A", "ab"}}), "(absent)");
}

TEST(Filters, EmailTakesTheFirstAddress) {
  EXPECT_EQ(notes("${A | email}", {{"A", "'ann@contoso.com'; bob@contoso.com"}}),
            "ann@contoso.com");
  EXPECT_EQ(notes("${A | email}", {{"A", "@ann, see ann.o'neil@Contoso.com."}}),
            "ann.o'neil@contoso.com");
  for (const char* text : {"ann@", "@contoso.com", "ann@contoso", "ann@@contoso.com", "a@b@c.de",
                           "ann@contoso..com", ".ann@contoso.com", "ann at contoso.com"})
    EXPECT_EQ(notes("${A | email}", {{"A", text}}), "rejected: no-email") << text;
}

TEST(Filters, EmailIsWholeAndNothingElse) {
  EXPECT_EQ(notes("${A | email}", {{"A", "mailto:a@B.com?subject=Hi"}}), "a@b.com");
  EXPECT_EQ(notes("${A | email}", {{"A", "<MAILTO:a@b.com?cc=c@d.com>"}}), "a@b.com");
  EXPECT_EQ(notes("${A | email}", {{"A", "x@y@z.de, ann@contoso.com"}}), "ann@contoso.com");
  EXPECT_EQ(notes("${A | email}", {{"A", "ann&amp;co@contoso.com; bob@contoso.com"}}),
            "bob@contoso.com");
  EXPECT_EQ(notes("${A | email}", {{"A", "R&D; bob@contoso.com"}}), "bob@contoso.com");
  EXPECT_EQ(notes("${A | email}", {{"A", "ann@\u4f8b\u5b50.example"}}), "ann@\u4f8b\u5b50.example");
  EXPECT_EQ(notes("${A | email}", {{"A", "ann@mu\u0308ller.example"}}), "ann@mu\u0308ller.example");
  for (const char* text :
       {"ann&amp;co@contoso.com", "o&#39;neil@contoso.com", "ann@contoso.com&gt",
        "ann@contoso.com/x", "ann@contoso.com?subject=Hi", "ann@contoso.com!", "ann@contoso_x.com",
        "ann@contoso.com|x", "\u201cann@contoso.com\u201d", "ann@contoso.com\u2026"})
    EXPECT_EQ(notes("${A | email}", {{"A", text}}), "rejected: no-email") << text;
}

TEST(Filters, EmailTakesLinearTime) {
  for (const char* piece : {"@", "a@", "@.", "'@'", "&amp;@", "@ "}) {
    std::string text;
    while (text.size() < 1U << 19U) text += piece;
    EXPECT_EQ(notes("${A | email}", {{"A", text}}), "rejected: no-email") << piece;
  }
}

TEST(Filters, MakeNoMoreThanAMebibyteOfACell) {
  const std::string text(1U << 10U, 'x');
  std::string growing = "${A";
  for (int i = 0; i < 40; ++i) growing += " | replace x xxxxxxxx";
  growing += "}";
  EXPECT_EQ(notes("${A | replace x xxxxxxxx | truncate 3}", {{"A", text}}), "xxx");
  EXPECT_EQ(notes("${A | split x | map replace y yyyyyyyy | map replace y yyyyyyyy | first}",
                  {{"A", std::string(1U << 15U, 'y') + "xz"}}),
            "rejected: text-too-long");
  const auto mapping = load_good(std::string(least_referral) + "  name: " + growing + "\n");
  const auto found = reasons(*mapping, {{"Id", "1"}, {"A", "\u00e4" + text}});
  ASSERT_EQ(codes(found), std::vector<std::string>{"text-too-long"});
  EXPECT_EQ(found[0].value, "\u00e4" + std::string(58, 'x') + "\u2026");
  EXPECT_EQ(found[0].message.find(found[0].value), 1U);
  EXPECT_LT(found[0].message.size(), 120U);
}

TEST(Filters, DefaultBehindNumberMustBeANumber) {
  EXPECT_EQ(problems_of(std::string(least_referral) + "  name: A ${A | number | default none}\n"),
            "7:9: in ${A}: \"default none\" behind number must be a number such as 1000.50\n");
}

TEST(Filters, SlugIsTheSameHoweverLongTheText) {
  std::string text;
  std::string slug;
  for (int i = 0; i < 200; ++i) {
    text += "M\u00fcller \u0141\u00f3d\u017a ";
    slug += i == 0 ? "muller-lodz" : "-muller-lodz";
  }
  EXPECT_EQ(notes("${A | slug}", {{"A", text}}), slug);
  const std::string without_blanks =
      notes("${A | slug}", {{"A", std::string(100'000, 'x') + "\u00e4"}});
  EXPECT_EQ(without_blanks, std::string(100'000, 'x') + "a");
}

}  // namespace
}  // namespace referrald::mapping
