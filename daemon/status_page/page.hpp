// The status page: HTML that is complete without JavaScript, in sections that a script replaces one
// by one while somebody looks.
#pragma once

#include <string>
#include <vector>

#include "daemon/status_page/snapshot.hpp"

namespace referrald::status_page {

// An element whose id is `id`; the same snapshot gives the same text.
struct Section {
  std::string id;
  std::string html;
  bool operator==(const Section&) const = default;
};

// In the order of the page. All text that came from outside is escaped.
std::vector<Section> sections_of(const Snapshot& snapshot);

// The whole page.
std::string page_of(const Snapshot& snapshot);

// snapshot.json: what the page shows, for scripts. New members may be added.
std::string json_of(const Snapshot& snapshot);

}  // namespace referrald::status_page
