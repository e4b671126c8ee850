#include "daemon/commands/init.hpp"

#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "daemon/text.hpp"
#include "mapping/proposal/propose.hpp"
#include "mapping/readers/text_encoding.hpp"

namespace referrald::commands {
namespace {

// What the user says of the export, where looking at it is not enough.
struct InitOptions {
  std::string file;
  std::optional<std::string> encoding, delimiter, sheet, table, records;
  std::optional<std::uint64_t> header;
};

char delimiter_of(const std::string& text) {
  if (text == "tab" || text == "\\t") return '\t';
  if (text.size() == 1) return text.front();
  throw CommandError(Exit::usage, fmt::format("--delimiter '{}' is no single character; a tab is "
                                              "written as the word tab",
                                              text));
}

std::string encoding_of(const std::string& text) {
  if (auto known = mapping::canonical_encoding(text)) return *std::move(known);
  throw CommandError(Exit::usage,
                     fmt::format("--encoding {}: there is no such encoding; write a name such as "
                                 "UTF-8, UTF-16LE or windows-1252",
                                 text));
}

mapping::ExportFormat format_of(const InitOptions& options) {
  mapping::ExportFormat format;
  if (options.encoding) format.encoding = encoding_of(*options.encoding);
  if (options.delimiter) format.delimiter = delimiter_of(*options.delimiter);
  format.header = options.header;
  format.sheet = options.sheet.value_or("");
  format.table = options.table.value_or("");
  format.records = options.records.value_or("");
  return format;
}

// The option that stands for the setting of `format: { … }` which the message speaks of, if any.
std::string_view option_named_in(std::string_view message) {
  constexpr std::string_view begin = "format: { ";
  const auto at = message.find(begin);
  if (at == std::string_view::npos) return {};
  const auto setting = message.substr(at + begin.size());
  for (const std::string_view name :
       {"encoding", "delimiter", "header", "sheet", "table", "records"})
    if (setting.starts_with(name)) return name;
  return {};
}

// There is no mapping yet to say it in, as the reader's messages advise.
mapping::Sample take_sample(const InitOptions& options) {
  const auto format = format_of(options);
  try {
    return mapping::take_sample(options.file, format);
  } catch (const mapping::ExportError& error) {
    const std::string message = error.what();
    const std::string_view option = option_named_in(message);
    if (option.empty()) throw;
    throw mapping::ExportError(error.kind(),
                               fmt::format("{}; to init, say it by --{}", message, option));
  }
}

Exit init(Globals& globals, const InitOptions& options) {
  const auto sample = take_sample(options);
  const auto name = std::filesystem::path(options.file).filename().string();
  globals.out.write(mapping::propose_mapping(sample, name));
  globals.out.flush();
  globals.console.line(
      fmt::format("referrald: looked at {}{} and {}; read the comments at the top of the mapping",
                  sample.whole ? "" : "the first ", counted(sample.rows + sample.damaged, "row"),
                  counted(sample.columns.size(), "column")));
  return Exit::ok;
}

}  // namespace

void add_init(CommandLine& line, Globals& globals) {
  const auto options = std::make_shared<InitOptions>();
  line.add("init", "propose a mapping from an export's header and first rows")
      .argument({"EXPORT", "", "a file or folder, as the CRM wrote it"}, options->file)
      .option({"--encoding", "NAME", "of a text, if it is not found: windows-1252"},
              options->encoding)
      .option({"--delimiter", "CHAR", "between the cells of a CSV, if it is not found; or tab"},
              options->delimiter)
      .option({"--header", "N", "the line or row of the header, below a title"}, options->header)
      .option({"--sheet", "NAME", "which worksheet of a workbook"}, options->sheet)
      .option({"--table", "NAME", "which table of a folder with model.json"}, options->table)
      .option({"--records", "PATH", "where in a JSON document the records are: data.items"},
              options->records)
      .runs([&globals, options] { return init(globals, *options); });
}

}  // namespace referrald::commands
