#include "tests/simulator/tokens.hpp"

#include <fmt/format.h>

namespace referrald::simulator {
namespace {

constexpr auto refresh_lasts = std::chrono::days{90};  // since the last use

std::string_view bearer(std::string_view authorization) {
  constexpr std::string_view scheme = "Bearer ";
  return authorization.starts_with(scheme) ? authorization.substr(scheme.size())
                                           : std::string_view{};
}

// Ties a successor to its base (FNV-1a). It is a mark against mistakes, not against people.
std::uint64_t mark(std::string_view base, std::string_view middle) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const auto part : {base, middle}) {
    for (const char c : part) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    }
  }
  return hash;
}

bool descends(std::string_view token, std::string_view base) {
  if (token == base) return true;
  if (!token.starts_with(base) || token.size() != base.size() + 34) return false;
  const auto rest = token.substr(base.size());
  if (rest[0] != '.' || rest[17] != '.') return false;
  return rest.substr(18) == fmt::format("{:016x}", mark(base, rest.substr(1, 16)));
}

}  // namespace

Access Tokens::check(std::string_view authorization, Time now) const {
  const auto token = bearer(authorization);
  if (token.empty()) return Access::missing;
  const auto at = issued_.find(token);
  if (at == issued_.end()) return Access::unknown;
  if (at->second.until <= now) return Access::expired;
  if (at->second.audience != api_audience) return Access::wrong_audience;
  return at->second.role ? Access::granted : Access::no_role;
}

void Tokens::expire(std::string_view authorization) {
  const auto at = issued_.find(bearer(authorization));
  if (at != issued_.end()) at->second.until = Time::min();
}

std::string Tokens::issue_access(std::string audience, bool role, Time now) {
  // Long and with dots, as the real ones are, but no JWT: clients must not look inside.
  auto token = fmt::format("sim.{:016x}{:016x}.{:016x}{:016x}", random_.next(), random_.next(),
                           random_.next(), random_.next());
  issued_.emplace(token, Issued{std::move(audience), now + settings_.token_lifetime, role});
  return token;
}

std::string_view Tokens::base_of(std::string_view token) const {
  if (descends(token, settings_.refresh_token)) return settings_.refresh_token;
  return descends(token, no_role_token) ? no_role_token : std::string_view{};
}

Refresh Tokens::check_refresh(std::string_view token, Time now) const {
  if (base_of(token).empty()) return Refresh::unknown;
  if (settings_.refuse_old_refresh_token && replaced_.contains(token)) return Refresh::replaced;
  const auto at = used_.find(token);
  return at != used_.end() && at->second + refresh_lasts <= now ? Refresh::expired : Refresh::good;
}

bool Tokens::has_role(std::string_view refresh_token) const {
  return base_of(refresh_token) != no_role_token;
}

std::string Tokens::rotate(std::string_view refresh_token, Time now) {
  used_[std::string{refresh_token}] = now;
  if (!settings_.rotate_refresh_token) return std::string{refresh_token};
  std::string next = successor(base_of(refresh_token));
  used_[next] = now;
  replaced_.emplace(refresh_token);
  return next;
}

std::string Tokens::successor(std::string_view base) {
  const auto middle = fmt::format("{:016x}", random_.next());
  return fmt::format("{}.{}.{:016x}", base, middle, mark(base, middle));
}

}  // namespace referrald::simulator
