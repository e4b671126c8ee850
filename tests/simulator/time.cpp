#include "tests/simulator/time.hpp"

#include <array>

#include <fmt/format.h>

namespace referrald::simulator {
namespace {

namespace chr = std::chrono;

struct Civil {
  int year;
  unsigned month, day, hour, minute, second, fraction;
};

Civil civil(Time time) {
  const auto midnight = chr::floor<chr::days>(time);
  const chr::year_month_day date{midnight};
  const auto rest = static_cast<std::uint64_t>((time - midnight).count());
  const auto seconds = static_cast<unsigned>(rest / 10'000'000);
  return {static_cast<int>(date.year()),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          seconds / 3600,
          seconds / 60 % 60,
          seconds % 60,
          static_cast<unsigned>(rest % 10'000'000)};
}

void put(char* to, unsigned value, int digits) {
  for (int i = digits - 1; i >= 0; --i, value /= 10) to[i] = static_cast<char>('0' + value % 10);
}

// Takes text apart from the left; each step fails for good once one has failed.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  unsigned digits(std::size_t count) {
    unsigned value = 0;
    if (text_.size() < count) return fail();
    for (std::size_t i = 0; i < count; ++i) {
      if (text_[i] < '0' || text_[i] > '9') return fail();
      value = value * 10 + static_cast<unsigned>(text_[i] - '0');
    }
    text_.remove_prefix(count);
    return value;
  }

  bool take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void need(char c) {
    if (!take(c)) fail();
  }

  // .810144 as ticks; digits beyond the seventh are dropped.
  unsigned fraction() {
    unsigned value = 0;
    unsigned scale = 1'000'000;
    std::size_t count = 0;
    for (; !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; ++count) {
      value += static_cast<unsigned>(text_.front() - '0') * scale;
      scale /= 10;
      text_.remove_prefix(1);
    }
    return count == 0 ? fail() : value;
  }

  bool at_end() const { return text_.empty(); }
  bool good() const { return good_; }

 private:
  unsigned fail() {
    good_ = false;
    text_ = {};
    return 0;
  }

  std::string_view text_;
  bool good_ = true;
};

std::optional<Ticks> offset(Scanner& scan) {
  if (scan.at_end() || scan.take('Z')) return Ticks{};
  const bool east = scan.take('+');
  if (!east) scan.need('-');
  const unsigned hours = scan.digits(2);
  scan.take(':');
  const unsigned minutes = scan.digits(2);
  if (!scan.good() || hours > 14 || minutes > 59) return std::nullopt;
  const Ticks size = chr::hours{hours} + chr::minutes{minutes};
  return east ? size : -size;
}

}  // namespace

void append_time(std::string& out, Time time) {
  const Civil c = civil(time);
  std::array<char, 28> text{};
  put(text.data(), static_cast<unsigned>(c.year), 4);
  text[4] = text[7] = '-';
  put(&text[5], c.month, 2);
  put(&text[8], c.day, 2);
  text[10] = 'T';
  put(&text[11], c.hour, 2);
  text[13] = text[16] = ':';
  put(&text[14], c.minute, 2);
  put(&text[17], c.second, 2);
  std::size_t size = 19;
  if (c.fraction != 0) {
    text[19] = '.';
    put(&text[20], c.fraction, 7);
    size = 27;
    while (text[size - 1] == '0') --size;
  }
  text[size++] = 'Z';
  out.append(text.data(), size);
}

std::string format_time(Time time) {
  std::string text;
  append_time(text, time);
  return text;
}

std::string format_http_date(Time time) {
  static constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const Civil c = civil(time);
  const chr::weekday day{chr::floor<chr::days>(time)};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", days[day.c_encoding()], c.day,
                     months[c.month - 1], c.year, c.hour, c.minute, c.second);
}

std::optional<Time> parse_time(std::string_view text) {
  Scanner scan(text);
  const auto year = scan.digits(4);
  scan.need('-');
  const auto month = scan.digits(2);
  scan.need('-');
  const auto day = scan.digits(2);
  const chr::year_month_day date{chr::year{static_cast<int>(year)}, chr::month{month},
                                 chr::day{day}};
  if (!scan.good() || year == 0 || !date.ok()) return std::nullopt;
  const Time midnight{chr::sys_days{date}};
  if (scan.at_end()) return midnight;

  if (!scan.take(' ')) scan.need('T');
  const auto hour = scan.digits(2);
  scan.need(':');
  const auto minute = scan.digits(2);
  scan.need(':');
  const auto second = scan.digits(2);
  const Ticks fraction{scan.take('.') ? scan.fraction() : 0U};
  if (!scan.good() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const auto shift = offset(scan);
  if (!shift || !scan.good() || !scan.at_end()) return std::nullopt;
  return midnight + chr::hours{hour} + chr::minutes{minute} + chr::seconds{second} + fraction -
         *shift;
}

}  // namespace referrald::simulator
