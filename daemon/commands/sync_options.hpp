// The options that `plan` and `sync` share.
#pragma once

#include "daemon/command_line/command_line.hpp"
#include "daemon/sync/work_list.hpp"

namespace referrald::commands {

void add_request_options(Command& command, sync::Request& request);

}  // namespace referrald::commands
