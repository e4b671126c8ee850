#include "mapping/readers/json.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "mapping/readers/input_file.hpp"
#include "mapping/readers/json_columns.hpp"
#include "mapping/readers/json_document.hpp"
#include "mapping/readers/json_record.hpp"
#include "mapping/readers/names_of_files.hpp"

namespace referrald::mapping {
namespace {

// Where the pages come from. Only one is open at a time.
class Pages {
 public:
  virtual ~Pages() = default;
  virtual std::size_t count() const = 0;
  virtual std::unique_ptr<ByteSource> open(std::size_t page) = 0;
  virtual void give_back(std::unique_ptr<ByteSource> source) = 0;
  virtual std::string_view file(std::size_t page) const = 0;
  virtual std::uint64_t bytes() const = 0;
};

class OneFile : public Pages {
 public:
  explicit OneFile(std::unique_ptr<ByteSource> source)
      : source_(std::move(source)), bytes_(source_->bytes_total()) {}
  std::size_t count() const override { return 1; }
  std::unique_ptr<ByteSource> open(std::size_t) override { return std::move(source_); }
  void give_back(std::unique_ptr<ByteSource> source) override { source_ = std::move(source); }
  std::string_view file(std::size_t) const override { return {}; }
  std::uint64_t bytes() const override { return bytes_; }

 private:
  std::unique_ptr<ByteSource> source_;
  std::uint64_t bytes_;
};

bool ends_with_but_case(std::string_view name, std::string_view ending) {
  return name.size() > ending.size() &&
         equal_but_case(name.substr(name.size() - ending.size()), ending);
}

bool is_page(std::string_view name) {
  return !name.starts_with('.') && ends_with_but_case(name, ".json");
}

// What would be passed over in silence, and with it its records.
bool is_unread_page(std::string_view name) {
  constexpr std::array kEndings = {".json.gz", ".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.gz"};
  return !name.starts_with('.') && std::ranges::any_of(kEndings, [&](const char* ending) {
    return ends_with_but_case(name, ending);
  });
}

class Folder : public Pages {
 public:
  explicit Folder(const std::filesystem::path& folder) : folder_(folder) {
    std::error_code error;
    for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
         at.increment(error)) {
      const std::string name = at->path().filename().string();
      if (is_unread_page(name)) {
        throw ExportError(ExportError::Kind::unreadable,
                          fmt::format("{}: of a folder only the pages named .json are read, and "
                                      "this looks like one; unpack or rename it, or move it away",
                                      at->path().string()));
      }
      if (!is_page(name)) continue;
      names_.push_back(name);
      bytes_ += InputFile(at->path()).bytes_total();
    }
    if (error) {
      const bool missing = error == std::errc::no_such_file_or_directory;
      throw ExportError(
          missing ? ExportError::Kind::missing : ExportError::Kind::unreadable,
          fmt::format("{}: cannot list the folder: {}", folder.string(), error.message()));
    }
    if (names_.empty()) {
      throw ExportError(ExportError::Kind::empty,
                        fmt::format("{}: the folder has no page: no file whose name ends in .json",
                                    folder.string()));
    }
    std::ranges::sort(names_, comes_before);
  }
  std::size_t count() const override { return names_.size(); }
  std::unique_ptr<ByteSource> open(std::size_t page) override {
    return std::make_unique<InputFile>(folder_ / names_[page]);
  }
  void give_back(std::unique_ptr<ByteSource>) override {}
  std::string_view file(std::size_t page) const override { return names_[page]; }
  std::uint64_t bytes() const override { return bytes_; }

 private:
  std::filesystem::path folder_;
  std::vector<std::string> names_;
  std::uint64_t bytes_ = 0;
};

class JsonReader : public RowReader {
 public:
  JsonReader(std::unique_ptr<Pages> pages, ExportFormat format,
             std::span<const std::string> wanted);

  const std::vector<std::string>& header() const override { return columns_.header(); }
  ExportFormat found_format() const override { return format_.as(ExportType::json); }
  const std::vector<std::string>& aliases() const override { return columns_.aliases(); }
  bool header_is_complete() const override { return has_records_; }
  std::string_view unit() const override { return unit_; }
  bool next(Row& row) override;
  bool replaces_rows() const override;
  std::vector<std::string> remarks() const override;
  std::uint64_t bytes_read() const override {
    const std::uint64_t ahead = records_ ? records_->unread() : 0;
    const std::uint64_t read = source_ ? source_->bytes_read() : 0;
    // What is compressed may be more than its file.
    return bytes_before_ + read - std::min(ahead, read);
  }
  std::uint64_t bytes_total() const override { return pages_->bytes(); }

 private:
  void learn_columns();
  bool learn_from_page(JsonRecord& record, Row& row);
  void open_page(std::size_t page);
  void close_page();
  void place_id(Row& row);

  std::unique_ptr<Pages> pages_;
  ExportFormat format_;
  std::vector<std::string> wanted_;
  JsonColumns columns_;
  JsonRecordParser parser_;
  std::vector<std::optional<JsonLayout>> layouts_;  // by page
  std::unique_ptr<ByteSource> source_;
  std::optional<JsonRecords> records_;
  std::size_t page_ = 0;
  bool has_records_ = false;
  std::string_view unit_ = "record";
  std::uint64_t bytes_before_ = 0;  // of the pages before
  bool ends_with_next_page_ = false;
  JsonRecord record_;
  JsonRecordMarks marks_;
};

JsonReader::JsonReader(std::unique_ptr<Pages> pages, ExportFormat format,
                       std::span<const std::string> wanted)
    : pages_(std::move(pages)),
      format_(std::move(format)),
      wanted_(wanted.begin(), wanted.end()),
      columns_(wanted),
      parser_(columns_),
      layouts_(pages_->count()) {
  learn_columns();
  const bool lines = layouts_[0] && layouts_[0]->kind == JsonLayout::Kind::lines;
  if (pages_->count() == 1 && lines) unit_ = "line";
}

void JsonReader::open_page(std::size_t page) {
  source_ = pages_->open(page);
  if (!layouts_[page]) layouts_[page] = find_records(*source_, format_, wanted_, parser_);
  records_.emplace(*source_, *layouts_[page], parser_);
}

void JsonReader::close_page() {
  records_.reset();
  pages_->give_back(std::move(source_));
  source_.reset();
}

void JsonReader::learn_columns() {
  JsonRecord record;
  Row row;
  bool read_all = true;
  try {
    for (page_ = 0; page_ < pages_->count() && read_all; ++page_) {
      open_page(page_);
      read_all = learn_from_page(record, row);
      close_page();
    }
  } catch (const ExportError& error) {
    // What is before the damage will be read; the damage is told when it is reached.
    if (error.kind() != ExportError::Kind::damaged || !has_records_ || !wanted_.empty()) throw;
    close_page();
  }
  columns_.finish(read_all);
  page_ = 0;
}

// False: there is no more to be learned.
bool JsonReader::learn_from_page(JsonRecord& record, Row& row) {
  while (records_->next(record)) {
    if (record.fault) continue;
    if (const auto why = parser_.read(record.piece, row, marks_)) records_->refuse(record, *why);
    if (marks_.deleted) {
      const std::string& set = marks_.entity_set;
      columns_.learn_deleted(set.empty() ? records_->layout().entity_set : set);
      continue;
    }
    has_records_ = true;
    columns_.learn();
    if (columns_.all_found()) return false;
  }
  return true;
}

bool JsonReader::next(Row& row) {
  for (; page_ < pages_->count(); ++page_) {
    if (!records_) open_page(page_);
    if (records_->next(record_)) break;
    ends_with_next_page_ = records_->has_next_page();
    bytes_before_ += source_->bytes_read();
    close_page();
  }
  if (page_ == pages_->count()) return false;

  const bool lines = records_->layout().kind == JsonLayout::Kind::lines;
  row.line = lines && pages_->count() == 1 ? record_.line : record_.number;
  row.file = pages_->file(page_);
  row.deleted = false;
  if (record_.fault) {
    row.fault = record_.fault;
    row.cells.clear();
    row.types.clear();
    return true;
  }
  if (const auto why = parser_.read(record_.piece, row, marks_)) records_->refuse(record_, *why);
  if (row.deleted) place_id(row);
  return true;
}

bool JsonReader::replaces_rows() const {
  return pages_->count() > 1;
}

std::vector<std::string> JsonReader::remarks() const {
  if (!ends_with_next_page_) return {};
  return {
      "the last page says that more follow, which are not here: records are missing; fetch until "
      "no "
      "next page is named"};
}

// The entry of a deleted record has its id in a member of its own.
void JsonReader::place_id(Row& row) {
  const std::string& set = marks_.entity_set;
  const auto column = columns_.id_column(set.empty() ? records_->layout().entity_set : set);
  if (column && !marks_.id.empty()) row.cells[*column] = marks_.id;
}

}  // namespace

bool holds_json_pages(const std::filesystem::path& folder) {
  std::error_code error;
  return std::ranges::any_of(
      std::filesystem::directory_iterator(folder, error),
      [](const auto& entry) { return is_page(entry.path().filename().string()); });
}

std::unique_ptr<RowReader> open_json(std::unique_ptr<ByteSource> source, const ExportFormat& format,
                                     std::span<const std::string> wanted) {
  return std::make_unique<JsonReader>(std::make_unique<OneFile>(std::move(source)), format, wanted);
}

std::unique_ptr<RowReader> open_json_folder(const std::filesystem::path& folder,
                                            const ExportFormat& format,
                                            std::span<const std::string> wanted) {
  return std::make_unique<JsonReader>(std::make_unique<Folder>(folder), format, wanted);
}

}  // namespace referrald::mapping
