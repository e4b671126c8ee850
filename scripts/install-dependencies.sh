#!/usr/bin/env bash
# Installs the Debian bookworm packages that are missing for what is asked: build (the default),
# format, tidy, fuzz, package, system, test; with peers, servers that tests talk to, from npm, into build/peers. Says nothing
# and needs no network when everything is there.
set -euo pipefail
cd "$(dirname "$0")/.."

build=(
  cmake g++ ninja-build pkg-config
  libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev
  libcli11-dev libcsv-dev libexpat1-dev libfmt-dev libgmock-dev libgtest-dev
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

# Only tests need them, and those that do are skipped without: so this never fails.
install_peers() {
  local from=tests/integration/oauth_peer to=build/peers/oauth
  cmp -s "$from/package-lock.json" "$to/installed" && return
  if ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || a == 20 && b >= 19 ? 0 : 1)' 2>/dev/null ||
    ! command -v npm >/dev/null; then
    echo 'SKIPPED: the tests against oauth2-mock-server need npm and Node 20.19 or newer.' >&2
    return
  fi
  rm -rf "$to"
  mkdir -p "$to"
  cp "$from"/package.json "$from"/package-lock.json "$to"
  if (cd "$to" && npm ci --ignore-scripts --no-audit --no-fund) >"$to/npm.log" 2>&1; then
    cp "$from/package-lock.json" "$to/installed"
  else
    rm -rf "$to/node_modules"
    echo "SKIPPED: the tests against oauth2-mock-server, which npm could not install: $to/npm.log" >&2
  fi
}

wanted=()
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
    *) echo "usage: $0 [build] [format] [tidy] [fuzz] [package] [system] [test] [peers]" >&2; exit 64 ;;
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
trap 'rm -f "$log"' EXIT
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
