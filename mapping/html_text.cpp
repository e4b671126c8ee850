#include "mapping/html_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "mapping/names.hpp"
#include "mapping/readers/ascii.hpp"
#include "mapping/readers/row_reader.hpp"
#include "mapping/readers/utf8.hpp"

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

// What browsers make of the numbers 128 to 159: the characters of Windows-1252. 0: none.
constexpr std::array<std::uint32_t, 32> windows_1252{
    0x20AC, 0,      0x201A, 0x192,  0x201E, 0x2026, 0x2020, 0x2021, 0x2C6,  0x2030, 0x160,
    0x2039, 0x152,  0,      0x17D,  0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x2DC,  0x2122, 0x161,  0x203A, 0x153,  0,      0x17E,  0x178};

// Their content is no text.
constexpr std::array<std::string_view, 5> silent{"script", "style", "head", "title", "template"};
// They begin and end a line.
constexpr std::array<std::string_view, 26> blocks{
    "p",       "div",  "li",     "ul",     "ol",      "dl",      "dt",         "dd",  "tr",
    "table",   "h1",   "h2",     "h3",     "h4",      "h5",      "h6",         "hr",  "pre",
    "section", "form", "header", "footer", "article", "address", "blockquote", "body"};

// The elements of HTML, the obsolete ones and those of drawings included, in order.
constexpr std::array<std::string_view, 142> elements{
    "a",        "abbr",     "acronym",    "address",    "applet",   "area",     "article",
    "aside",    "audio",    "b",          "base",       "basefont", "bdi",      "bdo",
    "bgsound",  "big",      "blink",      "blockquote", "body",     "br",       "button",
    "canvas",   "caption",  "center",     "circle",     "cite",     "code",     "col",
    "colgroup", "data",     "datalist",   "dd",         "defs",     "del",      "details",
    "dfn",      "dialog",   "dir",        "div",        "dl",       "dt",       "em",
    "embed",    "fieldset", "figcaption", "figure",     "font",     "footer",   "form",
    "frame",    "frameset", "g",          "h1",         "h2",       "h3",       "h4",
    "h5",       "h6",       "head",       "header",     "hgroup",   "hr",       "html",
    "i",        "iframe",   "image",      "img",        "input",    "ins",      "kbd",
    "label",    "legend",   "li",         "line",       "link",     "main",     "map",
    "mark",     "marquee",  "math",       "menu",       "meta",     "meter",    "nav",
    "nobr",     "noframes", "noscript",   "object",     "ol",       "optgroup", "option",
    "output",   "p",        "param",      "path",       "picture",  "polygon",  "polyline",
    "pre",      "progress", "q",          "rect",       "rp",       "rt",       "ruby",
    "s",        "samp",     "script",     "search",     "section",  "select",   "slot",
    "small",    "source",   "span",       "strike",     "strong",   "style",    "sub",
    "summary",  "sup",      "svg",        "table",      "tbody",    "td",       "template",
    "textarea", "tfoot",    "th",         "thead",      "time",     "title",    "tr",
    "track",    "tt",       "u",          "ul",         "var",      "video",    "wbr",
    "xml",      "xmp"};
// Attributes that may stand without a value, in order.
constexpr std::array<std::string_view, 35> flags{
    "allowfullscreen", "alt",      "async",      "autofocus", "autoplay", "border",
    "checked",         "class",    "compact",    "controls",  "default",  "defer",
    "disabled",        "download", "hidden",     "id",        "inert",    "ismap",
    "itemscope",       "lang",     "loop",       "multiple",  "muted",    "nohref",
    "nomodule",        "noshade",  "novalidate", "nowrap",    "open",     "playsinline",
    "readonly",        "required", "reversed",   "selected",  "style"};
static_assert(std::ranges::is_sorted(elements) && std::ranges::is_sorted(flags));

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
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
  if (point >= 0x80 && point <= 0x9F) return windows_1252[point - 0x80];
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  const bool control = point < 0x20 && point != '\t' && point != '\n' && point != '\r';
  return surrogate || control ? 0 : point;
}

// `names` are in order, and in small letters.
template <std::size_t count>
bool is_one_of(const std::array<std::string_view, count>& names, std::string_view name) {
  constexpr std::size_t longest = 16;
  return name.size() <= longest && std::ranges::binary_search(names, to_lower(name));
}

// "o:p" and the like, which Office writes. A scheme such as http: is longer, tel: has digits.
bool has_namespace(std::string_view name) {
  const auto colon = name.find(':');
  return colon <= 3 && colon + 1 < name.size() && is_letter(name[colon + 1]);
}

// Whether what stands behind the < is a tag's: a known name, and then nothing or attributes.
// "<ada@contoso.com>" is none, and neither is "<a lot of money>". Reads no further than to the next
// < or >.
class TagShape {
 public:
  explicit TagShape(std::string_view text) : rest_(text) {}

  bool is_tag() {
    if (rest_.starts_with("!"))
      return rest_.starts_with("!--") || rest_.starts_with("![") ||
             to_lower(rest_.substr(0, 8)) == "!doctype";
    if (rest_.starts_with("?")) return to_lower(rest_.substr(0, 4)) == "?xml";
    const bool closes = rest_.starts_with("/");
    if (closes) rest_.remove_prefix(1);
    const auto name = take_while([](char c) { return is_letter(c) || is_digit(c) || c == ':'; });
    if (name.empty() || !is_letter(name.front())) return false;
    if (!has_namespace(name) && !is_one_of(elements, name)) return false;
    return at_end() || (is_blank(rest_.front()) && attributes(closes)) || rest_.starts_with("/>");
  }

 private:
  bool at_end() const { return rest_.empty() || rest_.front() == '<' || rest_.front() == '>'; }

  template <class Is>
  std::string_view take_while(const Is& is) {
    const auto length =
        static_cast<std::size_t>(std::ranges::find_if_not(rest_, is) - rest_.begin());
    const auto out = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return out;
  }

  // Up to the first attribute with a value: then there is no doubt.
  bool attributes(bool closes) {
    while (true) {
      take_while([](char c) { return is_blank(c) || c == '/'; });
      if (at_end()) return true;
      if (closes) return false;
      const auto name = take_while(
          [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == ':' || c == '_'; });
      take_while(is_blank);
      if (rest_.starts_with("=")) return !name.empty();
      if (!name.starts_with("data-") && !is_one_of(flags, name)) return false;
    }
  }

  std::string_view rest_;
};

class Reader {
 public:
  explicit Reader(std::string_view html) : html_(html) {}

  std::string text() {
    has_tags_ = next_tag(0) != std::string_view::npos;
    while (at_ < html_.size()) {
      if (html_[at_] == '<' && begins_data(at_))
        at_ += data_start.size();
      else if (at_ == data_end_ && at_ > 0)
        at_ += data_stop.size();
      else if (html_[at_] == '<' && begins_tag(at_))
        tag();
      else if (html_[at_] == '&')
        entity();
      else
        character();
    }
    return std::string(trim(out_));
  }

 private:
  static constexpr std::string_view data_start = "<![CDATA[";
  static constexpr std::string_view data_stop = "]]>";

  // What stands between <![CDATA[ and ]]> is read like all else: exports put HTML there.
  bool begins_data(std::size_t at) {
    if (!html_.substr(at).starts_with(data_start)) return false;
    const auto inside = at + data_start.size();
    if (data_end_ < inside) data_end_ = html_.find(data_stop, inside);
    return data_end_ != std::string_view::npos;
  }

  bool begins_tag(std::size_t at) const {
    return TagShape(html_.substr(at + 1)).is_tag() && tag_end(at) != std::string_view::npos;
  }

  std::size_t next_tag(std::size_t from) const {
    for (auto at = html_.find('<', from); at != std::string_view::npos;
         at = html_.find('<', at + 1))
      if (!html_.substr(at).starts_with(data_start) && begins_tag(at)) return at;
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
    if (name == "pre") preformatted(!closes);
    if (!closes && std::ranges::find(silent, name) != silent.end()) return skip_to_end_of(name);
    if (name == "br")
      line_end();
    else if (std::ranges::find(blocks, name) != blocks.end())
      block();
    else if (name == "td" || name == "th")
      blank();
    if (name == "li" && !closes) add("- ");
  }

  // The line end right behind <pre> is none of its text.
  void preformatted(bool begins) {
    preformatted_ = begins;
    if (begins && html_.substr(at_).starts_with("\r\n"))
      at_ += 2;
    else if (begins && html_.substr(at_).starts_with("\n"))
      ++at_;
  }

  // A title or template that nothing ends is no reason to lose all the text behind it.
  void skip_to_end_of(const std::string& name) {
    if (std::ranges::find(unended_, name) != unended_.end()) return;
    for (auto at = html_.find("</", at_); at != std::string_view::npos;
         at = html_.find("</", at + 2))
      if (to_lower(html_.substr(at + 2, name.size())) == name) {
        const auto end = html_.find('>', at);
        at_ = end == std::string_view::npos ? html_.size() : end + 1;
        return;
      }
    if (name == "script" || name == "style")
      at_ = html_.size();
    else
      unended_.push_back(name);
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
    append_utf8(one, point);
    add(one);
  }

  void character() {
    const char c = html_[at_++];
    if (preformatted_ && c == '\n') {
      blank_ = false;
      out_ += '\n';
    } else if (has_tags_ && is_blank(c))
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
  std::vector<std::string> unended_;
  std::size_t data_end_ = 0;  // the ]]> that was found last
  bool has_tags_ = false;
  bool preformatted_ = false;
  bool blank_ = false;
};

}  // namespace

std::string html_text(std::string_view html) {
  return Reader(html).text();
}

}  // namespace referrald::mapping
