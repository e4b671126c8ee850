#include "daemon/commands/sign_in_health.hpp"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <sys/stat.h>

#include "config/certificate.hpp"
#include "daemon/commands/row_format.hpp"
#include "daemon/submission/token_request.hpp"
#include "daemon/text.hpp"

namespace referrald::commands {
namespace {

using persistence::Timestamp;
using submission::ClientProof;

constexpr const char* certificate_remedy =
    "make a new certificate, upload it to the app registration, and put it where "
    "partner_center.auth.client_certificate points to";
constexpr const char* secret_remedy =
    "make a new client secret in the app registration, put it where "
    "partner_center.auth.client_secret points to, and correct its `expires`";

void look_at_refresh_token(const config::Auth& auth, Timestamp now, SignInHealth& health) {
  struct stat info {};
  if (::stat(auth.refresh_token.c_str(), &info) != 0) return;
  health.since = Timestamp(std::chrono::seconds(info.st_mtim.tv_sec));
  health.mode = fmt::format("{:04o}", info.st_mode & 07777U);
  health.readable_by_others = (info.st_mode & 0077U) != 0;
  if (const auto sign_in = submission::read_sign_in(auth.refresh_token)) {
    health.account = sign_in->account;
    if (sign_in->renewed != Timestamp{}) health.renewed = sign_in->renewed;
    health.refused = sign_in->refused;
  }
  if (health.refused) {
    health.warnings.push_back({"the token service refuses the sign-in", health.refused->at,
                               health.refused->why, "credential-ended", false, true});
    return;
  }
  const Timestamp until = health.renewed.value_or(*health.since) + auth.refresh_token_lifetime;
  health.good_until = until;
  // A short lifetime is not to be warned of for all of it.
  const auto ahead =
      std::min<std::chrono::milliseconds>(warned_ahead, auth.refresh_token_lifetime / 2);
  if (until <= now)
    health.warnings.push_back({"the refresh token was not used for so long that it has ended",
                               until, "sign in again with `referrald login`", "credential-ended"});
  else if (until - now <= ahead)
    health.warnings.push_back({"the refresh token ends soon unless it is used", until,
                               "`referrald check --online` uses it, and so does every sync that "
                               "sends something",
                               "credential-ends-soon"});
}

void look_at_end(const std::string& what, Timestamp until, const char* remedy, Timestamp now,
                 SignInHealth& health) {
  health.client_until = until;
  if (until <= now)
    health.warnings.push_back({what + " has ended", until, remedy, "credential-ended"});
  else if (until - now <= warned_ahead)
    health.warnings.push_back({what + " ends soon", until, remedy, "credential-ends-soon"});
}

void look_at_client(const config::Auth& auth, Timestamp now, SignInHealth& health) {
  if (auth.client_secret && auth.client_secret_expires)
    look_at_end("the client secret", *auth.client_secret_expires, secret_remedy, now, health);
  if (!auth.client_certificate) return;
  try {
    const auto certificate = config::read_certificate(*auth.client_certificate);
    look_at_end("the client certificate", certificate.not_after, certificate_remedy, now, health);
    if (certificate.not_after <= now) health.warnings.back().invalid = true;
    if (certificate.not_before > now)
      health.warnings.push_back({"the client certificate is not valid yet", certificate.not_before,
                                 "wait, or look whether this machine's clock is right",
                                 "credential-not-valid-yet", true});
  } catch (const config::CertificateError&) {
    // It was read a moment ago, with the configuration: somebody is replacing it.
  }
}

std::string_view name_of(ClientProof proof) {
  return proof == ClientProof::secret        ? "secret"
         : proof == ClientProof::certificate ? "certificate"
                                             : "public";
}

boost::json::value text_or_null(const std::string& text) {
  return text.empty() ? boost::json::value(nullptr) : boost::json::value(json_text(text));
}

std::string who(const SignInHealth& health) {
  const auto& account = health.account;
  std::string text =
      account.user.empty() ? "who it is, is told with the first use" : printable(account.user);
  if (!account.name.empty()) text += " (" + printable(account.name) + ")";
  text += "; tenant " + printable(health.tenant);
  if (!account.tenant_id.empty() && account.tenant_id != health.tenant)
    text += " (" + printable(account.tenant_id) + ")";
  return text;
}

}  // namespace

std::string client_secret_trouble(const config::Auth& auth) {
  if (!auth.client_secret) return {};
  try {
    std::string secret = config::read_secret(*auth.client_secret);
    submission::wipe(secret);
    return {};
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

SignInHealth sign_in_health(const config::Auth& auth, Timestamp now) {
  SignInHealth health;
  health.file = auth.refresh_token.string();
  health.tenant = auth.tenant;
  health.client = submission::proof_of(auth);
  look_at_refresh_token(auth, now, health);
  look_at_client(auth, now, health);
  return health;
}

std::vector<std::string> lines_of(const SignInHealth& health, Timestamp now) {
  if (!health.since)
    return {fmt::format("no refresh token at {}: run `referrald login`", printable(health.file))};
  const Timestamp when = health.renewed.value_or(*health.since);
  std::vector<std::string> lines{who(health), "refresh token in " + printable(health.file)};
  auto life = fmt::format("{} {} ({})", health.renewed ? "renewed" : "stored", iso_time(when),
                          relative(when, now));
  if (health.refused)
    life += fmt::format(", refused {} ({})", iso_time(health.refused->at),
                        relative(health.refused->at, now));
  else
    life += fmt::format(", good until {} ({}){}", iso_time(*health.good_until),
                        relative(*health.good_until, now),
                        *health.good_until > now ? ", longer after each use" : "");
  lines.push_back(std::move(life));
  if (health.readable_by_others)
    lines.push_back(fmt::format("mode {}: others can use it; run chmod 600 {}", health.mode,
                                printable(health.file)));
  if (health.client_until)
    lines.push_back(fmt::format("client {} until {} ({})", name_of(health.client),
                                iso_time(*health.client_until),
                                relative(*health.client_until, now)));
  return lines;
}

std::string sentence_of(const SignInWarning& warning, Timestamp now) {
  return fmt::format("{}: {} ({}); {}", warning.what, iso_time(warning.when),
                     relative(warning.when, now), warning.remedy);
}

boost::json::object json_of(const SignInHealth& health, Timestamp now) {
  boost::json::array warnings;
  for (const SignInWarning& warning : health.warnings)
    warnings.push_back(json_text(sentence_of(warning, now)));
  return {{"file", json_text(health.file)},
          {"present", health.since.has_value()},
          {"since", json_of(health.since)},
          {"mode", health.mode},
          {"readable_by_others", health.readable_by_others},
          {"user", text_or_null(health.account.user)},
          {"name", text_or_null(health.account.name)},
          {"tenant", json_text(health.tenant)},
          {"tenant_id", text_or_null(health.account.tenant_id)},
          {"renewed", json_of(health.renewed)},
          {"good_until", json_of(health.good_until)},
          {"refused", health.refused ? json_of(std::optional(health.refused->at))
                                     : boost::json::value(nullptr)},
          {"client", name_of(health.client)},
          {"client_until", json_of(health.client_until)},
          {"warnings", std::move(warnings)}};
}

void log_warnings(const SignInHealth& health, Log& log) {
  for (const SignInWarning& warning : health.warnings)
    if (!warning.told)
      log.write_words(warning.event, warning.what,
                      {{"when", iso_time(warning.when)}, {"remedy", warning.remedy}});
}

}  // namespace referrald::commands
