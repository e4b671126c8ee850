#!/usr/bin/env bash
# completions.sh FOLDER_OF_REFERRALD: what the shells offer, by loading the completions as they do.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
PATH=$1:$PATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
printf 'sources:\n  - name: leads\n    exports: x\n  - { name: deals-2, exports: y }\n' >"$folder/c.yaml"
export REFERRALD_CONFIG=$folder/c.yaml
failed=0

in_bash() {
  bash --norc -c 'source packaging/completions/referrald.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
    $(complete -p referrald | sed "s/.*-F \([^ ]*\).*/\1/") && printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}
# Completion itself runs in a terminal only; what our function hands to it is printed instead.
in_zsh() {
  zsh -f -c 'fpath=($PWD/packaging/completions $fpath); autoload -Uz _referrald
    _describe() { for entry in ${(P)4}; do [[ $entry != $words[CURRENT]* ]] || print -r -- ${entry%%:*}; done }
    _files() { print -rl -- $words[CURRENT]*(N) }
    words=("$@"); CURRENT=$#; _referrald' zsh "$@"
}
in_fish() {
  fish --no-config -c 'source packaging/completions/referrald.fish; complete -C "$argv"' "$*" | cut -f 1
}

# offers SHELL 'WORDS' EXPECTED…: all of these are offered, and nothing that begins with "not:".
offers() {
  local shell=$1 line=$2 got expected
  shift 2
  read -ra words <<<"$line"
  [[ $line == *' ' ]] && words+=('')
  got=$("in_$shell" "${words[@]}")
  for expected in "$@"; do
    if [[ $expected == not:* ]]; then
      ! grep -qxF -e "${expected#not:}" <<<"$got" && continue
    else
      grep -qxF -e "$expected" <<<"$got" && continue
    fi
    printf '%s, "%s": expected %s among:\n%s\n' "$shell" "$line" "$expected" "$got"
    failed=1
  done
}

commands=$(referrald --help | sed -n '/^commands:/,/^$/s/^  \([a-z]\{1,\}\) .*/\1/p')
# What is typed, and what is offered then.
cases=(
  'referrald |'"$(tr '\n' ' ' <<<"$commands")"' not:--json'
  'referrald st|status not:sync'
  'referrald --log-level debug re|retry resolve results rejects not:list'
  'referrald list --state |pending sending in_doubt synced rejected refused closed'
  'referrald list --source |leads deals-2'
  'referrald resolve X --take |crm partner_center'
  'referrald --log-format j|json journal not:text'
  'referrald sync LIC|LICENSE'
)
for command in $commands; do
  options=$(referrald "$command" --help | grep -oE '^ +(-[a-z], )?--[a-z-]+' | grep -oE -- '--[a-z-]+')
  cases+=("referrald $command --|$(tr '\n' ' ' <<<"$options") --log-level")
done
tried=()
for shell in bash zsh fish; do
  if ! command -v "$shell" >/dev/null; then
    echo "SKIPPED: the completion for $shell, which is not installed"
    continue
  fi
  tried+=("$shell")
  for case in "${cases[@]}"; do
    read -ra expected <<<"${case#*|}"
    offers "$shell" "${case%%|*}" "${expected[@]}"
  done
done
((failed)) && exit 1
echo "offered as it should be in: ${tried[*]}"
