#include "daemon/inbox/folder_watch.hpp"

#include <array>
#include <cstring>
#include <map>
#include <memory>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <sys/inotify.h>

namespace referrald::inbox {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

constexpr std::uint32_t wanted = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_MODIFY |
                                 IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

class Inotify final : public FolderWatch {
 public:
  explicit Inotify(const asio::any_io_executor& executor) : descriptor_(executor) {
    const int descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (descriptor < 0) return;  // watch() says so
    descriptor_.assign(descriptor);
    wait();
  }

  bool watch(const fs::path& folder) override {
    for (const auto& [number, watched] : folders_)
      if (watched == folder) return true;
    if (!descriptor_.is_open()) return false;
    const int number = inotify_add_watch(descriptor_.native_handle(), folder.c_str(), wanted);
    if (number < 0) return false;
    folders_[number] = folder;
    return true;
  }

  void on_event(std::function<void(const FolderEvent&)> told) override { told_ = std::move(told); }

  ~Inotify() override { *over_ = true; }

  void stop() override {
    *over_ = true;
    boost::system::error_code ignored;
    descriptor_.close(ignored);
  }

 private:
  void wait() {
    descriptor_.async_wait(asio::posix::descriptor_base::wait_read,
                           [this, over = over_](boost::system::error_code error) {
                             if (error || *over) return;
                             read();
                             wait();
                           });
  }

  void read() {
    alignas(inotify_event) std::array<char, 4'096> buffer{};
    for (;;) {
      const auto length = ::read(descriptor_.native_handle(), buffer.data(), buffer.size());
      if (length <= 0) return;
      for (std::size_t at = 0; at < static_cast<std::size_t>(length);) {
        inotify_event event{};
        std::memcpy(&event, buffer.data() + at, sizeof event);
        const char* name = buffer.data() + at + sizeof event;
        at += sizeof event + event.len;
        tell(event, event.len > 0 ? std::string(name) : std::string{});
      }
    }
  }

  void tell(const inotify_event& event, std::string name) {
    if ((event.mask & IN_Q_OVERFLOW) != 0) {
      for (const auto& [number, folder] : folders_) tell({folder, {}, false});
      return;
    }
    const auto found = folders_.find(event.wd);
    if (found == folders_.end()) return;
    const auto folder = found->second;
    if ((event.mask & (IN_MOVE_SELF | IN_DELETE_SELF | IN_IGNORED)) != 0) {
      // Under its new name it is another folder.
      if ((event.mask & IN_MOVE_SELF) != 0) inotify_rm_watch(descriptor_.native_handle(), event.wd);
      folders_.erase(found);
    }
    tell({folder, std::move(name), (event.mask & IN_MOVED_TO) != 0});
  }

  void tell(const FolderEvent& event) {
    if (told_) told_(event);
  }

  asio::posix::stream_descriptor descriptor_;
  // Outlives the object, for a wait that was answered just before its end.
  std::shared_ptr<bool> over_ = std::make_shared<bool>(false);
  std::map<int, fs::path> folders_;
  std::function<void(const FolderEvent&)> told_;
};

}  // namespace

std::unique_ptr<FolderWatch> make_folder_watch(asio::any_io_executor executor) {
  return std::make_unique<Inotify>(executor);
}

}  // namespace referrald::inbox
