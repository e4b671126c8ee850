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
referrald_package(FILES ${DOCUMENTS} README.md CHANGELOG.md DESTINATION share/doc/referrald)
referrald_package(FILES packaging/completions/referrald.bash RENAME referrald
                  DESTINATION share/bash-completion/completions)
referrald_package(FILES packaging/completions/_referrald DESTINATION share/zsh/vendor-completions)
referrald_package(FILES packaging/completions/referrald.fish DESTINATION share/fish/vendor_completions.d)
