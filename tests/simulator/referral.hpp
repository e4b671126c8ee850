// One referral as the simulator keeps it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulator/random.hpp"
#include "tests/simulator/time.hpp"

namespace referrald::simulator {

enum class Status : std::uint8_t { open, active, closed };  // open is the service's "New"
enum class Substatus : std::uint8_t { pending, received, accepted, won, lost, declined, expired };
enum class Type : std::uint8_t { shared, independent };
enum class Qualification : std::uint8_t { none, direct, marketing, sales };

std::string_view to_string(Status status);
std::string_view to_string(Substatus substatus);
std::string_view to_string(Type type);
std::string_view to_string(Qualification qualification);
std::optional<Status> parse_status(std::string_view text);
std::optional<Substatus> parse_substatus(std::string_view text);
std::optional<Type> parse_type(std::string_view text);
std::optional<Qualification> parse_qualification(std::string_view text);

struct Standing {
  Status status = Status::active;
  Substatus substatus = Substatus::accepted;
  bool operator==(const Standing&) const = default;
};
// The table of reference, section 3: is `standing` a legal pair, and may `from` become it?
bool is_legal(Standing standing);
bool may_become(Standing from, Standing to);

// What a client's body comes to, once checked.
struct Draft {
  std::string members;  // what the service keeps of it: compact JSON without the outer braces
  std::string external_id;
  std::string engagement;  // as sent; empty: none
  Type type = Type::independent;
  Qualification qualification = Qualification::none;
  bool microsoft = false;            // its target is msft
  std::optional<Standing> standing;  // asked for by a create
  std::vector<std::string> ignored;  // members the service does not know, as paths

  void clear();
};

struct Referral {
  Guid id;
  Guid engagement;
  Time created;
  Time updated;
  Time accepted;  // these three: the epoch means none
  Time closed;
  Time expiration;
  std::uint32_t change = 0;        // the eTag's varying part
  std::uint32_t microsoft_id = 0;  // trackingInfo.microsoftMsxId; 0: none
  Standing standing;
  Type type = Type::independent;
  Qualification qualification = Qualification::none;
  bool microsoft = false;
  const std::string* external_id = nullptr;  // owned by the store's index; null: none
  std::string members;                       // as in Draft
};

// With its quotes: "84001c9d-0000-0100-0000-6225a63e0000" (reference, section 1.2).
std::string etag_of(const Referral& referral);

struct RenderOptions {
  std::string_view base_url;
  bool misspelled_links = false;
  bool context = false;  // with @odata.context, as a single referral has
};
// The referral as the API shows it.
void append_referral(std::string& out, const Referral& referral, const RenderOptions& options);

}  // namespace referrald::simulator
