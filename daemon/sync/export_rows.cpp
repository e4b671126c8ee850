#include "daemon/sync/export_rows.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "daemon/csv_record.hpp"
#include "daemon/exit.hpp"
#include "mapping/file_hash.hpp"
#include "mapping/fingerprint.hpp"
#include "mapping/kept_values.hpp"
#include "mapping/rules.hpp"
#include "mapping/update.hpp"

namespace referrald::sync {
namespace {

// What `rejects` puts behind the original columns; never mapped when the file is read again
// (contract, section 7).
constexpr std::string_view added_prefix = "referrald_";

void append_member(std::string& out, std::string_view name, std::string_view value) {
  if (out.back() != '{') out += ',';
  mapping::append_json_string(out, name);
  out += ':';
  mapping::append_json_string(out, value);
}

// Other columns that `rejects` adds.
constexpr std::string_view reasons_column = "referrald_reasons";
constexpr std::string_view state_column = "referrald_state";

// "n1f83d9ab": a number in that column with that text.
std::string type_mark(mapping::CellType type, std::string_view column, std::string_view text) {
  constexpr std::string_view letters = "tndb";
  std::string hashed(column);
  hashed.append(1, '\0').append(text);
  return fmt::format("{}{:08x}", letters[static_cast<std::size_t>(type)],
                     mapping::text_hash(hashed) & 0xffffffffU);
}

bool names(const Export& what, const std::string& column) {
  const auto& columns = what.mapping->columns();
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

}  // namespace

ExportHeader::ExportHeader(const Export& what) {
  const auto& format = what.mapping->format();
  const auto& columns = what.mapping->columns();
  reader = mapping::open_export(what.file, format, columns);
  config::Problems problems;
  mapping = what.mapping->bind(*reader, problems);
  if (!mapping) {
    throw CommandError(
        Exit::invalid, problems,
        fmt::format("{} does not fit its mapping: nothing of it was sent", what.file.string()));
  }
}

ExportRows::ExportRows(const Export& what)
    : mapping_version_(what.mapping_version),
      source_(what.source),
      name_(what.file.filename().string()) {
  ExportHeader opened(what);
  reader_ = std::move(opened.reader);
  mapping_ = std::move(opened.mapping);
  std::vector<std::string_view> columns;
  one_file_ = std::filesystem::is_regular_file(what.file) &&
              reader_->found_format().type != mapping::ExportType::cdm;
  typed_ = reader_->found_format().type != mapping::ExportType::csv;
  const auto& aliases = reader_->aliases();
  for (const auto& column : reader_->header()) {
    const bool own = !column.starts_with(added_prefix);
    if (column == unmended_column) unmended_ = own_columns_.size();
    if (column == rejection_column) rejection_ = own_columns_.size();
    if (column == state_column) state_ = own_columns_.size();
    if (column == types_column) types_ = own_columns_.size();
    if (column == reasons_column) reasons_ = own_columns_.size();
    own_columns_.push_back(own);
    all_own_ = all_own_ && own;
    names_.push_back(column);
    if (!own) continue;
    // `rejects` writes a file without aliases: the column has the name there that the mapping uses.
    const auto i = own_columns_.size() - 1;
    const bool by_alias = i < aliases.size() && !names(what, column) && names(what, aliases[i]);
    if (by_alias) names_.back() = aliases[i];
  }
  for (std::size_t i = 0; i < names_.size(); ++i)
    if (own_columns_[i]) columns.push_back(names_[i]);
  typed_ = typed_ || types_;
  if (typed_) columns.push_back(types_column);
  columns_ = encode_record(columns);
}

bool ExportRows::next(ExportRow& row) {
  if (!read()) return false;
  take(row);
  return true;
}

bool ExportRows::read() {
  ++number_;
  if (!reader_->next(row_)) return false;
  if (types_) restore_types();
  return true;
}

bool ExportRows::read_in_part() {
  if (!all_own_) return read();
  ++number_;
  return reader_->pass(row_, mapping_->cells_of_id());
}

bool ExportRows::pass_over() {
  ++number_;
  return reader_->pass(row_, 0);
}

void ExportRows::take(ExportRow& row) const {
  map(row_, row);
  row.origin.columns = columns_;
  put_cells(row_, row.origin.cells);
}

void ExportRows::map(const mapping::Row& read, ExportRow& row) const {
  row.record = record_hash(read);
  row.origin.source = source_;
  row.origin.export_name = read.file.empty() ? name_ : fmt::format("{}/{}", name_, read.file);
  row.origin.line = read.line;
  row.rejection = rejection(read);
  row.unmended = is_unmended(read);
  row.of_rejects = row.rejection != 0 || has_state(read);
  if (row.unmended) {
    row.outcome = mapping::Rejected{{}, {not_mended()}};
  } else {
    mapping_->map(read, row.outcome);
  }
}

std::string ExportRows::external_id() const {
  return mapping_->external_id(row_);
}

namespace {

void append_part(std::string& all, std::string_view part) {
  all += std::to_string(part.size());
  all.append(1, ':').append(part);
}

// What all records of a source depend on.
std::string ground_of(std::string_view source, std::string_view mapping_version) {
  std::string all;
  append_part(all, REFERRALD_VERSION);
  append_part(all, source);
  append_part(all, mapping_version);
  return all;
}

}  // namespace

void ExportRows::hash_records(const mapping::FingerprintKey& key) {
  std::string all = ground_of(source_, mapping_version_);
  for (const auto& column : reader_->header()) append_part(all, column);
  for (const auto& alias : reader_->aliases()) append_part(all, alias);
  // What a record's bytes mean.
  if (const auto delimiter = reader_->found_format().delimiter) append_part(all, {&*delimiter, 1});
  record_seed_ = mapping::record_hash(all, mapping::record_seed(key));
}

std::optional<std::int64_t> hash_of_export(const Export& what, const mapping::FingerprintKey& key,
                                           const std::function<bool()>& stopped) {
  const auto seed =
      mapping::record_hash(ground_of(what.source, what.mapping_version), mapping::record_seed(key));
  const auto hash = mapping::file_hash(what.file, seed, stopped);
  if (!hash) return std::nullopt;
  return static_cast<std::int64_t>(*hash);
}

std::int64_t ExportRows::record_hash(const mapping::Row& row) const {
  if (!record_seed_ || row.fault || row.deleted || !all_own_) return 0;
  auto hash = *record_seed_;
  if (!row.record.empty()) {
    hash = mapping::record_hash(row.record, hash);
  } else {
    for (const auto cell : row.cells) hash = mapping::record_hash(cell, hash);
  }
  for (const auto type : row.types) {
    const auto letter = static_cast<char>(type);
    hash = mapping::record_hash({&letter, 1}, hash);
  }
  hash &= ~std::uint64_t{1};
  return static_cast<std::int64_t>(hash == 0 ? 2 : hash);
}

std::vector<std::string> ExportRows::remarks() const {
  std::vector<std::string> out = reader_->remarks();
  for (auto& one : out) one.insert(0, name_ + ": ");
  return out;
}

// What is still as `rejects` wrote it has the type that it had in the export.
void ExportRows::restore_types() {
  row_.types.clear();
  if (row_.cells.size() != own_columns_.size()) return;
  const std::string_view marks = row_.cells[*types_];
  if (marks.empty()) return;
  row_.types.assign(row_.cells.size(), mapping::CellType::text);
  for (std::size_t i = 0; i < row_.cells.size(); ++i)
    for (const auto type :
         {mapping::CellType::number, mapping::CellType::date, mapping::CellType::boolean})
      if (own_columns_[i] &&
          marks.find(type_mark(type, names_[i], row_.cells[i])) != std::string_view::npos)
        row_.types[i] = type;
}

// `rejects` could not write the cells of a damaged row as they were. Until a person has changed
// them, the row is as damaged as before, however well-formed it looks.
bool ExportRows::is_unmended(const mapping::Row& row) const {
  if (!unmended_ || row.fault || *unmended_ >= row.cells.size()) return false;
  const auto mark = row.cells[*unmended_];
  return !mark.empty() && mark == unmended_mark(own_cells(row));
}

std::vector<std::string_view> ExportRows::own_cells(const mapping::Row& row) const {
  std::vector<std::string_view> cells;
  for (std::size_t i = 0; i < row.cells.size(); ++i)
    if (i >= own_columns_.size() || own_columns_[i]) cells.push_back(row.cells[i]);
  return cells;
}

// 0: none, or no number.
persistence::RejectionId ExportRows::rejection(const mapping::Row& row) const {
  // With a cell missing or too many, another column's cell may stand there.
  if (!rejection_ || row.cells.size() != own_columns_.size()) return 0;
  const auto text = mapping::trim(row.cells[*rejection_]);
  persistence::RejectionId id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  return error == std::errc{} && end == text.data() + text.size() && id > 0 ? id : 0;
}

// A row that a person has added to the file has none.
bool ExportRows::has_state(const mapping::Row& row) const {
  return state_ && row.cells.size() == own_columns_.size() &&
         !mapping::trim(row.cells[*state_]).empty();
}

// As an RFC 4180 record.
void ExportRows::put_cells(const mapping::Row& row, std::string& out) const {
  out.clear();
  if (all_own_ && !typed_) {
    append_record(out, row.cells);
    return;
  }
  std::string marks;
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    if (i < own_columns_.size() && !own_columns_[i]) continue;
    if (row.type(i) == mapping::CellType::text || i >= names_.size()) continue;
    marks.append(marks.empty() ? "" : " ").append(type_mark(row.type(i), names_[i], row.cells[i]));
  }
  append_record(out, own_cells(row));
  // Behind a row with too few or too many cells it would stand in another column's place.
  if (typed_ && row.cells.size() == own_columns_.size())
    out += "," + encode_record(std::array{std::string_view(marks)});
}

namespace {

bool is_over(const std::vector<mapping::Change>& move) {
  return std::ranges::any_of(move, [](const mapping::Change& one) {
    return one.path == "status" && one.json == "\"Closed\"";
  });
}

const mapping::Value* invitation_of(const mapping::Mapped& mapped) {
  const bool invites = mapped.deal == mapping::Deal::co_sell && !mapped.invitation.absent();
  return invites ? &mapped.invitation : nullptr;
}

}  // namespace

std::string fingerprint_of(const mapping::Mapped& mapped, const mapping::FingerprintKey& key) {
  return mapping::encode(mapping::fingerprint(mapped.referral, invitation_of(mapped), key));
}

std::uint64_t content_of(const mapping::Mapped& mapped) {
  return mapping::content_hash(mapped.referral, invitation_of(mapped));
}

unsigned requests_of_new(const mapping::Mapped& mapped) {
  const auto move = mapping::status_changes(mapping::new_deal, mapped.referral);
  const bool two = mapped.deal == mapping::Deal::co_sell && !is_over(move);
  return (two ? 2 : 1) + (move.empty() ? 0 : 1);
}

void desire(const mapping::Mapped& mapped, const mapping::FingerprintKey& key,
            persistence::Desired& out) {
  out.external_id = mapped.external_id;
  out.deal = mapping::to_string(mapped.deal);
  // A new deal is Active; one that is over already is closed once it exists, and nobody is invited.
  const auto move = mapping::status_changes(mapping::new_deal, mapped.referral);
  out.patch = move.empty() ? std::string{} : mapping::patch_json(move);
  const bool over = is_over(move);
  out.co_sell = mapped.deal == mapping::Deal::co_sell && !over;
  // What cannot be taken back waits for the export's end, where a later row may say otherwise.
  out.hold = mapped.deal != mapping::Deal::private_ || !move.empty();
  out.own_body.clear();
  mapping::append_own_body(out.own_body, mapped);
  out.microsoft_body.clear();
  out.invitation.clear();
  if (out.co_sell) {
    const auto* invitation = invitation_of(mapped);
    out.microsoft_body = mapping::microsoft_body(mapped);
    out.invitation = invitation == nullptr ? "{}" : mapping::to_json(*invitation);
  }
  out.fingerprint = fingerprint_of(mapped, key);
  out.kept = mapping::kept_values(mapped.referral);
}

persistence::Desired desired(const mapping::Mapped& mapped, const mapping::FingerprintKey& key) {
  persistence::Desired out;
  desire(mapped, key, out);
  return out;
}

std::string reasons_json(const std::vector<mapping::Reason>& reasons) {
  std::string out = "[";
  for (const auto& reason : reasons) {
    if (out.size() > 1) out += ',';
    std::string object = "{";
    append_member(object, "code", reason.code);
    append_member(object, "member", reason.member);
    append_member(object, "column", reason.column);
    append_member(object, "value", reason.value);
    append_member(object, "message", reason.message);
    append_member(object, "remedy", reason.remedy);
    if (!reason.partner_center.empty()) {
      append_member(object, "partner_center", reason.partner_center);
      append_member(object, "last_synced", reason.last_synced);
    }
    out += object + "}";
  }
  return out + "]";
}

Exit exit_of(mapping::ExportError::Kind kind) {
  using Kind = mapping::ExportError::Kind;
  switch (kind) {
    case Kind::missing:
      return Exit::no_input;
    case Kind::unreadable:
    case Kind::damaged:
      return Exit::cannot_read;
    case Kind::empty:
    case Kind::format:
      break;
  }
  return Exit::invalid;
}

mapping::Reason not_mended() {
  return mapping::make_reason(
      mapping::Code::not_mended, "", "", "",
      "the row was damaged when `rejects` wrote it and has not been changed since");
}

mapping::Reason of_another_source(const std::string& external_id, const std::string& source) {
  return mapping::make_reason(mapping::Code::id_of_another_source, "externalReferenceId", "",
                              external_id,
                              fmt::format("the id belongs to a row of source {}", source));
}

}  // namespace referrald::sync
