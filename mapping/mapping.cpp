#include "mapping/mapping.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "mapping/plan.hpp"

namespace referrald::mapping {
namespace {

class BoundPlan : public BoundMapping {
 public:
  BoundPlan(std::shared_ptr<const Plan> plan, std::vector<std::size_t> places)
      : plan_(std::move(plan)), places_(std::move(places)) {}

  Outcome map(const Row& row) const override {
    std::vector<std::string_view> cells(places_.size());
    for (std::size_t i = 0; i < places_.size(); ++i)
      if (places_[i] < row.cells.size()) cells[i] = trim(row.cells[places_[i]]);
    return row.fault ? refuse(*row.fault, cells) : map_row(*plan_, cells);
  }

 private:
  Outcome refuse(const RowFault& fault, const std::vector<std::string_view>& cells) const {
    const Rule* known = find_rule(fault.code);
    const std::string_view remedy = known == nullptr ? std::string_view{} : known->remedy;
    Reason reason{fault.code, {}, {}, {}, fault.message, std::string(remedy)};
    // With cells too many or too few, the id may stand in another column's place.
    const bool shifted = fault.code == rule(Code::cell_count).name;
    return Rejected{shifted ? std::string{} : external_id(*plan_, cells), {std::move(reason)}};
  }

  std::shared_ptr<const Plan> plan_;
  std::vector<std::size_t> places_;  // of the plan's columns in the export
};

class LoadedMapping : public Mapping {
 public:
  explicit LoadedMapping(std::shared_ptr<const Plan> plan) : plan_(std::move(plan)) {}

  std::unique_ptr<BoundMapping> bind(const std::vector<std::string>& header,
                                     config::Problems& problems) const override {
    std::vector<std::size_t> places;
    bool good = true;
    for (std::uint32_t id = 0; id < columns().size(); ++id) {
      const std::string& name = columns()[id];
      const auto found = std::ranges::find(header, name);
      places.push_back(static_cast<std::size_t>(found - header.begin()));
      good = check(header, found, id, problems) && good;
    }
    if (!good) return nullptr;
    return std::make_unique<BoundPlan>(plan_, std::move(places));
  }

  const std::vector<std::string>& columns() const override { return plan_->columns.names(); }
  void run_tests(config::Problems& problems) const override { run_plan_tests(*plan_, problems); }
  std::size_t test_count() const override { return plan_->tests.size(); }

 private:
  bool check(const std::vector<std::string>& header, std::vector<std::string>::const_iterator found,
             std::uint32_t id, config::Problems& problems) const {
    const std::string& name = columns()[id];
    if (found == header.end()) {
      const std::vector<std::string_view> known(header.begin(), header.end());
      const auto near = config::nearest(name, known);
      problems.add(plan_->columns.place(id),
                   fmt::format("column \"{}\" is not in the export", name),
                   near ? fmt::format("did you mean \"{}\"?", *near)
                        : "names must be as in the export's header");
      return false;
    }
    if (std::find(std::next(found), header.end(), name) != header.end()) {
      problems.add(plan_->columns.place(id),
                   fmt::format("column \"{}\" occurs twice in the export", name),
                   "rename or remove one of the two, so that it is certain which one is meant");
      return false;
    }
    return true;
  }

  std::shared_ptr<const Plan> plan_;
};

}  // namespace

std::unique_ptr<Mapping> load_mapping(const std::filesystem::path& file,
                                      config::Problems& problems) {
  auto plan = read_plan(file, problems);
  return plan == nullptr ? nullptr : std::make_unique<LoadedMapping>(std::move(plan));
}

}  // namespace referrald::mapping
