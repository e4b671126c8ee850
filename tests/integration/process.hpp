// Programs under test, as children.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace referrald::test {

struct Ended {
  int exit_code = -1;  // 128 + signal when a signal ended it
  std::string out;
  std::string err;
  long max_rss_kib = 0;
};

// A child with its output in files, so that no pipe can fill. Killed when the object goes.
class Process {
 public:
  Process(const std::vector<std::string>& arguments, const std::string& scratch,
          const std::map<std::string, std::string>& environment = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  Ended wait();
  // nullopt when it is still running after so long.
  std::optional<Ended> wait_for(std::chrono::milliseconds time);
  void signal(int number) const;
  pid_t pid() const { return pid_; }
  // What it has written to standard error so far.
  std::string err() const;

 private:
  Ended ended(int status, long max_rss_kib);

  pid_t pid_ = -1;
  std::string out_file_, err_file_;
  bool over_ = false;
};

Ended run(const std::vector<std::string>& arguments, const std::string& scratch,
          const std::map<std::string, std::string>& environment = {});

}  // namespace referrald::test
