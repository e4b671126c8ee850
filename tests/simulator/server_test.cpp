// The wire: real HTTP over loopback.
#include "tests/simulator/server.hpp"

#include <filesystem>
#include <thread>

#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/simulator/loopback_client.hpp"
#include "tests/simulator/report.hpp"
#include "tests/simulator/self_signed.hpp"
#include "tests/simulator/service_fixture.hpp"

namespace referrald::simulator {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;
using testing::HasSubstr;
using testing::StartsWith;

class ServerTest : public testing::Test {
 protected:
  ~ServerTest() override {
    if (!server_) return;
    asio::post(io_, [this] { server_->stop(); });
    thread_.join();
  }

  void start() {
    server_.emplace(io_, options_);
    settings_.base_url = server_->url();
    service_.emplace(settings_, faults_, clock_, 1);
    server_->serve(*service_);
    port_ = server_->port();
    thread_ = std::thread([this] { io_.run(); });
  }

  std::string token() {
    LoopbackClient client(port_);
    const auto told = client.ask(
        http_text("POST", "/contoso/oauth2/v2.0/token",
                  "grant_type=refresh_token&client_id=a&refresh_token=simulator-refresh-token"
                  "&scope=https://api.partner.microsoft.com/.default",
                  "Content-Type: application/x-www-form-urlencoded\r\n"));
    return std::string{json::parse(told.response.body()).at("access_token").as_string()};
  }
  std::string headers(const std::string& fault = "") {
    if (token_.empty()) token_ = token();
    auto lines =
        fmt::format("Authorization: Bearer {}\r\nContent-Type: application/json\r\n", token_);
    if (!fault.empty()) lines += fmt::format("x-simulator-fault: {}\r\n", fault);
    return lines;
  }
  std::string post(const std::string& fault = "", const std::string& external_id = "x") {
    return http_text("POST", referrals_path, own_referral(external_id), headers(fault));
  }
  std::int64_t held() {
    LoopbackClient client(port_);
    const auto told = client.ask(http_text("GET", "/__simulator/state"));
    return json::parse(told.response.body()).at("referrals").to_number<std::int64_t>();
  }

  asio::io_context io_;
  ServerOptions options_;
  Settings settings_;
  FaultSettings faults_;
  SystemClock clock_;
  std::optional<Server> server_;
  std::optional<Service> service_;
  std::thread thread_;
  std::uint16_t port_ = 0;
  std::string token_;
};

TEST_F(ServerTest, AnswersManyRequestsOnOneConnection) {
  start();
  LoopbackClient client(port_);
  for (int i = 0; i < 20; ++i) {
    const auto told = client.ask(post());
    ASSERT_EQ(told.status(), 201U) << told.response.body();
    EXPECT_EQ(field(told, "Content-Type"), json_type);
    EXPECT_FALSE(field(told, "Date").empty());
    EXPECT_EQ(field(told, "ETag"), json::parse(told.response.body()).at("eTag").as_string());
  }
  EXPECT_EQ(held(), 20);
}

TEST_F(ServerTest, AnswersRequestsSentAtOnceInTheirOrder) {
  start();
  LoopbackClient client(port_);
  client.send(post("", "one") + post("", "two"));
  EXPECT_EQ(json::parse(client.receive().response.body()).at("externalReferenceId"), "one");
  EXPECT_EQ(json::parse(client.receive().response.body()).at("externalReferenceId"), "two");
}

TEST_F(ServerTest, ReadsARequestThatComesByteByByte) {
  start();
  const auto text = post();
  LoopbackClient client(port_);
  client.socket().set_option(asio::ip::tcp::no_delay{true});
  for (const char c : text) client.send(std::string(1, c));
  EXPECT_EQ(client.receive().status(), 201U);
}

TEST_F(ServerTest, ReadsAChunkedBodyAfterTellingToContinue) {
  start();
  const auto body = own_referral("x");
  LoopbackClient client(port_);
  client.send(fmt::format(
      "POST {} HTTP/1.1\r\nHost: x\r\n{}Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
      referrals_path, headers()));
  EXPECT_EQ(client.receive().status(), 100U);
  client.send(fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", body.size(), body));
  EXPECT_EQ(client.receive().status(), 201U);
}

TEST_F(ServerTest, ClosesWhenAsked) {
  start();
  LoopbackClient client(port_);
  const auto told = client.ask(http_text("GET", "/__simulator/state", "", "Connection: close\r\n"));
  EXPECT_EQ(told.status(), 200U);
  EXPECT_EQ(field(told, "Connection"), "close");
  EXPECT_EQ(client.receive().error, http::error::end_of_stream);
}

TEST_F(ServerTest, DropsBeforeAndAfterProcessing) {
  start();
  for (const auto& [fault, count] : {std::pair{"drop-before", 0}, std::pair{"drop-after", 1}}) {
    LoopbackClient client(port_);
    const auto told = client.ask(post(fault));
    EXPECT_TRUE(told.error) << fault;
    EXPECT_EQ(held(), count) << fault;
  }
}

TEST_F(ServerTest, CutsJsonWithALengthThatAgrees) {
  start();
  LoopbackClient client(port_);
  const auto told = client.ask(post("truncate-length"));
  EXPECT_FALSE(told.error);
  EXPECT_EQ(told.status(), 201U);
  json::error_code error;
  json::parse(told.response.body(), error);
  EXPECT_TRUE(error);
  EXPECT_EQ(client.ask(post()).status(), 201U);  // the connection goes on
  EXPECT_EQ(held(), 2);
}

TEST_F(ServerTest, CutsJsonByClosing) {
  start();
  LoopbackClient client(port_);
  const auto told = client.ask(post("truncate-close"));
  EXPECT_EQ(told.error, http::error::partial_message);
  EXPECT_EQ(held(), 1);
}

TEST_F(ServerTest, AnswersSlowlyAndWhole) {
  faults_.slow = std::chrono::milliseconds{8};
  start();
  LoopbackClient client(port_);
  const auto told = client.ask(post("slow"));
  EXPECT_FALSE(told.error);
  EXPECT_EQ(json::parse(told.response.body()).at("externalReferenceId"), "x");
  EXPECT_EQ(client.ask(post()).status(), 201U);
}

TEST_F(ServerTest, CountsSlowAnswersTowardsTheLimit) {
  settings_.max_concurrent = 1;
  faults_.slow = std::chrono::hours{1};
  start();
  LoopbackClient slow(port_);
  slow.send(post("slow"));
  char first = 0;
  asio::read(slow.socket(), asio::buffer(&first, 1));  // it has begun
  EXPECT_EQ(LoopbackClient(port_).ask(post()).status(), 429U);
}

TEST_F(ServerTest, StreamsAllReferralsAsLines) {
  start();
  LoopbackClient client(port_);
  for (int i = 0; i < 300; ++i) ASSERT_EQ(client.ask(post()).status(), 201U);
  const auto told = client.ask(http_text("GET", "/__simulator/referrals"));
  EXPECT_FALSE(told.error);
  EXPECT_TRUE(told.response.chunked());
  const auto& body = told.response.body();
  EXPECT_EQ(std::count(body.begin(), body.end(), '\n'), 300);
  EXPECT_EQ(client.ask(http_text("GET", "/__simulator/state")).status(), 200U);
}

TEST_F(ServerTest, RefusesWhatIsTooLarge) {
  start();
  const auto body = LoopbackClient(port_).ask(
      http_text("POST", referrals_path, std::string(body_limit + 1, ' ')));
  EXPECT_EQ(body.status(), 413U);
  const auto head = LoopbackClient(port_).ask(
      http_text("GET", "/", "", fmt::format("X-Long: {}\r\n", std::string(header_limit, 'x'))));
  EXPECT_EQ(head.status(), 431U);
}

TEST_F(ServerTest, SurvivesWhatIsNoHttp) {
  start();
  std::string random(4096, '\0');
  Random chance(3);
  for (char& c : random) c = static_cast<char>(chance.next());
  for (const std::string& text :
       {std::string{"nonsense\r\n\r\n"}, std::string{"\r\n\r\n\r\n"}, std::string(100, '\0'),
        random, std::string{"GET / HTTP/9.9\r\n\r\n"}, std::string{"GET /\r\n\r\n"},
        std::string{"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"},
        std::string{"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n"},
        std::string{"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"},
        std::string{"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"}}) {
    const auto told = LoopbackClient(port_).ask(text);
    EXPECT_TRUE(told.error || told.status() >= 400) << text;
  }
  LoopbackClient(port_).send("POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf");
  EXPECT_EQ(held(), 0);
}

TEST_F(ServerTest, LogsEachRequestWithoutItsQuery) {
  std::vector<std::string> lines;
  options_.log = [&lines](const std::string& line) { lines.push_back(line); };
  start();
  LoopbackClient client(port_);
  client.ask(http_text("GET", std::string{referrals_path} + "?$filter=email+eq+'a@b'", "",
                       headers("504")));
  asio::post(io_, [this] { server_->stop(); });
  thread_.join();
  thread_ = std::thread([] {});
  EXPECT_THAT(lines, testing::ElementsAre("POST /contoso/oauth2/v2.0/token 200",
                                          "GET /v1.0/engagements/referrals 504 "
                                          "fault=gateway-timeout"));
}

TEST_F(ServerTest, ServesLoopbackOnly) {
  for (const char* address : {"0.0.0.0", "192.168.1.1", "::", "localhost", ""}) {
    ServerOptions options;
    options.address = address;
    EXPECT_THROW(Server(io_, options), ServerError) << address;
  }
}

TEST_F(ServerTest, SaysWhenThePortIsTaken) {
  start();
  ServerOptions same;
  same.port = port_;
  try {
    const Server second(io_, same);
    FAIL() << "two servers on one port";
  } catch (const ServerError& error) {
    EXPECT_THAT(error.what(), HasSubstr(std::to_string(port_)));
  }
}

TEST_F(ServerTest, ReportTellsWhatItHolds) {
  start();
  std::ostringstream clean;
  EXPECT_TRUE(report(server_->url(), clean));
  EXPECT_THAT(clean.str(), HasSubstr("No duplicates."));
  LoopbackClient client(port_);
  client.ask(post("", "twice"));
  client.ask(post("", "twice"));
  std::ostringstream doubled;
  EXPECT_FALSE(report(server_->url(), doubled));
  EXPECT_THAT(doubled.str(), HasSubstr("externalReferenceId twice\n"));
}

TEST_F(ServerTest, ReportSaysWhenNobodyAnswers) {
  std::ostringstream out;
  EXPECT_THROW(report("nonsense", out), ReportError);
  asio::ip::tcp::acceptor taken(io_, {asio::ip::make_address("127.0.0.1"), 0});
  const auto url = fmt::format("http://127.0.0.1:{}", taken.local_endpoint().port());
  taken.close();
  try {
    report(url, out);
    FAIL();
  } catch (const ReportError& error) {
    EXPECT_THAT(error.what(), StartsWith("ask " + url + ": "));
  }
}

class TlsServerTest : public ServerTest {
 protected:
  TlsServerTest() : folder_(std::filesystem::temp_directory_path() / unique_name()) {
    std::filesystem::create_directory(folder_);
    options_.tls = {folder_ / "cert.pem", folder_ / "key.pem"};
    write_self_signed(options_.tls->certificate, options_.tls->key);
  }
  ~TlsServerTest() override { std::filesystem::remove_all(folder_); }

  static std::string unique_name() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    return fmt::format("simulator-{}-{}", ::getpid(), test->name());
  }

  std::filesystem::path folder_;
};

TEST_F(TlsServerTest, ServesHttpsAndKeepsTheConnection) {
  start();
  EXPECT_THAT(server_->url(), StartsWith("https://127.0.0.1:"));
  LoopbackClient tcp(port_);
  asio::ssl::context context(asio::ssl::context::tls_client);
  context.load_verify_file((folder_ / "cert.pem").string());
  context.set_verify_mode(asio::ssl::verify_peer);
  asio::ssl::stream<asio::ip::tcp::socket&> stream(tcp.socket(), context);
  stream.handshake(asio::ssl::stream_base::client);
  boost::beast::flat_buffer buffer;
  for (int i = 0; i < 3; ++i) {
    asio::write(stream, asio::buffer(http_text("GET", "/__simulator/state")));
    EXPECT_EQ(receive(stream, buffer).status(), 200U);
  }
}

TEST_F(TlsServerTest, SurvivesPlainTextAndAnswersReport) {
  start();
  EXPECT_TRUE(LoopbackClient(port_).ask(http_text("GET", "/__simulator/state")).error);
  std::ostringstream out;
  EXPECT_TRUE(report(server_->url(), out));
}

TEST_F(TlsServerTest, SaysWhichFileCannotBeRead) {
  options_.tls->key = folder_ / "missing.pem";
  try {
    const Server server(io_, options_);
    FAIL();
  } catch (const ServerError& error) {
    EXPECT_THAT(error.what(), HasSubstr("missing.pem"));
  }
}

}  // namespace
}  // namespace referrald::simulator
