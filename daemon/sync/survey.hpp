// What a sync would do, without doing it: for `plan` and for the guard.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/sync/answered_rejections.hpp"
#include "daemon/sync/changed_row.hpp"
#include "daemon/sync/export_rows.hpp"
#include "daemon/sync/intake.hpp"
#include "daemon/sync/rows_ahead.hpp"
#include "daemon/sync/spill_map.hpp"
#include "mapping/fingerprint.hpp"
#include "persistence/ledger.hpp"

namespace referrald::sync {

// A row whose referral exists and whose content differs.
struct ChangedRow {
  std::string external_id;
  std::string export_name;
  std::uint64_t line = 0;
  mapping::Update update;
  std::string deal_before;  // set when the deal type differs
  std::string deal_now;
  bool sent = true;  // false: nothing of it can be done
};

// A row that would be rejected.
struct RejectedRow {
  std::string external_id;
  std::string export_name;
  std::uint64_t line = 0;
  std::vector<mapping::Reason> reasons;
};

// What the rows of one source come to.
struct SourcePlan {
  Tally tally;
  std::uint64_t creates = 0;   // rows whose own referral would be created
  std::uint64_t upgrades = 0;  // rows whose referral exists and would have Microsoft's beside it
  std::uint64_t replaced = 0;  // rows whose place a later one takes
  std::uint64_t requests = 0;  // creates and updates; a new co-sell row takes two
  std::uint64_t adopted = 0;  // rows that adopt() made and this source's exports are first to bring
  std::map<std::string, std::uint64_t> warnings;  // of what would be sent, by code
};

// Called as rows are met; each may be empty.
struct SurveyVisitor {
  std::function<void(const ChangedRow&)> changed;
  std::function<void(const RejectedRow&)> rejected;
  // The row's own referral would be created. Told again with the content of a row that takes this
  // one's place.
  std::function<void(const ExportRow&, const mapping::Mapped&)> created = {};
  // A row that was told as changed: a later export's row takes its place.
  std::function<void(const std::string& external_id)> superseded = {};
  // It would not be created after all: a later export excludes the row.
  std::function<void(const std::string& external_id)> withdrawn = {};
};

// How a survey counts, and when it has seen enough.
struct SurveyEnd {
  unsigned looks = 2;                    // submission.reconcile.looks: requests of an upgrade
  std::optional<std::uint64_t> creates;  // more than so many are too many, however many more
  std::function<bool()> stopped;         // asked for each row; empty: never
};

// One thread. Writes nothing.
class Survey {
 public:
  // `ledger` may be nullptr: nothing is remembered yet.
  Survey(persistence::Ledger* ledger, SurveyVisitor visitor, SurveyEnd end = {});

  // Adds an export to its source's plan; `limit` as for the intake, over all exports. True when it
  // was read to its end. Throws what ExportRows throws.
  bool read(const Export& what, std::optional<std::uint64_t> limit);

  // Whether there are more creates and upgrades than SurveyEnd::creates: the counts are not
  // complete then.
  bool too_many_creates() const;

  const std::map<std::string, SourcePlan>& sources() const { return sources_; }
  std::uint64_t admitted() const { return admitted_; }

 private:
  // What the survey knows of a new row: the hash of its content, and in which export it was met.
  struct Met {
    std::uint64_t content;
    std::uint32_t export_number;
    std::uint16_t source_number;
    std::uint16_t requests;
  };
  UnchangedRows find_unchanged(const Export& what) const;
  static const ExportRow* next_row(RowsAhead& ahead, SourcePlan& plan);
  static void count(const PassedOver& passed_over, SourcePlan& plan);
  void see(const ExportRow& row, SourcePlan& plan);
  persistence::Offered classify(std::string_view external_id, std::string_view source,
                                std::string_view fingerprint) const;
  void touch(const std::string& external_id, const std::string& source);
  void see_mapped(const ExportRow& row, const mapping::Mapped& mapped, SourcePlan& plan);
  bool is_other_content(const persistence::Offered& known, std::uint64_t content) const;
  bool is_met(const std::string& external_id, const std::string& source) const;
  void see_invitation(const ExportRow& row, const mapping::Mapped& mapped, SourcePlan& plan) const;
  void see_new(const ExportRow& row, const mapping::Mapped& mapped, bool told, SourcePlan& plan);
  void see_excluded(const ExportRow& row, const mapping::Excluded& excluded, SourcePlan& plan);
  std::uint16_t number_of(const std::string& source) const;
  void count_create(const ExportRow& row, const mapping::Mapped& mapped, std::uint16_t requests,
                    SourcePlan& plan) const;
  void reject(const ExportRow& row, std::string external_id, std::vector<mapping::Reason> reasons,
              SourcePlan& plan);
  void see_changed(const ExportRow& row, const mapping::Mapped& mapped,
                   std::string_view fingerprint, const persistence::Offered& known,
                   SourcePlan& plan);
  void see_rejected(const ExportRow& row, const mapping::Rejected& rejected, SourcePlan& plan);
  bool skip_overtaken(const ExportRow& row, SourcePlan& plan);
  bool withdraw_create(const std::string& external_id, const std::string& source, SourcePlan& plan);
  void withdraw_change(const std::string& external_id, const std::string& source, SourcePlan& plan);
  bool outdo_rejection(const ExportRow& row, const std::string& external_id, SourcePlan& plan);
  void supersede(persistence::RowKey row, const std::string& external_id, SourcePlan& plan);

  persistence::Ledger* ledger_;
  mapping::FingerprintKey key_;  // the ledger's
  SurveyVisitor visitor_;
  SurveyEnd end_;
  std::map<std::string, SourcePlan> sources_;
  std::uint64_t admitted_ = 0;
  std::uint64_t content_ = 0;  // of the row at hand, if it is mapped
  std::uint32_t export_number_ = 0;
  // Of the export: rows whose id an earlier one has; the ledger's rows that it names; rows of
  // `rejects` that the ledger has newer; the rejections that its rows answer.
  RepeatedIds twice_;
  Sightings sightings_;
  std::uint64_t overtaken_ = 0;
  AnsweredRejections answered_;
  bool replaces_rows_ = false;        // the export being read
  bool mapped_ = false;               // some row was
  Sightings adopted_;                 // rows that are counted as adopted
  Sightings touched_;                 // rows that an export has named and was mapped for
  Sightings changed_;                 // rows that were told as changed
  SpillMap<std::uint16_t> requests_;  // of each of them
  Sightings upgraded_;                // of them
  // What is asked of the ledger's rows that are to have other content: its hash, and by which
  // export.
  struct Asked {
    std::uint64_t content;
    std::uint32_t export_number;
  };
  SpillMap<Asked> asked_;
  std::vector<std::string> source_names_;
  // Ids that the ledger does not know, by their hash.
  SpillMap<Met> new_ids_;
  // And those of rejected rows, likewise.
  struct Refused {
    std::uint32_t export_number;
    std::uint16_t source_number;
  };
  SpillMap<Refused> rejected_ids_;
};

}  // namespace referrald::sync
