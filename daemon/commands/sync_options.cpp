#include "daemon/commands/sync_options.hpp"

namespace referrald::commands {

void add_request_options(Command& command, sync::Request& request) {
  command
      .arguments(
          {"EXPORT", "", "exports to read; without any, all files of all sources (or of --source)"},
          request.exports)
      .option({"--source", "NAME", "only this source; with exports: whose they are"},
              request.source)
      .option({"--mapping", "FILE", "read the named exports by this mapping"}, request.mapping)
      .option({"--limit", "N",
               "a canary: take at most so many rows that are to be sent, leave the rest"},
              request.limit);
}

}  // namespace referrald::commands
