// Who signed in, and since when that is renewed: for people to see. Nothing is decided by it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/submission/clock.hpp"

namespace referrald::submission {

// Of a user, as a token's claims have it; empty: not told. Personal data: for standard output,
// never for a log.
struct Account {
  std::string user;       // "ada@contoso.com"
  std::string name;       // "Ada Example"
  std::string tenant_id;  // the directory's GUID
};

// The claims of a JWT, whose signature is not looked at; nothing for any other text. An access
// token need not be a JWT.
Account account_of(std::string_view token);

// The token service took the sign-in no more.
struct Refusal {
  WallTime at;
  std::string why;  // for a person, with what to do; no personal data, and no secret
};

// What is kept beside the refresh token.
struct SignIn {
  Account account;
  WallTime renewed;  // when the service last took the refresh token or gave it; epoch: not known
  std::optional<Refusal> refused{};  // since then
};

// "refresh-token.account" beside the refresh token itself, links followed.
std::filesystem::path sign_in_file(const std::filesystem::path& refresh_token);

// nullopt when there is none or it cannot be read, and when it is older than the refresh token,
// which somebody has put there by hand then.
std::optional<SignIn> read_sign_in(const std::filesystem::path& refresh_token);

// A new sign-in: the refresh token, durably and atomically as SecretWriter does it, mode 0600, and
// who it is of. Blocks while another process renews. Throws std::system_error when the token cannot
// be kept.
void store_sign_in(const std::filesystem::path& refresh_token_file, std::string_view refresh_token,
                   const SignIn& sign_in);

// After the refresh token is in its place; the folder's lock (FolderLock) is held. Mode 0600. Does
// nothing when it cannot be written: `status` knows less then, and nothing else is lost.
void keep_sign_in(const std::filesystem::path& refresh_token, const SignIn& sign_in);

}  // namespace referrald::submission
