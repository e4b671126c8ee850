// The rows of an export, mapped ahead by several threads and told in the export's order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>

#include "daemon/sync/export_rows.hpp"
#include "daemon/sync/unchanged_rows.hpp"

namespace referrald::sync {

// Rows that were passed over.
struct PassedOver {
  std::uint64_t unchanged = 0;
  std::uint64_t excluded = 0;

  std::uint64_t rows() const { return unchanged + excluded; }
  PassedOver& operator+=(const PassedOver& other) {
    unchanged += other.unchanged;
    excluded += other.excluded;
    return *this;
  }
};

// One thread at a time, which reads, and maps with the others. What is ahead is bounded, however
// slowly it is taken.
class RowsAhead {
 public:
  // `rows` and `unchanged` outlive the object; nobody else reads from `rows` meanwhile. `threads`:
  // the caller's among them.
  RowsAhead(ExportRows& rows, const UnchangedRows& unchanged, unsigned threads = usual_threads());
  static unsigned usual_threads();
  ~RowsAhead();

  // A row that is to be mapped, without what the ledger would keep of it; or nullptr at the end.
  // It is good until the next call. `passed_over`: which known ones stand before it, also when it
  // throws: mapping::ExportError, once all rows before the damage were told.
  const ExportRow* next(PassedOver& passed_over);
  // content_of() the mapped row that was told last.
  std::uint64_t content() const { return content_; }

 private:
  class Threads;
  struct Batch;

  void read_ahead();
  void fill(Batch& batch);

  ExportRows& rows_;
  const UnchangedRows& unchanged_;
  bool ended_ = false;
  std::exception_ptr damage_;
  std::unique_ptr<Batch> taking_;
  std::size_t taken_ = 0;
  std::uint64_t content_ = 0;
  std::unique_ptr<Threads> threads_;  // last: they use what is above
};

}  // namespace referrald::sync
