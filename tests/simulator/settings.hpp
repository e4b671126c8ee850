// How the simulator was told to behave; the defaults are those of docs/simulator.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace referrald::simulator {

inline constexpr std::string_view api_audience = "https://api.partner.microsoft.com";
// Any token that comes from this refresh token lacks the Referrals role.
inline constexpr std::string_view no_role_token = "no-role";

struct Settings {
  std::string base_url = "http://127.0.0.1";  // what links and next links begin with

  // The API's behaviour where the sources disagree.
  bool strict_request_id = false;
  unsigned engagement_unknown = 404;
  bool misspelled_links = false;
  bool replay_ms_request_id = false;
  bool broken_next_link = false;
  unsigned put_without_if_match = 400;
  bool refuse_updated_filter = false;
  std::chrono::milliseconds list_delay{0};
  std::optional<std::size_t> max_concurrent;

  // Sign-in.
  std::string client_id;  // empty: any
  // Both empty: how the client proves who it is is not looked at.
  std::string client_secret;
  std::string client_certificate;  // PEM; a client assertion must be signed with its key
  std::string refresh_token = "simulator-refresh-token";
  bool rotate_refresh_token = true;
  bool refuse_old_refresh_token = false;
  bool omit_refresh_token = false;  // a refresh grant's answer has none
  bool token_v1_numbers = false;
  std::chrono::seconds token_lifetime{3600};
  enum class DeviceOutcome { approve, decline, never };
  DeviceOutcome device_outcome = DeviceOutcome::approve;
  unsigned device_pending = 1;  // polls answered authorization_pending first
  std::chrono::seconds device_interval{5};
};

}  // namespace referrald::simulator
