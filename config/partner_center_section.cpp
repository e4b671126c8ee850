#include <algorithm>
#include <array>
#include <fstream>

#include <sys/stat.h>

#include "config/certificate.hpp"
#include "config/secret.hpp"
#include "config/sections.hpp"
#include "config/values.hpp"

namespace referrald::config {
namespace {

constexpr std::array<std::string_view, 3> partner_center_keys{"url", "ca_file", "auth"};
constexpr std::array<std::string_view, 8> auth_keys{
    "authority",     "endpoint",           "tenant",        "client_id",
    "client_secret", "client_certificate", "refresh_token", "refresh_token_lifetime"};
constexpr std::array<std::string_view, 3> secret_keys{"file", "env", "expires"};
constexpr std::array<std::string_view, 2> certificate_keys{"file", "key"};
constexpr std::array<std::string_view, 1> file_key{"file"};

void take_url(const StrictMap& map, std::string_view name, std::string& out) {
  const auto text = map.text(name);
  if (!text) return;
  UrlResult result = parse_service_url(text->value);
  if (result.error.empty()) {
    out = std::move(result.url);
    return;
  }
  // What stands before an @ or after a ? may be a password.
  const bool shown = text->value.find_first_of("@?") == std::string::npos;
  map.report(text->place, name, (shown ? text->shown : "the URL") + " " + result.error,
             std::move(result.remedy));
}

// A tenant or an application: part of a URL's path, so a few characters only. Not shown, for it is
// here that a secret lands when the lines are mixed up.
void take_identifier(const StrictMap& map, std::string_view name, std::string_view remedy,
                     std::string& out) {
  const auto text = map.required_text(name, remedy);
  if (!text) return;
  const bool fits = std::all_of(text->value.begin(), text->value.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == '_';
  });
  if (fits) {
    out = text->value;
  } else {
    map.report(text->place, name, "holds a character that it cannot have", std::string(remedy));
  }
}

void take_ca_file(const StrictMap& map, const std::filesystem::path& base,
                  std::optional<std::filesystem::path>& out) {
  constexpr std::string_view name = "ca_file";
  const auto text = map.text(name);
  if (!text) return;
  const auto named = resolve(map, name, *text, base);
  if (!named || !must_be_file(map, name, *named)) return;
  std::ifstream stream(named->path);
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("-----BEGIN ") && line.find("CERTIFICATE-----") != std::string::npos) {
      out = named->path;
      return;
    }
  }
  map.report(name, named->shown + " holds no certificate", "it must be in PEM form");
}

// Reports a secret's file that others can read.
void must_be_private(const StrictMap& map, std::string_view name, const NamedPath& named,
                     const struct stat& status) {
  if (!readable_by_others(status.st_mode, access_list(named.path))) return;
  map.report(name, named.shown + " holds a secret and can be read by others",
             "chmod 600 " + named.path.string());
}

// The section that tells where a secret is; reported when the secret itself stands there.
std::optional<StrictMap> secret_section(const StrictMap& auth, std::string_view name,
                                        std::span<const std::string_view> keys,
                                        const std::string& remedy) {
  const YamlNode* node = auth.member(name);
  if (node == nullptr) return std::nullopt;
  if (node->kind != YamlNode::Kind::map) {
    auth.report(name, "a secret is never written into the configuration itself", remedy);
    return std::nullopt;
  }
  return auth.section(name, keys, StrictMap::Unknown::hide);
}

void take_secret_file(const StrictMap& map, const std::filesystem::path& base, SecretSource& out) {
  const auto text = map.text("file");
  if (!text) return;
  const auto named = resolve(map, "file", *text, base);
  if (!named || !must_be_file(map, "file", *named)) return;
  struct stat status {};
  if (::stat(named->path.c_str(), &status) != 0) return;
  must_be_private(map, "file", *named, status);
  if (S_ISREG(status.st_mode) && status.st_size == 0) {
    map.report("file", named->shown + " is empty", "write the secret into it, in one line");
  }
  out.file = named->path;
}

// The name is taken as it is written: expanding it would put the secret itself into its place.
void take_secret_variable(const StrictMap& map, SecretSource& out) {
  const YamlNode* node = map.member("env");
  if (node == nullptr) return;
  if (node->kind != YamlNode::Kind::scalar || !is_environment_name(node->text)) {
    map.report("env", "is not the name of an environment variable",
               "give the name alone, without $ and braces: { env: CLIENT_SECRET }");
    return;
  }
  const char* value = std::getenv(node->text.c_str());
  if (value == nullptr || *value == '\0') {
    map.report(
        "env",
        "the environment variable " + node->text + (value == nullptr ? " is not set" : " is empty"),
        "set it for the service, or use { file: PATH }");
    return;
  }
  out.env = node->text;
}

void read_client_secret(const StrictMap& auth, const std::filesystem::path& base, Auth& out) {
  constexpr std::string_view name = "client_secret";
  const auto map = secret_section(
      auth, name, secret_keys,
      "put it into a file of mode 600 and write { file: PATH }, or write { env: NAME }");
  if (!map) return;
  if (map->has("file") == map->has("env")) {
    auth.report(name, map->has("file") ? "has both file and env" : "has neither file nor env",
                "give one of them: { file: PATH } or { env: NAME }");
    return;
  }
  SecretSource source;
  take_secret_file(*map, base, source);
  take_secret_variable(*map, source);
  out.client_secret = std::move(source);
  take(*map, "expires", parse_day, "is not a day", "the day on which it expires: 2027-03-31",
       out.client_secret_expires);
}

// A certificate alone is no secret.
bool holds_private_key(const std::filesystem::path& file) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);)
    if (line.starts_with("-----BEGIN ") && line.find("PRIVATE KEY-----") != std::string::npos)
      return true;
  return false;
}

std::optional<std::filesystem::path> take_pem_file(const StrictMap& map, std::string_view name,
                                                   const std::filesystem::path& base,
                                                   bool holds_key) {
  const auto text = map.text(name);
  if (!text) return std::nullopt;
  const auto named = resolve(map, name, *text, base);
  if (!named || !must_be_file(map, name, *named)) return std::nullopt;
  struct stat status {};
  if (holds_key && holds_private_key(named->path) && ::stat(named->path.c_str(), &status) == 0)
    must_be_private(map, name, *named, status);
  return named->path;
}

void read_client_certificate(const StrictMap& auth, const std::filesystem::path& base, Auth& out) {
  constexpr std::string_view name = "client_certificate";
  const std::string remedy =
      "write { file: PATH, key: PATH }, or { file: PATH } when one PEM file holds both";
  const auto map = secret_section(auth, name, certificate_keys, remedy);
  if (!map) return;
  if (auth.has("client_secret"))
    auth.report(name, "stands beside client_secret", "give one of them: remove the other");
  if (map->is_map() && !map->has("file")) map->report(map->place(), "file", "is missing", remedy);
  const bool together = !map->has("key");
  const auto file = take_pem_file(*map, "file", base, together);
  const auto key = together ? file : take_pem_file(*map, "key", base, true);
  if (!file || !key) return;
  ClientCertificate certificate{*file, *key, auth.key_place(name)};
  try {
    (void)read_certificate(certificate);
    out.client_certificate = std::move(certificate);
  } catch (const CertificateError& error) {
    map->report(error.in_key() && !together ? "key" : "file", error.what(), error.remedy());
  }
}

std::optional<TokenEndpoint> parse_token_endpoint(std::string_view text) {
  if (text == "v2") return TokenEndpoint::v2;
  if (text == "v1") return TokenEndpoint::v1;
  return std::nullopt;
}

// Need not exist: it is `login` that writes it.
void read_refresh_token(const StrictMap& auth, const std::filesystem::path& base,
                        std::filesystem::path& out) {
  constexpr std::string_view name = "refresh_token";
  const std::string remedy = "write { file: PATH }; referrald login creates the file";
  if (auth.is_map() && !auth.has(name)) auth.report(auth.place(), name, "is missing", remedy);
  const YamlNode* node = auth.has(name) ? auth.member(name) : nullptr;
  if (node == nullptr) return;
  if (node->find("env") != nullptr) {
    auth.report(name, "must be a file, because the service replaces the token now and then",
                remedy);
    return;
  }
  const auto map = secret_section(auth, name, file_key, remedy);
  if (!map) return;
  const auto text = map->required_text("file", remedy);
  if (!text) return;
  const auto named = resolve(*map, "file", *text, base);
  if (!named) return;
  out = named->path;
  struct stat status {};
  if (::stat(out.c_str(), &status) != 0) return;
  if (S_ISDIR(status.st_mode)) {
    map->report("file", named->shown + " is a folder, not a file", "name the file");
    return;
  }
  must_be_private(*map, "file", *named, status);
}

void read_auth(const StrictMap& partner_center, const std::filesystem::path& base, Auth& out) {
  const auto auth = partner_center.required_section(
      "auth", auth_keys, "it needs at least tenant, client_id and refresh_token");
  if (!auth) return;
  take_url(*auth, "authority", out.authority);
  take_identifier(*auth, "tenant", "the tenant's domain or id, such as contoso.onmicrosoft.com",
                  out.tenant);
  take_identifier(*auth, "client_id",
                  "the id of the app registration: 00000000-0000-0000-0000-000000000000",
                  out.client_id);
  take(*auth, "endpoint", parse_token_endpoint, "is not an endpoint of the token service",
       "v2 or v1", out.endpoint);
  read_client_secret(*auth, base, out);
  read_client_certificate(*auth, base, out);
  read_refresh_token(*auth, base, out.refresh_token);
  take_duration(*auth, "refresh_token_lifetime", std::chrono::milliseconds(1),
                out.refresh_token_lifetime);
  const auto overwritten = [&](std::string_view name, const std::filesystem::path& file) {
    if (file != out.refresh_token) return;
    auth->report("refresh_token",
                 "is the same file as " + std::string(name) + ", and would overwrite it",
                 "give each a file of its own");
  };
  if (out.client_secret && out.client_secret->file)
    overwritten("client_secret", *out.client_secret->file);
  if (out.client_certificate) {
    overwritten("client_certificate.file", out.client_certificate->file);
    if (out.client_certificate->key != out.client_certificate->file)
      overwritten("client_certificate.key", out.client_certificate->key);
  }
}

}  // namespace

void read_partner_center(const StrictMap& root, const std::filesystem::path& base,
                         PartnerCenter& out) {
  const auto map = root.required_section("partner_center", partner_center_keys,
                                         "it says who signs in to Partner Center: auth");
  if (!map) return;
  take_url(*map, "url", out.url);
  take_ca_file(*map, base, out.ca_file);
  read_auth(*map, base, out.auth);
}

}  // namespace referrald::config
