# `cmake --install` puts the program and what is to be copied into a prefix. The component `package` is
# what scripts/package.sh makes a Debian package of, with units and configuration.
install(TARGETS referrald RUNTIME DESTINATION bin)
install(DIRECTORY config/mappings config/lists config/monitoring DESTINATION share/referrald)

function(referrald_package)
  install(${ARGN} COMPONENT package EXCLUDE_FROM_ALL)
endfunction()
file(GLOB UNITS CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/systemd/*.service ${PROJECT_SOURCE_DIR}/systemd/*.timer)
file(GLOB DOCUMENTS CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/*.md)
referrald_package(TARGETS referrald RUNTIME DESTINATION bin)
referrald_package(PROGRAMS systemd/referraldctl DESTINATION sbin)
referrald_package(PROGRAMS systemd/first-refresh-token systemd/reload DESTINATION lib/referrald)
referrald_package(FILES ${UNITS} DESTINATION /lib/systemd/system)
referrald_package(FILES config/referrald.yaml DESTINATION /etc/referrald)
referrald_package(DIRECTORY config/mappings DESTINATION /etc/referrald)
referrald_package(DIRECTORY config/lists config/monitoring DESTINATION share/doc/referrald)
# There the pages stand side by side, and what they link to elsewhere.
foreach(page ${DOCUMENTS} ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md)
  set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${page})
  get_filename_component(name ${page} NAME)
  file(READ ${page} text)
  string(REPLACE "](docs/" "](" text "${text}")
  string(REGEX REPLACE "\\]\\(\\.\\./(README|CHANGELOG)" "](\\1" text "${text}")
  string(REGEX REPLACE "\\]\\((\\.\\./)?config/(mappings|referrald.yaml)" "](/etc/referrald/\\2" text "${text}")
  string(REGEX REPLACE "\\]\\((\\.\\./)?config/lists" "](lists" text "${text}")
  string(REGEX REPLACE "\\[([^]]*)\\]\\((scripts|tests)/[^)]*\\)" "\\1" text "${text}")
  file(WRITE ${PROJECT_BINARY_DIR}/packaged/${name} "${text}")
  referrald_package(FILES ${PROJECT_BINARY_DIR}/packaged/${name} DESTINATION share/doc/referrald)
endforeach()
# Both names of the command, since shells look for a file of that name.
foreach(command referrald referraldctl)
  referrald_package(FILES packaging/completions/referrald.bash RENAME ${command}
                    DESTINATION share/bash-completion/completions)
endforeach()
referrald_package(FILES packaging/completions/_referrald DESTINATION share/zsh/vendor-completions)
referrald_package(FILES packaging/completions/referrald.fish packaging/completions/referraldctl.fish
                  DESTINATION share/fish/vendor_completions.d)
