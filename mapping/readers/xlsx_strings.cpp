#include "mapping/readers/xlsx_strings.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "mapping/readers/row_reader.hpp"
#include "mapping/readers/xlsx_values.hpp"
#include "mapping/readers/xlsx_xml.hpp"

namespace referrald::mapping {
namespace {

constexpr std::size_t kWriteBytes = std::size_t{256} << 10;
constexpr std::size_t kMaxLengthBytes = 4;

// Seven bits a byte, the last without its top bit. Strings are at most 1 MiB and a byte.
void append_length(std::string& out, std::size_t length) {
  for (; length >= 0x80; length >>= 7) out += static_cast<char>(length | 0x80);
  out += static_cast<char>(length);
}

std::size_t take_length(std::string_view& bytes) {
  std::size_t length = 0;
  for (std::size_t shift = 0; !bytes.empty() && shift < 7 * kMaxLengthBytes; shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    length |= static_cast<std::size_t>(byte & 0x7F) << shift;
    if (byte < 0x80) break;
  }
  return length;
}

// <si> holds <t>, or <r> with <t> each: the runs of rich text, joined. <rPh> holds how to
// pronounce it, which is no part of the text. Blanks stay as they are, with or without xml:space:
// a cell's ends are trimmed later, and between runs they are meant.
class StringsHandler : public XmlHandler {
 public:
  StringsHandler(SharedStrings& strings, std::size_t most) : strings_(strings), most_(most) {}

  void start(const XmlName& name, const XmlAttributes& /*attributes*/) override {
    if (name.is("si")) text_.clear();
    if (name.is("rPh")) ++phonetic_;
    in_text_ = name.is("t") && phonetic_ == 0;
  }
  void text(std::string_view part) override {
    if (in_text_ && text_.size() <= most_) text_.append(part);
  }
  void end(const XmlName& name) override {
    in_text_ = false;
    if (name.is("rPh")) --phonetic_;
    if (!name.is("si")) return;
    decode_escapes(text_, 0);
    if (text_.size() > most_) text_.resize(most_ + 1);
    strings_.add(text_);
  }

 private:
  SharedStrings& strings_;
  std::size_t most_;
  std::string text_;
  int phonetic_ = 0;
  bool in_text_ = false;
};

}  // namespace

SharedStrings::SharedStrings(std::string file, std::size_t in_memory)
    : file_(std::move(file)), in_memory_(in_memory) {
  memory_.reserve(in_memory_);  // growing would need it twice
}

std::unique_ptr<SharedStrings> SharedStrings::read(ZipArchive& archive, std::string_view part,
                                                   std::size_t most) {
  auto strings = std::make_unique<SharedStrings>(archive.file());
  ZipPart content(archive, part, kMaxPartBytes);
  StringsHandler handler(*strings, most);
  read_xml(content, handler);
  strings->finish();
  return strings;
}

// A block is in memory or in the file as a whole.
void SharedStrings::add(std::string_view text) {
  const bool begins = count_++ % kPerBlock == 0;
  if (!in_file_ && memory_.size() + text.size() > in_memory_) {
    begin_file(begins ? memory_.size() : blocks_.back());
  }
  if (begins) blocks_.push_back(end_);
  std::string& out = in_file_ ? pending_ : memory_;
  const std::size_t before = out.size();
  append_length(out, text.size());
  out += text;
  end_ += out.size() - before;
  if (pending_.size() >= kWriteBytes) write_pending();
}

void SharedStrings::finish() {
  if (in_file_) write_pending();
  pending_.shrink_to_fit();
  blocks_.push_back(end_);
  if (in_file_) cache_.resize(kCached);
}

// What is in memory behind `keep` moves to the file.
void SharedStrings::begin_file(std::size_t keep) {
  in_file_ = true;
  first_in_file_ = keep;
  pending_ = memory_.substr(keep);
  memory_.resize(keep);
}

void SharedStrings::write_pending() {
  try {
    rest_.append(std::as_bytes(std::span(pending_)));
  } catch (const NamelessFileError& error) {
    throw_unreadable(fmt::format("its texts do not fit into memory: {}", error.what()));
  }
  pending_.clear();
}

void SharedStrings::read_file(std::span<char> into, std::uint64_t at) const {
  try {
    rest_.read(at - first_in_file_, std::as_writable_bytes(into));
  } catch (const NamelessFileError& error) {
    throw_unreadable(error.what());
  }
}

// Without reading the whole block: its strings may have 1 MiB each.
std::string_view SharedStrings::large(std::uint64_t begin, std::uint64_t skip) {
  for (;; --skip) {
    std::array<char, kMaxLengthBytes> head{};
    const auto size = std::min<std::uint64_t>(head.size(), end_ - begin);
    read_file(std::span(head).first(static_cast<std::size_t>(size)), begin);
    std::string_view bytes(head.data(), head.size());
    const std::size_t length = take_length(bytes);
    begin += head.size() - bytes.size();
    if (skip == 0) {
      large_.resize(length);
      read_file(large_, begin);
      return large_;
    }
    begin += length;
  }
}

std::optional<std::string_view> SharedStrings::at(std::uint64_t number) {
  if (number >= count_) return std::nullopt;
  const std::uint64_t block = number / kPerBlock;
  const std::uint64_t begin = blocks_[block];
  const std::size_t size = blocks_[block + 1] - begin;
  std::string_view bytes;
  if (begin < memory_.size()) {
    bytes = std::string_view(memory_).substr(begin, size);
  } else if (size > kMaxCachedBlock) {
    return large(begin, number % kPerBlock);
  } else {
    Cached& cached = cache_[block % kCached];
    if (cached.block != block) {
      cached.block = UINT64_MAX;
      cached.bytes.resize(size);
      read_file(cached.bytes, begin);
      cached.block = block;
    }
    bytes = cached.bytes;
  }
  for (std::uint64_t skip = number % kPerBlock; skip > 0; --skip) {
    bytes.remove_prefix(take_length(bytes));
  }
  return bytes.substr(0, take_length(bytes));
}

void SharedStrings::throw_unreadable(std::string_view what) const {
  throw ExportError(ExportError::Kind::unreadable, fmt::format("{}: {}", file_, what));
}

}  // namespace referrald::mapping
