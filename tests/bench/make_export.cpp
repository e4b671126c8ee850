// make_export ROWS [SEED] [--changed PERCENT] [--shuffle]: writes a Dynamics 365 lead export to
// stdout, "CSV UTF-8" as Excel saves it: byte order mark, CRLF, multi-line descriptions. All rows
// can be sent, ids are unique, and the same arguments give the same bytes.
//
// --changed gives so many of a hundred rows another estimated value, and half of these another
// topic; all others are the same bytes as without it. --shuffle writes the same rows in another
// order.

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace {

constexpr std::string_view kHeader =
    "\xEF\xBB\xBF(Do Not Modify) Lead,(Do Not Modify) Modified On,Topic,"
    "First Name,Last Name,Company Name,Email,Business Phone,No. of Employees,Street 1,City,"
    "State/Province,ZIP/Postal Code,Country/Region,Description,Est. Value,Currency,Est. Close Date,"
    "Status Reason,Deal Type,Solution Id\r\n";

struct Person {
  std::string_view first, last, mail;
};
struct Place {
  std::string_view street, city, state, postal_code, country, currency;
};

constexpr std::array kPeople = {
    Person{"Olivia", "Okafor", "olivia.okafor"},     Person{"Jörg", "Schäfer", "joerg.schaefer"},
    Person{"Siobhán", "O'Brien", "siobhan.obrien"},  Person{"Kenji", "Yamamoto", "kenji.yamamoto"},
    Person{"Élodie", "Tremblay", "elodie.tremblay"}, Person{"Ananya", "Iyer", "ananya.iyer"},
    Person{"Mateo", "Castellanos", "mateo.cast"},    Person{"美咲", "佐藤", "misaki.sato"},
    Person{"Åsa", "Sjöström", "asa.sjostrom"},       Person{"Grace", "Bennett", "grace.bennett"},
    Person{"Łukasz", "Wójcik", "lukasz.wojcik"},
};
constexpr std::array<std::string_view, 13> kCompanies = {"Contoso",
                                                         "Fabrikam",
                                                         "Northwind Traders",
                                                         "A. Datum",
                                                         "Adventure Works",
                                                         "Litware",
                                                         "Tailspin Toys",
                                                         "Trey Research",
                                                         "VanArsdel",
                                                         "Wide World Importers",
                                                         "Woodgrove Bank",
                                                         "Lamna Healthcare",
                                                         "\xE2\x80\x8BProseware"};
constexpr std::array<std::string_view, 5> kForms = {", Ltd.", " GmbH", " Holding", ", Inc.",
                                                    " & Söhne"};
constexpr std::array kPlaces = {
    Place{"4567 Main Street", "Redmond", "WA", "98052", "United States", "USD"},
    Place{"77 Harbor Point, Suite 1200", "Boston", "MA", "02110", "USA", "USD"},
    Place{"Leopoldstraße 244", "München", "Bayern", "80807", "Germany", "EUR"},
    Place{"7 Houndstooth Road", "London", "", "EC2A 4NE", "United Kingdom", "GBP"},
    Place{"Boulevard du Port 22", "Abidjan", "", "01 BP 1240", "Côte d'Ivoire", "XOF"},
    Place{"みなと 2-14-6", "大阪市", "大阪府", "552-0021", "Japan", "JPY"},
    Place{"Snickargatan 5", "Jönköping", "", "553 16", "Sweden", "SEK"},
};
constexpr std::array<std::string_view, 7> kTopics = {
    "Storage renewal",           "SQL Server 2014 to Azure SQL", "Teams telephony, 240 extensions",
    "Power BI for the board",    "Azure Virtual Desktop",        "Backup and disaster recovery",
    "Dynamics 365 Sales rollout"};
constexpr std::array<std::string_view, 6> kDescriptions = {
    "Their project files sit on two filers that go out of support in March.",
    "Month-end reporting takes nine working days, and the board wants one number for stock.",
    "They said \"not another pilot, please\".\n\nNext: workshop on site, half a day.",
    "",
    "Call of Tuesday:\n- budget approved in principle\n- IT is one and a half people\n- they "
    "compare us "
    "with one other partner",
    "The last restore test failed; the report to the owners is due 🙂"};

// SplitMix64's: each bit of the result hangs on each bit of the number.
std::uint64_t mix(std::uint64_t number) {
  number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9U;
  number = (number ^ (number >> 27)) * 0x94D049BB133111EBU;
  return number ^ (number >> 31);
}

// One multiplication chain per number, the same on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() { return mix(state_ += 0x9E3779B97F4A7C15U); }
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }
  template <typename List>
  const auto& one_of(const List& list) {
    return list[below(list.size())];
  }

 private:
  std::uint64_t state_;
};

// The numbers below `size` in another order, none of them in memory: a Feistel network over the
// next power of four, walked on from numbers that are too large.
class Permutation {
 public:
  Permutation(std::uint64_t size, std::uint64_t key) : size_(size), key_(key) {
    while (size_ > std::uint64_t{1} << (2 * half_)) ++half_;
  }
  std::uint64_t operator()(std::uint64_t number) const {
    const std::uint64_t mask = (std::uint64_t{1} << half_) - 1;
    do {
      std::uint64_t left = number >> half_;
      std::uint64_t right = number & mask;
      for (std::uint64_t round = 1; round <= 4; ++round) {
        const std::uint64_t next = left ^ (mix(right + mix(key_ + round)) & mask);
        left = right;
        right = next;
      }
      number = left << half_ | right;
    } while (number >= size_);
    return number;
  }

 private:
  std::uint64_t size_;
  std::uint64_t key_;
  unsigned half_ = 1;
};

struct Wanted {
  std::uint64_t rows = 0;
  std::uint64_t seed = 1;
  double changed = 0;  // per cent
  bool shuffled = false;
};

class Export {
 public:
  explicit Export(const Wanted& wanted)
      : wanted_(wanted),
        order_(wanted.rows, mix(wanted.seed ^ 1)),
        order_of_change_(wanted.rows, mix(wanted.seed ^ 2)),
        ids_(std::uint64_t{1} << 48, mix(wanted.seed ^ 3)),
        changed_rows_(static_cast<std::uint64_t>(
            std::llround(static_cast<double>(wanted.rows) * wanted.changed / 100))) {}

  void append(std::string& out, std::uint64_t place) {
    out_ = &out;
    const std::uint64_t row = wanted_.shuffled ? order_(place) : place;
    random_ = Random(mix(wanted_.seed + mix(row)));
    is_changed_ = changed_rows_ > 0 && order_of_change_(row) < changed_rows_;
    append_crm_columns(row);
    append_customer();
    append_deal();
    out.back() = '\r';
    out += '\n';
  }

 private:
  void cell(std::string_view text) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
      *out_ += text;
    } else {
      *out_ += '"';
      for (const char c : text) {
        if (c == '"') *out_ += '"';
        *out_ += c;
      }
      *out_ += '"';
    }
    *out_ += ',';
  }

  void append_crm_columns(std::uint64_t row) {
    // No two rows share the last 48 bits.
    const std::uint64_t high = random_.next();
    cell(fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", high >> 32, high >> 16 & 0xFFFF,
                     high >> 4 & 0xFFF, 0x8000 | (random_.next() & 0x3FFF), ids_(row)));
    cell(fmt::format("{}/{}/2026 {}:{:02} {}", random_.below(10) + 1, random_.below(28) + 1,
                     random_.below(12) + 1, random_.below(60),
                     random_.below(2) == 0 ? "AM" : "PM"));
    cell(fmt::format("{} ({}){}", random_.one_of(kTopics), row + 1,
                     is_changed_ && row % 2 == 0 ? ", second phase" : ""));
  }

  void append_customer() {
    const Person& contact = random_.one_of(kPeople);
    const Place& place = random_.one_of(kPlaces);
    cell(contact.first);
    cell(contact.last);
    cell(fmt::format("{}{}", random_.one_of(kCompanies), random_.one_of(kForms)));
    cell(fmt::format("{}{}@example.com", contact.mail, random_.below(1000)));
    cell(fmt::format("+1 206-555-01{:02}", random_.below(100)));
    cell(fmt::format("{}", random_.below(9000) + 1));
    cell(place.street);
    cell(place.city);
    cell(place.state);
    cell(place.postal_code);
    cell(place.country);
    currency_ = place.currency;
  }

  void append_deal() {
    cell(random_.one_of(kDescriptions));
    const std::uint64_t value = random_.below(500000) + (is_changed_ ? 501000 : 1000);
    cell(fmt::format("{}.{:02}", value, random_.below(4) * 25));
    cell(currency_);
    cell(fmt::format("{:02}/{:02}/2027", random_.below(12) + 1, random_.below(28) + 1));
    cell(random_.below(3) == 0 ? "Contacted" : "Qualified");
    const std::uint64_t kind = random_.below(100);
    const bool co_sell = kind >= 85;
    cell(co_sell ? "Co-sell" : kind >= 60 ? "Partner-led" : "Private");
    cell(co_sell ? "SOL-48211-KQT" : "");
  }

  const Wanted wanted_;
  const Permutation order_, order_of_change_, ids_;
  const std::uint64_t changed_rows_;  // the first so many of their order
  Random random_{0};                  // of one row: whatever the order, it is the same row
  bool is_changed_ = false;
  std::string* out_ = nullptr;
  std::string_view currency_;
};

template <typename Number>
bool read_number(std::string_view text, Number& number) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && stop == end;
}

bool read_arguments(int argc, char** argv, Wanted& wanted) {
  int numbers = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    bool understood = true;
    if (argument == "--shuffle")
      wanted.shuffled = true;
    else if (argument == "--changed")
      understood = ++i < argc && read_number(argv[i], wanted.changed) && wanted.changed >= 0 &&
                   wanted.changed <= 100;
    else
      understood =
          ++numbers <= 2 && read_number(argument, numbers == 1 ? wanted.rows : wanted.seed);
    if (!understood) return false;
  }
  return numbers > 0;
}

}  // namespace

int main(int argc, char** argv) {
  Wanted wanted;
  if (!read_arguments(argc, argv, wanted)) {
    std::fputs("usage: make_export ROWS [SEED] [--changed PERCENT] [--shuffle] > leads.csv\n",
               stderr);
    return 64;
  }
  Export leads(wanted);
  std::string out(kHeader);
  for (std::uint64_t place = 0; place < wanted.rows; ++place) {
    leads.append(out, place);
    if (out.size() < std::size_t{1} << 20) continue;
    if (std::fwrite(out.data(), 1, out.size(), stdout) != out.size()) break;
    out.clear();
  }
  if (!out.empty()) std::fwrite(out.data(), 1, out.size(), stdout);
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    std::perror("make_export: cannot write");
    return 74;
  }
  return 0;
}
