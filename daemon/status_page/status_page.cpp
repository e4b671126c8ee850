#include "daemon/status_page/status_page.hpp"

#include <optional>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/status_page/health.hpp"
#include "daemon/status_page/page.hpp"
#include "daemon/status_page/words.hpp"
#include "status_page_assets.hpp"

namespace referrald::status_page {
namespace {

constexpr std::string_view html_type = "text/html; charset=utf-8";
constexpr std::string_view json_type = "application/json";
constexpr std::string_view css_type = "text/css; charset=utf-8";
constexpr std::string_view script_type = "text/javascript; charset=utf-8";
constexpr std::string_view svg_type = "image/svg+xml";
constexpr std::string_view events_type = "text/event-stream";
constexpr std::string_view plain_text = "text/plain; charset=utf-8";

constexpr std::chrono::milliseconds fresh_for{500};

struct Asset {
  std::string_view path, type, content;
};
constexpr Asset files[] = {
    {"/page.css", css_type, assets::page_css},
    {"/page.js", script_type, assets::page_js},
    {"/icon-calm.svg", svg_type, assets::icon_calm},
    {"/icon-attention.svg", svg_type, assets::icon_attention},
    {"/icon-trouble.svg", svg_type, assets::icon_trouble},
};

Address address_of(std::string_view text) {
  const auto address = parse_address(text);
  if (!address)
    throw ListenError(fmt::format("status_page: {} is no loopback address with a port", text));
  return *address;
}

using Sections = std::shared_ptr<const std::vector<Section>>;

std::string event(std::string_view name, const boost::json::object& data) {
  return fmt::format("event: {}\ndata: {}\n\n", name, boost::json::serialize(data));
}

}  // namespace

// What is served, made at most once in `fresh_for` however many ask.
struct StatusPage::Content {
  Content(submission::Clock& time, std::function<Snapshot()> take, const Metrics& counted)
      : clock(time), snapshot(std::move(take)), metrics(counted) {}

  using Text = std::shared_ptr<const std::string>;

  submission::Clock& clock;
  std::function<Snapshot()> snapshot;
  const Metrics& metrics;

  std::optional<submission::SteadyTime> taken;
  Snapshot now;
  Text page, json, counted;
  Sections sections;

  const Snapshot& fresh() {
    if (taken && clock.steady() - *taken < fresh_for) return now;
    now = snapshot();
    taken = clock.steady();
    page = json = counted = nullptr;
    sections = nullptr;
    return now;
  }
  template <typename Make>
  const Text& made(Text Content::*member, Make make) {
    const Snapshot& what = fresh();
    if (!(this->*member)) this->*member = std::make_shared<const std::string>(make(what));
    return this->*member;
  }
  const Sections& fresh_sections() {
    const Snapshot& what = fresh();
    if (!sections) sections = std::make_shared<const std::vector<Section>>(sections_of(what));
    return sections;
  }
  HttpAnswer answer(std::string_view path, const std::shared_ptr<Content>& self);
};

namespace {

// What one browser knows of the page, and what it must be told to know the present.
template <typename Content>
class Feed {
 public:
  explicit Feed(std::shared_ptr<Content> content) : content_(std::move(content)) {}

  std::string operator()() {
    const Sections now = content_->fresh_sections();
    const bool first = !known_;
    if (now == known_) return {};
    boost::json::object changed;
    for (std::size_t i = 0; i < now->size(); ++i) {
      const Section& section = (*now)[i];
      if (first || (*known_)[i] != section) changed[section.id] = section.html;
    }
    known_ = now;
    if (changed.empty()) return {};
    const std::string at = clock_time(content_->now.at, content_->now.at);
    return event(
        "sections",
        {{"version", content_->now.version}, {"at", at}, {"sections", std::move(changed)}});
  }

 private:
  std::shared_ptr<Content> content_;
  Sections known_;
};

}  // namespace

HttpAnswer StatusPage::Content::answer(std::string_view path,
                                       const std::shared_ptr<Content>& self) {
  if (path == "/") return {200, html_type, made(&Content::page, page_of), {}};
  if (path == "/snapshot.json") return {200, json_type, made(&Content::json, json_of), {}};
  if (path == "/metrics")
    return {200,
            metrics_type,
            made(&Content::counted, [&](const Snapshot& what) { return metrics.text(what); }),
            {}};
  if (path == "/healthz" || path == "/readyz") {
    const Health health = health_of(fresh());
    const bool alive = path == "/healthz";
    const bool well = alive ? health.alive : health.ready;
    return {well ? 200 : 503,
            json_type,
            std::make_shared<const std::string>(alive ? alive_json(health) : ready_json(health)),
            {}};
  }
  if (path == "/events") return {200, events_type, nullptr, Feed<Content>(self)};
  for (const Asset& file : files)
    if (path == file.path)
      return {200, file.type, std::make_shared<const std::string>(file.content), {}};
  return {404,
          plain_text,
          std::make_shared<const std::string>("There is nothing here; / is the page.\n"),
          {}};
}

StatusPage::StatusPage(boost::asio::any_io_executor executor, submission::Clock& clock, Log& log,
                       std::string_view address, std::function<Snapshot()> snapshot,
                       const Metrics& metrics, const Limits& limits)
    : content_(std::make_shared<Content>(clock, std::move(snapshot), metrics)),
      address_(address_of(address)),
      log_(log),
      server_(
          std::move(executor), clock, log, address_,
          [content = content_](std::string_view path) { return content->answer(path, content); },
          limits) {}

StatusPage::~StatusPage() = default;

void StatusPage::start() {
  server_.start();
  address_.port = server_.port();
  log_.write("status-page-ready", {{"url", url()}});
}

void StatusPage::stop() {
  server_.stop();
}

std::string StatusPage::url() const {
  const bool v6 = address_.ip.find(':') != std::string::npos;
  return fmt::format("http://{}{}{}:{}/", v6 ? "[" : "", address_.ip, v6 ? "]" : "", address_.port);
}

std::size_t StatusPage::connections() const {
  return server_.connections();
}

}  // namespace referrald::status_page
