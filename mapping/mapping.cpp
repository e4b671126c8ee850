#include "mapping/mapping.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "mapping/column_search.hpp"
#include "mapping/plan.hpp"

namespace referrald::mapping {
namespace {

constexpr std::size_t nowhere = std::string::npos;

class BoundPlan : public BoundMapping {
 public:
  BoundPlan(std::shared_ptr<const Plan> plan, std::vector<std::size_t> places, std::size_t columns)
      : plan_(std::move(plan)), places_(std::move(places)), columns_(columns) {
    const Node* id = plan_->referral.find("externalReferenceId");
    if (id == nullptr) return;
    id_columns_ = id->text.all_columns();
    id_is_a_cell_ = id->kind == Node::Kind::cell && id->text.is_cell();
    for (const auto i : id_columns_)
      if (places_[i] != nowhere) cells_of_id_ = std::max(cells_of_id_, places_[i] + 1);
  }

  void map(const Row& row, Outcome& out) const override {
    std::vector<Cell> cells(places_.size());
    for (std::size_t i = 0; i < places_.size(); ++i) take_cell(row, i, cells);
    if (row.fault)
      out = refuse(*row.fault, cells);
    else if (row.deleted)
      out = Excluded{mapping::external_id(*plan_, cells), true};
    else
      map_row(*plan_, cells, out);
  }

  std::string external_id(const Row& row) const override {
    if (row.fault && is_shifted(*row.fault)) return {};
    if (id_is_a_cell_) {
      const std::size_t place = places_[id_columns_.front()];
      return place < row.cells.size() ? id_of_cell({trim(row.cells[place]), row.type(place)})
                                      : std::string{};
    }
    std::vector<Cell> cells(places_.size());
    for (const auto i : id_columns_) take_cell(row, i, cells);
    return mapping::external_id(*plan_, cells);
  }

  std::size_t cells_of_id() const override { return cells_of_id_; }

  std::vector<bool> used_columns() const override {
    std::vector<bool> used(columns_);
    for (const auto place : places_)
      if (place < columns_) used[place] = true;
    return used;
  }

 private:
  void take_cell(const Row& row, std::size_t column, std::vector<Cell>& cells) const {
    const std::size_t place = places_[column];
    if (place < row.cells.size()) cells[column] = {trim(row.cells[place]), row.type(place)};
  }

  // With cells too many or too few, the id may stand in another column's place.
  static bool is_shifted(const RowFault& fault) {
    return fault.code == rule(Code::cell_count).name;
  }

  Outcome refuse(const RowFault& fault, const std::vector<Cell>& cells) const {
    const Rule* known = find_rule(fault.code);
    const std::string_view remedy = known == nullptr ? std::string_view{} : known->remedy;
    Reason reason{fault.code, {}, {}, {}, fault.message, std::string(remedy)};
    return Rejected{is_shifted(fault) ? std::string{} : mapping::external_id(*plan_, cells),
                    {std::move(reason)}};
  }

  std::shared_ptr<const Plan> plan_;
  std::vector<std::size_t> places_;        // of the plan's columns in the export, or nowhere
  std::vector<std::uint32_t> id_columns_;  // of the plan, that the external id comes from
  bool id_is_a_cell_ = false;              // as it stands there
  std::size_t cells_of_id_ = 0;
  std::size_t columns_;  // of the export
};

class LoadedMapping : public Mapping {
 public:
  explicit LoadedMapping(std::shared_ptr<const Plan> plan) : plan_(std::move(plan)) {
    for (std::uint32_t id = 0; id < names().size(); ++id)
      if (plan_->columns.in_export(id)) columns_.push_back(names()[id]);
  }

  std::unique_ptr<BoundMapping> bind(const Header& header,
                                     config::Problems& problems) const override {
    std::vector<std::size_t> places;
    config::Problems found;
    for (std::uint32_t id = 0; id < names().size(); ++id)
      places.push_back(plan_->columns.in_export(id) ? find(header, id, found) : nowhere);
    for (const auto& group : plan_->columns.groups()) check_group(group, places, found);
    if (found.empty())
      return std::make_unique<BoundPlan>(plan_, std::move(places), header.names.size());
    if (!header.how_found.empty() && lacks_most(places))
      problems.add({.file = plan_->file}, header.how_found, header.other_way);
    for (const auto& one : found.list()) problems.add(one.place, one.message, one.remedy);
    return nullptr;
  }

  const ExportFormat& format() const override { return plan_->format; }
  const std::vector<std::string>& columns() const override { return columns_; }
  std::set<std::string> list_members() const override {
    std::set<std::string> members;
    add_list_members(plan_->referral, members);
    return members;
  }
  std::vector<std::filesystem::path> files() const override {
    std::vector<std::filesystem::path> out;
    for (const FileStamp& stamp : plan_->files) out.push_back(stamp.path());
    return out;
  }
  std::string version() const override {
    std::string version;
    for (const FileStamp& stamp : plan_->files) version += stamp.text();
    return version;
  }
  bool files_changed() const override {
    return std::ranges::any_of(plan_->files, &FileStamp::changed);
  }
  void run_tests(config::Problems& problems) const override { run_plan_tests(*plan_, problems); }
  std::size_t test_count() const override { return plan_->tests.size(); }

 private:
  const std::vector<std::string>& names() const { return plan_->columns.names(); }

  // The column's index in the header; nowhere for one that is blank throughout, or when a problem
  // was added.
  std::size_t find(const Header& header, std::uint32_t id, config::Problems& problems) const {
    const std::string& name = names()[id];
    const ColumnSearch found = find_column(header, name);
    if (found.count == 1) return found.index;
    if (found.count > 1) {
      problems.add(
          plan_->columns.place(id),
          fmt::format("column \"{}\" occurs {} in the export", name,
                      found.count == 2 ? "twice" : fmt::format("{} times", found.count)),
          fmt::format("write {0}#1 or {0}#2 to say which one is meant, or rename one", name));
    } else if (const auto part = part_of(header, name); part && is_optional(id)) {
      problems.add(plan_->columns.place(id),
                   fmt::format("column \"{}\" holds an object or a list in the export", name),
                   fmt::format("map its parts by their paths, such as \"{}\"", *part));
    } else if (header.complete && !plan_->columns.may_be_missing(id) &&
               !plan_->optional_columns.contains(name)) {
      const auto near = nearest_column(header, name);
      problems.add(plan_->columns.place(id),
                   fmt::format("column \"{}\" is not in the export", name),
                   near ? fmt::format("did you mean \"{}\"?", *near)
                        : "names must be as in the export's header");
    }
    return nowhere;
  }

  // Whether more than half of the columns that an export must have are missing: then they are
  // hardly misspelt, and something else was taken for the header.
  bool lacks_most(const std::vector<std::size_t>& places) const {
    std::size_t needed = 0;
    std::size_t missing = 0;
    for (std::uint32_t id = 0; id < places.size(); ++id) {
      if (!plan_->columns.in_export(id) || is_optional(id)) continue;
      ++needed;
      if (places[id] == nowhere) ++missing;
    }
    return 2 * missing > needed;
  }

  // A column that may be missing is blank then, and must not be because its values have parts.
  bool is_optional(std::uint32_t id) const {
    return plan_->columns.may_be_missing(id) || plan_->optional_columns.contains(names()[id]);
  }

  // Of a list's numbered columns those of one number are all there or none: a lone missing one
  // would lose a part of the element.
  void check_group(const std::vector<std::uint32_t>& group, const std::vector<std::size_t>& places,
                   config::Problems& problems) const {
    const auto there = std::ranges::find_if(group, [&](auto id) { return places[id] != nowhere; });
    if (there == group.end()) return;
    for (const auto id : group)
      if (places[id] == nowhere && !plan_->optional_columns.contains(names()[id]))
        problems.add(plan_->columns.place(id),
                     fmt::format(R"(column "{}" is not in the export, though "{}" is)", names()[id],
                                 names()[*there]),
                     "add it to the export, or to `optional_columns`");
  }

  std::shared_ptr<const Plan> plan_;
  std::vector<std::string> columns_;
};

// `init` leaves such placeholders where it found no column.
bool is_filled_in(const Plan& plan, config::Problems& problems) {
  const auto& names = plan.columns.names();
  const auto found = std::ranges::find(names, unknown_column);
  if (found == names.end()) return true;
  problems.add(
      plan.columns.place(static_cast<std::uint32_t>(found - names.begin())),
      fmt::format("${{{}}} stands where nobody has said yet which column to take", unknown_column),
      "write the column's name; the comments at the top of the mapping say what is "
      "wanted");
  return false;
}

// Says how the header was found, for whom most of its columns surprise.
void explain(Header& header, const RowReader& reader, const ExportFormat& format) {
  const std::string place = reader.header_place();
  if (place.empty()) return;
  const auto count = header.names.size();
  header.how_found = fmt::format("in the export {} was taken for the header: {} column{}", place,
                                 count, count == 1 ? "" : "s");
  header.other_way = "if the header is further down, say `format: { header: N }`";
  if (format.type == ExportType::xlsx) {
    header.other_way += "; if it is in another worksheet, `format: { sheet: NAME }`";
  } else if (format.delimiter) {
    const char sign = *format.delimiter;
    header.how_found +=
        fmt::format(" with the delimiter {}", sign == '\t' ? "tab" : fmt::format("\"{}\"", sign));
    header.other_way +=
        "; if another sign stands between the cells, `format: { delimiter: \"^\" }`";
  }
}

}  // namespace

std::unique_ptr<BoundMapping> Mapping::bind(const RowReader& reader,
                                            config::Problems& problems) const {
  const ExportFormat format = reader.found_format();
  Header header{reader.header(), reader.aliases(), reader.header_is_complete(),
                format.type == ExportType::json};
  explain(header, reader, format);
  return bind(header, problems);
}

std::unique_ptr<BoundMapping> Mapping::bind(const std::vector<std::string>& header,
                                            config::Problems& problems) const {
  return bind(Header{.names = header, .aliases = {}}, problems);
}

std::unique_ptr<Mapping> load_mapping(const std::filesystem::path& file,
                                      config::Problems& problems) {
  auto plan = read_plan(file, problems);
  if (plan != nullptr && !is_filled_in(*plan, problems)) return nullptr;
  return plan == nullptr ? nullptr : std::make_unique<LoadedMapping>(std::move(plan));
}

}  // namespace referrald::mapping
