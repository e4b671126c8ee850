// What is compressed in a .gz file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <zlib.h>

#include "mapping/readers/byte_source.hpp"

namespace referrald::mapping {

bool is_gzip(std::string_view start);

// Inflates as it is read, so that the size of the content costs no memory. Members that follow one
// another (as pigz and `cat` make them) are one content; zeros behind the last one are padding.
class GzipSource : public ByteSource {
 public:
  explicit GzipSource(std::unique_ptr<ByteSource> compressed);
  ~GzipSource() override;
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;

  // Throws DamagedInput where the compressed data are cut short or corrupt.
  std::size_t read(char* into, std::size_t size) override;
  void rewind() override;

  std::uint64_t bytes_read() const override { return compressed_->bytes_read(); }
  std::uint64_t bytes_total() const override { return compressed_->bytes_total(); }
  const std::string& name() const override { return compressed_->name(); }

 private:
  bool refill();
  bool next_member();

  std::unique_ptr<ByteSource> compressed_;
  std::unique_ptr<char[]> buffer_;
  z_stream stream_{};
  bool member_ended_ = false;
  bool ended_ = false;
  std::string damage_;
};

}  // namespace referrald::mapping
