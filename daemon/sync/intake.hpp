// Reads exports into the ledger. Blocking: runs on a thread of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/log.hpp"
#include "daemon/sync/archive.hpp"
#include "daemon/sync/export_rows.hpp"
#include "daemon/sync/fresh_claims.hpp"
#include "daemon/sync/ledger_queue.hpp"
#include "daemon/sync/repeated_ids.hpp"
#include "daemon/sync/row_group.hpp"
#include "daemon/sync/sightings.hpp"
#include "daemon/sync/tally.hpp"
#include "daemon/sync/unchanged_rows.hpp"

namespace referrald::sync {

struct IntakeOptions {
  persistence::RunId run = 0;
  std::size_t rows_together = 128;     // that enter the ledger in one piece of work
  Log* log = nullptr;                  // is told of each row that cannot be sent
  mapping::FingerprintKey key;         // the ledger's
  std::optional<std::uint64_t> limit;  // rows to admit at most, over all exports
  // Beyond the limit rows are still read that may correct or take back what waits already.
  bool revises_waiting = false;
  std::function<persistence::Timestamp()> now;
  // New rows that can be sent at once are claimed with it, and private deals' updates where no
  // later row of the export, and no other export, can say otherwise (`is_last`); and handed over
  // when they are durable or the ledger has failed, on the thread of its queue's executor. Null:
  // none is.
  FreshClaims* claims = nullptr;
  std::function<void(std::vector<persistence::Intent>, std::exception_ptr)> hand_over;
  // Which rows of an export need not be mapped. Empty: none is known of. Not asked with a limit.
  std::function<UnchangedRows(const Export&)> find_unchanged;
  // Whether no other export of its source is left to read. Asked on the calling thread when an
  // export is begun; empty: no.
  std::function<bool()> is_last;
  // Called before each group of rows on the calling thread; may hold it back. Empty: as fast as it
  // goes.
  std::function<void()> pace;
  // Called after each group of rows is durable, on the calling thread.
  std::function<void(const Tally& total, std::uint64_t bytes_read, std::uint64_t bytes_total)>
      progress;
};

class Intake {
 public:
  Intake(LedgerQueue& ledger, IntakeOptions options);

  // Reads one export to its end, its damage, the limit or stop(). True when it was read to its end.
  // Throws what ExportRows throws (what was read before a damage is in the ledger) and what the
  // ledger throws.
  bool read(const Export& what);

  // From any thread: read() returns soon.
  void stop() { stopped_ = true; }
  bool stopped() const { return stopped_; }

  const Tally& tally() const { return tally_; }
  // The same of the export that was read last.
  const Tally& of_export() const { return of_export_; }
  bool limit_reached() const { return options_.limit && tally_.admitted >= *options_.limit; }

 private:
  struct Reading;
  bool fill(RowGroup& group, ExportRows& rows, const Reading& reading,
            std::exception_ptr& damage) const;
  void finish_unread(const Export& what, const UnchangedRows& unchanged);
  void see_export(const Export& what, const FileStamp& stamp, RecordRuns& records,
                  const std::string& before);
  static RecordFate see(persistence::Ledger& ledger, const ExportRow& row,
                        const persistence::Offered& offered, bool in_vain);
  static bool concerns_what_waits(persistence::Ledger& ledger, const ExportRow& row,
                                  const persistence::Desired& wanted);
  static void find_repeated(RowGroup& group);
  void submit(RowGroup& group, Reading& reading);
  void take(persistence::Ledger& ledger, RowGroup& group, Reading& reading);
  RecordFate take_row(persistence::Ledger& ledger, RowGroup::Entry& entry, RowGroup& group,
                      Reading& reading);
  RecordFate take_mapped(persistence::Ledger& ledger, RowGroup::Entry& entry,
                         persistence::RejectionId answers, RowGroup& group, Reading& reading);
  void take_rejected(persistence::Ledger& ledger, ExportRow& row, persistence::RejectionId answers,
                     RowGroup& group, Reading& reading);
  RecordFate take_excluded(persistence::Ledger& ledger, const ExportRow& row,
                           persistence::RejectionId answers, RowGroup& group, Reading& reading);
  void refuse(persistence::Ledger& ledger, ExportRow& row, const std::string& external_id,
              const std::vector<mapping::Reason>& reasons, persistence::RejectionId answers,
              RowGroup& group, Reading& reading);
  bool skip_overtaken(persistence::Ledger& ledger, const ExportRow& row,
                      const persistence::Desired& wanted, persistence::RejectionId answers,
                      Tally& tally, Reading& reading) const;
  void take_back(persistence::RowKey known, const ExportRow& row, RowGroup& group);
  void relieve(const std::string& source);
  void finish_export(const Export& what);
  void finish_reading(const Export& what, Reading& reading);
  void tell_rejected(const persistence::Origin& origin, const std::string& external_id,
                     const std::vector<mapping::Reason>& reasons, Tally& tally) const;
  void tell_refused(const persistence::Origin& origin, const std::string& external_id,
                    Tally& tally) const;
  void finish(RowGroup& group, const ExportRows& rows);

  LedgerQueue& ledger_;
  IntakeOptions options_;
  persistence::AskForClaim claim_;
  Tally tally_;
  Tally of_export_;
  // Rows counted as changed, as rejected and as refused, by any export; of the ledger's thread.
  Sightings changed_, rejected_, refused_;

  bool left_out_ = false;  // rows beyond the limit
  std::atomic<bool> stopped_ = false;
};

}  // namespace referrald::sync
