#include "daemon/submission/token_answer.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <optional>
#include <utility>

#include <openssl/crypto.h>
#include <simdjson.h>

#include "daemon/submission/lenient_number.hpp"

namespace referrald::submission {
namespace {

namespace dom = simdjson::dom;

// The members that matter of whatever JSON the service sent.
struct Body {
  bool object = false;
  std::string access_token;
  std::string refresh_token;
  std::string id_token;
  std::string token_type;
  std::string error;
  std::optional<std::int64_t> lifetime;
  std::optional<std::int64_t> code;  // AADSTS
};

std::string member_text(dom::object object, std::string_view name) {
  std::string_view value;
  return object[name].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
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
  return leading_digits(description.substr(prefix.size()));
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
    body.id_token = member_text(object, "id_token");
    body.token_type = member_text(object, "token_type");
    body.error = member_text(object, "error");
    body.lifetime = lenient_number(object, "expires_in");
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
  answer.account = account_of(body.id_token);
  if (answer.account.user.empty()) answer.account = account_of(body.access_token);
  answer.access_token = std::move(body.access_token);
  answer.refresh_token = std::move(body.refresh_token);
  constexpr std::int64_t day = 24 * 60 * 60;
  if (body.lifetime && *body.lifetime > 0) {
    answer.lifetime = std::chrono::seconds{std::min(*body.lifetime, day)};
  }
  return answer;
}

TokenAnswer refused(const Body& body, int status, const TokenSetup& setup) {
  std::string detail = presentable(body.error) ? body.error : "status " + std::to_string(status);
  if (body.code) detail += ", AADSTS" + std::to_string(*body.code);
  const SignInError meaning = meaning_of(body.error, body.code, setup.proof);
  TokenAnswer answer;
  answer.kind = TokenAnswer::Kind::refused;
  if (presentable(body.error)) answer.oauth_error = body.error;
  answer.error = "sign-in refused: " + std::string(meaning.meaning) + " (" + detail + "); " +
                 std::string(meaning.remedy);
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

}  // namespace referrald::submission
