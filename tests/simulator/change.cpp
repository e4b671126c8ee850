#include "tests/simulator/change.hpp"

#include <charconv>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "tests/simulator/schema.hpp"

namespace referrald::simulator {
namespace {

namespace json = boost::json;

Refusal refuse(std::string message, std::string target) {
  return {400, "invalidRequest", std::move(message), std::move(target)};
}

std::optional<Refusal> parse(std::string_view body, json::value& value) {
  json::error_code error;
  value = json::parse(body, error);
  if (!error) return std::nullopt;
  return refuse(fmt::format("The body is no JSON: {}.", error.message()), "referral");
}

// What a change works on: the kept members, and where the referral stands.
json::object document_of(const Referral& referral) {
  json::object document = json::parse("{" + referral.members + "}").as_object();
  document["status"] = to_string(referral.standing.status);
  document["substatus"] = to_string(referral.standing.substatus);
  return document;
}

// /a/b~1c → {a, b/c}; nothing when it is no pointer (RFC 6901).
std::optional<std::vector<std::string>> split_pointer(std::string_view pointer) {
  if (pointer.empty() || pointer.front() != '/') return std::nullopt;
  std::vector<std::string> parts(1);
  for (std::size_t i = 1; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      parts.emplace_back();
    } else if (pointer[i] != '~') {
      parts.back() += pointer[i];
    } else if (i + 1 < pointer.size() && (pointer[i + 1] == '0' || pointer[i + 1] == '1')) {
      parts.back() += pointer[++i] == '0' ? '~' : '/';
    } else {
      return std::nullopt;
    }
  }
  return parts;
}

std::optional<std::size_t> parse_index(std::string_view text) {
  std::size_t index = 0;
  const char* const end = text.data() + text.size();
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  const auto read = std::from_chars(text.data(), end, index);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return index;
}

json::value* step(json::value& from, const std::string& part) {
  if (auto* object = from.if_object()) return object->if_contains(part);
  if (auto* array = from.if_array()) {
    const auto index = parse_index(part);
    return index && *index < array->size() ? &(*array)[*index] : nullptr;
  }
  return nullptr;
}

std::optional<Refusal> check_path(const std::vector<std::string>& parts, const std::string& path) {
  const std::string& root = parts.front();
  if (root == "status" || root == "substatus") return std::nullopt;
  const Member* member = find_member(referral_schema(), root);
  if (member == nullptr || member->name != root) {
    return refuse(fmt::format("A referral has no member '{}'.", root), path);
  }
  if (member->kind == MemberKind::server || member->frozen) {
    return refuse(fmt::format("The member '{}' cannot be changed.", root), path);
  }
  return std::nullopt;
}

bool set_in_array(json::array& array, const std::string& part, bool add, json::value value) {
  if (add && part == "-") {
    array.push_back(std::move(value));
    return true;
  }
  const auto index = parse_index(part);
  if (!index || *index > array.size() || (!add && *index == array.size())) return false;
  if (add)
    array.insert(array.begin() + static_cast<std::ptrdiff_t>(*index), std::move(value));
  else
    array[*index] = std::move(value);
  return true;
}

std::optional<Refusal> apply(json::value& document, const json::value& operation) {
  const auto* object = operation.if_object();
  if (object == nullptr) return refuse("An operation must be an object.", "referral");
  const auto text = [object](const char* name) {
    const auto* value = object->if_contains(name);
    return value != nullptr && value->is_string() ? std::string{value->get_string()}
                                                  : std::string{};
  };
  const auto op = text("op");
  const auto path = text("path");
  if (op != "add" && op != "replace") {
    return refuse(fmt::format("The operation '{}' is not supported, only add and replace.", op),
                  path);
  }
  const auto* value = object->if_contains("value");
  if (value == nullptr) return refuse("The operation has no value.", path);
  const auto parts = split_pointer(path);
  if (!parts) return refuse("The path is no JSON pointer to a member.", path);
  if (auto refusal = check_path(*parts, path)) return refusal;

  json::value* parent = &document;
  for (std::size_t i = 0; i + 1 < parts->size() && parent != nullptr; ++i) {
    parent = step(*parent, (*parts)[i]);
  }
  const bool add = op == "add";
  if (parent != nullptr && parent->is_object()) {
    auto& members = parent->get_object();
    if (add || members.contains(parts->back())) {
      members[parts->back()] = *value;
      return std::nullopt;
    }
  } else if (parent != nullptr && parent->is_array()) {
    if (set_in_array(parent->get_array(), parts->back(), add, *value)) return std::nullopt;
  }
  return refuse(
      fmt::format("There is nothing at this path to {}.", add ? "add to" : "replace; use add"),
      path);
}

std::optional<Refusal> read_standing(const json::object& document, const Referral& referral,
                                     Standing& standing) {
  const auto text = [&document](const char* name) -> std::string_view {
    const auto* value = document.if_contains(name);
    if (value == nullptr || !value->is_string()) return {};
    return {value->get_string().data(), value->get_string().size()};
  };
  const auto status = parse_status(text("status"));
  const auto substatus = parse_substatus(text("substatus"));
  if (!status) return refuse("The status is none of New, Active, Closed.", "status");
  if (!substatus) return refuse("The substatus is not known.", "substatus");
  standing = {*status, *substatus};
  if (standing == referral.standing || may_become(referral.standing, standing)) return std::nullopt;
  return refuse(fmt::format("{}/{} cannot become {}/{}.", to_string(referral.standing.status),
                            to_string(referral.standing.substatus), to_string(*status),
                            to_string(*substatus)),
                is_legal(standing) ? "status" : "substatus");
}

std::optional<Refusal> check_open(const Referral& referral) {
  if (referral.standing.status != Status::closed) return std::nullopt;
  return refuse("A closed referral cannot be changed.", "status");
}

std::optional<Refusal> finish(const json::object& document, const Referral& referral,
                              Validator& validator, Change& change) {
  if (auto refusal = read_standing(document, referral, change.standing)) return refusal;
  return validator.update(json::serialize(document), change.draft);
}

// A frozen member may be repeated, not changed.
std::optional<Refusal> check_frozen(const Referral& referral, const Draft& draft) {
  const auto before = json::parse("{" + referral.members + "}").as_object();
  const auto after = json::parse("{" + draft.members + "}").as_object();
  for (const auto& member : referral_schema().members) {
    if (!member.frozen) continue;
    const auto* old = before.if_contains(member.name);
    const auto* now = after.if_contains(member.name);
    const bool same = old == nullptr || now == nullptr ? old == now : *old == *now;
    if (!same) return refuse("The member cannot be changed.", std::string{member.name});
  }
  return std::nullopt;
}

}  // namespace

std::optional<Refusal> patch(const Referral& referral, std::string_view body, Validator& validator,
                             Change& change) {
  if (auto refusal = check_open(referral)) return refusal;
  json::value operations;
  if (auto refusal = parse(body, operations)) return refusal;
  const auto* list = operations.if_array();
  if (list == nullptr) return refuse("The body must be an array of operations.", "referral");
  json::value document = document_of(referral);
  for (const auto& operation : *list) {
    if (auto refusal = apply(document, operation)) return refusal;
  }
  auto refusal = finish(document.get_object(), referral, validator, change);
  if (refusal || change.draft.ignored.empty()) return refusal;
  // Nothing unknown is ever kept, so an operation brought it.
  return refuse("The service knows no such member.", change.draft.ignored.front());
}

std::optional<Refusal> replace(const Referral& referral, std::string_view body,
                               Validator& validator, Change& change) {
  if (auto refusal = check_open(referral)) return refusal;
  json::value parsed;
  if (auto refusal = parse(body, parsed)) return refusal;
  auto* document = parsed.if_object();
  if (document == nullptr) return refuse("The body must be a referral.", "referral");
  if (document->contains("links")) return refuse("links must be removed.", "links");
  const auto* id = document->if_contains("id");
  if (id == nullptr || !id->is_string() ||
      parse_guid(std::string_view{id->get_string().data(), id->get_string().size()}) !=
          referral.id) {
    return refuse("The id must be that of the path.", "id");
  }
  const auto* tag = document->if_contains("eTag");
  if (tag == nullptr || !tag->is_string()) return refuse("The eTag is missing.", "eTag");
  if (auto refusal = finish(*document, referral, validator, change)) return refusal;
  return check_frozen(referral, change.draft);
}

}  // namespace referrald::simulator
