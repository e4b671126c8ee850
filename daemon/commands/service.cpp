#include "daemon/commands/service.hpp"

#include "daemon/exit.hpp"
#include "daemon/submission/http_transport.hpp"

namespace referrald::commands {
namespace {

std::unique_ptr<submission::Transport> connect(const config::Config& config, const std::string& url,
                                               std::size_t connections,
                                               const boost::asio::any_io_executor& executor) {
  submission::HttpOptions options;
  options.url = url;
  options.ca_file = config.partner_center.ca_file;
  options.connections = connections;
  options.user_agent = "referrald";
  try {
    return submission::make_http_transport(executor, options);
  } catch (const submission::TransportError& error) {
    throw CommandError(Exit::invalid, error.what());
  }
}

}  // namespace

Service::Service(const config::Config& config, boost::asio::any_io_executor executor,
                 submission::Clock& clock, submission::Random& random)
    : api_(connect(config, config.partner_center.url,
                   static_cast<std::size_t>(config.submission.connections), executor)),
      authority_(connect(config, config.partner_center.auth.authority, 1, executor)),
      tokens_(submission::make_token_source(config.partner_center.auth, audience,
                                            config.submission.retry, *authority_, clock, random)) {}

boost::asio::awaitable<void> Service::close() {
  co_await api_->close();
  co_await authority_->close();
}

}  // namespace referrald::commands
