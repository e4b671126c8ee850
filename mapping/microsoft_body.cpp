#include <utility>

#include "mapping/json_writer.hpp"
#include "mapping/mapping.hpp"
#include "mapping/status.hpp"

namespace referrald::mapping {
namespace {

constexpr std::size_t usual_size = 1'024;  // of a body
constexpr std::string_view microsoft_target = R"([{"type":"BusinessProfileLocation","id":"msft"}])";

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace

void append_own_body(std::string& out, const Mapped& mapped) {
  out.reserve(out.size() + usual_size);
  JsonWriter writer(out);
  writer.put('{');
  bool first = true;
  for (const auto& [name, value] : *mapped.referral.object()) {
    if (is_of_status(name)) continue;
    if (!std::exchange(first, false)) writer.put(',');
    writer.string(name);
    writer.put(':');
    writer.value(value);
  }
  writer.put('}');
}

std::string own_body(const Mapped& mapped) {
  std::string out;
  append_own_body(out, mapped);
  return out;
}

std::string microsoft_body(const Mapped& mapped) {
  std::string out;
  JsonWriter writer(out);
  writer.put('{');
  for (const auto& [name, value] : *mapped.referral.object()) {
    // An externalReferenceId names one referral: the own one.
    if (name == "externalReferenceId" || name == "target" || is_of_status(name)) continue;
    writer.string(name);
    writer.put(':');
    writer.value(value);
    writer.put(',');
  }
  writer.put("\"target\":");
  writer.put(microsoft_target);
  writer.put('}');
  writer.finish();
  return out;
}

std::string complete_microsoft_body(std::string_view microsoft_body, std::string_view invitation,
                                    std::string_view engagement_id,
                                    std::string_view organization_id) {
  std::string context = invitation.empty() ? "{}" : std::string(invitation);
  if (!organization_id.empty())
    context = with_member(context, "invitedBy",
                          "{\"organizationId\":" + json_string(organization_id) + "}");
  std::string body(microsoft_body);
  if (context != "{}") body = with_member(body, "inviteContext", context);
  return with_member(body, "engagementId", json_string(engagement_id));
}

}  // namespace referrald::mapping
