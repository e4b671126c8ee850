// Rows that our rules keep from being sent.
#include <SQLiteCpp/Database.h>

#include "persistence/sqlite_ledger.hpp"

namespace referrald::persistence {
namespace {

// FNV-1a, 64 bits. Only narrows the search; the cells themselves are compared.
std::int64_t cells_hash(std::string_view cells) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char byte : cells) {
    hash ^= static_cast<unsigned char>(byte);
    hash *= 0x100000001b3U;
  }
  return static_cast<std::int64_t>(hash);
}

}  // namespace

Id SqliteLedger::named_rejection(Id source, const std::string& external_id) {
  // Mostly there are none; then the look is spared.
  if (tally_.of(source, State::rejected, Step::own) == 0) return 0;
  Lent statement = lend(Query::named_rejection);
  return statement.bind(external_id).bind(source).step() ? statement.number(0) : 0;
}

void SqliteLedger::end_rejection(Id source, Id rejection) {
  lend(Query::delete_rejection).bind(rejection).run();
  tally_.add(source, State::rejected, Step::own, -1);
}

// Whether one was open.
bool SqliteLedger::end_rejection_of(Id source, const std::string& external_id) {
  const Id open = named_rejection(source, external_id);
  if (open != 0) end_rejection(source, open);
  return open != 0;
}

// Stores the rejection, or brings the one that is `known` (0: none) up to date. One that was there
// in the same form keeps its time, so that `rejects --since` shows what is new.
SqliteLedger::Remembered SqliteLedger::remember(const Rejection& rejection, Id source, Id known,
                                                RunId run, Timestamp now) {
  const Origin& origin = rejection.origin;
  const Id export_file = names_.export_file(source, origin.export_name);
  const Id header = names_.header(origin.columns);
  const auto line = static_cast<std::int64_t>(origin.line);
  if (known == 0) {
    Lent statement = lend(Query::add_rejection);
    statement.bind(source);
    rejection.external_id.empty() ? statement.bind_null() : statement.bind(rejection.external_id);
    statement.bind(export_file).bind(line).bind(header).bind_blob(origin.cells);
    statement.bind(cells_hash(origin.cells)).bind(rejection.reasons).bind(run);
    statement.bind(to_number(now)).run();
    tally_.add(source, State::rejected, Step::own, 1);
    return {connection_.database->getLastInsertRowid(), true};
  }
  bool altered = false;
  {
    Lent before = lend(Query::rejection);
    before.bind(known).step();
    altered = before.number(2) != header || before.text(3) != origin.cells ||
              before.text(4) != rejection.reasons;
    const bool moved = before.number(0) != export_file || before.number(1) != line;
    const bool seen = before.number(5) == run;
    // The run is only asked for where there is no id; elsewhere it is not worth a write.
    if (!altered && !moved && (seen || !rejection.external_id.empty())) return {known, false};
  }
  Lent statement = lend(Query::update_rejection);
  statement.bind(known).bind(export_file).bind(line).bind(header).bind_blob(origin.cells);
  statement.bind(cells_hash(origin.cells)).bind(rejection.reasons).bind(run);
  altered ? statement.bind(to_number(now)) : statement.bind_null();
  statement.run();
  return {known, altered};
}

Id SqliteLedger::unnamed_rejection(const Rejection& rejection, Id source, RunId run) {
  const Origin& origin = rejection.origin;
  const Id export_file = names_.export_file(source, origin.export_name);
  {
    Lent statement = lend(Query::rejection_at_line);
    statement.bind(export_file).bind(static_cast<std::int64_t>(origin.line));
    if (statement.bind_blob(origin.cells).step()) return statement.number(0);
  }
  // Lines were put in or taken out above it: the same cells that this run did not see yet.
  Lent statement = lend(Query::rejection_of_cells);
  statement.bind(export_file).bind(cells_hash(origin.cells)).bind(run);
  return statement.bind_blob(origin.cells).step() ? statement.number(0) : 0;
}

// nullopt: not open, or another source's.
std::optional<SqliteLedger::Standing> SqliteLedger::standing(Id source, RejectionId rejection) {
  if (rejection == 0) return std::nullopt;
  Lent statement = lend(Query::open_rejection);
  if (!statement.bind(rejection).bind(source).step()) return std::nullopt;
  return Standing{statement.number(0) != 0, statement.text(1),
                  static_cast<std::uint64_t>(statement.number(2)), statement.number(3)};
}

void SqliteLedger::reject_unnamed(const Rejection& rejection, Id source, RunId run, Timestamp now) {
  const auto answered = standing(source, rejection.answers);
  if (!answered || answered->named) {
    remember(rejection, source, unnamed_rejection(rejection, source, run), run, now);
    return;
  }
  // Its own export knows it by its place and cells; what took that export's place may move it.
  Rejection there = rejection;
  if (answered->export_name != rejection.origin.export_name) {
    there.origin.export_name = answered->export_name;
    there.origin.line = answered->line;
    run = answered->run;
  }
  remember(there, source, rejection.answers, run, now);
}

void SqliteLedger::end_unnamed(Id source, RejectionId rejection) {
  const auto open = standing(source, rejection);
  if (open && !open->named) end_rejection(source, rejection);
}

bool SqliteLedger::keep_rejection(RejectionId rejection, std::string_view source,
                                  std::string_view export_name, RunId run) {
  return writing("keep a rejection", [&] {
    const Id source_id = names_.find_source(source);
    const auto open = standing(source_id, rejection);
    if (!open) return false;
    if (open->export_name == export_name) {
      lend(Query::see_rejection).bind(rejection).bind(run).run();
    }
    return true;
  });
}

void SqliteLedger::answer_rejection(RejectionId rejection, std::string_view source) {
  writing("end an answered rejection", [&] { end_unnamed(names_.find_source(source), rejection); });
}

void SqliteLedger::reject_known(const Known& known, const Rejection& rejection,
                                const Remembered& remembered, Timestamp now) {
  const bool stops =
      is_left_to_do(known.state) && known.step == Step::own && !has_referral(known.row);
  // Where it stands rejected for the same, its record is forgotten already.
  const bool is_new = known.rejection != remembered.id || remembered.altered;
  if (stops || is_new) forget_record(known.row);
  if (stops || (known.state == State::rejected && remembered.altered)) {
    const Origin& origin = rejection.origin;
    lend(Query::reject_row)
        .bind(known.row)
        .bind(remembered.id)
        .bind(names_.export_file(known.source, origin.export_name))
        .bind(static_cast<std::int64_t>(origin.line))
        .bind(to_number(now))
        .run();
  }
  if (!stops) withdraw_wish(known, now);
  if (stops || known.withdrawn()) {
    lend(Query::delete_body).bind(known.row).run();
    tally_.add(known.source, known.state, known.step, -1);  // its rejection is counted now
  } else if (known.rejection != remembered.id) {
    lend(Query::mark_rejection).bind(known.row).bind(remembered.id).run();
  }
}

RowKey SqliteLedger::reject_unknown(const Rejection& rejection, Id source, Id remembered,
                                    Timestamp now) {
  static const std::string nothing;
  lend(Query::add_row)
      .bind_id(rejection.external_id)
      .bind(source)
      .bind_text(to_string(State::rejected))
      .bind_null()
      .bind(nothing)
      .bind(Id{0})
      .bind(run_)
      .bind(to_number(now))
      .bind(names_.export_file(source, rejection.origin.export_name))
      .bind(static_cast<std::int64_t>(rejection.origin.line))
      .bind(remembered)
      .bind_blob(nothing)
      .run();
  const RowKey row = connection_.database->getLastInsertRowid();
  index_new_row(rejection.external_id, row, source);
  return row;
}

RowKey SqliteLedger::reject(const Rejection& rejection, RunId run, Timestamp now) {
  return writing("remember a rejection", [&]() -> RowKey {
    const Id source = names_.source(rejection.origin.source);
    if (rejection.external_id.empty()) {
      reject_unnamed(rejection, source, run, now);
      return 0;
    }
    end_unnamed(source, rejection.answers);
    const auto known = known_row(rejection.external_id);
    const bool own = known && known->source == source;
    const Id before =
        own ? known->rejection.value_or(0) : named_rejection(source, rejection.external_id);
    const Remembered remembered = remember(rejection, source, before, run, now);
    if (!known) return reject_unknown(rejection, source, remembered.id, now);
    if (!own) {
      // To exclude the id ends it, which did nothing before.
      if (remembered.altered) forget_seen_exports(source);
      return 0;
    }
    reject_known(*known, rejection, remembered, now);
    return known->row;
  });
}

bool SqliteLedger::is_overtaken(std::string_view external_id, std::string_view source,
                                RejectionId answers, std::string_view export_name) {
  return asking("compare a mended row", [&] {
    const Id source_id = names_.find_source(source);
    const auto open = standing(source_id, answers);
    if (open && !open->named) return false;
    const std::string id(external_id);
    const auto known = id.empty() ? std::nullopt : known_row(id);
    if (!known) return answers != 0 && !open;
    if (known->rejection || known->state == State::rejected || known->state == State::refused)
      return false;
    if (known->source != source_id && !known->adopted) return false;
    if (known->adopted) {  // its source's rejection stands beside it
      Lent rejected = lend(Query::named_rejection);
      if (rejected.bind(id).bind(source_id).step()) return false;
    }
    const Id export_file = names_.find_export(known->source, std::string(export_name));
    Lent statement = lend(Query::export_of_row);
    return !statement.bind(known->row).step() || statement.number(0) != export_file;
  });
}

void SqliteLedger::finish_export(std::string_view source, std::string_view export_name, RunId run) {
  writing("end old rejections", [&] {
    const Id source_id = names_.find_source(source);
    if (source_id == 0) return;
    const Id export_file = names_.find_export(source_id, std::string(export_name));
    if (export_file == 0) return;
    const int ended = lend(Query::end_export_rejections).bind(export_file).bind(run).run();
    tally_.add(source_id, State::rejected, Step::own, -ended);
  });
}

}  // namespace referrald::persistence
