// What the token service's errors mean and what to do about them (reference, section 6.4): one
// table, for messages and for the documentation.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace referrald::submission {

struct SignInError {
  std::string_view error;    // OAuth's name, "invalid_grant"; empty: any
  std::int64_t code = 0;     // AADSTS number; 0: any
  std::string_view meaning;  // "the refresh token has expired"
  std::string_view remedy;   // "sign in again with `referrald login`, …"
};

// By AADSTS number, then those by OAuth's name alone.
std::span<const SignInError> sign_in_errors();

// How the client proves who it is, for the remedy when that is refused without a number.
enum class ClientProof { none, secret, certificate };

// The number decides, where it is known; else the name; else something that is true of any refusal.
SignInError meaning_of(std::string_view error, std::optional<std::int64_t> code, ClientProof proof);

}  // namespace referrald::submission
