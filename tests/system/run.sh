#!/usr/bin/env bash
# tests/system/run.sh: boots a Debian bookworm with systemd, installs the package in it, and tries there
# what only a real systemd shows; checks.sh says what. Ends with 77, and says why, where it cannot run.
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() { echo "SKIPPED: nothing was tested on a real systemd: $1" >&2; exit 77; }
((EUID == 0)) || skip 'a system is booted by root only'
for tool in mmdebstrap systemd-nspawn nsenter; do
  command -v "$tool" >/dev/null || skip "$tool is missing (scripts/install-dependencies.sh system)"
done

package=$(echo build/referrald_*.deb)
simulator=build/release/tests/simulator/partner-center-simulator
[[ -e $package && -x $simulator ]] || { echo 'Build the package first: scripts/package.sh' >&2; exit 66; }

# A system with all that the package depends on, kept for as long as that stays the same.
needs=$(dpkg-deb -f "$package" Depends | tr ',' '\n' | sed 's/|.*//; s/(.*//; s/ //g' | sort -u)
needs=$(echo $needs systemd-sysv dbus bash-completion | tr ' ' ',')
folder=build/system
base=$folder/base-$(sha256sum <<<"$needs" | cut -c 1-12)
if [[ ! -e $base/installed ]]; then
  echo 'Making a system to boot (once; a few minutes) ...'
  rm -rf "$folder"
  mkdir -p "$folder"
  mmdebstrap --quiet --variant=apt --include="$needs" --dpkgopt=force-unsafe-io \
    --aptopt='APT::Install-Recommends "false"' bookworm "$base" http://deb.debian.org/debian \
    >"$folder/mmdebstrap.log" 2>&1 || { tail -n 5 "$folder/mmdebstrap.log" >&2; skip 'Debian could not be fetched'; }
  touch "$base/installed"
fi

# The first process of the system, once it runs.
leader() { ps -o pid= --ppid "$machine" | head -n 1 | tr -d ' '; }

root=$(mktemp -d "$folder/root-XXXXXX")
machine=
finish() {
  if [[ -n $machine ]]; then
    # The first process of the system as well, and with it all others: it outlives its container.
    local first
    first=$(leader)
    kill -KILL "$machine" ${first:+"$first"} 2>/dev/null || true
    wait "$machine" 2>/dev/null || true
  fi
  rm -rf "$root"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cp -a --reflink=auto "$base/." "$root"
cp "$simulator" "$root/usr/local/bin/"
mkdir "$root/test"
cp "$package" tests/system/*.sh docs/install.md "$root/test/"
cp -r tests/data/demo "$root/test/"
# What the pages ask the journal, to be asked of a real one.
if command -v python3 >/dev/null; then
  python3 tests/docs/pages.py --journal operation troubleshooting >"$root/test/journal-queries"
fi

# A network of its own, with nothing but loopback. Where the host has the old hierarchies of control
# groups as well, the system gets the new one.
SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn --quiet --directory="$root" --register=no --keep-unit \
  --machine=referrald-test --private-network --boot --console=pipe </dev/null >"$folder/console.log" 2>&1 &
machine=$!
within() { # SECONDS COMMAND…
  local until=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < until)) && kill -0 "$machine" 2>/dev/null || return 1
    read -rt 0.2 <> <(:) || true
  done
}
inside() {
  nsenter --target "$(leader)" --mount --uts --ipc --net --pid --cgroup --root --wd -- \
    env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 "$@"
}
booted() {
  local state
  state=$(inside systemctl is-system-running 2>/dev/null) || true
  [[ $state == running || $state == degraded ]]
}
within 120 booted || { cat "$folder/console.log"; skip 'it does not boot here'; }
inside bash /test/checks.sh "$@"
