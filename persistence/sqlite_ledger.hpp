// The ledger in one SQLite file. Its functions are spread over sqlite_ledger*.cpp by subject:
// opening (sqlite_open), transactions and runs, intake, dispatch, questions.
#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "persistence/id_index.hpp"
#include "persistence/ledger.hpp"
#include "persistence/log_file.hpp"
#include "persistence/short_forms.hpp"
#include "persistence/sqlite_errors.hpp"
#include "persistence/statements.hpp"
#include "persistence/writer_lock.hpp"

namespace referrald::persistence {

using Id = std::int64_t;

// `due` of a change that is held back: the last millisecond of the year 9999.
inline constexpr std::int64_t held_back = 253'402'300'799'999;

// Pages of the log at which a commit brings it into the file: that takes some 0.2 s for the larger
// one.
inline constexpr int log_pages = 16'000;
inline constexpr int few_log_pages = 3'000;

// How long a statement waits for another connection's lock.
inline constexpr int busy_timeout_ms = 5000;

inline std::int64_t to_number(Timestamp at) {
  return at.time_since_epoch().count();
}
inline Timestamp to_time(std::int64_t number) {
  return Timestamp{std::chrono::milliseconds(number)};
}

State read_state(const Lent& statement, int column);
// A request was sent, and no answer is recorded yet.
constexpr bool is_under_way(State state) {
  return state == State::sending || state == State::in_doubt;
}
Step read_step(const Lent& statement, int column);

// How many rows of each source are in which state, kept in memory by the writer and written with
// each commit: counting ten million rows would take seconds.
class Tally {
 public:
  void load(Statements& statements);
  void store(Statements& statements);
  void add(Id source, State state, Step step, std::int64_t rows);
  void move(Id source, State from, Step from_step, State to, Step to_step);
  std::int64_t of(Id source, State state, Step step) const;
  std::int64_t pending(Id source) const;
  void each(const std::function<void(Id, State, Step, std::int64_t)>& visit) const;

 private:
  using Key = std::tuple<Id, State, Step>;
  struct Count {
    std::int64_t rows = 0;
    bool dirty = false;
  };
  std::map<Key, Count> counts_;
};

// Numbers in place of names that repeat. The last one used is remembered: exports come in order.
class Names {
 public:
  explicit Names(Statements& statements) : statements_(statements) {}
  // 0: not known.
  Id find_source(std::string_view name);
  Id find_export(Id source, const std::string& name);
  std::string source_name(Id source);
  // These add what is not known.
  Id source(std::string_view name);
  Id export_file(Id source, const std::string& name);
  Id header(const std::string& columns);

  // A text that repeats from row to row, by number.
  void bind_word(Lent& statement, const std::string& text);
  std::string word(const Lent& statement, int column);
  // Its number, or nullopt for a text that is kept as it is: one of too many, or none.
  std::optional<Id> number_of(const std::string& text);

  // After a rollback, which may have undone what was added.
  void forget();

 private:
  struct Export {
    Id source = 0;
    std::string name;
    Id id = 0;
  };
  struct Header {
    std::string columns;
    Id id = 0;
  };
  Statements& statements_;
  std::map<std::string, Id, std::less<>> sources_;
  std::map<std::string, Id, std::less<>> words_;
  std::map<Id, std::string> texts_;  // of words
  Export export_;
  Header header_;
};

// An open connection and what belongs to it, in the order in which it must end.
struct Connection {
  std::filesystem::path file;
  Access access = Access::reading;
  std::unique_ptr<WriterLock> lock;  // writing
  std::unique_ptr<SQLite::Database> database;
  // Reading a file that nobody has open, without SQLite's locks: good until a writer appears.
  bool immutable = false;

  Connection();
  Connection(Connection&&) noexcept;
  ~Connection();
};

class SqliteLedger final : public Ledger {
 public:
  explicit SqliteLedger(Connection connection);
  ~SqliteLedger() override;

  std::string fingerprint_key() override;
  void begin() override;
  void commit() override;
  void rollback() noexcept override;
  void sync_apart(bool apart) override;
  void sync() override;
  void checkpoint_often(bool often) override;
  void bind_tenant(std::string_view tenant) override;
  bool check_tenant(std::string_view tenant) override;

  RunId start_run(std::string_view command, Timestamp now) override;
  void finish_run(RunId run, const RunSummary& summary, int exit_code, Timestamp now) override;
  std::vector<Run> runs(std::size_t limit) override;

  Offered offer(const Desired& desired, const Origin& origin, Timestamp now,
                const AskForClaim& claim) override;
  Offered classify(std::string_view external_id, std::string_view source,
                   std::string_view fingerprint) override;
  Changed change(RowKey row, const Change& change, const Origin& origin, Timestamp now,
                 const AskForClaim& claim) override;
  bool release_changes(std::string_view source, Timestamp now, std::size_t most) override;
  RowKey reject(const Rejection& rejection, RunId run, Timestamp now) override;
  bool keep_rejection(RejectionId rejection, std::string_view source, std::string_view export_name,
                      RunId run) override;
  void answer_rejection(RejectionId rejection, std::string_view source) override;
  WasExcluded exclude(std::string_view external_id, std::string_view source, Timestamp now,
                      std::int64_t record) override;
  bool is_overtaken(std::string_view external_id, std::string_view source, RejectionId answers,
                    std::string_view export_name) override;
  void finish_export(std::string_view source, std::string_view export_name, RunId run) override;

  bool see_record(RowKey row, std::string_view external_id, std::int64_t record) override;
  std::int64_t hash_of(std::string_view external_id) const override;
  void seen_records(std::span<const std::int64_t> ids, std::span<SeenRecord> out) override;

  void see_export(std::string_view source, const SeenExport& seen) override;
  std::string seen_export(std::string_view source, std::int64_t hash) override;
  bool has_seen_exports(std::string_view source, std::uint64_t bytes) override;

  void remember_export(std::string_view source, const HandledExport& what) override;
  void forget_export(std::string_view source, std::string_view name) override;
  std::vector<HandledExport> handled_exports(std::string_view source) override;

  std::uint64_t recover(Timestamp now) override;
  void bring_forward(Timestamp latest) override;
  std::vector<Intent> claim(const Claim& which, std::size_t limit, Timestamp now) override;
  Recorded record(const Settlement& settlement, RunId run) override;
  Agenda agenda(const Claim& which) override;

  std::vector<Doubt> doubts(Timestamp now, RowKey after, std::size_t limit) override;
  std::optional<Doubt> find_doubt(std::string_view external_id) override;
  void record_look(RowKey row, Timestamp due) override;

  Adopted adopt(const Existing& existing, Timestamp now) override;
  void adopt_microsofts(const ReferralIds& ids, const std::string& tracking,
                        const std::string& invitation) override;
  std::uint64_t finish_adoption() override;
  std::optional<KnownReferral> find_referral(std::string_view external_id,
                                             const std::string& referral_id) override;
  void refresh(const KnownReferral& before, const KnownReferral& now, Timestamp at) override;
  void prune(Timestamp before) override;
  std::optional<std::string> note(std::string_view key) override;
  void set_note(std::string_view key, std::string_view value) override;
  Retried retry(RowKey row, Timestamp now) override;
  bool resolve(RowKey row, std::string_view take, Timestamp now) override;

  std::uint64_t calls(std::string_view day) override;
  void add_calls(std::string_view day, std::uint64_t calls) override;

  Counts counts(const std::vector<std::string>& sources) override;
  std::optional<RowView> oldest_waiting() override;
  std::optional<RowView> find(std::string_view external_id) override;
  std::vector<AttemptView> attempts(RowKey row) override;
  void list(const ListFilter& filter, const std::function<void(const RowView&)>& visit) override;
  void rejects(const std::optional<std::string>& source, std::optional<Timestamp> since,
               const std::function<void(const RejectView&)>& visit) override;
  std::vector<std::string> reject_columns(const std::optional<std::string>& source,
                                          std::optional<Timestamp> since) override;

 private:
  // A row that an export may bring again.
  struct Known {
    RowKey row = 0;
    Id source = 0;
    State state = State::pending;
    Step step = Step::own;
    bool adopted = false;   // belongs to no source yet
    bool doubtful = false;  // a request of unknown effect was not found by looking, so far
    std::optional<Id> rejection;
    std::string fingerprint, deal;
    std::string own_fingerprint;  // what the own referral was created with, if that differs
    // Excluded, and kept for its doubt: counted by itself, having no rejection that is.
    bool withdrawn() const { return state == State::rejected && !rejection; }
  };
  // Where an open rejection stands.
  struct Standing {
    bool named = false;
    std::string export_name;
    std::uint64_t line = 0;
    RunId run = 0;  // that found it there last
  };
  struct Remembered {
    Id id = 0;
    bool altered = false;  // new, or with other cells or reasons than before
  };
  // A row of which a request is or was under way.
  struct Attempted {
    Id source = 0;
    State state = State::pending;
    Step step = Step::own;
    int attempts = 0, run_attempts = 0, looks = 0;
    std::optional<Id> error, due, rejection;
    bool co_sell = false, doubtful = false;
  };
  // What is left to do for a row, and how it began.
  struct ToDo {
    bool microsoft = false;
    bool patch = false;
    bool held = false;  // the patch waits for a person
    bool reasons = false;
    int kind = 0;
    bool newer = false;  // the patch is not the one under way
    // Microsoft's referral repeats the own one: what the row changes comes first, and while it
    // cannot be brought about nobody is invited. What follows a new referral closes it.
    std::optional<Step> next() const {
      const bool changes = kind > 0;
      if (changes && patch) return Step::update;
      if (microsoft && !(changes && (held || reasons))) return Step::microsoft;
      if (patch) return Step::update;
      return std::nullopt;
    }
  };
  struct Candidate {
    RowKey row = 0;
    Id source = 0;
  };

  Lent lend(Query query) { return statements_.lend(query); }

  // Every public function runs through one of these two: errors are translated, and after one
  // nothing more is written. A writing function called outside a transaction is one by itself.
  template <typename Work>
  auto writing(std::string_view doing, Work&& work);
  template <typename Work>
  auto asking(std::string_view doing, Work&& work);
  void require_writable(std::string_view doing) const;
  void check_still_alone(std::string_view doing) const;
  void begin_now();
  void commit_now();
  void empty_log() noexcept;

  void put_change(RowKey row, const Change& change, const Origin& origin, const Attempted& before,
                  bool under_way, bool settled);
  static bool is_left_to_do(State state);
  std::optional<Known> known_row(const std::string& external_id);
  Known read_known(const Lent& statement);
  void forget_record(RowKey row);
  void forget_record(RowKey row, Id source);  // of a row of that source
  void forget_seen_exports(Id source);
  void drop_seen_exports(Id source);
  void index_new_row(const std::string& external_id, RowKey row, Id source);
  void load_what_is_kept();
  void store_ids() noexcept;
  std::string read_key();
  Offered judge(const Known& known, std::string_view source, std::string_view fingerprint);
  bool has_referral(RowKey row);
  bool invitation_differs(const Known& known);
  void tell_changed(const Known& known, Offered& offered);
  std::string create_bodies(const Desired& desired);
  bool withdraw_wish(const Known& known, Timestamp now);
  void take_back(const Known& known, Timestamp now);
  void drop_body(RowKey row);
  void forget_messages(RowKey row);
  RowKey add_adopted(const Existing& existing, Timestamp now);
  void put_existing(RowKey row, const Existing& existing);
  void settle_existing(const Known& known, const Existing& existing, Timestamp now);
  void find_existing(const Known& known, const Existing& existing, Timestamp now);
  void close_existing(const Known& known, const Existing& existing);
  void take_over(Known& known, const std::string& external_id, std::string_view source);
  RowKey add_row(const Desired& desired, const Origin& origin, Id source, Timestamp now,
                 const std::optional<ClaimTerms>& claim);
  void put_body(RowKey row, const Desired& desired, const Origin& origin);
  void bind_print(Lent& statement, const std::string& fingerprint);
  ReferralIds read_ids(const Lent& row, int column);
  RowView read_view(const Lent& row);
  void requeue(const Known& known, const Desired& desired, const Origin& origin, Timestamp now);
  void forget_row(const Known& known);
  bool withdraw_row(const Known& known, Timestamp now);
  bool exclude_known(const Known& known, Timestamp now);

  Id named_rejection(Id source, const std::string& external_id);
  Id unnamed_rejection(const Rejection& rejection, Id source, RunId run);
  std::optional<Standing> standing(Id source, RejectionId rejection);
  void reject_unnamed(const Rejection& rejection, Id source, RunId run, Timestamp now);
  void end_unnamed(Id source, RejectionId rejection);
  void end_rejection(Id source, Id rejection);
  bool end_rejection_of(Id source, const std::string& external_id);
  Remembered remember(const Rejection& rejection, Id source, Id known, RunId run, Timestamp now);
  void reject_known(const Known& known, const Rejection& rejection, const Remembered& remembered,
                    Timestamp now);
  RowKey reject_unknown(const Rejection& rejection, Id source, Id remembered, Timestamp now);

  std::vector<Candidate> candidates(const Claim& which, std::size_t limit, Timestamp now);
  void look_before_inviting(const Candidate& candidate, Timestamp now);
  std::string take_update(RowKey row, Intent& intent);
  std::optional<Intent> update_of_change(RowKey row, const Change& change, const Origin& origin);
  void bind_content(Lent& statement, const Change& change, Id source, const Origin& origin);
  std::optional<ClaimTerms> claim_change(RowKey row, const Change& change, const Origin& origin,
                                         const AskForClaim& claim, std::optional<Intent>& claimed);
  std::optional<Intent> take(const Candidate& candidate, const Claim& which, Timestamp now);
  void close_waiting(RowKey row, Id source, Step step, Timestamp now);
  void match_microsofts(RowKey row);
  Attempted attempted_row(RowKey row);
  std::optional<Settlement> without_invitation(const Settlement& settlement);
  Recorded settle(const Settlement& settlement, RunId run);
  Id add_attempt(RowKey row, Step step, State state, const Failure& failure, RunId run,
                 Timestamp at);
  void put_referral(RowKey row, Step step, const ReferralIds& ids);
  void requeue_refused(RowKey row, const Attempted& before, Step step, Timestamp now);
  void put_updated_referral(const Settlement& settlement);
  void put_updated_body(RowKey row, const Updated& updated);
  std::optional<ToDo> done_with_update(const Settlement& settlement);
  ToDo to_do(RowKey row);
  Id add_refusal(RowKey row, Step step, RunId run, Timestamp at);
  struct Next;
  Next next_of(const Settlement& settlement, Step step);
  bool is_closed(RowKey row);
  Next after_done(const Settlement& settlement, Step step, ToDo left);
  bool goes_on_with_newer(const Settlement& settlement, Step step);
  State take_back_unwanted(RowKey row, const Next& next, Timestamp now);

  // A question of several statements sees one state of the ledger.
  template <typename Work>
  void in_snapshot(Work&& work);
  void end_snapshot() noexcept;
  template <typename Visit>
  void each_reject(const std::optional<std::string>& source, std::optional<Timestamp> since,
                   Visit&& visit);
  Tally current_tally();
  std::set<Id> source_ids(const std::vector<std::string>& sources);

  // Declared in the order that their destruction needs, reversed.
  Connection connection_;
  Statements statements_;
  Names names_;
  ShortFingerprints prints_;
  IdIndex ids_;
  Tally tally_;
  RunId run_ = 0;                                 // the newest
  Id last_claimed_ = 0;                           // the source whose row was claimed last
  bool has_aliases_ = true;                       // some row may have one
  std::map<Id, bool> sources_with_seen_exports_;  // whether some of one may exclude rows
  // Of whose rows one has forgotten its record in this run: perhaps after it was seen.
  std::set<Id> forgetful_sources_;
  bool in_transaction_ = false;
  bool empty_log_after_commit_ = false;
  std::atomic<bool> failed_ = false;
  std::unique_ptr<LogFile> log_;  // where commits leave it to sync()
};

template <typename Work>
auto SqliteLedger::writing(std::string_view doing, Work&& work) {
  require_writable(doing);
  return translating(connection_.file, doing, Access::writing, [&] {
    const bool alone = !in_transaction_;
    if (alone) begin();
    try {
      if constexpr (std::is_void_v<decltype(work())>) {
        work();
        if (alone) commit();
      } else {
        auto result = work();
        if (alone) commit();
        return result;
      }
    } catch (const std::logic_error&) {
      // Refused before anything was changed.
      if (alone) rollback();
      throw;
    } catch (...) {
      failed_ = true;
      if (alone) rollback();
      throw;
    }
  });
}

template <typename Work>
auto SqliteLedger::asking(std::string_view doing, Work&& work) {
  check_still_alone(doing);
  return translating(connection_.file, doing, Access::reading, [&] {
    if constexpr (std::is_void_v<decltype(work())>) {
      work();
      check_still_alone(doing);
    } else {
      auto result = work();
      check_still_alone(doing);
      return result;
    }
  });
}

}  // namespace referrald::persistence
