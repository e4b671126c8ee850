#include "daemon/inbox/notice.hpp"

#include <fmt/format.h>

#include "daemon/submission/wire.hpp"
#include "daemon/text.hpp"

namespace referrald::inbox {

std::string_view to_string(Notice::Kind kind) {
  switch (kind) {
    case Notice::Kind::trouble:
      return "trouble";
    case Notice::Kind::recovered:
      return "recovered";
    case Notice::Kind::needs_person:
      return "needs-person";
    case Notice::Kind::silent:
      return "silent";
    case Notice::Kind::ends_soon:
      break;
  }
  return "ends-soon";
}

std::string json_of(const Notice& notice) {
  auto out = fmt::format(R"({{"event":"{}","subject":{},"message":{},"time":"{}")",
                         to_string(notice.kind), json_string(notice.subject),
                         json_string(as_typed(notice.message)), submission::format_time(notice.at));
  if (notice.kind == Notice::Kind::needs_person) out += fmt::format(R"(,"rows":{})", notice.rows);
  return out + "}\n";
}

}  // namespace referrald::inbox
