#include "persistence/sqlite_errors.hpp"

#include <new>
#include <system_error>

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

namespace referrald::persistence {
namespace {

using Kind = LedgerError::Kind;

Kind kind_of(int code, int extended, Access access) {
  switch (code) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_ERROR:  // a table or column of the schema is missing
      return Kind::damaged;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Kind::held;
    case SQLITE_FULL:
      return Kind::cannot_write;
    case SQLITE_IOERR:
      if (extended == SQLITE_IOERR_READ || extended == SQLITE_IOERR_SHORT_READ) {
        return Kind::cannot_read;
      }
      break;
    default:
      break;
  }
  return access == Access::writing ? Kind::cannot_write : Kind::cannot_read;
}

std::string_view advice(int code) {
  switch (code) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:
      return "; the file is damaged: restore the newest backup and run `referrald adopt` before "
             "anything is sent (a new ledger would create every referral again)";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "; another program, such as sqlite3, has it locked: close that one";
    case SQLITE_FULL:
      return "; make room on the disk";
    default:
      return "";
  }
}

bool fault_of_ours(int code) {
  return code == SQLITE_CONSTRAINT || code == SQLITE_MISUSE || code == SQLITE_RANGE ||
         code == SQLITE_MISMATCH || code == -1;
}

}  // namespace

std::string reason_of(int error) {
  return std::generic_category().message(error);
}

std::string ledger_message(const std::filesystem::path& file, std::string_view doing,
                           std::string_view reason) {
  std::string text = "ledger " + file.string() + ": ";
  text.append(doing).append(": ").append(reason);
  return text;
}

void rethrow_translated(const std::filesystem::path& file, std::string_view doing, Access access) {
  try {
    throw;
  } catch (const SQLite::Exception& error) {
    // SQLiteCpp keeps the extended code of the connection; the plain one is its low byte.
    const int code = error.getErrorCode() < 0 ? -1 : error.getErrorCode() & 0xff;
    if (code == SQLITE_NOMEM) throw std::bad_alloc();
    std::string reason = error.what();
    if (fault_of_ours(code)) throw std::logic_error(ledger_message(file, doing, reason));
    reason += advice(code);
    throw LedgerError(kind_of(code, error.getExtendedErrorCode(), access),
                      ledger_message(file, doing, reason));
  }
}

}  // namespace referrald::persistence
