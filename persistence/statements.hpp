// The ledger's SQL: prepared once, lent out by a guard.
//
// A statement that was stepped and not reset holds a read transaction open: the write-ahead log
// then grows without bound. So nobody keeps a statement; the guard resets it and clears what was
// bound.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace SQLite {
class Database;
class Statement;
}  // namespace SQLite

namespace referrald::persistence {

// clang-format off
enum class Query {
  begin, begin_reading, commit, rollback, meta, set_meta,
  members, add_member, word, word_text, add_word,
  start_run, finish_run, runs, last_run,
  source, source_name, add_source, export_file, add_export, header, add_header,
  load_tally, store_tally,
  known_row, known_alias, has_aliases, known, known_from, put_known, delete_known, forget_record, has_id, id_of_row, rows_behind, export_of_row, set_alias, set_id, has_referral, changed_row, add_row, put_body, requeue_row, put_change, become_next, take_next, take_next_invitation, patch_again, take_newer, set_unwanted, is_unwanted, withdraw_invitation, is_withdrawn, forget_invitation, add_reasons, is_co_sell, keep_sent, read_first, create_bodies, change_row, doubt_microsofts, release_changes, take_back, reject_unwanted, forget_messages,
  reject_row, withdraw_row, mark_rejection, delete_body, strip_own_body, strip_microsoft_body, next_step, refusal, put_updated, delete_attempts, delete_row,
  named_rejection, rejection_at_line, rejection_of_cells, rejection, open_rejection, see_rejection,
  add_rejection, update_rejection, delete_rejection, end_export_rejections,
  sending_rows, doubt_row, bring_forward, claimable, claimed_row, engagement, invite, mark_sending, look_before_inviting,
  attempted_row, settle_row, add_attempt, prune_attempts, put_own_referral, put_microsoft_referral, update_own_referral, update_to_make,
  next_claim, next_look, doubts, find_doubt, count_look,
  prune_old_attempts, prune_runs, delete_meta, put_meta, put_existing, settle_existing, referral_of_row, add_unmatched,
  matched_rows, match_microsofts, mark_matched, forget_unmatched, set_source, own_referral,
  microsofts_referral, refresh_own, refresh_microsofts, mark_changed, close_row, set_due, let_go,
  has_own_body, is_held, requeue_refused,
  see_export, seen_export, count_seen_exports, has_seen_exports, forget_seen_exports, sources_with_seen_exports,
  put_handled_export, delete_handled_export, handled_exports,
  calls, add_calls,
  oldest_open, view_of_row, list_rows, list_refused, list_in_doubt, attempts,
  open_rejections, refused_rows,
  count_  // how many there are
};
// clang-format on

class Lent;

class Statements {
 public:
  explicit Statements(SQLite::Database& database);
  ~Statements();

  // Throws std::logic_error when the statement is lent out already.
  Lent lend(Query query);

 private:
  friend class Lent;
  struct Slot {
    std::unique_ptr<SQLite::Statement> statement;
    bool lent = false;
  };
  SQLite::Database& database_;
  std::vector<Slot> slots_;
};

// A statement on loan. Parameters are bound in order, from ?1; columns are read from 0.
// What `bind(const std::string&)` was given must outlive the loan: it is not copied.
class Lent {
 public:
  explicit Lent(Statements::Slot& slot);
  ~Lent();
  Lent(const Lent&) = delete;
  Lent& operator=(const Lent&) = delete;

  Lent& bind(std::int64_t value);
  Lent& bind(const std::string& text);
  Lent& bind(std::string&&) = delete;
  Lent& bind_text(std::string_view text);  // copies
  Lent& bind_blob(const std::string& bytes);
  Lent& bind_bytes(std::string_view bytes);  // a blob; copies
  Lent& bind_id(std::string_view id);        // copies, in its short form
  Lent& bind(std::optional<std::int64_t> value);
  Lent& bind_real(double value);
  Lent& bind_null();

  // True while there is a row to read.
  bool step();
  // Runs a statement that returns no rows; how many rows it changed.
  int run();
  // Lets the statement be bound and run once more.
  void again();

  bool is_null(int column) const;
  std::int64_t number(int column) const;
  int small(int column) const;
  double real(int column) const;
  std::string text(int column) const;  // also of a blob; "" for null
  std::string id(int column) const;    // of what bind_id() wrote; "" for null
  bool is_number(int column) const;
  std::optional<std::int64_t> maybe(int column) const;

 private:
  Statements::Slot* slot_;
  SQLite::Statement* statement_;
  int next_ = 1;
};

}  // namespace referrald::persistence
