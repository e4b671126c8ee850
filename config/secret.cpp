#include "config/secret.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include <sys/stat.h>
#include <sys/xattr.h>

#include "config/config.hpp"

namespace referrald::config {
namespace {

constexpr std::size_t max_secret = 64U << 10U;

// linux/posix_acl_xattr.h: a version, then entries of tag, permissions and id, all little-endian.
constexpr std::size_t acl_header = 4;
constexpr std::size_t acl_entry = 8;
constexpr unsigned acl_group_owner = 0x04;
constexpr unsigned acl_group = 0x08;
constexpr unsigned acl_mask = 0x10;
constexpr unsigned acl_other = 0x20;
constexpr unsigned acl_read = 0x04;

unsigned little_endian_16(std::string_view bytes) {
  return static_cast<unsigned char>(bytes[0]) |
         (static_cast<unsigned>(static_cast<unsigned char>(bytes[1])) << 8U);
}

// A credential of a unit is a copy: where the operator writes it.
std::string where_to_write(const std::filesystem::path& file) {
  const char* credentials = std::getenv("CREDENTIALS_DIRECTORY");
  if (credentials == nullptr || file.parent_path() != credentials)
    return "put the secret into it (a refresh token: `referrald login`)";
  return "put the secret into the file that the unit's LoadCredential= names: /etc/referrald/" +
         file.filename().string() + ", or that of the tenant";
}

std::string from_file(const std::filesystem::path& file) {
  const auto fail = [&](const std::string& why) {
    throw std::runtime_error("the secret's file " + file.string() + " " + why);
  };
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) fail("cannot be opened: " + std::string(std::strerror(errno)));
  std::string value(max_secret + 1, '\0');
  errno = 0;
  stream.read(value.data(), static_cast<std::streamsize>(value.size()));
  if (stream.bad()) fail("cannot be read: " + std::string(std::strerror(errno)));
  value.resize(static_cast<std::size_t>(stream.gcount()));
  if (value.size() > max_secret) fail("is larger than 64 KiB, which no secret is");
  if (value.ends_with('\n')) value.pop_back();
  if (value.ends_with('\r')) value.pop_back();
  if (value.empty()) fail("is empty; " + where_to_write(file));
  return value;
}

}  // namespace

std::string access_list(const std::filesystem::path& file) {
  std::array<char, 4096> buffer{};
  const ssize_t size =
      ::getxattr(file.c_str(), "system.posix_acl_access", buffer.data(), buffer.size());
  return size <= 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(size));
}

bool readable_by_others(mode_t mode, std::string_view list) {
  if ((mode & S_IROTH) != 0) return true;
  if ((mode & S_IRGRP) == 0) return false;  // with a list: its mask takes reading away from all
  if (list.size() < acl_header) return true;
  unsigned mask = acl_read;
  unsigned granted = 0;
  for (list.remove_prefix(acl_header); list.size() >= acl_entry; list.remove_prefix(acl_entry)) {
    const unsigned tag = little_endian_16(list);
    const unsigned permissions = little_endian_16(list.substr(2));
    if (tag == acl_group_owner || tag == acl_group) granted |= permissions;
    if (tag == acl_other && (permissions & acl_read) != 0) return true;
    if (tag == acl_mask) mask = permissions;
  }
  return (granted & mask & acl_read) != 0;
}

std::string read_secret(const SecretSource& source) {
  if (source.file) return from_file(*source.file);
  const std::string name = source.env.value_or("");
  const char* value = std::getenv(name.c_str());
  if (value == nullptr)
    throw std::runtime_error("the environment variable " + name + " is not set");
  if (*value == '\0') throw std::runtime_error("the environment variable " + name + " is empty");
  return value;
}

}  // namespace referrald::config
