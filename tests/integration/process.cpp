#include "tests/integration/process.hpp"

#include <atomic>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace referrald::test {
namespace {

std::string content(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string numbered(const std::string& scratch, const char* kind) {
  static std::atomic<int> number = 0;
  return scratch + "/" + kind + "-" + std::to_string(getpid()) + "-" + std::to_string(++number);
}

// Whoever runs the tests may be behind a proxy; the tests' servers are not.
bool concerns_proxies(const std::string& name) {
  return name == "https_proxy" || name == "HTTPS_PROXY" || name == "no_proxy" || name == "NO_PROXY";
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> all;
  for (auto& text : strings) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments, const std::string& scratch,
                 const std::map<std::string, std::string>& environment)
    : out_file_(numbered(scratch, "out")), err_file_(numbered(scratch, "err")) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const int flags = O_CREAT | O_TRUNC | O_WRONLY;
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, out_file_.c_str(), flags, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, err_file_.c_str(), flags, 0600);
  auto words = arguments;
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    const std::string name = text.substr(0, text.find('='));
    if (!environment.contains(name) && !concerns_proxies(name)) variables.push_back(text);
  }
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  const int error = posix_spawn(&pid_, words[0].c_str(), &actions, nullptr, pointers(words).data(),
                                pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::system_error(error, std::generic_category(), words[0]);
}

Process::~Process() {
  if (over_ || pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

Ended Process::ended(int status, long max_rss_kib) {
  over_ = true;
  Ended end;
  end.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  end.out = content(out_file_);
  end.err = content(err_file_);
  end.max_rss_kib = max_rss_kib;
  return end;
}

Ended Process::wait() {
  int status = 0;
  rusage usage{};
  while (wait4(pid_, &status, 0, &usage) < 0) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "wait4");
  }
  return ended(status, usage.ru_maxrss);
}

std::optional<Ended> Process::wait_for(std::chrono::milliseconds time) {
  const int descriptor = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "pidfd_open");
  pollfd waiting{descriptor, POLLIN, 0};
  const int ready = poll(&waiting, 1, static_cast<int>(time.count()));
  close(descriptor);
  if (ready <= 0) return std::nullopt;
  return wait();
}

void Process::signal(int number) const {
  kill(pid_, number);
}

std::string Process::err() const {
  return content(err_file_);
}

Ended run(const std::vector<std::string>& arguments, const std::string& scratch,
          const std::map<std::string, std::string>& environment) {
  Process process(arguments, scratch, environment);
  return process.wait();
}

}  // namespace referrald::test
