# referrald_options: what every target of ours is compiled with.
add_library(referrald_options INTERFACE)
target_compile_features(referrald_options INTERFACE cxx_std_20)
target_include_directories(referrald_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(referrald_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Werror
  # False alarms of g++ 12, optimised builds only: in Asio's frame allocation; in "text" + string
  # (GCC bug 105651); in date::parse.
  "$<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete;-Wno-restrict>"
  "$<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:-Wno-maybe-uninitialized>")
set(CMAKE_CXX_EXTENSIONS OFF)

if(REFERRALD_SANITIZE)
  target_compile_options(referrald_options INTERFACE
    -fsanitize=${REFERRALD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -O1)
  target_link_options(referrald_options INTERFACE -fsanitize=${REFERRALD_SANITIZE})
  # Asio reuses coroutine frames, which hides use-after-free from AddressSanitizer.
  target_compile_definitions(referrald_options INTERFACE
    BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
  if(REFERRALD_SANITIZE MATCHES thread)
    # The others: false alarms of g++ 12 in "text" + string again.
    target_compile_options(referrald_options INTERFACE -Wno-tsan -Wno-array-bounds -Wno-stringop-overflow)
  endif()
endif()

# One library per folder: referrald_library(NAME SOURCES… [LINK …] [PRIVATE_LINK …])
function(referrald_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC referrald_options ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
endfunction()
