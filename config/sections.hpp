// The sections of the configuration, one function each: they report to the map's problems and leave
// the default where a value is absent or wrong. `base` is the configuration file's folder, where
// relative paths begin.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "config/strict_map.hpp"

namespace referrald::config {

void read_partner_center(const StrictMap& root, const std::filesystem::path& base,
                         PartnerCenter& out);
void read_submission(const StrictMap& root, Submission& out);
void read_guard(const StrictMap& root, std::optional<Guard>& out);
void read_sources(const StrictMap& root, const std::filesystem::path& base,
                  std::vector<Source>& out);

// A path as the configuration names it, and as messages show it.
struct NamedPath {
  std::filesystem::path path;  // absolute
  std::string shown;
};

// The path that a scalar names, relative to `base`; reported and nullopt when it cannot be one.
std::optional<NamedPath> resolve(const StrictMap& map, std::string_view name, const Text& text,
                                 const std::filesystem::path& base);

// False and reported when the path is no file that can be read.
bool must_be_file(const StrictMap& map, std::string_view name, const NamedPath& named);

// A scalar in a form of its own: reports `error` with `remedy` when `parse` gives nullopt.
template <typename Parse, typename Out>
void take(const StrictMap& map, std::string_view name, Parse parse, std::string_view error,
          std::string_view remedy, Out& out) {
  const std::optional<Text> text = map.text(name);
  if (!text) return;
  if (auto value = parse(text->value)) {
    out = *std::move(value);
  } else {
    map.report(name, *text, error, std::string(remedy));
  }
}

// A duration of at least `least`.
void take_duration(const StrictMap& map, std::string_view name, std::chrono::milliseconds least,
                   std::chrono::milliseconds& out);

}  // namespace referrald::config
