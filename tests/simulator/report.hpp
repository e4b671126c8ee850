// What a running simulator holds, as a table for people.
#pragma once

#include <ostream>
#include <stdexcept>
#include <string>

namespace referrald::simulator {

// The simulator cannot be asked; what() is for the user.
class ReportError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// `url` is what the simulator printed when it started. True when it holds no duplicate. Throws
// ReportError.
bool report(const std::string& url, std::ostream& out);

}  // namespace referrald::simulator
