// A text of any encoding, as UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>

#include "mapping/readers/byte_source.hpp"

struct UConverter;

namespace referrald::mapping {

// Decodes as it is read. What the encoding does not know (a lone surrogate, half a character at the
// end, a byte without a meaning) is never replaced: a byte 0xFF stands for it, which no UTF-8 has,
// so that the reader finds it there.
class DecodingSource : public ByteSource {
 public:
  // `encoding` is a canonical name (text_encoding.hpp).
  DecodingSource(std::unique_ptr<ByteSource> encoded, const std::string& encoding);
  ~DecodingSource() override;
  DecodingSource(const DecodingSource&) = delete;
  DecodingSource& operator=(const DecodingSource&) = delete;

  std::size_t read(char* into, std::size_t size) override;
  void rewind() override;

  std::uint64_t bytes_read() const override { return encoded_->bytes_read(); }
  std::uint64_t bytes_total() const override { return encoded_->bytes_total(); }
  const std::string& name() const override { return encoded_->name(); }

 private:
  void refill();
  bool decode();
  void append(const char16_t* units, std::size_t count);

  std::unique_ptr<ByteSource> encoded_;
  UConverter* converter_ = nullptr;
  bool code_page_ = false;
  std::unique_ptr<char[]> in_;
  std::size_t in_at_ = 0;
  std::size_t in_end_ = 0;
  bool in_ended_ = false;
  bool flushed_ = false;  // all that the converter held back is out
  std::unique_ptr<char16_t[]> units_;
  char16_t high_ = 0;  // the first half of a pair whose second half has not come yet
  std::unique_ptr<char[]> out_;
  std::size_t out_at_ = 0;
  std::size_t out_end_ = 0;
  std::string damage_;  // of the encoded bytes, behind those in in_
};

}  // namespace referrald::mapping
