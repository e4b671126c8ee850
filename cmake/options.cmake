# referrald_options: what every target of ours is compiled with.
add_library(referrald_options INTERFACE)
target_compile_features(referrald_options INTERFACE cxx_std_20)
target_include_directories(referrald_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(referrald_options INTERFACE
  # As some libraries ask: what shares a precompiled header is to be compiled alike.
  -pthread
  -Wall -Wextra -Wpedantic -Wconversion -Werror
  # False alarms of g++ 12, optimised builds only: in Asio's frame allocation; in "text" + string
  # (GCC bug 105651); in date::parse.
  "$<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete;-Wno-restrict>"
  "$<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:-Wno-maybe-uninitialized>")
if(CMAKE_UNITY_BUILD)
  # Warns of types without a name outside their file whenever that file is included, which is all
  # that a unity build does.
  target_compile_options(referrald_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()
set(CMAKE_CXX_EXTENSIONS OFF)

# The compiler's collector of garbage begins at 512 MiB, which saves it most of its rounds.
target_compile_options(referrald_options INTERFACE
  $<$<CXX_COMPILER_ID:GNU>:--param=ggc-min-heapsize=524288>)

if(REFERRALD_SANITIZE)
  target_compile_options(referrald_options INTERFACE
    -fsanitize=${REFERRALD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -O1
    # A false alarm of g++ 12 in std::regex.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(referrald_options INTERFACE -fsanitize=${REFERRALD_SANITIZE})
  # Asio reuses coroutine frames, which hides use-after-free from AddressSanitizer.
  target_compile_definitions(referrald_options INTERFACE
    BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
  if(REFERRALD_SANITIZE MATCHES thread)
    # The others: false alarms of g++ 12 in "text" + string again.
    target_compile_options(referrald_options INTERFACE -Wno-tsan -Wno-array-bounds -Wno-stringop-overflow)
  endif()
endif()

# Files that take so long by themselves that no others should wait for them.
function(referrald_compiles_alone)
  set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# How many files of a target are compiled as one: `about` of them, and as many in each unit, since what
# they include takes longer than what they say.
function(referrald_share_units target about)
  get_target_property(sources ${target} SOURCES)
  list(LENGTH sources files)
  math(EXPR units "(${files} + ${about} * 2 / 3) / ${about}")
  if(units LESS 1)
    set(units 1)
  endif()
  math(EXPR batch "(${files} + ${units} - 1) / ${units}")
  set_target_properties(${target} PROPERTIES UNITY_BUILD_BATCH_SIZE ${batch})
endfunction()

# One library per folder: referrald_library(NAME [NETWORK] [COLD] [UNITS_OF n] SOURCES… [LINK …]
# [PRIVATE_LINK …]). NETWORK: it links Asio, and nearly all of it includes that. COLD: rows do not pass
# through it, so that it need not be fast. (Not -O0: the linker may take a template's copy from such a
# file for the whole program.)
function(referrald_library name)
  cmake_parse_arguments(ARG "NETWORK;COLD" "UNITS_OF" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  if(NOT ARG_UNITS_OF)
    set(ARG_UNITS_OF 8)
  endif()
  referrald_share_units(${name} ${ARG_UNITS_OF})
  target_link_libraries(${name} PUBLIC referrald_options ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
  if(ARG_COLD)
    target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
  set(precompiled standard)
  if(ARG_NETWORK)
    set(precompiled network)
  endif()
  target_precompile_headers(${name} REUSE_FROM referrald_precompiled_${precompiled})
endfunction()
