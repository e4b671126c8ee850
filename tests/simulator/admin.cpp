#include "tests/simulator/admin.hpp"

#include <stdexcept>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "tests/simulator/json_text.hpp"
#include "tests/simulator/service.hpp"

namespace referrald::simulator {
namespace {

namespace json = boost::json;

constexpr std::string_view prefix = "/__simulator/";
constexpr std::size_t piece = 256 * 1024;

// What the admin of a test did wrong, in words.
class AdminError : public std::runtime_error {
 public:
  AdminError(unsigned status, const std::string& what)
      : std::runtime_error(what), status_(status) {}
  unsigned status() const { return status_; }

 private:
  unsigned status_;
};

std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

json::object parse_object(std::string_view body) {
  json::error_code error;
  auto value = json::parse(body, error);
  if (error || !value.is_object()) throw AdminError(400, "The body must be a JSON object.");
  return std::move(value.get_object());
}

std::string_view text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) {
    throw AdminError(400, fmt::format("{} must be a string.", name));
  }
  return view(value->get_string());
}

double number_of(std::string_view name, const json::value& value, double most) {
  json::error_code error;
  const auto number = value.to_number<double>(error);
  if (error || !(number >= 0) || number > most) {
    throw AdminError(400, fmt::format("{} must be a number from 0 to {}.", name, most));
  }
  return number;
}

Fault fault_of(std::string_view name) {
  const auto fault = parse_fault(name);
  if (!fault) throw AdminError(400, fmt::format("'{}' is no fault.", name));
  return *fault;
}

std::vector<Fault> next_of(const json::value& value) {
  if (!value.is_array()) throw AdminError(400, "next must be an array of faults.");
  std::vector<Fault> faults;
  for (const auto& name : value.get_array()) {
    if (!name.is_string()) throw AdminError(400, "next must be an array of faults.");
    faults.push_back(fault_of(view(name.get_string())));
  }
  return faults;
}

// {"throttle": 0.1, "retry-after": 2, "on": "create", "next": ["drop-after", "504"]}
void change_faults(Faults& faults, const json::object& wanted) {
  FaultSettings settings = faults.settings();
  std::vector<Fault> next;
  for (const auto& [key, value] : wanted) {
    const std::string_view name{key.data(), key.size()};
    if (name == "next") {
      next = next_of(value);
    } else if (name == "on") {
      const auto on = value.is_string() ? parse_faults_on(view(value.get_string())) : std::nullopt;
      if (!on) throw AdminError(400, "on must be all, create or list.");
      settings.on = *on;
    } else if (name == "retry-after") {
      settings.retry_after = static_cast<unsigned>(number_of(name, value, 86400));
    } else if (name == "slow-ms") {
      const auto ms = static_cast<std::int64_t>(number_of(name, value, 86'400'000));
      settings.slow = std::chrono::milliseconds{ms};
    } else {
      const Fault fault = fault_of(name);
      settings.probability[static_cast<std::size_t>(fault)] = number_of(name, value, 1);
    }
  }
  faults.change(settings);
  for (const Fault fault : next) faults.queue(fault);
}

std::string advance(Clock& clock, const json::object& wanted) {
  const auto* by = wanted.if_contains("advance_seconds");
  if (by == nullptr) throw AdminError(400, "advance_seconds is missing.");
  const double seconds = number_of("advance_seconds", *by, 1e9);
  clock.advance(std::chrono::duration_cast<Ticks>(std::chrono::duration<double>{seconds}));
  return fmt::format(R"({{"now":"{}"}})", format_time(clock.now()));
}

std::string answer_invitation(Service& service, const json::object& wanted) {
  const auto engagement = parse_guid(text_of(wanted, "engagementId"));
  const auto status = parse_status(text_of(wanted, "status"));
  const auto substatus = parse_substatus(text_of(wanted, "substatus"));
  if (!engagement) throw AdminError(400, "engagementId is no GUID.");
  if (!status || !substatus || !is_legal({*status, *substatus})) {
    throw AdminError(400, "status and substatus are no pair that a referral can have.");
  }
  const Time now = service.clock().now();
  service.store().expire(now);
  const Referral* referral =
      service.store().answer_invitation(*engagement, {*status, *substatus}, now);
  if (referral == nullptr) {
    throw AdminError(404, "The engagement has no invitation to Microsoft that may become so.");
  }
  std::string out;
  append_referral(out, *referral,
                  {service.settings().base_url, service.settings().misspelled_links, true});
  return out;
}

json::object requests_of(const Counters& counters) {
  json::object requests;
  for (std::size_t i = 0; i < call_kinds; ++i) {
    const auto name = to_string(static_cast<CallKind>(i));
    requests.emplace(json::string_view{name.data(), name.size()}, counters.requests[i]);
  }
  return requests;
}

json::object faults_of(const Counters& counters) {
  json::object faults;
  for (std::size_t i = 1; i < fault_kinds; ++i) {
    const auto fault = static_cast<Fault>(i);
    if (fault == Fault::truncate) continue;  // always one of its two forms
    const auto name = to_string(fault);
    faults.emplace(json::string_view{name.data(), name.size()}, counters.faults[i]);
  }
  return faults;
}

}  // namespace

void Admin::answer(const Request& request, Answer& answer) {
  const auto route = request.path().substr(prefix.size());
  answer.content_type = json_type;
  try {
    if (request.method == "GET") {
      if (!get(route, answer)) throw AdminError(404, "There is no such route to GET.");
    } else if (request.method == "POST") {
      post(route, request, answer);
    } else {
      throw AdminError(405, "Only GET and POST are known here.");
    }
  } catch (const AdminError& error) {
    answer.status = error.status();
    answer.body = R"({"error":)";
    append_json_string(answer.body, error.what());
    answer.body += '}';
  }
}

bool Admin::get(std::string_view route, Answer& answer) {
  if (route == "state") {
    answer.body = state();
  } else if (route == "duplicates") {
    answer.body = duplicates();
  } else if (route == "referrals") {
    answer.content_type = "application/x-ndjson; charset=utf-8";
    answer.more = [admin = *this, at = std::size_t{0}](std::string& out) mutable {
      return admin.append_referrals(out, at);
    };
  } else {
    return false;
  }
  return true;
}

void Admin::post(std::string_view route, const Request& request, Answer& answer) {
  if (route == "reset") {
    service_.reset();
    answer.body = "{}";
  } else if (route == "faults") {
    change_faults(service_.faults(), parse_object(request.body));
    answer.body = fmt::format(R"({{"queued":{}}})", service_.faults().queued());
  } else if (route == "clock") {
    answer.body = advance(service_.clock(), parse_object(request.body));
  } else if (route == "microsoft") {
    answer.body = answer_invitation(service_, parse_object(request.body));
  } else {
    throw AdminError(404, "There is no such route to POST to.");
  }
}

std::string Admin::state() const {
  service_.store().expire(service_.clock().now());
  const Totals totals = service_.store().totals();
  const Counters& counters = service_.counters();
  json::object answers;
  for (const auto& [status, count] : counters.answers) {
    answers.emplace(status == 0 ? "none" : std::to_string(status), count);
  }
  json::object ignored;
  for (const auto& [path, count] : counters.ignored_members) ignored.emplace(path, count);
  const json::object state{
      {"referrals", totals.referrals},
      {"own", totals.own},
      {"microsoft", totals.microsoft},
      {"engagements", totals.engagements},
      {"duplicate_external_reference_ids", totals.duplicate_external_ids},
      {"engagements_with_many_microsoft_referrals", totals.engagements_with_many_microsoft},
      {"shared_engagements_without_microsoft_referral", totals.shared_without_microsoft},
      {"requests", requests_of(counters)},
      {"answers", std::move(answers)},
      {"faults", faults_of(counters)},
      {"ignored_members", std::move(ignored)},
      {"queued_faults", service_.faults().queued()},
      {"now", format_time(service_.clock().now())},
      {"seed", service_.seed()},
  };
  return json::serialize(state);
}

std::string Admin::duplicates() const {
  const Store& store = service_.store();
  const auto ids = [&store](const std::vector<Index>& indexes) {
    json::array list;
    for (const Index index : indexes) list.emplace_back(format_guid(store.at(index).id));
    return list;
  };
  const Duplicates found = store.duplicates();
  json::array external;
  for (const auto& [id, indexes] : found.external_ids) {
    external.push_back(json::object{{"externalReferenceId", id}, {"referrals", ids(indexes)}});
  }
  json::array microsoft;
  for (const auto& [engagement, indexes] : found.microsoft) {
    microsoft.push_back(
        json::object{{"engagementId", format_guid(engagement)}, {"referrals", ids(indexes)}});
  }
  return json::serialize(json::object{{"external_reference_ids", std::move(external)},
                                      {"microsoft_referrals", std::move(microsoft)}});
}

bool Admin::append_referrals(std::string& out, std::size_t& at) const {
  const Store& store = service_.store();
  const RenderOptions options{service_.settings().base_url, service_.settings().misspelled_links,
                              false};
  const std::size_t enough = out.size() + piece;
  for (; at < store.size() && out.size() < enough; ++at) {
    append_referral(out, store.at(static_cast<Index>(at)), options);
    out += '\n';
  }
  return at < store.size();
}

}  // namespace referrald::simulator
