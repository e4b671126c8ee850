// The catalogue of the log. docs/log-events.md is generated from it: to write it anew, run this
// test with REFERRALD_WRITE_DOCS=1 in the environment.
#include "daemon/log_events.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/support/temporary_folder.hpp"

namespace referrald {
namespace {

using config::LogLevel;
using testing::AnyOf;
using testing::EndsWith;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

bool is_event_of_failure(const KnownEvent& event) {
  return event.level <= LogLevel::warning;
}

std::string in_quotes(std::string_view text) {
  std::string out;
  for (const std::string& word : words_of(text))
    out += fmt::format("{}`{}`", out.empty() ? "" : ", ", word);
  return out;
}

std::string log_failures_section() {
  std::string out;
  for (const KnownEvent& event : catalogue::events) {
    if (!is_event_of_failure(event)) continue;
    out += fmt::format(
        "### {}\n\n{}, {}. {}\n\nWhat to do: {}\n\n", event.name, config::to_string(event.level),
        event.message.empty() ? "in its own words" : fmt::format("“{}”", event.message),
        event.meaning, event.remedy);
    if (!event.fields.empty()) out += "Fields: " + in_quotes(event.fields) + "\n\n";
  }
  return out;
}

std::string log_story_section() {
  std::string out =
      "| event | level | message | meaning | fields |\n| --- | --- | --- | --- | --- |\n";
  for (const KnownEvent& event : catalogue::events)
    if (!is_event_of_failure(event))
      out +=
          fmt::format("| `{}` | {} | {} | {} | {} |\n", event.name, config::to_string(event.level),
                      event.message, event.meaning, in_quotes(event.fields));
  return out;
}

std::string log_fields_section() {
  std::string out = "| field | in the journal | meaning |\n| --- | --- | --- |\n";
  for (const KnownField& field : catalogue::fields) {
    std::string upper(field.name);
    std::ranges::transform(upper, upper.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    out += fmt::format("| `{}` | `{}=` | {} |\n", field.name, upper, field.meaning);
  }
  return out;
}

constexpr std::string_view log_introduction =
    R"(# Events of the log

<!-- Generated from daemon/log_events.hpp: run commands_test with REFERRALD_WRITE_DOCS=1. -->

Each line of the log is one event. Its name is `event=` in text, `event` in JSON and `EVENT=` in the journal, and never
changes: search for it, and alert on it. [commands.md](commands.md#the-log) says how a line looks.

    journalctl -u referrald EVENT=run-finished -o json --output-fields=RUN_ID,CREATED,EXIT_CODE
    journalctl -u referrald RUN_ID=42 -p warning
    journalctl -u referrald SOURCE=leads EXTERNAL_REFERENCE_ID=00Q5e00000A1b2C

Every line of a run has its `run_id`. What repeats is folded: the first warning or error of a cause is written at once,
those that follow within ten minutes are counted, and one line tells of them: `(repeated 17 times)`, with the field
`repeated` and whatever the last of them had. At the other levels only the ends of troubles
(`service-throttles-no-more` and the like) are folded, which come as often as the troubles.

Of rows that cannot be sent the log says at `warning`, for each reason, how many there are and which is the first; at
`debug` it names each of them. No line holds a cell's value (the external id aside), a token or a secret.
)";

std::string log_document() {
  return std::string(log_introduction) + "\n## Warnings and errors\n\n" + log_failures_section() +
         "## The story\n\n" + log_story_section() + "\n## Fields\n\n" + log_fields_section();
}

TEST(LogEvents, TheDocumentIsWhatTheCatalogueSays) {
  const std::string path = REFERRALD_SOURCE_DIR "/docs/log-events.md";
  if (std::getenv("REFERRALD_WRITE_DOCS") != nullptr) std::ofstream(path) << log_document();
  std::stringstream committed;
  committed << std::ifstream(path).rdbuf();
  EXPECT_EQ(committed.str(), log_document()) << "run commands_test with REFERRALD_WRITE_DOCS=1";
}

TEST(LogEvents, HaveStableNamesAndSayWhatToDo) {
  std::set<std::string_view> names;
  for (const KnownEvent& event : catalogue::events) {
    EXPECT_THAT(std::string(event.name), MatchesRegex("[a-z]+(-[a-z]+)*"));
    EXPECT_TRUE(names.insert(event.name).second) << event.name << " is there twice";
    EXPECT_THAT(std::string(event.meaning), EndsWith(".")) << event.name;
    if (is_event_of_failure(event))
      EXPECT_THAT(std::string(event.remedy), EndsWith(".")) << event.name;
    else
      EXPECT_THAT(std::string(event.remedy), IsEmpty()) << event.name;
    EXPECT_EQ(event.meaning.find('|'), std::string_view::npos) << "would break the table";
  }
}

TEST(LogEvents, HaveFieldsOfTheCatalogueAndEveryFieldIsOfSome) {
  std::set<std::string> known;
  for (const KnownField& field : catalogue::fields)
    EXPECT_TRUE(known.insert(std::string(field.name)).second) << field.name << " is there twice";
  std::set<std::string> used{"run_id", "repeated"};
  for (const KnownEvent& event : catalogue::events) {
    const auto fields = words_of(event.fields);
    for (const std::string& field : fields) {
      EXPECT_TRUE(known.contains(field)) << event.name << " has " << field;
      used.insert(field);
    }
    for (const std::string& cause : words_of(event.cause))
      EXPECT_TRUE(cause == "message" || cause == "event" ||
                  std::ranges::find(fields, cause) != fields.end())
          << event.name << " has the cause " << cause;
  }
  EXPECT_EQ(known, used);
}

// systemd.journal-fields(7); and a field of the journal is at most 64 characters and begins with a
// letter.
TEST(LogEvents, HaveFieldsThatAreNoneOfTheJournals) {
  const std::set<std::string> taken{
      "event",     "message",   "message_id", "priority",           "code_file",
      "code_line", "code_func", "errno",      "invocation_id",      "documentation",
      "tid",       "unit",      "user_unit",  "user_invocation_id", "time",
      "level"};
  for (const KnownField& field : catalogue::fields) {
    const std::string name(field.name);
    EXPECT_THAT(name, MatchesRegex("[a-z][a-z_]*"));
    EXPECT_LE(name.size(), 64U);
    EXPECT_FALSE(taken.contains(name)) << name;
    EXPECT_THAT(name,
                Not(AnyOf(StartsWith("syslog_"), StartsWith("object_"), StartsWith("coredump_"))));
  }
}

// An event that is emitted is in the catalogue, or its call would not compile. The other way round:
TEST(LogEvents, AreAllEmittedByTheProgram) {
  std::string program;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(REFERRALD_SOURCE_DIR "/daemon")) {
    const auto file = entry.path();
    const bool code = file.extension() == ".cpp" || file.extension() == ".hpp";
    if (code && file.filename() != "log_events.hpp" && file.filename() != "log.hpp")
      program += test::content_of(file);
  }
  for (const KnownEvent& event : catalogue::events)
    EXPECT_NE(program.find(fmt::format("\"{}\"", event.name)), std::string::npos) << event.name;
}

}  // namespace
}  // namespace referrald
