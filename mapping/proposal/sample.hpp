// The first rows of an export, as a person would look at them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {

// One column of the sample.
struct SampleColumn {
  std::string name;       // as the header has it
  std::string reference;  // as a template names it: "Email", "Email#2", "#7"
  std::string alias;      // its second name; mostly blank
  std::string folded;     // fold_name() of the name, without a JSON wrapper such as "properties."
  std::vector<std::string> values;  // the first ones that are not blank, trimmed, each once
  std::uint64_t filled = 0;         // rows, deleted ones aside, in which it is not blank
  std::uint64_t typed_dates = 0;    // of these, cells that the format says are dates,
  std::uint64_t typed_numbers = 0;  // or numbers
  bool all_different = true;        // no two rows have the same
};

struct Sample {
  ExportFormat format;  // as it was given and found
  std::vector<SampleColumn> columns;
  std::uint64_t rows = 0;         // that could be read
  std::uint64_t damaged = 0;      // that could not
  std::uint64_t deleted = 0;      // that the export says are gone
  bool whole = false;             // these are all rows of the export
  std::vector<std::string> said;  // what was found out about the format, one sentence each
  std::vector<std::string> must;  // what a person has to find out

  std::uint64_t present() const { return rows - deleted; }

  // The only column of that folded name or alias, or nullptr.
  const SampleColumn* find(std::string_view folded) const;
};

// Reads the header and the first rows. What `format` leaves open is found by looking, of a text
// that is no Unicode the code page as well, and then `said` tells so. Throws ExportError.
Sample take_sample(const std::filesystem::path& file, ExportFormat format);

}  // namespace referrald::mapping
