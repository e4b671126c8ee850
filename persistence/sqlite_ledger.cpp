#include "persistence/sqlite_ledger.hpp"

#include <SQLiteCpp/Database.h>
#include <sqlite3.h>
#include <unistd.h>

namespace referrald::persistence {

State read_state(const Lent& statement, int column) {
  const std::string text = statement.text(column);
  if (const auto state = parse_state(text)) return *state;
  throw std::logic_error("the ledger holds a state that this program does not know: " + text);
}

Step read_step(const Lent& statement, int column) {
  const std::string text = statement.text(column);
  if (text == "own") return Step::own;
  return text == "microsoft" ? Step::microsoft : Step::update;
}

namespace {

std::string unhex(const std::string& text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  return bytes;
}

}  // namespace

SqliteLedger::SqliteLedger(Connection connection)
    : connection_(std::move(connection)),
      statements_(*connection_.database),
      names_(statements_),
      prints_(statements_),
      ids_(statements_) {
  translating(connection_.file, "open", Access::reading, [&] { load_what_is_kept(); });
}

SqliteLedger::~SqliteLedger() {
  rollback();
  store_ids();
  // Bodies of rows that are synced now still lie in the log.
  if (connection_.access == Access::writing) empty_log();
}

void SqliteLedger::load_what_is_kept() {
  const bool reads = connection_.access == Access::reading;
  ids_.load(make_id_hash(read_key()), reads);
  {
    Lent aliases = lend(Query::has_aliases);
    has_aliases_ = aliases.step();
  }
  if (reads) return;
  tally_.load(statements_);
  sources_with_seen_exports_.clear();
  {
    Lent sources = lend(Query::sources_with_seen_exports);
    while (sources.step()) sources_with_seen_exports_[sources.number(0)] = sources.number(1) != 0;
  }
  Lent last = lend(Query::last_run);
  last.step();
  run_ = last.number(0);
}

// What is not stored now is found again at the next start.
void SqliteLedger::store_ids() noexcept {
  if (connection_.access == Access::reading || failed_) return;
  try {
    begin_now();
    ids_.store(true);
    commit_now();
  } catch (...) {
    rollback();
  }
}

void SqliteLedger::require_writable(std::string_view doing) const {
  if (connection_.access == Access::reading) {
    throw std::logic_error(
        ledger_message(connection_.file, doing, "the ledger was opened for reading"));
  }
  if (failed_) {
    throw LedgerError(
        LedgerError::Kind::cannot_write,
        ledger_message(connection_.file, doing,
                       "an earlier write failed; nothing more is written until the next start"));
  }
}

void SqliteLedger::check_still_alone(std::string_view doing) const {
  if (!connection_.immutable) return;
  std::error_code ignored;
  if (!std::filesystem::exists(connection_.file.string() + "-wal", ignored)) return;
  throw LedgerError(LedgerError::Kind::cannot_read,
                    ledger_message(connection_.file, doing,
                                   "another process began to write while it was read; try again"));
}

void SqliteLedger::begin_now() {
  lend(Query::begin).run();
  in_transaction_ = true;
}

void SqliteLedger::commit_now() {
  tally_.store(statements_);
  ids_.store(empty_log_after_commit_);
  lend(Query::commit).run();
  in_transaction_ = false;
  if (std::exchange(empty_log_after_commit_, false)) empty_log();
}

std::string SqliteLedger::read_key() {
  static const std::string name = "fingerprint_key";
  Lent statement = lend(Query::meta);
  if (!statement.bind(name).step())
    throw LedgerError(LedgerError::Kind::damaged,
                      ledger_message(connection_.file, "read the key", "it is not there"));
  return unhex(statement.text(0));
}

std::string SqliteLedger::fingerprint_key() {
  return asking("read the key", [&] { return read_key(); });
}

void SqliteLedger::begin() {
  require_writable("begin");
  if (in_transaction_) throw std::logic_error("a transaction is open already");
  translating(connection_.file, "begin", Access::writing, [&] { begin_now(); });
}

void SqliteLedger::commit() {
  require_writable("commit");
  if (!in_transaction_) throw std::logic_error("no transaction to commit");
  translating(connection_.file, "commit", Access::writing, [&] {
    try {
      commit_now();
    } catch (...) {
      // Nobody can know what is on disk now.
      failed_ = true;
      throw;
    }
  });
}

void SqliteLedger::rollback() noexcept {
  if (!in_transaction_) return;
  in_transaction_ = false;
  empty_log_after_commit_ = false;
  try {
    // SQLite may have rolled back by itself, after a full disk for example.
    if (sqlite3_get_autocommit(connection_.database->getHandle()) == 0) {
      lend(Query::rollback).run();
    }
    names_.forget();
    prints_.forget();
    load_what_is_kept();
  } catch (...) {
    failed_ = true;
  }
}

// With NORMAL SQLite still waits for the disk before a checkpoint, and when it begins the log anew:
// the file is whole whatever happens, and of the log what is not on the disk is cut off.
void SqliteLedger::sync_apart(bool apart) {
  require_writable("commit");
  if (in_transaction_) throw std::logic_error("a transaction is open");
  translating(connection_.file, "commit", Access::writing, [&] {
    if (apart) log_ = std::make_unique<LogFile>(connection_.file);
    connection_.database->exec(apart ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL");
    if (!apart) log_.reset();
  });
}

// Also after a failure: what was committed before it is to be durable still.
void SqliteLedger::sync() {
  try {
    if (log_) log_->sync();
  } catch (...) {
    failed_ = true;
    throw;
  }
}

void SqliteLedger::checkpoint_often(bool often) {
  require_writable("commit");
  sqlite3_wal_autocheckpoint(connection_.database->getHandle(), often ? few_log_pages : log_pages);
}

// Checkpoints, and cuts the log to nothing unless a reader still needs it.
void SqliteLedger::empty_log() noexcept {
  sqlite3* const handle = connection_.database->getHandle();
  sqlite3_busy_timeout(handle, 0);
  sqlite3_wal_checkpoint_v2(handle, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  sqlite3_busy_timeout(handle, busy_timeout_ms);
}

bool SqliteLedger::check_tenant(std::string_view tenant) {
  const std::string key = "tenant";
  std::optional<std::string> bound;
  asking("look for the tenant", [&] {
    Lent statement = lend(Query::meta);
    statement.bind(key);
    if (statement.step()) bound = statement.text(0);
  });
  if (bound && *bound != tenant) {
    throw LedgerError(LedgerError::Kind::other_tenant,
                      ledger_message(connection_.file, "bind the tenant " + std::string(tenant),
                                     "the ledger belongs to the tenant " + *bound +
                                         "; use one ledger for each tenant"));
  }
  return bound.has_value();
}

void SqliteLedger::bind_tenant(std::string_view tenant) {
  if (check_tenant(tenant)) return;
  const std::string key = "tenant";
  writing("bind the tenant", [&] { lend(Query::set_meta).bind(key).bind_text(tenant).run(); });
}

RunId SqliteLedger::start_run(std::string_view command, Timestamp now) {
  return writing("start a run", [&] {
    lend(Query::start_run).bind_text(command).bind(to_number(now)).bind(Id{::getpid()}).run();
    forgetful_sources_.clear();
    return run_ = connection_.database->getLastInsertRowid();
  });
}

void SqliteLedger::finish_run(RunId run, const RunSummary& summary, int exit_code, Timestamp now) {
  writing("finish a run", [&] {
    Lent statement = lend(Query::finish_run);
    statement.bind(run).bind(to_number(now)).bind(Id{exit_code});
    for (const auto count :
         {summary.rows_read, summary.created, summary.updated, summary.unchanged, summary.changed,
          summary.excluded, summary.rejected, summary.refused, summary.in_doubt, summary.waiting,
          summary.requests, summary.retries, summary.throttled}) {
      statement.bind(static_cast<std::int64_t>(count));
    }
    if (statement.bind_real(summary.seconds).run() != 1) {
      throw std::logic_error("there is no run " + std::to_string(run) + " to finish");
    }
    empty_log_after_commit_ = true;
  });
}

std::vector<Run> SqliteLedger::runs(std::size_t limit) {
  return asking("list the runs", [&] {
    std::vector<Run> runs;
    Lent statement = lend(Query::runs);
    statement.bind(static_cast<std::int64_t>(limit));
    while (statement.step()) {
      Run run;
      run.id = statement.number(0);
      run.command = statement.text(1);
      run.started = to_time(statement.number(2));
      if (const auto finished = statement.maybe(3)) run.finished = to_time(*finished);
      if (const auto code = statement.maybe(4)) run.exit_code = static_cast<int>(*code);
      run.pid = statement.number(5);
      RunSummary& sum = run.summary;
      int column = 6;
      for (auto* count : {&sum.rows_read, &sum.created, &sum.updated, &sum.unchanged, &sum.changed,
                          &sum.excluded, &sum.rejected, &sum.refused, &sum.in_doubt, &sum.waiting,
                          &sum.requests, &sum.retries, &sum.throttled}) {
        *count = static_cast<std::uint64_t>(statement.number(column++));
      }
      sum.seconds = statement.real(column);
      runs.push_back(std::move(run));
    }
    return runs;
  });
}

std::uint64_t SqliteLedger::calls(std::string_view day) {
  return asking("count today's calls", [&]() -> std::uint64_t {
    Lent statement = lend(Query::calls);
    statement.bind_text(day);
    return statement.step() ? static_cast<std::uint64_t>(statement.number(0)) : 0;
  });
}

void SqliteLedger::add_calls(std::string_view day, std::uint64_t calls) {
  writing("count today's calls", [&] {
    lend(Query::add_calls).bind_text(day).bind(static_cast<std::int64_t>(calls)).run();
  });
}

}  // namespace referrald::persistence
