#include <algorithm>
#include <array>
#include <string>

#include "daemon/failures.hpp"

namespace referrald {
namespace {

using submission::Halt;
using LedgerKind = persistence::LedgerError::Kind;

// What several entries have in common.
namespace shared {
constexpr std::string_view content = "The service does not accept the row's content.";
constexpr std::string_view fix_content =
    "Usual causes: a country that is no two-letter code, a currency without its three-letter code, "
    "a solution id that is missing or unknown, help asked for without a customer contact. Correct "
    "the row in the CRM or the mapping; the next sync sends it again once its content differs.";
constexpr std::string_view no_role = "The signed-in user may not do this.";
constexpr std::string_view ask_role =
    "Give the signed-in user the role Referrals admin in Partner Center and see that its password "
    "has not expired and that no conditional access policy stands against it, then sign in again "
    "with `referrald login`.";
constexpr std::string_view not_signed_in =
    "The service does not accept the access token, not even a new one.";
constexpr std::string_view sign_in = "Sign in again with `referrald login`.";
constexpr std::string_view nothing_there =
    "The service does not know what was asked for: the address is wrong or, when Microsoft's "
    "referral of a co-sell deal was sent, its engagement is gone.";
constexpr std::string_view wrong_url =
    "Check partner_center.url in the configuration. If other rows are sent, look for the deal in "
    "Partner Center; `referrald retry ID` and a sync send the row again.";
constexpr std::string_view trouble = "The service, or a gateway before it, is in trouble.";
constexpr std::string_view by_itself =
    "Nothing to do: the next sync tries again, and looks first where the referral may have been "
    "made. If it lasts, see the service's state at https://status.cloud.microsoft and name the "
    "request id to Microsoft's support.";
constexpr std::string_view throttled = "The service asks to be called less often.";
constexpr std::string_view slow_down =
    "Nothing to do: the whole client pauses as long as the service asks. If it happens often, "
    "lower submission.rate.";
constexpr std::string_view looks =
    "Nothing to do: whether a create had an effect is found out by looking before anything is sent "
    "again; an update is sent again, which does nothing twice.";
constexpr std::string_view changed =
    "The referral was changed at Partner Center since it was last read.";
constexpr std::string_view merges =
    "Nothing to do: the next sync reads it again and merges both changes.";
constexpr std::string_view unsuitable = "The service does not take such a request at this address.";
constexpr std::string_view check_url =
    "Check partner_center.url in the configuration; once it is right, `referrald retry ID` and a "
    "sync send the row again. If it lasts, name the request id to Microsoft's support.";
constexpr std::string_view support =
    "Name the request id and the client request id to Microsoft's support.";
constexpr std::string_view restore =
    "Move the file away, restore the newest backup if there is one, and run `referrald adopt` "
    "before "
    "the next sync: it learns from Partner Center what exists.";
}  // namespace shared

constexpr KnownFailure exits[] = {
    {Met::exit, "0", "Everything is as wanted, or a command that only reads could answer.",
     "Nothing to do.", Exit::ok},
    {Met::exit, "1", "Finished, and some rows need a person.",
     "`referrald rejects` lists them with reasons and remedies; `referrald show ID` tells all of "
     "one.",
     Exit::needs_person},
    {Met::exit, "2",
     "Stopped before the end: by a signal, the daily budget, the guard, or a tenant that holds "
     "referrals unknown to a new ledger; or rows still wait, or their outcome is unknown.",
     "The message says which; `referrald sync` goes on where the run stopped.", Exit::stopped},
    {Met::exit, "64", "The command line is not understood, or names something unknown.",
     "The message names it; `referrald COMMAND --help` lists the options.", Exit::usage},
    {Met::exit, "66", "An input is missing: the configuration, an export, or the id of `show`.",
     "Check the path or the id; `-c FILE` names the configuration.", Exit::no_input},
    {Met::exit, "69",
     "Partner Center or the token service cannot be reached, is in trouble, or is not trusted.",
     "See what the message says under [What stops a run](#what-stops-a-run); waiting rows are "
     "kept.",
     Exit::unavailable},
    {Met::exit, "70", "A fault of the program.",
     "Report it with the message, the version and the log. Sync may be run again: it looks for "
     "what "
     "was under way before anything is sent again.",
     Exit::internal},
    {Met::exit, "73",
     "Something cannot be written: the ledger, its folder, the refresh token, an archive, standard "
     "output.",
     "Give the user that runs referrald the right to write there, or make room on the disk.",
     Exit::cannot_write},
    {Met::exit, "74",
     "Something cannot be read: an export or the ledger is unreadable, damaged or newer than the "
     "program.",
     "An export: export it again. The ledger: see [The ledger](#the-ledger).", Exit::cannot_read},
    {Met::exit, "75", "Another process holds the ledger.",
     "Wait for its end, or stop it: the message names its process id.", Exit::held},
    {Met::exit, "77", "The sign-in is missing or refused, or the user lacks the role.",
     "See [Sign-in](#sign-in); `referrald check --online` tries it without writing.",
     Exit::not_authorised},
    {Met::exit, "78",
     "The configuration, a mapping or an export's header is invalid, or the ledger is of another "
     "tenant.",
     "Every problem is named with file, line and what to write; `referrald check` shows all of "
     "them.",
     Exit::invalid},
    {Met::exit, "128+n", "Ended at once by a second signal n.",
     "Run sync again: it looks for what was under way before anything is sent again."},
};

constexpr KnownFailure rows[] = {
    {Met::row, "cannot-resolve",
     "The name of Partner Center's host could not be resolved; nothing was sent.",
     "Check partner_center.url in the configuration and the name resolution of this machine."},
    {Met::row, "cannot-connect", "No connection to Partner Center could be made; nothing was sent.",
     "Check partner_center.url in the configuration, and whether a firewall keeps this machine "
     "from it."},
    {Met::row, "tls-refused",
     "The server's certificate is not trusted, or the port does not speak https; nothing was sent.",
     "Check partner_center.url: the host's name, and that its port speaks https; behind an "
     "inspecting proxy, name its authority's certificate as partner_center.ca_file."},
    {Met::row, "proxy-refused", "The proxy refuses the connection, or is none; nothing was sent.",
     "Check the environment variable HTTPS_PROXY, and whether that proxy allows connections to "
     "Partner Center; a host that is reached without it belongs into NO_PROXY."},
    {Met::row, "timeout", "No connection or no whole answer came within submission.timeout.",
     shared::looks},
    {Met::row, "connection-closed", "The connection ended before the whole answer was read.",
     shared::looks},
    {Met::row, "no-answer", "No answer came.", shared::looks},
    {Met::row, "interrupted", "The program ended while the request was under way.", shared::looks},
    {Met::row, "unreadable-answer",
     "The answer is not one of Partner Center's; a proxy in between may have replaced it.",
     "Nothing to do at first: whether a create had an effect is found out by looking, and an "
     "update "
     "is sent again. Check partner_center.url, and what stands in between, if it lasts."},
    {Met::row, "reported-conflict",
     "The service reports a conflict, and its list does not show the referral.",
     "Look for the deal in Partner Center by its customer; if it is not there, `referrald retry "
     "ID` and a sync send it once more."},
    {Met::row, "referral-gone",
     "Partner Center does not know the referral any more; its list could be read.",
     "Look for the deal in Partner Center, by its customer too. Only if it is not there, begin a "
     "new "
     "record in the CRM: its old id stays with the old referral. If it is there, `referrald retry "
     "ID` and a sync send the change again."},
};

constexpr KnownFailure service_codes[] = {
    {Met::service, "accessDenied", shared::no_role, shared::ask_role},
    {Met::service, "generalException", "The service failed and does not say at what.",
     shared::support},
    {Met::service, "invalidRequest", shared::content, shared::fix_content},
    {Met::service, "itemNotFound", shared::nothing_there, shared::wrong_url},
    {Met::service, "preconditionFailed", shared::changed, shared::merges},
    {Met::service, "resourceModified", shared::changed, shared::merges},
    {Met::service, "serviceNotAvailable", shared::trouble, shared::by_itself},
    {Met::service, "unauthenticated", shared::not_signed_in, shared::sign_in},
    {Met::service, "unAuthorized", shared::not_signed_in, shared::sign_in},
};

constexpr KnownFailure statuses[] = {
    {Met::status, "3xx",
     "The address sends elsewhere. A redirect is not followed, for the access token would go with "
     "it.",
     "Check partner_center.url in the configuration, and whether a proxy answers in its place."},
    {Met::status, "400", shared::content, shared::fix_content},
    {Met::status, "416", shared::content, shared::fix_content},
    {Met::status, "422", shared::content, shared::fix_content},
    {Met::status, "401", shared::not_signed_in, shared::sign_in},
    {Met::status, "403", shared::no_role, shared::ask_role},
    {Met::status, "404", shared::nothing_there, shared::wrong_url},
    {Met::status, "410", shared::nothing_there, shared::wrong_url},
    {Met::status, "405", shared::unsuitable, shared::check_url},
    {Met::status, "406", shared::unsuitable, shared::check_url},
    {Met::status, "411", shared::unsuitable, shared::check_url},
    {Met::status, "415", shared::unsuitable, shared::check_url},
    {Met::status, "501", shared::unsuitable, shared::check_url},
    {Met::status, "408", "A gateway did not get the whole request or answer in time.",
     shared::looks},
    {Met::status, "409",
     "The service reports a conflict: it holds something that contradicts this row.",
     "Nothing to do at first: the referral is looked for, or read again, before anything is sent. "
     "If it lasts, look for the deal in Partner Center and correct the row in the CRM."},
    {Met::status, "412", shared::changed, shared::merges},
    {Met::status, "413", "The referral is too large.",
     "Shorten its long texts in the CRM, or cut them in the mapping with `truncate`; the next sync "
     "sends it again once its content differs."},
    {Met::status, "423", "The referral is locked at Partner Center.",
     "Nothing to do: the next sync tries again."},
    {Met::status, "429", shared::throttled, shared::slow_down},
    {Met::status, "509", shared::throttled, shared::slow_down},
    {Met::status, "4xx", "The service refuses the request.", shared::support},
    {Met::status, "500", shared::trouble, shared::by_itself},
    {Met::status, "502", shared::trouble, shared::by_itself},
    {Met::status, "503", shared::trouble, shared::by_itself},
    {Met::status, "504", shared::trouble, shared::by_itself},
    {Met::status, "5xx", shared::trouble, shared::by_itself},
    {Met::status, "507", "Partner Center's storage for this account is full.",
     "Ask Microsoft's support; sync again afterwards."},
};

constexpr KnownFailure runs[] = {
    {Met::run, "told to stop", "A signal came (SIGTERM, Ctrl-C). What was under way was finished.",
     "`referrald sync` goes on where the run stopped.", Halt::draining},
    {Met::run, "stopped by the guard",
     "The run would do more than guard.max_creates or guard.max_changed allow. Nothing was sent, "
     "unless the message says *nothing more*.",
     "Look at `referrald plan`: an export or a mapping may be wrong. If all is meant, pass the "
     "guard once with `referrald sync --confirm`.",
     Exit::stopped},
    {Met::run, "this ledger is new, and Partner Center holds referrals already",
     "The tenant's referrals may be of the same deals as these rows, and would be created again.",
     "`referrald adopt` learns them, without a write; if they have nothing to do with these "
     "exports, pass with `referrald sync --without-adopt`, which holds for all later syncs of this "
     "ledger, too. If there is an older ledger, put it back: see [ledger.md](ledger.md).",
     Halt::strangers},
    {Met::run, "an adopt has not come to its end",
     "It was stopped or cut off, so that the ledger knows only a part of what is there. The rest "
     "would be created again.",
     "Run `referrald adopt` again: it goes on where it stood.", Halt::strangers},
    {Met::run, "the daily budget of",
     "submission.daily_budget is used up, over all runs of the day (UTC).",
     "Nothing to do: the first sync of the next day goes on. Raise it if it is too small.",
     Halt::budget},
    {Met::run, "Partner Center denies access",
     "403: the signed-in user lacks a role, or a conditional access policy refuses.",
     shared::ask_role, Halt::not_authorised},
    {Met::run, "Partner Center refuses the sign-in",
     "401, and again with a new access token: the token is of another tenant, user or application.",
     "Sign in again with `referrald login`; check partner_center.auth and the application's "
     "permission user_impersonation.",
     Halt::not_authorised},
    {Met::run, "sign-in refused", "The token service refuses.",
     "See [Sign-in](#sign-in) for the number or name in the message.", Halt::not_authorised},
    {Met::run, "and not as a token service does",
     "What answers at partner_center.auth.authority is no token service: a redirect or a page, for "
     "instance.",
     "Check partner_center.auth.authority and partner_center.auth.tenant, and whether a proxy "
     "answers in its place.",
     Halt::not_authorised},
    {Met::run, "no refresh token in", "Nobody has signed in yet, or the file was moved.",
     "Run `referrald login` as the user that runs `referrald sync`, or put a refresh token into "
     "that file (mode 0600).",
     Halt::not_authorised},
    {Met::run, "can be read by others",
     "A secret's file, the refresh token's too, is open to others.",
     "`chmod 600` it. If others could read it, revoke the user's sessions and sign in again.",
     Exit::invalid},
    {Met::run, "cannot be kept",
     "The token service sent a new refresh token, and it cannot be written beside the old one.",
     "Let the user that runs referrald write to the folder of partner_center.auth.refresh_token, "
     "and make room on the disk.",
     Halt::cannot_store},
    {Met::run, "could not be kept",
     "A new refresh token could not be written; so none was asked for.",
     "Let the user that runs referrald write to the folder of partner_center.auth.refresh_token, "
     "and make room on the disk.",
     Halt::cannot_store},
    {Met::run, "no access token from",
     "The token service cannot be reached, is not trusted, or is in trouble.",
     "Check partner_center.auth.authority, this machine's network, a proxy in between, and "
     "partner_center.ca_file. If the token service is in trouble, sync again later.",
     Halt::unavailable},
    {Met::run, "Partner Center cannot be reached", "No connection, after several tries.",
     "Check partner_center.url, this machine's network, and a firewall or proxy in between; "
     "`referrald check --online` tries it without writing.",
     Halt::unavailable},
    {Met::run, "Partner Center cannot be trusted",
     "The server's certificate does not fit, or the port does not speak https.",
     "Check that partner_center.url names the right host and port with https, that no proxy "
     "answers in its place, and that partner_center.ca_file holds a private authority's "
     "certificate.",
     Halt::unavailable},
    {Met::run, "Partner Center is unavailable",
     "The service answered with errors, or not at all, several times in a row.",
     "Sync again later. If it lasts, see the service's state at https://status.cloud.microsoft.",
     Halt::unavailable},
    {Met::run, "but not with its list of referrals",
     "The answer has status 200 and is no page of referrals: something else answers in the place "
     "of Partner Center.",
     "Check partner_center.url, and whether a proxy answers in its place.", Halt::unavailable},
    {Met::run, "Partner Center refuses to list the referrals",
     "The list of referrals was asked for, and refused with a status that is not explained by the "
     "sign-in or the address.",
     "Check partner_center.url; if it lasts, name the request-id to Microsoft's support.",
     Halt::unavailable},
    {Met::run, "answers cannot be read",
     "Several answers in a row reported success and were none of Partner Center's: a web page, for "
     "instance, of something that answers in its place.",
     "Check partner_center.url, and what stands in between; then sync again: creates whose outcome "
     "is unknown are looked for first.",
     Halt::unavailable},
    {Met::run, "Partner Center keeps throttling",
     "429 or 509, several times in a row with pauses in between.",
     "The next sync sends the rest; a lower submission.rate helps if it happens again.",
     Halt::unavailable},
    {Met::run, "doubtful rows could not be looked for",
     "The list of referrals could not be read, so that rows of unknown outcome stay as they are.",
     "The rest of the message says why, and what to do; then sync again.", Halt::unavailable},
    {Met::run, "partner_center.url does not lead to the referrals API",
     "404, 410 or a redirect, on a create, or on an update and the list as well: something else "
     "answers at that address. Nothing was created or changed by that request.",
     "Check partner_center.url in the configuration, and whether a proxy answers in its place.",
     Halt::wrong_url},
    {Met::run, "its storage is full", "507: Partner Center has no room for this account.",
     "Ask Microsoft's support, then sync again.", Halt::storage_full},
    {Met::run, "could not be brought to an end",
     "Rows were tried submission.retry.attempts times in this run, or looked for "
     "submission.reconcile.looks times, and still wait.",
     "`referrald show ID` says why of a row; the next sync goes on with them.", Exit::stopped},
    {Met::run, "was replaced or written to while it was read",
     "The export changed under the run; it stays where it is.",
     "Nothing to do: the next sync reads it again. Move finished exports into the folder, do not "
     "write them there.",
     Exit::stopped},
    {Met::run, "to the archive", "An export was synced and could not be moved to `archive`.",
     "Let the user that runs referrald write to both folders. The next sync finds its rows "
     "unchanged.",
     Exit::cannot_write},
};

constexpr KnownFailure ledgers[] = {
    {Met::ledger, "held by process", "Another process writes to the ledger: one at a time may.",
     "Wait for its end, or stop it: the message names its process id.", LedgerKind::held},
    {Met::ledger, "has it locked", "Another program, such as sqlite3, has the file open.",
     "Close that program.", LedgerKind::held},
    {Met::ledger, "the file is empty; its check failed; it is cut off; the file is damaged",
     "The ledger's file is damaged, by a disk or by a copy while it was written.", shared::restore,
     LedgerKind::damaged},
    {Met::ledger, "the file is missing, but its log",
     "The ledger's file was moved away without its log (`-wal`), which holds changes that are not "
     "in the file.",
     "Put the file back beside it, or move the log away and restore a backup.",
     LedgerKind::damaged},
    {Met::ledger, "this is a SQLite file but no ledger",
     "`ledger` in the configuration names another program's file.",
     "Look whether the configuration's `ledger` names the right file.", LedgerKind::damaged},
    {Met::ledger, "written by a newer referrald",
     "A newer version has brought the ledger forward, and this one does not know its form.",
     "Install that version, or restore a backup from before it.", LedgerKind::newer},
    {Met::ledger, "written by an older referrald",
     "A command that only reads does not bring the ledger forward.", "Run `referrald sync` once.",
     LedgerKind::cannot_read},
    {Met::ledger, "-wal holds changes that are not in the file yet",
     "The folder cannot be written to, and without that the file's log cannot be read.",
     "Run `referrald sync` once as the user that owns the ledger, or copy ledgers as "
     "[ledger.md](ledger.md) says.",
     LedgerKind::cannot_read},
    {Met::ledger, "another process began to write while it was read",
     "The ledger was read without its lock, from a folder that cannot be written to.",
     "Run the command again.", LedgerKind::cannot_read},
    {Met::ledger, "open: …", "The ledger's file cannot be read by this user.",
     "Run the command as the user that runs `referrald sync`.", LedgerKind::cannot_read},
    {Met::ledger, "the ledger's folder must exist and be writable",
     "The folder of the ledger is missing, or this user may not write to it.",
     "Make the folder, or give it to the user that runs referrald.", LedgerKind::cannot_write},
    {Met::ledger, "it holds personal data: chmod 600",
     "The ledger's file can be read by others, and this user cannot change that.",
     "`chmod 600` it as its owner, and give it to the user that runs referrald.",
     LedgerKind::cannot_write},
    {Met::ledger, "make room on the disk", "The disk is full. Nothing is lost.",
     "Make room, then sync again.", LedgerKind::cannot_write},
    {Met::ledger, "an earlier write failed",
     "After a failed write nobody knows what is on disk, so nothing more is written.",
     "See the first message; sync again once its cause is mended.", LedgerKind::cannot_write},
    {Met::ledger, "the ledger belongs to the tenant",
     "The configuration is of another tenant than the ledger's rows.",
     "Use one ledger for each tenant: check `ledger` and partner_center.auth.tenant.",
     LedgerKind::other_tenant},
};

constexpr auto table = [] {
  constexpr auto size = std::size(exits) + std::size(rows) + std::size(service_codes) +
                        std::size(statuses) + std::size(runs) + std::size(ledgers);
  std::array<KnownFailure, size> all{};
  auto end = std::ranges::copy(exits, all.begin()).out;
  end = std::ranges::copy(rows, end).out;
  end = std::ranges::copy(service_codes, end).out;
  end = std::ranges::copy(statuses, end).out;
  end = std::ranges::copy(runs, end).out;
  std::ranges::copy(ledgers, end);
  return all;
}();

}  // namespace

std::span<const KnownFailure> known_failures() {
  return table;
}

const KnownFailure* find_failure(Met met, std::string_view code) {
  const auto found = std::ranges::find_if(
      table, [&](const KnownFailure& entry) { return entry.met == met && entry.code == code; });
  return found == table.end() ? nullptr : &*found;
}

const KnownFailure* find_status(int status) {
  const std::string code = std::to_string(status);
  const KnownFailure* const exact = find_failure(Met::status, code);
  if (exact != nullptr || code.size() != 3) return exact;
  return find_failure(Met::status, code.substr(0, 1) + "xx");
}

}  // namespace referrald
