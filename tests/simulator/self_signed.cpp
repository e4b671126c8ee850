#include "tests/simulator/self_signed.hpp"

#include <cstdio>
#include <memory>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace referrald::simulator {
namespace {

template <auto Free>
struct Freeing {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freeing<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freeing<X509_EXTENSION_free>>;
using File = std::unique_ptr<std::FILE, Freeing<std::fclose>>;

void check(bool good) {
  if (!good) throw std::runtime_error("cannot make a certificate");
}

void add(X509* certificate, int kind, const char* value) {
  const Extension extension(X509V3_EXT_conf_nid(nullptr, nullptr, kind, value));
  check(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

}  // namespace

void write_self_signed(const std::filesystem::path& certificate_file,
                       const std::filesystem::path& key_file) {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  check(key && certificate);
  X509* const made = certificate.get();
  X509_set_version(made, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
  X509_gmtime_adj(X509_getm_notBefore(made), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made), 86400);
  X509_NAME* const name = X509_get_subject_name(made);
  const auto* const text = reinterpret_cast<const unsigned char*>("localhost");
  check(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1);
  check(X509_set_issuer_name(made, name) == 1 && X509_set_pubkey(made, key.get()) == 1);
  add(made, NID_basic_constraints, "critical,CA:TRUE");
  add(made, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost");
  check(X509_sign(made, key.get(), EVP_sha256()) > 0);

  const File out(std::fopen(certificate_file.c_str(), "wb"));
  check(out && PEM_write_X509(out.get(), made) == 1);
  const File secret(std::fopen(key_file.c_str(), "wb"));
  check(secret &&
        PEM_write_PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
}

}  // namespace referrald::simulator
