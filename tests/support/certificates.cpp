#include "tests/support/certificates.hpp"

#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace referrald::test {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Certificate = std::unique_ptr<X509, Free>;

Key make_key(const CertificateRequest& request = {}) {
  Key key(request.rsa_bits == 0 ? EVP_EC_gen("P-256")
                                : EVP_RSA_gen(static_cast<unsigned>(request.rsa_bits)));
  if (!key) throw std::runtime_error("cannot make a key");
  return key;
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Free> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  if (!extension) throw std::runtime_error("cannot make the extension " + value);
  X509_add_ext(certificate, extension.get(), -1);
}

// Unsigned, for `key`.
Certificate make_certificate(EVP_PKEY* key, const std::string& common_name,
                             const CertificateRequest& request) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  std::uint32_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial);
  const auto seconds = [](std::chrono::hours time) {
    return static_cast<long>(std::chrono::seconds(time).count());
  };
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), seconds(request.valid_from));
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), seconds(request.valid_until));
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  std::string names;
  for (const auto& name : request.names) names += (names.empty() ? "DNS:" : ",DNS:") + name;
  for (const auto& address : request.addresses) names += (names.empty() ? "IP:" : ",IP:") + address;
  if (!names.empty()) {
    add_extension(certificate.get(), certificate.get(), NID_subject_alt_name, names);
  }
  return certificate;
}

void sign(X509* certificate, X509* issuer, EVP_PKEY* issuer_key) {
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  if (X509_sign(certificate, issuer_key, EVP_sha256()) == 0) {
    throw std::runtime_error("cannot sign a certificate");
  }
}

template <typename Write>
std::string pem(const Write& write) {
  const std::unique_ptr<BIO, Free> bio(BIO_new(BIO_s_mem()));
  write(bio.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

Identity identity(X509* certificate, EVP_PKEY* key) {
  return {pem([&](BIO* out) { PEM_write_bio_X509(out, certificate); }), pem([&](BIO* out) {
            PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace

struct Authority::Impl {
  Key key = make_key();
  Certificate certificate;
};

Authority::Authority() : impl_(std::make_unique<Impl>()) {
  // Two authorities of one name would be taken for one whose signature is wrong.
  static int count = 0;
  const std::string name = "A test's authority " + std::to_string(++count);
  impl_->certificate = make_certificate(impl_->key.get(), name, {});
  X509* const own = impl_->certificate.get();
  add_extension(own, own, NID_basic_constraints, "critical,CA:TRUE");
  sign(own, own, impl_->key.get());
}

Authority::~Authority() = default;

Identity Authority::issue(const CertificateRequest& request) const {
  const Key key = make_key(request);
  const Certificate certificate = make_certificate(key.get(), "A test's server", request);
  sign(certificate.get(), impl_->certificate.get(), impl_->key.get());
  return identity(certificate.get(), key.get());
}

std::string Authority::certificate() const {
  return pem([&](BIO* out) { PEM_write_bio_X509(out, impl_->certificate.get()); });
}

Identity self_signed(const CertificateRequest& request) {
  const Key key = make_key(request);
  const Certificate certificate = make_certificate(key.get(), "Nobody's server", request);
  sign(certificate.get(), certificate.get(), key.get());
  return identity(certificate.get(), key.get());
}

std::string with_passphrase(const std::string& key) {
  const std::unique_ptr<BIO, Free> bio(BIO_new_mem_buf(key.data(), static_cast<int>(key.size())));
  const Key read(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  const unsigned char passphrase[] = {'x', 'y', 'z', 'z', 'y'};
  return pem([&](BIO* out) {
    PEM_write_bio_PrivateKey(out, read.get(), EVP_aes_128_cbc(), passphrase, sizeof passphrase,
                             nullptr, nullptr);
  });
}

}  // namespace referrald::test
