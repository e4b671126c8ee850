#include "persistence/sqlite_ledger.hpp"

namespace referrald::persistence {

void Tally::load(Statements& statements) {
  counts_.clear();
  Lent statement = statements.lend(Query::load_tally);
  while (statement.step()) {
    counts_[{statement.number(0), read_state(statement, 1), read_step(statement, 2)}].rows =
        statement.number(3);
  }
}

void Tally::store(Statements& statements) {
  for (auto& [key, count] : counts_) {
    if (!count.dirty) continue;
    const auto& [source, state, step] = key;
    statements.lend(Query::store_tally)
        .bind(source)
        .bind_text(to_string(state))
        .bind_text(to_string(step))
        .bind(count.rows)
        .run();
    count.dirty = false;
  }
}

void Tally::add(Id source, State state, Step step, std::int64_t rows) {
  Count& count = counts_[{source, state, step}];
  count.rows += rows;
  count.dirty = true;
}

void Tally::move(Id source, State from, Step from_step, State to, Step to_step) {
  add(source, from, from_step, -1);
  add(source, to, to_step, 1);
}

std::int64_t Tally::of(Id source, State state, Step step) const {
  const auto found = counts_.find({source, state, step});
  return found == counts_.end() ? 0 : found->second.rows;
}

std::int64_t Tally::pending(Id source) const {
  return of(source, State::pending, Step::own) + of(source, State::pending, Step::microsoft) +
         of(source, State::pending, Step::update);
}

void Tally::each(const std::function<void(Id, State, Step, std::int64_t)>& visit) const {
  for (const auto& [key, count] : counts_) {
    visit(std::get<0>(key), std::get<1>(key), std::get<2>(key), count.rows);
  }
}

Id Names::find_source(std::string_view name) {
  if (const auto known = sources_.find(name); known != sources_.end()) return known->second;
  Lent statement = statements_.lend(Query::source);
  statement.bind_text(name);
  if (!statement.step()) return 0;
  return sources_.emplace(name, statement.number(0)).first->second;
}

std::string Names::source_name(Id source) {
  Lent statement = statements_.lend(Query::source_name);
  return statement.bind(source).step() ? statement.text(0) : std::string();
}

Id Names::source(std::string_view name) {
  if (const Id known = find_source(name)) return known;
  statements_.lend(Query::add_source).bind_text(name).run();
  return find_source(name);
}

Id Names::find_export(Id source, const std::string& name) {
  if (export_.id != 0 && export_.source == source && export_.name == name) return export_.id;
  Lent statement = statements_.lend(Query::export_file);
  statement.bind(source).bind(name);
  if (!statement.step()) return 0;
  export_ = {source, name, statement.number(0)};
  return export_.id;
}

Id Names::export_file(Id source, const std::string& name) {
  if (const Id known = find_export(source, name)) return known;
  statements_.lend(Query::add_export).bind(source).bind(name).run();
  return find_export(source, name);
}

Id Names::header(const std::string& columns) {
  if (header_.id != 0 && header_.columns == columns) return header_.id;
  const auto find = [&] {
    Lent statement = statements_.lend(Query::header);
    return statement.bind_blob(columns).step() ? statement.number(0) : Id{0};
  };
  Id id = find();
  if (id == 0) {
    statements_.lend(Query::add_header).bind_blob(columns).run();
    id = find();
  }
  header_ = {columns, id};
  return id;
}

namespace {

constexpr std::size_t most_words = 1000;  // in memory; what repeats are few

}  // namespace

std::optional<Id> Names::number_of(const std::string& text) {
  if (const auto known = words_.find(text); known != words_.end()) return known->second;
  if (text.empty() || words_.size() == most_words) return std::nullopt;
  const auto find = [&] {
    Lent statement = statements_.lend(Query::word);
    return statement.bind(text).step() ? statement.number(0) : Id{0};
  };
  Id id = find();
  if (id == 0) {
    statements_.lend(Query::add_word).bind(text).run();
    id = find();
  }
  return words_.emplace(text, id).first->second;
}

void Names::bind_word(Lent& statement, const std::string& text) {
  const auto number = number_of(text);
  number ? statement.bind(*number) : statement.bind(text);
}

std::string Names::word(const Lent& statement, int column) {
  if (!statement.is_number(column)) return statement.text(column);
  const Id id = statement.number(column);
  if (const auto known = texts_.find(id); known != texts_.end()) return known->second;
  Lent find = statements_.lend(Query::word_text);
  if (!find.bind(id).step())
    throw std::logic_error("the ledger has no word of the number " + std::to_string(id));
  if (texts_.size() == most_words) texts_.clear();
  return texts_.emplace(id, find.text(0)).first->second;
}

void Names::forget() {
  sources_.clear();
  words_.clear();
  texts_.clear();
  export_ = {};
  header_ = {};
}

}  // namespace referrald::persistence
