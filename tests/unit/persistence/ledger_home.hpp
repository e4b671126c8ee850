// Where a ledger of some form lives during a test; what a new form implements to run the contract
// suite.
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "persistence/ledger.hpp"

namespace referrald::persistence {

class LedgerHome {
 public:
  virtual ~LedgerHome() = default;
  virtual std::unique_ptr<Ledger> open() = 0;
  virtual std::unique_ptr<Ledger> open_reader() = 0;
};

struct LedgerForm {
  std::string name;
  std::function<std::unique_ptr<LedgerHome>()> make_home;
};

inline void PrintTo(const LedgerForm& form, std::ostream* out) {
  *out << form.name;
}

}  // namespace referrald::persistence
