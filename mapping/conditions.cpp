#include "mapping/conditions.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <re2/re2.h>

#include "mapping/damaged_cell.hpp"
#include "mapping/filter_making.hpp"
#include "mapping/value.hpp"

namespace referrald::mapping {
namespace {

enum class Holds : std::uint8_t { yes, no, unknown };

// A value as it is compared: of what an export has as true or false, any word for it will do.
struct Compared {
  std::string_view text;
  bool boolean = false;
};

bool listed(const std::vector<std::string>& values, Compared cell) {
  return std::ranges::any_of(values, [&](const std::string& value) {
    return cell.boolean ? truth(value) == truth(cell.text) : value == cell.text;
  });
}

// Below zero, zero or above, as `a` is less than, equal to or greater than `b`. Both are canonical.
int compare_decimals(std::string_view a, std::string_view b) {
  const bool minus = a.starts_with('-');
  if (minus != b.starts_with('-')) return minus ? -1 : 1;
  if (minus) return compare_decimals(b.substr(1), a.substr(1));
  const auto whole_a = std::min(a.find('.'), a.size());
  const auto whole_b = std::min(b.find('.'), b.size());
  if (whole_a != whole_b) return whole_a < whole_b ? -1 : 1;
  return a.compare(b);  // a shorter fraction is the lesser one, as of texts
}

bool compares_numbers(const Condition& one) {
  return one.above || one.at_least || one.below || one.at_most;
}

bool number_holds(const Condition& one, std::string_view number) {
  return (!one.above || compare_decimals(number, *one.above) > 0) &&
         (!one.at_least || compare_decimals(number, *one.at_least) >= 0) &&
         (!one.below || compare_decimals(number, *one.below) < 0) &&
         (!one.at_most || compare_decimals(number, *one.at_most) <= 0);
}

// Without the Z, which would come behind the point of a fraction.
std::string_view without_zone(std::string_view utc) {
  return utc.substr(0, utc.size() - 1);
}

bool date_holds(const Condition& one, std::string_view utc) {
  return (!one.from || without_zone(utc) >= without_zone(*one.from)) &&
         (!one.before || without_zone(utc) < without_zone(*one.before));
}

bool text_holds(const Condition& one, Compared cell) {
  const std::string_view text = cell.text;
  if (one.blank && *one.blank != text.empty()) return false;
  if (one.in && !listed(*one.in, cell)) return false;
  if (one.not_in && listed(*one.not_in, cell)) return false;
  return one.matches == nullptr || re2::RE2::FullMatch({text.data(), text.size()}, *one.matches);
}

class Test {
 public:
  Test(std::span<const Cell> cells, const FilterSettings& settings,
       std::vector<Template::Fault>& faults)
      : cells_(cells), settings_(settings), faults_(faults) {}

  Holds all(const std::vector<Condition>& conditions) {
    Holds result = Holds::yes;
    for (const Condition& one : conditions) {
      const Holds holds = test(one);
      if (holds == Holds::no) return Holds::no;
      if (holds == Holds::unknown) result = Holds::unknown;
    }
    return result;
  }

 private:
  Holds any(const std::vector<Condition>& conditions) {
    Holds result = Holds::no;
    for (const Condition& one : conditions) {
      const Holds holds = test(one);
      if (holds == Holds::yes) return Holds::yes;
      if (holds == Holds::unknown) result = Holds::unknown;
    }
    return result;
  }

  Holds test(const Condition& one) {
    if (one.group == Condition::Group::any) return any(one.members);
    if (one.group == Condition::Group::all) return all(one.members);
    if (!one.value) {
      const Cell& cell = cells_[one.column];
      if (is_spreadsheet_error(cell.text) && !names(one, cell.text))
        return unreadable(one, cell.text);
      return text_holds(one, {cell.text, cell.type == CellType::boolean}) ? Holds::yes : Holds::no;
    }
    Scalar value;
    const auto before = faults_.size();
    one.value->evaluate(cells_, settings_, value, faults_);
    if (faults_.size() != before) return Holds::unknown;
    if (!text_holds(one, {value.text, value.kind == ScalarKind::boolean})) return Holds::no;
    const bool dates = one.from || one.before;
    if (!compares_numbers(one) && !dates) return Holds::yes;
    if (value.kind == ScalarKind::blank) return Holds::no;
    if (dates) {
      if (!is_utc_date_time(value.text)) return misread(one, Code::bad_date_time, value);
      return date_holds(one, value.text) ? Holds::yes : Holds::no;
    }
    const auto number = canonical_number(value.text);
    if (!number) return misread(one, Code::not_a_number, value);
    return number_holds(one, number->text) ? Holds::yes : Holds::no;
  }

  static bool names(const Condition& one, std::string_view text) {
    return (one.in && listed(*one.in, {text})) || (one.not_in && listed(*one.not_in, {text}));
  }

  Holds unreadable(const Condition& one, std::string_view text) {
    faults_.push_back({one.column,
                       {Code::cell_error,
                        std::string(text),
                        fmt::format("the cell holds {}, an error of a spreadsheet program", text),
                        {}}});
    return Holds::unknown;
  }

  Holds misread(const Condition& one, Code code, const Scalar& value) {
    faults_.push_back({one.column,
                       {code,
                        std::string(value.text),
                        fmt::format("\"{}\" cannot be compared by `include`", value.text),
                        {}}});
    return Holds::unknown;
  }

  std::span<const Cell> cells_;
  const FilterSettings& settings_;
  std::vector<Template::Fault>& faults_;
};

}  // namespace

bool has_values_between(const Condition& one) {
  if (one.from && one.before && without_zone(*one.from) >= without_zone(*one.before)) return false;
  for (const auto* low : {&one.above, &one.at_least})
    for (const auto* high : {&one.below, &one.at_most}) {
      if (!*low || !*high) continue;
      const int order = compare_decimals(**low, **high);
      const bool both_belong = low == &one.at_least && high == &one.at_most;
      if (order > 0 || (order == 0 && !both_belong)) return false;
    }
  return true;
}

bool all_hold(const std::vector<Condition>& conditions, std::span<const Cell> cells,
              const FilterSettings& settings, std::vector<Template::Fault>& faults) {
  std::vector<Template::Fault> found;
  const Holds holds = Test(cells, settings, found).all(conditions);
  if (holds == Holds::unknown) std::ranges::move(found, std::back_inserter(faults));
  return holds != Holds::no;
}

}  // namespace referrald::mapping
