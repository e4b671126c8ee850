#include "persistence/statement_texts.hpp"

#include <stdexcept>
#include <string>

namespace referrald::persistence {

// INDEXED BY is a demand, not a hint: without that index the statement does not compile. So no
// change of schema can turn a look into a search of ten million rows unnoticed.

namespace {

// A row as RowView has it; `index` names the index to walk, if any. CROSS JOIN keeps `row` first.
std::string view(const std::string& index, const std::string& condition) {
  return R"(
  SELECT row.id, row.external_id, source.name, row.deal, row.state, row.step, export.name, row.line,
         own.id, own.engagement, own.etag, own.organization, own.status, own.substatus,
         other.id, other.engagement, other.etag, other.organization, other.status, other.substatus,
         row.attempts, row.first_seen, row.changed, row.due,
         attempt.code, attempt.message, attempt.http_status, attempt.request_id,
         attempt.client_request_id, attempt.at, coalesce(rejection.reasons, body.reasons),
         own.tracking, other.tracking, row.alias,
         row.state = 'synced' AND length(row.fingerprint) = 0,
         row.state = 'synced' AND other.id IS NOT NULL AND length(row.fingerprint) > 0 AND
           coalesce(substr(row.own_fingerprint, 1, 8) <> substr(row.fingerprint, 1, 8), FALSE)
  FROM row )" +
         index + R"(
  CROSS JOIN source ON source.id = row.source
  CROSS JOIN export ON export.id = row.export
  LEFT JOIN own_referral AS own ON own.row = row.id
  LEFT JOIN microsoft_referral AS other ON other.row = row.id
  LEFT JOIN attempt ON attempt.id = row.error
  LEFT JOIN rejection ON rejection.id = row.rejection
  LEFT JOIN body ON body.row = row.id
  WHERE )" +
         condition;
}

std::string list(const std::string& index, const std::string& condition) {
  return view(index, condition + R"(
    AND (?1 IS NULL OR source.name = ?1) AND (?2 IS NULL OR row.changed >= ?2)
    AND (?3 IS NULL OR instr(?3, ',' || row.state || ',') > 0)
  ORDER BY row.id)");
}

const char* view_text(Query query) {
  static const std::string of_row = view("", "row.id = ?1");
  static const std::string rows = list("", "TRUE");
  static const std::string refused = list("INDEXED BY row_refused", "row.state = 'refused'");
  static const std::string in_doubt = list("INDEXED BY row_in_doubt", "row.state = 'in_doubt'");
  switch (query) {
    case Query::view_of_row:
      return of_row.c_str();
    case Query::list_refused:
      return refused.c_str();
    case Query::list_in_doubt:
      return in_doubt.c_str();
    default:
      return rows.c_str();
  }
}

}  // namespace

// One line for each statement is what one looks up.
// NOLINTNEXTLINE(readability-function-size)
const char* statement_text(Query query) {
  switch (query) {
    case Query::begin:
      return "BEGIN IMMEDIATE";
    case Query::begin_reading:
      return "BEGIN";
    case Query::commit:
      return "COMMIT";
    case Query::rollback:
      return "ROLLBACK";
    case Query::meta:
      return "SELECT value FROM meta WHERE key = ?1";
    case Query::set_meta:
      return "INSERT INTO meta (key, value) VALUES (?1, ?2)";

    case Query::members:
      return "SELECT hash FROM member ORDER BY id";
    case Query::add_member:
      return "INSERT INTO member (id, hash) VALUES (?1, ?2)";
    case Query::word:
      return "SELECT id FROM word WHERE text = ?1";
    case Query::word_text:
      return "SELECT text FROM word WHERE id = ?1";
    case Query::add_word:
      return "INSERT INTO word (text) VALUES (?1)";

    case Query::start_run:
      return "INSERT INTO run (command, started, pid) VALUES (?1, ?2, ?3)";
    case Query::finish_run:
      return R"(UPDATE run SET finished = ?2, exit_code = ?3, rows_read = ?4, created = ?5,
                  updated = ?6, unchanged = ?7, changed = ?8, excluded = ?9, rejected = ?10,
                  refused = ?11, in_doubt = ?12, waiting = ?13, requests = ?14, retries = ?15,
                  throttled = ?16, seconds = ?17 WHERE id = ?1)";
    case Query::runs:
      return R"(SELECT id, command, started, finished, exit_code,
                  iif(finished IS NULL AND id < (SELECT max(id) FROM run), 0, pid), rows_read, created, updated,
                  unchanged, changed, excluded, rejected, refused, in_doubt, waiting, requests,
                  retries, throttled, seconds FROM run ORDER BY id DESC LIMIT ?1)";
    case Query::last_run:
      return "SELECT coalesce(max(id), 0) FROM run";

    case Query::source:
      return "SELECT id FROM source WHERE name = ?1";
    case Query::source_name:
      return "SELECT name FROM source WHERE id = ?1";
    case Query::add_source:
      return "INSERT INTO source (name) VALUES (?1)";
    case Query::export_file:
      return "SELECT id FROM export WHERE source = ?1 AND name = ?2";
    case Query::add_export:
      return "INSERT INTO export (source, name) VALUES (?1, ?2)";
    case Query::header:
      return "SELECT id FROM header WHERE columns = ?1";
    case Query::add_header:
      return "INSERT INTO header (columns) VALUES (?1)";

    case Query::load_tally:
      return "SELECT source, state, step, rows FROM tally";
    case Query::store_tally:
      return R"(INSERT INTO tally (source, state, step, rows) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT DO UPDATE SET rows = excluded.rows)";

    case Query::sending_rows:
      return R"(SELECT id FROM row INDEXED BY row_open
                WHERE due IS NOT NULL AND state = 'sending')";
    case Query::doubt_row:
      return R"(UPDATE row SET state = 'in_doubt', due = ?2, looks = 0, error = ?3, changed = ?2,
                  doubtful = coalesce(doubtful, claimed) WHERE id = ?1)";
    case Query::bring_forward:
      return R"(UPDATE row SET due = ?1 WHERE id IN (SELECT row.id FROM source CROSS JOIN row
                  INDEXED BY row_open ON row.source = source.id
                WHERE row.due IS NOT NULL AND row.state IN ('pending', 'in_doubt')
                  AND row.due > ?1 AND row.due < ?2))";
    case Query::claimable:
      return R"(SELECT id FROM row INDEXED BY row_open
                WHERE due IS NOT NULL AND state = 'pending' AND source = ?1 AND due <= ?2
                  AND id <= ?3 AND NOT (run = ?4 AND run_attempts >= ?5)
                ORDER BY due, id LIMIT ?6)";
    case Query::claimed_row:
      return R"(SELECT external_id, step, co_sell, row.run, run_attempts,
                  CASE step WHEN 'own' THEN own WHEN 'microsoft' THEN microsoft ELSE patch END,
                  CASE step WHEN 'microsoft' THEN invitation END,
                  source.name, export.name, row.line
                FROM row JOIN body ON body.row = row.id JOIN source ON source.id = row.source
                LEFT JOIN export ON export.id = row.export WHERE row.id = ?1)";
    case Query::engagement:
      return "SELECT engagement, organization, status FROM own_referral WHERE row = ?1";
    case Query::update_to_make:
      return R"(SELECT own_referral.id, etag, read_first, coalesce(own_fingerprint, fingerprint),
                  own_referral.kept, decided, sent, own_referral.status
                FROM row JOIN own_referral ON own_referral.row = row.id JOIN body ON body.row = row.id WHERE row.id = ?1)";
    // The invitation that Microsoft is about to have is the one of the content.
    case Query::invite:
      return R"(UPDATE row SET own_fingerprint =
                  CAST(substr(fingerprint, 1, 8) || substr(own_fingerprint, 9) AS BLOB)
                WHERE id = ?1 AND own_fingerprint IS NOT NULL)";
    case Query::mark_sending:
      return R"(UPDATE row SET state = 'sending', attempts = attempts + 1, run = ?2,
                  run_attempts = ?3, claimed = ?5, changed = ?4 WHERE id = ?1)";
    case Query::attempted_row:
      return R"(SELECT source, state, step, attempts, run_attempts, looks, error, due, co_sell,
                  doubtful IS NOT NULL, rejection FROM row WHERE id = ?1)";
    // ?11: what Partner Center holds after an update; unbound: as it was.
    case Query::settle_row:
      return R"(UPDATE row SET state = ?2, step = ?3, due = ?4, attempts = ?5,
                  own_fingerprint = CASE WHEN ?11 IS NULL THEN own_fingerprint
                    WHEN ?11 <> fingerprint THEN ?11 END,
                  run_attempts = CASE WHEN ?10 <> run THEN 0 ELSE ?6 END, looks = ?7, error = ?8, changed = ?9,
                  doubtful = CASE WHEN ?2 = 'in_doubt' THEN coalesce(doubtful, claimed)
                             WHEN ?2 = 'pending' AND step = ?3 THEN doubtful END,
                  run = coalesce(?10, run) WHERE id = ?1)";
    case Query::add_attempt:
      return R"(INSERT INTO attempt (row, run, at, step, state, code, message, http_status,
                  request_id, client_request_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10))";
    case Query::prune_attempts:
      return R"(DELETE FROM attempt WHERE row = ?1 AND id <= (SELECT id FROM attempt
                  WHERE row = ?1 ORDER BY id DESC LIMIT 1 OFFSET 50))";
    case Query::put_own_referral:
      return R"(INSERT INTO own_referral (row, id, engagement, etag, organization, status, substatus,
                  kept) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,
                  coalesce((SELECT kept FROM body WHERE body.row = ?1), ''))
                ON CONFLICT DO UPDATE SET id = excluded.id, etag = excluded.etag,
                  engagement = coalesce(nullif(excluded.engagement, ''), engagement),
                  organization = coalesce(nullif(excluded.organization, ''), organization),
                  status = excluded.status, substatus = excluded.substatus)";
    case Query::update_own_referral:
      return R"(UPDATE own_referral SET etag = ?2,
                  status = CASE WHEN ?3 = '' THEN status ELSE ?3 END,
                  substatus = CASE WHEN ?4 = '' THEN substatus ELSE ?4 END, kept = ?5,
                  read_first = ?6 WHERE row = ?1)";
    case Query::put_microsoft_referral:
      return R"(INSERT INTO microsoft_referral (row, id, engagement, etag, organization, status,
                  substatus) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                ON CONFLICT DO UPDATE SET id = excluded.id, engagement = excluded.engagement,
                  etag = excluded.etag, organization = excluded.organization,
                  status = excluded.status, substatus = excluded.substatus)";

    case Query::next_claim:
      return R"(SELECT due FROM row INDEXED BY row_open
                WHERE due IS NOT NULL AND state = 'pending' AND source = ?1 AND id <= ?2
                  AND NOT (run = ?3 AND run_attempts >= ?4) ORDER BY due LIMIT 1)";
    case Query::next_look:
      return R"(SELECT min((SELECT due FROM row INDEXED BY row_open
                  WHERE due IS NOT NULL AND state = 'in_doubt' AND row.source = source.id
                  ORDER BY due LIMIT 1)) FROM source)";
    case Query::doubts:
      return R"(SELECT row.id, external_id, row.step, co_sell, doubtful, looks,
                  attempt.http_status, own_referral.engagement
                FROM row INDEXED BY row_in_doubt
                LEFT JOIN attempt ON attempt.id = row.error
                LEFT JOIN own_referral ON own_referral.row = row.id
                WHERE row.state = 'in_doubt' AND row.id > ?1 AND row.due <= ?2
                ORDER BY row.id LIMIT ?3)";
    case Query::find_doubt:
      return R"(SELECT row.id, external_id, row.step, co_sell, doubtful, looks,
                  attempt.http_status, NULL
                FROM row LEFT JOIN attempt ON attempt.id = row.error
                WHERE row.id = ?1 AND row.state = 'in_doubt' AND row.step = 'own')";
    case Query::count_look:
      return "UPDATE row SET looks = looks + 1, due = ?2 WHERE id = ?1 AND state = 'in_doubt'";

    case Query::prune_old_attempts:
      return R"(DELETE FROM attempt WHERE at < ?1
                  AND id IS NOT (SELECT error FROM row WHERE row.id = attempt.row))";
    case Query::prune_runs:
      return "DELETE FROM run WHERE finished < ?1 AND id < (SELECT max(id) FROM run)";
    case Query::delete_meta:
      return "DELETE FROM meta WHERE key = ?1";
    case Query::put_meta:
      return R"(INSERT INTO meta (key, value) VALUES (?1, ?2)
                ON CONFLICT DO UPDATE SET value = excluded.value)";
    case Query::see_export:
      return R"(INSERT INTO seen_export (source, hash, bytes, records, excludes)
                VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT DO UPDATE SET bytes = excluded.bytes, records = excluded.records,
                  excludes = excluded.excludes)";
    case Query::seen_export:
      return "SELECT records FROM seen_export WHERE source = ?1 AND hash = ?2";
    case Query::count_seen_exports:
      return "SELECT count(*) FROM seen_export WHERE source = ?1";
    case Query::has_seen_exports:
      return "SELECT 1 FROM seen_export WHERE source = ?1 AND bytes = ?2 LIMIT 1";
    case Query::forget_seen_exports:
      return "DELETE FROM seen_export WHERE source = ?1";
    case Query::sources_with_seen_exports:
      return "SELECT source, max(excludes) FROM seen_export GROUP BY source";
    case Query::put_handled_export:
      return R"(INSERT INTO handled_export (source, name, stamp, outcome, at) VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT DO UPDATE SET stamp = excluded.stamp, outcome = excluded.outcome, at = excluded.at)";
    case Query::delete_handled_export:
      return R"(DELETE FROM handled_export
                WHERE source = (SELECT id FROM source WHERE name = ?1) AND name = ?2)";
    case Query::handled_exports:
      return R"(SELECT handled_export.name, stamp, outcome, at FROM handled_export
                JOIN source ON source.id = handled_export.source WHERE source.name = ?1)";
    case Query::put_existing:
      // What the service filled in is told from a change by reading it.
      return "UPDATE own_referral SET kept = ?2, tracking = ?3, read_first = 1 WHERE row = ?1";
    case Query::settle_existing:
      return R"(UPDATE row SET state = ?2, step = 'own', due = NULL, deal = ?3, co_sell = ?4,
                  fingerprint = ?5, own_fingerprint = NULL, error = NULL, doubtful = NULL,
                  looks = 0, changed = ?6 WHERE id = ?1)";
    case Query::referral_of_row:
      return "SELECT id, status FROM own_referral WHERE row = ?1";
    case Query::add_unmatched:
      return R"(INSERT INTO unmatched_referral (engagement, id, etag, organization, status,
                  substatus, tracking, invitation) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                ON CONFLICT DO UPDATE SET id = excluded.id, etag = excluded.etag,
                  status = excluded.status, substatus = excluded.substatus)";
    case Query::matched_rows:
      return R"(SELECT own_referral.row FROM own_referral
                CROSS JOIN unmatched_referral AS other ON other.engagement = own_referral.engagement
                CROSS JOIN row ON row.id = own_referral.row
                LEFT JOIN microsoft_referral ON microsoft_referral.row = own_referral.row
                WHERE own_referral.row > ?1 AND microsoft_referral.row IS NULL
                  AND row.state IN ('synced', 'closed')
                ORDER BY own_referral.row LIMIT ?2)";
    case Query::match_microsofts:
      return R"(INSERT INTO microsoft_referral (row, id, engagement, etag, organization, status,
                  substatus, tracking)
                SELECT own_referral.row, other.id, other.engagement, other.etag,
                  other.organization, other.status, other.substatus, other.tracking
                FROM own_referral
                CROSS JOIN unmatched_referral AS other ON other.engagement = own_referral.engagement
                WHERE own_referral.row = ?1)";
    case Query::mark_matched:
      return R"(UPDATE row SET co_sell = 1, deal = 3,
                  step = 'microsoft',
                  fingerprint = CAST((SELECT other.invitation FROM own_referral
                    CROSS JOIN unmatched_referral AS other
                      ON other.engagement = own_referral.engagement
                    WHERE own_referral.row = ?1) || substr(fingerprint, 9) AS BLOB)
                WHERE id = ?1)";
    case Query::forget_unmatched:
      return "DELETE FROM unmatched_referral";
    case Query::set_source:
      return "UPDATE row SET source = ?2 WHERE id = ?1";
    // These two: row, external id, state, base, read_first, id, eTag, status, substatus, tracking.
    case Query::own_referral:
      return R"(SELECT row.id, row.external_id, row.state,
                  coalesce(row.own_fingerprint, row.fingerprint), own.read_first, own.id, own.etag,
                  own.status, own.substatus, own.tracking, row.changed
                FROM row CROSS JOIN own_referral AS own ON own.row = row.id
                WHERE row.id = ?1)";
    case Query::microsofts_referral:
      return R"(SELECT row.id, row.external_id, row.state, x'', 0, other.id, other.etag,
                  other.status, other.substatus, other.tracking, row.changed
                FROM microsoft_referral AS other INDEXED BY microsoft_referral_id
                CROSS JOIN row ON row.id = other.row WHERE other.id = ?1)";
    case Query::refresh_own:
      return R"(UPDATE own_referral SET etag = ?2, status = ?3, substatus = ?4, tracking = ?5,
                  read_first = ?6 WHERE row = ?1)";
    case Query::refresh_microsofts:
      return R"(UPDATE microsoft_referral SET etag = ?2, status = ?3, substatus = ?4, tracking = ?5
                WHERE row = ?1)";
    case Query::mark_changed:
      return "UPDATE row SET changed = ?2 WHERE id = ?1";
    case Query::close_row:
      return "UPDATE row SET state = 'closed', due = NULL, error = NULL WHERE id = ?1";
    case Query::set_due:
      return "UPDATE row SET due = ?2, run_attempts = 0 WHERE id = ?1 AND state = 'pending'";
    // The reasons that a new attempt answers go; those of what cannot be done stay.
    // With what an update found; what intake found of the row stays.
    case Query::let_go:
      return R"(UPDATE body SET held = 0, decided = ?2,
                  decided_on = CASE WHEN ?2 IS NOT NULL THEN patch END,
                  reasons = (SELECT nullif(json_group_array(json(value)), '[]')
                    FROM json_each(coalesce(body.reasons, '[]'))
                    WHERE json_extract(value, '$.code') NOT IN ('conflict', 'not-shown'))
                WHERE row = ?1)";
    case Query::has_own_body:
      return "SELECT 1 FROM body WHERE row = ?1 AND own IS NOT NULL";
    case Query::is_held:
      return "SELECT 1 FROM body WHERE row = ?1 AND held = 1";
    case Query::requeue_refused:
      return R"(UPDATE row SET state = 'pending', step = ?2, due = ?3, run_attempts = 0,
                  changed = ?3 WHERE id = ?1)";

    case Query::calls:
      return "SELECT calls FROM calls WHERE day = ?1";
    case Query::add_calls:
      return R"(INSERT INTO calls (day, calls) VALUES (?1, ?2)
                ON CONFLICT DO UPDATE SET calls = calls + excluded.calls)";

    case Query::oldest_open:
      return "SELECT min(id) FROM row INDEXED BY row_open WHERE due IS NOT NULL";
    case Query::view_of_row:
    case Query::list_rows:
    case Query::list_refused:
    case Query::list_in_doubt:
      return view_text(query);
    case Query::attempts:
      return R"(SELECT at, step, state, code, message, http_status, request_id, client_request_id
                FROM attempt WHERE row = ?1 ORDER BY id)";

    // These two: source, export, line, columns, cells, external_id, reasons, at, header, id of the
    // rejection. A refused row whose newer content our rules reject is shown once, as that
    // rejection.
    case Query::open_rejections:
      return R"(SELECT source.name, export.name, rejection.line, header.columns, rejection.cells,
                  coalesce(rejection.external_id, ''), rejection.reasons, rejection.at, header.id,
                  rejection.id
                FROM rejection
                CROSS JOIN source ON source.id = rejection.source
                CROSS JOIN export ON export.id = rejection.export
                CROSS JOIN header ON header.id = rejection.header
                WHERE (?1 IS NULL OR source.name = ?1) AND (?2 IS NULL OR rejection.at >= ?2)
                ORDER BY rejection.id)";
    case Query::refused_rows:
      return R"(SELECT source.name, export.name, row.line, header.columns, body.cells,
                  row.external_id,
                  coalesce(body.reasons, json_array(json_object('code',
                    coalesce(attempt.code, ''), 'member', '', 'column', '', 'value', '',
                    'message', coalesce(attempt.message, ''), 'remedy', ''))),
                  row.changed, header.id, 0
                FROM row INDEXED BY row_refused
                CROSS JOIN source ON source.id = row.source
                CROSS JOIN export ON export.id = row.export
                CROSS JOIN body ON body.row = row.id
                CROSS JOIN header ON header.id = body.header
                LEFT JOIN attempt ON attempt.id = row.error
                WHERE row.state = 'refused' AND row.rejection IS NULL
                  AND (?1 IS NULL OR source.name = ?1) AND (?2 IS NULL OR row.changed >= ?2)
                ORDER BY row.id)";
    default:
      break;
  }
  if (const char* text = intake_statement_text(query)) return text;
  throw std::logic_error("a statement without a text");
}

}  // namespace referrald::persistence
