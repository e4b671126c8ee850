// The routes below /__simulator/, for tests and demonstrations; the real service has none of them.
#pragma once

#include <string>
#include <string_view>

#include "tests/simulator/message.hpp"

namespace referrald::simulator {

class Service;

class Admin {
 public:
  explicit Admin(Service& service) : service_(service) {}

  static bool owns(std::string_view path) { return path.starts_with("/__simulator/"); }
  void answer(const Request& request, Answer& answer);

  std::string state() const;
  std::string duplicates() const;
  // The next referrals from position `at` on, a line each, until `out` is large; false at the end.
  bool append_referrals(std::string& out, std::size_t& at) const;

 private:
  bool get(std::string_view route, Answer& answer);
  void post(std::string_view route, const Request& request, Answer& answer);

  Service& service_;
};

}  // namespace referrald::simulator
