// The file: who may write it, how it is made, and what happens when it cannot be written.
#include <csignal>

#include <SQLiteCpp/Database.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/persistence/sqlite_story.hpp"

namespace referrald::persistence {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class SqliteLedgerFile : public SqliteStory {
 protected:
  static mode_t mode_of(const std::filesystem::path& file) {
    struct stat status {};
    return ::stat(file.c_str(), &status) == 0 ? status.st_mode & 0777U : 0;
  }
};

TEST_F(SqliteLedgerFile, IsPrivateWithItsLogWhateverTheUmask) {
  for (const mode_t mask : {0U, 022U, 0777U}) {
    const mode_t before = ::umask(mask);
    open();
    offer("a");
    ::umask(before);
    for (const char* suffix : {"", "-wal", "-shm"}) {
      EXPECT_EQ(mode_of(file(suffix)), 0600U) << suffix << " under umask " << mask;
    }
    close();
    for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
      std::filesystem::remove(file(suffix));
    }
  }
}

TEST_F(SqliteLedgerFile, OfWiderModeIsMadePrivate) {
  make_ledger();
  for (const char* suffix : {"", "-wal", "-shm"}) ::chmod(file(suffix).c_str(), 0644);
  open();
  for (const char* suffix : {"", "-wal", "-shm"}) EXPECT_EQ(mode_of(file(suffix)), 0600U) << suffix;
}

TEST_F(SqliteLedgerFile, IsMarkedAsALedgerAndKeptDurably) {
  make_ledger();
  SQLite::Database database(file(), SQLite::OPEN_READONLY);
  EXPECT_EQ(database.execAndGet("PRAGMA application_id").getInt(), 0x52664C31);
  EXPECT_EQ(database.execAndGet("PRAGMA user_version").getInt(), 1);
  EXPECT_EQ(database.execAndGet("PRAGMA journal_mode").getString(), "wal");
  EXPECT_EQ(database
                .execAndGet("SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND "
                            "type = 'table' AND NOT strict AND name NOT LIKE 'sqlite_%'")
                .getInt(),
            0);
  EXPECT_EQ(database.execAndGet("PRAGMA integrity_check").getString(), "ok");
  EXPECT_EQ(database.execAndGet("SELECT count(*) FROM pragma_foreign_key_check").getInt(), 0);
}

TEST_F(SqliteLedgerFile, CanBeReadWithTheSqliteTool) {
  make_ledger(4);
  SQLite::Database database(file(), SQLite::OPEN_READONLY);
  EXPECT_EQ(database
                .execAndGet("SELECT group_concat(external_id || ' ' || state || ' ' || "
                            "coalesce(referral, '-'), ', ') FROM overview")
                .getString(),
            "row-0 synced referral-row-0, row-1 synced referral-row-1, row-2 pending -, "
            "row-3 pending -");
}

TEST_F(SqliteLedgerFile, ShowsTheSqliteToolIdsAsTheyAreSpelled) {
  open();
  for (const char* id :
       {"5f1e9d6c-2f0b-4c61-9a5e-7d3c8a10b2e4", "5F1E9D6C-2F0B-4C61-9A5E-7D3C8A10B2E4", "L-1"})
    offer(id);
  for (const Intent& intent : claim()) {
    Settlement done = settlement(intent, State::synced);
    done.ids = {intent.external_id, intent.external_id, "\"1\"",
                "organization",     "Active",           "Accepted"};
    ledger().record(done, run());
  }
  close();
  SQLite::Database database(file(), SQLite::OPEN_READONLY);
  EXPECT_EQ(
      database
          .execAndGet("SELECT group_concat(external_id || ' ' || deal || ' ' || referral || ' ' || "
                      "engagement || ' ' || status, '; ') FROM overview")
          .getString(),
      "5f1e9d6c-2f0b-4c61-9a5e-7d3c8a10b2e4 private 5f1e9d6c-2f0b-4c61-9a5e-7d3c8a10b2e4 "
      "5f1e9d6c-2f0b-4c61-9a5e-7d3c8a10b2e4 Active; "
      "5F1E9D6C-2F0B-4C61-9A5E-7D3C8A10B2E4 private 5F1E9D6C-2F0B-4C61-9A5E-7D3C8A10B2E4 "
      "5F1E9D6C-2F0B-4C61-9A5E-7D3C8A10B2E4 Active; L-1 private L-1 L-1 Active");
}

TEST_F(SqliteLedgerFile, HasOneWriter) {
  open();
  const Refusal second = refused_for_writing();
  EXPECT_EQ(second.kind, LedgerError::Kind::held);
  EXPECT_THAT(second.text, AllOf(HasSubstr(file().string()),
                                 HasSubstr("process " + std::to_string(::getpid()))));
  offer("a");
  close();
  open();
  EXPECT_TRUE(knows("a"));
}

TEST_F(SqliteLedgerFile, HasOneWriterUnderAnyName) {
  open();
  std::filesystem::create_symlink(file(), folder() / "other.db");
  std::filesystem::create_directory(folder() / "sub");
  for (const auto& name : {folder() / "other.db", folder() / "sub/../ledger.db"}) {
    EXPECT_EQ(refusal([&] { open_for_writing(name, now()); }).kind, LedgerError::Kind::held)
        << name;
  }
}

// A transaction that became a writing one only later would fail when another program wrote
// meanwhile.
TEST_F(SqliteLedgerFile, IsLockedForWritingFromTheBeginningOfATransaction) {
  open();
  SQLite::Database other(file(), SQLite::OPEN_READWRITE);
  ledger().begin();
  EXPECT_EQ(other.tryExec("BEGIN IMMEDIATE"), SQLITE_BUSY);
  ledger().rollback();
  EXPECT_EQ(other.tryExec("BEGIN IMMEDIATE"), SQLITE_OK);
  EXPECT_EQ(other.tryExec("ROLLBACK"), SQLITE_OK);
}

TEST_F(SqliteLedgerFile, IsHeldAgainstOtherProcessesUntilTheHolderDies) {
  int ready[2], finish[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(finish), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto ledger = open_for_writing(file(), Timestamp{});
    char byte = 'r';
    [[maybe_unused]] auto done = ::write(ready[1], &byte, 1);
    done = ::read(finish[0], &byte, 1);
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  const Refusal refused = refused_for_writing();
  EXPECT_EQ(refused.kind, LedgerError::Kind::held);
  EXPECT_THAT(refused.text, HasSubstr("process " + std::to_string(child)));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  for (const int end : {ready[0], ready[1], finish[0], finish[1]}) ::close(end);
  EXPECT_NO_THROW(open());
}

TEST_F(SqliteLedgerFile, IsNotMadeInAFolderThatIsNotThere) {
  const Refusal refused = refusal([&] { open_for_writing(folder() / "missing/ledger.db", now()); });
  EXPECT_EQ(refused.kind, LedgerError::Kind::cannot_write);
  EXPECT_THAT(refused.text, AllOf(HasSubstr("missing/ledger.db"), HasSubstr("No such file"),
                                  HasSubstr("folder must exist")));
}

TEST_F(SqliteLedgerFile, IsNotMadeOnAFileSystemThatTakesNone) {
  EXPECT_EQ(refusal([&] { open_for_writing("/proc/ledger.db", now()); }).kind,
            LedgerError::Kind::cannot_write);
}

TEST_F(SqliteLedgerFile, IsNotAFolder) {
  std::filesystem::create_directory(file());
  EXPECT_EQ(refused_for_writing().kind, LedgerError::Kind::cannot_read);
  EXPECT_EQ(refused_for_reading().kind, LedgerError::Kind::cannot_read);
}

TEST_F(SqliteLedgerFile, LeftHalfMadeByACrashIsMadeAgain) {
  test::write_content(file(".new"), "half a ledger");
  test::write_content(file(".new-journal"), "its journal");
  open();
  EXPECT_EQ(verdict("a"), Verdict::created);
  EXPECT_FALSE(std::filesystem::exists(file(".new")));
}

// The file may not grow beyond a limit, which SQLite reports as it does a failing disk.
class SizeLimit {
 public:
  explicit SizeLimit(rlim_t bytes) {
    before_ = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &limit_);
    rlimit lower = limit_;
    lower.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &lower);
  }
  ~SizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &limit_);
    std::signal(SIGXFSZ, before_);
  }
  SizeLimit(const SizeLimit&) = delete;
  SizeLimit& operator=(const SizeLimit&) = delete;

 private:
  rlimit limit_{};
  void (*before_)(int) = nullptr;
};

TEST_F(SqliteLedgerFile, AfterAFailedWriteNothingMoreIsWritten) {
  open();
  for (int i = 0; i < 10; ++i) offer("kept-" + std::to_string(i));
  Refusal refused{};
  {
    const SizeLimit limit(200'000);
    ledger().begin();
    // More than SQLite keeps in memory before it begins to write.
    refused = refusal([&] {
      for (int i = 0; i < 5000; ++i) offer("lost-" + std::to_string(i), std::string(5000, 'x'));
    });
  }
  EXPECT_EQ(refused.kind, LedgerError::Kind::cannot_write);
  EXPECT_THAT(refused.text, HasSubstr(file().string()));
  ledger().rollback();
  const auto earlier = HasSubstr("an earlier write failed");
  EXPECT_THAT(refusal([&] { ledger().begin(); }).text, earlier);
  EXPECT_THAT(refusal([&] { offer("more"); }).text, earlier);
  EXPECT_THAT(refusal([&] { ledger().recover(now()); }).text, earlier);
  EXPECT_TRUE(knows("kept-9")) << "what is there can still be read";
  close();
  open();
  EXPECT_EQ(ledger().counts({}), (Counts{{State::pending, 10}}));
  EXPECT_EQ(verdict("more"), Verdict::created);
}

TEST_F(SqliteLedgerFile, AFailedCommitIsNotTriedAgain) {
  open();
  ledger().begin();
  for (int i = 0; i < 200; ++i) offer("lost-" + std::to_string(i), std::string(500, 'x'));
  {
    const SizeLimit limit(4096);
    EXPECT_EQ(refusal([&] { ledger().commit(); }).kind, LedgerError::Kind::cannot_write);
  }
  EXPECT_EQ(refusal([&] { ledger().commit(); }).kind, LedgerError::Kind::cannot_write);
  close();
  open();
  EXPECT_FALSE(knows("lost-0"));
}

TEST_F(SqliteLedgerFile, TakesLittleMemoryHoweverManyRowsItHolds) {
  const auto peak_mib = [] {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
  };
  open();
  [[maybe_unused]] const auto before = peak_mib();
  const std::string content(700, 'c');
  for (int group = 0; group < 30; ++group) {
    ledger().begin();
    for (int i = 0; i < 1000; ++i) offer(std::to_string(group * 1000 + i), content);
    ledger().commit();
  }
  std::uint64_t listed = 0;
  ledger().list({}, [&](const RowView&) { ++listed; });
  EXPECT_EQ(listed, 30'000U);
  while (true) {
    ledger().begin();
    const auto intents = claim(1000);
    for (const auto& intent : intents) created(intent);
    ledger().commit();
    if (intents.empty()) break;
  }
  EXPECT_GT(std::filesystem::file_size(file()), 40U << 20U) << "too little to tell anything";
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(peak_mib() - before, 24);
#endif
}

}  // namespace
}  // namespace referrald::persistence
