#include "daemon/submission/tls.hpp"

#include <boost/asio/ssl/error.hpp>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "daemon/submission/http_transport.hpp"

namespace referrald::submission {

namespace asio = boost::asio;
namespace ssl = asio::ssl;

ssl::context make_tls_context(const std::optional<std::filesystem::path>& ca_file) {
  ssl::context context(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  context.set_verify_mode(ssl::verify_peer);
  boost::system::error_code error;
  context.set_default_verify_paths(error);
  if (error) throw TransportError("the system's trusted certificates: " + error.message());
  if (ca_file) {
    context.load_verify_file(ca_file->string(), error);
    if (error) {
      throw TransportError(ca_file->string() +
                           ": no certificate could be read from this ca_file (" + error.message() +
                           "); it must hold certificates in PEM form");
    }
  }
  return context;
}

void expect_peer(SSL* session, const Endpoint& endpoint) {
  X509_VERIFY_PARAM* const expected = SSL_get0_param(session);
  // Done by OpenSSL itself, so that a mismatch is told apart from other refusals.
  if (endpoint.address) {
    X509_VERIFY_PARAM_set1_ip_asc(expected, endpoint.host.c_str());
  } else {
    X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    X509_VERIFY_PARAM_set1_host(expected, endpoint.host.data(), endpoint.host.size());
    SSL_set_tlsext_host_name(session, endpoint.host.c_str());
  }
}

std::string handshake_failure(SSL* session, const boost::system::error_code& error,
                              const std::string& host) {
  const long verdict = SSL_get_verify_result(session);
  const std::string certificate = "the certificate of " + host;
  switch (verdict) {
    case X509_V_OK:
      return "no TLS session with " + host + ": " + error.message();
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return certificate + " is not valid for that name";
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return certificate + " has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return certificate + " is not valid yet (is this machine's clock right?)";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return certificate + " is not signed by an authority that this machine trusts (" +
             X509_verify_cert_error_string(verdict) +
             "); a private authority's certificate belongs into ca_file";
    default:
      return certificate + " is refused: " + X509_verify_cert_error_string(verdict);
  }
}

}  // namespace referrald::submission
