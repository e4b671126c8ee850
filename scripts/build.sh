#!/usr/bin/env bash
# scripts/build.sh PRESET [TARGET…]: installs what is missing, configures and builds, in build/PRESET.
# On a terminal the build shows its progress; elsewhere it speaks only of failures.
set -euo pipefail
cd "$(dirname "$0")/.."

preset=${1:?usage: scripts/build.sh PRESET [TARGET…]}
shift
scripts/install-dependencies.sh build

# A compiler takes up to 1.5 GB for the largest files.
jobs=$(nproc)
memory=$(awk '/^MemAvailable:/ { print int($2 / 1500000) }' /proc/meminfo)
((memory >= jobs)) || jobs=$((memory > 0 ? memory : 1))

folder=build/$preset
mkdir -p "$folder"
log=$folder/build.log
quietly() {
  if ! "$@" >"$log" 2>&1; then
    grep -v '^\[[0-9]*/[0-9]*\] \(Building\|Linking\|Generating\)' "$log" | tail -n 200 >&2 || true
    echo "The build of preset $preset failed; all of its output: $log" >&2
    exit 1
  fi
}

quietly cmake --preset "$preset"
build=(cmake --build --preset "$preset" -j "$jobs")
((${#})) && build+=(--target "$@")
if [[ -t 1 ]]; then "${build[@]}"; else quietly "${build[@]}"; fi
