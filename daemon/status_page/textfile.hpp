// The metrics as a file for node_exporter's textfile collector, for those who run `sync` by a
// timer.
#pragma once

#include <filesystem>

#include "daemon/status_page/metrics.hpp"

namespace referrald::status_page {

// Puts the metrics into `file` in one step, readable by all; its counters go on from those that the
// file holds. Throws std::system_error; the file is then as it was.
void write_textfile(const std::filesystem::path& file, Metrics& metrics, const Snapshot& snapshot);

}  // namespace referrald::status_page
