// The map under `lists`: files of the user's in place of the lists that are shipped.
#include <algorithm>

#include <fmt/format.h>

#include "mapping/plan.hpp"
#include "mapping/tables.hpp"
#include "mapping/yaml_loading.hpp"

namespace referrald::mapping {
namespace {

using config::YamlNode;

class ListLoader : YamlLoading {
 public:
  ListLoader(Plan& plan, config::Problems& problems)
      : YamlLoading(plan.file, problems), plan_(plan) {}

  void load(const YamlNode& yaml) {
    if (yaml.kind != YamlNode::Kind::map)
      return complain(yaml, "lists must be a map of files",
                      "write lists: { products: my-products.csv }");
    const auto names = list_names();
    for (const auto& member : yaml.members) {
      if (!known(member, names, "lists")) continue;
      const auto at = std::ranges::find(names, member.name) - names.begin();
      plan_.settings.lists.replace(static_cast<ListId>(at), CodeList(read(member)));
    }
  }

 private:
  // A table that is unread when a problem was added.
  Table read(const YamlNode::Member& member) {
    Table table;
    const YamlNode& file = member.value;
    const auto before = problems_.list().size();
    if (file.kind != YamlNode::Kind::scalar || trim(file.text).empty()) {
      complain(member, fmt::format("lists: {} must be the path of a file", member.name),
               "write the file's name, relative to the mapping");
    } else {
      const auto path = std::filesystem::path(plan_.file).parent_path() / trim(file.text);
      plan_.files.emplace_back(path);
      if (read_table(path, {}, std::string(kCodeColumn), table, place(file), problems_))
        check(path, table, file);
    }
    table.unread = problems_.list().size() != before;
    return table;
  }

  void check(const std::filesystem::path& path, const Table& table, const YamlNode& file) {
    if (std::ranges::find(table.columns, kNameColumn) == table.columns.end())
      complain(file, fmt::format("{}: a list needs the column \"{}\"", path.string(), kNameColumn),
               "write the columns code and name in the first line");
    else if (table.rows.empty())
      complain(file, fmt::format("{}: the list has no codes", path.string()),
               "write one a line, with its name");
  }

  Plan& plan_;
};

}  // namespace

void load_lists(const YamlNode& yaml, Plan& plan, config::Problems& problems) {
  ListLoader(plan, problems).load(yaml);
}

}  // namespace referrald::mapping
