#include "persistence/statements.hpp"

#include <stdexcept>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <sqlite3.h>

#include "persistence/short_forms.hpp"
#include "persistence/statement_texts.hpp"

namespace referrald::persistence {

Statements::Statements(SQLite::Database& database)
    : database_(database), slots_(static_cast<std::size_t>(Query::count_)) {}

Statements::~Statements() = default;

Lent Statements::lend(Query query) {
  Slot& slot = slots_[static_cast<std::size_t>(query)];
  if (slot.lent) {
    throw std::logic_error(std::string("this statement is in use: ") + statement_text(query));
  }
  if (!slot.statement) {
    slot.statement = std::make_unique<SQLite::Statement>(database_, statement_text(query));
  }
  return Lent(slot);
}

Lent::Lent(Statements::Slot& slot) : slot_(&slot), statement_(slot.statement.get()) {
  slot.lent = true;
}

Lent::~Lent() {
  // reset() would throw the failed step's error once more.
  statement_->tryReset();
  try {
    statement_->clearBindings();
  } catch (...) {
    // Cannot fail on a statement that was just reset; a destructor does not say so by throwing.
  }
  slot_->lent = false;
}

Lent& Lent::bind(std::int64_t value) {
  statement_->bind(next_++, value);
  return *this;
}

Lent& Lent::bind(const std::string& text) {
  statement_->bindNoCopy(next_++, text);
  return *this;
}

Lent& Lent::bind_text(std::string_view text) {
  statement_->bind(next_++, std::string(text));
  return *this;
}

Lent& Lent::bind_blob(const std::string& bytes) {
  statement_->bindNoCopy(next_++, bytes.data(), static_cast<int>(bytes.size()));
  return *this;
}

Lent& Lent::bind_bytes(std::string_view bytes) {
  statement_->bind(next_++, bytes.data(), static_cast<int>(bytes.size()));
  return *this;
}

Lent& Lent::bind_id(std::string_view id) {
  const auto shorter = short_id(id);
  if (!shorter) return bind_text(id);
  statement_->bind(next_++, shorter->bytes.data(), shorter->size);
  return *this;
}

Lent& Lent::bind(std::optional<std::int64_t> value) {
  return value ? bind(*value) : bind_null();
}

Lent& Lent::bind_real(double value) {
  statement_->bind(next_++, value);
  return *this;
}

Lent& Lent::bind_null() {
  statement_->bind(next_++);
  return *this;
}

bool Lent::step() {
  return statement_->executeStep();
}

int Lent::run() {
  return statement_->exec();
}

void Lent::again() {
  statement_->reset();
  next_ = 1;
}

bool Lent::is_null(int column) const {
  return statement_->getColumn(column).isNull();
}

std::int64_t Lent::number(int column) const {
  return statement_->getColumn(column).getInt64();
}

int Lent::small(int column) const {
  return statement_->getColumn(column).getInt();
}

double Lent::real(int column) const {
  return statement_->getColumn(column).getDouble();
}

std::string Lent::text(int column) const {
  return statement_->getColumn(column).getString();
}

std::string Lent::id(int column) const {
  const auto value = statement_->getColumn(column);
  return value.isBlob() ? long_id(value.getString()) : value.getString();
}

bool Lent::is_number(int column) const {
  return statement_->getColumn(column).isInteger();
}

std::optional<std::int64_t> Lent::maybe(int column) const {
  const auto value = statement_->getColumn(column);
  if (value.isNull()) return std::nullopt;
  return value.getInt64();
}

}  // namespace referrald::persistence
