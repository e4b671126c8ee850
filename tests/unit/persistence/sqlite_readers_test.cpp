// Reading: beside a writer, after one that died, from a copy, from a folder that cannot be written.
#include <csignal>
#include <set>

#include <SQLiteCpp/Database.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/persistence/sqlite_story.hpp"

namespace referrald::persistence {
namespace {

using testing::HasSubstr;

class SqliteReaders : public SqliteStory {
 protected:
  std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder().path())) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }
  // A writer that died after its last commit.
  void die_after(const std::string& id) {
    const pid_t child = ::fork();
    if (child == 0) {
      open();
      offer(id);
      ::kill(::getpid(), SIGKILL);
    }
    ::waitpid(child, nullptr, 0);
  }
};

TEST_F(SqliteReaders, WithoutALedgerThereIsNoneAndNoneIsMade) {
  EXPECT_EQ(open_for_reading(file()), nullptr);
  EXPECT_EQ(open_for_reading(folder() / "missing/ledger.db"), nullptr);
  EXPECT_TRUE(files().empty());
}

TEST_F(SqliteReaders, SeeWhatTheWriterCommitsAndDoNotStandInItsWay) {
  open();
  const auto reader = open_for_reading(file());
  for (int i = 0; i < 100; ++i) {
    const std::string id = std::to_string(i);
    offer(id);
    ASSERT_TRUE(reader->find(id)) << i;
  }
  ledger().finish_run(run(), {}, 0, now());
  EXPECT_EQ(std::filesystem::file_size(file("-wal")), 0U) << "no reader holds the log";
}

TEST_F(SqliteReaders, AreNotDisturbedByTheWriterWhileTheyList) {
  make_ledger();
  open();
  const auto reader = open_for_reading(file());
  std::size_t rows = 0;
  reader->list({}, [&](const RowView&) {
    offer("new-" + std::to_string(rows++));
    ledger().finish_run(run(), {}, 0, now());
  });
  EXPECT_EQ(rows, 300U) << "as many as there were when it began";
}

TEST_F(SqliteReaders, CreateNothingAndChangeNothing) {
  make_ledger();
  for (const bool with_log : {true, false}) {
    if (!with_log) {
      std::filesystem::remove(file("-wal"));
      std::filesystem::remove(file("-shm"));
    }
    const auto before = files();
    const std::string bytes = test::content_of(file());
    {
      const auto reader = open_for_reading(file());
      EXPECT_TRUE(reader->find("row-7"));
      EXPECT_EQ(files(), before);
    }
    EXPECT_EQ(files(), before);
    EXPECT_EQ(test::content_of(file()), bytes);
  }
}

TEST_F(SqliteReaders, SeeWhatADeadWriterCommitted) {
  make_ledger();
  die_after("last");
  const std::string log = test::content_of(file("-wal"));
  ASSERT_FALSE(log.empty());
  const auto before = files();
  EXPECT_TRUE(open_for_reading(file())->find("last"));
  EXPECT_EQ(files(), before);
  EXPECT_EQ(test::content_of(file("-wal")), log);
  open();
  EXPECT_TRUE(knows("last"));
}

TEST_F(SqliteReaders, RefuseACopyThatLacksItsLogsIndex) {
  make_ledger();
  die_after("last");
  std::filesystem::remove(file("-shm"));
  const Refusal refused = refused_for_reading();
  EXPECT_EQ(refused.kind, LedgerError::Kind::cannot_read);
  EXPECT_THAT(refused.text, HasSubstr("changes that are not in the file yet"));
  open();
  EXPECT_TRUE(knows("last"));
}

TEST_F(SqliteReaders, OfACopySayWhenAWriterTookItOver) {
  make_ledger();
  std::filesystem::remove(file("-wal"));
  std::filesystem::remove(file("-shm"));
  const auto reader = open_for_reading(file());
  EXPECT_TRUE(reader->find("row-7"));
  open();
  const Refusal refused = refusal([&] { reader->find("row-7"); });
  EXPECT_EQ(refused.kind, LedgerError::Kind::cannot_read);
  EXPECT_THAT(refused.text, HasSubstr("try again"));
  EXPECT_TRUE(open_for_reading(file())->find("row-7"));
}

TEST_F(SqliteReaders, ReadFilesOfAnyName) {
  make_ledger();
  for (const char* name : {"a b?immutable=0&x#y%41.db", "straße.db", "file:x.db"}) {
    std::filesystem::copy_file(file(), folder() / name);
    EXPECT_TRUE(open_for_reading(folder() / name)->find("row-7")) << name;
  }
}

TEST_F(SqliteReaders, ReadWhatAnOlderSqliteToolLeftInAnotherJournalMode) {
  make_ledger();
  {
    SQLite::Database database(file(), SQLite::OPEN_READWRITE);
    database.exec("PRAGMA journal_mode = DELETE");
  }
  EXPECT_TRUE(open_for_reading(file())->find("row-7"));
  open();
  EXPECT_TRUE(knows("row-7"));
}

// Runs as somebody for whom the folder's mode counts, which it does not for root.
class AsNobody {
 public:
  explicit AsNobody(const std::filesystem::path& folder) {
    if (::geteuid() != 0) return;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      [[maybe_unused]] const int owned = ::chown(entry.path().c_str(), nobody, nobody);
    }
    [[maybe_unused]] const int owned = ::chown(folder.c_str(), nobody, nobody);
    switched_ = ::seteuid(nobody) == 0;
  }
  ~AsNobody() {
    if (switched_) [[maybe_unused]]
      const int back = ::seteuid(0);
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;

 private:
  static constexpr uid_t nobody = 65534;
  bool switched_ = false;
};

TEST_F(SqliteReaders, ReadFromAFolderThatCannotBeWritten) {
  make_ledger();
  for (const bool with_log : {true, false}) {
    if (!with_log) {
      std::filesystem::remove(file("-wal"));
      std::filesystem::remove(file("-shm"));
    }
    ::chmod(folder().path().c_str(), 0555);
    {
      const AsNobody nobody(folder().path());
      EXPECT_TRUE(open_for_reading(file())->find("row-7")) << with_log;
      EXPECT_NE(::faccessat(AT_FDCWD, folder().path().c_str(), W_OK, AT_EACCESS), 0)
          << "the folder can be written after all";
    }
    ::chmod(folder().path().c_str(), 0755);
  }
}

TEST_F(SqliteReaders, CannotReadWhatTheyMayNotRead) {
  make_ledger();
  const AsNobody nobody(folder().path());
  ::chmod(file().c_str(), 0);
  EXPECT_EQ(refused_for_reading().kind, LedgerError::Kind::cannot_read);
}

}  // namespace
}  // namespace referrald::persistence
