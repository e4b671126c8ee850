#include "daemon/commands/list.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "daemon/commands/row_format.hpp"
#include "daemon/sync/work_list.hpp"
#include "daemon/text.hpp"

namespace referrald::commands {
namespace {

struct ListOptions {
  std::vector<std::string> states;
  std::optional<std::string> source;
  std::optional<std::string> since;
  bool json = false;
};

// A longer value moves its own line only, and no other.
constexpr std::size_t widest = 40;

// Widths fit the first rows; the table streams, so that a later longer value moves only its line.
class Table {
 public:
  using Line = std::array<std::string, 8>;

  explicit Table(Output& out) : out_(out) {
    add({"EXTERNAL ID", "STATE", "STEP", "DEAL", "SOURCE", "REFERRAL ID", "CHANGED", "ERROR"});
  }

  void add(Line line) {
    for (std::string& cell : line)
      if (cell.empty()) cell = "-";
    if (widths_known_) return write(line);
    first_.push_back(std::move(line));
    if (first_.size() == 500) write_first();
  }

  void finish() {
    if (!widths_known_) write_first();
  }

 private:
  void write_first() {
    for (const Line& line : first_)
      for (std::size_t i = 0; i < line.size(); ++i)
        widths_[i] = std::max(widths_[i], std::min(code_points(line[i]), widest));
    widths_known_ = true;
    for (const Line& line : first_) write(line);
    first_.clear();
  }

  void write(const Line& line) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) {
      text += line[i];
      if (i + 1 == line.size()) break;
      const std::size_t width = code_points(line[i]);
      text.append((widths_[i] > width ? widths_[i] - width : 0) + 2, ' ');
    }
    out_.write(text + '\n');
    out_.stop_if_gone();
  }

  Output& out_;
  std::vector<Line> first_;
  std::array<std::size_t, 8> widths_{};
  bool widths_known_ = false;
};

void write_table(Globals& globals, persistence::Ledger* ledger,
                 const persistence::ListFilter& filter) {
  Table table(globals.out);
  const auto add = [&](const persistence::RowView& row) {
    table.add({printable(row.external_id), std::string(to_string(row.state)),
               std::string(to_string(row.step)), printable(row.deal), printable(row.source),
               printable(row.own.referral_id), iso_time(row.changed), printable(error_code(row))});
  };
  if (ledger != nullptr) ledger->list(filter, add);
  table.finish();
}

// One document, though it is written row by row.
void write_json(Globals& globals, persistence::Ledger* ledger,
                const persistence::ListFilter& filter) {
  globals.out.write("{\"rows\":[");
  const char* separator = "\n";
  const auto add = [&](const persistence::RowView& row) {
    globals.out.write(separator + boost::json::serialize(json_of(row)));
    globals.out.stop_if_gone();
    separator = ",\n";
  };
  if (ledger != nullptr) ledger->list(filter, add);
  globals.out.write("\n]}\n");
}

Exit list(Globals& globals, const ListOptions& options) {
  const config::Config config = load_config(globals);
  persistence::ListFilter filter;
  filter.states = parse_states(options.states);
  if (options.source) filter.source = sync::find_source(config, *options.source).name;
  if (options.since) filter.since = parse_since(*options.since, globals.now());
  const auto ledger = open_ledger(globals, config);
  if (options.json)
    write_json(globals, ledger.get(), filter);
  else
    write_table(globals, ledger.get(), filter);
  return Exit::ok;
}

}  // namespace

void add_list(CommandLine& line, Globals& globals) {
  const auto options = std::make_shared<ListOptions>();
  line.add("list", "the rows of the ledger, one a line")
      .option({"--state", "S",
               "only rows in this state: pending, sending, in_doubt, synced, rejected, refused "
               "or closed; may be repeated"},
              options->states)
      .option({"--source", "NAME", "only rows of this source"}, options->source)
      .option(
          {"--since", "T",
           "only rows changed since then: 2026-11-22, 2026-11-22T10:00:00Z, or how long ago, 2h"},
          options->since)
      .flag("--json", options->json, "one JSON document")
      .runs([&globals, options] { return list(globals, *options); });
}

}  // namespace referrald::commands
