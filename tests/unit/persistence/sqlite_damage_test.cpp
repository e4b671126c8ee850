// A file that is not a whole ledger of ours is refused: starting with an empty one instead would
// create every referral a second time.
#include <random>

#include <SQLiteCpp/Database.h>

#include "tests/unit/persistence/sqlite_story.hpp"

namespace referrald::persistence {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class SqliteDamage : public SqliteStory {
 protected:
  void expect_damaged(const std::string& what) {
    for (const bool writing : {true, false}) {
      SCOPED_TRACE(what + (writing ? " (writing)" : " (reading)"));
      try {
        if (writing) {
          open_for_writing(file(), now());
        } else {
          open_for_reading(file());
        }
        ADD_FAILURE() << "was opened";
      } catch (const LedgerError& error) {
        EXPECT_EQ(error.kind(), LedgerError::Kind::damaged) << error.what();
        EXPECT_THAT(error.what(), HasSubstr(file().string()));
      }
    }
  }
};

TEST_F(SqliteDamage, BytesOverwrittenAnywhereBetweenPagesAreFound) {
  make_ledger();
  const std::string whole = test::content_of(file());
  constexpr std::size_t page = 4096;
  ASSERT_GT(whole.size(), 20 * page);
  std::mt19937 random(7);
  for (std::size_t at = page; at + page <= whole.size(); at += page) {
    std::string broken = whole;
    for (std::size_t i = 0; i < page; ++i) broken[at + i] = static_cast<char>(random());
    test::write_content(file(), broken);
    expect_damaged("page at " + std::to_string(at));
  }
  test::write_content(file(), whole);
  EXPECT_NO_THROW(open());
}

TEST_F(SqliteDamage, AFileCutOffAnywhereIsFound) {
  make_ledger();
  const std::string whole = test::content_of(file());
  for (const std::size_t kept :
       {std::size_t{0}, std::size_t{1}, std::size_t{50}, std::size_t{100}, std::size_t{4095},
        std::size_t{4096}, std::size_t{8192}, whole.size() / 2, whole.size() / 4096 / 2 * 4096,
        whole.size() - 4096, whole.size() - 1}) {
    test::write_content(file(), whole.substr(0, kept));
    expect_damaged("cut to " + std::to_string(kept));
  }
}

TEST_F(SqliteDamage, AnEmptyFileIsADamagedLedgerAndNotANewOne) {
  test::write_content(file(), "");
  expect_damaged("empty");
  EXPECT_EQ(std::filesystem::file_size(file()), 0U) << "it is left as it was";
}

TEST_F(SqliteDamage, ALedgerWhoseLogIsThereButNotItselfIsLost) {
  open();
  offer("a");
  const std::string log = test::content_of(file("-wal"));
  close();
  std::filesystem::remove(file());
  test::write_content(file("-wal"), log);
  expect_damaged("only the log");
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(SqliteDamage, ATextFileIsNoLedger) {
  const std::string text(10'000, 'x');
  test::write_content(file(), text);
  expect_damaged("text");
  EXPECT_EQ(test::content_of(file()), text);
}

TEST_F(SqliteDamage, ADatabaseOfAnotherProgramIsNoLedgerAndStaysAsItIs) {
  {
    SQLite::Database other(file(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    other.exec("CREATE TABLE row (id INTEGER); PRAGMA user_version = 1");
  }
  const std::string before = test::content_of(file());
  expect_damaged("another program's");
  EXPECT_THAT(refused_for_writing().text, HasSubstr("no ledger of referrald"));
  EXPECT_EQ(test::content_of(file()), before);
}

TEST_F(SqliteDamage, ANewerLedgerIsRefusedAndStaysAsItIs) {
  make_ledger();
  {
    SQLite::Database newer(file(), SQLite::OPEN_READWRITE);
    newer.exec("PRAGMA user_version = 2");
  }
  const std::string before = test::content_of(file());
  for (const Refusal& refused : {refused_for_writing(), refused_for_reading()}) {
    EXPECT_EQ(refused.kind, LedgerError::Kind::newer);
    EXPECT_THAT(refused.text, AllOf(HasSubstr("newer referrald"), HasSubstr("schema 2")));
  }
  EXPECT_EQ(test::content_of(file()), before);
}

TEST_F(SqliteDamage, ATableThatWasDroppedIsDamage) {
  make_ledger();
  {
    SQLite::Database database(file(), SQLite::OPEN_READWRITE);
    database.exec("DROP VIEW overview; DROP TABLE own_referral");
  }
  open();
  offer("new");
  const auto intents = claim(1);
  EXPECT_EQ(refusal([&] { created(intents.at(0)); }).kind, LedgerError::Kind::damaged);
}

TEST_F(SqliteDamage, ABodyThatIsMissingIsNotSentAsNothing) {
  open();
  offer("a");
  close();
  {
    SQLite::Database database(file(), SQLite::OPEN_READWRITE);
    database.exec("DELETE FROM body");
  }
  open();
  const Refusal refused = refusal([&] { claim(); });
  EXPECT_EQ(refused.kind, LedgerError::Kind::damaged);
  EXPECT_THAT(refused.text, HasSubstr("row 1 is to be sent but its body is gone"));
}

}  // namespace
}  // namespace referrald::persistence
