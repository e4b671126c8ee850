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
// `update`, which is never in doubt: its request says which version of the referral it is for.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace referrald::persistence {

using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;
using RowKey = std::int64_t;  // dense, from 1, never reused
using RunId = std::int64_t;
using RejectionId = std::int64_t;  // from 1, never reused; 0: none

// Spelled as the contract prints them; stored as this text, which may therefore not change.
enum class State { pending, sending, in_doubt, synced, rejected, refused, closed };
enum class Step { own, microsoft, update };
std::string_view to_string(State state);
std::string_view to_string(Step step);
std::optional<State> parse_state(std::string_view text);

// Where a row was read; `columns` and `cells` are RFC 4180 records without a line end (cells byte
// for byte, whatever their encoding).
struct Origin {
  std::string source;
  std::string export_name;  // file name
  std::uint64_t line = 0;
  std::string columns;
  std::string cells;
};

// What a row of an export asks for. Bodies are JSON text; `fingerprint` is mapping::encode()'s
// form.
struct Desired {
  std::string external_id;
  std::string deal;  // "private", "partner-led", "co-sell"
  bool co_sell = false;
  std::string own_body;
  std::string microsoft_body;  // co-sell only
  std::string invitation;      // co-sell only
  std::string patch;           // what an update is to set once it exists; empty: nothing
  std::string kept;            // mapping::kept_values()' form
  std::string fingerprint;
  bool hold = false;  // not to be sent before release_changes(): a later row may have its say first
};

// What a row that has changed asks of its referral; see mapping::update_of().
struct Change {
  std::string deal;
  bool co_sell = false;
  std::string patch;           // empty: nothing
  std::string microsoft_body;  // Microsoft's referral is to be created; else empty
  std::string invitation;
  std::string fingerprint;  // of the new content
  std::string base;         // of what Partner Center holds
  std::string reasons;      // of what cannot be done, as Rejection has them; empty: nothing
  bool read_first = false;  // what Partner Center holds of it is not certain
  // An invitation that is under way is no longer wanted: it is not sent again when it proves to be
  // without effect. If it had one, these are added to `reasons`.
  bool withdraws_invitation = false;
  std::string if_invited;
  // The create that the row asks for, for one that is under way and may prove to be without effect.
  Desired create;
};

enum class Verdict {
  created,    // not known before (or only as rejected): pending now
  requeued,   // pending with other content, or refused with other content: pending with the new one
  unchanged,  // the same content; nothing to do, whatever its state
  changed,    // a referral exists or may exist, and the content differs: see change()
  refused,    // the same content that the service refused: nothing is sent
  closed,     // terminal at Partner Center
  other_source,  // the id belongs to a row of another source: nothing was changed
};

// Whether the row has what the ledger has already.
constexpr bool same_content(Verdict verdict) {
  return verdict == Verdict::unchanged || verdict == Verdict::refused || verdict == Verdict::closed;
}

struct Offered {
  Verdict verdict = Verdict::created;
  bool claimed = false;  // created: it is `sending`, as claim() would have made it
  RowKey row = 0;        // 0: classify() of an unknown id
  std::string source;    // other_source: whose row it is
  bool adopted = false;  // adopt() made it, and no source had brought it yet
  bool waits = false;    // something of it is to be sent or looked for
  // The others are given with `changed`, of what Partner Center holds or will hold; and with
  // `closed` where that may differ from the row's content.
  std::string fingerprint;
  std::string deal;
  std::string status, substatus;  // blank: it is not there yet
  bool microsoft_exists = false;
  bool microsoft_under_way = false;  // the request for it is, or is in doubt
  std::string sent;                  // patches whose effect is unknown, as one; blank: none
  bool invitation_differs = false;   // unchanged: from the one that Microsoft has
};

// What was seen of the row of an external id.
struct SeenRecord {
  RowKey row = 0;           // 0: not known, or not for long enough
  std::int64_t record = 0;  // see Ledger::see_record(); 0: none
};

// A whole export that was seen.
struct SeenExport {
  std::int64_t hash = 0;
  std::uint64_t bytes = 0;  // of its file
  std::uint64_t rows = 0;
};

// A row that our rules keep from being sent. `reasons` is a JSON array of objects
// {code, member, column, value, message, remedy}.
struct Rejection {
  Origin origin;
  std::string external_id;  // empty: could not be told
  std::string reasons;
  // The open rejection that `rejects` wrote this row for, and that this row answers. See reject().
  RejectionId answers = 0;
};

// A request that may leave now: the ledger durably says `sending`.
struct Intent {
  RowKey row = 0;
  std::string external_id;
  Step step = Step::own;
  bool co_sell = false;
  std::string body;             // of this step; step update: the patch
  std::string invitation;       // step microsoft
  std::string engagement_id;    // step microsoft
  std::string organization_id;  // step microsoft; may be empty
  Origin origin;                // without columns and cells
  int attempt = 1;              // of this step in this run, from 1
  // Step update.
  std::string referral_id;
  std::string etag;
  bool read_first = false;  // the eTag proves nothing
  std::string base;         // the fingerprint of what Partner Center holds
  std::string kept;
  std::string sent;     // an earlier patch whose effect is unknown; blank: none
  std::string decided;  // "crm" or "partner_center": a person's word on the conflicts
};

// What the service says of a referral.
struct ReferralIds {
  std::string referral_id;
  std::string engagement_id;
  std::string etag;  // verbatim, with its quotes
  std::string organization_id;
  std::string status;
  std::string substatus;
};

// What an update left at Partner Center, and what it could not do.
struct Updated {
  std::string base;  // as Intent has it
  std::string kept;
  bool read_first = false;
  std::string patch;    // what waits for a person; empty: nothing
  std::string reasons;  // why, as Rejection has them
  bool sent = true;     // something was changed there; false: there was nothing to change
};

// Why an attempt did not succeed. `message` may quote the service: for the ledger and `show`, never
// for a log.
struct Failure {
  std::string code;
  std::string message;
  int http_status = 0;  // 0: no answer
  std::string request_id;
  std::string client_request_id;
};

// The result of an intent, or of looking for a doubtful one.
struct Settlement {
  RowKey row = 0;
  Step step = Step::own;           // the step that was attempted or looked for
  State state = State::synced;     // synced: the step is done; pending, in_doubt, refused or closed
  std::optional<ReferralIds> ids;  // step update: blank members are as before
  std::optional<Updated> updated;  // step update, done or refused
  std::optional<Failure> failure;  // becomes the last error, and an entry of the attempts
  bool counts = true;              // false: the request never left; the attempt is not counted
  Timestamp at{};
  Timestamp due{};  // pending: not before; in_doubt: the first look not before
};

// What record() made of a settlement.
struct Recorded {
  State state = State::synced;
  bool created = false;    // the row's creates are done with it
  bool updated = false;    // the row's change is done with it
  bool closed = false;     // the row's change was not sent: its referral is closed
  bool as_wanted = false;  // there was nothing to change after all
};

// A request whose effect is unknown.
struct Doubt {
  RowKey row = 0;
  std::string external_id;
  Step step = Step::own;
  bool co_sell = false;
  std::string engagement_id;  // step microsoft
  // When the step's first request of unknown effect was claimed, by the service's clock
  // (Claim::service_time).
  Timestamp since{};
  int looks = 0;        // how often it was looked for without finding it
  int http_status = 0;  // of the doubtful answer; 0: none
};

// When there is something to do. nullopt: nothing of that kind.
struct Agenda {
  std::optional<Timestamp> next_claim;
  std::optional<Timestamp> next_look;
};

// Which rows may be sent in a run.
struct Claim {
  RunId run = 0;
  std::vector<std::string> sources;
  int max_attempts = 8;                               // of one step in this run
  RowKey up_to = std::numeric_limits<RowKey>::max();  // rows behind this one wait (a canary run)
  // Nothing of what is claimed is created before that, by the service's clock: Doubt::since.
  // Absent: as `now`.
  std::optional<Timestamp> service_time{};
};

// What a row is claimed with that is sent at once; as Claim has it.
struct ClaimTerms {
  RunId run = 0;
  std::optional<Timestamp> service_time{};
};
using AskForClaim = std::function<std::optional<ClaimTerms>()>;

// What became of a change.
struct Changed {
  Verdict verdict = Verdict::unchanged;
  std::optional<Intent> claimed;  // the row is `sending`, as claim() would have made it
};

struct RunSummary {
  std::uint64_t rows_read = 0, created = 0, updated = 0, unchanged = 0, changed = 0, excluded = 0,
                rejected = 0, refused = 0, in_doubt = 0, waiting = 0, requests = 0, retries = 0,
                throttled = 0;
  double seconds = 0;
  bool operator==(const RunSummary&) const = default;
};

struct Run {
  RunId id = 0;
  std::string command;
  Timestamp started{};
  std::optional<Timestamp> finished;  // absent: running, or it died
  std::optional<int> exit_code;
  std::int64_t pid = 0;  // 0: it did not finish, and a later run has begun
  RunSummary summary;
};

// Rows that adopt() made belong to no source until one brings them.
inline constexpr std::string_view adopted_source = "(adopted)";

// An own referral that was met at Partner Center.
struct Existing {
  std::string external_id;
  std::string alias;  // how the id reads if the service escapes it; blank: the same
  ReferralIds ids;
  std::string tracking;     // Microsoft's number of the deal
  std::string deal;         // "private", "partner-led", "co-sell"
  std::string fingerprint;  // of its content
  std::string kept;         // see Desired
};

// What adopt() made of it.
struct Adopted {
  enum class As {
    fresh,    // the ledger did not know the id
    known,    // nor anything new
    settled,  // a row waited to be created, or was in doubt or rejected: its referral exists
    twice,    // the row has another referral
  };
  As as = As::fresh;
  std::string other;  // twice: that referral's id
};

// A referral that the ledger knows, as it knew it.
struct KnownReferral {
  RowKey row = 0;
  std::string external_id;
  Step step = Step::own;  // which of the row's two
  State state = State::synced;
  std::string base;  // step own: the fingerprint of what Partner Center holds
  bool read_first = false;
  ReferralIds ids;      // without engagement and organization
  Timestamp changed{};  // of the row
  std::string tracking;
};

// What became of an export that stays where it is.
enum class Handled {
  read,        // to its end
  unreadable,  // it, or its rest
  guarded,     // the guard stopped it
};
std::string_view to_string(Handled handled);

struct HandledExport {
  std::string name;   // of the file
  std::string stamp;  // tells it from what takes its place, and says by which mapping it was read
  Handled handled = Handled::read;
  Timestamp at{};
};

enum class Retried {
  queued,   // refused: is sent again
  due_now,  // pending: need not wait any longer
  nothing,  // has nothing to send
};

// One row, all that is known of it.
struct RowView {
  RowKey row = 0;
  std::string external_id, source, deal;
  State state = State::pending;
  Step step = Step::own;
  std::string export_name;
  std::uint64_t line = 0;
  ReferralIds own;
  ReferralIds microsoft;
  std::string own_tracking, microsoft_tracking;  // Microsoft's number of the deal
  int attempts = 0;                              // requests that left, over all runs
  Timestamp first_seen{}, changed{};
  std::optional<Timestamp> due;  // pending and in_doubt
  std::optional<Failure> last_error;
  std::optional<Timestamp> last_error_at;
  std::string reasons;              // of an open rejection; see Rejection
  std::string alias;                // of a row that no source has brought: see Existing
  bool taken_back = false;          // what it asked for last: see reject()
  bool invitation_differs = false;  // from the one that Microsoft has
};

struct AttemptView {
  Timestamp at{};
  Step step = Step::own;
  State state = State::pending;  // what it left the row in
  Failure failure;
};

// A row that needs a person, with its original cells.
struct RejectView {
  RejectionId rejection = 0;  // 0: refused
  Origin origin;
  std::string external_id;
  bool refused = false;  // by the service; else by our rules
  std::string reasons;   // JSON array as in Rejection (refused: one reason made of the last error)
  Timestamp at{};
};

struct ListFilter {
  std::vector<State> states;  // empty: all
  std::optional<std::string> source;
  std::optional<Timestamp> since;  // changed at or after
};

using Counts = std::map<State, std::uint64_t>;

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
  // its first attempt; nullopt: it waits. Empty: it waits.
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
  // referral exists, or may exist: as reject(), whose answer it gives.
  virtual RowKey exclude(std::string_view external_id, std::string_view source, Timestamp now) = 0;
  // Whether a row that came out of `rejects`, and now stands in `export_name`, has been overtaken:
  // neither does the row need a person any more, nor was it brought by that file.
  virtual bool is_overtaken(std::string_view external_id, std::string_view source,
                            RejectionId answers, std::string_view export_name) = 0;
  // An export was read to its end in `run`: rejections without an id that an earlier run found in
  // the export of that name and this one did not are ended.
  virtual void finish_export(std::string_view source, std::string_view export_name, RunId run) = 0;

  // Records that need not be mapped again. The row's content is that of the record of an export
  // with that hash (not 0): to offer it once more would change nothing and be worth telling nobody.
  // True until any other function changes the row. A process that dies may take it along.
  virtual void see_record(RowKey row, std::string_view external_id, std::int64_t record) = 0;
  // Hashes of external ids, under the ledger's key.
  virtual std::int64_t hash_of(std::string_view external_id) const = 0;
  // Of ascending hashes. Two ids may share one: that its record was seen says a record's hash which
  // covers the id. Needs no transaction, and no more memory for more of them.
  virtual void seen_records(std::span<const std::int64_t> ids, std::span<SeenRecord> out) = 0;

  // The same for a whole export with that hash: every one of its records is one that see_record()
  // was told. True until another function changes a row of the source. A few of each source are
  // remembered.
  virtual void see_export(std::string_view source, const SeenExport& seen) = 0;
  // How many rows it has; nullopt: it is none of these.
  virtual std::optional<std::uint64_t> seen_export(std::string_view source, std::int64_t hash) = 0;
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
