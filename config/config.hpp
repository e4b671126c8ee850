// The typed configuration: the contract's section 2, validated. Plain data.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.hpp"

namespace referrald::config {

// Where a secret is to be found; its value is read when it is needed, never kept here. One is set.
struct SecretSource {
  std::optional<std::filesystem::path> file;
  std::optional<std::string> env;
};

// The application's certificate and its private key, both PEM; may be one file.
struct ClientCertificate {
  std::filesystem::path file;
  std::filesystem::path key;
  Place place;  // of the key client_certificate, for messages
};

// Which of its two endpoints the token service is asked at (reference, section 6.1).
enum class TokenEndpoint { v2, v1 };

struct Auth {
  std::string authority = "https://login.microsoftonline.com";  // without a trailing slash
  TokenEndpoint endpoint = TokenEndpoint::v2;
  std::string tenant;
  std::string client_id;
  // At most one of these two; neither: a public client.
  std::optional<SecretSource> client_secret;
  std::optional<ClientCertificate> client_certificate;
  std::optional<std::chrono::sys_days> client_secret_expires;  // as the operator says
  std::filesystem::path refresh_token;  // rewritten when the service rotates it
  // How long a refresh token is good after its last use, as far as anybody knows.
  std::chrono::milliseconds refresh_token_lifetime = std::chrono::days{90};
};

struct PartnerCenter {
  std::string url = "https://api.partner.microsoft.com";  // without a trailing slash
  std::optional<std::filesystem::path> ca_file;           // PEM, added to the system's store
  Auth auth;
};

// Calls per second; nullopt means unlimited.
using Rate = std::optional<double>;

struct Retry {
  int attempts = 8;
  std::chrono::milliseconds initial{1'000};
  std::chrono::milliseconds max{300'000};
};

struct Reconcile {
  int looks = 2;
  std::chrono::milliseconds apart{30'000};
};

// Whose value stands where the CRM and Partner Center have changed one member to different ones.
enum class Conflicts { ask, crm, partner_center };

struct Submission {
  Rate rate = 1.0;  // 60/min
  int burst = 5;
  std::optional<std::uint64_t> daily_budget;  // calls per UTC day
  int connections = 4;
  std::chrono::milliseconds timeout{30'000};
  Retry retry;
  Reconcile reconcile;
  Conflicts conflicts = Conflicts::ask;
};

struct Guard {
  std::optional<std::uint64_t> max_creates;
  std::optional<double> max_changed;  // share of the source's rows in the ledger, 0.3 for 30%
};

struct Source {
  std::string name;
  std::filesystem::path exports;        // absolute; the last component may hold glob characters
  std::filesystem::path mapping;        // absolute
  std::string schedule = "on arrival";  // for parse_schedule(), which accepts it
  std::chrono::milliseconds settle{10'000};
  std::optional<std::filesystem::path> archive;
  // Where `run` puts exports that cannot be read; absent: they stay.
  std::optional<std::filesystem::path> quarantine;
  Place place;          // of the source's entry, for messages
  Place exports_place;  // of its `exports`
};

struct Metrics {
  std::optional<std::filesystem::path> textfile;  // absolute; its folder need not exist
};

enum class LogLevel { error, warning, info, debug, trace };
enum class LogFormat { automatic, text, json, journal };

struct Log {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::automatic;
};

// Who is told of what an operator should know, where nobody watches a monitor.
struct Notify {
  std::string command;  // for /bin/sh -c; gets the event on its standard input
  std::chrono::milliseconds silence = std::chrono::hours{24};  // without a success for so long
};

struct Config {
  std::filesystem::path file;  // absolute
  PartnerCenter partner_center;
  std::filesystem::path ledger;  // of the sqlite: URL, absolute
  Submission submission;
  std::optional<Guard> guard;
  std::vector<Source> sources;
  std::optional<std::chrono::milliseconds>
      retention;                           // of runs and failed attempts; absent: for ever
  std::optional<std::string> status_page;  // HOST:PORT, loopback
  Metrics metrics;
  std::optional<Notify> notify;
  Log log;
};

// Reads and validates a configuration file. nullopt exactly when a problem was added: an unknown
// key, a wrong type, a bad value, an unset ${NAME}, a file it names that is missing, a secret's
// file that others can read. A missing refresh-token file is no problem here (the contract's
// section 2 makes it "not authorised", found when it is needed). `file` must exist (the caller
// answers 66 when not).
std::optional<Config> load_config(const std::filesystem::path& file, Problems& problems);

// The secret's value, without a final line break; never empty. Throws std::runtime_error whose text
// names the file or variable, never the value.
std::string read_secret(const SecretSource& source);

// "250ms", "30s", "5m", "2h", "14d"; nullopt when it is none of these or is over 100 years.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// When a source is looked at: as soon as a file has come, at a distance, or at a time of day.
struct Schedule {
  enum class Kind { on_arrival, every, daily };
  Kind kind = Kind::on_arrival;
  std::chrono::milliseconds every{};  // every only, above 0
  std::chrono::minutes at{};          // daily only, since midnight
  std::string zone{};                 // daily only: an IANA name; empty: the machine's time zone
};

// "2027-03-31"; nullopt when it is no day of the calendar written so.
std::optional<std::chrono::sys_days> parse_day(std::string_view text);

// "on arrival", "every 15m", "daily 02:30", "daily 02:30 Europe/Berlin"; nullopt when it is none of
// these, or the zone is unknown here.
std::optional<Schedule> parse_schedule(std::string_view text);

// The names as the configuration and the command line write them: error, warning, info, debug,
// trace; auto, text, json, journal. nullopt for any other text.
std::optional<LogLevel> parse_log_level(std::string_view text);
std::optional<LogFormat> parse_log_format(std::string_view text);
std::string_view to_string(LogLevel level);
std::string_view to_string(LogFormat format);

}  // namespace referrald::config
