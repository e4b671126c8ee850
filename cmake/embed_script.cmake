# Run by referrald_embed. Writes bytes as hexadecimal, so that any content and any length compiles.
set(text "#pragma once\n#include <string_view>\n\nnamespace ${NAMESPACE} {\n")
foreach(entry ${ENTRIES})
  string(REGEX REPLACE "=.*$" "" name ${entry})
  string(REGEX REPLACE "^[^=]*=" "" file ${entry})
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
  string(APPEND text "inline constexpr char ${name}_bytes[] = {${bytes}'\\0'};\n")
  string(APPEND text
    "inline constexpr std::string_view ${name}{${name}_bytes, sizeof(${name}_bytes) - 1};\n")
endforeach()
string(APPEND text "}  // namespace ${NAMESPACE}\n")
file(WRITE ${OUT} "${text}")
