// Writes JSON text: what value.hpp's functions do, for several texts one behind the other.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "mapping/value.hpp"

namespace referrald::mapping {

// Strings must be valid UTF-8; commas and colons are the caller's.
class JsonWriter {
 public:
  // Appends to `out`, which nobody else uses until finish() or the writer's end.
  explicit JsonWriter(std::string& out) : out_(out), begin_(out.size()), size_(out.size()) {}
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;
  ~JsonWriter() { finish(); }

  void put(char c);
  void put(std::string_view json);
  void string(std::string_view text);
  // Throws std::logic_error at an absent part.
  void value(const Value& value);

  // What was written. Valid until more is.
  std::string_view written() const { return std::string_view(out_).substr(begin_, size_ - begin_); }
  // Writes over it.
  void restart() { size_ = begin_; }
  // For a string that is returned: it may be moved from before the writer's end.
  void finish() { out_.resize(size_); }

 private:
  char* room(std::size_t bytes);
  void escape(char c);

  std::string& out_;
  std::size_t begin_;
  std::size_t size_;  // of `out_` up to here; it may be longer
};

}  // namespace referrald::mapping
