#include "mapping/tables.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "mapping/column_search.hpp"
#include "mapping/yaml_loading.hpp"

namespace referrald::mapping {
namespace {

using config::YamlNode;

constexpr std::string_view file_keys[] = {"file", "key", "format"};

// A map of a table's settings, rather than a table with such cells.
bool names_a_file(const YamlNode& yaml) {
  const bool settings_only = std::ranges::all_of(yaml.members, [](const YamlNode::Member& one) {
    return std::ranges::find(file_keys, one.name) != std::end(file_keys);
  });
  return yaml.find("file") != nullptr && (settings_only || yaml.find("key") != nullptr);
}

ScalarKind kind_of(CellType type) {
  switch (type) {
    case CellType::number:
      return ScalarKind::number;
    case CellType::date:
      return ScalarKind::date;
    case CellType::boolean:
      return ScalarKind::boolean;
    case CellType::text:
      break;
  }
  return ScalarKind::text;
}

// One table's file.
class TableFile {
 public:
  TableFile(std::string file, Table& table, const config::Place& said, config::Problems& problems)
      : file_(std::move(file)), table_(table), said_(said), problems_(problems) {}

  bool read(const ExportFormat& format, const std::string& key) {
    try {
      return read(*open_export(file_, format), key);
    } catch (const ExportError& error) {
      problems_.add(said_, error.what());
    }
    table_.unread = true;
    return false;
  }

  bool read(RowReader& reader, const std::string& key) {
    const auto before = problems_.list().size();
    unit_ = reader.unit();
    if (find_columns(reader, key))
      for (Row row; problems_.list().size() == before && reader.next(row);) add(row);
    table_.unread = problems_.list().size() != before;
    return !table_.unread;
  }

 private:
  bool find_columns(const RowReader& reader, const std::string& key) {
    const Header header{.names = reader.header(),
                        .aliases = reader.aliases(),
                        .complete = reader.header_is_complete()};
    const ColumnSearch found = find_column(header, key);
    if (found.count != 1) {
      const auto near = nearest_column(header, key);
      problems_.add(said_,
                    fmt::format("{}: the key \"{}\" is {} among its columns", file_, key,
                                found.count == 0 ? "not" : "more than once"),
                    near && found.count == 0 ? fmt::format("did you mean \"{}\"?", *near)
                                             : "name the column by which the table is searched");
      return false;
    }
    key_ = found.index;
    // A name that is blank or occurs twice cannot be asked for.
    for (std::size_t i = 0; i < header.names.size(); ++i)
      if (i != key_ && !header.names[i].empty() &&
          std::ranges::count(header.names, header.names[i]) == 1) {
        table_.columns.push_back(header.names[i]);
        places_.push_back(i);
      }
    if (table_.columns.empty())
      problems_.add(said_, fmt::format("{}: there is no column beside the key \"{}\"", file_, key),
                    "add the columns that are to be looked up");
    return !table_.columns.empty();
  }

  void add(const Row& row) {
    if (row.deleted) return;
    const config::Place here{file_, static_cast<int>(row.line), 0};
    if (row.fault) return problems_.add(here, row.fault->message, "mend the table's file");
    const std::string_view key = key_ < row.cells.size() ? trim(row.cells[key_]) : "";
    if (key.empty()) return;
    std::vector<Constant> values;
    values.reserve(places_.size());
    bytes_ += key.size();
    for (const std::size_t place : places_) {
      const std::string_view cell = place < row.cells.size() ? trim(row.cells[place]) : "";
      values.push_back({kind_of(row.type(place)), std::string(cell)});
      bytes_ += cell.size();
    }
    cells_ += values.size();
    if (cells_ > kMaxTableCells || bytes_ > kMaxTableBytes)
      return problems_.add(here,
                           fmt::format("the table is too large: over {} cells or {} MiB",
                                       kMaxTableCells, kMaxTableBytes >> 20),
                           "leave out the columns and rows that are never looked up");
    const auto [entry, is_new] = table_.rows.try_emplace(std::string(key), std::move(values));
    if (is_new) {
      lines_.emplace(entry->first, row.line);
      return;
    }
    const auto same = [](const Constant& a, const Constant& b) { return a.text == b.text; };
    if (!std::ranges::equal(entry->second, values, same))
      problems_.add(here,
                    fmt::format("the key stands here and before ({} {}), with other values beside "
                                "it",
                                unit_, lines_.find(entry->first)->second),
                    "keep one of the two");
  }

  std::string file_;
  Table& table_;
  const config::Place& said_;
  config::Problems& problems_;
  std::string_view unit_ = "line";
  std::size_t key_ = 0;
  std::vector<std::size_t> places_;  // of the table's columns in the file
  TextMap<std::uint64_t> lines_;     // of the keys
  std::size_t cells_ = 0;
  std::size_t bytes_ = 0;
};

class TableLoader : YamlLoading {
 public:
  TableLoader(Plan& plan, config::Problems& problems)
      : YamlLoading(plan.file, problems), plan_(plan) {}

  void load(const YamlNode& yaml) {
    if (yaml.kind != YamlNode::Kind::map)
      return complain(yaml, "tables must be a map of tables",
                      "write tables: { need: { Architecture help: ProofOfConceptOrDemo } }");
    for (const auto& member : yaml.members) {
      Table& table = plan_.settings.tables[member.name];
      const auto before = problems_.list().size();
      if (member.value.kind != YamlNode::Kind::map)
        complain(member.value, fmt::format("the table {} must be a map", member.name),
                 "write each line as cell: value, or { file: owners.csv, key: Full Name }");
      else if (names_a_file(member.value))
        of_file(table, member.name, member.value);
      else
        written(table, member.name, member.value);
      table.unread = problems_.list().size() != before;
    }
  }

 private:
  void of_file(Table& table, const std::string& name, const YamlNode& yaml) {
    for (const auto& member : yaml.members) known(member, file_keys, "the table " + name);
    const YamlNode* file = yaml.find("file");
    const YamlNode* key = yaml.find("key");
    if (file->kind != YamlNode::Kind::scalar || trim(file->text).empty())
      return complain(*file, fmt::format("table {}: file must be a path", name),
                      "write the file's name, relative to the mapping");
    if (key == nullptr || key->kind != YamlNode::Kind::scalar || trim(key->text).empty())
      return complain(yaml, fmt::format("table {}: which column is searched is not said", name),
                      "add key: and the column's name");
    Plan scratch;  // of a table only the form of its file counts
    scratch.file = plan_.file;
    if (const YamlNode* format = yaml.find("format")) {
      load_format(*format, scratch, problems_);
      for (const auto& member : format->members)
        if (member.name == "locale" || member.name == "timezone")
          complain(member, fmt::format("table {}: its cells are taken as they are", name),
                   "remove " + member.name);
    }
    const auto path = std::filesystem::path(plan_.file).parent_path() / file->text;
    plan_.files.emplace_back(path);
    read_table(path, scratch.format, std::string(trim(key->text)), table, place(*file), problems_);
  }

  void written(Table& table, const std::string& name, const YamlNode& yaml) {
    const auto is_map = [](const YamlNode::Member& one) {
      return one.value.kind == YamlNode::Kind::map;
    };
    const bool wide = !yaml.members.empty() && is_map(yaml.members.front());
    if (wide)
      for (const auto& row : yaml.members)
        for (const auto& cell : row.value.members)
          if (std::ranges::find(table.columns, cell.name) == table.columns.end())
            table.columns.push_back(cell.name);
    for (const auto& entry : yaml.members) {
      const std::string key(trim(entry.name));
      if (wide != is_map(entry)) {
        complain(entry,
                 wide ? fmt::format("table {}: \"{}\" is no map, and the first line is", name, key)
                      : fmt::format("table {}: \"{}\" has no single value", name, key),
                 wide ? "write { column: value } in each line" : "write one, or remove the line");
        continue;
      }
      std::vector<Constant> values =
          wide ? row_of(table, name, entry.value) : std::vector<Constant>{value_of(name, entry)};
      if (key.empty())
        complain(entry, fmt::format("table {}: a key is blank", name),
                 "a blank cell is never looked up: use `default`");
      else if (!table.rows.try_emplace(key, std::move(values)).second)
        complain(entry, fmt::format("table {}: \"{}\" occurs twice", name, key),
                 "keys are compared without blanks at their ends");
    }
  }

  std::vector<Constant> row_of(const Table& table, const std::string& name, const YamlNode& yaml) {
    std::vector<Constant> out(table.columns.size());
    for (const auto& cell : yaml.members) {
      const auto at = std::ranges::find(table.columns, cell.name) - table.columns.begin();
      out[static_cast<std::size_t>(at)] = value_of(name, cell);
    }
    return out;
  }

  Constant value_of(const std::string& name, const YamlNode::Member& entry) {
    const YamlNode& value = entry.value;
    if (value.kind != YamlNode::Kind::scalar) {
      complain(entry, fmt::format("table {}: \"{}\" has no single value", name, trim(entry.name)),
               "write one, or remove the line");
      return {};
    }
    if (const auto flag = config::as_bool(value))
      return {ScalarKind::boolean, *flag ? "true" : "false"};
    const bool number = value.plain && plain_number(value.text);
    return {number ? ScalarKind::number : ScalarKind::text, value.text};
  }

  Plan& plan_;
};

}  // namespace

bool read_table(const std::filesystem::path& file, const ExportFormat& format,
                const std::string& key, Table& table, const config::Place& said,
                config::Problems& problems) {
  return TableFile(file.string(), table, said, problems).read(format, key);
}

bool read_table(RowReader& rows, const std::string& file, const std::string& key, Table& table,
                const config::Place& said, config::Problems& problems) {
  return TableFile(file, table, said, problems).read(rows, key);
}

void load_tables(const YamlNode& yaml, Plan& plan, config::Problems& problems) {
  TableLoader(plan, problems).load(yaml);
}

}  // namespace referrald::mapping
