// The SQL of every prepared statement.
#pragma once

#include "persistence/statements.hpp"

namespace referrald::persistence {

const char* statement_text(Query query);

// Of those by which rows are taken in; nullptr: it is none of them.
const char* intake_statement_text(Query query);

}  // namespace referrald::persistence
