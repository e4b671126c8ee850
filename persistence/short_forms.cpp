#include "persistence/short_forms.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace referrald::persistence {
namespace {

constexpr std::size_t guid_bytes = 16;
constexpr std::size_t guid_length = 36;

// What stands before the bytes of a GUID that is not plain and in small letters.
constexpr char in_capitals = 1;
constexpr char in_quotes = 2;

constexpr std::string_view small_digits = "0123456789abcdef";
constexpr std::string_view capital_digits = "0123456789ABCDEF";

// What a digit is worth, by its character.
constexpr unsigned no_digit = 16;
using Worth = std::array<unsigned char, 256>;
constexpr Worth worth_of(std::string_view digits) {
  Worth worth{};
  worth.fill(no_digit);
  for (std::size_t i = 0; i < digits.size(); ++i)
    worth[static_cast<unsigned char>(digits[i])] = static_cast<unsigned char>(i);
  return worth;
}
constexpr Worth worth_of_small = worth_of(small_digits);
constexpr Worth worth_of_capital = worth_of(capital_digits);

constexpr bool follows_hyphen(std::size_t byte) {
  return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

// The bytes at `to`; false: the text is no GUID with such digits.
bool read_guid(std::string_view text, const Worth& worth, char* to) {
  if (text.size() != guid_length) return false;
  std::size_t at = 0;
  for (std::size_t i = 0; i < guid_bytes; ++i) {
    if (follows_hyphen(i) && text[at++] != '-') return false;
    const unsigned high = worth[static_cast<unsigned char>(text[at])];
    const unsigned low = worth[static_cast<unsigned char>(text[at + 1])];
    if (high == no_digit || low == no_digit) return false;
    to[i] = static_cast<char>((high << 4U) | low);
    at += 2;
  }
  return true;
}

void append_guid(std::string& out, std::string_view bytes, std::string_view digits) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (follows_hyphen(i)) out += '-';
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
  }
}

// mapping::encode()'s form: the invitation, and of each leaf its member and its value.
constexpr std::size_t invitation_bytes = 8;
constexpr std::size_t member_bytes = 4;
constexpr std::size_t value_bytes = 8;
constexpr std::size_t leaf_bytes = member_bytes + value_bytes;

// Of a value so many bytes are not zero.
constexpr std::size_t short_value_bytes = 5;
static_assert(value_bytes - short_value_bytes == 3);

// The short form: the invitation, how many bytes of bits follow, a bit for each member that is
// there, and the values in order of the members' numbers. Or `as_it_is`, and what it was.
constexpr unsigned char as_it_is = 0xFF;
constexpr std::size_t most_members = 8 * 254;
// Kinds of rows that are remembered.
constexpr std::size_t most_layouts = 16;

// Little-endian, wherever the program runs.
template <typename Unsigned>
Unsigned little_endian(const char* from) {
  Unsigned value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i)
    value |= static_cast<Unsigned>(static_cast<unsigned char>(from[i])) << (8 * i);
  return value;
}

template <typename Unsigned>
void put_little_endian(char* to, Unsigned value) {
  for (std::size_t i = 0; i < sizeof value; ++i) to[i] = static_cast<char>(value >> (8 * i));
}

// In their order. nullopt: the bytes are not of that form, or a member has several leaves.
std::optional<std::vector<std::uint32_t>> read_members(std::string_view bytes) {
  std::vector<std::uint32_t> members;
  if ((bytes.size() - invitation_bytes) % leaf_bytes != 0) return std::nullopt;
  members.reserve(bytes.size() / leaf_bytes);
  for (std::size_t at = invitation_bytes; at < bytes.size(); at += leaf_bytes) {
    const auto member = little_endian<std::uint32_t>(bytes.data() + at);
    const auto value = little_endian<std::uint64_t>(bytes.data() + at + member_bytes);
    if (value >> (8 * short_value_bytes) != 0) return std::nullopt;
    if (!members.empty() && members.back() >= member) return std::nullopt;
    members.push_back(member);
  }
  return members;
}

[[noreturn]] void throw_unreadable() {
  throw std::logic_error("the ledger holds a fingerprint that this program cannot read");
}

std::string kept_as_it_is(const std::string& fingerprint) {
  std::string out = fingerprint;
  return out.insert(invitation_bytes, 1, static_cast<char>(as_it_is));
}

}  // namespace

std::optional<ShortId> short_id(std::string_view text) {
  ShortId out;
  if (read_guid(text, worth_of_small, out.bytes.data())) {
    out.size = guid_bytes;
    return out;
  }
  out.size = guid_bytes + 1;
  out.bytes[0] = in_capitals;
  if (read_guid(text, worth_of_capital, out.bytes.data() + 1)) return out;
  out.bytes[0] = in_quotes;
  const bool quoted = text.size() == guid_length + 2 && text.front() == '"' && text.back() == '"';
  if (quoted && read_guid(text.substr(1, guid_length), worth_of_small, out.bytes.data() + 1))
    return out;
  return std::nullopt;
}

std::string long_id(std::string_view bytes) {
  std::string out;
  out.reserve(guid_length + 2);
  if (bytes.size() == guid_bytes) {
    append_guid(out, bytes, small_digits);
  } else if (bytes.size() == guid_bytes + 1 && bytes[0] == in_capitals) {
    append_guid(out, bytes.substr(1), capital_digits);
  } else if (bytes.size() == guid_bytes + 1 && bytes[0] == in_quotes) {
    out += '"';
    append_guid(out, bytes.substr(1), small_digits);
    out += '"';
  } else {
    throw std::logic_error("the ledger holds an id that this program does not know to read");
  }
  return out;
}

void ShortFingerprints::forget() {
  members_.clear();
  numbers_.clear();
  layouts_.clear();
}

void ShortFingerprints::load() {
  forget();
  Lent statement = statements_.lend(Query::members);
  while (statement.step()) {
    members_.push_back(static_cast<std::uint32_t>(statement.number(0)));
    numbers_.emplace(members_.back(), static_cast<Number>(members_.size() - 1));
  }
}

// nullopt: there are too many.
std::optional<ShortFingerprints::Number> ShortFingerprints::number_of(std::uint32_t member) {
  if (const auto known = numbers_.find(member); known != numbers_.end()) return known->second;
  load();
  if (const auto known = numbers_.find(member); known != numbers_.end()) return known->second;
  if (members_.size() == most_members) return std::nullopt;
  statements_.lend(Query::add_member)
      .bind(static_cast<std::int64_t>(members_.size()))
      .bind(static_cast<std::int64_t>(member))
      .run();
  members_.push_back(member);
  return numbers_.emplace(member, static_cast<Number>(members_.size() - 1)).first->second;
}

// Of members with these numbers; it becomes layouts_.front().
void ShortFingerprints::lay_out(std::vector<Number> numbers) {
  std::ranges::sort(numbers);
  Layout layout;
  const std::size_t bytes = numbers.empty() ? 0 : numbers.back() / 8U + 1U;
  layout.bits.assign(1 + bytes, '\0');
  layout.bits[0] = static_cast<char>(bytes);
  std::size_t place = invitation_bytes + layout.bits.size();
  for (const Number number : numbers) {
    char& byte = layout.bits[1 + number / 8U];
    byte = static_cast<char>(static_cast<unsigned char>(byte) | (1U << (number % 8U)));
    layout.leaves.push_back({members_[number], std::exchange(place, place + short_value_bytes)});
  }
  std::ranges::sort(layout.leaves, {}, &Layout::Leaf::member);
  if (layouts_.size() == most_layouts) layouts_.pop_back();
  layouts_.insert(layouts_.begin(), std::move(layout));
}

// Whether one fits, which is the first one then.
template <typename Fits>
bool ShortFingerprints::find_layout(const Fits& fits) {
  const auto found = std::ranges::find_if(layouts_, fits);
  if (found == layouts_.end()) return false;
  std::rotate(layouts_.begin(), found, found + 1);
  return true;
}

// False: it cannot be shortened.
bool ShortFingerprints::lay_out_for(const std::string& fingerprint) {
  const auto members = read_members(fingerprint);
  if (!members) return false;
  std::vector<Number> numbers;
  for (const auto member : *members) {
    const auto number = number_of(member);
    if (!number) return false;
    numbers.push_back(*number);
  }
  lay_out(std::move(numbers));
  return true;
}

std::string ShortFingerprints::shorten(const std::string& fingerprint) {
  if (fingerprint.size() <= invitation_bytes) return fingerprint;
  const auto fits = [&](const Layout& layout) {
    if (fingerprint.size() != invitation_bytes + leaf_bytes * layout.leaves.size()) return false;
    const char* at = fingerprint.data() + invitation_bytes;
    return std::ranges::all_of(layout.leaves, [&](const Layout::Leaf& leaf) {
      const char* const here = std::exchange(at, at + leaf_bytes);
      const char* const rest = here + member_bytes + short_value_bytes;
      return little_endian<std::uint32_t>(here) == leaf.member &&
             (rest[0] | rest[1] | rest[2]) == 0;
    });
  };
  if (!find_layout(fits) && !lay_out_for(fingerprint)) return kept_as_it_is(fingerprint);
  const auto& [leaves, bits] = layouts_.front();
  std::string out(invitation_bytes + bits.size() + short_value_bytes * leaves.size(), '\0');
  fingerprint.copy(out.data(), invitation_bytes);
  bits.copy(out.data() + invitation_bytes, bits.size());
  const char* value = fingerprint.data() + invitation_bytes + member_bytes;
  for (const Layout::Leaf& leaf : leaves)
    std::memcpy(out.data() + leaf.place, std::exchange(value, value + leaf_bytes),
                short_value_bytes);
  return out;
}

// Of what shorten() made. Throws when it is not.
void ShortFingerprints::lay_out_for_stored(const std::string& stored) {
  const auto bytes = static_cast<unsigned char>(stored[invitation_bytes]);
  if (stored.size() < invitation_bytes + 1 + bytes) throw_unreadable();
  std::vector<Number> numbers;
  for (unsigned number = 0; number < 8U * bytes; ++number) {
    const auto byte = static_cast<unsigned char>(stored[invitation_bytes + 1 + number / 8]);
    if ((byte >> (number % 8) & 1U) == 0) continue;
    if (number >= members_.size()) load();
    if (number >= members_.size()) throw_unreadable();
    numbers.push_back(static_cast<Number>(number));
  }
  lay_out(std::move(numbers));
}

std::string ShortFingerprints::lengthen(const std::string& stored) {
  if (stored.size() <= invitation_bytes) return stored;
  if (static_cast<unsigned char>(stored[invitation_bytes]) == as_it_is)
    return std::string(stored).erase(invitation_bytes, 1);
  const auto fits = [&](const Layout& layout) {
    return stored.compare(invitation_bytes, layout.bits.size(), layout.bits) == 0;
  };
  if (!find_layout(fits)) lay_out_for_stored(stored);
  const auto& [leaves, bits] = layouts_.front();
  if (stored.size() != invitation_bytes + bits.size() + short_value_bytes * leaves.size())
    throw_unreadable();
  std::string out(invitation_bytes + leaf_bytes * leaves.size(), '\0');
  stored.copy(out.data(), invitation_bytes);
  char* to = out.data() + invitation_bytes;
  for (const Layout::Leaf& leaf : leaves) {
    put_little_endian(to, leaf.member);
    std::memcpy(to + member_bytes, stored.data() + leaf.place, short_value_bytes);
    to += leaf_bytes;
  }
  return out;
}

}  // namespace referrald::persistence
