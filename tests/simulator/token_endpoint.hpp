// The sign-in service: refresh tokens and device codes in, access tokens out (reference, section
// 6).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "tests/simulator/assertion.hpp"
#include "tests/simulator/message.hpp"
#include "tests/simulator/tokens.hpp"

namespace referrald::simulator {

class TokenEndpoint {
 public:
  TokenEndpoint(const Settings& settings, Tokens& tokens, Random& random)
      : settings_(settings), tokens_(tokens), random_(random) {}

  enum class Route { none, token_v1, token_v2, device_code_v1, device_code_v2 };
  // /{tenant}/oauth2/token, /{tenant}/oauth2/v2.0/token, and …/devicecode of both.
  static Route route(std::string_view path);

  void answer(Route route, const Request& request, Time now, Answer& answer);
  void forget_device_codes() { devices_.clear(); }

 private:
  using Form = std::map<std::string, std::string, std::less<>>;
  struct Failure {
    unsigned status;
    std::string_view error;
    unsigned code;  // AADSTS
    std::string_view text;
  };
  struct Grant {
    bool v1 = false;
    std::string refresh_token;
    std::string audience;
    std::string scope;
    bool offline = true;
    bool openid = false;
  };
  struct Device {
    std::string user_code;
    std::string wanted;  // a scope, or a resource of version 1
    Time until;
    Time last_poll;
    unsigned polls = 0;
  };

  void give_device_code(bool v1, const Form& form, Time now, Answer& answer);
  std::optional<Failure> check_client_id(const Form& form) const;
  std::optional<Failure> check_proof(const Form& form, const Request& request, bool v1, Time now);
  std::optional<Failure> read_audience(const Form& form, Grant& grant) const;
  std::optional<Failure> check_refresh(const Form& form, Time now, Grant& grant) const;
  std::optional<Failure> check_device(const Form& form, Time now, Grant& grant);
  void give_token(const Grant& grant, Time now, Answer& answer);
  static std::string id_token(bool v1, Time now);
  void fail(const Failure& failure, Time now, Answer& answer);

  const Settings& settings_;
  Tokens& tokens_;
  Random& random_;
  Assertions assertions_;
  std::map<std::string, Device, std::less<>> devices_;
};

}  // namespace referrald::simulator
