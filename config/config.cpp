#include "config/config.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "config/sections.hpp"
#include "config/values.hpp"
#include "config/yaml_reader.hpp"

namespace referrald::config {
namespace {

constexpr std::array<std::string_view, 10> root_keys{
    "partner_center", "ledger",      "retention", "submission", "guard",
    "sources",        "status_page", "metrics",   "notify",     "log"};
constexpr std::array<std::string_view, 2> notify_keys{"command", "silence"};
constexpr std::array<std::string_view, 1> metrics_keys{"textfile"};
constexpr std::array<std::string_view, 2> log_keys{"level", "format"};

constexpr std::string_view ledger_remedy =
    "write sqlite:PATH, such as sqlite:/var/lib/referrald/ledger.db";

bool is_postgresql(std::string_view url) {
  return url.starts_with("postgresql:") || url.starts_with("postgres:");
}

bool holds_password(std::string_view url) {
  const std::size_t authority = url.find("//");
  const std::string_view rest =
      url.substr(authority == std::string_view::npos ? url.find(':') + 1 : authority + 2);
  const std::string_view user = rest.substr(0, rest.rfind('@'));
  const bool in_user =
      rest.rfind('@') != std::string_view::npos && user.find(':') != std::string_view::npos;
  std::string lower(url);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return in_user || lower.find("password=") != std::string::npos;
}

// No URL of a database is shown in a message: any may hold a password.
void read_ledger(const StrictMap& root, const std::filesystem::path& base,
                 std::filesystem::path& out) {
  constexpr std::string_view name = "ledger";
  constexpr std::string_view sqlite = "sqlite:";
  auto text = root.required_text(name, ledger_remedy);
  if (!text) return;
  const auto refuse = [&](std::string_view message, std::string_view remedy) {
    root.report(text->place, name, message, std::string(remedy));
  };
  if (is_postgresql(text->value)) {
    if (holds_password(text->value)) {
      refuse("the URL holds a password", "remove it, and use a password file (~/.pgpass)");
    } else {
      refuse("this version has no PostgreSQL ledger yet", ledger_remedy);
    }
    return;
  }
  if (!text->value.starts_with(sqlite)) {
    refuse("is not a ledger that referrald knows", ledger_remedy);
    return;
  }
  text->value.erase(0, sqlite.size());
  if (text->value.empty() || text->value == ":memory:" ||
      (text->value.starts_with("//") && !text->value.starts_with("///"))) {
    refuse("names no file", ledger_remedy);
    return;
  }
  const auto named = resolve(root, name, *text, base);
  if (!named) return;
  std::error_code ignored;
  if (text->value.ends_with('/') || std::filesystem::is_directory(named->path, ignored)) {
    refuse(named->shown + " is a folder, not a file", ledger_remedy);
    return;
  }
  out = named->path;
}

// The page asks for no password, so that it is not for the network.
void read_status_page(const StrictMap& root, std::optional<std::string>& out) {
  constexpr std::string_view name = "status_page";
  const auto text = root.text(name);
  if (!text) return;
  if (!is_endpoint(text->value))
    root.report(name, *text, "is not an address",
                "write HOST:PORT, such as 127.0.0.1:8321 or [::1]:8321");
  else if (!is_loopback_endpoint(text->value))
    root.report(name, *text, "is no loopback address, and the page asks for no password",
                "write 127.0.0.1:PORT, and put a proxy that does in front of it");
  else
    out = text->value;
}

void read_metrics(const StrictMap& root, const std::filesystem::path& base, Metrics& out) {
  constexpr std::string_view name = "textfile";
  const auto map = root.section("metrics", metrics_keys);
  if (!map) return;
  const auto text = map->text(name);
  if (!text) return;
  if (!text->value.ends_with(".prom")) {
    map->report(name, *text, "does not end in .prom",
                "node_exporter reads only such files, such as "
                "/var/lib/prometheus/node-exporter/referrald.prom");
    return;
  }
  if (const auto named = resolve(*map, name, *text, base)) out.textfile = named->path;
}

void read_log(const StrictMap& root, Log& out) {
  const auto map = root.section("log", log_keys);
  if (!map) return;
  take(*map, "level", parse_log_level, "is not a log level",
       "one of error, warning, info, debug, trace", out.level);
  take(*map, "format", parse_log_format, "is not a log format", "one of auto, text, json, journal",
       out.format);
}

void read_notify(const StrictMap& root, std::optional<Notify>& out) {
  const auto map = root.section("notify", notify_keys);
  if (!map) return;
  Notify notify;
  const auto command =
      map->required_text("command", "what is run, such as /usr/local/bin/tell-operations");
  take_duration(*map, "silence", std::chrono::minutes{1}, notify.silence);
  if (!command) return;
  notify.command = command->value;
  out = std::move(notify);
}

void read_root(const YamlNode& tree, const std::string& file, Problems& problems, Config& out) {
  const StrictMap root(tree, {file, 1, 1}, "", root_keys, problems);
  const std::filesystem::path base = out.file.parent_path();
  read_partner_center(root, base, out.partner_center);
  read_ledger(root, base, out.ledger);
  read_submission(root, out.submission);
  read_guard(root, out.guard);
  read_sources(root, base, out.sources);
  if (root.has("retention")) {
    std::chrono::milliseconds kept{};
    take_duration(root, "retention", std::chrono::hours{24}, kept);
    out.retention = kept;
  }
  read_status_page(root, out.status_page);
  read_metrics(root, base, out.metrics);
  read_notify(root, out.notify);
  read_log(root, out.log);
}

}  // namespace

std::optional<Config> load_config(const std::filesystem::path& file, Problems& problems) {
  Problems found;
  Config config;
  config.file = std::filesystem::absolute(file).lexically_normal();
  const auto tree = read_yaml(file, found);
  if (tree && tree->kind == YamlNode::Kind::null) {
    found.add({file.string(), 1, 1}, "the file is empty",
              "begin with partner_center, ledger and sources");
  } else if (tree) {
    read_root(*tree, file.string(), found, config);
  }
  // In the order in which a person goes through the file.
  std::vector<Problem> sorted = found.list();
  std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
  });
  for (Problem& problem : sorted) {
    problems.add(std::move(problem.place), std::move(problem.message), std::move(problem.remedy));
  }
  return found.empty() ? std::optional(std::move(config)) : std::nullopt;
}

}  // namespace referrald::config
