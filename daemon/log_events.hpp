// The catalogue of the log: every event that a line can be of, and every field that it can have.
//
//     log.write("run-finished", {{"created", 12}, {"exit_code", 0}});
//
// Names of events and fields are looked up when the call is compiled, and an unknown one does not
// compile. They are stable: people grep for them, and alert on them. docs/log-events.md is
// generated from the tables.
#pragma once

#include <array>
#include <cstddef>
#include <stdexcept>
#include <string_view>

#include "config/config.hpp"

namespace referrald {

struct KnownEvent {
  std::string_view name;
  config::LogLevel level;
  // For people. Empty: told in words of its own each time, see Log::write_words().
  std::string_view message;
  std::string_view meaning;
  // Of a warning or an error, never empty.
  std::string_view remedy;
  // The names of the fields that it may have beside the run's, separated by blanks.
  std::string_view fields;
  // Those of them that tell one cause from another: warnings and errors that agree in them are
  // folded, and other events if this is not empty. "message" is the words, "event" stands for none.
  std::string_view cause;
};

struct KnownField {
  std::string_view name;
  std::string_view meaning;
};

namespace catalogue {

using enum config::LogLevel;

inline constexpr auto events = std::to_array<KnownEvent>({
    // A run.
    {"run-started", info, "run started", "A run began: what is configured is read and sent.", "",
     "command exports waiting", ""},
    {"run-finished", info, "run finished",
     "What a run came to, the counts of `sync --json`. `exit_code` other than 0 is explained by "
     "the "
     "warnings and errors of the same `run_id`.",
     "",
     "command exit_code duration_ms rows_read created updated unchanged changed excluded rejected "
     "refused in_doubt waiting requests retries throttled closed deleted limit_reached",
     ""},
    {"run-stops", debug, "the run stops",
     "Nothing more is sent; what has left is answered first. An error follows when that is done.",
     "", "reason", ""},
    {"run-was-cut-off", info, "an earlier run was cut off; its open requests are looked for first",
     "The program was killed, or the machine went down, while requests were under way. Nothing is "
     "sent twice for it.",
     "", "rows", ""},
    {"told-to-stop", warning,
     "told to stop: finishing the requests under way; a second signal ends at once",
     "SIGINT or SIGTERM came.",
     "Nothing, if somebody stopped it. The next sync goes on where this run stopped.", "signal",
     "signal"},
    {"progress", info, "progress", "How far long work is, ever less often.", "",
     "phase done total failed per_minute seconds_left", ""},
    {"rows-left-in-doubt", warning, "rows are left in doubt",
     "Requests left and their effect is not known yet: they are not sent again before they were "
     "looked for.",
     "Run `referrald sync` again: it looks for them first. `referrald list --state in_doubt` names "
     "them.",
     "rows", ""},

    // Exports.
    {"source-empty", info, "a source has no exports at the moment",
     "No file lies where `exports` of that source points to.", "", "source", ""},
    {"export-waiting", info, "waiting for an export to be still",
     "The file was written to a moment ago; it is read when it has been still for `settle`.", "",
     "source export", ""},
    {"export-read", info, "export read",
     "A file was read to its end. What became of its rows; `admitted` ones are sent.", "",
     "source export duration_ms rows_read admitted unchanged excluded rejected refused", ""},
    {"export-archived", info, "export archived", "A finished export was moved away.", "",
     "source export to", ""},
    {"export-refused", error, "",
     "An export cannot be read, is damaged, or its header does not fit the mapping. The rows in "
     "front of a damage count; the others wait for the next export.",
     "The message says what is wrong, where, and what to do; [exports.md](exports.md) says more. "
     "Export again, or correct the mapping.",
     "source export exit_code", "source export message"},
    {"export-replaced", warning, "",
     "An export was replaced or written to while it was read. It stays, and is read again.",
     "Let the CRM write elsewhere and move the finished file into place, or raise `settle`.",
     "source export exit_code", "source export"},
    {"archive-failed", error, "",
     "An export was synced and could not be moved to the archive. It stays and is read again, "
     "which "
     "sends nothing twice.",
     "Mend what the message says: rights, space, or the path `archive`.", "source export exit_code",
     "source export"},
    {"export-remark", warning, "",
     "Something in an export is not as one would expect, and was read all the same: the message "
     "says "
     "what. The same id twice, for instance: the last row counts.",
     "Look at the line that the message names, and mend it in the CRM.", "", "message"},

    // Rows.
    {"row-rejected", debug, "row rejected",
     "A row cannot be sent, by the mapping or by Partner Center's rules. `code` is explained in "
     "[rejections.md](rejections.md); `columns` are those to look at.",
     "", "source export line external_reference_id code columns", ""},
    {"rows-rejected", warning, "rows rejected",
     "So many rows of a source cannot be sent for that reason; `export`, `line` and "
     "`external_reference_id` are of the first of them.",
     "[rejections.md](rejections.md) says what to do for each `code`. `referrald rejects` writes "
     "the "
     "rows out, to be mended and read again.",
     "source export code rows line external_reference_id columns reason remedy", "source code"},
    {"row-refused-before", debug, "row refused before, and not sent again",
     "The row has the content that Partner Center has refused, or asks for a change that it does "
     "not "
     "let be made.",
     "", "source export line external_reference_id", ""},
    {"rows-refused-before", warning, "rows refused before are in the export again",
     "So many rows have the content that Partner Center has refused, or ask for a change that it "
     "does not let be made; `export`, `line` and `external_reference_id` are of the first of them.",
     "`referrald rejects` lists them with reasons and remedies. Mend them in the CRM; `referrald "
     "retry` sends them once more as they are.",
     "source export rows line external_reference_id", "source"},
    {"row-attempted", debug, "row attempted",
     "A request of a row was answered or failed. `state` is what became of the row.", "",
     "source export line external_reference_id step attempt state code referral_id engagement_id "
     "http_status request_id client_request_id duration_ms",
     ""},
    {"row-refused", warning, "row refused",
     "Partner Center does not take the row, or it was not found and may not be sent again; it is "
     "not "
     "sent again as it is. Others of the same `code` are counted.",
     "[errors.md](errors.md#a-rows-last-error) says what to do for each `code` and `http_status`. "
     "`referrald show ID` says more of one row, `referrald rejects` lists all.",
     "source export line external_reference_id step attempt code referral_id engagement_id "
     "http_status request_id client_request_id duration_ms reason remedy",
     "source step code http_status"},
    {"row-in-doubt", warning, "row in doubt",
     "A request left and its effect is unknown. The row is looked for at Partner Center before "
     "anything is sent again.",
     "Nothing. If it happens often, look at the network and the proxy: `code` says what broke.",
     "source export line external_reference_id step attempt code referral_id engagement_id "
     "http_status request_id client_request_id duration_ms reason remedy",
     "source step code http_status"},
    {"row-found", debug, "row in doubt found", "A doubtful request had arrived; the row goes on.",
     "", "external_reference_id step referral_id engagement_id", ""},
    {"look-started", debug, "looking for doubtful rows", "Partner Center's list is read.", "",
     "rows", ""},
    {"look-finished", debug, "looked for doubtful rows", "Partner Center's list was read.", "",
     "pages found", ""},
    {"look-failed", warning, "doubtful rows could not be looked for",
     "Partner Center's list could not be read. It is tried again; after three times the rows stay "
     "in "
     "doubt until the next run.",
     "Nothing at first. If it goes on, `referrald check --online` tells why.", "reason", "reason"},
    {"invitations-changed", warning,
     "invitations have changed; Microsoft keeps those that were sent",
     "Co-sell rows have another invitation than Microsoft was sent, which cannot be changed any "
     "more.",
     "Tell Microsoft's seller by other ways if it matters.", "rows", ""},

    {"status-stays", warning,
     "a status moves forward only; Partner Center is beyond that of the CRM",
     "The CRM's status of these rows is behind the one at Partner Center, which stays.",
     "Bring the CRM up to date with `referrald results`.", "rows", ""},

    // The service.
    {"service-slowed", warning,
     "the service is called more slowly, and faster again as it answers well",
     "The service throttles, so that it is called at half the rate.",
     "Nothing. If it happens in every run, lower `submission.rate`.", "calls_per_minute", ""},
    {"service-at-full-rate", info, "the service is called at the full rate again",
     "Minutes of proper answers ended service-slowed.", "", "", "event"},
    {"service-throttles", warning, "the service throttles; pausing",
     "The service answers 429 or 509 and asks for time. No row pays for it.",
     "Nothing. If it happens in every run, lower `submission.rate`.", "http_status pause_ms",
     "http_status"},
    {"service-throttles-no-more", info, "the service throttles no more",
     "It answers properly again.", "", "", "event"},
    {"service-in-trouble", warning, "the service is in trouble, pausing",
     "The service cannot be reached or answers with faults of its own, several times in a row.",
     "Nothing at first: it is tried again, and rows wait. If the run ends with "
     "service-unavailable, "
     "see there.",
     "http_status request_id reason pause_ms", "http_status reason"},
    {"service-answers-again", info, "the service answers again", "service-in-trouble is over.", "",
     "", "event"},

    // What ends a run early.
    {"sign-in-refused", error, "", "Microsoft refuses the sign-in or denies access. Rows wait.",
     "Mostly `referrald login`. The message says more, and so does "
     "[errors.md](errors.md#sign-in).",
     "exit_code", ""},
    {"sign-in-not-stored", error, "",
     "Microsoft gave a new refresh token, and it could not be stored. Rows wait.",
     "Mend the file or folder that the message names, soon; then run `referrald login` if the next "
     "sync is refused.",
     "exit_code", ""},
    {"service-unavailable", error, "",
     "Partner Center cannot be reached, keeps throttling or answers nothing of use. Rows wait.",
     "`run` goes on by itself; else run `referrald sync` later. The message names what to check if "
     "it lasts; `referrald check --online` looks closer.",
     "exit_code", ""},
    {"wrong-url", error, "", "`partner_center.url` does not lead to the referrals API.",
     "Correct `partner_center.url`.", "exit_code", ""},
    {"storage-full", error, "", "Partner Center says that its storage is full. Rows wait.",
     "Ask Microsoft's support, with the request id of the message.", "exit_code", ""},
    {"budget-used-up", warning, "",
     "`submission.daily_budget` is used up. Rows wait for the next day (UTC).",
     "Nothing, or raise `submission.daily_budget`.", "exit_code", ""},
    {"tenant-not-empty", error, "",
     "The ledger is new and Partner Center holds referrals already; nothing was sent.",
     "Run `referrald adopt`, then sync; so also behind a backup that was put back.", "exit_code",
     ""},
    {"gate-passed", warning,
     "this ledger counts as knowing the tenant from now on: no later sync looks for referrals that "
     "it does not know",
     "`--without-adopt` was given.", "Nothing, if Partner Center's referrals are of other deals.",
     "", ""},
    {"rows-left-waiting", warning, "",
     "Rows failed all tries that `submission.retry` allows in one run.",
     "`referrald show ID` says why; the next sync tries again.", "exit_code", "message"},
    {"guard-stopped", error, "",
     "The run would do more than `guard` allows; nothing more was sent.",
     "Look at `referrald plan`. If that is what you want, `referrald sync --confirm`.",
     "source export exit_code", "source"},
    {"guard-passed", info, "nothing is held by the guard any more",
     "What the guard had stopped was confirmed, or changed, or is gone.", "", "", ""},

    // Commands.
    {"command-failed", error, "", "A command ended without its result.",
     "The message says what to do.", "exit_code", "message"},
    {"ledger-failed", error, "", "The ledger cannot be used.",
     "[errors.md](errors.md#the-ledger) says what to do for each message.", "exit_code", "message"},
    {"file-invalid", error, "",
     "The configuration or a mapping has a mistake, or an export's header does not fit.",
     "The message says where it is and what to write.", "file line column", "message"},
    {"internal-error", error, "", "A fault of the program.",
     "Report it with the message, the version and the log. Sync may be run again.", "exit_code",
     "message"},
    {"token-cannot-be-stored", warning, "",
     "`check` found that the refresh token cannot be written where it is configured.",
     "Make the folder, or correct `partner_center.auth.refresh_token`.", "", "message"},
    {"secret-cannot-be-read", warning, "", "`check` could not read the client secret.",
     "Put it where the message says.", "", "message"},
    {"example-left", warning, "",
     "`check` found the client id of the shipped configuration, which is nobody's.",
     "Write `tenant` and `client_id` of your app registration.", "", "message"},
    {"ledger-cannot-be-opened", warning, "", "`check` could not open the ledger.",
     "[errors.md](errors.md#the-ledger) says what to do for each message.", "", "message"},
    {"page-adopted", debug, "a page was adopted",
     "`adopt` took in a page of Partner Center's list.", "", "pages rows_read", ""},
    {"adopt-waits", info, "waiting for what has just been created to show",
     "`adopt` lets the list catch up (`submission.reconcile.apart`) before it looks at its head "
     "once "
     "more.",
     "", "duration_ms", ""},
    {"referral-changed", info, "changed at Partner Center",
     "`pull` found that somebody changed a referral there.", "",
     "external_reference_id referral before now tracking_id content", ""},

    // The daemon.
    {"daemon-ready", info, "ready", "`run` has read its configuration and watches the folders.", "",
     "file sources", ""},
    {"daemon-reloaded", info, "going on with the new configuration",
     "SIGHUP came, and the configuration is sound.", "", "file sources", ""},
    {"daemon-stopped", info, "stopped", "`run` was told to stop, and has.", "", "", ""},
    {"reload-refused", error, "the new configuration is wrong; the old one stays in force",
     "SIGHUP came; the errors before this one say what is wrong.",
     "Mend it (`referrald check`) and reload again.", "", ""},
    {"sending-interrupted", info, "exports have come; what waits is sent on behind them",
     "A long backlog is being sent; the new exports are read first.", "", "", ""},
    {"export-set-aside", error, "",
     "An export cannot be read, and was moved to the quarantine with a file that says why.",
     "Read the `.why` file; it has the command that puts the export back.", "source export why",
     "source export message"},
    {"quarantine-failed", error, "an export that cannot be read cannot be set aside; it stays",
     "The quarantine's folder cannot be written to.",
     "Make the folder `to` writable for the service's user.", "source export to reason",
     "source export"},
    {"folder-missing", error, "",
     "The folder of a source cannot be looked into. It is looked for every minute.",
     "Put the folder back, mount it, or correct `exports`.", "", "message"},
    {"folder-back", info, "", "The folder of a source can be looked into again.", "", "", ""},
    {"mapping-changed", warning, "",
     "A mapping, or a list it uses, differs from what was loaded; the loaded one stays in force.",
     "Reload the service when the mapping is finished.", "", "message"},
    {"ledger-trouble", error, "",
     "The ledger cannot be used now: its disk is full, or another command holds it. It is tried "
     "again and again.",
     "[errors.md](errors.md#the-ledger) says what to do for each message.", "", "message"},
    {"ledger-well", info, "the ledger can be used again", "That trouble has passed.", "", "", ""},
    {"service-well", info, "Partner Center answers again; going on",
     "That trouble has passed; what waits is sent.", "", "", ""},
    {"budget-back", info, "there is budget again", "A new day (UTC) has begun.", "", "", ""},
    {"clock-set", warning, "the machine's clock was set",
     "Daily times are kept by the new time from now on, and a run that is under way begins anew.",
     "Nothing, if it is right now; else set it, and let it be kept by NTP.", "moved_by_s", ""},
    {"notice-dropped", warning, "too many notices wait for notify.command; one was dropped",
     "The command is slower than what it is to tell of.", "Make it quicker.", "notice", "notice"},
    {"notify-failed", error, "notify.command failed", "Somebody was not told of something.",
     "Run the command by hand, with a line of JSON on its standard input.", "notice reason",
     "notice reason"},

    // The status page and the metrics.
    {"status-page-ready", info, "the status page is there", "It can be opened in a browser.", "",
     "url", ""},
    {"status-page-unavailable", error, "",
     "Another program listens on the address of `status_page`, or it is none of this machine. The "
     "daemon works without its page, and tries again every minute.",
     "End the other program, or give `status_page` another port and reload.", "", "message"},
    {"status-page-crowded", warning,
     "the status page cannot take a connection; trying again every second",
     "The process has as many files and connections open as it may have.",
     "Look for what opens so many, or raise `LimitNOFILE`.", "reason", "reason"},
    {"status-page-fault", warning, "a request to the status page failed",
     "A fault of the program; its work goes on.", "Report it with this line.", "reason", "reason"},
    {"view-not-read", warning, "the status page cannot read the ledger; it shows what was there",
     "What the page and the metrics say of the ledger is as old as they say.",
     "[errors.md](errors.md#the-ledger) says what to do for each reason.", "reason", "reason"},
    {"metrics-not-written", warning, "the metrics file could not be written",
     "`metrics.textfile` is not as new as the run; the sync itself is not concerned.",
     "Make its folder writable for the user that runs referrald.", "reason", "reason"},

    // The sign-in, before it fails.
    {"credential-ends-soon", warning, "",
     "The sign-in, the client secret or the client certificate ends within 14 days.",
     "Do what `remedy` says before `when`.", "when remedy", "message"},
    {"credential-ended", warning, "",
     "The sign-in, the client secret or the client certificate has ended.",
     "Do what `remedy` says.", "when remedy", "message"},
    {"credential-not-valid-yet", warning, "", "The client certificate is not valid yet.",
     "Do what `remedy` says.", "when remedy", "message"},
});

inline constexpr auto fields = std::to_array<KnownField>({
    {"run_id", "the run, as `referrald status` numbers it; on every line of a run"},
    {"source", "the source's `name`"},
    {"export", "the export's file name"},
    {"line", "of the export, or of `file`; in a worksheet the row, in JSON the record"},
    {"external_reference_id", "the row's id in the CRM"},
    {"referral_id", "the referral's id at Partner Center"},
    {"engagement_id", "the deal's id at Partner Center"},
    {"tracking_id", "Microsoft's number of the deal"},
    {"http_status", "of the service's answer; absent: there was none"},
    {"request_id", "the service's id of the request, for Microsoft's support"},
    {"client_request_id", "ours of the request, for Microsoft's support"},
    {"attempt", "the how manieth of that step in this run, from 1"},
    {"duration_ms", "how long it took, in milliseconds"},
    {"command", "`sync`, `adopt` or `pull`"},
    {"exit_code", "as [commands.md](commands.md) lists them"},
    {"step", "`own`, `microsoft` or `update`"},
    {"state", "of the row, as `referrald list` has it"},
    {"code", "why, in one stable word"},
    {"reason", "why, in words"},
    {"remedy", "what to do"},
    {"columns", "of the export, separated by `;`"},
    {"rows", "how many"},
    {"repeated", "how many lines like this one were folded into it"},
    {"rows_read", "rows, or referrals of Partner Center's list, read"},
    {"admitted", "rows to be sent"},
    {"created", "rows whose referrals exist now"},
    {"updated", "rows whose change was sent, or referrals that were found changed"},
    {"unchanged", "rows with nothing to send"},
    {"changed", "rows with new content"},
    {"excluded", "rows that the mapping leaves out"},
    {"deleted", "excluded rows whose record is gone in the CRM"},
    {"closed", "rows that ask for what their closed referral does not let change"},
    {"rejected", "rows that cannot be sent"},
    {"refused", "rows that Partner Center does not take"},
    {"in_doubt", "rows whose request has an unknown outcome"},
    {"waiting", "rows that the next sync sends"},
    {"requests", "requests that left"},
    {"retries", "requests that were repeated"},
    {"throttled", "answers 429 and 509"},
    {"limit_reached", "whether `--limit` ended the run"},
    {"exports", "how many"},
    {"calls_per_minute", "at most"},
    {"pause_ms", "how long nothing is sent, in milliseconds"},
    {"pages", "of Partner Center's list"},
    {"found", "doubtful rows that had arrived"},
    {"file", "a configuration or a mapping"},
    {"column", "of `file`"},
    {"to", "where it was moved"},
    {"signal", "its number"},
    {"when", "UTC"},
    {"referral", "`own` or `microsoft`: which of a deal's referrals"},
    {"before", "status and substatus as the ledger had them"},
    {"now", "status and substatus at Partner Center"},
    {"content", "whether members that the mapping sets were changed"},
    {"phase", "what is being done"},
    {"done", "rows that are finished"},
    {"total", "rows, as far as it is known"},
    {"failed", "rows"},
    {"sources", "how many"},
    {"why", "the file that says it"},
    {"moved_by_s", "by how many seconds"},
    {"url", "of the status page"},
    {"notice", "its `event`, as [configuration.md](configuration.md#notify) lists them"},
    {"per_minute", "rows"},
    {"seconds_left", "roughly"},
});

// The position of that name; does not compile when there is none.
template <typename Table>
consteval std::size_t position_of(const Table& table, std::string_view name) {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (table[i].name == name) return i;
  throw std::invalid_argument("not in the catalogue of daemon/log_events.hpp");
}

}  // namespace catalogue

// An event, by its name.
class Event {
 public:
  template <std::size_t N>
  // NOLINTNEXTLINE(google-explicit-constructor): a call names it by a literal
  consteval Event(const char (&name)[N])
      : known_(&catalogue::events[catalogue::position_of(catalogue::events, {name, N - 1})]) {}

  const KnownEvent& operator*() const { return *known_; }
  const KnownEvent* operator->() const { return known_; }
  bool operator==(const Event& other) const { return known_ == other.known_; }

 private:
  const KnownEvent* known_;
};

// The name of a field.
class FieldName {
 public:
  template <std::size_t N>
  // NOLINTNEXTLINE(google-explicit-constructor): as above
  consteval FieldName(const char (&name)[N])
      : known_(&catalogue::fields[catalogue::position_of(catalogue::fields, {name, N - 1})]) {}

  std::string_view text() const { return known_->name; }
  bool operator==(const FieldName& other) const { return known_ == other.known_; }

 private:
  const KnownField* known_;
};

}  // namespace referrald
