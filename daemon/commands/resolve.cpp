#include "daemon/commands/resolve.hpp"

#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "daemon/commands/row_format.hpp"
#include "daemon/text.hpp"

namespace referrald::commands {
namespace {

struct ResolveOptions {
  std::string external_id;
  std::optional<std::string> take;
};

Exit resolve(Globals& globals, const ResolveOptions& options) {
  if (options.take != "crm" && options.take != "partner_center")
    throw CommandError(Exit::usage,
                       "say whose values are to stand: --take crm or --take "
                       "partner_center");
  const config::Config config = load_config(globals);
  const auto ledger = persistence::open_for_writing(config.ledger, globals.now());
  const auto row = ledger->find(options.external_id);
  if (!row) throw unknown_id(options.external_id);
  ledger->begin();
  const bool settled = ledger->resolve(row->row, *options.take, globals.now());
  ledger->commit();
  const auto id = printable(options.external_id);
  if (!settled) {
    globals.out.write(fmt::format("{} has no conflict; nothing was done\n", id));
    return Exit::ok;
  }
  globals.out.write(fmt::format(
      "{}: {} stand. The next `referrald sync` brings it about; it needs no export for that.\n", id,
      options.take == "crm" ? "the CRM's values" : "the values of Partner Center"));
  return Exit::ok;
}

}  // namespace

void add_resolve(CommandLine& line, Globals& globals) {
  const auto options = std::make_shared<ResolveOptions>();
  line.add("resolve", "settle a conflict: a member that both sides have changed")
      .argument({"EXTERNAL_REFERENCE_ID", "", "the row, as `list` and `rejects` name it"},
                options->external_id)
      .option({"--take", "SIDE", "crm or partner_center: whose values are to stand"}, options->take)
      .runs([&globals, options] { return resolve(globals, *options); });
}

}  // namespace referrald::commands
