// The daemon's window: a page for people, and what monitoring asks for.
//
//   GET /               the page
//   GET /events         what has changed of it, as server-sent events
//   GET /snapshot.json  the same as data
//   GET /metrics        for Prometheus
//   GET /healthz        200 while the daemon lives and works, else 503
//   GET /readyz         200 while what is handed in would be sent, else 503; why, as JSON
//
//   status_page::Metrics metrics(names_of_sources);
//   status_page::StatusPage page(io.get_executor(), *clock, *log, "127.0.0.1:8321",
//                                [&] { return snapshot; }, metrics);
//   page.start();
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "daemon/status_page/http_server.hpp"
#include "daemon/status_page/metrics.hpp"
#include "daemon/status_page/snapshot.hpp"

namespace referrald::status_page {

// One thread, that of the executor's io_context.
class StatusPage {
 public:
  // `address` is config::Config::status_page. `snapshot` is asked at most twice a second, and only
  // while somebody looks; it must be quick and ask no ledger. `clock`, `log` and `metrics` outlive
  // what runs on the executor. Throws ListenError if `address` is no loopback address.
  StatusPage(boost::asio::any_io_executor executor, submission::Clock& clock, Log& log,
             std::string_view address, std::function<Snapshot()> snapshot, const Metrics& metrics,
             const Limits& limits = {});
  ~StatusPage();

  // Listens from now on, and says so in the log. Throws ListenError.
  void start();
  // Closes everything; the io_context can then run out of work.
  void stop();

  std::string url() const;  // "http://127.0.0.1:8321/", once started
  std::size_t connections() const;

 private:
  struct Content;
  std::shared_ptr<Content> content_;
  Address address_;
  Log& log_;
  HttpServer server_;
};

}  // namespace referrald::status_page
