// What became of the rows of exports, counted.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace referrald::sync {

// The rows of a source that were rejected for one reason.
struct Rejections {
  std::string source, code;
  std::uint64_t rows = 0;
  // Of the first of them.
  std::string export_name;
  std::uint64_t line = 0;
  std::string external_id, columns;
};

// The rows of a source that were refused before, see Tally::refused.
struct RefusedBefore {
  std::string source;
  std::uint64_t rows = 0;
  // Of the first of them.
  std::string export_name;
  std::uint64_t line = 0;
  std::string external_id;
};

// What became of the rows that were read. rows_read is the sum of admitted, unchanged, excluded,
// rejected and refused.
struct Tally {
  std::uint64_t rows_read = 0;
  std::uint64_t admitted = 0;   // new, or with new content: something is to be sent
  std::uint64_t unchanged = 0;  // same content, or closed
  std::uint64_t changed = 0;    // of the admitted ones, those whose referral exists
  std::uint64_t held = 0;       // of the admitted ones, those that wait for their export's end
  std::uint64_t replaced = 0;   // of the changed ones, those whose place a later export's row takes
  std::uint64_t invitations = 0;  // rows whose invitation differs from what Microsoft has
  std::uint64_t closed = 0;       // unchanged ones that ask for more than their closed referral has
  std::uint64_t backward = 0;     // rows whose status is behind their referral's
  std::uint64_t excluded = 0;
  std::uint64_t deleted = 0;  // excluded ones whose record is gone in the CRM
  std::uint64_t rejected = 0;
  std::uint64_t refused = 0;  // content that was refused before, or asks what cannot be done
  std::map<std::string, std::uint64_t> by_reason;  // rejected rows by the code of each reason
  std::vector<std::string> remarks;                // on exports that were read to their end
  std::vector<Rejections> rejections;              // by source and code
  std::vector<RefusedBefore> refused_before;       // by source

  Tally& operator+=(const Tally& other);
  // To those of the same source, and code.
  void add(const Rejections& more);
  void add(const RefusedBefore& more);
};

}  // namespace referrald::sync
