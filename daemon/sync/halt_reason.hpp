// Why a run stopped, in words for the operator: what happened; what to do.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/config.hpp"
#include "daemon/exit.hpp"
#include "daemon/log_events.hpp"
#include "daemon/submission/decision.hpp"
#include "daemon/sync/list_walk.hpp"
#include "daemon/sync/sweep.hpp"

namespace referrald::sync {

struct Stop {
  submission::Halt halt = submission::Halt::none;
  std::string reason;  // what happened and what to do
};

std::string reason_for(const submission::Decision& decision, const submission::Answer& answer);
std::string reason_for_look(const Looked& looked);
std::string reason_for_trouble(const submission::Answer& answer);
std::string reason_for_throttling(const submission::Throttling& throttling);
std::string reason_for_budget(const config::Submission& settings);

// nullopt: there was no answer.
std::optional<int> status_of(const submission::Answer& answer);
// "status 503, request-id 1", without the id if there is none.
std::string status_text(const submission::Response& response);

// Why a walk through the list failed, for the operator; but for a budget that is used up.
std::string reason_for_list(const ListWalk& walk);
// The same for a command that cannot do without the list; never Halt::none.
Stop stop_of(const ListWalk& walk, const config::Submission& settings);

// What happened, without what to do about it.
std::string_view first_clause(std::string_view reason);

// What the log calls it. Not of none and draining, which need no word.
Event event_of(submission::Halt halt);

// The exit code of a run that stopped so (contract, sections 1 and 7).
Exit exit_of(submission::Halt halt);

}  // namespace referrald::sync
