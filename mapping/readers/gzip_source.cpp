#include "mapping/readers/gzip_source.hpp"

#include <algorithm>
#include <new>
#include <string_view>
#include <utility>

#include "mapping/readers/damaged_input.hpp"

namespace referrald::mapping {
namespace {

constexpr std::size_t kCompressedBlock = std::size_t{64} << 10;
constexpr std::size_t kMostAtOnce = std::size_t{1} << 30;  // zlib counts in unsigned int
constexpr int kGzipOnly = 16 + MAX_WBITS;

}  // namespace

bool is_gzip(std::string_view start) {
  return start.starts_with("\x1F\x8B");
}

GzipSource::GzipSource(std::unique_ptr<ByteSource> compressed)
    : compressed_(std::move(compressed)),
      buffer_(std::make_unique_for_overwrite<char[]>(kCompressedBlock)) {
  if (inflateInit2(&stream_, kGzipOnly) != Z_OK) throw std::bad_alloc();
}

GzipSource::~GzipSource() {
  inflateEnd(&stream_);
}

// False at the end of the compressed file.
bool GzipSource::refill() {
  if (stream_.avail_in != 0) return true;
  const std::size_t got = compressed_->read(buffer_.get(), kCompressedBlock);
  stream_.next_in = reinterpret_cast<Bytef*>(buffer_.get());
  stream_.avail_in = static_cast<uInt>(got);
  return got != 0;
}

// Goes to the member behind the one that has ended; false when there is none.
bool GzipSource::next_member() {
  bool padded = false;
  while (refill()) {
    if (*stream_.next_in != 0) {
      if (padded) {
        damage_ = "something that is not gzip follows the compressed data";
        return false;
      }
      member_ended_ = false;
      return inflateReset(&stream_) == Z_OK;
    }
    padded = true;
    ++stream_.next_in;
    --stream_.avail_in;
  }
  ended_ = true;
  return false;
}

std::size_t GzipSource::read(char* into, std::size_t size) {
  std::size_t done = 0;
  while (done < size && !ended_ && damage_.empty()) {
    if (member_ended_ && !next_member()) continue;
    if (!refill()) {
      damage_ = "the compressed data are cut short";
      continue;
    }
    const auto room = static_cast<uInt>(std::min(size - done, kMostAtOnce));
    stream_.next_out = reinterpret_cast<Bytef*>(into + done);
    stream_.avail_out = room;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    done += room - stream_.avail_out;
    if (result == Z_STREAM_END) {
      member_ended_ = true;
    } else if (result == Z_MEM_ERROR) {
      throw std::bad_alloc();
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      const std::string_view why = stream_.msg == nullptr ? "damaged" : stream_.msg;
      damage_ = "the compressed data are corrupt (" + std::string(why) + ")";
    }
  }
  // Later reads throw again, with nothing in the buffer.
  if (!damage_.empty()) throw DamagedInput(name(), damage_, done);
  return done;
}

void GzipSource::rewind() {
  compressed_->rewind();
  stream_.next_in = nullptr;
  stream_.avail_in = 0;
  if (inflateReset(&stream_) != Z_OK) throw std::bad_alloc();
  member_ended_ = false;
  ended_ = false;
  damage_.clear();
}

}  // namespace referrald::mapping
