# All from Debian bookworm; the README's table says what each is for.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(OpenSSL 3.0 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(SQLiteCpp REQUIRED)
find_package(simdjson REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(date REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc i18n)
find_package(ZLIB REQUIRED)
find_package(EXPAT REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(MINIZIP REQUIRED IMPORTED_TARGET minizip)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(TCMALLOC REQUIRED IMPORTED_TARGET libtcmalloc_minimal)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
find_library(LIBCSV csv REQUIRED)

# Everything says what it has to say by it.
target_link_libraries(referrald_options INTERFACE fmt::fmt)

# Asio, its TLS part and Beast are compiled once; the defines must be the same everywhere.
set(BOOST_SOURCES
  ${PROJECT_SOURCE_DIR}/daemon/boost_asio_impl.cpp ${PROJECT_SOURCE_DIR}/daemon/boost_beast_impl.cpp)
referrald_compiles_alone(${BOOST_SOURCES})
add_library(referrald_boost STATIC ${BOOST_SOURCES} ${PROJECT_SOURCE_DIR}/daemon/spawn.cpp)
target_link_libraries(referrald_boost PUBLIC referrald_options Boost::headers Boost::json OpenSSL::SSL
                      OpenSSL::Crypto Threads::Threads)
target_compile_definitions(referrald_boost PUBLIC BOOST_ASIO_SEPARATE_COMPILATION
                           BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
