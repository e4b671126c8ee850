#include "mapping/html_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "mapping/names.hpp"
#include "mapping/readers/row_reader.hpp"

namespace referrald::mapping {
namespace {

// U+00A0 to U+00FF, in order.
constexpr std::array<std::string_view, 96> latin_1{
    "nbsp",   "iexcl",  "cent",   "pound",  "curren", "yen",    "brvbar", "sect",   "uml",
    "copy",   "ordf",   "laquo",  "not",    "shy",    "reg",    "macr",   "deg",    "plusmn",
    "sup2",   "sup3",   "acute",  "micro",  "para",   "middot", "cedil",  "sup1",   "ordm",
    "raquo",  "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc",  "Atilde",
    "Auml",   "Aring",  "AElig",  "Ccedil", "Egrave", "Eacute", "Ecirc",  "Euml",   "Igrave",
    "Iacute", "Icirc",  "Iuml",   "ETH",    "Ntilde", "Ograve", "Oacute", "Ocirc",  "Otilde",
    "Ouml",   "times",  "Oslash", "Ugrave", "Uacute", "Ucirc",  "Uuml",   "Yacute", "THORN",
    "szlig",  "agrave", "aacute", "acirc",  "atilde", "auml",   "aring",  "aelig",  "ccedil",
    "egrave", "eacute", "ecirc",  "euml",   "igrave", "iacute", "icirc",  "iuml",   "eth",
    "ntilde", "ograve", "oacute", "ocirc",  "otilde", "ouml",   "divide", "oslash", "ugrave",
    "uacute", "ucirc",  "uuml",   "yacute", "thorn",  "yuml"};

struct Entity {
  std::string_view name;
  std::uint32_t point;
};
constexpr std::array others{
    Entity{"amp", '&'},       Entity{"lt", '<'},        Entity{"gt", '>'},
    Entity{"quot", '"'},      Entity{"apos", '\''},     Entity{"euro", 0x20AC},
    Entity{"ndash", 0x2013},  Entity{"mdash", 0x2014},  Entity{"lsquo", 0x2018},
    Entity{"rsquo", 0x2019},  Entity{"sbquo", 0x201A},  Entity{"ldquo", 0x201C},
    Entity{"rdquo", 0x201D},  Entity{"bdquo", 0x201E},  Entity{"lsaquo", 0x2039},
    Entity{"rsaquo", 0x203A}, Entity{"hellip", 0x2026}, Entity{"bull", 0x2022},
    Entity{"trade", 0x2122},  Entity{"dagger", 0x2020}, Entity{"permil", 0x2030},
    Entity{"ensp", 0x2002},   Entity{"emsp", 0x2003},   Entity{"thinsp", 0x2009},
    Entity{"zwnj", 0x200C},   Entity{"zwj", 0x200D},    Entity{"lrm", 0x200E},
    Entity{"rlm", 0x200F},    Entity{"larr", 0x2190},   Entity{"rarr", 0x2192},
    Entity{"minus", 0x2212},  Entity{"ne", 0x2260},     Entity{"le", 0x2264},
    Entity{"ge", 0x2265},     Entity{"infin", 0x221E},  Entity{"OElig", 0x152},
    Entity{"oelig", 0x153},   Entity{"Scaron", 0x160},  Entity{"scaron", 0x161},
    Entity{"Yuml", 0x178},    Entity{"circ", 0x2C6},    Entity{"tilde", 0x2DC},
};

// Their content is no text.
constexpr std::array<std::string_view, 5> silent{"script", "style", "head", "title", "template"};
// They begin and end a line.
constexpr std::array<std::string_view, 26> blocks{
    "p",       "div",  "li",     "ul",     "ol",      "dl",      "dt",         "dd",  "tr",
    "table",   "h1",   "h2",     "h3",     "h4",      "h5",      "h6",         "hr",  "pre",
    "section", "form", "header", "footer", "article", "address", "blockquote", "body"};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

void append_point(std::string& out, std::uint32_t point) {
  const auto byte = [&](std::uint32_t bits) { out += static_cast<char>(bits); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xC0U | point >> 6U);
    byte(0x80U | (point & 0x3FU));
  } else if (point < 0x10000) {
    byte(0xE0U | point >> 12U);
    byte(0x80U | (point >> 6U & 0x3FU));
    byte(0x80U | (point & 0x3FU));
  } else {
    byte(0xF0U | point >> 18U);
    byte(0x80U | (point >> 12U & 0x3FU));
    byte(0x80U | (point >> 6U & 0x3FU));
    byte(0x80U | (point & 0x3FU));
  }
}

// 0: none of them, or no character that text can hold.
std::uint32_t named_point(std::string_view name) {
  const auto* latin = std::ranges::find(latin_1, name);
  if (latin != latin_1.end()) return 0xA0U + static_cast<std::uint32_t>(latin - latin_1.begin());
  const auto* other = std::ranges::find(others, name, &Entity::name);
  return other == others.end() ? 0 : other->point;
}

std::uint32_t numbered_point(std::string_view digits) {
  const bool hex = digits.starts_with('x') || digits.starts_with('X');
  if (hex) digits.remove_prefix(1);
  std::uint32_t point = 0;
  for (const char c : digits) {
    const bool letter = hex && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
    if (!is_digit(c) && !letter) return 0;
    const int value = is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
    point = point * (hex ? 16U : 10U) + static_cast<std::uint32_t>(value);
    if (point > 0x10FFFF) return 0;
  }
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  const bool control = point < 0x20 && point != '\t' && point != '\n' && point != '\r';
  return surrogate || control ? 0 : point;
}

class Reader {
 public:
  explicit Reader(std::string_view html) : html_(html) {}

  std::string text() {
    has_tags_ = next_tag(0) != std::string_view::npos;
    while (at_ < html_.size()) {
      if (html_[at_] == '<' && begins_tag(at_))
        tag();
      else if (html_[at_] == '&')
        entity();
      else
        character();
    }
    return std::string(trim(out_));
  }

 private:
  bool begins_tag(std::size_t at) const {
    const char next = at + 1 < html_.size() ? html_[at + 1] : '\0';
    const char behind = at + 2 < html_.size() ? html_[at + 2] : '\0';
    const bool named = is_letter(next) || (next == '/' && is_letter(behind));
    return (named || next == '!' || next == '?') && tag_end(at) != std::string_view::npos;
  }

  std::size_t next_tag(std::size_t from) const {
    for (auto at = html_.find('<', from); at != std::string_view::npos;
         at = html_.find('<', at + 1))
      if (begins_tag(at)) return at;
    return std::string_view::npos;
  }

  // Behind the > of the tag; npos when it has none, and then neither has any tag behind it.
  std::size_t tag_end(std::size_t at) const {
    if (at >= no_end_from_) return std::string_view::npos;
    auto end = html_.substr(at).starts_with("<!--") ? comment_end(at) : quoted_end(at);
    // An odd quote: browsers differ; the next > ends the tag here.
    if (end == std::string_view::npos) end = html_.find('>', at);
    if (end != std::string_view::npos) return html_.find('>', end) + 1;
    no_end_from_ = at;
    return end;
  }

  std::size_t comment_end(std::size_t at) const {
    if (open_comment_) return std::string_view::npos;
    const auto end = html_.find("-->", at + 2);
    open_comment_ = end == std::string_view::npos;
    return end;
  }

  // The > of a tag, those in quoted attributes left out. Looks at no more than a tag can sensibly
  // have, so that many open quotes cost no square of the length.
  std::size_t quoted_end(std::size_t at) const {
    constexpr std::size_t longest = 4096;
    char quote = '\0';
    const auto stop = std::min(html_.size(), at + longest);
    for (auto i = at + 1; i < stop; ++i) {
      const char c = html_[i];
      if (quote != '\0') {
        if (c == quote) quote = '\0';
      } else if ((c == '"' || c == '\'') && html_[i - 1] == '=') {
        quote = c;
      } else if (c == '>') {
        return i;
      }
    }
    return std::string_view::npos;
  }

  void tag() {
    const auto end = tag_end(at_);
    const bool closes = html_[at_ + 1] == '/';
    auto name_at = at_ + (closes ? 2U : 1U);
    auto name_end = name_at;
    while (name_end < end && (is_letter(html_[name_end]) || is_digit(html_[name_end]))) ++name_end;
    const std::string name = to_lower(html_.substr(name_at, name_end - name_at));
    at_ = end;
    if (!closes && std::ranges::find(silent, name) != silent.end()) return skip_to_end_of(name);
    if (name == "br")
      line_end();
    else if (std::ranges::find(blocks, name) != blocks.end())
      block();
    else if (name == "td" || name == "th")
      blank();
    if (name == "li" && !closes) add("- ");
  }

  void skip_to_end_of(const std::string& name) {
    for (auto at = html_.find("</", at_); at != std::string_view::npos;
         at = html_.find("</", at + 2))
      if (to_lower(html_.substr(at + 2, name.size())) == name) {
        const auto end = html_.find('>', at);
        at_ = end == std::string_view::npos ? html_.size() : end + 1;
        return;
      }
    at_ = html_.size();
  }

  void entity() {
    constexpr std::size_t longest = 10;
    const auto end = html_.substr(at_ + 1, longest).find(';');
    const auto name =
        end == std::string_view::npos ? std::string_view{} : html_.substr(at_ + 1, end);
    const std::uint32_t point = name.empty()          ? 0
                                : name.front() == '#' ? numbered_point(name.substr(1))
                                                      : named_point(name);
    if (point == 0) return character();
    at_ += name.size() + 2;
    constexpr std::uint32_t no_break_space = 0xA0;
    constexpr std::uint32_t soft_hyphen = 0xAD;
    if (point == no_break_space) return blank();
    if (point == soft_hyphen) return;
    std::string one;
    append_point(one, point);
    add(one);
  }

  void character() {
    const char c = html_[at_++];
    if (has_tags_ && is_blank(c))
      blank();
    else
      add(std::string_view(&c, 1));
  }

  void add(std::string_view text) {
    if (blank_ && !out_.empty() && out_.back() != '\n') out_ += ' ';
    blank_ = false;
    out_ += text;
  }
  void blank() { blank_ = true; }
  // At most one line stays empty.
  void line_end() {
    blank_ = false;
    if (!out_.empty() && !out_.ends_with("\n\n")) out_ += '\n';
  }
  void block() {
    blank_ = false;
    if (!out_.empty() && out_.back() != '\n') out_ += '\n';
  }

  std::string_view html_;
  std::string out_;
  std::size_t at_ = 0;
  // What was looked for in vain is not looked for again, so that time stays linear.
  mutable std::size_t no_end_from_ = std::string_view::npos;
  mutable bool open_comment_ = false;
  bool has_tags_ = false;
  bool blank_ = false;
};

}  // namespace

std::string html_text(std::string_view html) {
  return Reader(html).text();
}

}  // namespace referrald::mapping
