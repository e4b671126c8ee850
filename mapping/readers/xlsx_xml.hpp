// XML of a workbook's parts, read as it is inflated.
#pragma once

#include <array>
#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "mapping/readers/zip_archive.hpp"

namespace referrald::mapping {

// What an element or attribute belongs to. The strict namespaces of ISO 29500 count as the usual
// ones, and so does none at all.
enum class XmlSpace : unsigned char { main, relationships, other };

struct XmlName {
  XmlSpace space = XmlSpace::other;
  std::string_view local;

  bool is(std::string_view name) const { return space == XmlSpace::main && local == name; }
};

// Of one start tag. An attribute that is not there is null.
class XmlAttributes {
 public:
  explicit XmlAttributes(const char** pairs) : pairs_(pairs) {}
  // Of an attribute without prefix.
  const char* get(std::string_view name) const;
  std::string_view text(std::string_view name) const {
    const char* value = get(name);
    return value == nullptr ? std::string_view{} : value;
  }
  // "r:id", whatever the prefix.
  const char* relationship_id() const;
  const char** pairs() const { return pairs_; }

 private:
  const char** pairs_;
};

// An XML Schema boolean that is true.
bool is_true(std::string_view value);

class XmlHandler {
 public:
  virtual ~XmlHandler() = default;
  virtual void start(const XmlName& name, const XmlAttributes& attributes) = 0;
  virtual void end(const XmlName& name) = 0;
  virtual void text(std::string_view /*part of it*/) {}
};

// Feeds a part's XML to a handler. An XML reader's memory is bounded, whatever the part holds: a
// document type definition (and with it every entity), deep nesting and overlong tags are refused.
class XmlReader {
 public:
  static constexpr std::size_t kMaxDepth = 256;
  static constexpr std::size_t kMaxMemory = std::size_t{6} << 20;  // tags of up to some 2 MiB

  // Part and handler must outlive this.
  XmlReader(ZipPart& part, XmlHandler& handler);
  ~XmlReader();
  XmlReader(const XmlReader&) = delete;
  XmlReader& operator=(const XmlReader&) = delete;

  // Reads until the handler calls pause() (true) or up to the end (false). Throws damaged, and
  // what the handler throws.
  bool run();
  // For the handler, when an element ends: run() returns behind this element.
  void pause();

  // "line 2, column 3417" of what is read, for messages.
  std::string place() const;

 private:
  struct Callbacks;
  bool feed();
  [[noreturn]] void throw_error() const;
  void fail(std::exception_ptr error);

  ZipPart& part_;
  XmlHandler& handler_;
  std::size_t memory_ = 0;
  std::size_t depth_ = 0;
  void* parser_ = nullptr;
  bool paused_ = false;
  bool last_ = false;
  std::exception_ptr error_;
};

// Reads a whole part.
void read_xml(ZipPart& part, XmlHandler& handler);

}  // namespace referrald::mapping
