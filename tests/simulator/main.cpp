// partner-center-simulator: a stand-in for Microsoft Partner Center's referrals API, on loopback.
// Prints "listening on URL", serves until SIGINT or SIGTERM. `report URL` asks a running one.
#include <csignal>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include "tests/simulator/admin.hpp"
#include "tests/simulator/assertion.hpp"
#include "tests/simulator/report.hpp"
#include "tests/simulator/server.hpp"
#include "tests/simulator/service.hpp"

namespace {

namespace sim = referrald::simulator;

enum ExitCode {
  ok = 0,
  duplicates = 1,
  usage = 64,
  no_input = 66,
  unavailable = 69,
  no_output = 74
};

struct Arguments {
  sim::ServerOptions server;
  sim::Settings settings;
  sim::FaultSettings faults;
  std::string port_file;
  std::string tls_cert;
  std::string tls_key;
  std::string fault_script;
  std::string faults_on = "all";
  std::string max_concurrent = "none";
  std::string device_outcome = "approve";
  std::string save;
  std::string client_certificate;
  std::string report_url;
  std::uint64_t seed = 0;
  std::int64_t list_delay = 0;
  std::int64_t slow = 2000;
  std::int64_t token_lifetime = 3600;
  std::int64_t device_interval = 5;
  bool require_secret = false;
  bool verbose = false;
  bool quiet = false;
};

void add_listening(CLI::App& app, Arguments& a) {
  auto* group = app.add_option_group("Listening");
  group->add_option("--port", a.server.port, "TCP port; 0 takes a free one")->capture_default_str();
  group->add_option("--address", a.server.address, "loopback address")->capture_default_str();
  group->add_option("--port-file", a.port_file, "write the port to this file");
  auto* cert = group->add_option("--tls-cert", a.tls_cert, "certificate chain, PEM: serve https");
  auto* key = group->add_option("--tls-key", a.tls_key, "its key, PEM");
  cert->needs(key);
  key->needs(cert);
  group->add_option("--seed", a.seed, "makes ids and faults repeatable; default: by chance");
  group->add_option("--save", a.save, "at the end write all referrals to this file, JSON");
  auto* verbose = group->add_flag("--verbose", a.verbose, "log each request to stderr");
  group->add_flag("--quiet", a.quiet, "log nothing (the default)")->excludes(verbose);
}

void add_faults(CLI::App& app, Arguments& a) {
  auto* group = app.add_option_group("Faults", "Probabilities from 0 to 1, per call of the API");
  const auto fault = [&](sim::Fault kind, const char* help) {
    auto& probability = a.faults.probability[static_cast<std::size_t>(kind)];
    group->add_option(fmt::format("--{}", sim::to_string(kind)), probability, help)
        ->check(CLI::Range(0.0, 1.0));
  };
  fault(sim::Fault::drop_before, "close the connection without processing");
  fault(sim::Fault::drop_after, "process, close the connection");
  fault(sim::Fault::gateway_timeout, "process, answer 504 in HTML");
  fault(sim::Fault::truncate, "process, cut the JSON: half of them by closing early");
  fault(sim::Fault::html, "answer 502 in HTML without processing");
  fault(sim::Fault::html_success, "process, answer 200 in HTML");
  fault(sim::Fault::throttle, "429, in changing forms");
  fault(sim::Fault::unavailable, "503, with or without Retry-After");
  fault(sim::Fault::error_500, "500 without processing");
  fault(sim::Fault::slow, "process, answer in small pieces");
  fault(sim::Fault::token_expiry, "401, and the access token is invalid from then on");
  group->add_option("--slow-ms", a.slow, "how long a slow answer takes")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{86'400'000}));
  group->add_option("--retry-after", a.faults.retry_after, "seconds, for 429 and 503")
      ->capture_default_str();
  group->add_option("--faults-on", a.faults_on, "which calls suffer")
      ->capture_default_str()
      ->check(CLI::IsMember({"all", "create", "list"}));
  group->add_option("--fault-script", a.fault_script,
                    "file: one fault (or ok) a line for the first calls, NAME COUNT repeats");
  group
      ->add_option("--max-concurrent", a.max_concurrent,
                   "429 while so many slow answers are under way; or none")
      ->capture_default_str();
}

void add_behaviour(CLI::App& app, Arguments& a) {
  auto* group = app.add_option_group("Behaviour", "Where nobody knows what the service does");
  auto& s = a.settings;
  group->add_option("--list-delay-ms", a.list_delay, "a new referral shows in lists so much later")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{86'400'000}));
  group->add_flag("--strict-request-id", s.strict_request_id, "refuse a missing client-request-id");
  group->add_option("--engagement-unknown", s.engagement_unknown, "answer to an unknown engagement")
      ->capture_default_str()
      ->check(CLI::IsMember({404, 400}));
  group->add_option("--put-without-if-match", s.put_without_if_match, "answer to such a PUT")
      ->capture_default_str()
      ->check(CLI::IsMember({400, 412}));
  group->add_flag("--misspelled-links", s.misspelled_links, "links say engagments");
  group->add_flag("--broken-next-link", s.broken_next_link, "next links as in Microsoft's sample");
  group->add_flag("--replay-ms-request-id", s.replay_ms_request_id,
                  "a repeated MS-RequestId gets the first answer again");
  group->add_flag("--refuse-updated-filter", s.refuse_updated_filter,
                  "$filter knows no updatedDateTime");
}

void add_sign_in(CLI::App& app, Arguments& a) {
  auto* group = app.add_option_group("Sign-in");
  auto& s = a.settings;
  group->add_option("--client-id", s.client_id, "the only one accepted; default: any");
  auto* secret = group->add_option("--client-secret", s.client_secret,
                                   "required and compared; default: not looked at");
  group
      ->add_flag("--require-secret", a.require_secret,
                 "the same as --client-secret simulator-secret")
      ->excludes(secret);
  group->add_option("--client-certificate", a.client_certificate,
                    "PEM file: a client assertion signed with its key is required");
  group->add_option("--refresh-token", s.refresh_token, "the first one")->capture_default_str();
  group->add_flag("--rotate-refresh-token,!--no-rotate", s.rotate_refresh_token,
                  "each grant gives a new refresh token (the default)");
  group->add_flag("--refuse-old-refresh-token", s.refuse_old_refresh_token,
                  "a replaced refresh token is invalid_grant");
  group->add_flag("--omit-refresh-token", s.omit_refresh_token,
                  "the answer to a refresh grant has no refresh token");
  group->add_option("--token-lifetime", a.token_lifetime, "seconds of an access token")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{86'400 * 365}));
  group->add_flag("--token-v1-numbers", s.token_v1_numbers, "numbers as strings on v2 too");
  group->add_option("--device-outcome", a.device_outcome, "what the person does with a device code")
      ->capture_default_str()
      ->check(CLI::IsMember({"approve", "decline", "never"}));
  group->add_option("--device-pending", s.device_pending, "polls answered authorization_pending")
      ->capture_default_str();
  group->add_option("--device-interval", a.device_interval, "seconds between polls")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{900}));
}

// A file that an option names.
std::string read_file(const char* option, const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) throw sim::ScriptError(fmt::format("{} {}: cannot be read", option, file));
  return text;
}

std::string read_certificate(const std::string& file) {
  constexpr const char* option = "--client-certificate";
  auto text = read_file(option, file);
  if (!sim::is_certificate(text))
    throw sim::ScriptError(fmt::format("{} {}: holds no certificate in PEM form", option, file));
  return text;
}

// Values that CLI11 leaves as text.
void settle(Arguments& a) {
  if (!a.tls_cert.empty()) a.server.tls = {a.tls_cert, a.tls_key};
  if (a.require_secret) a.settings.client_secret = "simulator-secret";
  if (a.max_concurrent != "none") {
    std::size_t most = 0;
    if (!CLI::detail::lexical_cast(a.max_concurrent, most)) {
      throw CLI::ValidationError("--max-concurrent", "a number or none is expected");
    }
    a.settings.max_concurrent = most;
  }
  using Outcome = sim::Settings::DeviceOutcome;
  a.settings.device_outcome = a.device_outcome == "approve"   ? Outcome::approve
                              : a.device_outcome == "decline" ? Outcome::decline
                                                              : Outcome::never;
  a.settings.list_delay = std::chrono::milliseconds{a.list_delay};
  a.settings.token_lifetime = std::chrono::seconds{a.token_lifetime};
  a.settings.device_interval = std::chrono::seconds{a.device_interval};
  a.faults.slow = std::chrono::milliseconds{a.slow};
  a.faults.on = *sim::parse_faults_on(a.faults_on);
  if (!a.fault_script.empty())
    a.faults.script =
        sim::parse_script(read_file("--fault-script", a.fault_script), a.fault_script);
  if (!a.client_certificate.empty())
    a.settings.client_certificate = read_certificate(a.client_certificate);
}

bool write_file(const std::string& file, const std::function<void(std::ostream&)>& write) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  write(out);
  out.flush();
  if (!out) fmt::print(stderr, "cannot write {}\n", file);
  return static_cast<bool>(out);
}

// {"state": …, "referrals": […]}
bool save(sim::Service& service, const std::string& file) {
  return write_file(file, [&service](std::ostream& out) {
    const sim::Admin admin(service);
    out << "{\"state\":" << admin.state() << ",\n\"referrals\":[";
    std::string lines;
    bool first = true;
    for (std::size_t at = 0, more = 1; more != 0;) {
      lines.clear();
      more = admin.append_referrals(lines, at) ? 1 : 0;
      if (lines.empty()) break;
      lines.pop_back();
      for (std::size_t end = lines.find('\n'); end != std::string::npos;
           end = lines.find('\n', end + 2)) {
        lines.insert(end, 1, ',');
      }
      out << (first ? "\n" : ",\n") << lines;
      first = false;
    }
    out << "\n]}\n";
  });
}

int serve(Arguments& a) {
  boost::asio::io_context io(1);
  if (a.verbose) a.server.log = [](const std::string& line) { fmt::print(stderr, "{}\n", line); };
  sim::Server server(io, a.server);
  a.settings.base_url = server.url();
  sim::SystemClock clock;
  sim::Service service(a.settings, a.faults, clock, a.seed);
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&server](const boost::system::error_code&, int) { server.stop(); });
  server.serve(service);

  const auto write_port = [&](std::ostream& out) { out << server.port() << '\n'; };
  if (!a.port_file.empty() && !write_file(a.port_file, write_port)) return no_output;
  std::cout << "listening on " << server.url() << std::endl;
  io.run();
  return a.save.empty() || save(service, a.save) ? ok : no_output;
}

int run(int argc, char** argv) {
  CLI::App app{
      "A stand-in for Microsoft Partner Center's referrals API and its sign-in, on loopback.\n"
      "Nothing that is sent to it leaves this computer."};
  Arguments arguments;
  arguments.seed = std::random_device{}() | std::uint64_t{std::random_device{}()} << 32;
  add_listening(app, arguments);
  add_behaviour(app, arguments);
  add_sign_in(app, arguments);
  add_faults(app, arguments);
  auto* report = app.add_subcommand("report", "What a running simulator holds; 1 if duplicates");
  report->add_option("URL", arguments.report_url, "as it printed it")->required();
  try {
    app.parse(argc, argv);
    settle(arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? ok : usage;
  }
  if (report->parsed()) return sim::report(arguments.report_url, std::cout) ? ok : duplicates;
  return serve(arguments);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const sim::ScriptError& error) {
    fmt::print(stderr, "partner-center-simulator: {}\n", error.what());
    return no_input;
  } catch (const sim::ServerError& error) {
    fmt::print(stderr, "partner-center-simulator: {}\n", error.what());
    return usage;
  } catch (const sim::ReportError& error) {
    fmt::print(stderr, "partner-center-simulator: {}\n", error.what());
    return unavailable;
  }
}
