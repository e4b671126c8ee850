// What was sent is not kept: no body or cell of a synced row is left anywhere in the files.
#include <fstream>
#include <random>

#include "tests/unit/persistence/sqlite_story.hpp"

namespace referrald::persistence {
namespace {

class SqlitePrivacy : public SqliteStory {
 protected:
  // How often the files beside the ledger hold the text.
  std::size_t traces(const std::string& text) const {
    std::size_t found = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder().path())) {
      const std::string bytes = test::content_of(entry.path());
      for (auto at = bytes.find(text); at != std::string::npos; at = bytes.find(text, at + 1)) {
        ++found;
      }
    }
    return found;
  }
  void offer_secret(const std::string& id, std::size_t length, const std::string& deal) {
    Desired row = desired(id, "SECRET" + std::string(length, 'b'), deal);
    row.fingerprint = "fingerprint";
    Origin from = origin();
    from.cells = "SECRET" + std::string(length / 3, 'c');
    ledger().offer(row, from, now());
  }
};

TEST_F(SqlitePrivacy, NothingOfASyncedRowIsLeftInTheFilesAfterARun) {
  open();
  std::mt19937 random(3);
  // Of all lengths, so that bodies share pages, fill them, and overflow them.
  for (int group = 0; group < 40; ++group) {
    ledger().begin();
    for (int i = 0; i < 50; ++i) {
      offer_secret(std::to_string(group * 50 + i), random() % (i % 10 == 0 ? 20'000 : 1500),
                   i % 7 == 0 ? "co-sell" : "private");
    }
    ledger().commit();
    if (group % 3 == 0) continue;  // pages are freed and used again in between
    auto intents = claim(60);
    std::shuffle(intents.begin(), intents.end(), random);
    ledger().begin();
    for (const auto& intent : intents) {
      intent.co_sell&& intent.step == Step::own ? created_own(intent) : created(intent);
    }
    ledger().commit();
  }
  ASSERT_GT(traces("SECRET"), 0U);
  while (true) {
    auto intents = claim(60);
    if (intents.empty()) break;
    std::shuffle(intents.begin(), intents.end(), random);
    ledger().begin();
    for (const auto& intent : intents) {
      intent.co_sell&& intent.step == Step::own ? created_own(intent) : created(intent);
    }
    ledger().commit();
  }
  ledger().finish_run(run(), {}, 0, now());
  EXPECT_EQ(traces("SECRET"), 0U) << "while the ledger is open still";
  close();
  EXPECT_EQ(traces("SECRET"), 0U);
  EXPECT_EQ(std::filesystem::file_size(file("-wal")), 0U);
}

TEST_F(SqlitePrivacy, TheLogIsEmptiedAtTheEndThoughAReaderIsThere) {
  open();
  offer("a");
  const auto reader = open_for_reading(file());
  EXPECT_TRUE(reader->find("a"));
  close();
  EXPECT_EQ(std::filesystem::file_size(file("-wal")), 0U);
}

TEST_F(SqlitePrivacy, ARefusedRowKeepsWhatARetryNeeds) {
  open();
  Origin from = origin();
  from.cells = "CELLS";
  ledger().offer(desired("a", "BODY", "co-sell"), from, now());
  failed(claim_one(), State::refused);
  close();
  EXPECT_EQ(traces(R"({"own":"BODY"})"), 1U);
  EXPECT_EQ(traces("CELLS"), 1U);
}

TEST_F(SqlitePrivacy, TheOwnBodyGoesWhenMicrosoftsIsNext) {
  open();
  offer("a", "BODY", "co-sell");
  created_own(claim_one());
  close();
  EXPECT_EQ(traces(R"({"own":"BODY"})"), 0U);
  EXPECT_EQ(traces(R"({"microsoft":"BODY"})"), 1U);
  EXPECT_EQ(traces(R"({"invitation":"BODY"})"), 1U);
}

TEST_F(SqlitePrivacy, NothingOfARowThatWasExcludedOrMendedIsLeft) {
  open();
  offer_secret("a", 100, "private");
  exclude("a");
  Origin from = origin();
  from.cells = "SECRET";
  reject("b", from, R"([{"value":"SECRET"}])");
  exclude("b");
  reject("c", from, R"([{"value":"SECRET"}])");
  offer("c");
  offer_secret("d", 100, "private");
  reject("d");
  reject("", from, "[]");
  ledger().finish_export("leads", "leads.csv", run() + 1);
  close();
  EXPECT_EQ(traces("SECRET"), 0U);
}

}  // namespace
}  // namespace referrald::persistence
