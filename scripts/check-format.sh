#!/usr/bin/env bash
# scripts/check-format.sh [--fix]: names the C++ files that clang-format 14 would write otherwise.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-dependencies.sh format
files() { find config daemon mapping persistence tests \( -name '*.cpp' -o -name '*.hpp' \) -print0; }
if [[ ${1:-} == --fix ]]; then
  files | xargs -0 clang-format-14 -i
  exit
fi
unformatted=$(files | xargs -0 -n 1 -P "$(nproc)" sh -c \
  'clang-format-14 --dry-run -Werror "$0" 2>/dev/null || echo "$0"' | sort)
[[ -z $unformatted ]] && exit
printf '%s\n' "$unformatted"
echo 'These files are not formatted; scripts/check-format.sh --fix does it.' >&2
exit 1
