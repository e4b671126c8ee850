// What is said of a command line that is not understood.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace referrald {

// One line on the first argument that nobody expected, with what may have been meant. `app` has
// just thrown CLI::ExtrasError.
std::string unexpected(const CLI::App& app);

}  // namespace referrald
