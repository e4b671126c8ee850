#include "tests/integration/setting.hpp"

#include <fstream>
#include <sstream>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace referrald::test {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace fs = std::filesystem;

constexpr const char* mapping = R"(deal: ${Deal}
referral:
  externalReferenceId: ${Id}
  name: ${Topic}
  customerProfile:
    name: ${Company}
    address: { addressLine1: "${Street}", city: "${City}", country: "${Country | country}" }
    team:
      - { firstName: "${First}", lastName: "${Last}", email: "${Email}", phoneNumber: "${Phone}" }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details:
    dealValue: ${Value | number}
    currency: EUR
    closingDateTime: ${Close | date %m/%d/%Y}
    requirements:
      solutions:
        - { type: Name, id: SOL-12345-ABC }
  team:
    - { firstName: Sam, lastName: Seller, email: sam@example.com, phoneNumber: "+4900001" }
invitation:
  notes: ${Help}
  assistanceRequestCode: GeneralOrOther
)";

}  // namespace

Simulator::Simulator(const fs::path& folder, std::vector<std::string> options) {
  const auto port_file = (folder / "simulator-port").string();
  fs::remove(port_file);
  std::vector<std::string> words{SIMULATOR_PROGRAM, "--port", "0", "--port-file", port_file};
  const bool tls = std::find(options.begin(), options.end(), "--tls-cert") != options.end();
  words.insert(words.end(), options.begin(), options.end());
  process_ = std::make_unique<Process>(words, folder.string());
  std::string port;
  while (port.empty() || port.back() != '\n') {
    if (const auto ended = process_->wait_for(std::chrono::milliseconds{5})) {
      throw std::runtime_error("the simulator ended: " + ended->err);
    }
    std::ifstream in(port_file);
    port.assign(std::istreambuf_iterator<char>(in), {});
  }
  port.pop_back();
  url_ = fmt::format("{}://127.0.0.1:{}", tls ? "https" : "http", port);
}

std::string Simulator::get(const std::string& target) const {
  return http_get(port_of(url_), target).body;
}

std::uint16_t port_of(const std::string& url) {
  return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
}

std::uint16_t free_port() {
  asio::io_context io;
  asio::ip::tcp::acceptor acceptor(io, {asio::ip::make_address("127.0.0.1"), 0});
  return acceptor.local_endpoint().port();
}

HttpReply http_get(std::uint16_t port, const std::string& target) {
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  boost::system::error_code error;
  socket.connect({asio::ip::make_address("127.0.0.1"), port}, error);
  if (error) return {};
  http::request<http::empty_body> request{http::verb::get, target, 11};
  request.set(http::field::host, "127.0.0.1:" + std::to_string(port));
  request.keep_alive(false);
  http::write(socket, request);
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(1ULL << 30);
  http::read(socket, buffer, parser);
  return {static_cast<int>(parser.get().result_int()), parser.get().body()};
}

boost::json::object Simulator::state() const {
  return boost::json::parse(get("/__simulator/state")).as_object();
}

std::vector<boost::json::object> Simulator::referrals() const {
  std::vector<boost::json::object> all;
  std::istringstream lines(get("/__simulator/referrals"));
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) all.push_back(boost::json::parse(line).as_object());
  }
  return all;
}

IntegrationTest::IntegrationTest() {
  auto pattern = (fs::temp_directory_path() / "referrald-it-XXXXXX").string();
  folder = mkdtemp(pattern.data());
  fs::create_directories(folder / "in");
  write("mapping.yaml", mapping);
  write("refresh-token", "simulator-refresh-token\n");
}

IntegrationTest::~IntegrationTest() {
  std::error_code ignored;
  if (!HasFailure()) fs::remove_all(folder, ignored);
}

void IntegrationTest::write(const std::string& name, const std::string& content, int mode) const {
  std::ofstream(folder / name, std::ios::binary) << content;
  chmod((folder / name).c_str(), static_cast<mode_t>(mode));
}

void IntegrationTest::configure(const Settings& settings) const {
  const auto& authority = settings.authority.empty() ? settings.url : settings.authority;
  std::string text = fmt::format("partner_center:\n  url: {}\n{}  auth:\n    authority: {}\n",
                                 settings.url, settings.partner_center, authority);
  text +=
      "    tenant: contoso.onmicrosoft.com\n    client_id: 00000000-0000-0000-0000-000000000000\n";
  text += "    refresh_token: { file: refresh-token }\n" + settings.auth;
  text += fmt::format(
      "ledger: {}\nsubmission:\n{}sources:\n  - name: leads\n    exports: {}\n    mapping: {}\n"
      "    settle: 1ms\n",
      settings.ledger, settings.submission, settings.exports, settings.mapping);
  write("referrald.yaml", text + settings.more);
}

std::vector<std::string> IntegrationTest::command(std::vector<std::string> arguments) const {
  std::vector<std::string> words{REFERRALD_PROGRAM, "-c", (folder / "referrald.yaml").string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

Ended IntegrationTest::referrald(std::vector<std::string> arguments) const {
  return run(command(std::move(arguments)), folder.string());
}

boost::json::object IntegrationTest::json(const std::string& text) const {
  boost::system::error_code error;
  const auto value = boost::json::parse(text, error);
  EXPECT_FALSE(error) << text;
  return error ? boost::json::object{} : value.as_object();
}

void IntegrationTest::given_leads(std::size_t rows) const {
  std::ofstream out(folder / "in" / "leads.csv", std::ios::binary);
  out << "Id,Topic,Deal,Company,Street,City,Country,First,Last,Email,Phone,Value,Close,Help\r\n";
  for (std::size_t i = 0; i < rows; ++i) {
    out << fmt::format(
        "00000000-0000-4000-8000-{:012},\"Renewal, number {}\",{},Fabrikam {},Main Street "
        "{},Munich,"
        "Germany,Ada,Example,ada{}@example.com,+49000{},{}.50,03/31/2027,\"Please\nhelp\"\r\n",
        i, i,
        i % 3 == 0   ? "co-sell"
        : i % 3 == 1 ? "private"
                     : "partner-led",
        i, i, i, i, 1000 + i);
  }
}

}  // namespace referrald::test
