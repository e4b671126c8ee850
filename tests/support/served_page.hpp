// A status page in real time and over a real socket, with a snapshot that a test sets.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "daemon/status_page/snapshot.hpp"

namespace referrald::test {

class ServedPage {
 public:
  explicit ServedPage(status_page::Snapshot snapshot);
  ~ServedPage();

  std::string url() const;
  void show(status_page::Snapshot snapshot);
  // Ends it as the daemon's death would.
  void die();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace referrald::test
