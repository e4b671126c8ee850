// The options that `plan` and `sync` share.
#pragma once

#include "daemon/sync/work_list.hpp"

namespace CLI {
class App;
}

namespace referrald::commands {

void add_request_options(CLI::App& command, sync::Request& request);

}  // namespace referrald::commands
