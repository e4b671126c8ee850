// Checks what a client sends against the service's rules (reference, section 11.3) and brings it
// into the form that is kept.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tests/simulator/referral.hpp"

namespace referrald::simulator {

// An answer of the reference's section 7.1.
struct Refusal {
  unsigned status = 400;
  std::string code = "invalidRequest";
  std::string message;
  std::string target;  // the member's path: details.currency
};

// Not for two threads at once: it keeps its parser's memory.
class Validator {
 public:
  Validator();
  ~Validator();

  // The body of a create. What is unknown to the service is not kept, but named in draft.ignored.
  std::optional<Refusal> create(std::string_view body, Draft& draft);
  // A whole referral after a change; a status in it is not looked at, and what a create must not
  // say (such as a Shared deal without target) was decided then.
  std::optional<Refusal> update(std::string_view referral, Draft& draft);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace referrald::simulator
