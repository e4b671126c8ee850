#include "mapping/readers/xlsx_workbook.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <unordered_map>

#include <fmt/format.h>

#include "mapping/readers/row_reader.hpp"
#include "mapping/readers/xlsx_xml.hpp"

namespace referrald::mapping {
namespace {

using Kind = ExportError::Kind;

constexpr std::uint64_t kMaxWorkbookBytes = std::uint64_t{16} << 20;
constexpr std::uint64_t kMaxStylesBytes = std::uint64_t{64} << 20;
constexpr std::size_t kMaxSheets = 10'000;
constexpr std::size_t kMaxFormats = 70'000;  // Excel has 65,490

std::string folder_of(std::string_view part) {
  const std::size_t slash = part.rfind('/');
  return std::string(slash == std::string_view::npos ? "" : part.substr(0, slash + 1));
}

// A relationship's target: absolute, or relative to the part that has it.
std::string resolve(std::string_view from, std::string_view target) {
  std::string path = target.starts_with('/') ? std::string() : folder_of(from);
  path += target.starts_with('/') ? target.substr(1) : target;
  std::vector<std::string_view> names;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find_first_of("/\\", begin), path.size());
    const auto name = std::string_view(path).substr(begin, end - begin);
    if (name == ".." && !names.empty()) names.pop_back();
    if (!name.empty() && name != "." && name != "..") names.push_back(name);
    begin = end + 1;
  }
  return fmt::format("{}", fmt::join(names, "/"));
}

struct Relationship {
  std::string type;  // the last word of its URI: "worksheet"
  std::string part;
};
using Relationships = std::map<std::string, Relationship, std::less<>>;

class RelationshipsHandler : public XmlHandler {
 public:
  RelationshipsHandler(std::string_view from, Relationships& found) : from_(from), found_(found) {}

  void start(const XmlName& name, const XmlAttributes& attributes) override {
    if (!name.is("Relationship") || attributes.text("TargetMode") == "External") return;
    const std::string_view type = attributes.text("Type");
    found_.insert_or_assign(std::string(attributes.text("Id")),
                            Relationship{std::string(type.substr(type.rfind('/') + 1)),
                                         resolve(from_, attributes.text("Target"))});
  }
  void end(const XmlName& /*name*/) override {}

 private:
  std::string_view from_;
  Relationships& found_;
};

Relationships relationships_of(ZipArchive& archive, std::string_view part) {
  const std::string folder = folder_of(part);
  const std::string name = fmt::format("{}_rels/{}.rels", folder, part.substr(folder.size()));
  Relationships found;
  if (!archive.has(name)) return found;
  ZipPart content(archive, name, kMaxWorkbookBytes);
  RelationshipsHandler handler(part, found);
  read_xml(content, handler);
  return found;
}

class WorkbookHandler : public XmlHandler {
 public:
  WorkbookHandler(const Relationships& relationships, Workbook& workbook)
      : relationships_(relationships), workbook_(workbook) {}

  void start(const XmlName& name, const XmlAttributes& attributes) override {
    if (root.empty()) root = name.space == XmlSpace::main ? name.local : "another";
    if (name.is("workbookPr")) workbook_.epoch_1904 = is_true(attributes.text("date1904"));
    if (name.is("calcPr")) workbook_.uncalculated = is_true(attributes.text("fullCalcOnLoad"));
    if (name.is("sheet") && workbook_.sheets.size() < kMaxSheets) sheet(attributes);
  }
  void end(const XmlName& /*name*/) override {}

  std::string root;

 private:
  void sheet(const XmlAttributes& attributes) {
    WorkbookSheet& sheet = workbook_.sheets.emplace_back();
    sheet.name = attributes.text("name");
    const std::string_view state = attributes.text("state");
    sheet.visible = state.empty() || state == "visible";
    const char* const id = attributes.relationship_id();
    const auto found = relationships_.find(std::string_view(id == nullptr ? "" : id));
    if (found == relationships_.end()) return;
    sheet.part = found->second.part;
    if (found->second.type != "worksheet") sheet.kind = WorkbookSheet::Kind::other;
  }

  const Relationships& relationships_;
  Workbook& workbook_;
};

[[noreturn]] void refuse(const ZipArchive& archive, std::string_view what) {
  throw ExportError(Kind::unreadable,
                    fmt::format("{}: is {}, which is not read; save it as \"Excel "
                                "workbook (.xlsx)\" or \"CSV UTF-8\"",
                                archive.file(), what));
}

[[noreturn]] void refuse_document(const ZipArchive& archive, std::string_view main_part) {
  if (main_part.ends_with(".bin")) refuse(archive, "a binary Excel workbook (.xlsb)");
  if (archive.has_folder("word/")) refuse(archive, "a Word document");
  if (archive.has_folder("ppt/")) refuse(archive, "a PowerPoint presentation");
  if (archive.has("mimetype") && archive.has("content.xml")) {
    refuse(archive, "an OpenDocument file (.ods, .odt)");
  }
  if (archive.has("Index/Document.iwa")) refuse(archive, "an Apple Numbers file");
  refuse(archive, "a zip file that holds no Excel workbook");
}

// Where the workbook's main part is; by its usual name when nothing says so.
std::string main_part_of(ZipArchive& archive) {
  for (const auto& [id, relationship] : relationships_of(archive, "")) {
    if (relationship.type == "officeDocument") return relationship.part;
  }
  return "xl/workbook.xml";
}

class StylesHandler : public XmlHandler {
 public:
  explicit StylesHandler(std::vector<NumberFormat>& formats) : formats_(formats) {}

  void start(const XmlName& name, const XmlAttributes& attributes) override {
    if (name.is("cellXfs")) in_cell_formats_ = true;
    if (name.is("numFmt") && custom_.size() < kMaxFormats) {
      custom_.insert_or_assign(id(attributes), format_of_code(attributes.text("formatCode")));
    }
    if (name.is("xf") && in_cell_formats_ && formats_.size() < kMaxFormats) {
      const auto custom = custom_.find(id(attributes));
      formats_.push_back(custom != custom_.end() ? custom->second : builtin_format(id(attributes)));
    }
  }
  void end(const XmlName& name) override {
    if (name.is("cellXfs")) in_cell_formats_ = false;
  }

 private:
  static unsigned id(const XmlAttributes& attributes) {
    const std::string_view text = attributes.text("numFmtId");
    unsigned value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }

  std::vector<NumberFormat>& formats_;
  std::unordered_map<unsigned, NumberFormat> custom_;
  bool in_cell_formats_ = false;
};

}  // namespace

Workbook read_workbook(ZipArchive& archive) {
  const std::string main_part = main_part_of(archive);
  if (!archive.has(main_part) || main_part.ends_with(".bin")) refuse_document(archive, main_part);
  const Relationships relationships = relationships_of(archive, main_part);
  Workbook workbook;
  for (const auto& [id, relationship] : relationships) {
    if (relationship.type == "sharedStrings") workbook.strings_part = relationship.part;
    if (relationship.type == "styles") workbook.styles_part = relationship.part;
  }
  ZipPart content(archive, main_part, kMaxWorkbookBytes);
  WorkbookHandler handler(relationships, workbook);
  read_xml(content, handler);
  if (handler.root != "workbook") refuse_document(archive, main_part);
  return workbook;
}

CellStyles CellStyles::read(ZipArchive& archive, std::string_view part) {
  CellStyles styles;
  if (part.empty()) return styles;
  ZipPart content(archive, part, kMaxStylesBytes);
  StylesHandler handler(styles.formats_);
  read_xml(content, handler);
  return styles;
}

}  // namespace referrald::mapping
