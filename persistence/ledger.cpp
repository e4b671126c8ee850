#include "persistence/ledger.hpp"

#include <array>
#include <utility>

namespace referrald::persistence {
namespace {

constexpr std::array<std::pair<State, std::string_view>, 7> states{{
    {State::pending, "pending"},
    {State::sending, "sending"},
    {State::in_doubt, "in_doubt"},
    {State::synced, "synced"},
    {State::rejected, "rejected"},
    {State::refused, "refused"},
    {State::closed, "closed"},
}};

}  // namespace

std::string_view to_string(State state) {
  for (const auto& [value, text] : states) {
    if (value == state) return text;
  }
  throw std::logic_error("a state without a name");
}

std::string_view to_string(Step step) {
  switch (step) {
    case Step::own:
      return "own";
    case Step::microsoft:
      return "microsoft";
    case Step::update:
      break;
  }
  return "update";
}

std::string_view to_string(Handled handled) {
  switch (handled) {
    case Handled::read:
      return "read";
    case Handled::unreadable:
      return "unreadable";
    case Handled::guarded:
      break;
  }
  return "guarded";
}

std::optional<State> parse_state(std::string_view text) {
  for (const auto& [value, name] : states) {
    if (name == text) return value;
  }
  return std::nullopt;
}

}  // namespace referrald::persistence
