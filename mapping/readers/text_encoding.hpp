// How a text is encoded: what was said, and what its first bytes show.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/readers/byte_source.hpp"

namespace referrald::mapping {

// So many first bytes are enough to judge a text by.
inline constexpr std::size_t kEncodingSample = std::size_t{64} << 10;

// The usual name of an encoding that ICU can decode, whatever the spelling: "utf8" is "UTF-8",
// "cp1252" is "windows-1252". Nothing: ICU does not know it, or it has no fixed meaning for a byte.
std::optional<std::string> canonical_encoding(std::string_view name);

// The canonical names of all of them, for "did you mean".
const std::vector<std::string>& known_encodings();

// The Unicode encoding that a byte order mark says, or that the pattern of NUL bytes leaves no
// doubt about: "UTF-8" (with a mark only), "UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE".
std::optional<std::string> unicode_encoding_of(std::string_view start);

// The canonical name of what the text is to be decoded from. `named` is format.encoding, empty for
// what can be seen, which is UTF-8 where nothing else is. Throws ExportError (format) for a name
// that is unknown or that the bytes contradict; `file` is for its message.
std::string choose_encoding(std::string_view start, const std::string& named,
                            const std::string& file);

// Throws ExportError (format) when the encoding is a code page and the content is UTF-8 with more
// than ASCII, but perhaps for a few damaged bytes: read as it is named, it would be no error and
// all wrong.
void check_code_page(ByteSource& source, const std::string& encoding);

}  // namespace referrald::mapping
