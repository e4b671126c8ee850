#include "daemon/commands/plan_columns.hpp"

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

}  // namespace

ExportColumns columns_of(const sync::Export& what) {
  const sync::ExportHeader header(what, true);
  ExportColumns out{what.file.filename().string(), {}, {}};
  const auto used = header.mapping->used_columns();
  const auto& names = header.reader->header();
  for (std::size_t i = 0; i < names.size(); ++i)
    (i < used.size() && used[i] ? out.used : out.unused).push_back(names[i]);
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
