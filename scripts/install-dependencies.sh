#!/usr/bin/env bash
# Installs the Debian bookworm packages that are missing for what is asked: build (the default),
# format, tidy, fuzz, package, system, test; with peers, servers that tests talk to, from npm, into build/peers; with
# bench, what tests/bench/run measures against. Says nothing and needs no network when everything is there.
set -euo pipefail
cd "$(dirname "$0")/.."

build=(
  cmake g++ ninja-build pkg-config
  libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev
  libcli11-dev libcsv-dev libexpat1-dev libfmt-dev libgmock-dev libgoogle-perftools-dev libgtest-dev
  libhowardhinnant-date-dev libicu-dev libminizip-dev
  libre2-dev libsimdjson-dev libsodium-dev libspdlog-dev libsqlite3-dev libsqlitecpp-dev libssl-dev
  libsystemd-dev libxxhash-dev libyaml-cpp-dev prometheus-cpp-dev zlib1g-dev
  ca-certificates iso-codes tzdata
)
format=(clang-format-14)
tidy=(clang-tidy-16)
fuzz=(clang-16 libclang-rt-16-dev)
package=(debhelper dpkg-dev lowdown)
# What the package's tests need: the tools that judge it, the shells that complete, a system to boot.
system=(fish groff lintian man-db mandoc mmdebstrap systemd systemd-container zsh)
# The packages of squid and of Prometheus (for its promtool) start them as services, where there are services.
test=(chromium fonts-dejavu-core prometheus squid)
bench=(g++ libbenchmark-dev make miller python3 python3-aiohttp wrk)

# install_from_npm FOLDER TO MAJOR.MINOR WHAT [OPTION…]: what the folder's lock file lists. Only tests and measurements
# need it, and those that do are left out without: so this never fails.
install_from_npm() {
  local from=$1 to=build/peers/$2 node=$3 what=$4
  shift 4
  cmp -s "$from/package-lock.json" "$to/installed" && return
  if ! node -e 'const [[a, b], [c, d]] = [process.versions.node, process.argv[1]].map((text) => text.split(".").map(Number));
      process.exit(a > c || a == c && b >= d ? 0 : 1)' "$node" 2>/dev/null || ! command -v npm >/dev/null; then
    echo "SKIPPED: $what need npm and Node $node or newer." >&2
    return
  fi
  rm -rf "$to"
  mkdir -p "$to"
  cp "$from"/package.json "$from"/package-lock.json "$to"
  if (cd "$to" && npm ci --no-audit --no-fund "$@") >"$to/npm.log" 2>&1; then
    cp "$from/package-lock.json" "$to/installed"
  else
    rm -rf "$to/node_modules"
    echo "SKIPPED: $what, which npm could not install: $to/npm.log" >&2
  fi
}

install_peers() {
  install_from_npm tests/integration/oauth_peer oauth 20.19 'the tests against oauth2-mock-server' --ignore-scripts
}

# better-sqlite3 is compiled, against the headers that belong to this Node.
install_bench_peers() {
  local prefix
  prefix=$(node -p 'require("path").dirname(require("path").dirname(process.execPath))' 2>/dev/null) || true
  npm_config_build_from_source=true npm_config_nodedir=$prefix \
    install_from_npm tests/bench/peers/node bench 18.17 'the measurements of what one would write in Node'
}

# A Debian system has one system-log-daemon, and this script takes none away.
add_syslog_ng() {
  local other
  other=$(dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' 2>/dev/null |
    awk '$1 == "installed" && $2 !~ /^syslog-ng/ && / system-log-daemon/ { print $2; exit }') || true
  if [[ -n $other ]]; then
    echo "SKIPPED: the measurement of syslog-ng, which Debian does not install beside $other." >&2
  else
    bench+=(syslog-ng-core syslog-ng-mod-http)
  fi
}

wanted=()
after=true
log=
# What npm compiles comes last: it needs packages of Debian's.
finish() {
  local status=$?
  [[ -z $log ]] || rm -f "$log"
  ((status)) || "$after"
}
trap finish EXIT
for group in "${@:-build}"; do
  case $group in
    build) wanted+=("${build[@]}") ;;
    format) wanted+=("${format[@]}") ;;
    tidy) wanted+=("${tidy[@]}") ;;
    fuzz) wanted+=("${fuzz[@]}") ;;
    package) wanted+=("${package[@]}") ;;
    system) wanted+=("${system[@]}") ;;
    test) wanted+=("${test[@]}") ;;
    peers) install_peers ;;
    bench) add_syslog_ng; wanted+=("${bench[@]}"); after=install_bench_peers ;;
    *) echo "usage: $0 [build] [format] [tidy] [fuzz] [package] [system] [test] [peers] [bench]" >&2; exit 64 ;;
  esac
done

((${#wanted[@]})) || exit 0
if ! command -v dpkg-query >/dev/null; then
  echo "This is not Debian. Go on with what is installed; on bookworm it would be:" >&2
  echo "  ${wanted[*]}" >&2
  exit 0
fi

missing=()
for package in "${wanted[@]}"; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=absent
  [[ $state =~ ^(installed)+$ ]] || missing+=("$package")
done
((${#missing[@]})) || exit 0

as_root=()
if ((EUID != 0)); then
  if ! command -v sudo >/dev/null; then
    echo "These packages are missing, and there is no sudo to install them. As root:" >&2
    echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 77
  fi
  as_root=(sudo)
fi

apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
    -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 "$@"
}

echo "Installing ${#missing[@]} Debian packages: ${missing[*]}"
log=$(mktemp)
for attempt in 1 2 3; do
  if { apt update && apt install --no-install-recommends "${missing[@]}"; } </dev/null >"$log" 2>&1; then
    exit 0
  fi
  if ((attempt < 3)); then
    echo "That failed; trying again in $((attempt * 10)) seconds." >&2
    sleep $((attempt * 10))
  fi
done
tail -n 30 "$log" >&2
echo "The packages could not be installed; the reason is above." >&2
exit 69
