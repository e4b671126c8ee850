# Embeds files into a program as text: referrald_embed(TARGET HEADER NAMESPACE NAME=FILE…) adds a
# generated header with one `inline constexpr std::string_view NAME` per file. The files are listed by
# hand, so that a forgotten one fails the build; a changed one rebuilds what includes the header. The
# target `embedded` makes all of them, for tools that read the sources without building them.
function(referrald_embed target header namespace)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded/${header})
  set(files)
  foreach(entry ${ARGN})
    string(REGEX REPLACE "^[^=]*=" "" file ${entry})
    list(APPEND files ${file})
  endforeach()
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DNAMESPACE=${namespace} "-DENTRIES=${ARGN}"
            -P ${PROJECT_SOURCE_DIR}/cmake/embed_script.cmake
    DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/embed_script.cmake
    VERBATIM)
  string(MAKE_C_IDENTIFIER "embed_${header}" made)
  add_custom_target(${made} DEPENDS ${out})
  if(NOT TARGET embedded)
    add_custom_target(embedded)
  endif()
  add_dependencies(embedded ${made})
  target_sources(${target} PRIVATE ${out})
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/embedded)
endfunction()
