#include "mapping/service_content.hpp"

#include <algorithm>
#include <utility>

#include "mapping/schema.hpp"

namespace referrald::mapping {
namespace {

Value projected(const Value& from, const MemberSpec& spec);

Value projected_object(const Object& from, const Shape& shape) {
  Object out;
  for (const auto& spec : shape.members) {
    const Member* found = find_member(from, spec.name);
    if (found == nullptr) continue;
    Value value = projected(found->value, spec);
    if (!value.absent()) out.push_back({MemberName::fixed(spec.name), std::move(value)});
  }
  return {std::move(out)};
}

Value projected_list(const List& from, const Shape& shape) {
  List out;
  for (const Value& element : from)
    if (const auto* object = element.object()) out.push_back(projected_object(*object, shape));
  return {std::move(out)};
}

Value projected_text(const std::string& text, Type type) {
  if (type == Type::number)
    if (auto number = canonical_number(text)) return {std::move(*number)};
  return {text};
}

Value projected(const Value& from, const MemberSpec& spec) {
  if (const auto* text = from.string()) return projected_text(*text, spec.type);
  if (spec.shape == nullptr) return from;
  if (const auto* object = from.object()) return projected_object(*object, *spec.shape);
  if (const auto* list = from.list()) return projected_list(*list, *spec.shape);
  return from;
}

void leave_in(Object& object, const std::string& above, const std::set<std::string>& members) {
  for (Member& member : object) {
    const std::string path = above + std::string(member.name) + "/";
    if (auto* inner = member.value.object()) leave_in(*inner, path, members);
    auto* list = member.value.list();
    const auto first = members.lower_bound(path);
    if (list == nullptr || first == members.end() || !first->starts_with(path)) continue;
    for (Value& element : *list)
      if (auto* inner = element.object())
        std::erase_if(*inner, [&](const Member& one) {
          return !members.contains(path + std::string(one.name));
        });
  }
}

}  // namespace

void leave_list_members(Value& content, const std::set<std::string>& members) {
  if (auto* object = content.object()) leave_in(*object, {}, members);
}

Value content_of(const Value& from_service) {
  const auto* object = from_service.object();
  return object == nullptr ? Value{Object{}} : projected_object(*object, referral_shape());
}

Value invitation_of(const Value& from_service) {
  const auto* context = from_service.find("inviteContext");
  const auto* object = context == nullptr ? nullptr : context->object();
  return object == nullptr ? Value{} : projected_object(*object, invitation_shape());
}

}  // namespace referrald::mapping
