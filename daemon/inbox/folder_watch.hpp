// Tells when something happens in a folder, so that nobody has to look all the time. A net of slow
// looks is wanted all the same: events may be lost, and a network's file system has none.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

namespace referrald::inbox {

struct FolderEvent {
  std::filesystem::path folder;
  std::string name;       // of what is in it; empty: it may be anything
  bool moved_in = false;  // renamed into place, and so complete
};

// One thread, that of the executor.
class FolderWatch {
 public:
  virtual ~FolderWatch() = default;
  // Begins to watch; false: it cannot be watched now, as when it is not there. A folder that is
  // watched already stays so; one that was removed has to be asked for again.
  virtual bool watch(const std::filesystem::path& folder) = 0;
  virtual void on_event(std::function<void(const FolderEvent&)> told) = 0;
  // No event comes any more.
  virtual void stop() = 0;
};

// By inotify. Where the machine gives no more watches, watch() answers false.
std::unique_ptr<FolderWatch> make_folder_watch(boost::asio::any_io_executor executor);

}  // namespace referrald::inbox
