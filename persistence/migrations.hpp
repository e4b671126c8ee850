// The ledger's schema, brought forward by numbered SQL.
#pragma once

#include <span>
#include <string_view>

namespace SQLite {
class Database;
}

namespace referrald::persistence {

struct Migration {
  int version;  // what user_version becomes
  std::string_view sql;
};

// Those embedded in the program, ascending from 1 without gaps.
std::span<const Migration> migrations();

// The version that this program writes.
int newest_version();

// Applies what is newer than the database's user_version, each with its number in one transaction:
// a failure leaves the last complete version. Throws SQLite::Exception; the caller translates.
void migrate(SQLite::Database& database, std::span<const Migration> migrations);

}  // namespace referrald::persistence
