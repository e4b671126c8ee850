#include "config/secret.hpp"

#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/xattr.h>

#include "tests/unit/config/fixture.hpp"

namespace referrald::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr unsigned owner = 0x01;
constexpr unsigned user = 0x02;
constexpr unsigned group_owner = 0x04;
constexpr unsigned group = 0x08;
constexpr unsigned mask = 0x10;
constexpr unsigned other = 0x20;

struct Entry {
  unsigned tag;
  unsigned permissions;
  std::uint32_t id = 0xFFFFFFFF;
};

// As the kernel keeps it.
std::string list_of(const std::vector<Entry>& entries) {
  std::string bytes("\x02\x00\x00\x00", 4);
  const auto put = [&](std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xFFU);
  };
  for (const Entry& entry : entries) {
    put(entry.tag, 2);
    put(entry.permissions, 2);
    put(entry.id, 4);
  }
  return bytes;
}

TEST(SecretModes, GroupAndOthersMustNotRead) {
  for (const mode_t mode : {0600U, 0400U, 0700U, 0611U, 0622U}) {
    EXPECT_FALSE(readable_by_others(mode, "")) << std::oct << mode;
  }
  for (const mode_t mode : {0640U, 0604U, 0644U, 0440U, 0777U}) {
    EXPECT_TRUE(readable_by_others(mode, "")) << std::oct << mode;
  }
}

// systemd gives a service its credentials like this: 0440 for the mode, and one named user.
TEST(SecretModes, AUserNamedInTheAccessListMayRead) {
  const std::string list =
      list_of({{owner, 4}, {user, 4, 990}, {group_owner, 0}, {mask, 4}, {other, 0}});
  EXPECT_FALSE(readable_by_others(0440, list));
}

TEST(SecretModes, AGroupInTheAccessListMustNotRead) {
  EXPECT_TRUE(readable_by_others(
      0440, list_of({{owner, 4}, {user, 4, 990}, {group_owner, 4}, {mask, 4}, {other, 0}})));
  EXPECT_TRUE(readable_by_others(
      0440, list_of({{owner, 4}, {group_owner, 0}, {group, 4, 50}, {mask, 4}, {other, 0}})));
}

TEST(SecretModes, OthersInTheAccessListMustNotRead) {
  EXPECT_TRUE(readable_by_others(0440, list_of({{owner, 4}, {group_owner, 0}, {other, 4}})));
}

TEST(SecretModes, TheMaskTakesReadingAway) {
  EXPECT_FALSE(readable_by_others(
      0420, list_of({{owner, 6}, {group_owner, 4}, {group, 4, 50}, {mask, 2}, {other, 0}})));
}

TEST(SecretModes, AnUnreadableAccessListAllowsNothing) {
  EXPECT_TRUE(readable_by_others(0440, "\x02"));
}

class SecretFile : public ConfigTest {
 protected:
  static std::string error(const SecretSource& source) {
    try {
      read_secret(source);
    } catch (const std::runtime_error& failure) {
      return failure.what();
    }
    return "no error";
  }
};

TEST_F(SecretFile, AFileWithoutAccessListHasNone) {
  EXPECT_EQ(access_list(write("secret", "x")), "");
  EXPECT_EQ(access_list(folder_ / "missing"), "");
}

TEST_F(SecretFile, ItsAccessListIsReadFromTheFileSystem) {
  const auto file = write("secret", "x", 0400);
  const std::string list =
      list_of({{owner, 4}, {user, 4, 12345}, {group_owner, 0}, {mask, 4}, {other, 0}});
  if (::setxattr(file.c_str(), "system.posix_acl_access", list.data(), list.size(), 0) != 0) {
    GTEST_SKIP() << "this file system keeps no access lists, errno " << errno;
  }
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0440U);
  EXPECT_FALSE(readable_by_others(status.st_mode, access_list(file)));
}

TEST_F(SecretFile, IsReadWithoutItsFinalLineBreak) {
  EXPECT_EQ(read_secret({.file = write("a", "hunter2\n"), .env = {}}), "hunter2");
  EXPECT_EQ(read_secret({.file = write("b", "hunter2\r\n"), .env = {}}), "hunter2");
  EXPECT_EQ(read_secret({.file = write("c", "hunter2"), .env = {}}), "hunter2");
  EXPECT_EQ(read_secret({.file = write("d", " hunter2 \n"), .env = {}}), " hunter2 ");
}

TEST_F(SecretFile, IsReadFromTheEnvironment) {
  set_variable("REFERRALD_TEST_SECRET", "hunter2");
  EXPECT_EQ(read_secret({.file = {}, .env = "REFERRALD_TEST_SECRET"}), "hunter2");
}

TEST_F(SecretFile, FailuresNameTheFileOrTheVariable) {
  EXPECT_THAT(error({.file = folder_ / "missing", .env = {}}),
              HasSubstr("/missing cannot be opened: No such file"));
  EXPECT_THAT(error({.file = write("empty", "\n"), .env = {}}),
              HasSubstr("/empty is empty; put the secret into it"));
  EXPECT_THAT(error({.file = folder_, .env = {}}), HasSubstr(folder_.string()));
  EXPECT_EQ(error({.file = {}, .env = "REFERRALD_TEST_UNSET"}),
            "the environment variable REFERRALD_TEST_UNSET is not set");
  set_variable("REFERRALD_TEST_EMPTY", "");
  EXPECT_EQ(error({.file = {}, .env = "REFERRALD_TEST_EMPTY"}),
            "the environment variable REFERRALD_TEST_EMPTY is empty");
}

TEST_F(SecretFile, AFailureNeverShowsTheValue) {
  std::string huge(70'000, 'x');
  huge.replace(0, 7, "hunter2");
  EXPECT_THAT(error({.file = write("huge", huge), .env = {}}),
              ::testing::AllOf(HasSubstr("larger than 64 KiB"), Not(HasSubstr("hunter2"))));
}

}  // namespace
}  // namespace referrald::config
