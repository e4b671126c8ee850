#include "daemon/commands/rejects.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "daemon/commands/row_format.hpp"
#include "daemon/csv_record.hpp"
#include "daemon/remedies.hpp"
#include "daemon/sync/work_list.hpp"
#include "daemon/text.hpp"
#include "mapping/rules.hpp"

namespace referrald::commands {
namespace {

using persistence::RejectView;

struct RejectsOptions {
  std::optional<std::string> source;
  std::optional<std::string> since;
};

// Names and order are stable. sync reads the last two, and ignores the others whatever they hold.
const std::vector<std::string> added_columns{"referrald_external_id",
                                             "referrald_state",
                                             "referrald_reasons",
                                             "referrald_messages",
                                             "referrald_columns",
                                             "referrald_members",
                                             "referrald_values",
                                             "referrald_remedies",
                                             "referrald_export",
                                             "referrald_line",
                                             "referrald_at",
                                             "referrald_extra_cells",
                                             std::string(unmended_column),
                                             std::string(rejection_column)};

// A record as the ledger keeps it. Throws LedgerError(damaged).
std::vector<std::string> stored_record(const std::string& record) {
  try {
    return parse_record(record);
  } catch (const std::invalid_argument&) {
    throw persistence::LedgerError(persistence::LedgerError::Kind::damaged,
                                   "the ledger holds a rejected row that is no CSV record");
  }
}

// The union of the exports' headers, in order of first use. A name that a header has twice is two
// columns; they are matched by their occurrence.
class Columns {
 public:
  explicit Columns(const std::vector<std::string>& records) {
    std::map<std::pair<std::string, int>, std::size_t> known;
    for (const std::string& record : records) {
      std::map<std::string, int> occurrences;
      std::vector<std::size_t>& places = places_[record];
      for (const std::string& name : stored_record(record)) {
        const auto [found, is_new] = known.try_emplace({name, occurrences[name]++}, names_.size());
        if (is_new) names_.push_back(valid_utf8(name).text);
        places.push_back(found->second);
      }
    }
  }

  const std::vector<std::string>& names() const { return names_; }

  // Where the cells of a row with that header belong. Empty for a header that was not known when
  // the columns were asked for: a sync has just added it.
  const std::vector<std::size_t>& places(const std::string& record) const {
    static const std::vector<std::size_t> none;
    const auto found = places_.find(record);
    return found == places_.end() ? none : found->second;
  }

 private:
  std::vector<std::string> names_;
  std::map<std::string, std::vector<std::size_t>> places_;
};

// The row's own cells, each in its column.
struct PlacedCells {
  std::vector<std::string> cells;
  std::string extra;      // cells that belong to no column, as one record
  bool altered = false;   // not what the export held: padded, moved or with bytes replaced
  bool replaced = false;  // bytes that are no UTF-8
};

// A program that a person mends the file with may end at a NUL, or drop it unseen.
bool replace_nuls(std::string& text) {
  bool replaced = false;
  for (std::size_t at = 0; (at = text.find('\0', at)) != std::string::npos; replaced = true) {
    text.replace(at, 1, "\uFFFD");
  }
  return replaced;
}

PlacedCells place(const persistence::Origin& origin, const Columns& columns) {
  PlacedCells placed;
  placed.cells.resize(columns.names().size());
  const std::vector<std::size_t>& places = columns.places(origin.columns);
  std::vector<std::string> extra;
  const std::vector<std::string> cells = stored_record(origin.cells);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    Utf8Text cell = valid_utf8(cells[i]);
    placed.replaced |= cell.replaced;
    placed.altered |= replace_nuls(cell.text) || cell.replaced;
    if (i < places.size())
      placed.cells[places[i]] = std::move(cell.text);
    else
      extra.push_back(std::move(cell.text));
  }
  if (!extra.empty()) placed.extra = encode_record(extra);
  placed.altered |= cells.size() != places.size();
  return placed;
}

std::vector<ReasonView> reasons_of(const RejectView& reject, bool replaced) {
  std::vector<ReasonView> reasons = parse_reasons(reject.reasons);
  for (ReasonView& reason : reasons)
    if (reason.remedy.empty())
      reason.remedy = remedy_for({.code = reason.code,
                                  .message = {},
                                  .http_status = 0,
                                  .request_id = {},
                                  .client_request_id = {}});
  const bool told = std::ranges::find(reasons, "invalid-bytes", &ReasonView::code) != reasons.end();
  if (replaced && !told)
    reasons.push_back({"invalid-bytes", "", "", "",
                       "the row holds bytes that are no UTF-8; each is shown as U+FFFD",
                       "export as UTF-8, or write the text anew"});
  return reasons;
}

// The distinct values of one member of all reasons.
std::string join(const std::vector<ReasonView>& reasons, std::string ReasonView::*member,
                 const char* separator) {
  std::vector<std::string> values;
  for (const ReasonView& reason : reasons)
    if (!(reason.*member).empty() && std::ranges::find(values, reason.*member) == values.end())
      values.push_back(valid_utf8(reason.*member).text);
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : separator) + value;
  return text;
}

// Of the export's own cells, as a sync sees them when it reads the file again.
std::string mark_of(const std::vector<std::string>& cells, const Columns& columns) {
  std::vector<std::string> own;
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (columns.names()[i] != types_column) own.push_back(cells[i]);
  return unmended_mark(own);
}

std::string record_of(const RejectView& reject, const Columns& columns) {
  PlacedCells placed = place(reject.origin, columns);
  const auto reasons = reasons_of(reject, placed.replaced);
  const bool damaged = placed.altered || std::ranges::any_of(reasons, [](const ReasonView& reason) {
                         return mapping::is_damage(reason.code);
                       });
  const std::string mark = damaged ? mark_of(placed.cells, columns) : "";
  std::vector<std::string> cells = std::move(placed.cells);
  cells.insert(
      cells.end(),
      {valid_utf8(reject.external_id).text, reject.refused ? "refused" : "rejected",
       join(reasons, &ReasonView::code, ";"), as_typed(join(reasons, &ReasonView::message, "; ")),
       join(reasons, &ReasonView::column, ";"), join(reasons, &ReasonView::member, ";"),
       join(reasons, &ReasonView::value, "; "), as_typed(join(reasons, &ReasonView::remedy, " ")),
       valid_utf8(reject.origin.export_name).text, std::to_string(reject.origin.line),
       iso_time(reject.at), std::move(placed.extra), mark,
       reject.rejection == 0 ? "" : std::to_string(reject.rejection)});
  return encode_record(cells) + "\r\n";
}

Exit rejects(Globals& globals, const RejectsOptions& options) {
  const config::Config config = load_config(globals);
  std::optional<std::string> source;
  std::optional<persistence::Timestamp> since;
  if (options.source) source = sync::find_source(config, *options.source).name;
  if (options.since) since = parse_since(*options.since, globals.now());
  const auto ledger = open_ledger(globals, config);
  const Columns columns(ledger ? ledger->reject_columns(source, since)
                               : std::vector<std::string>{});
  std::vector<std::string> header = columns.names();
  header.insert(header.end(), added_columns.begin(), added_columns.end());
  globals.out.write_data(encode_record(header) + "\r\n");
  const auto write = [&](const RejectView& reject) {
    globals.out.write_data(record_of(reject, columns));
    globals.out.stop_if_gone();
  };
  if (ledger) ledger->rejects(source, since, write);
  return Exit::ok;
}

}  // namespace

void add_rejects(CommandLine& line, Globals& globals) {
  const auto options = std::make_shared<RejectsOptions>();
  line.add("rejects", "the rows that need a person, as CSV: original columns, then the reasons")
      .option({"--source", "NAME", "only rows of this source"}, options->source)
      .option({"--since", "T",
               "only rows rejected or refused since then: 2026-11-22, 2026-11-22T10:00:00Z, or how "
               "long ago, 2h"},
              options->since)
      .runs([&globals, options] { return rejects(globals, *options); });
}

}  // namespace referrald::commands
