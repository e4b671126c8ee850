#include "mapping/proposal/sample.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <unordered_set>

#include <fmt/format.h>

#include "mapping/mapping.hpp"
#include "mapping/names.hpp"
#include "mapping/proposal/code_page.hpp"
#include "mapping/readers/damaged_input.hpp"
#include "mapping/readers/gzip_source.hpp"
#include "mapping/readers/input_file.hpp"
#include "mapping/readers/text_encoding.hpp"
#include "mapping/readers/utf8.hpp"

namespace referrald::mapping {
namespace {

constexpr std::uint64_t rows_read = 1'000;
constexpr std::size_t values_kept = 200;
constexpr std::size_t value_bytes = 200;
constexpr std::size_t encoding_sample = std::size_t{1} << 20;

// JSON APIs wrap the record's members in one object; the member's own name says more.
std::string_view without_wrapper(std::string_view name) {
  for (const std::string_view wrapper : {"properties.", "attributes.", "fields."})
    if (name.starts_with(wrapper)) return name.substr(wrapper.size());
  return name;
}

std::string reference_to(const std::vector<std::string>& header, std::size_t index) {
  const std::string& name = header[index];
  if (name.empty()) return fmt::format("#{}", index + 1);
  const auto same = std::ranges::count(header, name);
  if (same == 1) return name;
  const auto before =
      std::count(header.begin(), header.begin() + static_cast<std::ptrdiff_t>(index), name);
  return fmt::format("{}#{}", name, before + 1);
}

class Collector {
 public:
  explicit Collector(const RowReader& reader) : seen_(reader.header().size()) {
    const auto& header = reader.header();
    for (std::size_t i = 0; i < header.size(); ++i) {
      SampleColumn& column = columns.emplace_back();
      column.name = header[i];
      column.reference = reference_to(header, i);
      if (i < reader.aliases().size()) column.alias = reader.aliases()[i];
      column.folded = fold_name(without_wrapper(header[i]));
    }
  }

  void add(const Row& row) {
    for (std::size_t i = 0; i < columns.size() && i < row.cells.size(); ++i) {
      const auto value = trim(row.cells[i]);
      if (value.empty()) continue;
      SampleColumn& column = columns[i];
      ++column.filled;
      if (row.type(i) == CellType::date) ++column.typed_dates;
      if (row.type(i) == CellType::number) ++column.typed_numbers;
      if (!seen_[i].insert(std::hash<std::string_view>{}(value)).second) {
        column.all_different = false;
      } else if (column.values.size() < values_kept && value.size() <= value_bytes) {
        column.values.emplace_back(value);
      }
    }
  }

  std::vector<SampleColumn> columns;

 private:
  std::vector<std::unordered_set<std::size_t>> seen_;
};

// The text's encoding when it is no Unicode at all.
std::optional<CodePageGuess> legacy_encoding(std::string_view start, bool whole) {
  if (unicode_encoding_of(start)) return std::nullopt;
  const auto invalid = first_invalid_utf8(start);
  // A character may be cut off at the end of the sample.
  const bool cut_off = !whole && invalid + 4 > start.size();
  if (invalid == std::string_view::npos || cut_off) return std::nullopt;
  return guess_code_page(start);
}

std::optional<CodePageGuess> encoding_of(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) return std::nullopt;
  std::unique_ptr<ByteSource> source = std::make_unique<InputFile>(file);
  std::string start = read_start(*source, encoding_sample);
  if (is_gzip(start)) {
    source = std::make_unique<GzipSource>(std::move(source));
    start = read_start(*source, encoding_sample);
  }
  for (const std::string_view magic : {"PK\3\4", "\xD0\xCF\x11\xE0", "\x1F\x8B"})
    if (start.starts_with(magic)) return std::nullopt;
  return legacy_encoding(start, start.size() < encoding_sample);
}

// A title above the header is taken for it, and then no row fits; or the delimiter is another one.
void doubt_header(Sample& sample, const std::string& place) {
  const auto columns = sample.columns.size();
  const bool misfits = sample.damaged > sample.rows;
  if (place.empty() || (!misfits && columns > 1)) return;
  sample.said.push_back(fmt::format(
      "In the export {} was taken for the header, {} column{}{}. If a title stands above the "
      "header, "
      "propose again with --header N{}.",
      place, columns, columns == 1 ? "" : "s", misfits ? ", and most rows have others" : "",
      sample.format.type == ExportType::xlsx
          ? ", or --sheet NAME for another worksheet"
          : ", or with --delimiter CHAR if another sign stands between the cells"));
}

}  // namespace

const SampleColumn* Sample::find(std::string_view folded) const {
  const SampleColumn* found = nullptr;
  for (const auto& column : columns) {
    if (column.folded != folded && (column.alias.empty() || fold_name(column.alias) != folded))
      continue;
    if (found != nullptr && found->folded == folded) return nullptr;  // which one?
    found = &column;
  }
  return found;
}

Sample take_sample(const std::filesystem::path& file, ExportFormat format) {
  Sample sample;
  std::vector<std::string> doubtful;
  const bool text = format.type == ExportType::automatic || format.type == ExportType::csv;
  if (text && format.encoding.empty()) {
    if (auto guess = encoding_of(file)) {
      format.encoding = guess->best;
      doubtful = std::move(guess->doubtful);
      if (doubtful.empty())
        sample.said.push_back(
            fmt::format("The export is not UTF-8. It was read as {}: look whether names with "
                        "accents are right.",
                        format.encoding));
    }
  }
  const auto reader = open_export(file, format);
  sample.format = reader->found_format();
  if (!doubtful.empty()) {
    sample.format.encoding = unknown_column;
    sample.must.push_back(
        fmt::format("format: encoding: the export is not UTF-8, and its letters do not tell which "
                    "code page it is in. It may be {}. Write the one with which `referrald plan "
                    "--show 3` shows names with accents right, or export as UTF-8.",
                    fmt::join(doubtful, ", ")));
  }
  Collector collector(*reader);
  Row row;
  bool more = true;
  while (sample.rows + sample.damaged < rows_read && (more = reader->next(row))) {
    ++(row.fault ? sample.damaged : sample.rows);
    if (row.fault) continue;
    if (row.deleted)
      ++sample.deleted;  // of which little more than the key is left
    else
      collector.add(row);
  }
  sample.whole = !more || !reader->next(row);
  sample.columns = std::move(collector.columns);
  doubt_header(sample, reader->header_place());
  return sample;
}

}  // namespace referrald::mapping
