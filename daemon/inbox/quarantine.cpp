#include "daemon/inbox/quarantine.hpp"

#include <cerrno>
#include <fstream>

#include <fmt/format.h>

#include "daemon/submission/wire.hpp"
#include "daemon/text.hpp"

namespace referrald::inbox {
namespace {

namespace fs = std::filesystem;

// As a shell takes it.
std::string quoted(const fs::path& path) {
  std::string out = "'";
  for (const char c : printable(path.string()))
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  return out + "'";
}

}  // namespace

std::optional<fs::path> quarantine(const fs::path& file, const sync::FileStamp& stamp,
                                   const fs::path& folder, const std::vector<std::string>& reasons,
                                   submission::WallTime now) {
  auto moved = sync::move_to_archive(file, stamp, folder, now);
  if (!moved) return std::nullopt;
  fs::path why = *moved;
  why += ".why";
  std::ofstream out(why);
  out << fmt::format("{} could not be read at {}:\n\n", file.string(),
                     submission::format_time(now));
  for (const auto& reason : reasons) out << "  " << printable(reason) << '\n';
  out << fmt::format(
      "\nNothing is lost: what was read before stays as it is. Mend the export, or the mapping "
      "(then "
      "reload the service), and move it back:\n\n  mv {} {}\n",
      quoted(*moved), quoted(file));
  out.close();
  if (!out)
    throw fs::filesystem_error("cannot write", why,
                               std::error_code(errno, std::generic_category()));
  return moved;
}

std::uint64_t count_set_aside(const fs::path& folder) {
  std::uint64_t count = 0;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() != ".why") continue;
    std::error_code gone;
    if (fs::exists(fs::path(at->path()).replace_extension(), gone)) ++count;
  }
  return count;
}

}  // namespace referrald::inbox
