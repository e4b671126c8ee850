// What the ledger is told of rows, and what it hands out to be sent.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
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

// What became of a row that was excluded.
struct WasExcluded {
  RowKey row = 0;           // that had its id; 0: none, or another source's
  bool remembered = false;  // its record: to exclude it once more would change nothing
};

// What was seen of the row of an external id.
struct SeenRecord {
  RowKey row = 0;           // 0: none, or not known for long enough
  std::int64_t record = 0;  // see Ledger::see_record(); 0: none
};

// A whole export that was seen.
struct SeenExport {
  std::int64_t hash = 0;
  std::uint64_t bytes = 0;  // of its file
  std::string records;      // what became of each, in words of the caller; not empty
  bool excludes = false;    // some
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

// What became of a row that was offered.
struct Offered {
  Verdict verdict = Verdict::created;
  RowKey row = 0;                 // 0: classify() of an unknown id
  std::string source;             // other_source: whose row it is
  bool adopted = false;           // adopt() made it, and no source had brought it yet
  bool waits = false;             // something of it is to be sent or looked for
  std::optional<Intent> claimed;  // created: it is `sending`, as claim() would have made it
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

}  // namespace referrald::persistence
