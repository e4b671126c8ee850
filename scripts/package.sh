#!/usr/bin/env bash
# scripts/package.sh: build/referrald_VERSION_ARCHITECTURE.deb, of the preset release. Says what it is called.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/build.sh release referrald
scripts/install-dependencies.sh package
version=$(sed -n 's/^CMAKE_PROJECT_VERSION:STATIC=//p' build/release/CMakeCache.txt)
# One moment for all files, that of the last commit, so that the same sources make the same package.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || date +%s)
export SOURCE_DATE_EPOCH

stage=build/package/referrald-$version
rm -rf build/package
mkdir -p "$stage/pages"
cp -r packaging/debian "$stage/debian"
cp systemd/sysusers.conf "$stage/debian/referrald.sysusers"
cp systemd/tmpfiles.conf "$stage/debian/referrald.tmpfiles"
packaging/man/make-pages.sh "$stage/pages" "$version"
(cd "$stage" && printf '%s\n' pages/*) >"$stage/debian/referrald.manpages"
{
  printf 'referrald (%s) bookworm; urgency=medium\n\n' "$version"
  printf '  * See /usr/share/doc/referrald/CHANGELOG.md.\n\n'
  printf ' -- %s  %s\n' "$(sed -n 's/^Maintainer: //p' packaging/debian/control)" "$(date -R -u -d "@$SOURCE_DATE_EPOCH")"
} >"$stage/debian/changelog"

log=build/package/build.log
if ! (cd "$stage" && BUILD=$OLDPWD/build/release dpkg-buildpackage -b -us -uc -d) >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  echo "The package could not be built; all of the output: $log" >&2
  exit 1
fi
rm -f build/referrald_*.deb
mv build/package/referrald_*.deb build/
echo build/referrald_*.deb
