// A ledger in a file of a test's own.
#pragma once

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temporary_folder.hpp"
#include "tests/unit/persistence/ledger_story.hpp"

namespace referrald::persistence {

class SqliteStory : public testing::Test, public LedgerStory {
 protected:
  void TearDown() override { close(); }

  std::filesystem::path file(const std::string& suffix = "") const {
    return folder_ / ("ledger.db" + suffix);
  }
  const test::TemporaryFolder& folder() const { return folder_; }
  void open() { use(open_for_writing(file(), now())); }

  // The error that opening gives.
  struct Refusal {
    LedgerError::Kind kind;
    std::string text;
  };
  template <typename Work>
  static Refusal refusal(Work&& work) {
    try {
      work();
    } catch (const LedgerError& error) {
      return {error.kind(), error.what()};
    }
    throw std::runtime_error("nothing was refused");
  }
  Refusal refused_for_writing() {
    return refusal([&] { open_for_writing(file(), now()); });
  }
  Refusal refused_for_reading() {
    return refusal([&] { open_for_reading(file()); });
  }

  // A ledger with some hundred rows in all states, closed.
  void make_ledger(int rows = 300) {
    open();
    ledger().begin();
    for (int i = 0; i < rows; ++i) offer("row-" + std::to_string(i));
    for (const auto& intent : claim(static_cast<std::size_t>(rows / 2))) created(intent);
    ledger().commit();
    close();
  }

 private:
  test::TemporaryFolder folder_;
};

}  // namespace referrald::persistence
