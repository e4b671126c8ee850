#include "daemon/commands/sync_options.hpp"

#include <CLI/CLI.hpp>

namespace referrald::commands {

void add_request_options(CLI::App& command, sync::Request& request) {
  command
      .add_option("EXPORT", request.exports,
                  "exports to read; without any, all files of all sources (or of --source)")
      ->type_name("");
  command.add_option("--source", request.source, "only this source; with exports: whose they are")
      ->type_name("NAME");
  command.add_option("--mapping", request.mapping, "read the named exports by this mapping")
      ->type_name("FILE");
  command
      .add_option("--limit", request.limit,
                  "a canary: take at most so many rows that are to be sent, leave the rest")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
}

}  // namespace referrald::commands
