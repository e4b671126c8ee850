#include "tests/simulator/validation.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <iterator>

#include <fmt/format.h>
#include <simdjson.h>

#include "tests/simulator/json_text.hpp"
#include "tests/simulator/schema.hpp"
#include "tests/simulator/time.hpp"

namespace referrald::simulator {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t most_members = 64;
using Found = std::array<std::optional<dom::element>, most_members>;

// Where the walk is; lives on the stack, becomes text only for a refusal.
struct Path {
  const Path* up = nullptr;
  std::string_view name;
  std::optional<std::size_t> index;

  std::string text() const {
    std::string above = up == nullptr ? std::string{} : up->text();
    if (index) return fmt::format("{}[{}]", above, *index);
    if (above.empty()) return std::string{name};
    return fmt::format("{}.{}", above, name);
  }
};

bool all_upper(std::string_view text, std::size_t size) {
  if (text.size() != size) return false;
  for (const char c : text) {
    if (c < 'A' || c > 'Z') return false;
  }
  return true;
}

// Writes the members that the service knows to draft.members while it checks them.
class Walk {
 public:
  explicit Walk(Draft& draft) : draft_(draft), out_(draft.members) {}

  bool referral(dom::object object, Found& found) {
    return members(object, referral_schema(), nullptr, &found);
  }
  Refusal refusal() && { return std::move(refusal_); }

 private:
  bool refuse(const Path& at, std::string message) {
    refusal_.message = std::move(message);
    refusal_.target = at.text();
    return false;
  }

  bool members(dom::object object, const Schema& schema, const Path* up, Found* found) {
    std::uint64_t seen = 0;
    bool first = true;
    for (const auto field : object) {
      const Path path{up, field.key, std::nullopt};
      const Member* member = find_member(schema, field.key);
      if (member == nullptr) {
        draft_.ignored.push_back(path.text());
        continue;
      }
      const auto at = static_cast<std::size_t>(member - schema.members.data());
      if ((seen >> at & 1) != 0) return refuse(path, "The member is given twice.");
      seen |= 1ULL << at;
      if (found != nullptr) (*found)[at] = field.value;
      if (member->kind == MemberKind::server) continue;
      if (!first) out_ += ',';
      first = false;
      append_json_string(out_, member->name);
      out_ += ':';
      if (!value(field.value, *member, Path{up, member->name, std::nullopt})) return false;
    }
    return complete(schema, seen, up);
  }

  bool complete(const Schema& schema, std::uint64_t seen, const Path* up) {
    for (std::size_t i = 0; i < schema.members.size(); ++i) {
      const Member& member = schema.members[i];
      if (!member.required || (seen >> i & 1) != 0) continue;
      return refuse(Path{up, member.name, std::nullopt}, "A required member is missing.");
    }
    return true;
  }

  bool value(dom::element value, const Member& member, const Path& path) {
    if (value.is_null()) {
      if (member.required) return refuse(path, "A required member is null.");
      out_ += "null";
      return true;
    }
    switch (member.kind) {
      case MemberKind::flag:
        return flag(value, path);
      case MemberKind::number:
        return number(value, path);
      case MemberKind::object:
        return object(value, *member.inner, path);
      case MemberKind::objects:
        return objects(value, member, path);
      case MemberKind::opaque:
        out_ += simdjson::minify(value);
        return true;
      case MemberKind::server:
        return true;
      default:
        return text(value, member, path);
    }
  }

  bool text(dom::element value, const Member& member, const Path& path) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) return refuse(path, "A string is expected.");
    if (member.kind == MemberKind::country && !all_upper(text, 2)) {
      return refuse(path, "The country must be a two-letter ISO 3166-1 code.");
    }
    if (member.kind == MemberKind::currency && !all_upper(text, 3)) {
      return refuse(path, "The currency must be a three-letter ISO 4217 code.");
    }
    if (member.kind == MemberKind::time && !parse_time(text)) {
      return refuse(path, "The value is no ISO 8601 date and time.");
    }
    if (member.kind == MemberKind::choice) {
      bool known = false;
      for (const auto choice : member.choices) known = known || choice == text;
      if (!known) return refuse(path, "The value is none of this member's enumeration.");
    }
    append_json_string(out_, text);
    return true;
  }

  bool flag(dom::element value, const Path& path) {
    bool flag = false;
    if (value.get(flag) != simdjson::SUCCESS) return refuse(path, "true or false is expected.");
    out_ += flag ? "true" : "false";
    return true;
  }

  bool number(dom::element value, const Path& path) {
    std::int64_t whole = 0;
    double real = 0;
    std::string_view text;
    if (value.is_string() && value.get(text) == simdjson::SUCCESS) {
      const char* const end = text.data() + text.size();
      const auto read = std::from_chars(text.data(), end, real);
      if (read.ec != std::errc{} || read.ptr != end || !std::isfinite(real)) {
        return refuse(path, "A number is expected.");
      }
    } else if (value.is_int64() && value.get(whole) == simdjson::SUCCESS) {
      fmt::format_to(std::back_inserter(out_), FMT_STRING("{}"), whole);
      return true;
    } else if (value.get(real) != simdjson::SUCCESS) {
      return refuse(path, "A number is expected.");
    }
    fmt::format_to(std::back_inserter(out_), FMT_STRING("{}"), real);
    return true;
  }

  bool object(dom::element value, const Schema& schema, const Path& path) {
    dom::object object;
    if (value.get(object) != simdjson::SUCCESS) return refuse(path, "An object is expected.");
    out_ += '{';
    if (!members(object, schema, &path, nullptr)) return false;
    out_ += '}';
    return true;
  }

  bool objects(dom::element value, const Member& member, const Path& path) {
    dom::array array;
    if (value.get(array) != simdjson::SUCCESS) return refuse(path, "An array is expected.");
    out_ += '[';
    std::size_t index = 0;
    for (const auto element : array) {
      if (member.most != 0 && index == member.most) {
        return refuse(path, fmt::format("More than {} elements.", member.most));
      }
      if (index != 0) out_ += ',';
      if (!object(element, *member.inner, Path{&path, {}, index})) return false;
      ++index;
    }
    out_ += ']';
    return true;
  }

  Draft& draft_;
  std::string& out_;
  Refusal refusal_;
};

// A member of the whole referral, by its exact name.
class Members {
 public:
  explicit Members(const Found& found) : found_(found) {}

  std::optional<dom::element> get(std::string_view name) const {
    const auto& schema = referral_schema();
    const auto& at =
        found_[static_cast<std::size_t>(find_member(schema, name) - schema.members.data())];
    return at && !at->is_null() ? at : std::nullopt;
  }
  bool has(std::string_view name) const {
    const auto& schema = referral_schema();
    return found_[static_cast<std::size_t>(find_member(schema, name) - schema.members.data())]
        .has_value();
  }
  std::string_view text(std::string_view name) const {
    std::string_view text;
    const auto value = get(name);
    if (value && value->get(text) != simdjson::SUCCESS) text = {};
    return text;
  }

 private:
  const Found& found_;
};

// What real payloads have even when nothing was sent.
void append_defaults(const Members& members, std::string& out) {
  for (const std::string_view name :
       {"externalReferenceId", "statusReason", "salesStage", "campaignId"}) {
    if (!members.has(name)) fmt::format_to(std::back_inserter(out), ",\"{}\":null", name);
  }
  for (const std::string_view name : {"team", "target", "registrations"}) {
    if (!members.has(name)) fmt::format_to(std::back_inserter(out), ",\"{}\":[]", name);
  }
}

bool targets_microsoft(const Members& members, std::size_t& targets) {
  dom::array array;
  const auto target = members.get("target");
  targets = 0;
  if (!target || target->get(array) != simdjson::SUCCESS) return false;
  bool microsoft = false;
  for (const auto element : array) {
    std::string_view type;
    std::string_view id;
    ++targets;
    if (element["type"].get(type) == simdjson::SUCCESS &&
        element["id"].get(id) == simdjson::SUCCESS) {
      microsoft = microsoft || (type == "BusinessProfileLocation" && id == "msft");
    }
  }
  return microsoft;
}

// Reference, section 3: what a create may say of its status.
std::optional<Refusal> read_standing(const Members& members, Draft& draft) {
  if (!members.get("status") && !members.get("substatus")) return std::nullopt;
  const auto status = parse_status(members.text("status"));
  const auto substatus = parse_substatus(members.text("substatus"));
  const char* const target = status ? "substatus" : "status";
  if (!status || !substatus) {
    return Refusal{400, "invalidRequest", "status and substatus must both be given and known.",
                   target};
  }
  const Standing standing{*status, *substatus};
  const bool opening =
      is_legal(standing) || standing == Standing{Status::open, Substatus::accepted};
  if (standing.status == Status::closed || !opening) {
    return Refusal{400, "invalidRequest", "A referral cannot be created with this status.", target};
  }
  draft.standing = standing;
  return std::nullopt;
}

std::optional<Refusal> check_create(const Members& members, std::size_t targets, Draft& draft) {
  if (draft.type == Type::shared && targets == 0) {
    return Refusal{400, "invalidRequest", "A Shared referral needs a target.", "target"};
  }
  if (const auto engagement = members.get("engagementId")) {
    if (!engagement->is_string()) {
      return Refusal{400, "invalidRequest", "A string is expected.", "engagementId"};
    }
    draft.engagement = members.text("engagementId");
  }
  return read_standing(members, draft);
}

}  // namespace

struct Validator::Impl {
  dom::parser parser;

  std::optional<Refusal> check(std::string_view body, Draft& draft, bool create) {
    draft.clear();
    dom::element root;
    const auto error = parser.parse(body.data(), body.size()).get(root);
    if (error != simdjson::SUCCESS) {
      return Refusal{400, "invalidRequest",
                     fmt::format("The body is no JSON: {}", simdjson::error_message(error)),
                     "referral"};
    }
    dom::object object;
    if (root.get(object) != simdjson::SUCCESS) {
      return Refusal{400, "invalidRequest", "The body must be a JSON object.", "referral"};
    }
    Found found;
    Walk walk(draft);
    if (!walk.referral(object, found)) return std::move(walk).refusal();

    const Members members(found);
    append_defaults(members, draft.members);
    draft.external_id = members.text("externalReferenceId");
    draft.type = *parse_type(members.text("type"));
    draft.qualification =
        parse_qualification(members.text("qualification")).value_or(Qualification::none);
    std::size_t targets = 0;
    draft.microsoft = targets_microsoft(members, targets);
    return create ? check_create(members, targets, draft) : std::nullopt;
  }
};

Validator::Validator() : impl_(std::make_unique<Impl>()) {}
Validator::~Validator() = default;

std::optional<Refusal> Validator::create(std::string_view body, Draft& draft) {
  return impl_->check(body, draft, true);
}

std::optional<Refusal> Validator::update(std::string_view referral, Draft& draft) {
  return impl_->check(referral, draft, false);
}

}  // namespace referrald::simulator
