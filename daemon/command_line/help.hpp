// The text of --help.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace referrald {

// Of the program, or of one of its commands; at most 88 columns wide.
std::string help_text(const CLI::App& app);

}  // namespace referrald
