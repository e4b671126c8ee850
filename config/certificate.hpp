// The certificate with which the application proves who it is, in place of a client secret.
#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

#include "config/config.hpp"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace referrald::config {

struct Certificate {
  std::chrono::sys_seconds not_before;
  std::chrono::sys_seconds not_after;
  std::string sha1;    // thumbprints of its DER form, as raw bytes
  std::string sha256;  //
  std::shared_ptr<evp_pkey_st> key;
};

// What is wrong with the files: what() names the file, and neither repeats what the file holds.
class CertificateError : public std::runtime_error {
 public:
  CertificateError(bool in_key, const std::string& what, std::string remedy)
      : std::runtime_error(what), in_key_(in_key), remedy_(std::move(remedy)) {}
  bool in_key() const { return in_key_; }  // in the private key's file, not in the certificate's
  const std::string& remedy() const { return remedy_; }

 private:
  bool in_key_;
  std::string remedy_;
};

// The certificate that belongs to the private key; of a chain the others are passed over. The key
// is RSA, has 2048 bits or more, and no passphrase: what stands beside it would protect nothing.
// Throws CertificateError.
Certificate read_certificate(const ClientCertificate& files);

}  // namespace referrald::config
