// What the status page, the metrics and the health answers say: plain data, filled by others.
//
// `LedgerView` is read from the ledger now and then, off the thread that works; `Live` is what the
// daemon knows of itself at the moment. External ids aside, nothing here is a customer's data.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "persistence/ledger.hpp"

namespace referrald::status_page {

using persistence::Timestamp;

enum class Doing {
  starting,
  idle,            // waits for files or for a time
  reading,         // an export; what is read is sent meanwhile
  sending,         // what was read
  waiting,         // for the service; `reason` says why
  budget_used_up,  // until the next UTC day
  stopping,        // drains
};

struct Now {
  Doing doing = Doing::starting;
  std::string reason;  // waiting and others: one clause for a person, without personal data
  std::optional<Timestamp> since;
  std::optional<persistence::RunId> run;
  std::string source;
  std::string export_name;             // being read; empty: none
  std::uint64_t done = 0;              // rows of the run brought to an end
  std::optional<std::uint64_t> total;  // absent: not known yet
  double rate = 0;                     // rows per second; 0: not known
  std::optional<std::chrono::seconds> left;
};

enum class Result { none, good, needs_person, stopped, failed };

struct SourceView {
  std::string name;
  std::string schedule;  // as configured
  std::optional<Timestamp> last_success;
  std::optional<Timestamp> last_run;  // when it ended
  Result result = Result::none;       // of the last run
  std::string outcome;                // the same in words
  persistence::Counts counts;
  std::uint64_t set_aside = 0;  // exports in its quarantine that nobody has dealt with
  std::string quarantine = {};  // where they lie
};

struct Reason {
  std::string code;
  std::string column;  // of the export, if it is one cell's; never its value
  std::string meaning;
  std::string remedy;
};

// A row that is not sent until a person does something.
struct NeedsPerson {
  std::string external_id;  // empty: could not be told
  std::string source;
  std::string export_name;
  std::uint64_t line = 0;
  bool refused = false;  // by the service; else by our rules
  std::vector<Reason> reasons;
  Timestamp at{};
};

struct WaitingRow {
  std::string external_id;
  persistence::State state = persistence::State::pending;
  Timestamp since{};
};

// Of the last day. Rejected and refused rows count each time a run meets them.
struct Hour {
  Timestamp begin{};
  std::uint64_t created = 0, updated = 0, rejected = 0, refused = 0;
  std::uint64_t failures = 0;  // runs that ended in this hour and failed
  bool operator==(const Hour&) const = default;
};

struct RunView {
  persistence::Run run;
  Result result = Result::none;  // none: under way
  std::string outcome;
};

struct LedgerView {
  bool exists = false;  // absent: none yet, the first sync makes it
  std::vector<SourceView> sources;
  persistence::Counts counts;
  std::optional<WaitingRow> oldest;
  std::vector<NeedsPerson> needs_person;  // the first of them
  std::uint64_t needing = 0;              // how many there are
  std::vector<persistence::Run> day;      // runs of the last day, under way ones too
  std::vector<RunView> runs;              // the last few, newest first
  std::uint64_t calls_today = 0;
  std::optional<Timestamp> done;  // when what waits will be sent, at the set rate; absent: nothing
};

struct Budget {
  std::optional<std::uint64_t> limit;  // calls per UTC day; absent: none
  std::uint64_t used = 0;              // today
  std::optional<double> rate;          // calls per second, as configured; absent: unlimited
  std::optional<double> slowed_to;     // while the service throttles
};

struct SignIn {
  bool present = false;
  std::string tenant;
  std::string client;  // "secret", "certificate" or "public"
  std::optional<Timestamp> renewed;
  std::optional<Timestamp> good_until;
  std::optional<Timestamp> client_until;  // of its secret or certificate, if known
  std::vector<std::string> warnings;      // sentences
};

// Something that is not as it should be, while it lasts.
struct Trouble {
  std::string code;  // stable, kebab-case: "folder-missing"
  std::string what;  // a sentence for a person, without personal data
  std::string remedy;
  std::optional<Timestamp> since;
  bool blocks = true;  // nothing can be sent as long as it lasts: not ready
};

struct Live {
  Now now;
  std::map<std::string, Timestamp> next_due;  // by source
  // Of the run under way, so far; brought into the chart before the run has ended.
  std::optional<persistence::Run> run;
  std::vector<Trouble> troubles;
  // When the loop that does the work last came round. Far behind the present: it hangs.
  std::optional<Timestamp> beat;
};

struct Snapshot {
  std::string version;
  Timestamp started{};
  Timestamp at{};  // the present
  LedgerView ledger;
  Live live;
  Budget budget;
  SignIn sign_in;
};

// Spelled as snapshot.json and the metrics have them: "idle", "budget_used_up"; "needs_person".
std::string_view to_string(Doing doing);
std::string_view to_string(Result result);

// How many rows are in that state.
std::uint64_t count_of(const persistence::Counts& counts, persistence::State state);
// pending, sending and in_doubt.
std::uint64_t waiting_in(const persistence::Counts& counts);

// What became of rows by hour, the last `day_hours` of them up to `now`, oldest first. What a run
// did is spread evenly over its time: sending is paced. A `live` run stands for the one of `runs`
// with its id.
inline constexpr int day_hours = 24;
std::vector<Hour> hours_of_day(const std::vector<persistence::Run>& runs,
                               const std::optional<persistence::Run>& live, Timestamp now);

}  // namespace referrald::status_page
