#include "mapping/readers/cdm.hpp"

#include <algorithm>
#include <deque>
#include <fstream>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "mapping/readers/cdm_cells.hpp"
#include "mapping/readers/cdm_model.hpp"
#include "mapping/readers/csv.hpp"
#include "mapping/readers/input_file.hpp"
#include "mapping/readers/json_text.hpp"
#include "mapping/readers/latest_versions.hpp"
#include "mapping/readers/names_of_files.hpp"

namespace referrald::mapping {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t nowhere = std::string::npos;

class CdmReader : public RowReader {
 public:
  CdmReader(const fs::path& folder, const ExportFormat& format, std::span<const std::string> wanted)
      : format_(format), wanted_(wanted.begin(), wanted.end()) {
    auto table = read_cdm_table(folder, format.table, wanted);
    complete_ = table.has_value();
    if (!table) return;
    table_ = std::move(*table);
    for (const auto& attribute : table_.attributes) header_.push_back(attribute.name);
    id_ = column({"Id"});
    version_ = column({"versionnumber"});
    sink_time_ = column({"SinkModifiedOn"});
    deleted_ = column({"IsDelete", "isDeleted"});
    for (const auto& partition : table_.partitions) {
      states_.push_back(state_of(partition));
      bytes_total_ += states_.back().size;
    }
    if (id_ != nowhere && (version_ != nowhere || sink_time_ != nowhere)) choose_latest();
  }

  const std::vector<std::string>& header() const override { return header_; }
  bool header_is_complete() const override { return complete_; }
  ExportFormat found_format() const override {
    ExportFormat found = format_.as(ExportType::cdm);
    if (complete_) found.table = table_.name;
    return found;
  }

  bool next(Row& row) override {
    while (next_of_all(row)) {
      if (!latest_ || latest_->contains(number_ - 1)) {
        finish(row);
        return true;
      }
    }
    return false;
  }

  std::uint64_t bytes_read() const override {
    return bytes_before_ + (partition_ ? partition_->bytes_read() : 0);
  }
  std::uint64_t bytes_total() const override { return bytes_total_; }

 private:
  std::size_t column(std::initializer_list<std::string_view> names) const {
    for (std::size_t i = 0; i < header_.size(); ++i)
      for (const auto name : names)
        if (equal_but_case(header_[i], name)) return i;
    return nowhere;
  }

  static std::string_view cell(const Row& row, std::size_t i) {
    return i < row.cells.size() ? trim(row.cells[i]) : std::string_view{};
  }

  void rewind() {
    partition_.reset();
    next_partition_ = 0;
    number_ = 0;
    bytes_before_ = 0;
  }

  // As it was when the folder was opened.
  struct State {
    std::uint64_t size = 0;
    fs::file_time_type written;
    std::optional<std::uint64_t> rows;  // once they were counted
    bool operator==(const State& other) const {
      return size == other.size && written == other.written;
    }
  };

  static State state_of(const CdmPartition& partition) {
    std::error_code error;
    State state;
    state.size = fs::file_size(partition.file, error);
    if (!error) state.written = fs::last_write_time(partition.file, error);
    if (error)
      throw ExportError(
          ExportError::Kind::unreadable,
          fmt::format("{}: cannot be read: {}", partition.file.string(), error.message()));
    return state;
  }

  void open_partition() {
    const auto& partition = table_.partitions[next_partition_++];
    if (!(state_of(partition) == states_[next_partition_ - 1])) throw_changed();
    rows_of_partition_ = 0;
    ExportFormat format = format_;
    if (!format.delimiter) format.delimiter = partition.delimiter.value_or(',');
    if (format.encoding.empty()) format.encoding = partition.encoding;
    CsvOptions options;
    if (!partition.has_header) options.columns = header_;
    options.short_rows_allowed = true;
    partition_ =
        open_csv(std::make_unique<InputFile>(partition.file), format, {}, std::move(options));
    places_.clear();
    if (!partition.has_header) return;
    check_header(partition);
    for (const auto& name : header_) {
      const auto& there = partition_->header();
      const auto found = std::ranges::find_if(
          there, [&](const std::string& one) { return equal_but_case(one, name); });
      places_.push_back(found == there.end() ? nowhere
                                             : static_cast<std::size_t>(found - there.begin()));
    }
  }

  // Older files lack the columns that were added last. Where another one is missing that the
  // mapping reads, or all are, the first line is not what the model says: it may be a row.
  void check_header(const CdmPartition& partition) const {
    const auto among = [](std::span<const std::string> names, const std::string& name) {
      return std::ranges::any_of(names,
                                 [&](const std::string& one) { return equal_but_case(one, name); });
    };
    const std::span<const std::string> there = partition_->header();
    const auto last = std::find_if(header_.rbegin(), header_.rend(),
                                   [&](const std::string& name) { return among(there, name); });
    const auto missing = std::find_if(header_.begin(), last.base(), [&](const std::string& name) {
      return among(wanted_, name) && !among(there, name);
    });
    if (last != header_.rend() && missing == last.base()) return;
    throw ExportError(
        ExportError::Kind::format,
        fmt::format(
            "{}: its first line should have the columns' names, as model.json says, and the "
            "column {} is not among them; correct columnHeaders or the attributes in "
            "model.json, or export again",
            partition.file.string(), last == header_.rend() ? header_.front() : *missing));
  }

  // A line of names in a file that should have none.
  bool is_header(const Row& row) const {
    return rows_of_partition_ == 1 && !row.fault && row.cells.size() >= 2 &&
           row.cells.size() <= header_.size() &&
           std::ranges::equal(row.cells, std::span(header_).first(row.cells.size()),
                              [](std::string_view cell, const std::string& name) {
                                return equal_but_case(trim(cell), name);
                              });
  }

  // The rows are numbered to tell the latest versions: what was written to meanwhile would shift
  // the numbers.
  [[noreturn]] void throw_changed() const {
    throw ExportError(ExportError::Kind::unreadable,
                      fmt::format("{}: was written to while the folder was read; read it again "
                                  "once it is still",
                                  table_.partitions[next_partition_ - 1].file.string()));
  }

  // The next row of the partition. Those that were added since they were counted are the next
  // reading's.
  bool next_of_partition(Row& row) {
    auto& counted = states_[next_partition_ - 1].rows;
    const bool more = counted != rows_of_partition_ && partition_->next(row);
    if (more) {
      ++rows_of_partition_;
    } else if (counted && *counted != rows_of_partition_) {
      throw_changed();
    } else {
      counted = rows_of_partition_;
    }
    return more;
  }

  // Every row, in the table's columns.
  bool next_of_all(Row& row) {
    for (;;) {
      if (!partition_) {
        if (next_partition_ == table_.partitions.size()) return false;
        open_partition();
      }
      if (next_of_partition(places_.empty() ? row : in_file_)) {
        if (places_.empty() && is_header(row)) continue;
        break;
      }
      bytes_before_ += partition_->bytes_read();
      partition_.reset();
    }
    ++number_;
    if (!places_.empty()) {
      row.line = in_file_.line;
      row.fault = in_file_.fault;
      row.cells.clear();
      for (const auto place : places_)
        row.cells.push_back(place < in_file_.cells.size() ? in_file_.cells[place]
                                                          : std::string_view{});
    }
    if (!row.fault) row.fault = unknown_version(row);
    return true;
  }

  // Which row is a record's latest one, and whether that deletes it, must be certain: a wrong guess
  // would send what is gone or long changed.
  std::optional<RowFault> unknown_version(const Row& row) const {
    const auto deleted = deletion_of(cell(row, deleted_));
    const auto version = version_of(cell(row, version_));
    if (deleted && version) return std::nullopt;
    return RowFault{"bad-version",
                    fmt::format("{} {}", header_[deleted ? version_ : deleted_],
                                deleted ? "is no whole number" : "is neither true nor false")};
  }

  void choose_latest() {
    Row row;
    latest_ = latest_versions([&](const auto& visit) {
      rewind();
      while (next_of_all(row)) {
        const auto version = cell(row, version_);
        VersionedRow found{cell(row, id_), {}, time_of(cell(row, sink_time_))};
        if (!version.empty()) found.version = version_of(version);
        // What cannot be read is the row that a person must look at: an older one is not sent in
        // its place, nor instead of a deletion that does not say which version it is. A row without
        // id is a record of its own.
        const bool lost = version.empty() && version_ != nowhere &&
                          deletion_of(cell(row, deleted_)).value_or(true);
        if (row.fault || lost) found.version = std::numeric_limits<std::uint64_t>::max();
        const std::string own = fmt::format("#{}", number_);
        if (found.id.empty()) found.id = own;
        visit(found);
      }
    });
    rewind();
  }

  void finish(Row& row) {
    row.record = {};  // the model says, too, what the cells are
    row.file = table_.partitions[next_partition_ - 1].name;
    row.deleted = !row.fault && deletion_of(cell(row, deleted_)).value_or(false);
    row.types.assign(row.cells.size(), CellType::text);
    written_.clear();
    for (std::size_t i = 0; i < row.cells.size() && i < table_.attributes.size(); ++i)
      set_type(row, i, table_.attributes[i].type);
  }

  // A cell that does not read as its column's type stays text.
  void set_type(Row& row, std::size_t i, CellType type) {
    const auto text = trim(row.cells[i]);
    if (type == CellType::number) {
      std::string plain;  // doubles come with exponents where they are large or small
      if (is_plain_number(text)) {
        row.types[i] = type;
      } else if (is_json_number(text) && write_out(text, plain)) {
        row.types[i] = type;
        row.cells[i] = written_.emplace_back(std::move(plain));
      }
    } else if (type == CellType::date) {
      std::string utc;
      if (!write_utc(text, utc)) return;
      row.types[i] = type;
      if (utc != text) row.cells[i] = written_.emplace_back(std::move(utc));
    } else if (type == CellType::boolean) {
      const bool yes = equal_but_case(text, "true");
      if (!yes && !equal_but_case(text, "false")) return;
      row.types[i] = type;
      row.cells[i] = yes ? "true" : "false";
    }
  }

  ExportFormat format_;
  std::vector<std::string> wanted_;
  CdmTable table_;
  bool complete_ = true;
  std::vector<std::string> header_;
  std::size_t id_ = nowhere, version_ = nowhere, sink_time_ = nowhere, deleted_ = nowhere;
  std::vector<State> states_;  // of the partitions
  std::uint64_t rows_of_partition_ = 0;
  std::unique_ptr<RowReader> partition_;
  std::size_t next_partition_ = 0;
  std::vector<std::size_t> places_;  // of the columns in a partition with a header; else empty
  Row in_file_;
  std::deque<std::string> written_;  // cells that are not as the file has them
  std::uint64_t number_ = 0;         // of rows read
  std::optional<RowSet> latest_;
  std::uint64_t bytes_before_ = 0;
  std::uint64_t bytes_total_ = 0;
};

}  // namespace

std::string being_written(const fs::path& folder) {
  std::ifstream file(folder / "Changelog" / "changelog.info");
  std::string name;
  std::getline(file, name);
  const auto end = name.find_last_not_of(" \t\r/");
  name.erase(end == std::string::npos ? 0 : end + 1);
  return fs::path(name).filename().string();
}

std::unique_ptr<RowReader> open_cdm(const fs::path& folder, const ExportFormat& format,
                                    std::span<const std::string> wanted) {
  if (folder.has_filename() &&
      being_written(fs::absolute(folder).parent_path()) == fs::absolute(folder).filename().string())
    throw ExportError(ExportError::Kind::unreadable,
                      fmt::format("{}: is still being written, says Changelog/changelog.info "
                                  "beside it; read it once the next folder has begun",
                                  folder.string()));
  return std::make_unique<CdmReader>(folder, format, wanted);
}

}  // namespace referrald::mapping
