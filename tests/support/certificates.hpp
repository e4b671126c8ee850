// Certificates made on the spot, so that none in the repository expires.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace referrald::test {

// What a server shows, both PEM.
struct Identity {
  std::string certificate;
  std::string key;
};

struct CertificateRequest {
  std::vector<std::string> names;      // DNS names it is valid for
  std::vector<std::string> addresses;  // IP addresses it is valid for
  std::chrono::hours valid_from{-1};   // from now
  std::chrono::hours valid_until{24};
  int rsa_bits = 0;  // 0: the key is of an elliptic curve
};

// An authority with its own root certificate.
class Authority {
 public:
  Authority();
  ~Authority();
  Identity issue(const CertificateRequest& request) const;
  std::string certificate() const;  // PEM

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Signed by nobody but itself.
Identity self_signed(const CertificateRequest& request);

// The same key, PEM, encrypted.
std::string with_passphrase(const std::string& key);

}  // namespace referrald::test
