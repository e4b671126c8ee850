#include "tests/simulator/store.hpp"

#include <algorithm>
#include <cassert>

namespace referrald::simulator {
namespace {

constexpr auto invitation_lasts = std::chrono::days{14};

}  // namespace

Time Store::tick(Time now) {
  last_ = std::max(now, last_ + Ticks{1});
  return last_;
}

const Referral& Store::create(Draft& draft, std::optional<Guid> engagement, Time now) {
  const Time time = tick(now);
  const auto index = static_cast<Index>(referrals_.size());
  Referral& referral = referrals_.emplace_back();
  referral.id = random_.guid();
  referral.engagement = engagement ? *engagement : random_.guid();
  referral.created = referral.updated = time;
  referral.change = ++change_;
  referral.type = draft.type;
  referral.qualification = draft.qualification;
  referral.microsoft = draft.microsoft;
  referral.members = draft.members;
  if (draft.microsoft) {
    referral.standing = {Status::open, Substatus::pending};
    referral.expiration = time + invitation_lasts;
    invitations_.emplace_back(referral.expiration, index);
  } else {
    referral.standing = {Status::active, Substatus::accepted};
    referral.accepted = time;
  }
  ids_.emplace(referral.id, index);
  Engagement& group = engagements_[referral.engagement];
  group.referrals.push_back(index);
  group.microsoft += draft.microsoft ? 1 : 0;
  changes_.emplace_back(time, index);
  set_external_id(index, draft.external_id);
  return referral;
}

void Store::update(Referral& referral, Draft& draft, Standing standing, Time now) {
  const Index index = index_of(referral);
  referral.members = draft.members;
  referral.qualification = draft.qualification;
  const std::string_view before = referral.external_id ? *referral.external_id : std::string_view{};
  if (before != draft.external_id) set_external_id(index, draft.external_id);
  touch(index, now);
  stand(referral, standing, referral.updated);
}

const Referral* Store::answer_invitation(Guid engagement, Standing standing, Time now) {
  const Engagement* group = find_engagement(engagement);
  if (group == nullptr) return nullptr;
  for (const Index index : group->referrals) {
    Referral& referral = referrals_[index];
    if (!referral.microsoft || !may_become(referral.standing, standing)) continue;
    touch(index, now);
    stand(referral, standing, referral.updated);
    if (standing.status == Status::active && referral.microsoft_id == 0) {
      referral.microsoft_id = static_cast<std::uint32_t>(random_.next()) | 1U;
    }
    return &referral;
  }
  return nullptr;
}

void Store::expire_due(Time now) {
  while (!invitations_.empty() && invitations_.front().first <= now) {
    const Index index = invitations_.front().second;
    invitations_.pop_front();
    Referral& referral = referrals_[index];
    if (referral.standing.status != Status::open) continue;
    touch(index, now);
    stand(referral, {Status::closed, Substatus::expired}, referral.updated);
  }
}

Referral* Store::find(Guid id) {
  const auto at = ids_.find(id);
  return at == ids_.end() ? nullptr : &referrals_[at->second];
}

const Engagement* Store::find_engagement(Guid id) const {
  const auto at = engagements_.find(id);
  return at == engagements_.end() ? nullptr : &at->second;
}

void Store::touch(Index index, Time now) {
  Referral& referral = referrals_[index];
  referral.updated = tick(now);
  referral.change = ++change_;
  changes_.emplace_back(referral.updated, index);
  if (changes_.size() > 2 * referrals_.size() + 1024) compact_changes();
}

void Store::compact_changes() {
  std::erase_if(changes_, [this](const Entry& entry) {
    return referrals_[entry.second].updated != entry.first;
  });
}

void Store::stand(Referral& referral, Standing standing, Time now) {
  const auto before = referral.standing.status;
  referral.standing = standing;
  if (standing.status == before) return;
  if (standing.status == Status::active) referral.accepted = now;
  if (standing.status == Status::closed) referral.closed = now;
}

void Store::set_external_id(Index index, std::string_view id) {
  Referral& referral = referrals_[index];
  if (referral.external_id != nullptr) {
    const auto before = external_ids_.find(*referral.external_id);
    auto& indexes = before->second;
    indexes.erase(std::remove(indexes.begin(), indexes.end(), index), indexes.end());
    referral.external_id = nullptr;
    if (indexes.empty()) external_ids_.erase(before);
  }
  if (id.empty()) return;
  auto at = external_ids_.find(id);
  if (at == external_ids_.end()) at = external_ids_.emplace(id, Indexes{}).first;
  at->second.push_back(index);
  referral.external_id = &at->first;
}

Index Store::index_of(const Referral& referral) const {
  return ids_.find(referral.id)->second;
}

std::vector<Store::Entry> Store::entries_of(Guid engagement, Order order) const {
  std::vector<Entry> entries;
  if (const Engagement* group = find_engagement(engagement)) {
    for (const Index index : group->referrals) {
      const Referral& referral = referrals_[index];
      entries.emplace_back(order == Order::created ? referral.created : referral.updated, index);
    }
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

void Store::walk(const Walk& walk, const std::function<bool(const Referral&)>& visit) const {
  // All three sequences are in order of time: of one engagement, of changes, of creations.
  const auto run = [&](std::size_t size, auto time_at, auto referral_at) {
    std::size_t low = 0;
    std::size_t high = size;
    if (walk.after) {
      std::size_t split = 0;  // how many lie at or before `after`
      for (std::size_t right = size; split < right;) {
        const std::size_t middle = split + (right - split) / 2;
        if (time_at(middle) <= *walk.after)
          split = middle + 1;
        else
          right = middle;
      }
      if (!walk.descending)
        low = split;
      else
        high = split > 0 && time_at(split - 1) == *walk.after ? split - 1 : split;
    }
    for (std::size_t i = low; i < high; ++i) {
      const Referral* referral = referral_at(walk.descending ? high - 1 - (i - low) : i);
      if (referral != nullptr && !visit(*referral)) return;
    }
  };
  if (walk.engagement) {
    const auto entries = entries_of(*walk.engagement, walk.order);
    run(
        entries.size(), [&](std::size_t i) { return entries[i].first; },
        [&](std::size_t i) { return &referrals_[entries[i].second]; });
  } else if (walk.order == Order::updated) {
    run(
        changes_.size(), [&](std::size_t i) { return changes_[i].first; },
        [&](std::size_t i) -> const Referral* {
          const Referral& referral = referrals_[changes_[i].second];
          return referral.updated == changes_[i].first ? &referral : nullptr;
        });
  } else {
    run(
        referrals_.size(), [&](std::size_t i) { return referrals_[i].created; },
        [&](std::size_t i) { return &referrals_[i]; });
  }
}

Totals Store::totals() const {
  Totals totals;
  totals.referrals = referrals_.size();
  totals.engagements = engagements_.size();
  for (const auto& [id, group] : engagements_) {
    totals.microsoft += group.microsoft;
    totals.engagements_with_many_microsoft += group.microsoft > 1 ? 1 : 0;
    const bool shared =
        std::any_of(group.referrals.begin(), group.referrals.end(), [this](Index index) {
          return referrals_[index].type == Type::shared && !referrals_[index].microsoft;
        });
    totals.shared_without_microsoft += shared && group.microsoft == 0 ? 1 : 0;
  }
  totals.own = totals.referrals - totals.microsoft;
  for (const auto& [id, indexes] : external_ids_) {
    totals.duplicate_external_ids += indexes.size() > 1 ? 1 : 0;
  }
  return totals;
}

Duplicates Store::duplicates() const {
  Duplicates found;
  for (const auto& [id, indexes] : external_ids_) {
    if (indexes.size() > 1) {
      found.external_ids.emplace_back(id, std::vector<Index>(indexes.begin(), indexes.end()));
    }
  }
  for (const auto& [id, group] : engagements_) {
    if (group.microsoft < 2) continue;
    auto& indexes = found.microsoft.emplace_back(id, std::vector<Index>{}).second;
    for (const Index index : group.referrals) {
      if (referrals_[index].microsoft) indexes.push_back(index);
    }
  }
  const auto by_age = [](const auto& a, const auto& b) { return a.second < b.second; };
  std::sort(found.external_ids.begin(), found.external_ids.end(), by_age);
  std::sort(found.microsoft.begin(), found.microsoft.end(), by_age);
  return found;
}

void Store::clear() {
  referrals_.clear();
  ids_.clear();
  engagements_.clear();
  external_ids_.clear();
  changes_.clear();
  invitations_.clear();
}

}  // namespace referrald::simulator
