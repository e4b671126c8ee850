#include "daemon/commands/status.hpp"

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/commands/backlog.hpp"
#include "daemon/commands/row_format.hpp"
#include "daemon/commands/run_format.hpp"
#include "daemon/commands/sign_in_health.hpp"
#include "daemon/commands/standing_report.hpp"
#include "daemon/progress.hpp"
#include "daemon/text.hpp"

namespace referrald::commands {
namespace {

namespace json = boost::json;
using persistence::Counts;
using persistence::RowView;
using persistence::Run;
using persistence::State;
using persistence::Timestamp;
using status_page::count_of;

constexpr std::array states{State::pending,  State::sending, State::in_doubt, State::synced,
                            State::rejected, State::refused, State::closed};
constexpr std::size_t runs_shown = 5;

struct Status {
  std::string ledger;
  std::optional<std::uintmax_t> bytes;  // absent: no ledger yet
  Counts counts;
  std::vector<std::pair<std::string, Counts>> sources;
  std::vector<Run> runs;
  std::optional<RowView> oldest;
  Backlog backlog;
  sync::Standing standing = sync::Standing::fresh;
  SignInHealth sign_in;
};

// With what the write-ahead log holds at the moment.
std::uintmax_t ledger_bytes(const std::filesystem::path& file) {
  std::uintmax_t bytes = 0;
  for (const char* suffix : {"", "-wal"}) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file.string() + suffix, error);
    if (!error) bytes += size;
  }
  return bytes;
}

Status ask(const config::Config& config, Timestamp now) {
  Status status;
  status.ledger = config.ledger.string();
  status.sign_in = sign_in_health(config.partner_center.auth, now);
  const auto ledger = persistence::open_for_reading(config.ledger);
  for (const config::Source& source : config.sources)
    status.sources.emplace_back(source.name, ledger ? ledger->counts({source.name}) : Counts{});
  if (ledger) {
    auto adopted = ledger->counts({std::string(persistence::adopted_source)});
    if (!adopted.empty()) status.sources.emplace_back(persistence::adopted_source, adopted);
    status.counts = ledger->counts({});
  }
  status.backlog = backlog_of(config, ledger.get(), status.counts, now);
  status.standing = sync::standing_of(ledger.get());
  if (!ledger) return status;
  status.bytes = ledger_bytes(config.ledger);
  status.runs = ledger->runs(runs_shown);
  status.oldest = ledger->oldest_waiting();
  return status;
}

// nullopt: it was cut off, and nobody knows when.
std::optional<std::chrono::seconds> duration_of(const Run& run, Timestamp now) {
  if (!run.finished && !is_under_way(run)) return std::nullopt;
  return std::chrono::round<std::chrono::seconds>(run.finished.value_or(now) - run.started);
}

// One column a source, if there are several, and the total.
std::string counts_text(const Status& status) {
  std::vector<std::pair<std::string, const Counts*>> columns;
  if (status.sources.size() > 1)
    for (const auto& [name, counts] : status.sources) columns.emplace_back(name, &counts);
  columns.emplace_back(columns.empty() ? "rows" : "all", &status.counts);
  std::string text = fmt::format("{:<12}", "");
  const auto width = [](const std::string& name) {
    return std::max<std::size_t>(code_points(name), 8);
  };
  for (const auto& [name, counts] : columns) text += fmt::format("  {:>{}}", name, width(name));
  text += '\n';
  for (const State state : states) {
    text += fmt::format("  {:<10}", to_string(state));
    for (const auto& [name, counts] : columns)
      text += fmt::format("  {:>{}}", count_of(*counts, state), width(name));
    text += '\n';
  }
  return text;
}

std::string runs_text(const std::vector<Run>& runs, Timestamp now) {
  if (runs.empty()) return "last runs     none yet\n";
  std::string text = "last runs\n";
  for (const Run& run : runs) {
    const auto took = duration_of(run, now);
    text += fmt::format("  {}  {:<7}  {:>7}  {}\n", iso_time(run.started), printable(run.command),
                        took ? rough_duration(*took) : "", result_in_words(run));
    if (run.finished)
      text += fmt::format(
          "  {:20}  read {}, created {}, updated {}, unchanged {}, rejected {}, "
          "refused {}, waiting {}\n",
          "", run.summary.rows_read, run.summary.created, run.summary.updated,
          run.summary.unchanged, run.summary.rejected, run.summary.refused, run.summary.waiting);
  }
  return text;
}

std::string sign_in_text(const SignInHealth& sign_in, Timestamp now) {
  std::string text;
  for (const std::string& line : lines_of(sign_in, now))
    text += fmt::format("{:<14}{}\n", text.empty() ? "sign-in" : "", line);
  for (const SignInWarning& warning : sign_in.warnings)
    text += fmt::format("{:<14}WARNING: {}\n", "", wrapped(sentence_of(warning, now), 14 + 9));
  return text;
}

std::string size_text(std::uintmax_t bytes) {
  if (bytes < 1'024 * 1'024) return fmt::format("{} KiB", (bytes + 1'023) / 1'024);
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1'024.0 * 1'024.0));
}

std::string text_of_status(const Status& status, Timestamp now) {
  if (!status.bytes)
    return fmt::format("ledger        {}: none yet, the first sync makes it\n",
                       printable(status.ledger)) +
           sign_in_text(status.sign_in, now);
  std::string text =
      fmt::format("ledger        {}, {}\n", printable(status.ledger), size_text(*status.bytes));
  text += counts_text(status);
  if (status.oldest)
    text +=
        fmt::format("oldest wait   {} ({}), since {} ({})\n", printable(status.oldest->external_id),
                    to_string(status.oldest->state), iso_time(waiting_since(*status.oldest)),
                    relative(waiting_since(*status.oldest), now));
  else
    text += "oldest wait   nothing waits\n";
  text += commands::text_of(status.backlog, now);
  if (const auto held = sentence_of(status.standing); !held.empty())
    text += fmt::format("{:<14}WARNING: {}\n", "tenant", wrapped(held, 14 + 9));
  return text + runs_text(status.runs, now) + sign_in_text(status.sign_in, now);
}

json::object json_of_counts(const Counts& counts) {
  json::object object;
  for (const State state : states) object[to_string(state)] = count_of(counts, state);
  return object;
}

json::object json_of_run(const Run& run, Timestamp now) {
  const auto& sum = run.summary;
  json::object object{{"run_id", run.id},
                      {"command", json_text(run.command)},
                      {"started", iso_time_ms(run.started)},
                      {"finished", json_of(run.finished)},
                      {"seconds", nullptr},
                      {"running", is_under_way(run)},
                      {"exit_code", nullptr},
                      {"result", result_in_words(run)},
                      {"rows_read", sum.rows_read},
                      {"created", sum.created},
                      {"updated", sum.updated},
                      {"unchanged", sum.unchanged},
                      {"excluded", sum.excluded},
                      {"rejected", sum.rejected},
                      {"refused", sum.refused},
                      {"in_doubt", sum.in_doubt},
                      {"waiting", sum.waiting},
                      {"requests", sum.requests},
                      {"retries", sum.retries},
                      {"throttled", sum.throttled}};
  if (const auto took = duration_of(run, now)) object["seconds"] = took->count();
  if (run.exit_code) object["exit_code"] = *run.exit_code;
  return object;
}

json::object document(const Status& status, Timestamp now) {
  json::object ledger{{"path", json_text(status.ledger)}, {"exists", status.bytes.has_value()}};
  ledger["bytes"] = status.bytes ? json::value(*status.bytes) : json::value(nullptr);
  json::object sources;
  for (const auto& [name, counts] : status.sources) sources[name] = json_of_counts(counts);
  json::array runs;
  for (const Run& run : status.runs) runs.push_back(json_of_run(run, now));
  json::value oldest = nullptr;
  if (status.oldest) {
    json::object row = json_of(*status.oldest);
    row["waiting_since"] = iso_time_ms(waiting_since(*status.oldest));
    row["waiting_seconds"] =
        std::chrono::floor<std::chrono::seconds>(now - waiting_since(*status.oldest)).count();
    oldest = std::move(row);
  }
  return {{"ledger", std::move(ledger)},
          {"counts", json_of_counts(status.counts)},
          {"sources", std::move(sources)},
          {"oldest_waiting", std::move(oldest)},
          {"backlog", json_of(status.backlog, now)},
          {"tenant", json_of(status.standing)},
          {"runs", std::move(runs)},
          {"token", json_of(status.sign_in, now)}};
}

Exit status(Globals& globals, bool as_json) {
  const config::Config config = load_config(globals);
  const Timestamp now = globals.now();
  const Status answer = ask(config, now);
  globals.out.write(as_json ? json::serialize(document(answer, now)) + '\n'
                            : text_of_status(answer, now));
  return Exit::ok;
}

}  // namespace

void add_status(CommandLine& line, Globals& globals) {
  const auto as_json = std::make_shared<bool>(false);
  line.add("status", "counts by state, the last runs, the oldest waiting row, the sign-in")
      .flag("--json", *as_json, "one JSON document")
      .runs([&globals, as_json] { return status(globals, *as_json); });
}

}  // namespace referrald::commands
