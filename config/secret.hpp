// Who may read a secret's file.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace referrald::config {

// The file's POSIX access control list as the kernel keeps it (the attribute
// system.posix_acl_access), empty when it has none.
std::string access_list(const std::filesystem::path& file);

// True when the mode lets the group or everybody read. With an access control list the mode's group
// bits are only the list's upper bound, so the list decides: its groups and "other" count, a user
// named in it does not, for somebody chose that user. systemd hands out credentials in this way.
bool readable_by_others(mode_t mode, std::string_view access_list);

}  // namespace referrald::config
