#include "tests/unit/readers/xlsx_files.hpp"

#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <fmt/format.h>
#include <minizip/zip.h>

namespace referrald::mapping {
namespace {

constexpr std::string_view kMain = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
constexpr std::string_view kOffice =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
constexpr std::string_view kPackage =
    "http://schemas.openxmlformats.org/package/2006/relationships";

std::string relationship(std::string_view id, std::string_view type, std::string_view target) {
  return fmt::format(R"(<Relationship Id="{}" Type="{}/{}" Target="{}"/>)", id, kOffice, type,
                     target);
}

std::string relationships(std::string_view content) {
  return fmt::format(R"(<Relationships xmlns="{}">{}</Relationships>)", kPackage, content);
}

}  // namespace

std::string zip_of(const Parts& parts) {
  const TemporaryFile file("");
  const zipFile zip = zipOpen64(file.path().c_str(), APPEND_STATUS_CREATE);
  if (zip == nullptr) throw std::runtime_error("cannot make a zip file");
  for (const auto& [name, content] : parts) {
    const zip_fileinfo info{};
    if (zipOpenNewFileInZip(zip, name.c_str(), &info, nullptr, 0, nullptr, 0, nullptr, Z_DEFLATED,
                            Z_DEFAULT_COMPRESSION) != ZIP_OK ||
        zipWriteInFileInZip(zip, content.data(), static_cast<unsigned>(content.size())) != ZIP_OK ||
        zipCloseFileInZip(zip) != ZIP_OK) {
      throw std::runtime_error("cannot write a zip file");
    }
  }
  zipClose(zip, nullptr);
  std::ifstream in(file.path(), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string sheet_xml(std::string_view rows) {
  return fmt::format(R"(<?xml version="1.0"?><worksheet xmlns="{}"><sheetData>{}</sheetData>)"
                     R"(</worksheet>)",
                     kMain, rows);
}

Parts workbook_parts(const std::vector<std::string>& sheets, std::string_view properties,
                     std::string_view calculation) {
  std::string list;
  std::string links = relationship("st", "styles", "styles.xml") +
                      relationship("ss", "sharedStrings", "sharedStrings.xml");
  for (std::size_t i = 1; i <= sheets.size(); ++i) {
    const std::string& sheet = sheets[i - 1];
    const std::size_t bar = sheet.find('|');
    const std::string state =
        bar == std::string::npos ? "" : fmt::format(R"( state="{}")", sheet.substr(bar + 1));
    list += fmt::format(R"(<sheet name="{}" sheetId="{}" r:id="r{}"{}/>)", sheet.substr(0, bar), i,
                        i, state);
    links +=
        relationship(fmt::format("r{}", i), "worksheet", fmt::format("worksheets/sheet{}.xml", i));
  }
  Parts parts;
  parts["_rels/.rels"] = relationships(relationship("r1", "officeDocument", "xl/workbook.xml"));
  parts["xl/_rels/workbook.xml.rels"] = relationships(links);
  parts["xl/workbook.xml"] =
      fmt::format(R"(<workbook xmlns="{}" xmlns:r="{}">{}<sheets>{}</sheets>{}</workbook>)", kMain,
                  kOffice, properties, list, calculation);
  parts["xl/sharedStrings.xml"] = fmt::format(R"(<sst xmlns="{}"/>)", kMain);
  parts["xl/styles.xml"] = fmt::format(R"(<styleSheet xmlns="{}"/>)", kMain);
  return parts;
}

Parts WorkbookText::parts() const {
  Parts parts = workbook_parts({"Leads"}, properties, calculation);
  parts["xl/worksheets/sheet1.xml"] = sheet_xml(rows);
  parts["xl/sharedStrings.xml"] = fmt::format(R"(<sst xmlns="{}">{}</sst>)", kMain, strings);
  parts["xl/styles.xml"] = fmt::format(R"(<styleSheet xmlns="{}">{}</styleSheet>)", kMain, styles);
  for (const auto& [name, content] : more) parts[name] = content;
  return parts;
}

std::string text_cell(std::string_view reference, std::string_view text) {
  return fmt::format(R"(<c r="{}" t="inlineStr"><is><t>{}</t></is></c>)", reference, text);
}

std::string one_row(std::string_view cells, int columns) {
  std::string header;
  for (int i = 0; i < columns; ++i) {
    const std::string name(1, static_cast<char>('A' + i));
    header += text_cell(name + "1", name);
  }
  return fmt::format(R"(<row r="1">{}</row><row r="2">{}</row>)", header, cells);
}

std::ostream& operator<<(std::ostream& out, const ReadCell& cell) {
  constexpr std::array kTypes = {"text", "number", "date", "boolean"};
  return out << kTypes[static_cast<std::size_t>(cell.type)] << " \"" << cell.text << '"';
}

ReadCell ReadSheet::cell(std::size_t column, std::size_t row) const {
  return {rows.at(row).cells.at(column), types.at(row).at(column)};
}

ReadSheet read_xlsx(const std::filesystem::path& file, const ExportFormat& format) {
  ReadSheet out;
  try {
    const std::unique_ptr<RowReader> reader = open_xlsx(file, format);
    out.header = reader->header();
    out.aliases = reader->aliases();
    Row row;
    while (reader->next(row)) {
      ReadRow& read = out.rows.emplace_back();
      read.line = row.line;
      read.cells.assign(row.cells.begin(), row.cells.end());
      out.types.push_back(row.types);
      if (!row.fault) continue;
      read.fault = row.fault->code;
      read.message = row.fault->message;
    }
    out.bytes_read = reader->bytes_read();
    out.bytes_total = reader->bytes_total();
  } catch (const ExportError& error) {
    out.error = error.kind();
    out.message = error.what();
  }
  return out;
}

ReadSheet read_parts(const Parts& parts, const ExportFormat& format) {
  const TemporaryFile file(zip_of(parts));
  return read_xlsx(file.path(), format);
}

ReadSheet read_workbook_text(const WorkbookText& text, const ExportFormat& format) {
  return read_parts(text.parts(), format);
}

ReadSheet read_cells(std::string_view cells, int columns) {
  WorkbookText text;
  text.rows = one_row(cells, columns);
  return read_workbook_text(text);
}

ExportFormat sheet_named(std::string name) {
  ExportFormat format;
  format.sheet = std::move(name);
  return format;
}

}  // namespace referrald::mapping
