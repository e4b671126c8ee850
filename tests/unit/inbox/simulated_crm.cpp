#include "tests/unit/inbox/simulated_crm.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace referrald::test {

const std::string_view crm_mapping = R"(
include:
  - { column: Include, in: [yes] }
deal: ${Deal}
referral:
  externalReferenceId: ${Id}
  name: ${Name | required}
  qualification: SalesQualified
  customerProfile:
    name: Fabrikam
    address: { addressLine1: Main Street 1, city: Munich, country: DE }
    team:
      - { firstName: Ada, lastName: Example, email: ada@example.com, phoneNumber: "+4900000" }
  consent: { consentToToShareInfoWithOthers: true, consentToContact: true }
  details:
    dealValue: ${Value | number}
    currency: EUR
    closingDateTime: "2027-03-31T00:00:00Z"
    requirements: { solutions: [ { type: Name, id: SOL-12345-ABC } ] }
  team:
    - { firstName: Sam, lastName: Seller, email: sam@example.com, phoneNumber: "+4900001" }
invitation:
  notes: Please help
  assistanceRequestCode: GeneralOrOther
)";

int SimulatedCrm::between(int least, int most) {
  return least + static_cast<int>(chance_.uniform() * (most - least + 1));
}

std::string SimulatedCrm::any() {
  return live_[static_cast<std::size_t>(between(0, static_cast<int>(live_.size()) - 1))];
}

std::string& SimulatedCrm::add_row(const std::string& deal) {
  auto id = fmt::format("{}-{:04}", prefix_, ++numbers_);
  rows_[id] = {{"Renewal of " + id, 1000}, deal};
  return live_.emplace_back(std::move(id));
}

void SimulatedCrm::change(const std::string& id) {
  auto& content = rows_.at(id).content;
  ++versions_;
  if (versions_ % 3 != 0) content.name = fmt::format("Renewal of {}, {}", id, versions_);
  if (versions_ % 3 != 1) content.value = 1000 + versions_;
}

// As it is exported, which is what is wanted from now on.
std::string SimulatedCrm::line(const std::string& id) {
  auto& row = rows_.at(id);
  if (row.included && !row.content.name.empty()) row.wanted.push_back(row.content);
  return fmt::format("{},\"{}\",{},{},{}\r\n", id, row.content.name, row.content.value, row.deal,
                     row.included ? "yes" : "no");
}

std::string SimulatedCrm::with_header(const std::vector<std::string>& ids) {
  std::string text = "Id,Name,Value,Deal,Include\r\n";
  for (const auto& id : ids) text += line(id);
  return text;
}

// Some rows change, some come, and with them such as are not to be sent.
void SimulatedCrm::touch(std::vector<std::string>& ids) {
  for (int i = between(1, 3); i > 0; --i)
    ids.push_back(add_row(chance_.uniform() < 0.3 ? "co-sell" : "private"));
  for (int i = between(1, 3); i > 0; --i) {
    ids.push_back(any());
    change(ids.back());
  }
  for (int i = between(0, 2); i > 0; --i) ids.push_back(any());
  if (chance_.uniform() < 0.3) {
    ids.push_back(add_row("private"));
    rows_.at(ids.back()).included = false;
    live_.pop_back();
  }
  if (chance_.uniform() < 0.3) {
    ids.push_back(add_row("private"));
    rows_.at(ids.back()).content.name.clear();
    broken_.push_back(ids.back());
    live_.pop_back();
  } else if (!broken_.empty() && chance_.uniform() < 0.4) {
    ids.push_back(broken_.back());
    rows_.at(ids.back()).content.name = "Mended " + ids.back();
    live_.push_back(ids.back());
    broken_.pop_back();
  }
  if (live_.size() > 20 && chance_.uniform() < 0.15) {
    ids.push_back(any());
    auto& row = rows_.at(ids.back());
    row.included = false;
    row.withdrawn = true;
    std::erase(live_, ids.back());
  }
}

std::string SimulatedCrm::changes() {
  std::vector<std::string> ids;
  touch(ids);
  auto text = with_header(ids);
  // Once more, and not as above: the later one holds.
  if (chance_.uniform() < 0.3) {
    const auto id = any();
    change(id);
    text += line(id);
    change(id);
    text += line(id);
  }
  return text;
}

std::string SimulatedCrm::everything() {
  std::vector<std::string> ignored;
  touch(ignored);
  std::vector<std::string> ids;
  for (const auto& [id, row] : rows_) ids.push_back(id);
  return with_header(ids);
}

std::string SimulatedCrm::backfill(int rows) {
  std::vector<std::string> ids;
  for (int i = 0; i < rows; ++i) ids.push_back(add_row(i % 10 == 0 ? "co-sell" : "private"));
  return with_header(ids);
}

std::string SimulatedCrm::special(const std::string& id, const std::string& deal,
                                  const Content& content) {
  auto& row = rows_[id];
  row.content = content;
  row.deal = deal;
  return with_header({id});
}

std::size_t SimulatedCrm::expect_held(const PartnerCenterWorld& world) const {
  std::size_t held = 0;
  for (const auto& [id, row] : rows_) {
    const auto other = instead_.find(id);
    expect_row(world, id, row, other == instead_.end() ? row.content : other->second);
    held += world.own(id) + world.microsofts(id);
  }
  return held;
}

void SimulatedCrm::expect_row(const PartnerCenterWorld& world, const std::string& id,
                              const Row& row, const Content& content) {
  const std::size_t co_sell = row.deal == "co-sell" ? 1 : 0;
  const auto own = world.own(id);
  if (row.wanted.empty()) {
    EXPECT_EQ(own, 0U) << id << " was never to be sent";
    return;
  }
  if (row.withdrawn) {
    // It may have been withdrawn before it was sent, or before its last change was.
    EXPECT_LE(own, 1U) << id;
    EXPECT_LE(world.microsofts(id), own * co_sell) << id;
  } else {
    EXPECT_EQ(own, 1U) << id;
    EXPECT_EQ(world.microsofts(id), co_sell) << id;
  }
  if (own == 0) return;
  const Content there{world.own_referral(id).name,
                      std::stoi(world.member(id, "/details/dealValue"))};
  if (row.withdrawn)
    EXPECT_NE(std::ranges::find(row.wanted, there), row.wanted.end()) << id << ": " << there.name;
  else
    EXPECT_EQ(there, content) << id << ": " << there.name << ", " << there.value << " instead of "
                              << content.name << ", " << content.value;
}

}  // namespace referrald::test
