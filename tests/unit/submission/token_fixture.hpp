// What the tests of the token source have in common: a scripted token service, virtual time, and
// secrets in files.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/submission/token.hpp"
#include "tests/support/scripted_transport.hpp"
#include "tests/support/virtual_clock.hpp"

namespace referrald::test {

using submission::TokenResult;

inline constexpr auto secret = "s3cr3t~value";

// Always the middle, so that waits can be told in advance.
class EvenRandom final : public submission::Random {
 public:
  double uniform() override { return 0.5; }
  std::string uuid() override { return "11111111-2222-4333-8444-" + std::to_string(++count_); }

 private:
  long count_ = 100'000'000'000;
};

inline std::string grant(const std::string& access, const std::string& refresh = {},
                         const std::string& expires_in = "3600") {
  std::string body = R"({"token_type":"Bearer","expires_in":)" + expires_in +
                     R"(,"access_token":")" + access + "\"";
  if (!refresh.empty()) body += R"(,"refresh_token":")" + refresh + "\"";
  return body + "}";
}

inline std::string oauth_error(const std::string& error, const std::string& code = {}) {
  return R"({"error":")" + error + R"(","error_description":"AADSTS)" + code +
         R"(: for user someone@example.com. Trace ID: 0f0f","error_codes":[)" + code + "]}";
}

inline std::string content(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline mode_t mode_of(const std::filesystem::path& file) {
  struct stat found {};
  return ::stat(file.c_str(), &found) == 0 ? found.st_mode & 07777U : 0;
}

class TokenTest : public testing::Test {
 protected:
  TokenTest() {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    auth_.tenant = "contoso.onmicrosoft.com";
    auth_.client_id = "client id";
    auth_.refresh_token = file_;
    config::SecretSource source;
    source.file = folder_ / "client-secret";
    auth_.client_secret = source;
    write(*source.file, secret);
    write(file_, "refresh-0");
  }
  ~TokenTest() override {
    std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
    std::filesystem::remove_all(folder_);
  }

  static void write(const std::filesystem::path& file, const std::string& text) {
    std::ofstream(file) << text << "\n";
    ::chmod(file.c_str(), 0600);
  }

  submission::TokenSource& source() {
    if (!source_) {
      source_ = submission::make_token_source(auth_, "https://api.partner.microsoft.com", retry_,
                                              transport_, clock_, random_);
    }
    return *source_;
  }

  TokenResult get() {
    TokenResult result = await(io_, clock_, source().get());
    EXPECT_EQ(result.kind == TokenResult::Kind::ok, result.error.empty()) << result.error;
    EXPECT_EQ(result.kind == TokenResult::Kind::ok, !result.access_token.empty());
    for (const std::string& hidden : std::vector<std::string>{secret, "refresh-", "access-"}) {
      EXPECT_THAT(result.error, testing::Not(testing::HasSubstr(hidden)));
    }
    return result;
  }

  void service_answers(int status, const std::string& body) {
    transport_.then(answered(status, body));
  }

  std::size_t asked() const { return transport_.asked().size(); }

  static std::filesystem::path new_folder() {
    static int count = 0;
    return std::filesystem::temp_directory_path() /
           ("referrald-token-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
  }

  const std::filesystem::path folder_ = new_folder();
  const std::filesystem::path file_ = folder_ / "kept";
  boost::asio::io_context io_;
  VirtualClock clock_;
  ScriptedTransport transport_{clock_};
  EvenRandom random_;
  config::Auth auth_;
  config::Retry retry_;
  std::unique_ptr<submission::TokenSource> source_;
};

}  // namespace referrald::test
