// docs/errors.md is generated from the tables of failures. To write it anew, run this test with
// REFERRALD_WRITE_DOCS=1 in the environment.
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "daemon/commands/report.hpp"
#include "daemon/failures.hpp"
#include "daemon/submission/token_errors.hpp"
#include "daemon/sync/halt_reason.hpp"
#include "mapping/rules.hpp"

namespace referrald {
namespace {

std::string table_cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) escaped.append(c == '|' ? "\\|" : std::string(1, c));
  return escaped;
}

std::string table_row(const std::vector<std::string>& cells) {
  std::string row = "|";
  for (const std::string& each : cells) row += " " + table_cell(each) + " |";
  return row + "\n";
}

std::string table_head(const std::vector<std::string>& names) {
  return table_row(names) + table_row(std::vector<std::string>(names.size(), "---"));
}

struct ExitOf {
  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(Exit exit) const { return std::to_string(code(exit)); }
  std::string operator()(submission::Halt halt) const { return (*this)(sync::exit_of(halt)); }
  std::string operator()(persistence::LedgerError::Kind kind) const {
    return (*this)(commands::exit_of(kind));
  }
};

// Neighbours that say the same share a line.
std::string by_code(Met met) {
  std::string out = table_head({met == Met::status ? "status" : "code", "meaning", "what to do"});
  const KnownFailure* open = nullptr;
  std::string codes;
  const auto close = [&] {
    if (open != nullptr)
      out += table_row({codes, std::string(open->meaning), std::string(open->remedy)});
  };
  for (const KnownFailure& entry : known_failures()) {
    if (entry.met != met) continue;
    const bool same =
        open != nullptr && open->meaning == entry.meaning && open->remedy == entry.remedy;
    if (!same) close();
    codes = fmt::format("{}`{}`", same ? codes + ", " : "", entry.code);
    open = &entry;
  }
  close();
  return out;
}

// Found by the row beside its referral, and told as a row's last error too.
std::string by_rule() {
  using mapping::Code;
  std::string out;
  for (const Code each :
       {Code::conflict, Code::immutable_member, Code::not_shown, Code::deal_downgrade}) {
    const mapping::Rule& rule = mapping::rule(each);
    out += table_row(
        {fmt::format("`{}`", rule.name), std::string(rule.cause), std::string(rule.remedy)});
  }
  return out;
}

std::string by_message(Met met) {
  std::string out = table_head({"the message has", "exit code", "meaning", "what to do"});
  for (const KnownFailure& entry : known_failures())
    if (entry.met == met)
      out += table_row({std::string(entry.code), std::visit(ExitOf{}, entry.cause),
                        std::string(entry.meaning), std::string(entry.remedy)});
  return out;
}

std::string as_sentence(std::string_view text) {
  std::string sentence(text);
  if (sentence.front() >= 'a' && sentence.front() <= 'z')
    sentence.front() = static_cast<char>(sentence.front() - 'a' + 'A');
  return sentence + ".";
}

std::string sign_in_section() {
  std::string out = table_head({"number", "name", "meaning", "what to do"});
  for (const auto& entry : submission::sign_in_errors())
    out += table_row({entry.code == 0 ? "any other" : fmt::format("AADSTS{}", entry.code),
                      entry.error.empty() ? "any other" : fmt::format("`{}`", entry.error),
                      as_sentence(entry.meaning), as_sentence(entry.remedy)});
  return out;
}

constexpr std::string_view introduction =
    R"(# Errors

<!-- Generated from daemon/failure_table.cpp, daemon/submission/token_errors.cpp and mapping/rule_table.cpp: run commands_test with REFERRALD_WRITE_DOCS=1. -->

Each failure that you can meet, what it means, and what to do.

| you have | look under |
| --- | --- |
| an exit code | [Exit codes](#exit-codes) |
| a row that is pending, in doubt or refused: `referrald show ID` says its `code` and `HTTP status` | [A row's last error](#a-rows-last-error) |
| a row that is rejected | [rejections.md](rejections.md) |
| a message of `sync`, `pull`, `adopt` or `check --online` | [What stops a run](#what-stops-a-run) |
| *sign-in refused*, or a number that begins with AADSTS | [Sign-in](#sign-in) |
| a message that begins with *ledger* | [The ledger](#the-ledger) |

Problems of the configuration and of mappings are not listed: each says where it is and what to write.
)";

std::string rows_section() {
  return "\n## A row's last error\n\n"
         "`referrald show ID` prints meaning and remedy of the row's last error, and the two "
         "request ids that Microsoft's\nsupport asks for. What happens to the row by itself stands "
         "under `next`.\n\n"
         "### Codes of referrald\n\n" +
         by_code(Met::row) + by_rule() +
         "\n### Codes of the service\n\n"
         "Where `invalidRequest`, `itemNotFound` or `generalException` come with a status of the "
         "next table, the status says more.\n\n" +
         by_code(Met::service) +
         "\n### HTTP statuses\n\n"
         "An answer without a code has the code `http-` and its status. "
         "[sync.md](sync.md#what-can-go-wrong-and-what-happens-then) says what\nreferrald does "
         "with each.\n\n" +
         by_code(Met::status);
}

std::string errors_document() {
  return std::string(introduction) + "\n## Exit codes\n\n" + by_code(Met::exit) + rows_section() +
         "\n## What stops a run\n\nRows that were not sent wait, and the next sync sends "
         "them.\n\n" +
         by_message(Met::run) +
         "\n## Sign-in\n\n"
         "A refused sign-in ends with exit code 77. The number decides, if it is listed; else the "
         "name.\n\n" +
         sign_in_section() +
         "\n## The ledger\n\n"
         "[ledger.md](ledger.md) says how to make backups and put one back.\n\n" +
         by_message(Met::ledger);
}

TEST(ErrorsDocument, IsWhatTheTablesSay) {
  const std::string path = REFERRALD_SOURCE_DIR "/docs/errors.md";
  if (std::getenv("REFERRALD_WRITE_DOCS") != nullptr) std::ofstream(path) << errors_document();
  std::stringstream committed;
  committed << std::ifstream(path).rdbuf();
  EXPECT_EQ(committed.str(), errors_document()) << "run commands_test with REFERRALD_WRITE_DOCS=1";
}

}  // namespace
}  // namespace referrald
