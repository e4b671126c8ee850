#include "mapping/readers/xlsx_xml.hpp"

#include <cstdlib>
#include <cstring>
#include <utility>

#include <expat.h>
#include <fmt/format.h>

#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {
namespace {

using Kind = ExportError::Kind;

constexpr int kXmlReadBytes = 64 << 10;
constexpr char kSeparator = '|';

struct Space {
  std::string_view uri;
  XmlSpace space;
};
constexpr std::array kSpaces = {
    Space{"http://schemas.openxmlformats.org/spreadsheetml/2006/main", XmlSpace::main},
    Space{"http://purl.oclc.org/ooxml/spreadsheetml/main", XmlSpace::main},
    Space{"http://schemas.openxmlformats.org/package/2006/relationships", XmlSpace::main},
    Space{"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
          XmlSpace::relationships},
    Space{"http://purl.oclc.org/ooxml/officeDocument/relationships", XmlSpace::relationships},
};

XmlName name_of(const char* expat_name) {
  const std::string_view name(expat_name);
  for (const Space& known : kSpaces) {
    const std::size_t at = known.uri.size();
    if (name.size() > at && name[at] == kSeparator && name.starts_with(known.uri)) {
      return {known.space, name.substr(at + 1)};
    }
  }
  const std::size_t at = name.rfind(kSeparator);
  if (at == std::string_view::npos) return {XmlSpace::main, name};
  return {XmlSpace::other, name.substr(at + 1)};
}

// Expat asks for memory without saying for which parser; whoever calls into expat says it here.
thread_local std::size_t* used_now = nullptr;

class Accounting {
 public:
  explicit Accounting(std::size_t& used) : before_(std::exchange(used_now, &used)) {}
  ~Accounting() { used_now = before_; }
  Accounting(const Accounting&) = delete;
  Accounting& operator=(const Accounting&) = delete;

 private:
  std::size_t* before_;
};

constexpr std::size_t kBlockHeader = alignof(std::max_align_t);

void* allocate(std::size_t size) {
  if (size > XmlReader::kMaxMemory - *used_now) return nullptr;
  auto* block = static_cast<char*>(std::malloc(size + kBlockHeader));
  if (block == nullptr) return nullptr;
  std::memcpy(block, &size, sizeof size);
  *used_now += size;
  return block + kBlockHeader;
}

void release(void* memory) {
  if (memory == nullptr) return;
  char* const block = static_cast<char*>(memory) - kBlockHeader;
  std::size_t size = 0;
  std::memcpy(&size, block, sizeof size);
  *used_now -= size;
  std::free(block);
}

void* reallocate(void* memory, std::size_t size) {
  void* const moved = allocate(size);
  if (moved == nullptr || memory == nullptr) return moved;
  std::size_t before = 0;
  std::memcpy(&before, static_cast<char*>(memory) - kBlockHeader, sizeof before);
  std::memcpy(moved, memory, before < size ? before : size);
  release(memory);
  return moved;
}

constexpr XML_Memory_Handling_Suite kMemory{allocate, reallocate, release};

XML_Parser parser_of(void* parser) {
  return static_cast<XML_Parser>(parser);
}

}  // namespace

const char* XmlAttributes::get(std::string_view name) const {
  for (const char** pair = pairs_; *pair != nullptr; pair += 2) {
    if (name == *pair) return pair[1];
  }
  return nullptr;
}

const char* XmlAttributes::relationship_id() const {
  for (const char** pair = pairs_; *pair != nullptr; pair += 2) {
    const XmlName name = name_of(*pair);
    if (name.space == XmlSpace::relationships && name.local == "id") return pair[1];
  }
  return nullptr;
}

bool is_true(std::string_view value) {
  return value == "1" || value == "true" || value == "on";
}

// No exception may pass through expat: it is kept, the parser is stopped, and run() throws it.
struct XmlReader::Callbacks {
  static XmlReader& self(void* data) { return *static_cast<XmlReader*>(data); }

  template <typename Call>
  static void guarded(void* data, Call call) {
    XmlReader& reader = self(data);
    if (reader.error_) return;
    try {
      call(reader);
    } catch (...) {
      reader.fail(std::current_exception());
    }
  }

  static void start(void* data, const char* name, const char** attributes) {
    guarded(data, [&](XmlReader& reader) {
      if (++reader.depth_ > kMaxDepth) {
        throw ExportError(
            Kind::damaged,
            fmt::format("{}: {}, {}: more than {} elements are nested, as in no "
                        "workbook; export it again",
                        reader.part_.file(), reader.part_.name(), reader.place(), kMaxDepth));
      }
      reader.handler_.start(name_of(name), XmlAttributes(attributes));
    });
  }
  static void end(void* data, const char* name) {
    guarded(data, [&](XmlReader& reader) {
      --reader.depth_;
      reader.handler_.end(name_of(name));
    });
  }
  static void text(void* data, const char* text, int size) {
    guarded(data, [&](XmlReader& reader) {
      reader.handler_.text({text, static_cast<std::size_t>(size)});
    });
  }
  static void doctype(void* data, const char*, const char*, const char*, int) {
    guarded(data, [&](XmlReader& reader) {
      throw ExportError(Kind::unreadable,
                        fmt::format("{}: {}, {}: has a document type definition, which no "
                                    "workbook needs and which can do harm; export it again",
                                    reader.part_.file(), reader.part_.name(), reader.place()));
    });
  }
};

XmlReader::XmlReader(ZipPart& part, XmlHandler& handler) : part_(part), handler_(handler) {
  const Accounting accounting(memory_);
  const char separator[] = {kSeparator, '\0'};
  XML_Parser parser = XML_ParserCreate_MM(nullptr, &kMemory, separator);
  if (parser == nullptr) throw std::bad_alloc();
  parser_ = parser;
  XML_SetUserData(parser, this);
  XML_SetElementHandler(parser, Callbacks::start, Callbacks::end);
  XML_SetCharacterDataHandler(parser, Callbacks::text);
  XML_SetStartDoctypeDeclHandler(parser, Callbacks::doctype);
}

XmlReader::~XmlReader() {
  const Accounting accounting(memory_);
  XML_ParserFree(parser_of(parser_));
}

bool XmlReader::feed() {
  XML_Parser parser = parser_of(parser_);
  if (paused_) {
    paused_ = false;
    return XML_ResumeParser(parser) != XML_STATUS_ERROR;
  }
  void* const buffer = XML_GetBuffer(parser, kXmlReadBytes);
  if (buffer == nullptr) return false;
  const std::size_t got = part_.read(static_cast<char*>(buffer), kXmlReadBytes);
  last_ = got < kXmlReadBytes;
  return XML_ParseBuffer(parser, static_cast<int>(got), last_ ? XML_TRUE : XML_FALSE) !=
         XML_STATUS_ERROR;
}

bool XmlReader::run() {
  const Accounting accounting(memory_);
  while (!last_ || paused_) {
    const bool well = feed();
    if (error_) std::rethrow_exception(error_);
    if (!well) throw_error();
    if (paused_) return true;
  }
  return false;
}

void XmlReader::pause() {
  if (XML_StopParser(parser_of(parser_), XML_TRUE) == XML_STATUS_OK) paused_ = true;
}

void XmlReader::fail(std::exception_ptr error) {
  error_ = std::move(error);
  XML_StopParser(parser_of(parser_), XML_FALSE);
}

std::string XmlReader::place() const {
  XML_Parser parser = parser_of(parser_);
  return fmt::format("line {}, column {}", XML_GetCurrentLineNumber(parser),
                     XML_GetCurrentColumnNumber(parser) + 1);
}

void XmlReader::throw_error() const {
  const XML_Error code = XML_GetErrorCode(parser_of(parser_));
  const char* const why =
      code == XML_ERROR_NO_MEMORY ? "a tag or name is too long" : XML_ErrorString(code);
  throw ExportError(Kind::damaged,
                    fmt::format("{}: {}, {}: is no well-formed XML ({}); export it again, or open "
                                "it in Excel and save it",
                                part_.file(), part_.name(), place(), why));
}

void read_xml(ZipPart& part, XmlHandler& handler) {
  XmlReader(part, handler).run();
}

}  // namespace referrald::mapping
