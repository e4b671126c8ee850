// The SQL by which rows are taken in: compared, stored, rejected.
#include <string>

#include "persistence/statement_texts.hpp"

namespace referrald::persistence {

namespace {

// The patch of a body beside those of unknown effect, each change once: an array, or null.
const std::string sent_and_patch = R"((
  SELECT nullif(json_group_array(json(value)), '[]') FROM (
    SELECT value FROM json_each(coalesce(body.sent, '[]'))
    UNION SELECT value FROM json_each(coalesce(body.patch, '[]')))))";

}  // namespace

// One line for each statement is what one looks up.
// NOLINTNEXTLINE(readability-function-size)
const char* intake_statement_text(Query query) {
  switch (query) {
    case Query::known_row:
      return R"(SELECT id, source, state, step, doubtful IS NOT NULL, rejection, fingerprint, deal,
                  own_fingerprint FROM row WHERE id = ?1)";
    case Query::known_alias:
      return R"(SELECT id, source, state, step, doubtful IS NOT NULL, rejection, fingerprint, deal,
                  own_fingerprint FROM row INDEXED BY row_alias
                WHERE alias IS NOT NULL AND alias = ?1)";
    case Query::has_aliases:
      return "SELECT 1 FROM row INDEXED BY row_alias WHERE alias IS NOT NULL LIMIT 1";
    case Query::known:
      return "SELECT row FROM known WHERE hash = ?1";
    case Query::known_from:
      return "SELECT hash, row, record FROM known WHERE hash >= ?1 ORDER BY hash";
    case Query::put_known:
      return R"(INSERT INTO known (hash, row, record) VALUES (?1, ?2, ?3)
                ON CONFLICT DO UPDATE SET row = excluded.row, record = excluded.record)";
    case Query::delete_known:
      return "DELETE FROM known WHERE hash = ?1";
    case Query::forget_record:
      return "UPDATE known SET record = 0 WHERE hash = ?1 AND record <> 0";
    case Query::has_id:
      return "SELECT 1 FROM row WHERE id = ?1 AND external_id = ?2";
    case Query::id_of_row:
      return "SELECT external_id, source FROM row WHERE id = ?1";
    case Query::rows_behind:
      return "SELECT id, external_id FROM row WHERE id > ?1";
    case Query::export_of_row:
      return "SELECT export FROM row WHERE id = ?1";
    case Query::set_alias:
      return "UPDATE row SET alias = ?2 WHERE id = ?1";
    case Query::set_id:
      return "UPDATE row SET external_id = ?2, alias = NULL WHERE id = ?1";
    case Query::has_referral:
      return "SELECT 1 FROM own_referral WHERE row = ?1";
    // A patch under way is of unknown effect too.
    case Query::changed_row: {
      static const std::string text =
          R"(SELECT own_referral.status, own_referral.substatus,
                  microsoft_referral.row IS NOT NULL,
                  CASE WHEN row.state = 'sending' AND row.step = 'update' AND NOT body.newer
                    THEN )" +
          sent_and_patch + R"( ELSE body.sent END, row.due
                FROM row LEFT JOIN body ON body.row = row.id
                LEFT JOIN own_referral ON own_referral.row = row.id
                LEFT JOIN microsoft_referral ON microsoft_referral.row = row.id
                WHERE row.id = ?1)";
      return text.c_str();
    }
    // ?13, ?14: the first attempt and when it was claimed; unbound: there is none.
    case Query::add_row:
      return R"(INSERT INTO row (external_id, source, state, step, due, deal, co_sell, run,
                  first_seen, changed, export, line, rejection, fingerprint, attempts, run_attempts,
                  claimed)
                VALUES (?1, ?2, ?3, 'own', ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10, ?11, ?12,
                  coalesce(?13, 0), coalesce(?13, 0), coalesce(?14, ?8)))";
    case Query::put_body:
      return R"(INSERT INTO body (row, own, microsoft, invitation, header, cells, patch, kept)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                ON CONFLICT DO UPDATE SET own = excluded.own, microsoft = excluded.microsoft,
                  invitation = excluded.invitation, header = excluded.header,
                  cells = excluded.cells, patch = excluded.patch, kept = excluded.kept,
                  held = 0, decided = NULL, reasons = NULL, kind = 0, unwanted = 0)";
    // ?3: Microsoft's body is not under way. A person's word stands while the row says the same of
    // what it was about.
    case Query::put_change: {
      static const std::string text =
          R"(INSERT INTO body (row, microsoft, invitation, patch, reasons, kind, header, cells,
                  newer, next)
                VALUES (?1, ?4, ?5, ?6, ?7, 2, ?8, ?9, ?10, ?11)
                ON CONFLICT DO UPDATE SET
                  microsoft = CASE WHEN ?3 THEN excluded.microsoft ELSE microsoft END,
                  invitation = CASE WHEN ?3 THEN excluded.invitation ELSE invitation END,
                  patch = excluded.patch, held = 0,
                  decided = CASE WHEN decided IS NOT NULL AND NOT EXISTS (
                      SELECT 1 FROM json_each(body.decided_on) AS was WHERE NOT EXISTS (
                        SELECT 1 FROM json_each(coalesce(excluded.patch, '[]')) AS now
                        WHERE json_extract(now.value, '$.path') IS json_extract(was.value, '$.path')
                          AND json_extract(now.value, '$.value')
                            IS json_extract(was.value, '$.value')))
                    THEN decided END,
                  reasons = excluded.reasons, kind = CASE WHEN ?2 THEN 2
                    ELSE max(kind, 1) END, header = excluded.header, cells = excluded.cells,
                  sent = CASE WHEN excluded.newer AND NOT newer THEN )" +
          sent_and_patch + R"( ELSE sent END,
                  newer = excluded.newer, next = excluded.next, unwanted = 0)";
      return text.c_str();
    }
    case Query::take_next:
      return R"(UPDATE body SET own = json_extract(next, '$[0]'),
                  microsoft = json_extract(next, '$[1]'), invitation = json_extract(next, '$[2]'),
                  patch = json_extract(next, '$[3]'), kept = json_extract(next, '$[4]'),
                  held = 0, reasons = NULL, kind = 0, next = NULL
                WHERE row = ?1 AND next IS NOT NULL)";
    case Query::take_next_invitation:
      return R"(UPDATE body SET microsoft = json_extract(next, '$[1]'),
                  invitation = json_extract(next, '$[2]'), next = NULL
                WHERE row = ?1 AND next IS NOT NULL)";
    // Before take_next: the row is what its next create says.
    case Query::become_next:
      return R"(UPDATE row SET own_fingerprint = NULL, (deal, co_sell) =
                  (SELECT json_extract(next, '$[5]'), json_extract(next, '$[6]') FROM body
                    WHERE body.row = ?1)
                WHERE id = ?1 AND EXISTS (SELECT 1 FROM body
                  WHERE body.row = ?1 AND next IS NOT NULL))";
    // What was under way comes again, or what is newer in its place. ?2: it may have had an effect.
    case Query::patch_again: {
      static const std::string text = "UPDATE body SET sent = CASE WHEN ?2 AND NOT newer THEN " +
                                      sent_and_patch + " ELSE sent END, newer = 0 WHERE row = ?1";
      return text.c_str();
    }
    case Query::take_newer:
      return "UPDATE body SET newer = 0 WHERE row = ?1 AND newer = 1";
    case Query::set_unwanted:
      return R"(UPDATE body SET unwanted = (unwanted & ~1) | ?2
                WHERE row = ?1 AND (unwanted & 1) <> ?2)";
    case Query::is_unwanted:
      return "SELECT 1 FROM body WHERE row = ?1 AND unwanted & 1";
    case Query::withdraw_invitation:
      return "UPDATE body SET unwanted = 2, next = ?2 WHERE row = ?1";
    case Query::is_withdrawn:
      return "SELECT next IS NOT NULL FROM body WHERE row = ?1 AND unwanted & 2";
    case Query::forget_invitation:
      return R"(UPDATE body SET unwanted = unwanted & ~2, next = NULL, microsoft = NULL,
                  invitation = NULL WHERE row = ?1)";
    // Microsoft has the deal after all.
    case Query::add_reasons:
      return R"(UPDATE body SET unwanted = unwanted & ~2, next = NULL, reasons = CASE
                  WHEN next IS NULL THEN reasons WHEN reasons IS NULL THEN next
                  ELSE substr(reasons, 1, length(reasons) - 1) || ',' || substr(next, 2) END
                WHERE row = ?1)";
    case Query::is_co_sell:  // 3: of that word, see the schema
      return "UPDATE row SET deal = 3, co_sell = 1 WHERE id = ?1";
    case Query::keep_sent:
      return R"(UPDATE body SET own = NULL, microsoft = NULL, invitation = NULL, kept = NULL,
                  patch = NULL, held = 0, decided = NULL, reasons = NULL,
                  newer = 0, next = NULL, unwanted = 0, cells = x''
                WHERE row = ?1 AND sent IS NOT NULL)";
    case Query::read_first:
      return "UPDATE own_referral SET read_first = 1 WHERE row = ?1";
    case Query::create_bodies:
      return "SELECT json_array(?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    // ?13 to ?15: the first attempt, its run and when it was claimed; unbound: there is none.
    case Query::change_row:
      return R"(UPDATE row SET state = ?2, step = ?3, due = ?4,
                  run_attempts = CASE WHEN ?13 IS NOT NULL THEN ?13
                    WHEN step = ?3 THEN run_attempts ELSE 0 END, deal = ?5,
                  co_sell = ?6, fingerprint = ?7,
                  own_fingerprint = CASE WHEN ?8 = ?7 THEN NULL ELSE ?8 END, export = ?9, line = ?10,
                  error = ?11, changed = ?12, attempts = attempts + coalesce(?13, 0),
                  run = coalesce(?14, run), claimed = coalesce(?15, claimed) WHERE id = ?1)";
    case Query::look_before_inviting:
      return R"(UPDATE row SET state = 'in_doubt', due = ?2, doubtful = ?2, looks = 0, changed = ?2
                WHERE id = ?1)";
    case Query::doubt_microsofts:
      return "UPDATE row SET doubtful = ?2, looks = 0 WHERE id = ?1";
    case Query::release_changes:
      return R"(UPDATE row SET due = ?1 WHERE id IN (SELECT row.id FROM source CROSS JOIN row
                  INDEXED BY row_open ON row.source = source.id
                WHERE row.due IS NOT NULL AND row.state IN ('pending', 'in_doubt')
                  AND row.due = ?2 AND row.source = ?4 LIMIT ?3))";
    // Whether Microsoft's referral is there after all is looked for where its step waited: see
    // change().
    case Query::take_back:
      return R"(UPDATE row SET state = 'synced', due = NULL, error = NULL,
                  step = CASE WHEN step = 'microsoft' THEN 'own' ELSE step END,
                  own_fingerprint = coalesce(own_fingerprint, fingerprint), fingerprint = x'',
                  changed = ?2 WHERE id = ?1)";
    // Its rejection stands: where that is.
    case Query::reject_unwanted:
      return R"(UPDATE row SET state = 'rejected', due = NULL, deal = '', co_sell = 0,
                  fingerprint = x'', own_fingerprint = NULL, error = NULL, changed = ?2,
                  (export, line) = (SELECT rejection.export, rejection.line FROM rejection
                    WHERE rejection.id = row.rejection) WHERE id = ?1)";
    case Query::forget_messages:
      return "UPDATE attempt SET message = '' WHERE row = ?1 AND message <> ''";
    case Query::requeue_row:
      return R"(UPDATE row SET state = 'pending',
                  due = CASE WHEN ?11 IS NOT NULL THEN ?11 WHEN ?2 THEN due ELSE ?3 END,
                  run_attempts = CASE WHEN ?2 THEN run_attempts ELSE 0 END,
                  error = CASE WHEN ?2 THEN error END, deal = ?4, co_sell = ?5, fingerprint = ?6,
                  own_fingerprint = ?7, export = ?8, line = ?9, changed = ?10
                WHERE id = ?1)";
    case Query::reject_row:
      return R"(UPDATE row SET state = 'rejected', due = NULL, deal = '', co_sell = 0,
                  fingerprint = x'', error = NULL, rejection = ?2, export = ?3, line = ?4,
                  changed = ?5 WHERE id = ?1)";
    case Query::withdraw_row:
      return R"(UPDATE row SET state = 'rejected', due = NULL, deal = '', co_sell = 0,
                  fingerprint = x'', own_fingerprint = NULL, changed = ?2 WHERE id = ?1)";
    case Query::mark_rejection:
      return "UPDATE row SET rejection = ?2 WHERE id = ?1";
    case Query::delete_body:
      return "DELETE FROM body WHERE row = ?1";
    case Query::next_step:
      return R"(SELECT microsoft IS NOT NULL, patch IS NOT NULL AND held = 0,
                  patch IS NOT NULL AND held <> 0, reasons IS NOT NULL, kind, newer
                FROM body WHERE row = ?1)";
    case Query::refusal:
      return R"(SELECT json_extract(reasons, '$[0].code'), json_extract(reasons, '$[0].message')
                FROM body WHERE row = ?1)";
    case Query::put_updated:
      return R"(UPDATE body SET patch = CASE WHEN newer THEN patch ELSE ?2 END,
                  held = NOT newer AND ?2 IS NOT NULL, decided = NULL, newer = 0, sent = NULL,
                  reasons = CASE WHEN newer OR ?3 IS NULL THEN reasons WHEN reasons IS NULL THEN ?3
                    ELSE substr(?3, 1, length(?3) - 1) || ',' || substr(reasons, 2) END
                WHERE row = ?1)";
    case Query::strip_own_body:
      return "UPDATE body SET own = NULL, next = NULL WHERE row = ?1";
    case Query::strip_microsoft_body:
      return "UPDATE body SET microsoft = NULL, invitation = NULL, next = NULL WHERE row = ?1";
    case Query::delete_attempts:
      return "DELETE FROM attempt WHERE row = ?1";
    case Query::delete_row:
      return "DELETE FROM row WHERE id = ?1";

    case Query::named_rejection:
      return "SELECT id FROM rejection WHERE external_id = ?1 AND source = ?2";
    case Query::rejection_at_line:
      return R"(SELECT id FROM rejection WHERE external_id IS NULL AND export = ?1 AND line = ?2
                  AND cells = ?3 LIMIT 1)";
    case Query::rejection_of_cells:
      return R"(SELECT id FROM rejection WHERE external_id IS NULL AND export = ?1
                  AND cells_hash = ?2 AND run < ?3 AND cells = ?4 LIMIT 1)";
    case Query::rejection:
      return "SELECT export, line, header, cells, reasons, run FROM rejection WHERE id = ?1";
    case Query::open_rejection:
      return R"(SELECT rejection.external_id IS NOT NULL, export.name, rejection.line,
                  rejection.run
                FROM rejection JOIN export ON export.id = rejection.export
                WHERE rejection.id = ?1 AND rejection.source = ?2)";
    case Query::see_rejection:
      return "UPDATE rejection SET run = ?2 WHERE id = ?1";
    case Query::add_rejection:
      return R"(INSERT INTO rejection (source, external_id, export, line, header, cells, cells_hash,
                  reasons, run, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10))";
    case Query::update_rejection:
      return R"(UPDATE rejection SET export = ?2, line = ?3, header = ?4, cells = ?5,
                  cells_hash = ?6, reasons = ?7, run = ?8, at = coalesce(?9, at) WHERE id = ?1)";
    case Query::delete_rejection:
      return "DELETE FROM rejection WHERE id = ?1";
    case Query::end_export_rejections:
      return "DELETE FROM rejection WHERE external_id IS NULL AND export = ?1 AND run < ?2";
    default:
      return nullptr;
  }
}

}  // namespace referrald::persistence
