// The SQL of every prepared statement.
#pragma once

#include "persistence/statements.hpp"

namespace referrald::persistence {

const char* statement_text(Query query);

}  // namespace referrald::persistence
