#include "daemon/sync/archive.hpp"

#include <fstream>

#include "tests/unit/sync/sync_fixture.hpp"

namespace referrald::test {
namespace {

TEST_F(SyncTest, ArchivingNeverReplacesAnotherFile) {
  const auto done = folder / "done";
  const auto now = VirtualClock::default_start;
  for (const std::string content : {"first", "second", "third"}) {
    sync::move_to_archive(given_file("leads.csv", content), done, now);
  }
  std::set<std::string> contents;
  for (const auto& entry : std::filesystem::directory_iterator(done)) {
    std::ifstream in(entry.path());
    contents.insert(std::string(std::istreambuf_iterator<char>(in), {}));
  }
  EXPECT_EQ(contents, (std::set<std::string>{"first", "second", "third"}));
  EXPECT_TRUE(std::filesystem::exists(done / "leads.csv"));
}

TEST_F(SyncTest, AnExportThatCannotBeArchivedStays) {
  const auto file = given_file("leads.csv", "x");
  given_file("blocked", "not a folder");
  EXPECT_THROW(sync::move_to_archive(file, folder / "in" / "blocked", VirtualClock::default_start),
               std::filesystem::filesystem_error);
  EXPECT_TRUE(std::filesystem::exists(file));
}

}  // namespace
}  // namespace referrald::test
