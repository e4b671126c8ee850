#include "mapping/readers/decoding_source.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <unicode/ucnv.h>
#include <unicode/ucnv_err.h>
#include <unicode/utf16.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "mapping/readers/damaged_input.hpp"

namespace referrald::mapping {
namespace {

constexpr std::size_t kBlock = std::size_t{64} << 10;
constexpr std::size_t kUnits = std::size_t{16} << 10;
// Of UTF-8: three bytes for a unit, and one for what is invalid behind the last one.
constexpr std::size_t kOut = 3 * kUnits + 16;
constexpr char kInvalid = '\xFF';

// Copies what is ASCII in front; both ends move on.
void copy_ascii(const char16_t*& in, const char16_t* end, char*& out) {
#ifdef __SSE2__
  const __m128i beyond = _mm_set1_epi16(static_cast<short>(0xFF80));
  while (end - in >= 16) {
    const __m128i first = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in));
    const __m128i second = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in) + 1);
    const __m128i high = _mm_and_si128(_mm_or_si128(first, second), beyond);
    if (_mm_movemask_epi8(_mm_cmpeq_epi16(high, _mm_setzero_si128())) != 0xFFFF) break;
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm_packus_epi16(first, second));
    in += 16;
    out += 16;
  }
#endif
  while (in != end && *in < 0x80) *out++ = static_cast<char>(*in++);
}

char* put(char* out, char32_t c) {
  const auto byte = [&](char32_t value) { *out++ = static_cast<char>(value); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xC0 | c >> 6);
    byte(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    byte(0xE0 | c >> 12);
    byte(0x80 | (c >> 6 & 0x3F));
    byte(0x80 | (c & 0x3F));
  } else {
    byte(0xF0 | c >> 18);
    byte(0x80 | (c >> 12 & 0x3F));
    byte(0x80 | (c >> 6 & 0x3F));
    byte(0x80 | (c & 0x3F));
  }
  return out;
}

// What ICU makes of the bytes that a code page leaves undefined, windows-1252's 0x81 for instance:
// controls that no export holds. NEL is a line's end on some mainframes.
bool is_undefined_byte(char32_t c) {
  return c >= 0x80 && c <= 0x9F && c != 0x85;
}

}  // namespace

DecodingSource::DecodingSource(std::unique_ptr<ByteSource> encoded, const std::string& encoding)
    : encoded_(std::move(encoded)),
      code_page_(!encoding.starts_with("UTF-")),
      in_(std::make_unique_for_overwrite<char[]>(kBlock)),
      units_(std::make_unique_for_overwrite<char16_t[]>(kUnits)),
      out_(std::make_unique_for_overwrite<char[]>(kOut)) {
  UErrorCode error = U_ZERO_ERROR;
  converter_ = ucnv_open(encoding.c_str(), &error);
  if (U_SUCCESS(error)) {
    ucnv_setToUCallBack(converter_, UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &error);
  }
  if (U_FAILURE(error)) {
    ucnv_close(converter_);
    throw ExportError(ExportError::Kind::unreadable,
                      name() + ": cannot decode " + encoding + ": " + u_errorName(error));
  }
}

DecodingSource::~DecodingSource() {
  ucnv_close(converter_);
}

void DecodingSource::refill() {
  in_at_ = 0;
  in_end_ = 0;
  try {
    in_end_ = encoded_->read(in_.get(), kBlock);
    in_ended_ = in_end_ < kBlock;
  } catch (const DamagedInput& damage) {
    in_end_ = damage.filled();
    damage_ = damage.damage();
  }
}

void DecodingSource::append(const char16_t* units, std::size_t count) {
  char* out = out_.get() + out_end_;
  const char16_t* in = units;
  const char16_t* const end = units + count;
  while (in != end) {
    copy_ascii(in, end, out);
    if (in == end) break;
    const char16_t unit = *in++;
    if (U16_IS_LEAD(unit)) {
      high_ = unit;
      continue;
    }
    char32_t c = unit;
    if (U16_IS_TRAIL(unit)) c = static_cast<char32_t>(U16_GET_SUPPLEMENTARY(high_, unit));
    if (code_page_ && is_undefined_byte(c)) {
      *out++ = kInvalid;
    } else {
      out = put(out, c);
    }
  }
  out_end_ = static_cast<std::size_t>(out - out_.get());
}

// Decodes into out_, which is empty. False when nothing is left.
bool DecodingSource::decode() {
  out_at_ = 0;
  out_end_ = 0;
  while (out_end_ == 0) {
    if (in_at_ == in_end_) {
      if (flushed_ || !damage_.empty()) return false;
      if (!in_ended_) refill();
    }
    const char* from = in_.get() + in_at_;
    auto* to = units_.get();
    UErrorCode error = U_ZERO_ERROR;
    ucnv_toUnicode(converter_, &to, units_.get() + kUnits, &from, in_.get() + in_end_, nullptr,
                   static_cast<UBool>(in_ended_), &error);
    in_at_ = static_cast<std::size_t>(from - in_.get());
    append(units_.get(), static_cast<std::size_t>(to - units_.get()));
    if (U_SUCCESS(error)) {
      flushed_ = in_ended_;
    } else if (error != U_BUFFER_OVERFLOW_ERROR) {
      out_[out_end_++] = kInvalid;
    }
  }
  return true;
}

std::size_t DecodingSource::read(char* into, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    if (out_at_ == out_end_ && !decode()) {
      if (!damage_.empty()) throw DamagedInput(name(), damage_, done);
      break;
    }
    const std::size_t part = std::min(size - done, out_end_ - out_at_);
    std::memcpy(into + done, out_.get() + out_at_, part);
    out_at_ += part;
    done += part;
  }
  return done;
}

void DecodingSource::rewind() {
  encoded_->rewind();
  ucnv_resetToUnicode(converter_);
  in_at_ = in_end_ = 0;
  in_ended_ = false;
  flushed_ = false;
  high_ = 0;
  out_at_ = out_end_ = 0;
  damage_.clear();
}

}  // namespace referrald::mapping
