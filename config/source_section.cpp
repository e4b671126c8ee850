#include <algorithm>
#include <array>

#include "config/sections.hpp"
#include "config/values.hpp"

namespace referrald::config {
namespace {

constexpr std::array<std::string_view, 7> source_keys{
    "name", "exports", "mapping", "schedule", "settle", "archive", "quarantine"};
constexpr std::string_view glob_characters = "*?[";

bool is_source_name(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '.' || c == '-';
  });
}

// How messages call an entry: by its name if it has a usable one, else by its number.
std::string entry_path(const YamlNode& entry, std::size_t number) {
  const YamlNode* name = entry.find("name");
  const bool named = name != nullptr && name->kind == YamlNode::Kind::scalar &&
                     !name->text.empty() && is_source_name(name->text);
  return "sources[" + (named ? name->text : "#" + std::to_string(number)) + "]";
}

void take_name(const StrictMap& map, const std::vector<Source>& earlier, std::string& out) {
  const auto text = map.required_text("name", "give the source a name, such as leads");
  if (!text) return;
  if (!is_source_name(text->value)) {
    map.report("name", *text, "is no name for a source", "letters A to Z, digits and _ . - only");
    return;
  }
  const auto same = std::find_if(earlier.begin(), earlier.end(),
                                 [&](const Source& other) { return other.name == text->value; });
  if (same != earlier.end()) {
    map.report("name", *text,
               "is the name of another source, in line " + std::to_string(same->place.line),
               "give each source a name of its own");
    return;
  }
  out = text->value;
}

void take_exports(const StrictMap& map, const std::filesystem::path& base, Source& source) {
  const auto text = map.required_text("exports", "a file, or a pattern such as leads/*.csv");
  if (!text) return;
  const auto named = resolve(map, "exports", *text, base);
  if (!named) return;
  const std::string folder = std::filesystem::path(text->value).parent_path().string();
  if (folder.find_first_of(glob_characters) != std::string::npos) {
    map.report("exports", *text, "has a pattern before its last part",
               "* ? and [ ] may stand in the last part of the path only");
    return;
  }
  source.exports = named->path;
  source.exports_place = text->place;
}

void take_mapping(const StrictMap& map, const std::filesystem::path& base,
                  std::filesystem::path& out) {
  const auto text = map.required_text("mapping", "the mapping file; referrald init proposes one");
  if (!text) return;
  const auto named = resolve(map, "mapping", *text, base);
  if (named && must_be_file(map, "mapping", *named)) out = named->path;
}

// A folder to which exports are moved.
std::optional<std::filesystem::path> take_folder(const StrictMap& map, std::string_view name,
                                                 const std::filesystem::path& base,
                                                 const Source& source) {
  const auto text = map.text(name);
  if (!text) return std::nullopt;
  const auto named = resolve(map, name, *text, base);
  if (!named) return std::nullopt;
  std::error_code ignored;
  if (std::filesystem::exists(named->path, ignored) &&
      !std::filesystem::is_directory(named->path, ignored)) {
    map.report(name, named->shown + " is not a folder", "name the folder");
    return std::nullopt;
  }
  if (named->path == source.exports || named->path == source.exports.parent_path()) {
    map.report(name, named->shown + " is where the exports are",
               "name another folder: an export moved there would be read again");
    return std::nullopt;
  }
  return named->path;
}

Source read_source(const StrictMap& map, const std::filesystem::path& base,
                   const std::vector<Source>& earlier) {
  Source source;
  source.place = map.place();
  take_name(map, earlier, source.name);
  take_exports(map, base, source);
  take_mapping(map, base, source.mapping);
  const auto schedule = [](const std::string& text) {
    return parse_schedule(text) ? std::optional(text) : std::nullopt;
  };
  take(map, "schedule", schedule, "is not a schedule",
       "write every DURATION (every 15m), daily HH:MM (daily 02:30), with a time zone behind it "
       "or without (daily 02:30 Europe/Berlin), or on arrival",
       source.schedule);
  take_duration(map, "settle", std::chrono::milliseconds(0), source.settle);
  source.archive = take_folder(map, "archive", base, source);
  source.quarantine = take_folder(map, "quarantine", base, source);
  if (!source.quarantine && source.archive) source.quarantine = *source.archive / "unreadable";
  return source;
}

}  // namespace

void read_sources(const StrictMap& root, const std::filesystem::path& base,
                  std::vector<Source>& out) {
  const std::string remedy = "a list of entries with name, exports and mapping";
  const YamlNode* list = root.required("sources", remedy);
  if (list == nullptr) return;
  if (list->kind != YamlNode::Kind::sequence) {
    root.report("sources", "must be a list", remedy);
    return;
  }
  if (list->elements.empty()) root.report("sources", "is empty", remedy);
  std::size_t number = 0;
  for (const YamlNode& entry : list->elements) {
    const Place place{root.place().file, entry.line, entry.column};
    const StrictMap map(entry, place, entry_path(entry, ++number), source_keys, root.problems());
    if (map.is_map()) out.push_back(read_source(map, base, out));
  }
}

}  // namespace referrald::config
