// The metrics as a file for node_exporter's textfile collector.
#pragma once

#include <filesystem>
#include <string>

#include "daemon/status_page/metrics.hpp"

namespace referrald::status_page {

// What an earlier process has left in the file, for Metrics::resume(); blank: nothing.
std::string read_textfile(const std::filesystem::path& file);

// Puts the metrics into `file` in one step, readable by all. Throws std::system_error; the file is
// then as it was.
void write_textfile(const std::filesystem::path& file, const Metrics& metrics,
                    const Snapshot& snapshot);

}  // namespace referrald::status_page
