#include "config/yaml_reader.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <unordered_map>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

namespace referrald::config {
namespace {

constexpr std::size_t max_depth = 64;          // no file of ours needs ten
constexpr std::size_t max_bytes = 16U << 20U;  // a lookup table of some 100,000 entries

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// Names of aliases, anchors and tags are not shown: one may be a secret that begins with such a
// sign.
constexpr const char* no_alias = "an alias (*name) is not accepted here";
constexpr const char* no_alias_remedy = "write the value out, or quote it if it begins with *";

// The length of the UTF-8 sequence at the start of `text`, 0 when it is not valid.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xED && byte(1) >= 0xA0;
  const bool too_high = lead == 0xF4 && byte(1) >= 0x90;
  return overlong || surrogate || too_high ? 0 : length;
}

// The text of a document and where its lines begin: yaml-cpp counts columns in bytes, people count
// characters.
class SourceText {
 public:
  SourceText(std::string_view text, std::string name) : text_(text), name_(std::move(name)) {
    for (std::size_t i = 0; i < text_.size(); ++i) {
      if (text_[i] == '\n') starts_.push_back(i + 1);
    }
  }

  // Of yaml-cpp's line and column, which count from 0.
  Place place(const YAML::Mark& mark) const {
    if (mark.is_null()) return {name_, 0, 0};
    const std::string_view before =
        line(mark.line).substr(0, static_cast<std::size_t>(mark.column));
    const auto characters = std::count_if(before.begin(), before.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
    });
    return {name_, mark.line + 1, static_cast<int>(characters) + 1};
  }

  Place place(std::size_t offset) const {
    const auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
    YAML::Mark mark;
    mark.line = static_cast<int>(next - starts_.begin()) - 1;
    mark.column = static_cast<int>(offset - *(next - 1));
    return place(mark);
  }

  // What stands at the mark, up to the end of its line.
  std::string_view rest_of_line(const YAML::Mark& mark) const {
    const std::string_view whole = line(mark.line);
    return whole.substr(std::min(whole.size(), static_cast<std::size_t>(mark.column)));
  }

  // The nearest line above that holds nothing but a list's dash.
  std::optional<Place> lone_dash_before(const YAML::Mark& mark) const {
    for (int above = mark.line; above >= 0; --above) {
      const std::string_view text = line(above).substr(0, line(above).find('#'));
      const std::size_t last = text.find_last_not_of(" \t\r");
      if (last == std::string_view::npos) continue;
      if (text[last] == '-' && (above < mark.line || static_cast<int>(last) < mark.column)) {
        return Place{name_, above + 1, static_cast<int>(last) + 1};
      }
      if (above < mark.line) break;
    }
    return std::nullopt;
  }

  std::string_view line(int index) const {
    if (index < 0 || static_cast<std::size_t>(index) >= starts_.size()) return {};
    const std::size_t start = starts_[static_cast<std::size_t>(index)];
    return text_.substr(start, text_.substr(start).find('\n'));
  }

  const std::string& name() const { return name_; }

 private:
  std::string_view text_;
  std::string name_;
  std::vector<std::size_t> starts_{0};
};

// Thrown out of yaml-cpp's parser to end the reading; its problem has been added.
struct Stop {
  bool tree_is_whole = false;
};

// Builds the tree from yaml-cpp's events. Its own tree (YAML::Node) is not used: it has forgotten
// duplicate keys, anchors and the difference between plain and quoted by the time one can ask.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const SourceText& source, Problems& problems)
      : source_(source), problems_(problems) {}

  YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ < 2) return;
    // yaml-cpp takes for a new document also what follows a complete one without "---".
    add(mark, "a second YAML document, or text after the end of the first",
        "a file holds one document; check the indentation here, or remove this");
    throw Stop{.tree_is_whole = true};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { emit(null_node(mark)); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    add(mark, no_alias, no_alias_remedy);
    emit(node_at(YamlNode::Kind::null, mark));
  }

  void OnAnchor(const YAML::Mark& mark, const std::string&) override {
    add(mark, "an anchor (&name) is not accepted here",
        "remove it, or quote the value if it begins with &");
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    refuse_tag(mark, tag);
    YamlNode node = node_at(YamlNode::Kind::scalar, mark);
    node.text = value;
    node.plain = tag == "?";  // "!" means quoted, or a block of text
    emit(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::sequence, mark, tag);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::map, mark, tag);
  }
  void OnMapEnd() override { close(); }

 private:
  // A sequence or map that is still open, and for a map the key that waits for its value.
  struct Frame {
    YamlNode node;
    std::optional<YamlNode> key;
    bool key_counts = false;                       // false: reported, its value is dropped
    std::unordered_map<std::string, int> lines{};  // of the keys so far
  };

  void add(const YAML::Mark& mark, std::string message, std::string remedy) {
    problems_.add(source_.place(mark), std::move(message), std::move(remedy));
  }
  void add(const YamlNode& node, std::string message, std::string remedy) {
    problems_.add({source_.name(), node.line, node.column}, std::move(message), std::move(remedy));
  }

  YamlNode node_at(YamlNode::Kind kind, const YAML::Mark& mark) const {
    const Place place = source_.place(mark);
    YamlNode node;
    node.kind = kind;
    node.line = place.line;
    node.column = place.column;
    return node;
  }

  // yaml-cpp puts a value that is not there at whatever comes next; people look at the key, or at
  // the dash.
  YamlNode null_node(const YAML::Mark& mark) const {
    YamlNode node = node_at(YamlNode::Kind::null, mark);
    if (stack_.empty()) return node;
    const std::string_view text = source_.rest_of_line(mark);
    const bool written = !text.empty() && (text[0] == '~' || text[0] == 'n' || text[0] == 'N');
    if (stack_.back().key) {
      const YamlNode& key = *stack_.back().key;
      if (written && node.line == key.line) return node;
      node.line = key.line;
      node.column = key.column;
    } else if (stack_.back().node.kind == YamlNode::Kind::sequence && !written) {
      if (const auto dash = source_.lone_dash_before(mark)) {
        node.line = dash->line;
        node.column = dash->column;
      }
    }
    return node;
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    add(mark, "a tag (!name) is not accepted here",
        "remove it, or quote the value if it begins with !");
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag) {
    refuse_tag(mark, tag);
    if (stack_.size() >= max_depth) {
      add(mark, "nested more than " + std::to_string(max_depth) + " levels deep",
          "check the brackets and the indentation");
      throw Stop{};
    }
    stack_.push_back(Frame{.node = node_at(kind, mark), .key = std::nullopt});
  }

  void close() {
    YamlNode node = std::move(stack_.back().node);
    stack_.pop_back();
    emit(std::move(node));
  }

  void emit(YamlNode node) {
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = stack_.back();
    if (frame.node.kind == YamlNode::Kind::sequence) {
      frame.node.elements.push_back(std::move(node));
    } else if (!frame.key) {
      take_key(frame, std::move(node));
    } else {
      YamlNode key = std::move(*frame.key);
      frame.key.reset();
      if (!frame.key_counts) return;
      frame.node.members.push_back({std::move(key.text), key.line, key.column, std::move(node)});
    }
  }

  void take_key(Frame& frame, YamlNode node) {
    frame.key_counts = false;
    if (node.kind != YamlNode::Kind::scalar) {
      add(node, "a key must be text", "quote it, or quote the whole value if { or [ belongs to it");
    } else if (node.plain && node.text == "<<") {
      add(node, "the merge key << is not accepted here", "write the members out");
    } else {
      const auto [first, added] = frame.lines.emplace(node.text, node.line);
      frame.key_counts = added;
      if (!added) {
        add(node,
            "key \"" + node.text + "\" is given twice, first in line " +
                std::to_string(first->second),
            "keep one of them");
      }
    }
    frame.key = std::move(node);
  }

  const SourceText& source_;
  Problems& problems_;
  YamlNode root_ = node_at(YamlNode::Kind::null, YAML::Mark());
  std::vector<Frame> stack_;
  int documents_ = 0;
};

// yaml-cpp's text without the characters of the document that some of its messages end in.
std::string reason(const YAML::Exception& error) {
  return error.msg.substr(0, error.msg.find(": "));
}

// False when the bytes are not text, which is reported.
bool is_text(std::string_view text, const SourceText& source, Problems& problems) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = text[i] == '\0' ? 0 : sequence_length(text.substr(i));
    if (length == 0) {
      problems.add(source.place(i), "this byte is not valid UTF-8 text",
                   "save the file with the encoding UTF-8");
      return false;
    }
    i += length;
  }
  return true;
}

std::string syntax_remedy(const YAML::Exception& error, const SourceText& source) {
  const std::string_view line = source.line(error.mark.line);
  const std::string_view indentation = line.substr(0, line.find_first_not_of(" \t"));
  if (indentation.find('\t') != std::string_view::npos)
    return "indent with blanks: YAML takes no tabs there";
  const std::string_view rest = source.rest_of_line(error.mark);
  if (!rest.empty() && std::string_view("@`%").find(rest.front()) != std::string_view::npos)
    return std::string("a value that begins with ") + rest.front() + " needs quotes";
  const auto placeholder = line.find("${");
  if (placeholder == std::string_view::npos)
    return "check indentation, quotes and brackets here and in the line before";
  // The most frequent mistake of all: { name: ${Topic} }, where YAML takes the brace for its own.
  const bool in_brackets =
      line.find_first_of("{[") < placeholder || error.msg.find("flow") != std::string::npos;
  return in_brackets ? "between { } and [ ], quote a value that holds ${…}"
                     : "quote a value that holds a colon before a blank, or text behind quotes";
}

void add_syntax_error(const YAML::Exception& error, const SourceText& source, Problems& problems) {
  if (source.rest_of_line(error.mark).starts_with('*')) {
    problems.add(source.place(error.mark), no_alias, no_alias_remedy);
    return;
  }
  problems.add(source.place(error.mark), "not valid YAML: " + reason(error),
               syntax_remedy(error, source));
}

std::string error_text(int code) {
  return std::strerror(code);
}  // NOLINT: one thread reads files

}  // namespace

const YamlNode* YamlNode::find(std::string_view name) const {
  for (const Member& member : members) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

std::optional<YamlNode> parse_yaml(std::string_view text, const std::string& name,
                                   Problems& problems) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  const SourceText source(text, name);
  if (!is_text(text, source, problems)) return std::nullopt;
  TreeBuilder builder(source, problems);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop& stop) {
    if (!stop.tree_is_whole) return std::nullopt;
  } catch (const YAML::Exception& error) {
    add_syntax_error(error, source, problems);
    return std::nullopt;
  }
  return builder.take();
}

std::optional<YamlNode> read_yaml(const std::filesystem::path& file, Problems& problems) {
  const Place place{.file = file.string()};
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) {
    problems.add(place, "is a folder, not a file", "name the YAML file");
    return std::nullopt;
  }
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    problems.add(place, "cannot be opened: " + error_text(errno));
    return std::nullopt;
  }
  std::string text;
  std::array<char, 16'384> block{};
  errno = 0;
  while (stream && text.size() <= max_bytes) {
    stream.read(block.data(), block.size());
    text.append(block.data(), static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) {
    problems.add(place, "cannot be read: " + error_text(errno));
    return std::nullopt;
  }
  if (text.size() > max_bytes) {
    problems.add(place, "is larger than 16 MiB", "is this the right file?");
    return std::nullopt;
  }
  return parse_yaml(text, place.file, problems);
}

std::optional<bool> as_bool(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::scalar || !node.plain) return std::nullopt;
  std::string lower = node.text;
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (lower == "true") return true;
  if (lower == "false") return false;
  return std::nullopt;
}

}  // namespace referrald::config
