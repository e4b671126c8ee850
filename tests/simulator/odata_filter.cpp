#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>
#include <simdjson.h>

#include "tests/simulator/message.hpp"
#include "tests/simulator/odata.hpp"

namespace referrald::simulator {
namespace {

namespace dom = simdjson::dom;

struct Token {
  enum class Kind { end, word, string, open, close, bad };
  Kind kind = Kind::end;
  std::string text;
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : rest_(text) {}

  Token next() {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
    if (rest_.empty()) return {};
    const char c = rest_.front();
    if (c == '(' || c == ')') {
      rest_.remove_prefix(1);
      return {c == '(' ? Token::Kind::open : Token::Kind::close, std::string(1, c)};
    }
    return c == '\'' ? string() : word();
  }

 private:
  // A quote within is doubled.
  Token string() {
    Token token{Token::Kind::string, {}};
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] != '\'') {
        token.text += rest_[i];
      } else if (i + 1 < rest_.size() && rest_[i + 1] == '\'') {
        token.text += rest_[++i];
      } else {
        rest_.remove_prefix(i + 1);
        return token;
      }
    }
    return {Token::Kind::bad, "a string without an end"};
  }

  Token word() {
    const auto is_part = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
             std::string_view{"_/.:-+"}.find(c) != std::string_view::npos;
    };
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_part);
    Token token{Token::Kind::word, std::string(rest_.begin(), end)};
    if (token.text.empty()) return {Token::Kind::bad, fmt::format("the character '{}'", rest_[0])};
    rest_.remove_prefix(token.text.size());
    return token;
  }

  std::string_view rest_;
};

struct FieldName {
  std::string_view name;
  FilterField field;
};
constexpr std::array<FieldName, 9> field_names{{
    {"engagementId", FilterField::engagement_id},
    {"status", FilterField::status},
    {"substatus", FilterField::substatus},
    {"updatedDateTime", FilterField::updated},
    {"email", FilterField::email},
    {"qualification", FilterField::qualification},
    {"type", FilterField::type},
    {"direction", FilterField::direction},
    {"customerProfile/address/country", FilterField::country},
}};

struct CompareName {
  std::string_view name;
  Compare compare;
};
constexpr std::array<CompareName, 5> compare_names{{{"eq", Compare::equal},
                                                    {"lt", Compare::less},
                                                    {"le", Compare::less_equal},
                                                    {"gt", Compare::greater},
                                                    {"ge", Compare::greater_equal}}};

// filter := part {"and" part};  part := "(" filter ")" | field op literal | team/any(t:t/email eq
// …)
class FilterParser {
 public:
  explicit FilterParser(std::string_view text) : lexer_(text) { advance(); }

  std::variant<Filter, Refusal> parse() {
    if (conjunction(0) && token_.kind != Token::Kind::end) {
      fail(fmt::format("'{}' is not expected here", token_.text));
    }
    if (!message_.empty()) {
      return Refusal{400, "invalidRequest", fmt::format("Invalid $filter: {}.", message_),
                     "$filter"};
    }
    return std::move(filter_);
  }

 private:
  void advance() { token_ = lexer_.next(); }

  bool fail(std::string message) {
    if (message_.empty()) message_ = std::move(message);
    return false;
  }
  bool unexpected(std::string_view wanted) {
    if (token_.kind == Token::Kind::end) return fail(fmt::format("{} expected at its end", wanted));
    return fail(fmt::format("{} expected, not '{}'", wanted, token_.text));
  }
  bool take(Token::Kind kind, std::string_view wanted) {
    if (token_.kind != kind) return unexpected(wanted);
    advance();
    return true;
  }

  bool conjunction(int depth) {
    if (depth > 32) return fail("parentheses nested too deeply");
    if (!part(depth)) return false;
    while (token_.kind == Token::Kind::word && token_.text == "and") {
      advance();
      if (!part(depth)) return false;
    }
    return true;
  }

  bool part(int depth) {
    if (token_.kind == Token::Kind::open) {
      advance();
      return conjunction(depth + 1) && take(Token::Kind::close, "')'");
    }
    if (token_.kind != Token::Kind::word) return unexpected("a field");
    if (token_.text == "team/any") return lambda();
    return comparison(token_.text);
  }

  // team/any(t:t/email eq 'x'), with or without a blank behind the colon, any variable.
  bool lambda() {
    advance();
    if (!take(Token::Kind::open, "'('")) return false;
    std::string head;
    while (token_.kind == Token::Kind::word && token_.text != "eq") {
      head += token_.text;
      advance();
    }
    const auto colon = head.find(':');
    const std::string variable = head.substr(0, colon);
    if (colon == std::string::npos || variable.empty() ||
        head.substr(colon + 1) != variable + "/email") {
      return fail(fmt::format("'{}' is no condition on a team member's email", head));
    }
    if (token_.kind != Token::Kind::word) return unexpected("'eq'");
    advance();
    return literal(Term{FilterField::email, Compare::equal, {}, {}, {}}) &&
           take(Token::Kind::close, "')'");
  }

  bool comparison(const std::string& name) {
    const auto field = std::find_if(field_names.begin(), field_names.end(),
                                    [&](const FieldName& known) { return known.name == name; });
    if (field == field_names.end()) return fail(fmt::format("'{}' is no field to filter by", name));
    advance();
    const auto compare =
        std::find_if(compare_names.begin(), compare_names.end(), [this](const CompareName& known) {
          return token_.kind == Token::Kind::word && known.name == token_.text;
        });
    if (compare == compare_names.end()) return unexpected("an operator (eq)");
    if (compare->compare != Compare::equal && field->field != FilterField::updated) {
      return fail(fmt::format("{} cannot be compared by '{}'", field->name, compare->name));
    }
    advance();
    return literal(Term{field->field, compare->compare, {}, {}, {}});
  }

  bool literal(Term term) {
    const bool bare =
        term.field == FilterField::engagement_id || term.field == FilterField::updated;
    const bool fits =
        token_.kind == Token::Kind::string || (bare && token_.kind == Token::Kind::word);
    if (!fits) return unexpected("a string in single quotes");
    term.text = token_.text;
    if (term.field == FilterField::updated) {
      const auto time = parse_time(term.text);
      if (!time) return fail(fmt::format("'{}' is no date and time", term.text));
      term.time = *time;
    }
    if (term.field == FilterField::engagement_id) {
      const auto guid = parse_guid(term.text);
      if (!guid) return fail(fmt::format("'{}' is no GUID", term.text));
      term.guid = *guid;
    }
    filter_.push_back(std::move(term));
    advance();
    return true;
  }

  Lexer lexer_;
  Token token_;
  Filter filter_;
  std::string message_;
};

bool compare(Time left, Compare by, Time right) {
  switch (by) {
    case Compare::equal:
      return left == right;
    case Compare::less:
      return left < right;
    case Compare::less_equal:
      return left <= right;
    case Compare::greater:
      return left > right;
    case Compare::greater_equal:
      return left >= right;
  }
  return false;
}

}  // namespace

std::variant<Filter, Refusal> parse_filter(std::string_view text) {
  return FilterParser(text).parse();
}

struct FilterMatcher::Impl {
  dom::parser parser;
  std::string text;

  std::optional<dom::element> document(const Referral& referral) {
    text.assign(1, '{').append(referral.members) += '}';
    dom::element root;
    if (parser.parse(text).get(root) != simdjson::SUCCESS) return std::nullopt;
    return root;
  }

  bool in_country(const Referral& referral, std::string_view country) {
    const auto root = document(referral);
    std::string_view found;
    return root &&
           (*root)["customerProfile"]["address"]["country"].get(found) == simdjson::SUCCESS &&
           found == country;
  }

  bool has_member(const Referral& referral, std::string_view email) {
    const auto root = document(referral);
    dom::array team;
    if (!root || (*root)["team"].get(team) != simdjson::SUCCESS) return false;
    return std::any_of(team.begin(), team.end(), [email](dom::element person) {
      std::string_view found;
      return person["email"].get(found) == simdjson::SUCCESS && found == email;
    });
  }

  bool holds(const Term& term, const Referral& referral) {
    switch (term.field) {
      case FilterField::engagement_id:
        return referral.engagement == term.guid;
      case FilterField::status:
        return to_string(referral.standing.status) == term.text;
      case FilterField::substatus:
        return to_string(referral.standing.substatus) == term.text;
      case FilterField::updated:
        return compare(referral.updated, term.compare, term.time);
      case FilterField::qualification:
        return to_string(referral.qualification) == term.text;
      case FilterField::type:
        return to_string(referral.type) == term.text;
      case FilterField::direction:
        return term.text == "Outgoing";
      case FilterField::email:
        return has_member(referral, term.text);
      case FilterField::country:
        return in_country(referral, term.text);
    }
    return false;
  }
};

FilterMatcher::FilterMatcher() : impl_(std::make_unique<Impl>()) {}
FilterMatcher::~FilterMatcher() = default;

bool FilterMatcher::matches(const Filter& filter, const Referral& referral) {
  return std::all_of(filter.begin(), filter.end(),
                     [&](const Term& term) { return impl_->holds(term, referral); });
}

}  // namespace referrald::simulator
