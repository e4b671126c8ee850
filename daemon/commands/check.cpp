#include "daemon/commands/check.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "daemon/commands/ledger_check.hpp"
#include "daemon/commands/online_check.hpp"
#include "daemon/commands/report.hpp"
#include "daemon/commands/row_format.hpp"
#include "daemon/commands/service.hpp"
#include "daemon/commands/sign_in_health.hpp"
#include "daemon/exports.hpp"
#include "daemon/sync/export_rows.hpp"
#include "daemon/text.hpp"
#include "mapping/mapping.hpp"

namespace referrald::commands {
namespace {

// What was found: what is invalid, and what cannot be read though nothing says that it is invalid.
struct Found {
  config::Problems invalid;
  config::Problems unreadable;
  Exit unreadable_exit = Exit::cannot_read;
};

// A mapping that several sources share is read and tested once.
struct CheckedMapping {
  std::unique_ptr<mapping::Mapping> mapping;  // nullptr: it has problems
  bool tests_passed = false;
};

CheckedMapping check_mapping(const std::filesystem::path& file, config::Problems& problems) {
  CheckedMapping checked;
  checked.mapping = mapping::load_mapping(file, problems);
  if (!checked.mapping) return checked;
  const std::size_t before = problems.list().size();
  checked.mapping->run_tests(problems);
  checked.tests_passed = problems.list().size() == before;
  return checked;
}

std::string tests_in_words(const CheckedMapping& checked) {
  if (!checked.mapping) return "not valid, see below";
  const std::size_t count = checked.mapping->test_count();
  if (!checked.tests_passed) return "a test failed, see below";
  if (count == 0) return "valid, has no tests";
  return count == 1 ? "valid, its test passed" : fmt::format("valid, {} tests passed", count);
}

// "fits, 23 columns", or why not; the problems hold the details.
std::string header_in_words(const std::filesystem::path& file, const mapping::Mapping* mapping,
                            Found& found) {
  try {
    const auto reader = mapping == nullptr
                            ? mapping::open_export(file)
                            : mapping::open_export(file, mapping->format(), mapping->columns());
    const std::string columns = counted(reader->header().size(), "column");
    if (mapping == nullptr) return columns + ", not compared: the mapping is not valid";
    if (mapping->bind(*reader, found.invalid)) return columns + ", fits the mapping";
    found.invalid.add({file.string(), 1, 0}, "this export's header does not fit the mapping",
                      "see the lines above; mend the export or the mapping");
    return columns + ", does not fit the mapping, see below";
  } catch (const mapping::ExportError& error) {
    const Exit exit = sync::exit_of(error.kind());
    if (exit == Exit::invalid) {
      found.invalid.add({}, error.what());
    } else {
      found.unreadable_exit = exit;
      found.unreadable.add({}, error.what());
    }
    return "cannot be read, see below";
  }
}

std::string check_source(Globals& globals, const config::Source& source,
                         const CheckedMapping& checked, Found& found) {
  std::string text =
      fmt::format("source {}\n  mapping  {}: {}\n  exports  {}: ", source.name,
                  source.mapping.string(), tests_in_words(checked), source.exports.string());
  if (const auto problem = exports_problem(source)) {
    found.invalid.add(problem->place, problem->message, problem->remedy);
    return text + "a folder, see below\n";
  }
  std::vector<std::filesystem::path> files;
  try {
    files = matching_exports(source.exports);
  } catch (const std::filesystem::filesystem_error& error) {
    found.unreadable.add(source.place,
                         fmt::format("source {}: cannot read {}: {}", source.name,
                                     error.path1().string(), error.code().message()),
                         "let the user of referrald read this folder");
    return text + "cannot be read, see below\n";
  }
  // Of a folder or a pattern: where exports are to appear.
  const auto folder = source.exports.parent_path();
  std::error_code error;
  if (files.empty() && !std::filesystem::exists(folder, error))
    warn(globals, "folder-missing",
         fmt::format("source {}: there is no folder {}: make it, or correct `exports`", source.name,
                     folder.string()));
  text += files.empty()       ? "no file at the moment\n"
          : files.size() == 1 ? "1 file\n"
                              : fmt::format("{} files\n", files.size());
  for (const auto& file : files)
    text += fmt::format("    {}: {}\n", file.filename().string(),
                        header_in_words(file, checked.mapping.get(), found));
  return text;
}

// What the shipped configuration has in the place of the operator's own.
void check_examples(Globals& globals, const config::PartnerCenter& service) {
  const bool real = service.url.find("://api.partner.microsoft.com") != std::string::npos;
  if (real && service.auth.client_id == "00000000-0000-0000-0000-000000000000")
    warn(globals, "example-left",
         "partner_center.auth.client_id is still that of the example: write the id of your app "
         "registration, and your tenant");
}

// A certificate that cannot be used is a mistake; what ends soon is warned of.
void check_sign_in(Globals& globals, const config::Auth& auth, const SignInHealth& health,
                   config::Problems& problems) {
  for (const SignInWarning& warning : health.warnings) {
    const std::string sentence = sentence_of(warning, globals.now());
    if (warning.invalid)
      problems.add(auth.client_certificate->place, sentence);
    else
      warn(globals, warning.event, sentence,
           {{"when", iso_time(warning.when)}, {"remedy", warning.remedy}});
  }
}

void tell_online(Globals& globals, const config::Auth& auth, const std::string& sentence) {
  globals.out.write("online   " + sentence + '\n');
  // After it, since it has used the refresh token.
  const SignInHealth health = sign_in_health(auth, globals.now());
  bool first = true;
  for (const std::string& line : lines_of(health, globals.now())) {
    globals.out.write(fmt::format("{:<9}{}\n", first ? "sign-in" : "", line));
    first = false;
  }
  config::Problems told_before;
  check_sign_in(globals, auth, health, told_before);
}

Exit check(Globals& globals, bool online) {
  const config::Config config = load_config(globals);
  Found found;
  globals.out.write(fmt::format("configuration {}: valid\n", config.file.string()));
  try {
    const auto way = proxies_in_words(config, submission::process_environment());
    if (!way.empty()) globals.out.write(fmt::format("network  {}\n", way));
  } catch (const CommandError& error) {
    found.invalid.add({}, error.what());
  }
  std::map<std::filesystem::path, CheckedMapping> mappings;
  for (const config::Source& source : config.sources) {
    if (!mappings.contains(source.mapping))
      mappings.emplace(source.mapping, check_mapping(source.mapping, found.invalid));
    globals.out.write(check_source(globals, source, mappings.at(source.mapping), found));
  }
  globals.out.flush();
  check_examples(globals, config.partner_center);
  if (const auto trouble = client_secret_trouble(config.partner_center.auth); !trouble.empty())
    warn(globals, "secret-cannot-be-read", trouble);
  if (const auto trouble = ledger_trouble(config); !trouble.empty())
    warn(globals, "ledger-cannot-be-opened", trouble);
  if (const auto trouble = refresh_token_trouble(config); !trouble.empty())
    warn(globals, "token-cannot-be-stored", trouble);
  const config::Auth& auth = config.partner_center.auth;
  SignInHealth health = sign_in_health(auth, globals.now());
  if (online)  // which renews the sign-in first
    std::erase_if(health.warnings, [](const SignInWarning& warning) { return !warning.invalid; });
  check_sign_in(globals, auth, health, found.invalid);
  if (!found.invalid.empty() || !found.unreadable.empty()) {
    const Exit exit = found.invalid.empty() ? found.unreadable_exit : Exit::invalid;
    report(globals, found.invalid);
    throw CommandError(exit, std::move(found.unreadable));
  }
  if (!online) return Exit::ok;
  const Online answer = check_online(config, globals.now());
  if (answer.exit != Exit::ok) throw CommandError(answer.exit, answer.sentence);
  tell_online(globals, auth, answer.sentence);
  return Exit::ok;
}

}  // namespace

void add_check(CommandLine& line, Globals& globals) {
  const auto online = std::make_shared<bool>(false);
  line.add("check", "validate configuration and mappings, run the mappings' tests")
      .flag("--online", *online,
            "also get a token and read one page of referrals; writes nothing there")
      .runs([&globals, online] { return check(globals, *online); });
}

}  // namespace referrald::commands
