#include "daemon/commands/plan_show.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/text.hpp"

namespace referrald::commands {
namespace {

constexpr std::string_view engagement = "(the engagementId of the first)";

// Behind the end of the JSON string that begins at `at`.
std::size_t end_of_string(std::string_view json, std::size_t at) {
  for (++at; at < json.size() && json[at] != '"'; ++at)
    if (json[at] == '\\') ++at;
  return std::min(at + 1, json.size());
}

}  // namespace

std::string indented_json(std::string_view json, std::string_view margin) {
  std::string out(margin);
  std::size_t depth = 0;
  const auto new_line = [&] { out.append("\n").append(margin).append(2 * depth, ' '); };
  for (std::size_t i = 0; i < json.size();) {
    const char c = json[i];
    const bool opens = c == '{' || c == '[';
    if (c == '"') {
      const auto end = end_of_string(json, i);
      out += printable(json.substr(i, end - i));
      i = end;
      continue;
    }
    ++i;
    if (opens && i < json.size() && (json[i] == '}' || json[i] == ']')) {
      out.append(1, c).append(1, json[i++]);
    } else if (opens) {
      out += c;
      ++depth;
      new_line();
    } else if (c == '}' || c == ']') {
      --depth;
      new_line();
      out += c;
    } else {
      out += c;
      if (c == ',') new_line();
      if (c == ':') out += ' ';
    }
  }
  return out;
}

ShownReferral show_referral(const sync::ExportRow& row, const mapping::Mapped& mapped) {
  const auto wanted = sync::desired(mapped, {});
  ShownReferral shown{wanted.external_id, row.origin.export_name, row.origin.line,
                      wanted.deal,        wanted.own_body,        {}};
  if (wanted.co_sell) {
    shown.microsoft =
        mapping::complete_microsoft_body(wanted.microsoft_body, wanted.invitation, engagement, {});
  }
  return shown;
}

std::string shown_text(const ShownReferral& shown) {
  auto out = fmt::format("  {} ({} {} {}), {}\n", printable(shown.external_id),
                         printable(shown.export_name), line_unit(shown.export_name), shown.line,
                         shown.deal);
  out += indented_json(shown.own, "    ") + '\n';
  if (!shown.microsoft.empty()) {
    out += "    and for Microsoft\n" + indented_json(shown.microsoft, "    ") + '\n';
  }
  return out;
}

boost::json::object shown_json(const ShownReferral& shown) {
  return {{"external_id", shown.external_id},
          {"export", valid_utf8(shown.export_name).text},
          {"line", shown.line},
          {"deal", shown.deal},
          {"referral", boost::json::parse(shown.own)},
          {"microsoft", shown.microsoft.empty() ? boost::json::value(nullptr)
                                                : boost::json::parse(shown.microsoft)}};
}

}  // namespace referrald::commands
