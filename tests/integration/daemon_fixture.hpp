// The daemon itself: real folders, real signals, a real ledger and the simulator.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "tests/integration/setting.hpp"
#include "tests/support/temporary_folder.hpp"

namespace referrald::test {

// So long a busy machine may take; what is waited for comes at once.
inline constexpr std::chrono::seconds patience{60};

class RunIntegrationTest : public IntegrationTest {
 protected:
  // Waits until the program has written such a line; false when it ended or never did.
  static bool says(Process& process, const std::string& text) {
    return becomes(process, [&] { return process.err().find(text) != std::string::npos; });
  }
  static bool becomes(Process& process, const std::function<bool()>& wanted) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!wanted()) {
      if (std::chrono::steady_clock::now() > until) return false;
      if (process.wait_for(std::chrono::milliseconds{5})) return wanted();
    }
    return true;
  }

  void configure_daemon(const Simulator& simulator, const std::string& source_keys = {}) const {
    Settings settings{.url = simulator.url()};
    settings.more = more_;
    configure(settings);
    auto text = content_of(folder / "referrald.yaml");
    text += source_keys;
    write("referrald.yaml", text);
  }

  // Leads as an export that is renamed into the folder.
  void drop(std::size_t rows, const std::string& name) const {
    given_leads(rows);
    std::filesystem::rename(folder / "in" / "leads.csv", folder / ".leads");
    std::filesystem::rename(folder / ".leads", folder / "in" / name);
  }

  std::string more_;
};

}  // namespace referrald::test
