// By HTTPS_PROXY, through a squid where there is one.
#include <fstream>
#include <iterator>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/integration/setting.hpp"
#include "tests/support/certificates.hpp"

namespace referrald::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Variables = std::map<std::string, std::string>;

constexpr const char* squid_program = "/usr/sbin/squid";

std::uint16_t unused_port() {
  boost::asio::io_context io;
  const boost::asio::ip::tcp::acceptor bound(
      io, {boost::asio::ip::address_v4::loopback(), std::uint16_t{0}});
  return bound.local_endpoint().port();
}

// A squid of the test's own, with these lines in its configuration.
class Squid {
 public:
  explicit Squid(const std::string& rules) : port_(unused_port()) {
    auto pattern = (std::filesystem::temp_directory_path() / "referrald-squid-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    chmod(folder_.c_str(), 0777);  // run as root it writes as another user
    std::ofstream(folder_ / "helper") << "#!/bin/sh\nwhile read -r line; do\n"
                                         "  [ \"$line\" = 'user p@ss' ] && echo OK || echo ERR\n"
                                         "done\n";
    chmod((folder_ / "helper").c_str(), 0755);
    std::ofstream(folder_ / "squid.conf")
        << "http_port 127.0.0.1:" << port_ << "\npid_filename none\ncache deny all\n"
        << "pinger_enable off\nshutdown_lifetime 0 seconds\ncoredump_dir none\n"
        << "access_log stdio:" << (folder_ / "access.log").string() << "\ncache_log "
        << (folder_ / "cache.log").string() << "\nauth_param basic program "
        << (folder_ / "helper").string() << "\n"
        << rules << "\n";
    process_.emplace(
        std::vector<std::string>{squid_program, "-N", "-f", (folder_ / "squid.conf").string()},
        folder_.string());
    wait_until_it_listens();
  }
  ~Squid() {
    process_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Squid(const Squid&) = delete;
  Squid& operator=(const Squid&) = delete;

  std::string address() const { return fmt::format("127.0.0.1:{}", port_); }

  // Its access log, once that has a line of a connection that has ended.
  std::string log() {
    std::string text;
    while (text.empty() && !process_->wait_for(std::chrono::milliseconds{10})) {
      std::ifstream in(folder_ / "access.log");
      text.assign(std::istreambuf_iterator<char>(in), {});
    }
    return text;
  }

 private:
  void wait_until_it_listens() {
    boost::asio::io_context io;
    for (;;) {
      boost::asio::ip::tcp::socket socket(io);
      boost::system::error_code error;
      socket.connect({boost::asio::ip::address_v4::loopback(), port_}, error);
      if (!error) return;
      if (const auto ended = process_->wait_for(std::chrono::milliseconds{20})) {
        throw std::runtime_error("squid ended: " + ended->err);
      }
    }
  }

  const std::uint16_t port_;
  std::filesystem::path folder_;
  std::optional<Process> process_;
};

class ProxyIntegrationTest : public IntegrationTest {
 protected:
  ProxyIntegrationTest() {
    const auto identity = authority_.issue({.names = {}, .addresses = {"127.0.0.1"}});
    write("server.pem", identity.certificate);
    write("server.key", identity.key);
    write("ca.pem", authority_.certificate(), 0644);
    simulator_.emplace(
        folder, std::vector<std::string>{"--quiet", "--tls-cert", (folder / "server.pem").string(),
                                         "--tls-key", (folder / "server.key").string()});
    configure({.url = simulator_->url(), .partner_center = "  ca_file: ca.pem\n"});
    given_leads(4);
  }

  Ended referrald_with(const Variables& variables,
                       std::vector<std::string> arguments = {"sync", "--no-progress", "--json"}) {
    return run(command(std::move(arguments)), folder.string(), variables);
  }

  void expect_all_created(const Ended& ended) {
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    EXPECT_EQ(json(ended.out).at("created").as_int64(), 4);
    EXPECT_EQ(json(ended.out).at("in_doubt").as_int64(), 0);
  }

  const Authority authority_;
  std::optional<Simulator> simulator_;
};

// Skipped with a word of it where there is no squid.
class SquidIntegrationTest : public ProxyIntegrationTest {
 protected:
  void SetUp() override {
    if (access(squid_program, X_OK) != 0) {
      GTEST_SKIP() << "there is no squid, so NOTHING was tested through a real proxy; "
                      "scripts/install-dependencies.sh test installs it";
    }
  }
};

TEST_F(SquidIntegrationTest, SignInAndApiBothGoThroughIt) {
  Squid squid("http_access allow all");
  expect_all_created(referrald_with({{"HTTPS_PROXY", "http://" + squid.address()}}));
  const std::string host = simulator_->url().substr(std::string("https://").size());
  EXPECT_THAT(squid.log(), HasSubstr("TCP_TUNNEL/200"));
  EXPECT_THAT(squid.log(), HasSubstr("CONNECT " + host));
}

TEST_F(SquidIntegrationTest, ThePasswordOfItsAddressOpensIt) {
  Squid squid("acl known proxy_auth REQUIRED\nhttp_access allow known\nhttp_access deny all");
  expect_all_created(
      referrald_with({{"https_proxy", "http://user:p%40ss@" + squid.address() + "/"}}));
}

TEST_F(SquidIntegrationTest, WithoutTheRightPasswordTheRunStopsAndShowsNone) {
  Squid squid("acl known proxy_auth REQUIRED\nhttp_access allow known\nhttp_access deny all");
  const auto none = referrald_with({{"HTTPS_PROXY", "http://" + squid.address()}});
  EXPECT_EQ(none.exit_code, 69);
  EXPECT_THAT(none.err, HasSubstr("the proxy " + squid.address() +
                                  " (HTTPS_PROXY) asks for a user and password (407)"));
  const auto wrong = referrald_with({{"HTTPS_PROXY", "http://user:wr0ng@" + squid.address()}});
  EXPECT_EQ(wrong.exit_code, 69);
  EXPECT_THAT(wrong.err, HasSubstr("refuses the user or password in HTTPS_PROXY (407)"));
  EXPECT_THAT(wrong.err + wrong.out, Not(HasSubstr("wr0ng")));
}

TEST_F(SquidIntegrationTest, ItsRefusalStopsTheRunAndSaysWhatToDo) {
  Squid squid("http_access deny all");
  const auto ended = referrald_with({{"HTTPS_PROXY", "http://" + squid.address()}});
  EXPECT_EQ(ended.exit_code, 69);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("does not allow connections to 127.0.0.1:"),
                               HasSubstr("(403)"), HasSubstr("NO_PROXY")));
}

TEST_F(ProxyIntegrationTest, OneThatIsNotThereIsNamed) {
  const std::string address = fmt::format("127.0.0.1:{}", unused_port());
  const auto ended = referrald_with({{"HTTPS_PROXY", "http://user:secret@" + address}});
  EXPECT_EQ(ended.exit_code, 69);
  EXPECT_THAT(ended.err, HasSubstr("connect to the proxy " + address + " (HTTPS_PROXY): "));
  EXPECT_THAT(ended.err, Not(HasSubstr("secret")));
}

TEST_F(ProxyIntegrationTest, NoProxyLeadsStraightThere) {
  expect_all_created(
      referrald_with({{"HTTPS_PROXY", "http://127.0.0.1:1"}, {"NO_PROXY", "127.0.0.0/8"}}));
}

TEST_F(ProxyIntegrationTest, CheckNamesTheProxyWithoutItsPassword) {
  const auto named = referrald_with({{"HTTPS_PROXY", "http://user:secret@proxy:3128"}}, {"check"});
  EXPECT_EQ(named.exit_code, 0) << named.err;
  EXPECT_THAT(named.out, HasSubstr("network  through the proxy proxy:3128 (HTTPS_PROXY)\n"));
  EXPECT_THAT(named.out, Not(HasSubstr("secret")));
  const auto none = referrald_with({}, {"check"});
  EXPECT_THAT(none.out, Not(HasSubstr("network")));
}

TEST_F(ProxyIntegrationTest, AnAddressThatIsNoneIsAMistakeOfTheConfiguration) {
  for (const std::string value : {"http://user:secret@proxy:port", "socks5://user:secret@proxy"}) {
    for (const char* command : {"check", "sync"}) {
      const auto ended = referrald_with({{"HTTPS_PROXY", value}}, {command});
      EXPECT_EQ(ended.exit_code, 78) << command;
      EXPECT_THAT(ended.err, HasSubstr("the environment variable HTTPS_PROXY names no proxy: "));
      EXPECT_THAT(ended.err, Not(HasSubstr("secret")));
    }
  }
}

}  // namespace
}  // namespace referrald::test
