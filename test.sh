#!/usr/bin/env bash
# Builds and tests referrald on Debian bookworm; installs what is missing first.
set -uo pipefail
cd "$(dirname "$0")" || exit

usage() {
  cat <<'END'
usage: ./test.sh [--quick] [--tsan] [--tidy] [--all]

  (nothing)  release build and its tests, the package on a booted system, the tests under AddressSanitizer and
             UBSan, that the benchmarks build, formatting
  --quick    release build and its tests, the package, formatting
  --tsan     also the tests under ThreadSanitizer
  --tidy     also clang-tidy
  --all      everything

Ends with 0 if all of it passed. tests/README.md says how the tests are organised.
END
}

asan=yes tsan=no tidy=no all=no
for argument in "$@"; do
  case $argument in
    --quick) asan=no ;;
    --tsan) tsan=yes ;;
    --tidy) tidy=yes ;;
    --all) asan=yes tsan=yes tidy=yes all=yes ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 64 ;;
  esac
done

summary=()
failed=0

# step TITLE COMMAND…: runs it, and keeps its result for the summary.
step() {
  local title=$1 begin=$SECONDS result=passed
  shift
  printf '\n== %s\n' "$title"
  "$@" || { result=FAILED; failed=1; }
  [[ -z $skipped ]] || result=SKIPPED
  local line
  line=$(printf '%-8s%5d s  %s' "$result" $((SECONDS - begin)) "$title")
  summary+=("$line${detail:+: $detail}")
  detail= skipped=
  [[ $result != FAILED ]]
}

# Sanitizers of g++ 12 cannot start where the kernel scatters addresses widely.
plainly=()
setarch "$(uname -m)" -R true 2>/dev/null && plainly=(setarch "$(uname -m)" -R)

run_tests() {
  local preset=$1 log=build/$1/ctest.log status=0
  "${plainly[@]}" ctest --preset "$preset" -j 2 >"$log" 2>&1 || status=$?
  detail=$(sed -n 's/^\([0-9]*% tests passed.*\)$/\1/p' "$log" | tail -n 1)
  if ((status)); then
    grep -vE '(Start +[0-9]+:|\.\.\. +(Passed|\*\*\*Skipped))' "$log" | tail -n 400
    echo "All of the output: $log"
  fi
  sed -n '/tests did not run:$/,/^$/p' "$log"
  echo "${detail:-no test was run}"
  return "$status"
}

build_and_test() {
  local preset=$1 title=$2
  step "$title: build" "${plainly[@]}" scripts/build.sh "$preset" &&
    step "$title: tests" run_tests "$preset"
}

# Their packages start services; only where there are none, or where everything is asked for.
if [[ ! -d /run/systemd/system || $all == yes ]]; then
  scripts/install-dependencies.sh test ||
    echo 'Without squid, chromium and promtool what needs them is skipped.' >&2
fi

# What it takes to boot a system needs root; the tests that miss something say so.
((EUID != 0)) || scripts/install-dependencies.sh package system ||
  echo 'Without these packages some tests of the package are skipped.' >&2

package_and_judge() {
  local package
  package=$(scripts/package.sh) && tests/package/package.sh "$package"
}

# Where no system can be booted, the summary says why.
on_a_booted_system() {
  local log=build/system.log status=0
  tests/system/run.sh 2>&1 | tee "$log" || status=$?
  detail=$(sed -n 's/^SKIPPED: //p' "$log" | tail -n 1)
  ((status == 77)) || return "$status"
  skipped=yes
}

detail= skipped=
scripts/install-dependencies.sh peers
build_and_test release 'release'
step 'package' package_and_judge && step 'package on a booted system' on_a_booted_system
step 'formatting' scripts/check-format.sh
[[ $asan == no ]] || step 'benchmarks: build' scripts/build.sh release bench
[[ $asan == no ]] || build_and_test asan 'AddressSanitizer and UBSan'
[[ $tsan == no ]] || build_and_test tsan 'ThreadSanitizer'
[[ $tidy == no ]] || step 'clang-tidy' scripts/run-tidy.sh

printf '\n== Summary\n'
printf '%s\n' "${summary[@]}"
if ((failed)); then
  echo 'Not everything passed.'
  exit 1
fi
echo "All passed, in $((SECONDS / 60)) min $((SECONDS % 60)) s."
