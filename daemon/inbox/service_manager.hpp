// What the daemon tells systemd, as sd_notify(3) has it. Without systemd nothing is told.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace referrald::inbox {

class ServiceManager {
 public:
  void ready();
  void reloading();
  void stopping();
  // One line for `systemctl status`; the same again is not sent.
  void status(const std::string& line);
  // The process is alive.
  void alive();

  // How often alive() is to be called at the least; nullopt: nobody watches.
  std::optional<std::chrono::microseconds> watchdog() const;

 private:
  std::string told_;
};

}  // namespace referrald::inbox
