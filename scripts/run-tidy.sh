#!/usr/bin/env bash
# scripts/run-tidy.sh [FILE…]: clang-tidy 16 over the program's sources, or over these; .clang-tidy
# says what it looks for. The compile commands are those of the preset debug, which compiles each file
# by itself.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-dependencies.sh build tidy
cmake --preset debug >/dev/null
cmake --build --preset debug --target embedded >/dev/null
files=("$@")
((${#files[@]})) || mapfile -t files < <(find config daemon mapping persistence -name '*.cpp' | sort)

# The compile commands are g++'s, and clang does not know all of its warnings.
printf '%s\0' "${files[@]}" |
  xargs -0 -n 1 -P "$(nproc)" clang-tidy-16 --quiet -p build/debug \
    --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-unused-command-line-argument 2> >(grep -vE 'warnings? (generated|treated)' >&2)
