#include "daemon/commands/service.hpp"

#include "daemon/exit.hpp"
#include "daemon/submission/http_transport.hpp"

namespace referrald::commands {
namespace {

std::unique_ptr<submission::Transport> connect(const config::Config& config, const std::string& url,
                                               std::size_t connections,
                                               const submission::Environment& environment,
                                               const boost::asio::any_io_executor& executor) {
  submission::HttpOptions options;
  options.url = url;
  options.ca_file = config.partner_center.ca_file;
  options.connections = connections;
  options.user_agent = "referrald";
  try {
    options.proxy = submission::proxy_for(url, environment);
    return submission::make_http_transport(executor, options);
  } catch (const submission::TransportError& error) {
    throw CommandError(Exit::invalid, error.what());
  } catch (const submission::ProxyError& error) {
    throw CommandError(Exit::invalid, error.what());
  }
}

std::string way_in_words(const std::string& url, const submission::Environment& environment) {
  const auto proxy = submission::proxy_for(url, environment);
  if (!proxy) return "without a proxy";
  return "through the proxy " + proxy->label + " (" + proxy->variable + ")";
}

}  // namespace

std::string proxies_in_words(const config::Config& config,
                             const submission::Environment& environment) {
  const auto& [url, ca_file, auth] = config.partner_center;
  try {
    const std::string api = way_in_words(url, environment);
    const std::string authority = way_in_words(auth.authority, environment);
    if (api == authority) return api == "without a proxy" ? "" : api;
    return url + " " + api + ", " + auth.authority + " " + authority;
  } catch (const submission::TransportError& error) {
    throw CommandError(Exit::invalid, error.what());
  } catch (const submission::ProxyError& error) {
    throw CommandError(Exit::invalid, error.what());
  }
}

Service::Service(const config::Config& config, boost::asio::any_io_executor executor,
                 submission::Clock& clock, submission::Random& random,
                 const submission::Environment& environment)
    : api_(connect(config, config.partner_center.url,
                   static_cast<std::size_t>(config.submission.connections), environment, executor)),
      authority_(connect(config, config.partner_center.auth.authority, 1, environment, executor)),
      tokens_(submission::make_token_source(config.partner_center.auth, audience,
                                            config.submission.retry, *authority_, clock, random)) {}

boost::asio::awaitable<void> Service::close() {
  co_await api_->close();
  co_await authority_->close();
}

}  // namespace referrald::commands
