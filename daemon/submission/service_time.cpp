#include "daemon/submission/service_time.hpp"

#include <algorithm>

#include "daemon/submission/rate_limit.hpp"

namespace referrald::submission {

std::optional<ServiceMoment> moment_of(const Response& response, SteadyTime now) {
  const auto said = parse_http_date(response.date);
  if (!said) return std::nullopt;
  return ServiceMoment{*said, now};
}

void ServiceTime::hear(const std::optional<ServiceMoment>& moment) {
  if (moment && (!newest_ || moment->heard >= newest_->heard)) newest_ = moment;
}

WallTime ServiceTime::now() const {
  const auto here = clock_.wall();
  if (!newest_) return here;
  const auto since = std::chrono::floor<WallTime::duration>(clock_.steady() - newest_->heard);
  return std::min(here, newest_->said + since);
}

}  // namespace referrald::submission
