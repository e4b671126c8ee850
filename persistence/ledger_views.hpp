// What the ledger tells of its runs, rows and exports.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/ledger_rows.hpp"

namespace referrald::persistence {

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

}  // namespace referrald::persistence
