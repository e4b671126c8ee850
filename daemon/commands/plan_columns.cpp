#include "daemon/commands/plan_columns.hpp"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/text.hpp"

namespace referrald::commands {
namespace {

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names)
    out.append(out.empty() ? "" : ", ").append(name.empty() ? "(no name)" : printable(name));
  return out.empty() ? "none" : out;
}

boost::json::array json_list(const std::vector<std::string>& names) {
  boost::json::array out;
  for (const auto& name : names) out.emplace_back(valid_utf8(name).text);
  return out;
}

// JSON is read only until all columns of the mapping were seen: the records behind may have others.
void add_later(const sync::Export& what, const std::vector<std::string>& seen, ExportColumns& out) {
  const auto whole = mapping::open_export(what.file, what.mapping->format());
  for (const auto& name : whole->header())
    if (std::find(seen.begin(), seen.end(), name) == seen.end()) out.unused.push_back(name);
}

}  // namespace

ExportColumns columns_of(const sync::Export& what) {
  const sync::ExportHeader header(what);
  ExportColumns out{what.file.filename().string(), {}, {}};
  const auto used = header.mapping->used_columns();
  const auto& names = header.reader->header();
  for (std::size_t i = 0; i < names.size(); ++i)
    (i < used.size() && used[i] ? out.used : out.unused).push_back(names[i]);
  if (header.reader->found_format().type == mapping::ExportType::json) add_later(what, names, out);
  return out;
}

std::string columns_text(const ExportColumns& columns) {
  constexpr std::size_t indent = 12;
  return fmt::format("Columns of {}\n  used      {}\n  not used  {}\n",
                     printable(columns.export_name), wrapped(listed(columns.used), indent),
                     wrapped(listed(columns.unused), indent));
}

boost::json::object columns_json(const ExportColumns& columns) {
  return {{"export", valid_utf8(columns.export_name).text},
          {"used", json_list(columns.used)},
          {"unused", json_list(columns.unused)}};
}

}  // namespace referrald::commands
