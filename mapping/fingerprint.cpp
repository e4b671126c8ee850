#include "mapping/fingerprint.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <tuple>
#include <utility>

#include <boost/container/small_vector.hpp>
#include <sodium/crypto_shorthash.h>
#include <xxhash.h>

#include "mapping/entities.hpp"
#include "mapping/json_value.hpp"
#include "mapping/json_writer.hpp"

namespace referrald::mapping {
namespace {

constexpr std::size_t kInvitationBytes = 8;
constexpr std::size_t kLeafBytes = 12;
constexpr std::size_t kValueHashBytes = 5;
constexpr std::size_t usual_leaves = 40;
constexpr std::size_t usual_content = 2048;

bool counts_as_absent(const Value& value) {
  if (value.absent()) return true;
  if (const auto* text = value.string()) return text->empty();
  if (const auto* list = value.list()) return std::ranges::all_of(*list, counts_as_absent);
  const auto* object = value.object();
  return object != nullptr && std::ranges::all_of(*object, [](const Member& member) {
           return counts_as_absent(member.value);
         });
}

// "2026-03-31T00:00:00.000Z"
bool is_timed(std::string_view text) {
  return text.size() > 21 && text[4] == '-' && text[10] == 'T' && text[19] == '.' &&
         text.back() == 'Z';
}

// Without the zeros at the end of a second's fraction.
std::string_view without_zeros(std::string_view text, std::string& shorter) {
  if (!is_timed(text)) return text;
  auto end = text.find_last_not_of('0', text.size() - 2);
  if (text[end] == '.') --end;
  if (end + 2 == text.size()) return text;
  shorter.assign(text.substr(0, end + 1)).append("Z");
  return shorter;
}

void put_canonical(JsonWriter& out, const Value& value) {
  if (const Object* object = value.object()) {
    boost::container::small_vector<const Member*, 16> members;
    for (const Member& member : *object)
      if (!counts_as_absent(member.value)) members.push_back(&member);
    std::sort(members.begin(), members.end(),
              [](const Member* a, const Member* b) { return a->name.view() < b->name.view(); });
    out.put('{');
    for (const Member* member : members) {
      if (member != members.front()) out.put(',');
      out.string(member->name);
      out.put(':');
      put_canonical(out, member->value);
    }
    out.put('}');
  } else if (const List* list = value.list()) {
    out.put('[');
    bool first = true;
    for (const Value& item : *list) {
      if (counts_as_absent(item)) continue;
      if (!std::exchange(first, false)) out.put(',');
      put_canonical(out, item);
    }
    out.put(']');
  } else if (const std::string* text = value.string()) {
    std::string shorter;
    out.string(without_zeros(*text, shorter));
  } else {
    out.value(value);
  }
}

std::string canonical(const Value& value) {
  std::string out;
  JsonWriter writer(out);
  put_canonical(writer, value);
  writer.finish();
  return out;
}

// Tells `visit` of each leaf whose path `wants` wants: its path and its canonical JSON, which it
// must not keep.
template <typename Visit, typename Wants>
class LeafWalk {
 public:
  LeafWalk(Visit& visit, Wants& wants) : visit_(visit), wants_(wants) {}

  void object(const Object& object) {
    for (const auto& [name, value] : object) {
      if (counts_as_absent(value)) continue;
      const std::size_t above = path_.size();
      if (!path_.empty()) path_ += '/';
      path_ += name;
      const List* list = value.list();
      if (const Object* inner = value.object()) {
        this->object(*inner);
      } else if (list != nullptr && path_.starts_with("customerProfile/")) {
        elements(*list);
      } else if (wants_(path_)) {
        json_.restart();
        put_canonical(json_, value);
        visit_(path_, json_.written());
      }
      path_.resize(above);
    }
  }

 private:
  // Of a list that cannot be changed each member is told by itself.
  void elements(const List& elements) {
    const std::size_t above = path_.size();
    for (std::size_t i = 0; i < elements.size(); ++i) {
      path_ += '/' + std::to_string(i);
      if (const Object* element = elements[i].object()) object(*element);
      path_.resize(above);
    }
  }

  Visit& visit_;
  Wants& wants_;
  std::string path_, text_;
  JsonWriter json_{text_};
};

template <typename Visit, typename Wants>
void each_leaf(const Value& referral, Visit visit, Wants wants) {
  const Object* object = referral.object();
  if (object == nullptr) throw std::logic_error("a referral is a JSON object");
  LeafWalk<Visit, Wants>(visit, wants).object(*object);
}

template <typename Visit>
void each_leaf(const Value& referral, Visit visit) {
  each_leaf(referral, std::move(visit), [](std::string_view) { return true; });
}

bool precedes(const LeafHash& a, const LeafHash& b) {
  return std::tie(a.member, a.value) < std::tie(b.member, b.value);
}

// Writes to `to` and moves it on.
template <typename Unsigned>
void put_little_endian(char*& to, Unsigned value) {
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i)
    *to++ = static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
}

template <typename Unsigned>
Unsigned little_endian(std::string_view bytes, std::size_t at) {
  Unsigned value = 0;
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i) {
    value |= static_cast<Unsigned>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  }
  return value;
}

}  // namespace

std::uint32_t member_hash(std::string_view path) {
  return static_cast<std::uint32_t>(XXH3_64bits(path.data(), path.size()));
}

std::uint64_t value_hash(std::string_view json, const FingerprintKey& key) {
  static_assert(crypto_shorthash_BYTES == sizeof(std::uint64_t) &&
                crypto_shorthash_KEYBYTES == sizeof(key.bytes));
  std::array<unsigned char, crypto_shorthash_BYTES> hash{};
  crypto_shorthash(hash.data(), reinterpret_cast<const unsigned char*>(json.data()), json.size(),
                   key.bytes.data());
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < kValueHashBytes; ++i)
    value |= static_cast<std::uint64_t>(hash[i]) << (8 * i);
  return value;
}

namespace {

void decode_entities(Value& value) {
  if (auto* text = std::get_if<std::string>(&value.is)) {
    if (auto decoded = html_decoded(*text)) *text = std::move(*decoded);
  } else if (auto* list = value.list()) {
    for (Value& element : *list) decode_entities(element);
  } else if (auto* object = value.object()) {
    for (Member& member : *object) decode_entities(member.value);
  }
}

// The leaf's JSON with entities resolved in its texts.
std::string decoded_json(std::string_view json) {
  if (json.find('&') == std::string_view::npos) return std::string(json);
  auto value = parse_json(json);
  if (!value) return std::string(json);
  decode_entities(*value);
  return canonical(*value);
}

}  // namespace

namespace {

LeafHash hash_of_text(std::string_view path, std::string_view json, const FingerprintKey& key) {
  const bool plain = json.find('&') == std::string_view::npos;
  return {member_hash(path), plain ? value_hash(json, key) : value_hash(decoded_json(json), key)};
}

}  // namespace

LeafHash hash_of(const Leaf& leaf, const FingerprintKey& key) {
  return hash_of_text(leaf.path, leaf.json, key);
}

bool says_the_same(const Leaf& a, const Leaf& b) {
  return a.path == b.path && (a.json == b.json || decoded_json(a.json) == decoded_json(b.json));
}

const LeafHash* find_leaf(const Fingerprint& fingerprint, std::string_view path) {
  const auto member = member_hash(path);
  const auto found = std::ranges::lower_bound(fingerprint.leaves, member, {}, &LeafHash::member);
  return found == fingerprint.leaves.end() || found->member != member ? nullptr : &*found;
}

void put_leaf(Fingerprint& fingerprint, const LeafHash& leaf) {
  std::erase_if(fingerprint.leaves,
                [&](const LeafHash& other) { return other.member == leaf.member; });
  fingerprint.leaves.insert(
      std::ranges::upper_bound(fingerprint.leaves, leaf.member, {}, &LeafHash::member), leaf);
}

std::uint64_t record_seed(const FingerprintKey& key) {
  return XXH3_64bits(key.bytes.data(), key.bytes.size());
}

std::uint64_t record_hash(std::string_view part, std::uint64_t before) {
  return XXH3_64bits_withSeed(part.data(), part.size(), before);
}

namespace {

// Content as bytes that are the same exactly where it is: each part with its kind and its length.
class ContentBytes {
 public:
  // Whether the value is not absent; an absent one adds nothing.
  bool add(const Value& value) {
    if (const std::string* text = value.string()) return add_text(*text);
    if (const Object* object = value.object()) return add_object(*object);
    if (const List* list = value.list()) return add_list(*list);
    if (value.absent()) return false;
    if (const Number* number = value.number())
      put('#', number->text);
    else
      put('#', *value.boolean() ? "true" : "false");
    return true;
  }
  std::uint64_t hash() const { return XXH3_64bits(bytes_.data(), size_); }

 private:
  bool add_text(const std::string& text) {
    if (text.empty()) return false;
    std::optional<std::string> decoded;
    if (text.find('&') != std::string::npos) decoded = html_decoded(text);
    std::string shorter;
    put('"', decoded ? *decoded : is_timed(text) ? without_zeros(text, shorter) : text);
    return true;
  }

  bool add_object(const Object& object) {
    const std::size_t begin = open('{');
    for (const Member& member : object) {
      const std::size_t before = size_;
      put(':', member.name);
      if (!add(member.value)) size_ = before;
    }
    return close('}', begin);
  }

  bool add_list(const List& list) {
    const std::size_t begin = open('[');
    for (const Value& element : list) add(element);
    return close(']', begin);
  }

  std::size_t open(char kind) {
    *room(1) = kind;
    return ++size_;
  }
  bool close(char kind, std::size_t begin) {
    if (size_ == begin) {
      --size_;
      return false;
    }
    open(kind);
    return true;
  }

  void put(char kind, std::string_view text) {
    const std::size_t length = text.size();
    char* const to = room(1 + sizeof length + length);
    *to = kind;
    std::memcpy(to + 1, &length, sizeof length);
    std::memcpy(to + 1 + sizeof length, text.data(), length);
    size_ += 1 + sizeof length + length;
  }
  char* room(std::size_t bytes) {
    if (size_ + bytes > bytes_.size()) bytes_.resize(2 * (size_ + bytes));
    return bytes_.data() + size_;
  }

  std::string bytes_ = std::string(usual_content, '\0');
  std::size_t size_ = 0;  // of them that are in use
};

}  // namespace

std::uint64_t content_hash(const Value& referral, const Value* invitation) {
  ContentBytes bytes;
  bytes.add(referral);
  if (invitation != nullptr) bytes.add(*invitation);
  return bytes.hash();
}

std::uint64_t text_hash(std::string_view text) {
  return XXH3_64bits(text.data(), text.size());
}

std::vector<Leaf> leaves(const Value& referral) {
  std::vector<Leaf> out;
  each_leaf(referral, [&](std::string_view member, std::string_view json) {
    out.push_back({std::string(member), std::string(json)});
  });
  return out;
}

Fingerprint fingerprint(const Value& referral, const Value* invitation, const FingerprintKey& key) {
  Fingerprint out;
  out.leaves.reserve(usual_leaves);
  each_leaf(referral, [&](std::string_view member, std::string_view json) {
    out.leaves.push_back(hash_of_text(member, json, key));
  });
  std::sort(out.leaves.begin(), out.leaves.end(), precedes);
  if (invitation != nullptr && !invitation->absent()) {
    // 0 means "no invitation", so a hash that happens to be 0 moves aside.
    out.invitation = std::max<std::uint64_t>(value_hash(canonical(*invitation), key), 1);
  }
  return out;
}

std::string encode(const Fingerprint& fingerprint) {
  std::string out(kInvitationBytes + kLeafBytes * fingerprint.leaves.size(), '\0');
  char* to = out.data();
  put_little_endian(to, fingerprint.invitation);
  for (const LeafHash& leaf : fingerprint.leaves) {
    put_little_endian(to, leaf.member);
    put_little_endian(to, leaf.value);
  }
  return out;
}

Fingerprint decode(std::string_view bytes) {
  if (bytes.size() < kInvitationBytes || (bytes.size() - kInvitationBytes) % kLeafBytes != 0) {
    throw std::invalid_argument("a fingerprint cannot have " + std::to_string(bytes.size()) +
                                " bytes");
  }
  Fingerprint out;
  out.invitation = little_endian<std::uint64_t>(bytes, 0);
  out.leaves.reserve(bytes.size() / kLeafBytes);
  for (std::size_t at = kInvitationBytes; at < bytes.size(); at += kLeafBytes) {
    out.leaves.push_back({little_endian<std::uint32_t>(bytes, at),
                          little_endian<std::uint64_t>(bytes, at + sizeof(std::uint32_t))});
  }
  if (!std::is_sorted(out.leaves.begin(), out.leaves.end(), precedes)) {
    throw std::invalid_argument("a fingerprint's leaves are out of order");
  }
  return out;
}

Changed changed_leaves(const Fingerprint& before, const Value& now, const Fingerprint& print) {
  std::vector<std::uint32_t> differing;  // members, sorted as the leaves are
  std::size_t known = 0;                 // leaves of before's
  for (const LeafHash& leaf : print.leaves) {
    const auto [from, to] =
        std::ranges::equal_range(before.leaves, leaf.member, {}, &LeafHash::member);
    known += static_cast<std::size_t>(to - from);
    if (std::find(from, to, leaf) == to) differing.push_back(leaf.member);
  }
  Changed changed;
  changed.before_has_others = known != before.leaves.size();
  if (differing.empty()) return changed;
  each_leaf(
      now,
      [&](std::string_view path, std::string_view json) {
        changed.leaves.push_back({std::string(path), std::string(json)});
      },
      [&](std::string_view path) {
        return std::ranges::binary_search(differing, member_hash(path));
      });
  // What differs and is not found would never be sent.
  if (changed.leaves.size() < differing.size())
    throw std::logic_error("this is not the fingerprint of that referral");
  return changed;
}

}  // namespace referrald::mapping
