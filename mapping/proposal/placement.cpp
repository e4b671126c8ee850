#include "mapping/proposal/placement.hpp"

#include <algorithm>
#include <span>
#include <string_view>

#include <re2/re2.h>

#include "mapping/damaged_cell.hpp"
#include "mapping/names.hpp"
#include "mapping/proposal/detect.hpp"

namespace referrald::mapping {
namespace {

// The static worksheet's hidden columns: "(Do Not Modify) Lead", in the user's language.
constexpr std::string_view do_not_modify[] = {
    "(Do Not Modify)", "(Nicht ändern)",   "(Nicht verändern)", "(Ne pas modifier)",
    "(No modificar)",  "(Non modificare)", "(Niet wijzigen)"};

// What the numbers of other records are called, and numbers that are no record's.
constexpr std::string_view other_records[] = {
    "account",  "contact",   "customer",   "owner",   "parent",   "company",      "organization",
    "user",     "campaign",  "person",     "partner", "vendor",   "organisation", "client",
    "kunde",    "firma",     "firmen",     "konto",   "besitzer", "benutzer",     "ansprechpartner",
    "kampagne", "compte",    "societe",    "cuenta",  "empresa",  "azienda",      "klant",
    "bedrijf",  "createdby", "modifiedby", "product", "pipeline"};
constexpr std::string_view no_records[] = {"phone", "telefon", "telefoon", "mobil", "fax",  "post",
                                           "zip",   "vat",     "tax",      "paid",  "valid"};

bool speaks_of(std::string_view folded, std::span<const std::string_view> words) {
  return std::ranges::any_of(
      words, [&](std::string_view word) { return folded.find(word) != std::string_view::npos; });
}

bool is_guid(std::string_view text) {
  if (text.starts_with('{') && text.ends_with('}')) text = text.substr(1, text.size() - 2);
  constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  return text.size() == form.size() &&
         std::equal(text.begin(), text.end(), form.begin(), [](char c, char f) {
           return f == '-' ? c == '-' : std::isxdigit(static_cast<unsigned char>(c)) != 0;
         });
}

bool holds_guids(const SampleColumn& column) {
  return std::ranges::all_of(column.values, is_guid);
}

class Placer {
 public:
  explicit Placer(const Sample& sample) : sample_(sample) {}

  Placement place() {
    for (const auto& known : known_exports()) {
      const auto has = [&](std::string_view name) { return sample_.find(name) != nullptr; };
      if (placement_.known == nullptr && std::ranges::all_of(known.signature, has))
        placement_.known = &known;
    }
    own_names();
    if (!taken_[index(Role::id)]) worksheet_id();
    if (!taken_[index(Role::id)]) id_by_name();
    for (std::size_t i = 0; i < taken_.size(); ++i)
      if (!taken_[i]) by_name(static_cast<Role>(i));
    if (placement_.of(Role::id) == nullptr) guess_id();
    settle_id();
    settle_names();
    for (const auto& column : sample_.columns)
      if (!is_used(&column)) placement_.unplaced.push_back(&column);
    return std::move(placement_);
  }

 private:
  static std::size_t index(Role role) { return static_cast<std::size_t>(role); }

  bool is_used(const SampleColumn* column) const {
    const auto holds = [&](const auto& list) {
      return std::ranges::find(list, column) != list.end();
    };
    return holds(placement_.by_role) || holds(placement_.more_companies);
  }

  void put(Role role, const SampleColumn* column) {
    placement_.by_role[index(role)] = column;
    taken_[index(role)] = true;
  }

  void own_names() {
    if (placement_.known == nullptr) return;
    for (const auto& own : placement_.known->own) {
      const SampleColumn* column = own.column.empty() ? nullptr : sample_.find(own.column);
      const bool again = column != nullptr && placement_.of(own.role) != nullptr;
      if (again && own.role == Role::company)
        placement_.more_companies.push_back(column);
      else if (!again && (column != nullptr || own.column.empty()))
        put(own.role, column);
    }
  }

  // The first of them; checksum and time of change stand beside it.
  void worksheet_id() {
    for (const auto& column : sample_.columns)
      for (const auto prefix : do_not_modify)
        if (column.name.starts_with(prefix) && holds_guids(column)) return put(Role::id, &column);
  }

  bool is_of_one_row(const SampleColumn& column) const {
    return column.all_different && column.filled == sample_.present();
  }

  // A column with the same cell in two rows is another record's id.
  void id_by_name() {
    std::vector<const SampleColumn*> found;
    for (const auto name : names_of(Role::id)) {
      const auto* column = sample_.find(name);
      if (column != nullptr && !is_used(column)) found.push_back(column);
    }
    if (found.empty()) return;
    std::ranges::stable_partition(found, [&](const auto* one) { return is_of_one_row(*one); });
    put(Role::id, found.front());
    if (found.size() > 1 && sample_.present() > 1 && is_of_one_row(*found[1]))
      placement_.other_id = found[1];
  }

  void by_name(Role role) {
    for (const auto name : names_of(role)) {
      const auto* column = sample_.find(name);
      if (column == nullptr || is_used(column) || !fits(role, name, *column)) continue;
      return put(role, column);
    }
  }

  // Also where there are several of one name.
  bool any(Role role) const {
    return std::ranges::any_of(sample_.columns, [&](const SampleColumn& column) {
      const auto is = [&](std::string_view name) {
        return column.folded == name || (!column.alias.empty() && fold_name(column.alias) == name);
      };
      return std::ranges::any_of(names_of(role), is);
    });
  }

  // A column whose cells are something else in spite of its name.
  bool fits(Role role, std::string_view name, const SampleColumn& column) {
    const bool guids = !column.values.empty() && holds_guids(column);
    switch (role) {
      case Role::currency:
        // Which in some CRMs is the key of another table.
        return !guids && (name != "currencyid" || count_currencies(column.values, "en-US") > 0);
      case Role::name:
        // "Name" and "Title" of a person's row are the person's.
        if (name == "name" || name == "title") {
          const bool persons = any(Role::first_name) || any(Role::last_name) ||
                               (name == "title" && any(Role::full_name));
          if (persons && !guids) placement_.persons_columns.push_back(&column);
          return !guids && !persons;
        }
        return !guids;
      default:
        return !guids;
    }
  }

  // Different in every row, and called a number or key. A deal's row holds keys of other records
  // too, which differ until the second deal of one customer.
  void guess_id() {
    const bool deal = placement_.of(Role::name) != nullptr;
    for (const std::string_view ending :
         {"id", "number", "nummer", "no", "nr", "code", "key", "ref"})
      for (const auto& column : sample_.columns) {
        const bool sure = is_of_one_row(column) && sample_.present() > 1;
        if (!sure || is_used(&column) || !column.folded.ends_with(ending)) continue;
        if (speaks_of(column.folded, no_records)) continue;
        if (deal && speaks_of(column.folded, other_records)) continue;
        put(Role::id, &column);
        placement_.id_is_guessed = true;
        return;
      }
  }

  // As the shipped mappings have it: whoever goes on to one of them must not have other ids, and
  // send everything again. GUIDs are written in either case.
  void settle_id() {
    const SampleColumn* id = placement_.of(Role::id);
    if (id == nullptr || id->values.empty()) return;
    if (holds_guids(*id)) {
      placement_.id_filters = "lower";
      return;
    }
    const auto form = placement_.known == nullptr ? std::string_view{} : placement_.known->id_form;
    if (form.empty()) return;
    const re2::RE2 expression(re2::StringPiece(form.data(), form.size()));
    const auto alike =
        static_cast<std::size_t>(std::ranges::count_if(id->values, [&](const std::string& value) {
          return re2::RE2::FullMatch(value, expression);
        }));
    const bool shortened = std::ranges::any_of(
        id->values, [](const std::string& one) { return is_shortened_number(one); });
    if (2 * alike <= id->values.size() && !shortened) return;
    placement_.id_filters = "match '" + std::string(form) + "'";
    placement_.ids_refused = id->values.size() - alike;
  }

  // Beside a first name "Name" is the last one (Vorname; Name; Firma), or the whole. Of a whole
  // name and its parts only the parts are needed.
  void settle_names() {
    const SampleColumn* first = placement_.of(Role::first_name);
    const SampleColumn* name = sample_.find("name");
    const bool beside = first != nullptr && placement_.of(Role::last_name) == nullptr &&
                        name != nullptr && !is_used(name) && !holds_guids(*name);
    if (beside && begin_with(*name, *first)) {
      placement_.by_role[index(Role::first_name)] = nullptr;
      placement_.by_role[index(Role::full_name)] = name;
    } else if (beside) {
      placement_.by_role[index(Role::last_name)] = name;
    }
    const bool parts =
        placement_.of(Role::first_name) != nullptr && placement_.of(Role::last_name) != nullptr;
    if (parts) placement_.by_role[index(Role::full_name)] = nullptr;
  }

  // Whether most of the names begin with one of the first names.
  static bool begin_with(const SampleColumn& names, const SampleColumn& first_names) {
    const auto whole = std::ranges::count_if(names.values, [&](const std::string& name) {
      return std::ranges::any_of(first_names.values, [&](const std::string& first) {
        return name.starts_with(first + " ");
      });
    });
    return 2 * static_cast<std::size_t>(whole) > names.values.size();
  }

  const Sample& sample_;
  Placement placement_;
  std::array<bool, static_cast<std::size_t>(Role::count_)> taken_{};
};

}  // namespace

Placement place_columns(const Sample& sample) {
  return Placer(sample).place();
}

}  // namespace referrald::mapping
