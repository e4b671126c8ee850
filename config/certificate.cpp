#include "config/certificate.hpp"

#include <array>
#include <ctime>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace referrald::config {
namespace {

constexpr int least_bits = 2048;

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeX509 {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using Pem = std::unique_ptr<BIO, FreeBio>;
using X509Pointer = std::unique_ptr<X509, FreeX509>;

// OpenSSL keeps errors for whoever asks next.
struct ClearErrors {
  ~ClearErrors() { ERR_clear_error(); }
};

Pem open_pem(const std::filesystem::path& file, bool key) {
  Pem pem(BIO_new_file(file.c_str(), "r"));
  if (!pem)
    throw CertificateError(key, "\"" + file.string() + "\" cannot be opened",
                           "let the user that runs referrald read it");
  return pem;
}

// Called when the key has a passphrase; gives none.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

std::shared_ptr<EVP_PKEY> read_key(const std::filesystem::path& file) {
  const Pem pem = open_pem(file, true);
  bool passphrase = false;
  std::shared_ptr<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(pem.get(), nullptr, no_passphrase, &passphrase), EVP_PKEY_free);
  const std::string name = "\"" + file.string() + "\"";
  if (passphrase)
    throw CertificateError(
        true, name + " holds a private key with a passphrase",
        "remove it: openssl pkey -in OLD -out NEW; the file's mode 600 is what protects the key");
  if (!key)
    throw CertificateError(true, name + " holds no private key that can be read",
                           "it must be in PEM form: -----BEGIN PRIVATE KEY-----");
  if (EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA)
    throw CertificateError(true, name + " holds a key that is not RSA",
                           "the token service takes RSA keys only");
  if (EVP_PKEY_bits(key.get()) < least_bits)
    throw CertificateError(
        true, name + " holds a key of " + std::to_string(EVP_PKEY_bits(key.get())) + " bits",
        "make one of 2048 bits or more");
  return key;
}

X509Pointer find_certificate(const std::filesystem::path& file, EVP_PKEY* key) {
  const Pem pem = open_pem(file, false);
  bool any = false;
  for (;;) {
    X509Pointer certificate(PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr));
    if (!certificate) break;
    any = true;
    if (X509_check_private_key(certificate.get(), key) == 1) return certificate;
  }
  const std::string name = "\"" + file.string() + "\"";
  if (any)
    throw CertificateError(false, name + " holds a certificate that does not belong to the key",
                           "name the key with which this certificate was requested");
  throw CertificateError(false, name + " holds no certificate that can be read",
                         "it must be in PEM form: -----BEGIN CERTIFICATE-----");
}

std::chrono::sys_seconds time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&parts)));
}

std::string thumbprint(const X509* certificate, const EVP_MD* digest) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  if (X509_digest(certificate, digest, bytes.data(), &size) != 1) return {};
  return {bytes.begin(), bytes.begin() + size};
}

}  // namespace

Certificate read_certificate(const ClientCertificate& files) {
  const ClearErrors clear;
  Certificate read;
  read.key = read_key(files.key);
  const X509Pointer certificate = find_certificate(files.file, read.key.get());
  read.not_before = time_of(X509_get0_notBefore(certificate.get()));
  read.not_after = time_of(X509_get0_notAfter(certificate.get()));
  read.sha1 = thumbprint(certificate.get(), EVP_sha1());
  read.sha256 = thumbprint(certificate.get(), EVP_sha256());
  return read;
}

}  // namespace referrald::config
