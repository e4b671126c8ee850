#include "tests/simulator/token_endpoint.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tests/simulator/encoding.hpp"
#include "tests/simulator/json_text.hpp"

namespace referrald::simulator {
namespace {

constexpr std::string_view device_grant = "urn:ietf:params:oauth:grant-type:device_code";
constexpr std::string_view device_grant_v1 = "device_code";
constexpr std::string_view assertion_type =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr auto device_code_lasts = std::chrono::minutes{15};
// A poll that comes early only by what the network's jitter may do is not held against the client.
constexpr auto poll_slack = std::chrono::milliseconds{100};

std::string_view value_of(const std::map<std::string, std::string, std::less<>>& form,
                          std::string_view name) {
  const auto at = form.find(name);
  return at == form.end() ? std::string_view{} : std::string_view{at->second};
}

bool has_word(std::string_view text, std::string_view word) {
  while (!text.empty()) {
    const auto first = text.substr(0, text.find(' '));
    if (first == word) return true;
    text.remove_prefix(std::min(text.size(), first.size() + 1));
  }
  return false;
}

std::int64_t epoch(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

}  // namespace

TokenEndpoint::Route TokenEndpoint::route(std::string_view path) {
  const auto slash = path.find('/', 1);
  if (slash == std::string_view::npos || slash == 1) return Route::none;
  const auto rest = path.substr(slash);
  if (rest == "/oauth2/v2.0/token") return Route::token_v2;
  if (rest == "/oauth2/token") return Route::token_v1;
  if (rest == "/oauth2/v2.0/devicecode") return Route::device_code_v2;
  if (rest == "/oauth2/devicecode") return Route::device_code_v1;
  return Route::none;
}

void TokenEndpoint::answer(Route route, const Request& request, Time now, Answer& answer) {
  if (request.method != "POST") {
    return fail({405, "invalid_request", 900561, "The endpoint only accepts POST requests."}, now,
                answer);
  }
  if (!is_media_type(request.content_type, "application/x-www-form-urlencoded")) {
    return fail({400, "invalid_request", 900144,
                 "The request body must be application/x-www-form-urlencoded."},
                now, answer);
  }
  Form form;
  for (auto& [name, value] : parameters(request.body)) {
    form.emplace(std::move(name), std::move(value));
  }
  if (route == Route::device_code_v1 || route == Route::device_code_v2) {
    return give_device_code(route == Route::device_code_v1, form, now, answer);
  }

  Grant grant;
  grant.v1 = route == Route::token_v1;
  const auto type = value_of(form, "grant_type");
  const bool device = type == device_grant || (grant.v1 && type == device_grant_v1);
  std::optional<Failure> failure;
  if (type != "refresh_token" && !device) {
    failure = Failure{400, "unsupported_grant_type", 70003, "The grant type is not supported."};
  }
  if (!failure) failure = check_client_id(form);
  if (!failure) failure = check_proof(form, request, grant.v1, now);
  if (!failure) {
    failure = device ? check_device(form, now, grant) : check_refresh(form, now, grant);
  }
  if (!failure && grant.audience.empty()) failure = read_audience(form, grant);
  if (failure) return fail(*failure, now, answer);
  give_token(grant, now, answer);
}

std::optional<TokenEndpoint::Failure> TokenEndpoint::check_client_id(const Form& form) const {
  const auto id = value_of(form, "client_id");
  if (id.empty()) {
    return Failure{400, "invalid_request", 900144, "The parameter 'client_id' is missing."};
  }
  if (!settings_.client_id.empty() && id != settings_.client_id) {
    return Failure{400, "unauthorized_client", 700016,
                   "The application was not found in the directory."};
  }
  return std::nullopt;
}

std::optional<TokenEndpoint::Failure> TokenEndpoint::check_proof(const Form& form,
                                                                 const Request& request, bool v1,
                                                                 Time now) {
  if (settings_.client_secret.empty() && settings_.client_certificate.empty()) return std::nullopt;
  const auto secret = value_of(form, "client_secret");
  const auto assertion = value_of(form, "client_assertion");
  if (secret.empty() && assertion.empty()) {
    return Failure{401, "invalid_client", 7000218,
                   "The request body must contain 'client_assertion' or 'client_secret'."};
  }
  if (!secret.empty()) {
    if (secret == settings_.client_secret) return std::nullopt;
    return Failure{401, "invalid_client", 7000215, "Invalid client secret provided."};
  }
  if (value_of(form, "client_assertion_type") != assertion_type) {
    return Failure{400, "invalid_request", 900144,
                   "The parameter 'client_assertion_type' is missing."};
  }
  const auto path = std::string_view{request.target}.substr(0, request.target.find('?'));
  const Assertions::Expected expected{settings_.client_certificate, value_of(form, "client_id"),
                                      settings_.base_url + std::string{path}, v1};
  const auto fault = assertions_.check(assertion, expected, now);
  if (!fault) return std::nullopt;
  return Failure{401, "invalid_client", fault->code, fault->text};
}

std::optional<TokenEndpoint::Failure> TokenEndpoint::read_audience(const Form& form,
                                                                   Grant& grant) const {
  const auto scope = value_of(form, "scope");
  grant.openid = has_word(scope, "openid");
  if (grant.v1) {
    grant.audience = value_of(form, "resource");
    grant.scope = "user_impersonation";
    if (!grant.audience.empty()) return std::nullopt;
    return Failure{400, "invalid_resource", 500011, "The parameter 'resource' is missing."};
  }
  if (form.contains("resource")) {
    return Failure{400, "invalid_request", 9010010,
                   "The resource parameter is not supported on this endpoint."};
  }
  grant.offline = grant.offline && has_word(scope, "offline_access");
  grant.scope = scope;
  std::string_view rest = scope;
  while (!rest.empty()) {
    const auto word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    if (word.empty() || word == "openid" || word == "profile" || word == "email" ||
        word == "offline_access") {
      continue;
    }
    const auto slash = word.rfind('/');
    const auto permission = slash == std::string_view::npos ? "" : word.substr(slash);
    if (permission != "/.default" && permission != "/user_impersonation") {
      return Failure{400, "invalid_scope", 70011, "The provided value for 'scope' is not valid."};
    }
    grant.audience = word.substr(0, slash);
  }
  // As the real service does: without an API among the scopes the token is for somebody else.
  if (grant.audience.empty()) grant.audience = "https://graph.microsoft.com";
  return std::nullopt;
}

std::optional<TokenEndpoint::Failure> TokenEndpoint::check_refresh(const Form& form, Time now,
                                                                   Grant& grant) const {
  grant.refresh_token = value_of(form, "refresh_token");
  grant.offline = !settings_.omit_refresh_token;
  if (grant.refresh_token.empty()) {
    return Failure{400, "invalid_request", 900144, "The parameter 'refresh_token' is missing."};
  }
  switch (tokens_.check_refresh(grant.refresh_token, now)) {
    case Refresh::good:
      return std::nullopt;
    case Refresh::replaced:
      return Failure{400, "invalid_grant", 50173,
                     "The provided grant has expired due to it being revoked."};
    case Refresh::unknown:
    case Refresh::expired:
      break;
  }
  return Failure{400, "invalid_grant", 700082, "The refresh token has expired due to inactivity."};
}

void TokenEndpoint::give_device_code(bool v1, const Form& form, Time now, Answer& answer) {
  // No secret is sent at this step.
  if (const auto failure = check_client_id(form)) return fail(*failure, now, answer);
  Device device;
  device.wanted = value_of(form, v1 ? "resource" : "scope");
  if (v1 && device.wanted.empty()) {
    return fail({400, "invalid_resource", 500011, "The parameter 'resource' is missing."}, now,
                answer);
  }
  device.until = now + device_code_lasts;
  device.user_code = fmt::format("{:09X}", random_.next() & 0xfffffffffULL);
  const auto code = fmt::format("{:016x}{:016x}", random_.next(), random_.next());
  answer.content_type = json_type;
  answer.body = fmt::format(
      R"({{"user_code":"{0}","device_code":"{1}",)"
      R"("{4}":"https://microsoft.com/devicelogin","expires_in":{5}{2}{5},"interval":{5}{3}{5},)"
      R"("message":"To sign in, use a web browser to open the page https://microsoft.com/devicelogin )"
      R"(and enter the code {0} to authenticate. This is the simulator: nothing needs to be entered."}})",
      device.user_code, code, std::chrono::seconds{device_code_lasts}.count(),
      settings_.device_interval.count(), v1 ? "verification_url" : "verification_uri",
      v1 ? "\"" : "");
  devices_.emplace(code, std::move(device));
}

std::optional<TokenEndpoint::Failure> TokenEndpoint::check_device(const Form& form, Time now,
                                                                  Grant& grant) {
  const bool by_old_name = grant.v1 && form.contains("code");
  const auto at = devices_.find(value_of(form, by_old_name ? "code" : "device_code"));
  if (at == devices_.end()) {
    return Failure{400, "bad_verification_code", 70018, "Invalid verification code."};
  }
  Device& device = at->second;
  if (device.until <= now) {
    devices_.erase(at);
    return Failure{400, "expired_token", 70020, "The provided device code has expired."};
  }
  const bool early =
      device.last_poll != Time{} && now - device.last_poll + poll_slack < settings_.device_interval;
  device.last_poll = now;
  if (early) return Failure{400, "slow_down", 70017, "The client polls too often."};
  const bool pending = settings_.device_outcome == Settings::DeviceOutcome::never ||
                       device.polls++ < settings_.device_pending;
  if (pending) {
    return Failure{400, "authorization_pending", 70016,
                   "OAuth 2.0 device flow error. Authorization is pending."};
  }
  if (settings_.device_outcome == Settings::DeviceOutcome::decline) {
    devices_.erase(at);
    return Failure{400, "authorization_declined", 70019, "The user declined to sign in."};
  }
  grant.refresh_token = settings_.refresh_token;
  const Form asked{{grant.v1 ? "resource" : "scope", device.wanted}};
  auto failure = read_audience(asked, grant);
  grant.openid = grant.openid || grant.v1;
  devices_.erase(at);
  return failure;
}

void TokenEndpoint::give_token(const Grant& grant, Time now, Answer& answer) {
  const auto access =
      tokens_.issue_access(grant.audience, tokens_.has_role(grant.refresh_token), now);
  const auto next = tokens_.rotate(grant.refresh_token, now);
  const auto lifetime = settings_.token_lifetime.count();
  const std::string_view quote = grant.v1 || settings_.token_v1_numbers ? "\"" : "";

  std::string& body = answer.body;
  body = R"({"token_type":"Bearer","scope":)";
  append_json_string(body, grant.scope);
  body += fmt::format(R"(,"expires_in":{0}{1}{0},"ext_expires_in":{0}{1}{0})", quote, lifetime);
  if (grant.v1) {
    body += fmt::format(R"(,"expires_on":"{}","not_before":"{}","resource":)",
                        epoch(now) + lifetime, epoch(now));
    append_json_string(body, grant.audience);
  }
  body += R"(,"access_token":)";
  append_json_string(body, access);
  if (grant.offline) {
    body += R"(,"refresh_token":)";
    append_json_string(body, next);
  }
  if (grant.openid) {
    body += R"(,"id_token":")" + id_token(grant.v1, now) + '"';
  }
  body += '}';
  answer.content_type = json_type;
  answer.headers += "Cache-Control: no-store\r\n";
}

std::string TokenEndpoint::id_token(bool v1, Time now) {
  constexpr std::string_view user = "simulated.user@contoso.onmicrosoft.com";
  const auto account = v1 ? fmt::format(R"("upn":"{0}","unique_name":"{0}")", user)
                          : fmt::format(R"("preferred_username":"{}")", user);
  return encode_base64url(R"({"typ":"JWT","alg":"none"})") + '.' +
         encode_base64url(
             fmt::format(R"({{"name":"Simulated User",)"
                         R"("tid":"00000000-0000-0000-0000-00000000c001",{},"iat":{}}})",
                         account, epoch(now))) +
         '.';
}

void TokenEndpoint::fail(const Failure& failure, Time now, Answer& answer) {
  const auto trace = format_guid(random_.guid());
  const auto correlation = format_guid(random_.guid());
  auto stamp = format_time(std::chrono::floor<std::chrono::seconds>(now));
  stamp[10] = ' ';
  answer.status = failure.status;
  answer.content_type = json_type;
  answer.body = fmt::format(
      R"({{"error":"{0}","error_description":"AADSTS{1}: {2}\r\nTrace ID: {3}\r\nCorrelation ID: )"
      R"({4}\r\nTimestamp: {5}","error_codes":[{1}],"timestamp":"{5}","trace_id":"{3}",)"
      R"("correlation_id":"{4}"}})",
      failure.error, failure.code, failure.text, trace, correlation, stamp);
}

}  // namespace referrald::simulator
