// What becomes of the records of an export, as far as that can be told without mapping them, and
// how the ledger remembers it of a whole export.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace referrald::sync {

enum class RecordFate : std::uint8_t {
  to_map,        // the mapping will tell
  to_map_alone,  // the same; and no other record of the export has its id
  unchanged,     // its content is as the ledger has it
  excluded,      // as it was before, with nothing to be done about it
};

constexpr bool is_known(RecordFate fate) {
  return fate == RecordFate::unchanged || fate == RecordFate::excluded;
}

// The fates of an export's records in their order, as SeenExport::records has them: runs of one
// fate, so that an export of which all is unchanged is a few bytes. To stand alone is not kept.
class RecordRuns {
 public:
  void add(RecordFate fate, std::uint64_t count = 1);
  std::uint64_t count() const { return count_; }
  bool excludes() const { return excludes_; }
  // Empty: there are too many runs to be worth it, or no records. Once.
  std::string finish();

 private:
  void end_run();

  std::string encoded_;
  RecordFate fate_ = RecordFate::to_map;
  std::uint64_t length_ = 0;  // of the last run, which is not in encoded_ yet
  std::uint64_t count_ = 0;
  bool excludes_ = false;
  bool too_many_ = false;
};

// False: it is nothing that RecordRuns made, or of more than `most` records; some may have been
// told.
bool read_runs(std::string_view encoded, std::uint64_t most,
               const std::function<void(RecordFate fate, std::uint64_t count)>& tell);

}  // namespace referrald::sync
