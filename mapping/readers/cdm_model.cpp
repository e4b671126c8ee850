#include "mapping/readers/cdm_model.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <system_error>

#include <fmt/format.h>
#include <simdjson.h>

#include "mapping/readers/input_file.hpp"
#include "mapping/readers/names_of_files.hpp"

namespace referrald::mapping {
namespace {

namespace fs = std::filesystem;
namespace dom = simdjson::dom;
using Kind = ExportError::Kind;

constexpr std::uint64_t max_model_bytes = std::uint64_t{64} << 20;

std::string_view text_of(const dom::element& object, std::string_view key) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

CellType type_of(std::string_view data_type) {
  for (const auto* number : {"int64", "decimal", "double"})
    if (equal_but_case(data_type, number)) return CellType::number;
  for (const auto* time : {"dateTime", "date", "dateTimeOffset"})
    if (equal_but_case(data_type, time)) return CellType::date;
  return equal_but_case(data_type, "boolean") ? CellType::boolean : CellType::text;
}

// "%20" and the like.
std::string unescaped(std::string_view url_path) {
  std::string out;
  for (std::size_t i = 0; i < url_path.size(); ++i) {
    const auto hex = url_path.substr(i + 1, 2);
    unsigned code = 0;
    const bool escape = url_path[i] == '%' && hex.size() == 2 &&
                        std::from_chars(hex.data(), hex.data() + 2, code, 16).ptr == hex.data() + 2;
    out += escape ? static_cast<char>(code) : url_path[i];
    if (escape) i += 2;
  }
  return out;
}

// A partition's location is a URL of the store it was written to. Here it is the file whose path
// ends as the URL's does, as far down as the folder goes.
std::optional<fs::path> find_partition(const fs::path& folder, std::string_view location) {
  location = location.substr(0, location.find_first_of("?#"));
  if (const auto scheme = location.find("://"); scheme != std::string_view::npos)
    location.remove_prefix(scheme + 3);
  const fs::path path = unescaped(location);
  std::error_code error;
  for (auto begin = path.begin(); begin != path.end(); ++begin) {
    fs::path relative;
    bool inside = true;
    for (auto part = begin; part != path.end(); ++part) {
      inside = inside && *part != ".." && part->is_relative();
      relative /= *part;
    }
    if (inside && fs::is_regular_file(folder / relative, error)) return relative;
  }
  return std::nullopt;
}

bool is_time(std::string_view name) {
  const auto digits = [&](std::size_t at, std::size_t count) {
    return std::ranges::all_of(name.substr(at, count),
                               [](unsigned char c) { return std::isdigit(c); });
  };
  return name.size() >= 19 && digits(0, 4) && name[4] == '-' && digits(5, 2) && name[7] == '-' &&
         digits(8, 2) && name[10] == 'T';
}

class ModelReader {
 public:
  explicit ModelReader(const fs::path& folder)
      : folder_(folder), file_((folder / "model.json").string()) {}

  std::optional<CdmTable> table(std::string_view name, std::span<const std::string> wanted) {
    parse();
    const auto entity = choose(name, wanted);
    if (!entity) return std::nullopt;
    CdmTable table;
    table.name = text_of(*entity, "name");
    attributes(*entity, table);
    partitions(*entity, table);
    if (table.partitions.empty()) partitions_of_folder(table);
    return table;
  }

 private:
  [[noreturn]] void fail(Kind kind, std::string_view what) const {
    throw ExportError(kind, fmt::format("{}: {}", file_, what));
  }

  void parse() {
    InputFile input(file_);
    if (input.bytes_total() > max_model_bytes)
      fail(Kind::unreadable, "is larger than 64 MiB; is it a model.json?");
    simdjson::padded_string text(input.bytes_total());
    const auto size = input.read(text.data(), text.size());
    const auto error = parser_.parse(text.data(), size, false).get(model_);
    if (error != simdjson::SUCCESS)
      fail(Kind::damaged, fmt::format("is not valid JSON ({}); copy the folder again",
                                      simdjson::error_message(error)));
    dom::array entities;
    if (model_["entities"].get(entities) != simdjson::SUCCESS)
      fail(Kind::unreadable, "has no list `entities`; it describes no tables");
    for (const dom::element entity : entities)
      if (!text_of(entity, "name").empty()) entities_.push_back(entity);
  }

  static bool has_all(const dom::element& entity, std::span<const std::string> wanted) {
    dom::array attributes;
    if (entity["attributes"].get(attributes) != simdjson::SUCCESS) return false;
    return std::ranges::all_of(wanted, [&](const std::string& column) {
      return std::ranges::any_of(attributes, [&](const dom::element& attribute) {
        return text_of(attribute, "name") == column;
      });
    });
  }

  std::string names() const {
    std::string out;
    for (const auto& entity : entities_)
      out.append(out.empty() ? "" : ", ").append(text_of(entity, "name"));
    return out;
  }

  std::optional<dom::element> choose(std::string_view name, std::span<const std::string> wanted) {
    std::vector<dom::element> fitting;
    if (!name.empty()) {
      std::ranges::copy_if(entities_, std::back_inserter(fitting), [&](const auto& entity) {
        return equal_but_case(text_of(entity, "name"), name);
      });
      // An incremental folder holds changed tables only.
      if (fitting.empty() && is_time(folder_.filename().string())) return std::nullopt;
      if (fitting.empty())
        fail(Kind::format,
             fmt::format("has no table \"{}\"; format: {{ table: … }} of the mapping must be one "
                         "of {}",
                         name, names()));
      return fitting.front();
    }
    if (entities_.size() == 1) return entities_.front();
    if (!wanted.empty())
      std::ranges::copy_if(entities_, std::back_inserter(fitting),
                           [&](const auto& entity) { return has_all(entity, wanted); });
    if (fitting.size() == 1) return fitting.front();
    if (entities_.empty()) fail(Kind::unreadable, "describes no tables");
    fail(Kind::format,
         fmt::format("describes several tables; write which one is meant into the mapping, as in "
                     "format: {{ table: {} }} (there are {})",
                     text_of(entities_.front(), "name"), names()));
  }

  void attributes(const dom::element& entity, CdmTable& table) const {
    dom::array attributes;
    if (entity["attributes"].get(attributes) == simdjson::SUCCESS)
      for (const dom::element attribute : attributes)
        table.attributes.push_back(
            {std::string(text_of(attribute, "name")), type_of(text_of(attribute, "dataType"))});
    if (table.attributes.empty())
      fail(Kind::unreadable,
           fmt::format("names no columns (attributes) of the table {}", table.name));
  }

  void partitions(const dom::element& entity, CdmTable& table) const {
    dom::array partitions;
    if (entity["partitions"].get(partitions) != simdjson::SUCCESS) return;
    for (const dom::element partition : partitions) {
      const auto location = text_of(partition, "location");
      const auto relative = find_partition(folder_, location);
      if (!relative)
        fail(Kind::unreadable,
             fmt::format("names the partition {} of the table {}, which is not in this folder; "
                         "copy the folder again, with all files",
                         location.substr(0, location.find('?')), table.name));
      table.partitions.push_back(settings(partition, *relative));
    }
  }

  CdmPartition settings(const dom::element& partition, const fs::path& relative) const {
    CdmPartition out;
    out.file = folder_ / relative;
    out.name = relative.string();
    dom::element settings;
    if (partition["fileFormatSettings"].get(settings) != simdjson::SUCCESS) return out;
    out.has_header = flag(settings, "columnHeaders");
    if (const auto delimiter = text_of(settings, "delimiter"); delimiter.size() == 1)
      out.delimiter = delimiter.front();
    const auto encoding = text_of(settings, "encoding");
    if (!equal_but_case(encoding, "ascii")) out.encoding = encoding;
    return out;
  }

  // Writers put true and "true".
  static bool flag(const dom::element& object, std::string_view key) {
    bool value = false;
    if (object[key].get(value) == simdjson::SUCCESS) return value;
    return equal_but_case(text_of(object, key), "true");
  }

  // Synapse Link's model often leaves the partitions out: they are the files of the table's folder.
  // Snapshot/ holds copies of them.
  void partitions_of_folder(CdmTable& table) const {
    for (const fs::path& entry : files_in(folder_)) {
      std::error_code error;
      const auto name = entry.filename().string();
      if (!fs::is_directory(entry, error) || !equal_but_case(name, table.name)) continue;
      for (const fs::path& file : files_in(entry)) {
        const auto file_name = file.filename().string();
        if (file_name.starts_with('.') || fs::is_directory(file, error)) continue;
        const auto extension = file.extension().string();
        if (equal_but_case(extension, ".csv"))
          table.partitions.push_back({file, fmt::format("{}/{}", name, file_name), false, {}, {}});
        else if (equal_but_case(extension, ".parquet") || equal_but_case(extension, ".gz"))
          fail(Kind::unreadable,
               fmt::format("the table {} has a file that is not read, {}; only .csv is", table.name,
                           file_name));
      }
    }
    // An interval in which the table did not change leaves nothing.
    if (table.partitions.empty() && !is_time(folder_.filename().string()))
      fail(Kind::unreadable,
           fmt::format("there is no file of the table {0}: no partition in the model, and no {0}/ "
                       "with .csv files beside it; copy the folder again, with all files",
                       table.name));
    std::ranges::sort(table.partitions, comes_before, &CdmPartition::name);
  }

  std::vector<fs::path> files_in(const fs::path& folder) const {
    std::vector<fs::path> out;
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
      out.push_back(at->path());
    if (error)
      fail(Kind::unreadable, fmt::format("cannot list {}: {}", folder.string(), error.message()));
    return out;
  }

  const fs::path& folder_;
  std::string file_;
  dom::parser parser_;
  dom::element model_;
  std::vector<dom::element> entities_;
};

}  // namespace

std::optional<CdmTable> read_cdm_table(const fs::path& folder, std::string_view name,
                                       std::span<const std::string> wanted) {
  return ModelReader(folder).table(name, wanted);
}

}  // namespace referrald::mapping
