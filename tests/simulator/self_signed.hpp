// A certificate for 127.0.0.1 and localhost, made for one test.
#pragma once

#include <filesystem>

namespace referrald::simulator {

void write_self_signed(const std::filesystem::path& certificate, const std::filesystem::path& key);

}  // namespace referrald::simulator
