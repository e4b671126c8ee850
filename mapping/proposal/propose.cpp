#include "mapping/proposal/propose.hpp"

#include <array>

#include <fmt/format.h>

#include "mapping/mapping.hpp"
#include "mapping/number.hpp"
#include "mapping/proposal/mapping_text.hpp"
#include "mapping/proposal/placement.hpp"
#include "mapping/proposal/referral_part.hpp"

namespace referrald::mapping {
namespace {

constexpr std::size_t few_values = 12;

class Proposer {
 public:
  Proposer(const Sample& sample, std::string_view export_name)
      : sample_(sample),
        export_name_(export_name),
        placed_(place_columns(sample)),
        status_(placed_.of(Role::status)),
        part_(propose_referral(sample, placed_)) {
    part_.must.insert(part_.must.begin(), sample.must.begin(), sample.must.end());
    whole_export();
  }

  std::string text() const {
    return head() + format() + include() + deal() + part_.text + unplaced();
  }

 private:
  // What becomes of rows as long as there is no `include`.
  void whole_export() {
    if (status_ != nullptr) {
      const SampleColumn& status = *status_;
      const std::string values =
          status.values.empty() ? "it is blank in all rows looked at."
          : status.values.size() <= few_values
              ? "the commented `include` lists its values; strike out those that are not meant."
              : fmt::format(
                    "it has {} different values, too many for the commented `include` to list.",
                    status.values.size());
      part_.look.push_back(
          fmt::format("include: every row becomes a referral, also lost and closed ones, until "
                      "`include` says otherwise. Column \"{}\" tells them apart; {}",
                      one_line(status.name), values));
    }
    if (const SampleColumn* converted = converted_column())
      part_.look.push_back(
          fmt::format("include: a lead that column \"{}\" calls converted has become an "
                      "opportunity. When opportunities are sent as well it would be sent twice: "
                      "leave it out with the commented `include`.",
                      one_line(converted->name)));
    if (const SampleColumn* deleted = deleted_column())
      part_.look.push_back(
          fmt::format("include: column \"{}\" seems to say which records are deleted: leave them "
                      "out with the commented `include`.",
                      one_line(deleted->name)));
  }

  const SampleColumn* deleted_column() const {
    for (const std::string_view name : {"isdeleted", "deleted", "geloscht"})
      if (const SampleColumn* found = sample_.find(name)) return found;
    return nullptr;
  }

  const SampleColumn* converted_column() const {
    for (const std::string_view name : {"isconverted", "converted"})
      if (const SampleColumn* found = sample_.find(name)) return found;
    return nullptr;
  }

  std::string include() const {
    std::string out =
        "# Only rows for which this holds become referrals; without it, all of them.\n# include:\n";
    const SampleColumn* converted = converted_column();
    const SampleColumn* deleted = deleted_column();
    if (status_ != nullptr) {
      const SampleColumn& status = *status_;
      std::string values;
      if (status.values.size() <= few_values)
        for (const auto& value : status.values)
          values.append(values.empty() ? "" : ", ").append(yaml_in_flow(value));
      out += fmt::format("#   - {{ column: {}, in: [{}] }}\n", yaml_in_flow(status.reference),
                         values.empty() ? "Won" : values);
    } else if (converted == nullptr && deleted == nullptr) {
      out += "#   - { column: Status, in: [Won] }\n";
    }
    for (const SampleColumn* flag : {converted, deleted})
      if (flag != nullptr)
        out += fmt::format(
            "#   - {{ column: {}, not_in: [\"true\", \"TRUE\", \"True\", \"1\", \"Yes\"] }}\n",
            yaml_in_flow(flag->reference));
    return out + "\n";
  }

  static std::string deal() {
    return "# private: seen by nobody at Microsoft. partner-led: shown to Microsoft's sellers. "
           "co-sell:\n"
           "# Microsoft's help is asked for. What Microsoft has seen cannot be taken back.\n"
           "deal: private\n\n";
  }

  std::string format() const {
    MappingText out;
    out.open("format");
    const ExportFormat& found = sample_.format;
    constexpr std::array<std::string_view, 5> types{"auto", "csv", "xlsx", "json", "cdm"};
    out.member("type", types[static_cast<std::size_t>(found.type)]);
    if (!found.encoding.empty()) out.member("encoding", found.encoding);
    if (found.delimiter)
      out.member("delimiter", *found.delimiter == '\t' ? "tab" : std::string(1, *found.delimiter));
    if (found.header) out.member("header", std::to_string(*found.header));
    if (!found.sheet.empty()) out.member("sheet", found.sheet);
    if (!found.table.empty()) out.member("table", found.table);
    if (!found.records.empty()) out.member("records", found.records);
    const bool typed = found.type != ExportType::csv;
    out.member("locale", part_.locale.locale,
               part_.numbers_told ? "as its numbers are written: " + number_example()
               : typed            ? "for numbers that are text"
                                  : "no number of the sample tells; " + number_example());
    out.member("timezone", "UTC", "of times without an offset; days without a time need none");
    out.close();
    return out.text() + "\n";
  }

  std::string number_example() const {
    const auto format = *number_format(part_.locale.locale);
    const std::string group = format.groupings.empty() ? "" : format.groupings.front();
    return "1" + group + "234" + format.decimal + "50";
  }

  std::string head() const {
    std::string out =
        fmt::format("# A mapping for {}, proposed by `referrald init`.\n", one_line(export_name_));
    if (placed_.known != nullptr) {
      out += fmt::format("# It looks like {}", placed_.known->title);
      if (!placed_.known->preset.empty())
        out += fmt::format(": config/mappings/{} is a commented mapping for them",
                           placed_.known->preset);
      out += ".\n";
    }
    if (!part_.must.empty()) {
      out += "#\n# TO FILL IN, `referrald check` refuses the mapping until then:\n";
      for (const auto& one : part_.must) out += comment_item(one);
    }
    out += "#\n# Look at these before anything is sent:\n";
    for (const auto& one : sample_.said) out += comment_item(one);
    for (const auto& one : part_.look) out += comment_item(one);
    if (sample_.damaged > 0)
      out +=
          comment_item(fmt::format("{} of the first {} rows cannot be read; `referrald plan` "
                                   "says why.",
                                   sample_.damaged, sample_.rows + sample_.damaged));
    out += "#\n# Then try it: referrald plan EXPORT --mapping THIS-FILE --show 2 --columns\n\n";
    return out;
  }

  std::string unplaced() const {
    std::vector<std::string> names;
    for (const auto* one : placed_.unplaced)
      if (!one->name.empty() && !one->name.starts_with("referrald_"))
        names.push_back(one_line(one->name));
    if (names.empty()) return {};
    return "\n# Columns of the export that are not mapped:\n" + comment_list(names);
  }

  const Sample& sample_;
  std::string_view export_name_;
  Placement placed_;
  const SampleColumn* status_;  // nullptr: none is known
  ReferralPart part_;
};

}  // namespace

std::string propose_mapping(const Sample& sample, std::string_view export_name) {
  return Proposer(sample, export_name).text();
}

}  // namespace referrald::mapping
