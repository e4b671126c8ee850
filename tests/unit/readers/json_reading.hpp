// Vocabulary of the JSON reader's tests: JSON from a text or a file, and all that is read of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/readers/byte_source.hpp"
#include "mapping/readers/json.hpp"
#include "tests/unit/readers/export_text.hpp"

namespace referrald::mapping {

struct JsonRow {
  std::uint64_t line = 0;
  Cells cells;
  std::string types;  // a letter for each cell: t(ext), n(umber), d(ate), b(oolean)
  std::string file;
  bool deleted = false;
  std::string fault;  // its code
  std::string message;
};

struct JsonExport {
  Cells header;
  Cells aliases;
  bool complete = true;
  std::string unit;
  std::vector<JsonRow> rows;
  std::optional<ExportError::Kind> error;
  std::string message;
  std::uint64_t bytes_read = 0;

  std::vector<Cells> cells() const;
  std::vector<std::string> faults() const;
  // The cell of a row, by its column's name; "(no column)" if there is none.
  std::string cell(std::size_t row, std::string_view column) const;
};

// A text as if it were a file.
class TextSource : public ByteSource {
 public:
  TextSource(std::string_view text, std::string name) : text_(text), name_(std::move(name)) {}
  std::size_t read(char* into, std::size_t size) override;
  void rewind() override { at_ = 0; }
  std::uint64_t bytes_read() const override { return at_; }
  std::uint64_t bytes_total() const override { return text_.size(); }
  const std::string& name() const override { return name_; }

 private:
  std::string text_;
  std::string name_;
  std::size_t at_ = 0;
};

struct JsonOptions {
  std::vector<std::string> wanted = {};
  std::string records = {};
  std::string name = "export.json";
};

JsonExport read_json(std::string_view text, const JsonOptions& options = {});
JsonExport read_json_file(const std::filesystem::path& file, const JsonOptions& options = {});
JsonExport read_json_folder(const std::filesystem::path& folder, const JsonOptions& options = {});

std::string text_of(const std::filesystem::path& file);

}  // namespace referrald::mapping
