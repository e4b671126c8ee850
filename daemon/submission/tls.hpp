// The client's side of TLS: whom it trusts and what it says when it does not. Internal to the HTTP
// transport.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>

#include "daemon/submission/http_connection.hpp"

namespace referrald::submission {

// TLS 1.2 or newer, trusting the system's store (SSL_CERT_FILE and SSL_CERT_DIR replace it) and the
// authorities in `ca_file`. Throws TransportError.
boost::asio::ssl::context make_tls_context(const std::optional<std::filesystem::path>& ca_file);

// Has the session verify the endpoint's name or address, and send the name (SNI).
void expect_peer(SSL* session, const Endpoint& endpoint);

// Why the handshake failed, in plain words.
std::string handshake_failure(SSL* session, const boost::system::error_code& error,
                              const std::string& host);

}  // namespace referrald::submission
