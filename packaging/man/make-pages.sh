#!/bin/sh
# make-pages.sh FOLDER VERSION: the man pages, made of the texts in docs/, so that they say the same.
set -eu
cd "$(dirname "$0")/../.."
folder=$1 version=$2
day=$(date -u -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}" +%Y-%m-%d)

# page NAME SECTION TITLE FILE…: of a head in this folder and of these documents; the first one's heading
# becomes TITLE.
page() {
  name=$1 section=$2 first=$3
  shift 3
  {
    cat "packaging/man/$name.$section.md"
    for document in "$@"; do
      echo
      awk -v first="$first" -f packaging/man/tables.awk "$document"
      first=
    done
    tail='packaging/man/'$name.$section.tail.md
    [ ! -e "$tail" ] || cat "$tail"
  } | lowdown -s -Tman --parse-no-metadata --out-no-smarty --nroff-nolinks \
    -M "title=$name" -M "section=$section" -M "source=referrald $version" -M date="$day" |
    # lowdown's font for code is none that mandoc knows; no terminal has it either.
    sed 's/\\f\[*CB*R*\]*/\\fB/g' |
    # A paragraph begins behind a heading anyhow.
    awk '!(/^\.[LP]P$/ && heading == NR - 2) { print } /^\.S[HS]$/ { heading = NR }' >"$folder/$name.$section"
}

page referrald 1 COMMANDS docs/commands.md
page referrald.yaml 5 DESCRIPTION docs/configuration.md
page referrald-mapping 5 DESCRIPTION docs/mapping.md docs/filters.md
page referraldctl 8 ''
