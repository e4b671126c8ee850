// A small Partner Center in memory, behind the Transport interface: what it holds at the end is
// compared with what the export asked for. It does what a test tells it to requests: lose them,
// answer late, process and then fall silent.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <boost/json/fwd.hpp>

#include "daemon/submission/clock.hpp"
#include "daemon/submission/token.hpp"
#include "daemon/submission/transport.hpp"

namespace referrald::test {

enum class Fault {
  none,
  drop_before,  // the connection breaks before the service reads the request
  drop_after,   // … and after it has acted
  status_504,   // acted, then a gateway answers 504
  truncated,    // acted, and the answer cannot be parsed
  html,         // acted, and the answer is a web page with status 200
  html_before,  // not acted, and the same answer
  status_503,   // not acted
  status_429,   // not acted, Retry-After: 3
  status_400,   // not acted
  status_401,
  status_403,
  status_404,
  status_409,  // not acted
  not_sent,    // cannot be connected to
};

struct HeldReferral {
  std::string id, engagement_id, external_id, name, notes, body;
  std::string status = "Active", substatus = "Accepted";
  int version = 1;       // as its eTag says
  std::string tracking;  // Microsoft's number of the deal
  submission::WallTime created, updated;
  bool for_microsoft = false;
};

// One thread, that of the io_context.
class PartnerCenterWorld final : public submission::Transport {
 public:
  explicit PartnerCenterWorld(submission::Clock& clock) : clock_(clock) {}

  // Asked for each request ("POST" or "GET") in turn.
  std::function<Fault(const submission::Request&)> fault = [](const auto&) { return Fault::none; };
  // A new referral shows in the list only so much later.
  std::chrono::milliseconds list_delay{0};
  std::chrono::milliseconds latency{20};
  std::size_t page_size = 100;
  std::chrono::milliseconds clock_behind{0};  // the service's clock, behind ours
  bool empty_pages = false;                   // an empty page comes before each page of a list
  bool escapes_html = false;                  // ids are listed with HTML's entities
  std::string id_prefix = "r";                // of new referrals' ids
  bool lets_consent_change = false;
  bool answers_plainly = false;        // a PATCH by 204, without a body or an eTag
  bool looks_at_status_first = false;  // a PATCH of what is closed is refused whatever its version
  bool has_etags = true;

  const std::vector<HeldReferral>& held() const { return held_; }
  // How many own referrals there are of that id; how many for Microsoft in its engagements.
  std::size_t own(const std::string& external_id) const;
  std::size_t microsofts(const std::string& external_id) const;
  std::size_t posts = 0, gets = 0, patches = 0;
  std::vector<std::string> patch_bodies;
  std::vector<std::string> targets;  // of the GETs

  // The own referral of that id. Throws std::out_of_range.
  const HeldReferral& own_referral(const std::string& external_id) const;
  // A member of it as JSON text: "/details/dealValue".
  std::string member(const std::string& external_id, std::string_view pointer) const;
  // Somebody changes a member at Partner Center. `json` is JSON text.
  void edit(const std::string& external_id, std::string_view pointer, std::string_view json);
  // Microsoft answers the invitation.
  void answer(const std::string& external_id, std::string status, std::string substatus);
  // Somebody creates a referral at Partner Center. `json` is its body.
  void add(std::string_view json);
  // Called before each PATCH is acted upon.
  std::function<void()> before_patch = [] {};

  boost::asio::awaitable<submission::Exchange> exchange(submission::Request request,
                                                        std::chrono::milliseconds timeout) override;
  boost::asio::awaitable<void> close() override;

 private:
  submission::Exchange act(const submission::Request& request);
  submission::Exchange create(const submission::Request& request);
  submission::Exchange patch(const submission::Request& request);
  submission::Exchange get(const submission::Request& request);
  std::string told(const HeldReferral& referral) const;
  HeldReferral* named_by(const submission::Request& request);
  submission::Exchange list(const submission::Request& request) const;
  boost::json::object listed(const HeldReferral& referral) const;
  submission::Exchange page_of(const boost::json::array& values, const std::string& next) const;

  submission::Clock& clock_;
  std::vector<HeldReferral> held_;
};

// Always signed in.
class SignedIn final : public submission::TokenSource {
 public:
  boost::asio::awaitable<submission::TokenResult> get() override {
    submission::TokenResult result;
    result.access_token = "token";
    if (now) result.issued = now();
    co_return result;
  }
  void reject(const std::string&) override { ++rejected; }
  void stop() override {}
  int rejected = 0;
  std::function<submission::ServiceMoment()> now;  // by the token service's clock; empty: unsaid
};

// A reproducible chance.
class SeededRandom final : public submission::Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed * 2 + 1) {}
  double uniform() override;
  std::string uuid() override;

 private:
  std::uint64_t state_;
};

}  // namespace referrald::test
