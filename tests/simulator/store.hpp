// The referrals that the simulated service holds, in memory.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include "tests/simulator/random.hpp"
#include "tests/simulator/referral.hpp"

namespace referrald::simulator {

using Index = std::uint32_t;  // position in the order of creation

struct Engagement {
  boost::container::small_vector<Index, 2> referrals;
  std::uint32_t microsoft = 0;  // how many of them are Microsoft's copies
};

struct Totals {
  std::size_t referrals = 0;
  std::size_t own = 0;
  std::size_t microsoft = 0;
  std::size_t engagements = 0;
  std::size_t duplicate_external_ids = 0;  // ids that name more than one referral
  std::size_t engagements_with_many_microsoft = 0;
  std::size_t shared_without_microsoft = 0;  // co-sell deals whose second step is missing
};

struct Duplicates {
  std::vector<std::pair<std::string, std::vector<Index>>> external_ids;
  std::vector<std::pair<Guid, std::vector<Index>>> microsoft;  // by engagement
};

enum class Order { created, updated };

// Nothing is refused here: as with the service, the same body twice is two referrals. Creation and
// every change get a time of their own, later than all before, so that an order by time is total.
// References stay valid until clear().
class Store {
 public:
  explicit Store(Random& random) : random_(random) {}
  Store(const Store&) = delete;

  // `engagement` must exist if given. Microsoft's copy begins as New/Pending, all others as
  // Active/Accepted, whatever was asked for.
  const Referral& create(Draft& draft, std::optional<Guid> engagement, Time now);
  void update(Referral& referral, Draft& draft, Standing standing, Time now);
  // Microsoft answers an invitation: its copy of the engagement changes. Null: there is none that
  // may become so.
  const Referral* answer_invitation(Guid engagement, Standing standing, Time now);
  // Invitations unanswered for 14 days become Closed/Expired (reference, section 3).
  void expire(Time now) {
    if (!invitations_.empty() && invitations_.front().first <= now) expire_due(now);
  }

  Referral* find(Guid id);
  const Engagement* find_engagement(Guid id) const;
  const Referral& at(Index index) const { return referrals_[index]; }
  std::size_t size() const { return referrals_.size(); }

  struct Walk {
    Order order = Order::created;
    bool descending = false;
    std::optional<Time> after;       // continue beyond this time, in the walk's direction
    std::optional<Guid> engagement;  // only its referrals
  };
  // Visits until the visitor returns false.
  void walk(const Walk& walk, const std::function<bool(const Referral&)>& visit) const;

  Totals totals() const;
  Duplicates duplicates() const;
  void clear();

 private:
  using Entry = std::pair<Time, Index>;  // a change; void when the referral changed again since

  Time tick(Time now);
  void expire_due(Time now);
  void touch(Index index, Time now);
  void set_external_id(Index index, std::string_view id);
  void stand(Referral& referral, Standing standing, Time now);
  Index index_of(const Referral& referral) const;
  void compact_changes();
  std::vector<Entry> entries_of(Guid engagement, Order order) const;

  struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Indexes = boost::container::small_vector<Index, 1>;

  Random& random_;
  std::deque<Referral> referrals_;
  boost::unordered_flat_map<Guid, Index, std::hash<Guid>> ids_;
  boost::unordered_flat_map<Guid, Engagement, std::hash<Guid>> engagements_;
  std::unordered_map<std::string, Indexes, StringHash, std::equal_to<>> external_ids_;
  std::vector<Entry> changes_;  // by time
  std::deque<Entry> invitations_;
  Time last_{};
  std::uint32_t change_ = 0x84001c9d;
};

}  // namespace referrald::simulator
