#include "daemon/commands/login.hpp"

#include <fmt/format.h>

#include "daemon/commands/over_network.hpp"
#include "daemon/submission/device_login.hpp"
#include "daemon/submission/sign_in.hpp"
#include "daemon/text.hpp"

namespace referrald::commands {
namespace {

using submission::TokenResult;

std::string invitation(const submission::DeviceCode& code) {
  const auto minutes = std::chrono::ceil<std::chrono::minutes>(code.lifetime).count();
  return fmt::format(
      "Open this address in a browser, on any computer:\n\n    {}\n\n"
      "Enter this code:\n\n    {}\n\n"
      "Sign in as the user for whom referrald works: with the role Referrals admin in Partner\n"
      "Center, and with multi-factor authentication. The code is good for {}.\n\n"
      "Waiting …\n",
      printable(code.verification_uri), printable(code.user_code),
      counted(static_cast<std::uint64_t>(minutes), "minute"));
}

Exit login(Globals& globals) {
  const auto config = load_config(globals);
  const config::Auth& auth = config.partner_center.auth;
  const auto result = over_network<TokenResult>(
      config, [&](Service& service, submission::Clock& clock, submission::Random& random) {
        return submission::login_by_device_code(auth, audience, service.authority(), clock, random,
                                                [&](const submission::DeviceCode& code) {
                                                  globals.out.write(invitation(code));
                                                  globals.out.flush();
                                                });
      });
  switch (result.kind) {
    case TokenResult::Kind::ok:
      break;
    case TokenResult::Kind::not_authorised:
      throw CommandError(Exit::not_authorised, result.error);
    case TokenResult::Kind::unavailable:
      throw CommandError(Exit::unavailable, result.error);
    case TokenResult::Kind::cannot_store:
      throw CommandError(Exit::cannot_write, result.error);
  }
  const auto sign_in = submission::read_sign_in(auth.refresh_token);
  const std::string user = sign_in ? sign_in->account.user : "";
  globals.out.write(fmt::format("Signed in{}. The refresh token is in {}.\n",
                                user.empty() ? "" : " as " + printable(user),
                                printable(auth.refresh_token.string())));
  return Exit::ok;
}

}  // namespace

void add_login(CommandLine& line, Globals& globals) {
  line.add("login", "sign in by device code and store the refresh token").runs([&globals] {
    return login(globals);
  });
}

}  // namespace referrald::commands
