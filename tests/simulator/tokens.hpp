// The access and refresh tokens that were given out, and what they are good for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "tests/simulator/random.hpp"
#include "tests/simulator/settings.hpp"
#include "tests/simulator/time.hpp"

namespace referrald::simulator {

enum class Access { granted, missing, unknown, expired, wrong_audience, no_role };
enum class Refresh { good, unknown, expired, replaced };

class Tokens {
 public:
  Tokens(const Settings& settings, Random& random) : settings_(settings), random_(random) {}

  // `authorization` is the header's value.
  Access check(std::string_view authorization, Time now) const;
  // From now on the token counts as expired.
  void expire(std::string_view authorization);
  std::string issue_access(std::string audience, bool role, Time now);

  Refresh check_refresh(std::string_view token, Time now) const;
  bool has_role(std::string_view refresh_token) const;
  // What the client shall use next. A successor is recognised by its form, so that it outlives this
  // process; which tokens were replaced does not.
  std::string rotate(std::string_view refresh_token, Time now);

 private:
  struct Issued {
    std::string audience;
    Time until;
    bool role;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  std::string successor(std::string_view base);
  // The configured token that `token` is or descends from; empty: none.
  std::string_view base_of(std::string_view token) const;

  const Settings& settings_;
  Random& random_;
  std::unordered_map<std::string, Issued, Hash, std::equal_to<>> issued_;
  std::unordered_map<std::string, Time, Hash, std::equal_to<>> used_;  // refresh tokens, last use
  std::unordered_set<std::string, Hash, std::equal_to<>> replaced_;
};

}  // namespace referrald::simulator
