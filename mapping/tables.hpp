// `tables`: written in the mapping, or read from files beside it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "config/yaml_reader.hpp"
#include "mapping/plan.hpp"

namespace referrald::mapping {

// A table is kept in memory; a larger file is a problem.
inline constexpr std::size_t kMaxTableCells = 200'000;
inline constexpr std::size_t kMaxTableBytes = std::size_t{8} << 20;

// Loads the map under `tables` into the plan's settings. Faults of the mapping and of the files
// are problems.
void load_tables(const config::YamlNode& yaml, Plan& plan, config::Problems& problems);

// Reads an export's rows into a table: by the column `key`, the other columns beside it. A blank
// key is left out. False when a problem was added, and the table is marked as unread; `said` is the
// place of what names the file.
bool read_table(const std::filesystem::path& file, const ExportFormat& format,
                const std::string& key, Table& table, const config::Place& said,
                config::Problems& problems);
// The same of rows that are open; `file` is their name in messages.
bool read_table(RowReader& rows, const std::string& file, const std::string& key, Table& table,
                const config::Place& said, config::Problems& problems);

}  // namespace referrald::mapping
