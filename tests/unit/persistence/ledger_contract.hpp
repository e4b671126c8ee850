// What every form of the ledger must do. A form runs it by INSTANTIATE_TEST_SUITE_P over
// LedgerForm.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/persistence/ledger_home.hpp"
#include "tests/unit/persistence/ledger_story.hpp"

namespace referrald::persistence {

class LedgerContract : public testing::TestWithParam<LedgerForm>, public LedgerStory {
 protected:
  void SetUp() override {
    home_ = GetParam().make_home();
    use(home_->open());
  }
  void TearDown() override { close(); }

  // The process ends and starts again.
  void restart() {
    close();
    use(home_->open());
  }
  std::unique_ptr<Ledger> reader() { return home_->open_reader(); }

 private:
  std::unique_ptr<LedgerHome> home_;
};

}  // namespace referrald::persistence
