#include "mapping/lists.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "config/diagnostics.hpp"
#include "embedded_lists.hpp"
#include "mapping/readers/csv.hpp"
#include "mapping/tables.hpp"

namespace referrald::mapping {
namespace {

constexpr std::size_t list_count = static_cast<std::size_t>(ListId::count_);

constexpr std::array<std::string_view, list_count> names_of_lists{
    "products",        "services",       "industries",          "solutions",
    "solution_areas",  "solution_plays", "marketplace_intents", "sales_stages",
    "assistance_codes"};

// By ListId; empty: none is published.
constexpr std::array<std::string_view, list_count> shipped{embedded::products,
                                                           embedded::services,
                                                           embedded::industries,
                                                           embedded::solutions,
                                                           {},
                                                           {},
                                                           embedded::marketplace_intents,
                                                           embedded::sales_stages,
                                                           embedded::assistance_codes};

// A text that came with the program, read like a file.
class EmbeddedText : public ByteSource {
 public:
  EmbeddedText(std::string_view name, std::string_view text) : name_(name), text_(text) {}

  std::size_t read(char* into, std::size_t size) override {
    const std::string_view part = text_.substr(at_, size);
    std::memcpy(into, part.data(), part.size());
    at_ += part.size();
    return part.size();
  }
  void rewind() override { at_ = 0; }
  std::uint64_t bytes_read() const override { return at_; }
  std::uint64_t bytes_total() const override { return text_.size(); }
  const std::string& name() const override { return name_; }

 private:
  std::string name_;
  std::string_view text_;
  std::size_t at_ = 0;
};

std::shared_ptr<const CodeList> read_shipped(std::size_t id) {
  if (shipped[id].empty()) return std::make_shared<const CodeList>();
  ExportFormat format;
  format.type = ExportType::csv;
  format.encoding = "UTF-8";
  format.delimiter = ',';
  const auto reader =
      open_csv(std::make_unique<EmbeddedText>(names_of_lists[id], shipped[id]), format);
  Table table;
  config::Problems problems;
  if (!read_table(*reader, std::string(names_of_lists[id]), std::string(kCodeColumn), table, {},
                  problems))
    throw std::logic_error("the shipped list of " + to_string(problems.list().front()));
  return std::make_shared<const CodeList>(std::move(table));
}

// NameIndex finds no text with one of these, but would find such a name without it: C# for C.
bool has_telling_signs(std::string_view name) {
  return name.find_first_of("$%!?#*@=+<>\"{}[]_|~^:;\\") != std::string_view::npos;
}

}  // namespace

std::string_view to_string(ListId id) {
  return names_of_lists[static_cast<std::size_t>(id)];
}

std::span<const std::string_view> list_names() {
  return names_of_lists;
}

CodeList::CodeList(Table by_code) : unread_(by_code.unread) {
  columns_.emplace_back(kCodeColumn);
  columns_.insert(columns_.end(), by_code.columns.begin(), by_code.columns.end());
  const auto name = std::ranges::find(columns_, kNameColumn) - columns_.begin();
  for (auto& [code, beside] : by_code.rows) {
    std::vector<Constant> row{{ScalarKind::text, code}};
    row.insert(row.end(), beside.begin(), beside.end());
    add_name(code, code);
    if (static_cast<std::size_t>(name) < row.size())
      add_name(row[static_cast<std::size_t>(name)].text, code);
    rows_.emplace(code, std::move(row));
  }
}

void CodeList::add_name(std::string_view name, const std::string& code) {
  if (name.empty()) return;
  const auto [entry, fresh] = codes_.try_emplace(std::string(name), code);
  if (!fresh && entry->second != code) entry->second.clear();
  if (!has_telling_signs(name)) folded_.add(name, code);
}

const std::vector<Constant>* CodeList::find(std::string_view code_or_name) const {
  const auto exact = codes_.find(code_or_name);
  const std::string* code = exact == codes_.end() ? folded_.find(code_or_name) : &exact->second;
  const auto row = code == nullptr ? rows_.end() : rows_.find(*code);
  return row == rows_.end() ? nullptr : &row->second;
}

std::optional<std::string> CodeList::nearest(std::string_view text) const {
  if (const auto* row = find(text)) return row->front().text;
  std::vector<std::string_view> known;
  for (const auto& [name, code] : codes_)
    if (!code.empty()) known.push_back(name);
  std::ranges::sort(known);  // of several that are as near, always the same
  const auto name = config::nearest(text, known);
  if (!name) return std::nullopt;
  return codes_.find(*name)->second;
}

CodeLists::CodeLists() {
  static const auto all = [] {
    std::array<std::shared_ptr<const CodeList>, list_count> lists;
    for (std::size_t id = 0; id < list_count; ++id) lists[id] = read_shipped(id);
    return lists;
  }();
  lists_ = all;
}

const CodeList* CodeLists::find(std::string_view name) const {
  const auto at = std::ranges::find(names_of_lists, name);
  return at == names_of_lists.end()
             ? nullptr
             : lists_[static_cast<std::size_t>(at - names_of_lists.begin())].get();
}

void CodeLists::replace(ListId id, CodeList list) {
  lists_[static_cast<std::size_t>(id)] = std::make_shared<const CodeList>(std::move(list));
}

}  // namespace referrald::mapping
