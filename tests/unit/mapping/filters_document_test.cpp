// docs/filters.md shows what each filter makes of a cell: every line of its tables is run.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/mapping/mapping_fixture.hpp"

namespace referrald::mapping {
namespace {

struct ExampleCell {
  std::string column;
  std::string text;
  CellType type = CellType::text;
};

struct Example {
  std::string line;
  std::string text;  // the template
  std::string settings;
  std::vector<ExampleCell> cells;
  std::string result;
};

std::string replaced(std::string text, std::string_view old, std::string_view fresh) {
  for (auto at = text.find(old); at != std::string::npos; at = text.find(old, at + fresh.size()))
    text.replace(at, old.size(), fresh);
  return text;
}

std::string filters_document() {
  std::ostringstream out;
  out << std::ifstream(REFERRALD_SOURCE_DIR "/docs/filters.md").rdbuf();
  return out.str();
}

// The columns of a line of a table; \| is no border.
std::vector<std::string> columns_of(const std::string& line) {
  std::vector<std::string> out(1);
  for (std::size_t i = 1; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '|')
      out.back() += line[++i];
    else if (line[i] == '|')
      out.emplace_back();
    else
      out.back() += line[i];
  }
  return out;
}

std::vector<std::string> code_spans(const std::string& text) {
  std::vector<std::string> out;
  for (auto at = text.find('`'); at != std::string::npos; at = text.find('`', at + 1)) {
    const auto end = text.find('`', at + 1);
    out.push_back(text.substr(at + 1, end - at - 1));
    at = end;
  }
  return out;
}

ExampleCell cell_of(std::string span) {
  ExampleCell out;
  for (const auto& [mark, type] : {std::pair{" (a number)", CellType::number},
                                   {" (a date)", CellType::date},
                                   {" (true or false)", CellType::boolean}})
    if (span.ends_with(mark)) {
      out.type = type;
      span.erase(span.size() - std::string_view(mark).size());
    }
  const auto colon = span.find(':');
  out.column = span.substr(0, colon);
  out.text = replaced(span.substr(std::min(colon + 2, span.size())), "\\n", "\n");
  return out;
}

std::vector<Example> examples() {
  const std::string text = filters_document();
  const auto yaml = text.find("```yaml\n") + 8;
  const std::string settings = text.substr(yaml, text.find("```", yaml) - yaml);
  std::vector<Example> out;
  std::istringstream lines(text);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line == "| template | cells | result |")
      inside = true;
    else if (!line.starts_with('|'))
      inside = false;
    else if (inside && !line.starts_with("| ---")) {
      const auto columns = columns_of(line);
      Example one{line, code_spans(columns.at(0)).at(0), settings, {}, {}};
      for (const auto& span : code_spans(columns.at(1))) {
        if (span.starts_with("locale: "))
          one.settings = replaced(settings, "en-US", span.substr(8));
        else
          one.cells.push_back(cell_of(span));
      }
      const auto results = code_spans(columns.at(2));
      const bool rejected = columns[2].find("rejected") != std::string::npos;
      one.result = (rejected ? "rejected: " : "") +
                   (results.empty() ? "blank" : replaced(results.at(0), "\\n", "\n"));
      out.push_back(std::move(one));
    }
  }
  return out;
}

std::string shown(const Value* value) {
  if (value == nullptr) return "blank";
  if (const auto* text = value->string()) return *text;
  if (const auto* number = value->number()) return number->text;
  if (const auto* flag = value->boolean()) return *flag ? "true" : "false";
  return "?";
}

std::string result_of(const Example& example) {
  const auto mapping = load_good(example.settings + R"(
referral:
  externalReferenceId: ${Id}
  customerProfile: { name: Fabrikam }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details:
    currency: EUR
    customerAction: ')" + replaced(example.text, "'", "''") +
                                 "'\n");
  Row row;
  for (const auto& column : mapping->columns()) {
    const auto cell = std::ranges::find(example.cells, column, &ExampleCell::column);
    const bool given = cell != example.cells.end();
    EXPECT_TRUE(given || column == "Id") << example.line;
    row.cells.emplace_back(given ? std::string_view(cell->text) : "1");
    row.types.push_back(given ? cell->type : CellType::text);
  }
  config::Problems problems;
  const auto outcome = mapping->bind(mapping->columns(), problems)->map(row);
  if (const auto* rejected = std::get_if<Rejected>(&outcome))
    return "rejected: " + rejected->reasons.front().code;
  return shown(std::get<Mapped>(outcome).referral.at("details/customerAction"));
}

TEST(FiltersDocument, ShowsWhatFiltersReallyDo) {
  const auto all = examples();
  EXPECT_GT(all.size(), 80U);
  for (const Example& example : all) EXPECT_EQ(result_of(example), example.result) << example.line;
}

TEST(FiltersDocument, HasAnExampleOfEveryFilter) {
  const std::string problem =
      problems_of(std::string(least_referral) + "  name: ${A | qqqqqqqqqq}\n");
  const auto begin = problem.find("filters are ");
  ASSERT_NE(begin, std::string::npos) << problem;
  std::istringstream names(problem.substr(begin + 12, problem.rfind(')') - begin - 12));
  const auto all = examples();
  for (std::string name; std::getline(names >> std::ws, name, ',');) {
    const auto shows = [&](const Example& one) {
      return one.text.find("| " + name + " ") != std::string::npos ||
             one.text.find("| " + name + "}") != std::string::npos;
    };
    EXPECT_TRUE(std::ranges::any_of(all, shows)) << name;
  }
}

}  // namespace
}  // namespace referrald::mapping
