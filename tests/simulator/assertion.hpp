// Client assertions (private_key_jwt): a JWT that the client signs with its certificate's key.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tests/simulator/time.hpp"

struct x509_st;  // OpenSSL's X509

namespace referrald::simulator {

struct AssertionFault {
  unsigned code;  // AADSTS
  std::string_view text;
};

class Assertions {
 public:
  // What the client must prove.
  struct Expected {
    std::string_view certificate;  // PEM
    std::string_view client_id;
    std::string audience;  // the URL that was asked
    bool v1 = false;       // needs the SHA-1 thumbprint
  };

  // nullopt: it is good, and its id is used up.
  std::optional<AssertionFault> check(std::string_view assertion, const Expected& expected,
                                      Time now);

 private:
  std::unordered_map<std::string, Time> used_;  // ids, until when
};

bool is_certificate(std::string_view pem);

}  // namespace referrald::simulator
