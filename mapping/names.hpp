// Names as people write them, found again whatever their case, accents and punctuation.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace referrald::mapping {

// For maps with std::string keys that are searched by string_view.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};
template <class T>
using TextMap = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

// Letters and digits only, in lower case, without accents; "&" becomes "and", a leading "the" goes.
std::string fold_name(std::string_view text);

// Of an ASCII letter; any other byte as it is.
constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Upper and lower case of all of Unicode, independent of any language.
std::string to_upper(std::string_view text);
std::string to_lower(std::string_view text);

// Whether the text holds a blank, a control character or a character without width, of any kind
// that Unicode knows.
bool has_blank(std::string_view text);

// Whether all of the text is letters, of any alphabet, digits, hyphens and dots.
bool is_host_name(std::string_view text);

// Whether nobody can see a difference: other kinds of blanks, characters without width, accents
// that are characters of their own.
bool looks_like(std::string_view a, std::string_view b);

// Names with their codes. A name added with two codes is ambiguous and not found.
class NameIndex {
 public:
  void add(std::string_view name, std::string_view code);
  // Adds to names with umlauts how they are written without: "Oesterreich".
  void add_without_umlauts();
  // Makes a name unknown though a list has it.
  void forbid(std::string_view name);
  // The code, or nullptr.
  const std::string* find(std::string_view text) const;
  // The same for a text that is folded already.
  const std::string* find(std::string_view text, const std::string& folded) const;
  // The name nearest to `text` with its code, "Germany (DE)".
  std::optional<std::string> nearest(std::string_view text) const;

 private:
  TextMap<std::string> codes_;  // folded name → code; an empty code: ambiguous
  std::vector<std::string> names_;
};

// The names in the language of a locale, made when they are first asked for, and kept. Thread-safe.
class NamesByLanguage {
 public:
  explicit NamesByLanguage(NameIndex (*make)(const std::string& language)) : make_(make) {}
  const NameIndex& of(std::string_view locale);

 private:
  NameIndex (*make_)(const std::string&);
  std::mutex mutex_;
  TextMap<NameIndex> made_;
};

}  // namespace referrald::mapping
