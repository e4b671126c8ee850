// What became of each row: the one place that remembers, and the rule of exactly once (contract,
// section 4).
//
// The life of a row:
//
//     offer()          claim()            record()
//   ─────────► pending ───────► sending ───────────► synced ─► closed
//                ▲  ▲              │  │
//                │  │ not sent /   │  │ effect unknown, or found `sending` at start-up
//                │  └──throttled───┘  ▼
//                │                in_doubt ──found by looking──► synced
//                └──not found by the set number of looks──┘
//
//   rejected: our rules say no (reject()), or the row was withdrawn (exclude()).
//   refused: the service said no (record()).
//   rejected becomes pending again when offer() brings the row, refused when it brings other
//   content.
//
// A co-sell row walks this twice: step `own`, then step `microsoft`; the answer to the first makes
// it pending again with the second step. A row whose content changes later walks it with step
// `update`, which is never in doubt: its request says which version of the referral it is for. What
// may leave at once is `sending` when offer() or change() has returned.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/ledger_rows.hpp"
#include "persistence/ledger_views.hpp"

namespace referrald::persistence {

// Why the ledger cannot be used, or not any more. what() is for the operator.
class LedgerError : public std::runtime_error {
 public:
  enum class Kind {
    cannot_write,  // folder missing, not writable, disk full (73)
    cannot_read,   // missing when reading, no permission (74; missing: 66 is the caller's choice)
    damaged,       // not a ledger, failed its check (74)
    newer,         // written by a newer program (74)
    held,          // another process holds it (75); what() names its process id
    other_tenant,  // bind_tenant(): belongs to another one (78)
  };
  LedgerError(Kind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

// The ledger. One thread at a time. Functions throw LedgerError; after one, write nothing more and
// let the next start look (nobody can know what is on disk after a failed commit).
//
// Writing functions want a transaction around them (begin … commit); nothing is durable before
// commit() returns, and everything is after it (but see sync_apart()). Callers group many calls
// into one transaction.
class Ledger {
 public:
  virtual ~Ledger() = default;

  // The key of its fingerprints, 16 bytes, made by chance with it.
  virtual std::string fingerprint_key() = 0;

  virtual void begin() = 0;
  virtual void commit() = 0;
  virtual void rollback() noexcept = 0;

  // Outside of transactions: whether from now on commit() leaves it to sync() to make things
  // durable, which may be called from another thread meanwhile.
  virtual void sync_apart(bool apart) = 0;
  // Returns when all that was committed before it was called is durable. When it throws, nobody can
  // know what is on disk, and nothing more is written.
  virtual void sync() = 0;
  // Whether the log is brought into the file often, a little at a time, so that no commit takes
  // long; else seldom, which takes less time in all. Seldom, if nobody says.
  virtual void checkpoint_often(bool often) = 0;

  // Remembers the tenant at the first call; another one later throws other_tenant.
  virtual void bind_tenant(std::string_view tenant) = 0;
  // Throws other_tenant where bind_tenant() would; writes nothing. Whether it is bound.
  virtual bool check_tenant(std::string_view tenant) = 0;

  // -- runs ---------------------------------------------------------------------------------------
  virtual RunId start_run(std::string_view command, Timestamp now) = 0;
  virtual void finish_run(RunId run, const RunSummary& summary, int exit_code, Timestamp now) = 0;
  // Newest first.
  virtual std::vector<Run> runs(std::size_t limit) = 0;

  // -- intake -------------------------------------------------------------------------------------
  // Takes a row in; ends an open rejection of that id unless the verdict is other_source.
  // `claim` is asked when the row is new and not held: with what it is to be claimed at once, for
  // its first attempt, which comes back as Offered::claimed; nullopt: it waits. Empty: it waits.
  virtual Offered offer(const Desired& desired, const Origin& origin, Timestamp now,
                        const AskForClaim& claim = {}) = 0;
  // What offer() would answer. Writes nothing, needs no transaction.
  virtual Offered classify(std::string_view external_id, std::string_view source,
                           std::string_view fingerprint) = 0;
  // Takes in what a row that offer() or classify() called changed asks for. changed: something is
  // to be sent, now or when the request under way is answered; unchanged: nothing is; refused:
  // nothing can be. What is to be sent is held back until release_changes(): a later row of the
  // same export may take it back. `claim` is asked as offer() asks it, where the row was synced and
  // an update of its referral is all that there is to do; empty: it is held back.
  virtual Changed change(RowKey row, const Change& change, const Origin& origin, Timestamp now,
                         const AskForClaim& claim = {}) = 0;
  // `most` of them at once; false: that was all.
  virtual bool release_changes(std::string_view source, Timestamp now,
                               std::size_t most = 2'000) = 0;
  // Remembers the rejection. A pending row of that id of which no referral exists becomes
  // `rejected`, also when earlier requests for it proved to be without effect. Of any other row the
  // referral stays as it is: what waits to be done to it, or for Microsoft beside it, is taken
  // back; and nothing follows a request that is under way. An id of another source's row changes
  // nothing of that row. `answers` counts where it is an open rejection without an id, of the same
  // source. It ends when the row has an id now; else it is brought up to date and stays where it
  // stood, so that a row that goes out and comes back any number of times is one entry. The row of
  // that id; 0: none, or another source's.
  virtual RowKey reject(const Rejection& rejection, RunId run, Timestamp now) = 0;
  // A row that `rejects` wrote came back as it was, in `export_name`: whether that rejection is
  // open in `source`. It stays as it is; if the export took the place of its own, `run` has found
  // it there.
  virtual bool keep_rejection(RejectionId rejection, std::string_view source,
                              std::string_view export_name, RunId run) = 0;
  // A row that `rejects` wrote came back and was offered or excluded: ends the rejection if it is
  // an open one without an id, of that source. (One with an id ends by its id.)
  virtual void answer_rejection(RejectionId rejection, std::string_view source) = 0;
  // The row is excluded now: ends an open rejection of that id, and withdraws a pending or rejected
  // row of which no referral exists. Withdrawn it is forgotten; but where a request of unknown
  // effect was looked for and not found, it stays, `rejected` without reasons, with its attempts
  // and its doubt: that request may show later, and offer() goes on from there. A row of which a
  // referral exists, or may exist: as reject(). `record` (0: none) is remembered as see_record()
  // does it, if all that changed nothing.
  virtual WasExcluded exclude(std::string_view external_id, std::string_view source, Timestamp now,
                              std::int64_t record = 0) = 0;
  // Whether a row that came out of `rejects`, and now stands in `export_name`, has been overtaken:
  // neither does the row need a person any more, nor was it brought by that file.
  virtual bool is_overtaken(std::string_view external_id, std::string_view source,
                            RejectionId answers, std::string_view export_name) = 0;
  // An export was read to its end in `run`: rejections without an id that an earlier run found in
  // the export of that name and this one did not are ended.
  virtual void finish_export(std::string_view source, std::string_view export_name, RunId run) = 0;

  // Records that need not be mapped again. The row's content is that of the record of an export
  // with that hash (not 0): to offer it once more would change nothing and be worth telling nobody.
  // True until any other function changes the row, or gives its id to one. A process that dies may
  // take it along. False: it is not remembered, since that is not the row's id, but the other
  // spelling that adopt() knows.
  virtual bool see_record(RowKey row, std::string_view external_id, std::int64_t record) = 0;
  // Hashes of external ids, under the ledger's key.
  virtual std::int64_t hash_of(std::string_view external_id) const = 0;
  // Of ascending hashes. Two ids may share one: that its record was seen says a record's hash which
  // covers the id. Needs no transaction, and no more memory for more of them.
  virtual void seen_records(std::span<const std::int64_t> ids, std::span<SeenRecord> out) = 0;

  // The same for a whole export with that hash, whose records are said to be ones that see_record()
  // or exclude() was told of, but for some. True until another function changes a row of the
  // source, rejects another source's id in it, or adds a row to it where the export excludes some.
  // A few of each source are remembered.
  virtual void see_export(std::string_view source, const SeenExport& seen) = 0;
  // SeenExport::records; empty: it is none of these.
  virtual std::string seen_export(std::string_view source, std::int64_t hash) = 0;
  // Whether one of that size is among them: of others the hash need not be asked for.
  virtual bool has_seen_exports(std::string_view source, std::uint64_t bytes) = 0;

  // Exports that need not be read again as they are, by what tells a changed one. Remembering it
  // replaces what was remembered of that name.
  virtual void remember_export(std::string_view source, const HandledExport& what) = 0;
  virtual void forget_export(std::string_view source, std::string_view name) = 0;
  virtual std::vector<HandledExport> handled_exports(std::string_view source) = 0;

  // -- dispatch -----------------------------------------------------------------------------------
  // Everything `sending` becomes `in_doubt`, to be looked for at once; an update is to be sent
  // again. For start-up, by the one writer. Returns how many are in doubt.
  virtual std::uint64_t recover(Timestamp now) = 0;
  // What is to be sent or looked for later than `latest` is due then. Nothing waits for so long:
  // the clock was wrong when it was put off.
  virtual void bring_forward(Timestamp latest) = 0;
  // Up to `limit` rows that are due, marked `sending`: of each source the oldest first, and the
  // sources by turns, so that a long backlog of one does not hold up another.
  virtual std::vector<Intent> claim(const Claim& which, std::size_t limit, Timestamp now) = 0;
  // A step that is done makes the row pending again with the next one, if there is one; else it is
  // synced, or closed, or refused for what could not be done. A request without effect, or refused,
  // is followed by what has come since, if something has; by nothing if the row was rejected or
  // excluded since.
  virtual Recorded record(const Settlement& settlement, RunId run) = 0;
  virtual Agenda agenda(const Claim& which) = 0;

  // -- doubts (all sources) -----------------------------------------------------------------------
  // Those whose look is due, in order of row, after `after`, at most `limit`.
  virtual std::vector<Doubt> doubts(Timestamp now, RowKey after, std::size_t limit) = 0;
  // The doubtful row at step `own` with that id, if there is one.
  virtual std::optional<Doubt> find_doubt(std::string_view external_id) = 0;
  // It was looked for and not found; the next look is due at `due`.
  virtual void record_look(RowKey row, Timestamp due) = 0;

  // -- what exists at Partner Center
  // ---------------------------------------------------------------- Takes in a referral that was
  // met there. One id may be met several times.
  virtual Adopted adopt(const Existing& existing, Timestamp now) = 0;
  // The same for one that is Microsoft's; `invitation` is the first part of a fingerprint.
  virtual void adopt_microsofts(const ReferralIds& ids, const std::string& tracking,
                                const std::string& invitation) = 0;
  // All was met: brings Microsoft's referrals to the own ones of their engagements. How many.
  virtual std::uint64_t finish_adoption() = 0;
  // The own referral of that external id, or with a blank one Microsoft's, if it has that id.
  virtual std::optional<KnownReferral> find_referral(std::string_view external_id,
                                                     const std::string& referral_id) = 0;
  // It is as `now` says; a referral that is closed closes its row.
  virtual void refresh(const KnownReferral& before, const KnownReferral& now, Timestamp at) = 0;
  // Forgets runs and failed attempts that are older, but the last error of a row.
  virtual void prune(Timestamp before) = 0;
  // What is to be remembered beside the rows, by a key; a blank value forgets it.
  virtual std::optional<std::string> note(std::string_view key) = 0;
  virtual void set_note(std::string_view key, std::string_view value) = 0;

  // -- what a person decides
  // ------------------------------------------------------------------------
  virtual Retried retry(RowKey row, Timestamp now) = 0;
  // Of a conflict: `take` is "crm" or "partner_center". False: the row has none.
  virtual bool resolve(RowKey row, std::string_view take, Timestamp now) = 0;

  // -- the daily budget ---------------------------------------------------------------------------
  // `day` is "2026-11-22", UTC.
  virtual std::uint64_t calls(std::string_view day) = 0;
  virtual void add_calls(std::string_view day, std::uint64_t calls) = 0;

  // -- questions (no transaction needed)
  // ------------------------------------------------------------ Rows by state; `rejected` counts
  // open rejections without an id too. No sources: all.
  virtual Counts counts(const std::vector<std::string>& sources) = 0;
  // Since when the longest waiting row waits (pending, sending or in_doubt).
  virtual std::optional<RowView> oldest_waiting() = 0;
  virtual std::optional<RowView> find(std::string_view external_id) = 0;
  virtual std::vector<AttemptView> attempts(RowKey row) = 0;
  // In order of row, streaming; `visit` must not call the ledger.
  virtual void list(const ListFilter& filter, const std::function<void(const RowView&)>& visit) = 0;
  virtual void rejects(const std::optional<std::string>& source, std::optional<Timestamp> since,
                       const std::function<void(const RejectView&)>& visit) = 0;
  // The distinct `columns` of what rejects() would visit, in order of first use.
  virtual std::vector<std::string> reject_columns(const std::optional<std::string>& source,
                                                  std::optional<Timestamp> since) = 0;
};

// Opens for writing, creating the file (mode 0600) and migrating it forward: WAL, synchronous=FULL,
// checked. Takes the writer's lock (a file beside the ledger that names the process id) and holds
// it as long as the object lives. Throws LedgerError.
std::unique_ptr<Ledger> open_for_writing(const std::filesystem::path& file, Timestamp now);

// Opens read-only, beside a writer if there is one. nullptr when there is no ledger yet. Throws
// LedgerError. Writing functions of the result throw std::logic_error.
std::unique_ptr<Ledger> open_for_reading(const std::filesystem::path& file);

}  // namespace referrald::persistence
