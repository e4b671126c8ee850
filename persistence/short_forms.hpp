// Short forms in which the ledger keeps what every row has, and what would otherwise be most of its
// bytes: ids that are GUIDs, and the hashes of a fingerprint. docs/ledger.md describes them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "persistence/statements.hpp"

namespace referrald::persistence {

// A GUID's bytes, where the text is one as services and CRMs write it: in small or in capital
// letters, or in small ones between double quotes (an eTag).
struct ShortId {
  std::array<char, 17> bytes{};
  int size = 0;
};
std::optional<ShortId> short_id(std::string_view text);
// The text that short_id() was given. Throws std::logic_error when the bytes are not of its making.
std::string long_id(std::string_view bytes);

// Fingerprints: members' hashes, which repeat in every row, by number; one thread at a time. Of a
// fingerprint the first eight bytes are the invitation's in both forms.
class ShortFingerprints {
 public:
  explicit ShortFingerprints(Statements& statements) : statements_(statements) {}

  // Adds the members that it does not know: wants a transaction around it. What is not of
  // mapping::encode()'s form is kept as it is.
  std::string shorten(const std::string& fingerprint);
  std::string lengthen(const std::string& stored);
  // After a rollback, which may have undone what was added.
  void forget();

 private:
  using Number = std::uint16_t;
  void load();
  std::optional<Number> number_of(std::uint32_t member);

  Statements& statements_;
  // Rows of one mapping mostly have the same members: these, and where each one's value goes.
  struct Layout {
    struct Leaf {
      std::uint32_t member = 0;
      std::size_t place = 0;
    };
    std::vector<Leaf> leaves;  // by member
    std::string bits;          // with their number before them
  };
  void lay_out(std::vector<Number> numbers);
  bool lay_out_for(const std::string& fingerprint);
  void lay_out_for_stored(const std::string& stored);
  template <typename Fits>
  bool find_layout(const Fits& fits);

  std::vector<Layout> layouts_;         // used of late, the last one first
  std::vector<std::uint32_t> members_;  // by number
  std::unordered_map<std::uint32_t, Number> numbers_;
};

}  // namespace referrald::persistence
