// What the daemon's state comes to: whether it lives, whether it can do its work, whether a person
// should look.
#pragma once

#include <string>
#include <vector>

#include "daemon/status_page/snapshot.hpp"

namespace referrald::status_page {

// How long the loop that works may not have come round before it counts as hanging.
inline constexpr std::chrono::seconds hangs_after{120};

enum class Tone {
  calm,       // nothing to do
  attention,  // a person should look some time
  trouble,    // nothing is sent
};

struct Health {
  bool alive = true;
  bool ready = true;  // what is handed in now would be sent
  Tone tone = Tone::calm;
  std::string headline;          // a sentence for a person: the first reason, if there is one
  std::vector<Trouble> reasons;  // why it is not alive, not ready or wants attention; worst first
};

Health health_of(const Snapshot& snapshot);

// {"status": "ok"} or {"status": "failing", "reasons": [{code, what, remedy, since}]}: of those
// reasons for which it is not alive, or not ready.
std::string alive_json(const Health& health);
std::string ready_json(const Health& health);

}  // namespace referrald::status_page
