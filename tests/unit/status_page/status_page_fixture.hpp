// A status page over real sockets in virtual time.
#pragma once

#include <string>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/recording_log.hpp"
#include "daemon/status_page/status_page.hpp"
#include "tests/support/scripted_snapshot.hpp"
#include "tests/unit/status_page/web_client.hpp"

namespace referrald::test {

class AStatusPage : public testing::Test {
 protected:
  AStatusPage() { given_page(); }
  ~AStatusPage() override {
    page_->stop();
    run_ready(io_, clock_);
  }

  void given_page(const status_page::Limits& limits = {},
                  std::string_view address = "127.0.0.1:0") {
    if (page_) page_->stop();
    page_ = std::make_unique<status_page::StatusPage>(
        io_.get_executor(), clock_, log_, address,
        [this] {
          ++asked_;
          return snapshot_;
        },
        metrics_, limits);
    page_->start();
    const std::string url = page_->url();
    port_ = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
    run_ready(io_, clock_);
  }

  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  WebClient client() { return WebClient(io_, clock_, port_); }
  WebAnswer get(std::string_view path) { return WebClient(io_, clock_, port_).get(path, host()); }
  WebAnswer get_as(std::string_view name) {
    return WebClient(io_, clock_, port_).get("/healthz", name);
  }
  std::string request(std::string_view path) const {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: " + host() + "\r\n\r\n";
  }
  void advance(std::chrono::milliseconds by) {
    clock_.advance(by);
    run_ready(io_, clock_);
  }

  boost::asio::io_context io_{1};
  VirtualClock clock_;
  RecordingLog log_;
  status_page::Metrics metrics_{{"leads", "opportunities"}};
  status_page::Snapshot snapshot_ = calm_snapshot(VirtualClock::default_start);
  int asked_ = 0;
  std::unique_ptr<status_page::StatusPage> page_;
  std::uint16_t port_ = 0;
};

}  // namespace referrald::test
