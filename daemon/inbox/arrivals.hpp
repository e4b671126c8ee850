// Which files of a source are to be read now: those that are new or have changed since they were
// dealt with, and are complete.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "daemon/submission/clock.hpp"
#include "daemon/sync/archive.hpp"
#include "persistence/ledger.hpp"

namespace referrald::inbox {

// What a look at a source's folder found.
struct Look {
  std::vector<std::filesystem::path> ready;         // in the order in which they are to be read
  std::optional<submission::SteadyTime> next_look;  // one that is not complete yet may be so then
  std::string trouble;  // why the folder cannot be looked into; empty: it can
};

// A file is complete when it was renamed into place, or when it has not changed for `settle`: by
// its own time, or as watched where that lies in the future. One thread.
class Arrivals {
 public:
  // `source` outlives the object; `mapping_version` as Export has it. What the guard stopped before
  // `began` may pass now.
  Arrivals(const config::Source& source, std::string mapping_version, submission::WallTime began)
      : source_(source), mapping_version_(std::move(mapping_version)), began_(began) {}

  // `handled` is what the ledger remembers of the source.
  Look look(const std::vector<persistence::HandledExport>& handled, submission::WallTime wall,
            submission::SteadyTime now);

  // A file of that name was renamed into the folder.
  void moved_in(const std::string& name);

  // It is not offered again before then, unless it changes.
  void postpone(const std::filesystem::path& file, submission::SteadyTime until);

 private:
  struct Seen {
    sync::FileStamp stamp;
    submission::SteadyTime since;  // it is as it is
    std::optional<submission::SteadyTime> not_before;
  };

  // When it may be read; at or before `now`: it may.
  submission::SteadyTime complete_at(const std::filesystem::path& file, const Seen& seen,
                                     submission::WallTime wall, submission::SteadyTime now) const;

  const config::Source& source_;
  std::string mapping_version_;
  submission::WallTime began_;
  std::map<std::filesystem::path, Seen> seen_;  // those that are there and not dealt with
  std::set<std::string> moved_in_;
};

}  // namespace referrald::inbox
