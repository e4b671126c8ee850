#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "config/values.hpp"
#include "mapping/mapping.hpp"
#include "mapping/plan.hpp"
#include "mapping/readers/text_encoding.hpp"
#include "mapping/yaml_loading.hpp"

namespace referrald::mapping {
namespace {

using config::YamlNode;

constexpr std::string_view format_keys[] = {"type",  "encoding", "delimiter", "header",  "sheet",
                                            "table", "records",  "locale",    "timezone"};

struct TypeName {
  std::string_view name;
  ExportType type;
};
constexpr TypeName types[] = {{"auto", ExportType::automatic},
                              {"csv", ExportType::csv},
                              {"xlsx", ExportType::xlsx},
                              {"json", ExportType::json},
                              {"cdm", ExportType::cdm}};

// Which types of export a key is about; a key of another type would be overlooked in silence.
struct KeyOfTypes {
  std::string_view key;
  std::array<ExportType, 2> types;
  std::string_view of;
};
constexpr KeyOfTypes keys_of_types[] = {
    {"encoding", {ExportType::csv, ExportType::csv}, "csv"},
    {"delimiter", {ExportType::csv, ExportType::csv}, "csv"},
    {"header", {ExportType::csv, ExportType::xlsx}, "csv and xlsx"},
    {"sheet", {ExportType::xlsx, ExportType::xlsx}, "xlsx"},
    {"table", {ExportType::cdm, ExportType::cdm}, "cdm"},
    {"records", {ExportType::json, ExportType::json}, "json"},
};

struct DelimiterName {
  std::string_view name;
  char character;
};
constexpr DelimiterName delimiter_names[] = {
    {"comma", ','}, {"semicolon", ';'}, {"tab", '\t'}, {"\\t", '\t'}, {"pipe", '|'}};

// Letters, digits, blanks, quotes and what numbers, dates and names are written with stand inside
// of cells.
bool can_delimit(char c) {
  if (c == '\n' || c == '\r' || c == '\0') return false;
  if (static_cast<unsigned char>(c) < 0x20U) return true;
  return std::string_view("!#$%&*/:;<=>?@\\^`|~,").find(c) != std::string_view::npos;
}

class FormatLoader : YamlLoading {
 public:
  FormatLoader(Plan& plan, config::Problems& problems)
      : YamlLoading(plan.file, problems), plan_(plan), format_(plan.format) {}

  void load(const YamlNode& yaml) {
    if (yaml.kind != YamlNode::Kind::map)
      return complain(yaml, "format must be a map", "write format: { locale: en-US }");
    for (const auto& member : yaml.members) {
      if (!known(member, format_keys, "format")) continue;
      const YamlNode& value = member.value;
      if (value.kind != YamlNode::Kind::scalar || value.text.empty())
        complain(member, fmt::format("format: {} must be a single value", member.name),
                 "write one, or remove the key");
      else
        set(member.name, value);
    }
    for (const auto& member : yaml.members) agree(member);
  }

 private:
  void set(std::string_view key, const YamlNode& value) {
    if (key == "type") return type(value);
    if (key == "encoding") return encoding(value);
    if (key == "delimiter") return delimiter(value);
    if (key == "header") return header(value);
    if (key == "locale") return locale(value);
    if (key == "timezone") return timezone(value);
    if (key == "records") return records(value);
    const std::string_view text = trim(value.text);
    if (text.empty())
      return complain(value, fmt::format("format: {} is blank", key), "write a name");
    (key == "sheet" ? format_.sheet : format_.table) = text;
  }

  void type(const YamlNode& value) {
    const std::string lower = to_lower(value.text);
    const auto* const found = std::ranges::find(types, lower, &TypeName::name);
    if (found != std::end(types)) {
      format_.type = found->type;
      return;
    }
    std::vector<std::string_view> names;
    for (const auto& one : types) names.push_back(one.name);
    const auto near = config::nearest(lower, names);
    complain(value, fmt::format("format: there is no type \"{}\"", value.text),
             near ? fmt::format("did you mean {}?", *near)
                  : "write auto, csv, xlsx, json (NDJSON as well) or cdm (a folder that holds "
                    "model.json)");
  }

  void encoding(const YamlNode& value) {
    if (to_lower(value.text) == "auto") return;
    if (auto encoding = canonical_encoding(value.text)) {
      format_.encoding = std::move(*encoding);
      return;
    }
    if (value.text == unknown_column)
      return complain(value, "format: nobody has said yet which encoding the export has",
                      "the top of the file says which it may be");
    const auto& all = known_encodings();
    const auto near =
        config::nearest(value.text, std::vector<std::string_view>(all.begin(), all.end()));
    complain(value, fmt::format("format: there is no encoding \"{}\"", value.text),
             near ? fmt::format("did you mean {}?", *near)
                  : "write auto, or a name such as UTF-8, UTF-16LE, windows-1252 or ISO-8859-15");
  }

  void delimiter(const YamlNode& value) {
    const std::string lower = to_lower(value.text);
    if (lower == "auto") return;
    const auto* const named = std::ranges::find(delimiter_names, lower, &DelimiterName::name);
    if (named != std::end(delimiter_names)) {
      format_.delimiter = named->character;
    } else if (value.text.size() == 1 && can_delimit(value.text.front())) {
      format_.delimiter = value.text.front();
    } else {
      complain(value, fmt::format("format: \"{}\" cannot separate cells", value.text),
               "write auto, comma, semicolon, tab, pipe, or another single sign such as \"^\"");
    }
  }

  void header(const YamlNode& value) {
    const auto line = config::parse_whole(value.text);
    if (line && *line > 0)
      format_.header = *line;
    else
      complain(value, fmt::format("format: header cannot be \"{}\"", value.text),
               "write the line, or the worksheet's row, that holds the columns' names; the first "
               "is 1");
  }

  void records(const YamlNode& value) {
    const std::string_view path = trim(value.text);
    const bool whole = path == "." ||  // the document itself is the record
                       (!path.empty() && path.front() != '.' && path.back() != '.' &&
                        path.find("..") == std::string_view::npos);
    if (whole)
      format_.records = path;
    else
      complain(value, fmt::format("format: records cannot be \"{}\"", value.text),
               "write the members that lead to the list of records, as in data.items");
  }

  void locale(const YamlNode& value) {
    if (auto numbers = number_format(value.text))
      plan_.settings.numbers = std::move(*numbers);
    else
      complain(value, fmt::format("format: there is no locale \"{}\"", value.text),
               "write a language and perhaps a country, such as en-US, de-DE or fr");
  }

  void timezone(const YamlNode& value) {
    if (const auto zone = TimeZone::find(value.text)) {
      plan_.settings.zone = *zone;
      return;
    }
    complain(value, fmt::format("format: there is no time zone \"{}\"", value.text),
             TimeZone::remedy(value.text));
  }

  void agree(const YamlNode::Member& member) {
    const auto* const about = std::ranges::find(keys_of_types, member.name, &KeyOfTypes::key);
    if (about == std::end(keys_of_types) || format_.type == ExportType::automatic) return;
    if (std::ranges::find(about->types, format_.type) != about->types.end()) return;
    const auto* const type = std::ranges::find(types, format_.type, &TypeName::type);
    complain(member,
             fmt::format("format: {} is said of {} exports, and type is {}", member.name, about->of,
                         type->name),
             fmt::format("remove {}, or write type: auto", member.name));
  }

  Plan& plan_;
  ExportFormat& format_;
};

}  // namespace

void load_format(const YamlNode& yaml, Plan& plan, config::Problems& problems) {
  FormatLoader(plan, problems).load(yaml);
}

}  // namespace referrald::mapping
