// What a ledger knows of its tenant, for `plan` and `status`.
#pragma once

#include <string>

#include <boost/json/fwd.hpp>

#include "daemon/sync/tenant_gate.hpp"

namespace referrald::commands {

// A sentence; blank when nothing keeps a sync from sending.
std::string sentence_of(sync::Standing standing);

boost::json::object json_of(sync::Standing standing);

}  // namespace referrald::commands
