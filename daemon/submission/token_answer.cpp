#include "daemon/submission/token_answer.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>

#include <openssl/crypto.h>
#include <simdjson.h>

namespace referrald::submission {
namespace {

namespace dom = simdjson::dom;

// What a person is to do.
enum class Remedy {
  sign_in,
  once_more,
  consent,
  renew_secret,
  add_secret,
  registration,
  permission,
  tenant,
  account,
};

struct Meaning {
  std::string_view words;
  Remedy remedy;
};

struct CodeMeaning {
  std::int64_t code = 0;
  Meaning meaning;
};

// AADSTS numbers (reference, section 6.4).
constexpr CodeMeaning by_code[] = {
    {700082, {"the refresh token has expired", Remedy::sign_in}},
    {70008, {"the refresh token has expired", Remedy::sign_in}},
    {70043, {"a conditional access policy has ended the session", Remedy::sign_in}},
    {70044, {"a conditional access policy has ended the session", Remedy::sign_in}},
    {50173, {"the refresh token has been revoked", Remedy::sign_in}},
    {50132, {"the account's password was changed or has expired", Remedy::sign_in}},
    {50133, {"the account's password was changed or has expired", Remedy::sign_in}},
    {50055, {"the account's password was changed or has expired", Remedy::sign_in}},
    {50076, {"multifactor authentication is asked for", Remedy::sign_in}},
    {50079, {"multifactor authentication is asked for", Remedy::sign_in}},
    {50078, {"multifactor authentication is asked for", Remedy::sign_in}},
    {50074, {"multifactor authentication is asked for", Remedy::sign_in}},
    {65001, {"consent to the application's permissions is missing", Remedy::consent}},
    {700016, {"the application is not known in the tenant", Remedy::registration}},
    {7000215, {"the client secret is refused: it is wrong", Remedy::renew_secret}},
    {7000222, {"the client secret is refused: it has expired", Remedy::renew_secret}},
    {7000218, {"a client secret is asked for and none was sent", Remedy::add_secret}},
    {70011, {"the scope is refused", Remedy::permission}},
    {9010010, {"the resource is refused", Remedy::permission}},
    {90002, {"the tenant is not known", Remedy::tenant}},
    {50126, {"the account cannot sign in", Remedy::account}},
    {50053, {"the account cannot sign in: it is locked", Remedy::account}},
    {50057, {"the account cannot sign in: it is disabled", Remedy::account}},
};

struct ErrorMeaning {
  std::string_view error;
  Meaning meaning;
};

constexpr ErrorMeaning by_error[] = {
    {"invalid_grant", {"the refresh token is refused", Remedy::sign_in}},
    {"authorization_declined", {"it was declined in the browser", Remedy::once_more}},
    {"access_denied", {"it was declined in the browser", Remedy::once_more}},
    {"expired_token", {"the code was not entered in time", Remedy::once_more}},
    {"bad_verification_code", {"the code is not known", Remedy::once_more}},
    {"interaction_required", {"a person is asked for", Remedy::sign_in}},
    {"login_required", {"a person is asked for", Remedy::sign_in}},
    {"consent_required", {"consent to the application's permissions is missing", Remedy::consent}},
    {"invalid_client", {"the client secret is refused", Remedy::renew_secret}},
    {"unauthorized_client", {"the application is refused", Remedy::registration}},
    {"invalid_resource", {"the resource is refused", Remedy::permission}},
    {"invalid_scope", {"the scope is refused", Remedy::permission}},
    {"unsupported_grant_type", {"the kind of request is refused", Remedy::registration}},
    {"invalid_request", {"the request is refused", Remedy::registration}},
};

std::string remedy_text(Remedy remedy, const TokenSetup& setup) {
  std::string again = "sign in again with `referrald login`, or put a new refresh token into " +
                      setup.refresh_token_file;
  switch (remedy) {
    case Remedy::sign_in:
      return again;
    case Remedy::once_more:
      return "run `referrald login` again";
    case Remedy::consent:
      return "an administrator of the tenant must consent; then " + again;
    case Remedy::renew_secret:
      return "make a new client secret in the app registration and put it where client_secret "
             "points to";
    case Remedy::add_secret:
      return "set partner_center.auth.client_secret, or register the application as a public "
             "client";
    case Remedy::registration:
      return "check partner_center.auth.client_id and tenant against the app registration";
    case Remedy::permission:
      return "give the app registration the delegated permission user_impersonation on the Partner "
             "Center API";
    case Remedy::tenant:
      return "check partner_center.auth.tenant";
    case Remedy::account:
      return "mend the account that signed in; then " + again;
  }
  return again;
}

// The members that matter of whatever JSON the service sent.
struct Body {
  bool object = false;
  std::string access_token;
  std::string refresh_token;
  std::string token_type;
  std::string error;
  std::optional<std::int64_t> lifetime;
  std::optional<std::int64_t> code;  // AADSTS
};

std::string member_text(dom::object object, std::string_view name) {
  std::string_view value;
  return object[name].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
}

std::optional<std::int64_t> digits(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end == text.data()) return std::nullopt;
  return value;
}

// Version 1 of the endpoint writes numbers as strings.
std::optional<std::int64_t> number_of(dom::object object, std::string_view name) {
  dom::element value;
  if (object[name].get(value) != simdjson::SUCCESS) return std::nullopt;
  std::int64_t whole = 0;
  if (value.get(whole) == simdjson::SUCCESS) return whole;
  double real = 0;
  if (value.get(real) == simdjson::SUCCESS && real >= 0 && real < 1e9) {
    return static_cast<std::int64_t>(real);
  }
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) return digits(text);
  return std::nullopt;
}

std::optional<std::int64_t> aadsts(dom::object object) {
  dom::array codes;
  std::int64_t code = 0;
  if (object["error_codes"].get(codes) == simdjson::SUCCESS && codes.size() > 0 &&
      codes.at(0).get(code) == simdjson::SUCCESS) {
    return code;
  }
  std::string_view description;
  if (object["error_description"].get(description) != simdjson::SUCCESS) return std::nullopt;
  constexpr std::string_view prefix = "AADSTS";
  if (!description.starts_with(prefix)) return std::nullopt;
  return digits(description.substr(prefix.size()));
}

Body read_body(std::string_view text) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";  // simdjson does not skip it
  if (text.starts_with(mark)) text.remove_prefix(mark.size());
  Body body;
  dom::parser parser;
  simdjson::padded_string padded(text);
  dom::object object;
  if (parser.parse(padded).get(object) == simdjson::SUCCESS) {
    body.object = true;
    body.access_token = member_text(object, "access_token");
    body.refresh_token = member_text(object, "refresh_token");
    body.token_type = member_text(object, "token_type");
    body.error = member_text(object, "error");
    body.lifetime = number_of(object, "expires_in");
    body.code = aadsts(object);
  }
  OPENSSL_cleanse(padded.data(), padded.size());
  return body;
}

bool fit_for_header(std::string_view token) {
  return !token.empty() &&
         std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

bool equal_without_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

// An OAuth error's name as it may be shown: what else stands there may be anything.
bool presentable(std::string_view error) {
  return !error.empty() && error.size() <= 40 &&
         std::all_of(error.begin(), error.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

TokenAnswer granted(Body body) {
  TokenAnswer answer;
  const bool bearer = body.token_type.empty() || equal_without_case(body.token_type, "Bearer");
  if (!bearer || !fit_for_header(body.access_token)) {
    answer.kind = TokenAnswer::Kind::again;
    answer.error = "the token service answered without a usable access token";
    return answer;
  }
  answer.kind = TokenAnswer::Kind::granted;
  answer.access_token = std::move(body.access_token);
  answer.refresh_token = std::move(body.refresh_token);
  constexpr std::int64_t day = 24 * 60 * 60;
  if (body.lifetime && *body.lifetime > 0) {
    answer.lifetime = std::chrono::seconds{std::min(*body.lifetime, day)};
  }
  return answer;
}

Meaning meaning_of(const Body& body, const TokenSetup& setup) {
  const auto code = std::find_if(std::begin(by_code), std::end(by_code),
                                 [&](const auto& entry) { return entry.code == body.code; });
  if (code != std::end(by_code)) return code->meaning;
  if (body.error == "invalid_client" && !setup.has_secret) {
    return {"a client secret is asked for and none was sent", Remedy::add_secret};
  }
  const auto error = std::find_if(std::begin(by_error), std::end(by_error),
                                  [&](const auto& entry) { return entry.error == body.error; });
  if (error != std::end(by_error)) return error->meaning;
  return {"the request is refused", Remedy::registration};
}

TokenAnswer refused(const Body& body, int status, const TokenSetup& setup) {
  std::string detail = presentable(body.error) ? body.error : "status " + std::to_string(status);
  if (body.code) detail += ", AADSTS" + std::to_string(*body.code);
  const Meaning meaning = meaning_of(body, setup);
  TokenAnswer answer;
  answer.kind = TokenAnswer::Kind::refused;
  if (presentable(body.error)) answer.oauth_error = body.error;
  answer.error = "sign-in refused: " + std::string(meaning.words) + " (" + detail + "); " +
                 remedy_text(meaning.remedy, setup);
  return answer;
}

TokenAnswer unanswered(const Exchange& exchange) {
  using Trouble = Exchange::Trouble;
  TokenAnswer answer;
  const bool unreachable =
      exchange.trouble == Trouble::resolve || exchange.trouble == Trouble::connect;
  if (exchange.trouble == Trouble::proxy) {
    answer.kind = TokenAnswer::Kind::barred;
  } else if (exchange.trouble == Trouble::tls) {
    answer.kind = TokenAnswer::Kind::untrusted;
  } else {
    answer.kind = unreachable ? TokenAnswer::Kind::unreachable : TokenAnswer::Kind::again;
  }
  answer.error = exchange.error;
  return answer;
}

TokenAnswer later(std::string error) {
  TokenAnswer answer;
  answer.kind = TokenAnswer::Kind::again;
  answer.error = std::move(error);
  return answer;
}

}  // namespace

TokenAnswer judge_token_answer(const Exchange& exchange, const TokenSetup& setup) {
  if (exchange.kind != Exchange::Kind::answered) return unanswered(exchange);
  const int status = exchange.response.status;
  const std::string answered = "the token service answered " + std::to_string(status);
  if (status == 429 || status == 408 || status >= 500) return later(answered);
  Body body = read_body(exchange.response.body);
  if (body.error == "temporarily_unavailable" || body.error == "server_error") {
    return later(answered + " (" + body.error + ")");
  }
  if (status == 200) return granted(std::move(body));
  if (body.object && !body.error.empty()) return refused(body, status, setup);
  TokenAnswer answer;
  answer.kind = TokenAnswer::Kind::refused;
  answer.error = answered +
                 ", and not as a token service does; check "
                 "partner_center.auth.authority (" +
                 setup.authority + ") and tenant";
  return answer;
}

std::string write_refresh_grant(const RefreshGrant& grant) {
  std::string body = "grant_type=refresh_token&client_id=" + encode_component(grant.client_id) +
                     "&scope=" + encode_component(grant.scope) +
                     "&refresh_token=" + encode_component(grant.refresh_token);
  if (!grant.client_secret.empty()) {
    body += "&client_secret=" + encode_component(grant.client_secret);
  }
  return body;
}

Request oauth_request(std::string path, std::string body, std::string request_id) {
  Request request;
  request.method = "POST";
  request.target = std::move(path);
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  request.headers.emplace_back("Accept", "application/json");
  request.headers.emplace_back("client-request-id", std::move(request_id));
  request.body = std::move(body);
  return request;
}

void wipe(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

std::string oauth_path(const std::string& authority, const std::string& tenant,
                       std::string_view endpoint) {
  std::string_view path = authority;
  const std::size_t scheme = path.find("://");
  const std::size_t begin = path.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
  path.remove_prefix(std::min(begin, path.size()));
  while (path.ends_with('/')) path.remove_suffix(1);
  return std::string(path) + "/" + encode_component(tenant) + "/oauth2/v2.0/" +
         std::string(endpoint);
}

std::string oauth_scope(const std::string& audience) {
  return audience + "/.default offline_access";
}

std::string encode_component(std::string_view text) {
  constexpr char hex[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += hex[byte >> 4U];
      encoded += hex[byte & 0x0FU];
    }
  }
  return encoded;
}

}  // namespace referrald::submission
