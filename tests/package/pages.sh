#!/usr/bin/env bash
# pages.sh FOLDER_OF_REFERRALD: the man pages name every command, option, key and filter that the program
# knows, and render without a warning.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
PATH=$1:$PATH
for tool in lowdown mandoc man; do
  command -v $tool >/dev/null || { echo "SKIPPED: $tool is missing (scripts/install-dependencies.sh package system)"; exit 77; }
done
pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT
packaging/man/make-pages.sh "$pages" 0 || exit
failed=0
bad() { echo "$1"; failed=1; }

# text PAGE [SECTION]: as it is read, or what stands under a heading of it.
text() {
  MANWIDTH=200 man -l --no-hyphenation --no-justification "$pages/$1" 2>/dev/null | col -b |
    { if (($# == 1)); then cat; else sed -n "/^   $2\$/,/^   [^ ]/p"; fi; }
}
# words PAGE WHAT WORD…: each stands in the page, as a word.
words() {
  local page=$1 what=$2 word all
  shift 2
  (($#)) || bad "no $what was found to look for"
  all=$(text "$page")
  for word in "$@"; do
    grep -qE -e "(^|[^A-Za-z0-9_-])$word([^A-Za-z0-9_-]|\$)" <<<"$all" || bad "$page does not name the $what $word"
  done
}
# The words of the arrays of keys in these sources.
keys() { cat "$@" | tr '\n' ' ' | grep -oE 'std::string_view(, [0-9]+>)? [a-z_]*keys?(\[\] =|) *\{[^}]*\}' | grep -oE '"[^"]+"' | tr -d '"' | sort -u; }

commands=$(referrald --help | sed -n '/^commands:/,/^$/s/^  \([a-z]\{1,\}\) .*/\1/p')
words referrald.1 'global option' $(referrald --help | grep -oE -- '--[a-z]+(-[a-z]+)*' | sort -u)
for command in $commands; do
  section=$(text referrald.1 "$command")
  [[ -n $section ]] || bad "referrald.1 has no section on $command"
  for option in $(referrald "$command" --help | grep -oE '^ +(-[a-z], )?--[a-z-]+' | grep -oE -- '--[a-z-]+' | grep -vx -e --help); do
    grep -qE -e "$option([^a-z-]|\$)" <<<"$section" || bad "referrald.1 does not name $option under $command"
  done
done
for command in $(text referrald.1 | sed -n '/^COMMANDS/,/^ENVIRONMENT/s/^   \([a-z]*\)$/\1/p'); do
  grep -qx "$command" <<<"$commands" || bad "referrald.1 describes $command, which is no command"
done
words referrald.yaml.5 key $(keys config/*.cpp)
words referrald-mapping.5 key $(keys mapping/*.cpp)
words referrald-mapping.5 filter $(grep -ohE 'FilterSpec\{"[a-z_]+"' mapping/*.cpp | grep -oE '"[a-z_]+"' | tr -d '"')

for page in "$pages"/*; do
  said=$(mandoc -Tlint -W warning "$page"; LC_ALL=C.UTF-8 MANWIDTH=80 man -l --warnings "$page" 2>&1 >/dev/null)
  [[ -z $said ]] || bad "$(basename "$page"): $said"
done
((failed)) && exit 1
echo "$(ls "$pages" | wc -l) pages name $(wc -w <<<"$commands") commands, their options, the keys and the filters"
