// Which number formats show a date.
#include "mapping/readers/xlsx_values.hpp"

namespace referrald::mapping {
namespace {

using Shown = NumberFormat::Kind;

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool starts_with_no_case(std::string_view text, std::string_view word) {
  if (text.size() < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (lower(text[i]) != word[i]) return false;
  }
  return true;
}

// What one section of a format code consists of, literal text left out.
struct Section {
  bool year_or_day = false;
  bool month_name = false;  // mmm and longer
  bool m = false;           // month or minute
  bool clock = false;       // h, s, AM/PM
  bool elapsed = false;     // [h], [mm], [ss]
  bool digits = false;      // a placeholder of a number: no date then
  bool condition = false;   // [<1]
  bool text = false;        // @, or anything else that is shown
  std::size_t zeros = 0;    // when it is nothing but zeros

  bool is_date() const {
    return !digits && (year_or_day || month_name || (m && !clock && !elapsed));
  }
  NumberFormat format() const {
    if (digits) {
      const bool code = zeros >= 2 && zeros <= 64;
      return code ? NumberFormat{Shown::zeros, static_cast<std::uint8_t>(zeros)} : NumberFormat{};
    }
    if (is_date()) return {clock || elapsed ? Shown::date_time : Shown::date, 0};
    if (elapsed) return {Shown::duration, 0};
    if (clock || m) return {Shown::time, 0};
    return {};
  }
};

// Reads one section of a code, up to its ";" or the end.
class SectionReader {
 public:
  explicit SectionReader(std::string_view& code) : code_(code) {}

  Section read() {
    while (!code_.empty() && code_.front() != ';') step();
    if (!code_.empty()) code_.remove_prefix(1);
    if (found_.text || found_.m || found_.clock || found_.year_or_day || other_digits_)
      found_.zeros = 0;
    return found_;
  }

 private:
  void skip(std::size_t count) { code_.remove_prefix(count < code_.size() ? count : code_.size()); }

  void bracket() {
    const std::size_t end = code_.find(']');
    const std::string_view inside = code_.substr(1, end == std::string_view::npos ? end : end - 1);
    skip(end == std::string_view::npos ? code_.size() : end + 1);
    if (inside.empty()) return;
    const char c = lower(inside.front());
    if (c == '<' || c == '>' || c == '=') found_.condition = true;
    if (c != 'h' && c != 'm' && c != 's') return;
    for (const char same : inside) {
      if (lower(same) != c) return;  // a colour such as [magenta]
    }
    found_.elapsed = true;
    fraction_of_seconds();
  }

  std::size_t run() const {
    std::size_t count = 1;
    while (count < code_.size() && lower(code_[count]) == lower(code_.front())) ++count;
    return count;
  }

  void letters() {
    const std::size_t count = run();
    const char c = lower(code_.front());
    const bool exponent = c == 'e' && count < code_.size() && count == 1 &&
                          (code_[1] == '+' || code_[1] == '-') && found_.digits;
    switch (c) {
      case 'y':
      case 'd':
      case 'b':  // Buddhist year
      case 'g':  // era
        found_.year_or_day = true;
        break;
      case 'e':  // year of an era, unless the exponent of 0.00E+00
        if (!exponent) found_.year_or_day = true;
        break;
      case 'm':
        (count >= 3 ? found_.month_name : found_.m) = true;
        break;
      case 'a':  // day of the week in Japanese formats
        (count >= 3 ? found_.year_or_day : found_.text) = true;
        break;
      case 'h':
      case 's':
        found_.clock = true;
        break;
      default:
        found_.text = true;
    }
    skip(count);
    if (c == 's') fraction_of_seconds();
  }

  void fraction_of_seconds() {  // ".000"
    if (!code_.starts_with(".0")) return;
    skip(1);
    while (code_.starts_with('0')) skip(1);
  }

  void step() {
    const char c = code_.front();
    if (c == '"') {
      const std::size_t end = code_.find('"', 1);
      found_.text = true;
      return skip(end == std::string_view::npos ? code_.size() : end + 1);
    }
    if (c == '\\' || c == '_' || c == '*') {
      found_.text = true;
      return skip(2);
    }
    if (c == '[') return bracket();
    if (starts_with_no_case(code_, "general")) {
      found_.digits = other_digits_ = true;
      return skip(7);
    }
    if (starts_with_no_case(code_, "am/pm")) return meridiem(5);
    if (starts_with_no_case(code_, "a/p")) return meridiem(3);
    if (c == '0') {
      found_.digits = true;
      ++found_.zeros;
      return skip(1);
    }
    if (c == '#' || c == '?') {
      found_.digits = other_digits_ = true;
      return skip(1);
    }
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return letters();
    found_.text = true;
    skip(1);
  }

  void meridiem(std::size_t size) {
    found_.clock = true;
    skip(size);
  }

  std::string_view& code_;
  Section found_;
  bool other_digits_ = false;
};

}  // namespace

NumberFormat builtin_format(unsigned id) {
  if (id >= 14 && id <= 17) return {Shown::date, 0};
  if (id >= 18 && id <= 21) return {Shown::time, 0};
  if (id == 22) return {Shown::date_time, 0};
  // East Asian dates; some are times in some languages, and then below 1, which tells them apart.
  if ((id >= 27 && id <= 36) || (id >= 50 && id <= 58)) return {Shown::date, 0};
  if (id == 45 || id == 47) return {Shown::time, 0};
  if (id == 46) return {Shown::duration, 0};
  return {};
}

NumberFormat format_of_code(std::string_view code) {
  const Section first = SectionReader(code).read();
  // With a condition, which section shows a number depends on the number: a date in any of them
  // makes it one.
  if (first.condition && !first.is_date()) {
    while (!code.empty()) {
      const Section other = SectionReader(code).read();
      if (other.is_date()) return other.format();
    }
  }
  return first.format();
}

}  // namespace referrald::mapping
