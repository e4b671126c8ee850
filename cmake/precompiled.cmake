# Headers that nearly every file includes are compiled once. (The preset debug does without, so that each
# file is known to name what it needs.)
#
# referrald_precompiled(NAME [LINK …] [OPTIONS …] HEADERS…): such a set, for targets that are compiled
# with the same definitions; a target takes it by `target_precompile_headers(… REUSE_FROM NAME)`.
set(REFERRALD_NO_SOURCE ${PROJECT_SOURCE_DIR}/cmake/precompiled.cpp)
function(referrald_precompiled name)
  cmake_parse_arguments(ARG "" "" "LINK;OPTIONS;HEADERS" ${ARGN})
  add_library(${name} OBJECT ${REFERRALD_NO_SOURCE})
  target_link_libraries(${name} PRIVATE referrald_options ${ARG_LINK})
  target_compile_options(${name} PRIVATE ${ARG_OPTIONS})
  target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
endfunction()

set(REFERRALD_STANDARD_HEADERS
  <algorithm> <array> <charconv> <chrono> <cstdint> <deque> <filesystem> <fstream> <functional> <list>
  <map> <memory> <optional> <set> <span> <sstream> <string> <string_view> <unordered_map> <utility>
  <vector> <fmt/format.h>)
set(REFERRALD_NETWORK_HEADERS
  <boost/asio/awaitable.hpp> <boost/asio/io_context.hpp> <boost/asio/ip/tcp.hpp> <boost/asio/post.hpp>
  <boost/asio/use_awaitable.hpp> <boost/json.hpp>)

referrald_precompiled(referrald_precompiled_standard HEADERS ${REFERRALD_STANDARD_HEADERS})
referrald_precompiled(referrald_precompiled_network LINK referrald_boost
  HEADERS ${REFERRALD_STANDARD_HEADERS} ${REFERRALD_NETWORK_HEADERS})
