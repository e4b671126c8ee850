// A folder with a configuration, an export and a ledger, and a simulator to sync with.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "tests/integration/process.hpp"

namespace referrald::test {

struct HttpReply {
  int status = 0;  // 0: nobody listens
  std::string body;
};
// Of this machine's loopback address.
HttpReply http_get(std::uint16_t port, const std::string& target);
std::uint16_t port_of(const std::string& url);  // "http://127.0.0.1:8321"
// That nobody listens on at the moment.
std::uint16_t free_port();

// The simulator, as a child on a loopback port of its own choice.
class Simulator {
 public:
  Simulator(const std::filesystem::path& folder, std::vector<std::string> options = {});

  const std::string& url() const { return url_; }
  // GET of an admin route, "/__simulator/state".
  std::string get(const std::string& target) const;
  // "totals" and so on of /__simulator/state.
  boost::json::object state() const;
  // All that it holds, one object a referral.
  std::vector<boost::json::object> referrals() const;

 private:
  std::unique_ptr<Process> process_;
  std::string url_;
};

class IntegrationTest : public ::testing::Test {
 protected:
  IntegrationTest();
  ~IntegrationTest() override;

  void write(const std::string& name, const std::string& content, int mode = 0600) const;
  // Settings of a configuration; the text of each replaces the default's.
  struct Settings {
    std::string url{};
    std::string authority{};  // empty: as url
    std::string submission =
        "  rate: unlimited\n  retry: { attempts: 8, initial: 5ms, max: 50ms }\n"
        "  reconcile: { looks: 2, apart: 20ms }\n  timeout: 10s\n  connections: 4\n";
    std::string mapping = "mapping.yaml";
    std::string exports = "in/*";
    std::string ledger = "sqlite:ledger.db";
    std::string more{};            // further sections
    std::string partner_center{};  // further keys of partner_center
    std::string auth{};            // further keys of partner_center.auth
  };
  void configure(const Settings& settings) const;
  // Runs referrald with that configuration.
  Ended referrald(std::vector<std::string> arguments) const;
  std::vector<std::string> command(std::vector<std::string> arguments) const;
  boost::json::object json(const std::string& text) const;

  // An export of `rows` valid leads, every third a co-sell deal; its mapping is mapping.yaml.
  void given_leads(std::size_t rows) const;

  std::filesystem::path folder;
};

}  // namespace referrald::test
