// Opening a ledger: who may, whether the file is one, and whether it is whole.
#include <cerrno>
#include <system_error>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "persistence/migrations.hpp"
#include "persistence/sqlite_ledger.hpp"

namespace referrald::persistence {

Connection::Connection() = default;
Connection::Connection(Connection&&) noexcept = default;
Connection::~Connection() = default;

namespace {

using Kind = LedgerError::Kind;
using std::filesystem::path;

constexpr int application_id = 0x52664C31;  // "RfL1"
constexpr int cache_kib = 8 * 1024;
constexpr std::int64_t log_size_limit = 80 << 20;
// What is checked page by page at every start; larger ones after an unclean end only.
constexpr std::uintmax_t always_checked = 32U << 20;
constexpr std::uintmax_t checked_for_reading = 4U << 20;

path beside(const path& file, const char* suffix) {
  return file.string() + suffix;
}

std::uintmax_t size_of(const path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  return error ? 0 : size;
}

// Two names of one file must find one lock.
path resolved(const path& file) {
  std::error_code error;
  const path real = std::filesystem::weakly_canonical(file, error);
  return error ? std::filesystem::absolute(file) : real;
}

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

void sync_folder(const path& file) {
  const Descriptor folder(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0 || ::fsync(folder.get()) != 0) {
    throw LedgerError(Kind::cannot_write,
                      ledger_message(file, "make the new file durable", reason_of(errno)));
  }
}

// SQLite gives its log the mode of the file it belongs to, so the file is made before SQLite opens
// it, with a mode that no umask widens or narrows.
void make_private_file(const path& ledger, const path& file) {
  const Descriptor made(
      ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (made.get() < 0 || ::fchmod(made.get(), 0600) != 0) {
    throw LedgerError(Kind::cannot_write,
                      ledger_message(ledger, "create " + file.string(), reason_of(errno)));
  }
}

[[noreturn]] void lost(const path& file) {
  throw LedgerError(Kind::damaged,
                    ledger_message(file, "open",
                                   "the file is missing, but its log " + file.string() +
                                       "-wal is there; put the file back beside it, or move the "
                                       "log away and restore a backup"));
}

// A new ledger is made under another name and then given its own: a ledger of that name is whole,
// and an empty file of that name is a damaged ledger, never a new one.
void create(const path& file, Timestamp now) {
  if (size_of(beside(file, "-wal")) != 0) lost(file);
  const path fresh = beside(file, ".new");
  std::error_code ignored;
  std::filesystem::remove(fresh, ignored);
  std::filesystem::remove(beside(fresh, "-journal"), ignored);
  make_private_file(file, fresh);
  {
    SQLite::Database database(fresh, SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX,
                              busy_timeout_ms);
    database.exec("PRAGMA auto_vacuum = NONE");
    database.exec("PRAGMA application_id = " + std::to_string(application_id));
    migrate(database, migrations());
    SQLite::Statement created(database, "INSERT INTO meta (key, value) VALUES ('created', ?)");
    created.bind(1, std::to_string(to_number(now)));
    created.exec();
    // SQLite's generator is seeded by the system's.
    database.exec(
        "INSERT INTO meta (key, value) VALUES ('fingerprint_key', lower(hex(randomblob(16))))");
  }
  if (::rename(fresh.c_str(), file.c_str()) != 0) {
    throw LedgerError(Kind::cannot_write,
                      ledger_message(file, "create the ledger", reason_of(errno)));
  }
  sync_folder(file);
}

// The file may have come from a backup or a copy.
void make_private(const path& file) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    const path part = beside(file, suffix);
    struct stat status {};
    if (::stat(part.c_str(), &status) != 0 || (status.st_mode & 077) == 0) continue;
    if (::chmod(part.c_str(), 0600) != 0) {
      throw LedgerError(Kind::cannot_write,
                        ledger_message(file, "keep others from reading " + part.string(),
                                       reason_of(errno) + "; it holds personal data: chmod 600"));
    }
  }
}

[[noreturn]] void damaged(const path& file, const std::string& what) {
  throw LedgerError(Kind::damaged,
                    ledger_message(file, "open",
                                   what + "; restore the newest backup and run `referrald adopt` "
                                          "before anything is sent (a new ledger would create "
                                          "every referral again)"));
}

void require_regular(const path& file) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (error) {
    throw LedgerError(Kind::cannot_read, ledger_message(file, "open", error.message()));
  }
  if (!std::filesystem::is_regular_file(status)) {
    throw LedgerError(Kind::cannot_read, ledger_message(file, "open", "it is not a file"));
  }
  if (size_of(file) == 0) damaged(file, "the file is empty");
}

int pragma(SQLite::Database& database, const std::string& name) {
  return database.execAndGet("PRAGMA " + name).getInt();
}

// Whose file it is. Reads only: a file of somebody else stays as it is.
void require_ledger(SQLite::Database& database, const path& file) {
  const int found = pragma(database, "application_id");
  const int version = pragma(database, "user_version");
  if (found != application_id || version < 1) {
    throw LedgerError(Kind::damaged,
                      ledger_message(file, "open",
                                     "this is a SQLite file but no ledger of referrald; look "
                                     "whether the configuration's `ledger` names the right file"));
  }
  if (version > newest_version()) {
    throw LedgerError(
        Kind::newer,
        ledger_message(file, "open",
                       "written by a newer referrald (schema " + std::to_string(version) +
                           ", this program knows " + std::to_string(newest_version()) +
                           "); install that version, or restore an older backup"));
  }
}

// A file cut off within a page. What lies in the log may lawfully lie beyond the file's end.
void require_whole_pages(SQLite::Database& database, const path& file) {
  const auto page = static_cast<std::uintmax_t>(pragma(database, "page_size"));
  const auto is_log_empty = [&] { return size_of(beside(file, "-wal")) == 0; };
  // A writer may begin a log, and move it into the file, between one question and the next: what
  // was cut off stays so however often it is asked.
  for (int tries = 0; tries < 3; ++tries) {
    if (!is_log_empty()) return;
    const auto pages = static_cast<std::uintmax_t>(pragma(database, "page_count"));
    const auto size = size_of(file);
    if (size % page == 0 && size >= page * pages) return;
    if (tries < 2 || !is_log_empty()) continue;
    damaged(file, "it is cut off: " + std::to_string(size) + " bytes instead of " +
                      std::to_string(page * pages));
  }
}

void check_pages(SQLite::Database& database, const path& file) {
  const std::string answer = database.execAndGet("PRAGMA quick_check(1)").getString();
  if (answer != "ok") damaged(file, "its check failed: " + answer);
}

void set(SQLite::Database& database, const std::string& setting) {
  database.exec("PRAGMA " + setting);
}

// A pragma that SQLite does not obey is no error to it.
void require_setting(SQLite::Database& database, const path& file, const std::string& setting,
                     const std::string& expected) {
  set(database, setting);
  const std::string name = setting.substr(0, setting.find(' '));
  const std::string got = database.execAndGet("PRAGMA " + name).getString();
  if (got != expected) {
    throw LedgerError(Kind::cannot_write,
                      ledger_message(file, "set " + setting, "it stays at " + got));
  }
}

void configure_common(SQLite::Database& database) {
  set(database, "cache_size = -" + std::to_string(cache_kib));
  set(database, "temp_store = MEMORY");  // no cells in temporary files
  set(database, "trusted_schema = OFF");
  set(database, "cell_size_check = ON");
}

void configure_writer(SQLite::Database& database, const path& file) {
  require_setting(database, file, "journal_mode = WAL", "wal");
  require_setting(database, file, "synchronous = FULL", "2");
  require_setting(database, file, "foreign_keys = ON", "1");
  // Bodies are overwritten with zeros where they are deleted.
  require_setting(database, file, "secure_delete = ON", "1");
  set(database, "wal_autocheckpoint = " + std::to_string(log_pages));
  set(database, "journal_size_limit = " + std::to_string(log_size_limit));
  // The log stays, empty, when the last connection closes: readers then need create nothing.
  int persist = 1;
  sqlite3_file_control(database.getHandle(), "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
}

void empty_log(SQLite::Database& database) {
  sqlite3_wal_checkpoint_v2(database.getHandle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr,
                            nullptr);
}

void prepare_writer(SQLite::Database& database, const path& file) {
  const bool unclean = size_of(beside(file, "-wal")) != 0;
  configure_common(database);
  require_ledger(database, file);
  require_whole_pages(database, file);
  if (unclean || size_of(file) <= always_checked) check_pages(database, file);
  configure_writer(database, file);
  migrate(database, migrations());
  empty_log(database);
}

// Without its count of the memory in use, SQLite takes no global lock at every allocation. To be
// said before its first use in the process; later it has no effect.
void spare_memory_statistics() {
  static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(once);
}

// SQLite's URI form; the only way to say `immutable`.
std::string immutable_uri(const path& file) {
  constexpr char digits[] = "0123456789abcdef";
  std::string uri = "file:";
  for (const char byte : file.string()) {
    if (byte == '%' || byte == '?' || byte == '#') {
      const auto value = static_cast<unsigned char>(byte);
      uri.append({'%', digits[value >> 4], digits[value & 15]});
    } else {
      uri += byte;
    }
  }
  return uri + "?immutable=1";
}

// A writer leaves its log and the log's index beside the ledger, empty if it ended well; with both
// there, SQLite's own locks let us read beside it. With neither (a copy, a backup) nobody writes,
// and the file is read as it is: SQLite would create them otherwise.
bool readable_as_it_is(const path& file) {
  std::error_code ignored;
  const bool log = std::filesystem::exists(beside(file, "-wal"), ignored);
  const bool index = std::filesystem::exists(beside(file, "-shm"), ignored);
  if (size_of(beside(file, "-wal")) != 0 && !index) {
    throw LedgerError(Kind::cannot_read,
                      ledger_message(file, "open",
                                     "its log " + file.string() +
                                         "-wal holds changes that are not in the file yet; open it "
                                         "for writing once (`referrald sync`), or copy ledgers "
                                         "as docs/ledger.md says"));
  }
  const bool journal = std::filesystem::exists(beside(file, "-journal"), ignored);
  return !(log && index) && !journal;
}

void require_current(SQLite::Database& database, const path& file) {
  if (pragma(database, "user_version") == newest_version()) return;
  throw LedgerError(Kind::cannot_read,
                    ledger_message(file, "open",
                                   "written by an older referrald; the next `sync` or `run` brings "
                                   "it forward"));
}

bool is_there(const path& file) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (status.type() == std::filesystem::file_type::not_found) return false;
  if (error) throw LedgerError(Kind::cannot_read, ledger_message(file, "open", error.message()));
  return true;
}

}  // namespace

std::unique_ptr<Ledger> open_for_writing(const path& file, Timestamp now) {
  spare_memory_statistics();
  Connection connection;
  connection.file = resolved(file);
  connection.access = Access::writing;
  const path& real = connection.file;
  connection.lock = std::make_unique<WriterLock>(real, beside(real, ".lock"));
  translating(real, "open", Access::writing, [&] {
    if (!is_there(real)) create(real, now);
    require_regular(real);
    make_private(real);
    connection.database = std::make_unique<SQLite::Database>(
        real, SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX, busy_timeout_ms);
    prepare_writer(*connection.database, real);
  });
  return std::make_unique<SqliteLedger>(std::move(connection));
}

std::unique_ptr<Ledger> open_for_reading(const path& file) {
  spare_memory_statistics();
  Connection connection;
  connection.file = resolved(file);
  const path& real = connection.file;
  if (!is_there(real)) {
    if (size_of(beside(real, "-wal")) != 0) lost(real);
    return nullptr;
  }
  translating(real, "open", Access::reading, [&] {
    require_regular(real);
    connection.immutable = readable_as_it_is(real);
    const int flags = SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX;
    connection.database =
        connection.immutable
            ? std::make_unique<SQLite::Database>(immutable_uri(real), flags | SQLite::OPEN_URI)
            : std::make_unique<SQLite::Database>(real, flags, busy_timeout_ms);
    configure_common(*connection.database);
    require_ledger(*connection.database, real);
    require_current(*connection.database, real);
    require_whole_pages(*connection.database, real);
    if (size_of(real) <= checked_for_reading) check_pages(*connection.database, real);
  });
  return std::make_unique<SqliteLedger>(std::move(connection));
}

}  // namespace referrald::persistence
