#include "daemon/commands/standing_report.hpp"

#include <boost/json.hpp>

namespace referrald::commands {

std::string sentence_of(sync::Standing standing) {
  const auto reason = sync::reason_for_standing(standing);
  return reason.empty() ? reason : "a sync would send nothing: " + reason + ".";
}

boost::json::object json_of(sync::Standing standing) {
  boost::json::object object{{"standing", sync::to_string(standing)}};
  const auto sentence = sentence_of(standing);
  object["message"] = nullptr;
  if (!sentence.empty()) object["message"] = boost::json::string(sentence);
  return object;
}

}  // namespace referrald::commands
