#include "daemon/sync/repeated_ids.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/exit.hpp"
#include "mapping/fingerprint.hpp"

namespace referrald::sync {
namespace {

constexpr std::size_t most_left_out = 10'000;

}  // namespace

const std::string& external_id_of(const mapping::Outcome& outcome) {
  return std::visit([](const auto& row) -> const std::string& { return row.external_id; }, outcome);
}

void RepeatedIds::add(const ExportRow& row, std::string_view what) {
  if (++count_ > most_told) return;
  told_.push_back({external_id_of(row.outcome), row.origin.line, what});
}

void RepeatedIds::left_out(const ExportRow& row) {
  const auto id = mapping::text_hash(external_id_of(row.outcome));
  ++left_out_[id];
  order_.push_back(id);
  if (order_.size() <= most_left_out) return;
  const auto oldest = left_out_.find(order_.front());
  order_.pop_front();
  if (oldest != left_out_.end() && --oldest->second == 0) left_out_.erase(oldest);
}

bool RepeatedIds::take_left_out(std::string_view external_id) {
  return !left_out_.empty() && left_out_.erase(mapping::text_hash(external_id)) > 0;
}

void RepeatedIds::find_earlier(const Export& what, std::vector<Twice>& told) {
  const auto last = std::ranges::max(told, {}, &Twice::line).line;
  ExportRows rows(what);
  ExportRow row;
  while (rows.next(row) && row.origin.line < last) {
    const auto& id = external_id_of(row.outcome);
    if (id.empty()) continue;
    for (auto& twice : told)
      if (row.origin.line < twice.line && twice.external_id == id) twice.earlier = row.origin.line;
  }
}

std::vector<std::string> RepeatedIds::remarks(const Export& what) const {
  std::vector<std::string> remarks;
  if (told_.empty()) return remarks;
  auto told = told_;
  try {
    find_earlier(what, told);
  } catch (const mapping::ExportError&) {  // replaced meanwhile: then it is read once more anyway
  } catch (const CommandError&) {          // by one with another header
  }
  const auto name = what.file.filename().string();
  for (const auto& twice : told) {
    const auto earlier =
        twice.earlier == 0 ? "an earlier row" : fmt::format("line {}", twice.earlier);
    remarks.push_back(fmt::format("{}: {} and line {} have the same id {} and {}", name, earlier,
                                  twice.line, twice.external_id, twice.what));
  }
  if (count_ > most_told)
    remarks.push_back(
        fmt::format("{}: {} more rows have the id of an earlier one", name, count_ - most_told));
  return remarks;
}

}  // namespace referrald::sync
