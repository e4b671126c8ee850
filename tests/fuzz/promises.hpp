// What must hold of every export and every mapping, whatever bytes they are made of. Each ends the
// process where it does not, for a fuzzer to notice.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

namespace referrald::fuzz {

// Separates the files that one input stands for.
inline constexpr std::string_view separator = "\n=====\n";

// The parts of an input, at most `most`; the last one has what is left. Absent parts are empty.
std::vector<std::string_view> parts_of(std::string_view input, std::size_t most);

// Reads the export to its end. It is read or refused by ExportError; rows come in the order of
// their lines, as many cells as the header unless they have a fault, cells of text in UTF-8.
void read_whole_export(const std::filesystem::path& export_path);

// Loads the mapping, maps a row of `cells` by it if it is valid, and checks that what comes out is
// JSON and the same the second time.
void map_by(const std::filesystem::path& mapping_file, std::string_view cells);

}  // namespace referrald::fuzz
