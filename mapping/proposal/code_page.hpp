// Which code page a text is in, as far as its letters tell.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace referrald::mapping {

struct CodePageGuess {
  std::string best;  // to read the text by, for the time being
  // The code pages that it may as well be in, `best` first; empty: there is no doubt.
  std::vector<std::string> doubtful;
};

// Of a text that is no Unicode.
CodePageGuess guess_code_page(std::string_view text);

}  // namespace referrald::mapping
