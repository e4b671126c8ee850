#include "config/sections.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>

#include <unistd.h>

namespace referrald::config {

std::optional<NamedPath> resolve(const StrictMap& map, std::string_view name, const Text& text,
                                 const std::filesystem::path& base) {
  if (text.value == "~" || text.value.starts_with("~/")) {
    map.report(name, text, "begins with ~, which only a shell knows", "write ${HOME}/…");
    return std::nullopt;
  }
  std::filesystem::path path = (base / text.value).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();  // "folder/" is "folder"
  // An expanded value may be a secret that was put into the wrong key.
  std::string shown = text.expanded ? text.shown : in_quotes(path.string());
  return NamedPath{.path = std::move(path), .shown = std::move(shown)};
}

bool must_be_file(const StrictMap& map, std::string_view name, const NamedPath& named) {
  std::error_code error;
  const auto status = std::filesystem::status(named.path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    map.report(name, named.shown + " does not exist",
               "relative paths begin in the folder of the configuration file");
    return false;
  }
  if (error) {
    map.report(name, named.shown + " cannot be looked at: " + error.message(), "");
    return false;
  }
  if (std::filesystem::is_directory(status)) {
    map.report(name, named.shown + " is a folder, not a file", "name the file");
    return false;
  }
  if (::access(named.path.c_str(), R_OK) != 0) {
    const std::error_code reason(errno, std::generic_category());
    map.report(name, named.shown + " cannot be read: " + reason.message(),
               "let the user that runs referrald read it");
    return false;
  }
  return true;
}

void take_duration(const StrictMap& map, std::string_view name, std::chrono::milliseconds least,
                   std::chrono::milliseconds& out) {
  const auto text = map.text(name);
  if (!text) return;
  const auto value = parse_duration(text->value);
  if (!value) {
    map.report(name, *text, "is not a duration",
               "a whole number and ms, s, m, h or d, without a space: 250ms, 30s, 5m, 2h, 14d");
  } else if (*value < least) {
    map.report(name, *text, "is too short", "it must be longer than 0");
  } else {
    out = *value;
  }
}

}  // namespace referrald::config
