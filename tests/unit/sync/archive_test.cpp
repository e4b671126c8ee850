#include "daemon/sync/archive.hpp"

#include <cstdlib>
#include <fstream>

#include "tests/unit/sync/sync_fixture.hpp"

namespace referrald::test {
namespace {

TEST_F(SyncTest, ArchivingNeverReplacesAnotherFile) {
  const auto done = folder / "done";
  const auto now = VirtualClock::default_start;
  for (const std::string content : {"first", "second", "third"}) {
    const auto file = given_file("leads.csv", content);
    EXPECT_TRUE(sync::move_to_archive(file, *sync::stamp_of(file), done, now));
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
  EXPECT_THROW(sync::move_to_archive(file, *sync::stamp_of(file), folder / "in" / "blocked",
                                     VirtualClock::default_start),
               std::filesystem::filesystem_error);
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_F(SyncTest, AFileThatTookTheExportsPlaceIsNotArchived) {
  const auto file = given_file("leads.csv", "read");
  const auto read = *sync::stamp_of(file);
  std::filesystem::rename(given_file("new.csv", "unread"), file);
  EXPECT_EQ(sync::move_to_archive(file, read, folder / "done", VirtualClock::default_start),
            std::nullopt);
  EXPECT_TRUE(std::filesystem::exists(file));
  EXPECT_TRUE(std::filesystem::is_empty(folder / "done"));
}

TEST_F(SyncTest, NorIsAnExportThatGrewMeanwhile) {
  const auto file = given_file("leads.csv", "read");
  const auto read = *sync::stamp_of(file);
  std::ofstream(file, std::ios::app) << "unread";
  EXPECT_EQ(sync::move_to_archive(file, read, folder / "done", VirtualClock::default_start),
            std::nullopt);
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_F(SyncTest, AFolderIsArchivedWholeAndOnlyAsItWasRead) {
  const auto export_folder = folder / "2024-05-01T10.00.00Z";
  std::filesystem::create_directories(export_folder / "lead");
  std::ofstream(export_folder / "lead" / "2024.csv") << "read";
  const auto now = VirtualClock::default_start;
  const auto read = *sync::stamp_of(export_folder);
  std::ofstream(export_folder / "lead" / "2024.csv", std::ios::app) << "unread";
  EXPECT_EQ(sync::move_to_archive(export_folder, read, folder / "done", now), std::nullopt);
  EXPECT_TRUE(std::filesystem::exists(export_folder / "lead" / "2024.csv"));

  const auto to =
      sync::move_to_archive(export_folder, *sync::stamp_of(export_folder), folder / "done", now);
  ASSERT_TRUE(to);
  EXPECT_TRUE(std::filesystem::exists(*to / "lead" / "2024.csv"));
  EXPECT_FALSE(std::filesystem::exists(export_folder));
}

TEST_F(SyncTest, AFolderIsArchivedOnAnotherFileSystem) {
  std::string pattern = "/dev/shm/referrald-archive-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) GTEST_SKIP() << "no second file system";
  const std::filesystem::path done = pattern;
  const auto export_folder = folder / "pages";
  std::filesystem::create_directories(export_folder / "inner");
  std::ofstream(export_folder / "inner" / "1.json") << "[]";
  const auto to = sync::move_to_archive(export_folder, *sync::stamp_of(export_folder), done,
                                        VirtualClock::default_start);
  ASSERT_TRUE(to);
  EXPECT_TRUE(std::filesystem::exists(*to / "inner" / "1.json"));
  EXPECT_FALSE(std::filesystem::exists(export_folder));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(done), {}), 1) << "nothing partial";
  std::filesystem::remove_all(done);
}

TEST_F(SyncTest, AnArchiveOnAnotherFileSystemGetsACopy) {
  std::string pattern = "/dev/shm/referrald-archive-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) GTEST_SKIP() << "no second file system";
  const std::filesystem::path done = pattern;
  const auto file = given_file("leads.csv", "content");
  std::ofstream(done / "leads.csv") << "older";
  const auto to =
      sync::move_to_archive(file, *sync::stamp_of(file), done, VirtualClock::default_start);
  ASSERT_TRUE(to);
  std::ifstream in(*to);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), "content");
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(done), {}), 2) << "nothing partial";
  std::filesystem::remove_all(done);
}

}  // namespace
}  // namespace referrald::test
