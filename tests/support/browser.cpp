#include "tests/support/browser.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include <boost/json.hpp>
#include <fcntl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/temporary_folder.hpp"

extern char** environ;

namespace referrald::test {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

constexpr std::chrono::seconds patience{60};

struct Pipe {
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  }
  ~Pipe() {
    close(0);
    close(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close(std::size_t end) {
    if (ends.at(end) >= 0) ::close(ends.at(end));
    ends.at(end) = -1;
  }
  std::array<int, 2> ends{-1, -1};
};

std::string decoded(const std::string& base64) {
  std::string bytes(base64.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(base64.data()),
                                   static_cast<int>(base64.size()));
  if (size < 0) throw std::runtime_error("the screenshot is no base64");
  bytes.resize(static_cast<std::size_t>(size));
  return bytes;
}

std::string as_text(const json::value& value) {
  return value.is_string() ? std::string(value.as_string()) : json::serialize(value);
}

}  // namespace

struct Browser::Impl {
  TemporaryFolder profile;
  Pipe to, from;  // read by 0, written by 1
  pid_t pid = -1;
  std::string buffer;
  std::int64_t last_id = 0;
  std::string session;
  std::map<std::string, int> events;  // how often each came
  std::vector<std::string> complaints;

  Impl() {
    ::signal(SIGPIPE, SIG_IGN);
    start();
    const auto target = call("Target.createTarget", {{"url", "about:blank"}});
    const auto attached =
        call("Target.attachToTarget", {{"targetId", target.at("targetId")}, {"flatten", true}});
    session = as_text(attached.at("sessionId"));
    for (const char* domain : {"Page.enable", "Runtime.enable", "Log.enable"}) call(domain, {});
  }

  ~Impl() {
    if (pid <= 0) return;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }

  void start() {
    std::vector<std::string> arguments{
        Browser::program().value().string(),
        "--headless=new",
        "--remote-debugging-pipe",
        "--user-data-dir=" + profile.path().string(),
        "--no-first-run",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--hide-scrollbars",
        "--force-color-profile=srgb",
        // The page must do with what this machine has.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    };
    if (::geteuid() == 0) arguments.emplace_back("--no-sandbox");
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    // By way of high numbers, since 3 and 4 may be ends of these pipes themselves.
    ::posix_spawn_file_actions_adddup2(&actions, to.ends[0], 103);
    ::posix_spawn_file_actions_adddup2(&actions, from.ends[1], 104);
    ::posix_spawn_file_actions_adddup2(&actions, 103, 3);
    ::posix_spawn_file_actions_adddup2(&actions, 104, 4);
    ::posix_spawn_file_actions_addclose(&actions, 103);
    ::posix_spawn_file_actions_addclose(&actions, 104);
    ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    const int failed =
        ::posix_spawn(&pid, arguments.front().c_str(), &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) throw std::runtime_error("cannot start " + arguments.front());
    to.close(0);
    from.close(1);
  }

  // One message; they end with a NUL.
  json::value receive(std::chrono::steady_clock::time_point until) {
    std::size_t end = 0;
    while ((end = buffer.find('\0')) == std::string::npos) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
      pollfd readable{from.ends[0], POLLIN, 0};
      const int ready = left.count() > 0 ? ::poll(&readable, 1, static_cast<int>(left.count())) : 0;
      if (ready < 0 && errno == EINTR) continue;
      if (ready <= 0) throw std::runtime_error("the browser does not answer");
      std::array<char, 65'536> piece;
      const auto size = ::read(from.ends[0], piece.data(), piece.size());
      if (size <= 0) throw std::runtime_error("the browser has ended");
      buffer.append(piece.data(), static_cast<std::size_t>(size));
    }
    json::value message = json::parse(buffer.substr(0, end));
    buffer.erase(0, end + 1);
    return message;
  }

  void take_event(const json::object& message) {
    const std::string method = as_text(message.at("method"));
    ++events[method];
    const json::value& params = message.at("params");
    if (method == "Log.entryAdded") {
      const auto& entry = params.at("entry").as_object();
      if (entry.at("level") == "error") complaints.push_back(as_text(entry.at("text")));
    }
    if (method == "Runtime.exceptionThrown") complaints.push_back(json::serialize(params));
  }

  json::object call(const std::string& method, json::object params) {
    const std::int64_t id = ++last_id;
    json::object request{{"id", id}, {"method", method}, {"params", std::move(params)}};
    if (!session.empty()) request["sessionId"] = session;
    const std::string text = json::serialize(request) + '\0';
    for (std::size_t sent = 0; sent < text.size();) {
      const auto size = ::write(to.ends[1], text.data() + sent, text.size() - sent);
      if (size <= 0) throw std::runtime_error("the browser has ended");
      sent += static_cast<std::size_t>(size);
    }
    const auto until = std::chrono::steady_clock::now() + patience;
    while (true) {
      const json::value message = receive(until);
      const auto& object = message.as_object();
      if (object.contains("method")) take_event(object);
      if (!object.contains("id") || object.at("id") != id) continue;
      if (object.contains("error"))
        throw std::runtime_error(method + ": " + json::serialize(object.at("error")));
      return object.at("result").as_object();
    }
  }

  void wait_for_event(const std::string& method, int count) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (events[method] < count) {
      const json::value message = receive(until);
      if (message.as_object().contains("method")) take_event(message.as_object());
    }
  }
};

std::optional<fs::path> Browser::program() {
  for (const char* path :
       {"/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"})
    if (::access(path, X_OK) == 0) return path;
  return std::nullopt;
}

Browser::Browser() : impl_(std::make_unique<Impl>()) {}
Browser::~Browser() = default;

void Browser::open(const std::string& url, const Look& look) {
  impl_->call("Emulation.setDeviceMetricsOverride", {{"width", look.width},
                                                     {"height", look.height},
                                                     {"deviceScaleFactor", look.phone ? 2 : 1},
                                                     {"mobile", look.phone}});
  impl_->call(
      "Emulation.setEmulatedMedia",
      {{"features",
        json::array{
            json::object{{"name", "prefers-color-scheme"}, {"value", look.dark ? "dark" : "light"}},
            json::object{{"name", "prefers-reduced-motion"},
                         {"value", look.reduced_motion ? "reduce" : "no-preference"}}}}});
  impl_->call("Emulation.setScriptExecutionDisabled", {{"value", !look.javascript}});
  impl_->complaints.clear();
  const int loaded = impl_->events["Page.loadEventFired"];
  impl_->call("Page.navigate", {{"url", url}});
  impl_->wait_for_event("Page.loadEventFired", loaded + 1);
}

json::value Browser::evaluate(const std::string& expression) {
  const auto result =
      impl_->call("Runtime.evaluate",
                  {{"expression", expression}, {"awaitPromise", true}, {"returnByValue", true}});
  if (result.contains("exceptionDetails"))
    throw std::runtime_error(json::serialize(result.at("exceptionDetails")));
  const auto& value = result.at("result").as_object();
  return value.contains("value") ? value.at("value") : json::value(nullptr);
}

std::string Browser::text(const std::string& expression) {
  return as_text(evaluate(expression));
}

bool Browser::is_true(const std::string& expression) {
  return evaluate("!!(" + expression + ")").as_bool();
}

void Browser::wait_until(const std::string& condition) {
  evaluate("new Promise(done => { const look = () => { if (" + condition +
           ") { watch.disconnect(); done(true); } }; const watch = new MutationObserver(look); "
           "watch.observe(document, { subtree: true, childList: true, attributes: true, "
           "characterData: true }); look(); })");
}

void Browser::press(const std::string& key) {
  const int code = key == "Tab" ? 9 : key == "Enter" ? 13 : 0;
  json::object event{
      {"type", "keyDown"}, {"key", key}, {"code", key}, {"windowsVirtualKeyCode", code}};
  if (key == "Enter") event["text"] = "\r";
  impl_->call("Input.dispatchKeyEvent", event);
  event["type"] = "keyUp";
  event.erase("text");
  impl_->call("Input.dispatchKeyEvent", event);
}

void Browser::screenshot(const fs::path& file) {
  const auto answer =
      impl_->call("Page.captureScreenshot", {{"format", "png"}, {"captureBeyondViewport", true}});
  const std::string png = decoded(as_text(answer.at("data")));
  std::ofstream(file, std::ios::binary) << png;
}

std::vector<std::string> Browser::complaints() {
  // What it has to say is in the pipe before the answer to this.
  (void)evaluate("0");
  return impl_->complaints;
}

}  // namespace referrald::test
