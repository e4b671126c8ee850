#include "mapping/readers/json_window.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace referrald::mapping {
namespace {

constexpr std::size_t kJsonReadBytes = std::size_t{256} << 10;

struct JsonMarks {
  std::uint64_t quotes = 0;
  std::uint64_t backslashes = 0;
  std::uint64_t opening = 0;
  std::uint64_t closing = 0;
};

// '[' and '{', and ']' and '}', differ in one bit, 0x20.
#ifdef __SSE2__

JsonMarks mark_json(const char* block) {
  JsonMarks found;
  const auto bits = [](__m128i equal, int i) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(equal)))
           << (16 * i);
  };
  for (int i = 0; i < 4; ++i) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block) + i);
    const __m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    found.quotes |= bits(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), i);
    found.backslashes |= bits(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')), i);
    found.opening |= bits(_mm_cmpeq_epi8(folded, _mm_set1_epi8('{')), i);
    found.closing |= bits(_mm_cmpeq_epi8(folded, _mm_set1_epi8('}')), i);
  }
  return found;
}

#else

JsonMarks mark_json(const char* block) {
  JsonMarks found;
  for (unsigned i = 0; i < 64; ++i) {
    const char folded = static_cast<char>(block[i] | 0x20);
    found.quotes |= static_cast<std::uint64_t>(block[i] == '"') << i;
    found.backslashes |= static_cast<std::uint64_t>(block[i] == '\\') << i;
    found.opening |= static_cast<std::uint64_t>(folded == '{') << i;
    found.closing |= static_cast<std::uint64_t>(folded == '}') << i;
  }
  return found;
}

#endif

bool ends_scalar(char c) {
  return c == ',' || c == ':' || c == ']' || c == '}' || c == '[' || c == '{' || c == '"' ||
         c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

bool is_container(char c) {
  return c == '{' || c == '[';
}

}  // namespace

// A set bit for each byte that is in a string, or is its opening quote.
std::uint64_t JsonEnd::in_strings(std::uint64_t quotes, std::uint64_t backslashes) {
  std::uint64_t escaped = 0;
  if ((backslashes | escape_next_) != 0) {
    escapes_ = true;
    std::uint64_t left = backslashes & ~escape_next_;
    escaped = escape_next_;
    escape_next_ = 0;
    while (left != 0) {
      const std::uint64_t lowest = left & (~left + 1);
      const std::uint64_t behind = lowest << 1;
      escape_next_ = behind == 0 ? 1 : 0;
      escaped |= behind;
      left &= ~(lowest | behind);
    }
  }
  std::uint64_t inside = quotes & ~escaped;
  for (unsigned shift = 1; shift < 64; shift *= 2) inside ^= inside << shift;
  inside ^= in_string_;
  in_string_ = std::uint64_t{0} - (inside >> 63);
  return inside;
}

std::size_t JsonEnd::look(const char* block, std::size_t size) {
  JsonMarks marks = mark_json(block);
  const std::uint64_t valid = size < kBlock ? (std::uint64_t{1} << size) - 1 : ~std::uint64_t{0};
  const std::uint64_t outside =
      ~in_strings(marks.quotes & valid, marks.backslashes & valid) & valid;
  marks.opening &= outside;
  marks.closing &= outside;
  std::uint64_t brackets = marks.opening | marks.closing;
  while (brackets != 0) {
    const std::uint64_t bit = brackets & (~brackets + 1);
    brackets ^= bit;
    if ((marks.opening & bit) != 0) {
      ++depth_;
    } else if (--depth_ == 0) {
      return static_cast<std::size_t>(__builtin_ctzll(bit)) + 1;
    }
  }
  return kNone;
}

JsonWindow::JsonWindow(ByteSource& source)
    : source_(source),
      data_(std::make_unique_for_overwrite<char[]>(kMaxRecordBytes + kJsonReadBytes + kPadding)) {
  fill(0);
}

std::string_view JsonWindow::start(std::size_t size) const {
  return {data_.get(), std::min(size, end_)};
}

// Keeps the last `keep` bytes and reads on behind them.
void JsonWindow::fill(std::size_t keep) {
  base_ += end_ - keep;
  std::memmove(data_.get(), data_.get() + end_ - keep, keep);
  const std::size_t got = source_.read(data_.get() + keep, kJsonReadBytes);
  at_ = 0;
  end_ = keep + got;
  last_ = got < kJsonReadBytes;
  std::memset(data_.get() + end_, ' ', kPadding);
}

int JsonWindow::peek_on() {
  fill(0);
  return peek();
}

JsonWindow::Extent JsonWindow::value(Piece& piece) {
  const Extent extent = is_container(data_[at_]) ? container(piece) : scalar(piece);
  if (extent != Extent::whole) return extent;
  if (piece.text.size() > kMaxRecordBytes) return Extent::too_long;
  pass(piece.text.size());
  return Extent::whole;
}

void JsonWindow::pass(std::size_t size) {
  if (count_lines_) {
    const char* const begin = data_.get() + at_;
    line_ += static_cast<std::uint64_t>(std::count(begin, begin + size, '\n'));
  }
  at_ += size;
}

JsonWindow::Extent JsonWindow::container(Piece& piece) {
  JsonEnd end;
  for (std::size_t size = 0;;) {
    while (end_ - at_ - size >= JsonEnd::kBlock || (last_ && size < end_ - at_)) {
      const char* const block = data_.get() + at_ + size;
      const std::size_t found = end.look(block, std::min(JsonEnd::kBlock, end_ - at_ - size));
      if (found != JsonEnd::kNone) {
        piece = {{data_.get() + at_, size + found}, end.escapes()};
        return Extent::whole;
      }
      size = std::min(size + JsonEnd::kBlock, end_ - at_);
    }
    if (last_) return Extent::cut_short;
    if (end_ - at_ > kMaxRecordBytes) return Extent::too_long;
    fill(end_ - at_);
  }
}

JsonWindow::Extent JsonWindow::scalar(Piece& piece) {
  const bool string = data_[at_] == '"';
  bool escaped = false;
  piece.escapes = false;
  std::size_t size = 1;
  for (bool inside = true; inside; ++size) {
    if (at_ + size == end_ && !last_) fill(size);
    if (at_ + size == end_ && last_) {
      if (string) return Extent::cut_short;
      break;
    }
    if (size > kMaxRecordBytes) return Extent::too_long;
    const char c = data_[at_ + size];
    if (!string && ends_scalar(c)) break;
    inside = !string || c != '"' || escaped;
    escaped = string && c == '\\' && !escaped;
    piece.escapes |= escaped;
  }
  piece.text = {data_.get() + at_, size};
  return Extent::whole;
}

bool JsonWindow::skip_string() {
  take();
  for (bool escaped = false;;) {
    if (at_ == end_) {
      if (last_) return false;
      fill(0);
      continue;
    }
    const char c = data_[at_++];
    if (static_cast<unsigned char>(c) < 0x20) return false;
    if (c == '"' && !escaped) return true;
    escaped = c == '\\' && !escaped;
  }
}

std::string place_in(ByteSource& source, std::uint64_t offset) {
  source.rewind();
  std::vector<char> block(kJsonReadBytes);
  std::uint64_t line = 1;
  std::uint64_t line_begin = 0;
  for (std::uint64_t at = 0; at < offset;) {
    const std::size_t wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(offset - at, kJsonReadBytes));
    const std::size_t got = source.read(block.data(), wanted);
    for (std::size_t i = 0; i < got; ++i) {
      if (block[i] != '\n') continue;
      ++line;
      line_begin = at + i + 1;
    }
    at += got;
    if (got < wanted) break;
  }
  return fmt::format("line {}, byte {}", line, offset - line_begin + 1);
}

}  // namespace referrald::mapping
