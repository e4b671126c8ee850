// Which columns of an export its mapping uses: `plan --columns`.
#pragma once

#include <string>
#include <vector>

#include <boost/json/fwd.hpp>

#include "daemon/sync/export_rows.hpp"

namespace referrald::commands {

struct ExportColumns {
  std::string export_name;
  std::vector<std::string> used;  // in the order of the header
  std::vector<std::string> unused;
};

// Opens the export. Throws what sync::ExportRows throws.
ExportColumns columns_of(const sync::Export& what);

std::string columns_text(const ExportColumns& columns);
boost::json::object columns_json(const ExportColumns& columns);

}  // namespace referrald::commands
