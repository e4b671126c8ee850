#include "daemon/commands/login.hpp"

#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "daemon/commands/service.hpp"
#include "daemon/submission/device_login.hpp"
#include "daemon/submission/real_clock.hpp"
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

boost::asio::awaitable<TokenResult> login_and_close(Service& service, const config::Auth& auth,
                                                    submission::Clock& clock,
                                                    submission::Random& random, Output& out) {
  TokenResult result;
  std::exception_ptr error;
  try {
    std::function<void(const submission::DeviceCode&)> show =
        [&out](const submission::DeviceCode& code) {
          out.write(invitation(code));
          out.flush();
        };
    result = co_await submission::login_by_device_code(auth, audience, service.authority(), clock,
                                                       random, std::move(show));
  } catch (...) {
    error = std::current_exception();
  }
  co_await service.close();
  if (error) std::rethrow_exception(error);
  co_return result;
}

Exit login(Globals& globals) {
  const auto config = load_config(globals);
  boost::asio::io_context io(1);
  const auto clock = submission::make_clock(io.get_executor());
  const auto random = submission::make_random();
  Service service(config, io.get_executor(), *clock, *random);
  TokenResult result;
  std::exception_ptr error;
  boost::asio::co_spawn(
      io, login_and_close(service, config.partner_center.auth, *clock, *random, globals.out),
      [&](std::exception_ptr failure, TokenResult answer) {
        error = std::move(failure);
        result = std::move(answer);
      });
  io.run();
  if (error) std::rethrow_exception(error);
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
  globals.out.write(fmt::format("Signed in. The refresh token is in {}.\n",
                                printable(config.partner_center.auth.refresh_token.string())));
  return Exit::ok;
}

}  // namespace

void add_login(CommandLine& line, Globals& globals) {
  line.add("login", "sign in by device code and store the refresh token").runs([&globals] {
    return login(globals);
  });
}

}  // namespace referrald::commands
