#include "daemon/inbox/notifier.hpp"

#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace referrald::inbox {
namespace {

constexpr std::size_t most_waiting = 100;

// How a command ended, in words; empty: well.
std::string end_of(int status) {
  if (WIFEXITED(status)) {
    const int code = WEXITSTATUS(status);
    return code == 0 ? std::string{} : "it ended with " + std::to_string(code);
  }
  return "it was ended by signal " + std::to_string(WTERMSIG(status));
}

struct Pipe {
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) ends = {-1, -1};
  }
  ~Pipe() {
    for (const int end : ends)
      if (end >= 0) ::close(end);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_reading() { ::close(std::exchange(ends[0], -1)); }
  void close_writing() { ::close(std::exchange(ends[1], -1)); }
  std::array<int, 2> ends{-1, -1};
};

// 0, or the errno. The child has a process group of its own, so that all of it can be ended.
int start_shell(const std::string& command, Pipe& input, pid_t& child) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input.ends[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  sigset_t signals;
  sigfillset(&signals);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  std::string text = command;
  std::string shell = "sh";
  std::string option = "-c";
  std::array<char*, 4> arguments{shell.data(), option.data(), text.data(), nullptr};
  const int error =
      posix_spawn(&child, "/bin/sh", &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

// A notice is shorter than a pipe is wide, so that writing it never waits for the reader.
void write_all(int descriptor, const std::string& text) {
  std::size_t written = 0;
  while (written < text.size()) {
    const auto now = ::write(descriptor, text.data() + written, text.size() - written);
    if (now < 0) return;  // it need not read
    written += static_cast<std::size_t>(now);
  }
}

std::string wait_for(pid_t child, std::chrono::milliseconds patience) {
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
  bool in_time = true;
  if (handle >= 0) {
    pollfd wanted{handle, POLLIN, 0};
    in_time = ::poll(&wanted, 1, static_cast<int>(patience.count())) != 0;
    ::close(handle);
  }
  if (!in_time) ::kill(-child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return in_time ? end_of(status) : "it took too long and was killed";
}

// What is still to be told when the daemon ends is told within it.
constexpr std::chrono::seconds patience_at_end{10};

class CommandNotifier final : public Notifier {
 public:
  CommandNotifier(std::string command, std::chrono::milliseconds patience, Log& log)
      : command_(std::move(command)), patience_(patience), log_(log), thread_([this] { work(); }) {}

  ~CommandNotifier() override {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
      over_at_ = std::chrono::steady_clock::now();
    }
    wanted_.notify_one();
    thread_.join();
  }

  void tell(const Notice& notice) override {
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.size() >= most_waiting) {
        log_.write("notice-dropped", {{"notice", to_string(notice.kind)}});
        return;
      }
      waiting_.push_back(notice);
    }
    wanted_.notify_one();
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wanted_.wait(lock, [this] { return over_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      if (over_ && std::chrono::steady_clock::now() >= over_at_ + patience_at_end) {
        for (const auto& left : waiting_)
          log_.write("notice-dropped", {{"notice", to_string(left.kind)}});
        return;
      }
      const Notice notice = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      const auto trouble = run(json_of(notice));
      if (!trouble.empty())
        log_.write("notify-failed", {{"notice", to_string(notice.kind)}, {"reason", trouble}});
      lock.lock();
    }
  }

  std::string run(const std::string& input) {
    Pipe pipe;
    if (pipe.ends[0] < 0) return std::strerror(errno);
    pid_t child = 0;
    if (const int error = start_shell(command_, pipe, child); error != 0)
      return std::strerror(error);
    pipe.close_reading();
    write_all(pipe.ends[1], input);
    pipe.close_writing();
    return wait_for(child, patience_);
  }

  const std::string command_;
  const std::chrono::milliseconds patience_;
  Log& log_;
  std::mutex mutex_;
  std::condition_variable wanted_;
  std::deque<Notice> waiting_;
  bool over_ = false;
  std::chrono::steady_clock::time_point over_at_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Notifier> make_notifier(std::string command, std::chrono::milliseconds patience,
                                        Log& log) {
  return std::make_unique<CommandNotifier>(std::move(command), patience, log);
}

}  // namespace referrald::inbox
