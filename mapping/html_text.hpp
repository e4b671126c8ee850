// The text of a piece of HTML, as rich text fields and mails put it into exports.
#pragma once

#include <string>
#include <string_view>

namespace referrald::mapping {

// Tags, comments, scripts and styles go; blocks and breaks become line ends; entities become their
// characters; blanks are joined. What stands in angle brackets and is no tag of HTML, a mail
// address or a placeholder, stays. Text without any tag keeps its lines. Takes whatever it is given
// for HTML, in linear time.
std::string html_text(std::string_view html);

}  // namespace referrald::mapping
