#!/usr/bin/env bash
# Shows referrald at work: two hundred leads against a stand-in for Partner Center that misbehaves.
# Installs and builds what is missing. Nothing leaves this computer.
set -euo pipefail
cd "$(dirname "$0")"
case $# in
  0) ;;
  *) echo 'usage: ./demo.sh' >&2; exit 64 ;;
esac

bold='' dim='' green='' red='' plain=''
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
  bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
fi
step=0
heading() { printf '\n%s%d. %s%s\n' "$bold" $((++step)) "$1" "$plain"; }
say() { printf '%s\n' "$@" | fold -s -w 100; }
die() {
  printf '\n%sThe demo did not go as it should: %s%s\n' "$red" "$1" "$plain" >&2
  exit 1
}

# run EXPECTED_EXIT_CODE COMMAND: shows the command as one types it, runs it, checks its exit code.
run() {
  printf '\n%s$ %s%s\n' "$green" "$2" "$plain"
  local code=0
  eval "$2" || code=$?
  ((code == 0)) || printf '%s(exit code %d)%s\n' "$dim" "$code" "$plain"
  ((code == $1)) || die "'$2' ended with $code instead of $1."
}

printf '%sreferrald: from a CRM export to Partner Center, each row exactly once%s\n' "$bold" "$plain"
say 'Building (the first time takes a few minutes) ...'
scripts/build.sh release referrald partner-center-simulator
PATH=$PWD/build/release/daemon:$PWD/build/release/tests/simulator:$PATH

folder=$(mktemp -d)
simulator=
finish() {
  [[ -z $simulator ]] || kill "$simulator" 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

cp demo/referrald.yaml tests/data/demo/leads.csv tests/data/demo/leads-mapping.yaml "$folder"
cd "$folder"
export REFERRALD_CONFIG=referrald.yaml

heading 'A Partner Center that loses answers'
say 'A simulator takes the place of Microsoft, on a bad day: it creates a referral and then drops the connection, answers 504, or sends half of its answer. It says 429 and 503, cancels access tokens, and takes no refresh token twice. A program that simply tries again makes duplicate deals here.'
misbehave=(--drop-after 0.05 --gateway-timeout 0.04 --truncate 0.04 --drop-before 0.02
  --throttle 0.03 --unavailable 0.03 --retry-after 1 --token-expiry 0.01
  --refuse-old-refresh-token --seed 2026)
printf '\n%s$ partner-center-simulator %s%s\n' "$green" "${misbehave[*]}" "$plain"
exec {answers}< <(exec partner-center-simulator "${misbehave[@]}")
simulator=$!
read -r -t 20 line <&"$answers" || die 'the simulator did not start.'
echo "$line"
export SIMULATOR_URL=${line##* }
(umask 077 && echo simulator-refresh-token >refresh-token)

heading 'Is the configuration right, and does the mapping do what it should?'
run 0 'referrald check'

heading 'What would happen?'
say 'Nothing is sent yet. Rows that cannot be sent are named, with the cell and what to do about it.'
run 0 'referrald plan'

heading 'Do it'
run 1 'referrald sync'

heading 'Was anything sent twice, or lost?'
say 'Partner Center knows. "Faults dealt" is what referrald had to get through; drop-after, gateway-timeout and truncate are those where the referral was made and nobody was told.'
run 0 "partner-center-simulator report $SIMULATOR_URL"

heading 'One row in all detail'
stubborn=$(referrald list --state synced --json |
  sed -n 's/.*"external_id":"\([^"]*\)".*"attempts":\([0-9]*\).*/\2 \1/p' | sort -n | tail -n 1)
say "It took ${stubborn%% *} attempts, and is at Partner Center once."
run 0 "referrald show ${stubborn##* }"

heading 'Once more'
say 'The same export again. Every row is known, so no request is made.'
run 1 'referrald sync | tee second-sync.txt'
grep -q ' 0 requests' second-sync.txt || die 'the second sync sent something.'

heading 'What needs a person'
say 'The rows that cannot be sent go back to whoever keeps the CRM: a CSV file with the CRM'\''s own columns first, reasons and remedies behind. Repaired, here with sed, it is an export like any other.'
run 0 'referrald rejects > rejects.csv'
run 0 'sed -i "s/,Atlantis,/,Greece,/; s#,13/45/2026,#,12/15/2026,#; s/,Euros!,/,EUR,/" rejects.csv'
run 1 'referrald sync rejects.csv'
run 0 'referrald status'
run 0 "partner-center-simulator report $SIMULATOR_URL | grep -E 'Referrals|own|duplicates'"

printf '\n%sWhere to go from here%s\n' "$bold" "$plain"
cat <<'END'
  README.md               five minutes to try it by hand, and how to go on to the real service
  demo/referrald.yaml     the configuration that you have just seen at work
  tests/data/demo/        its export and its mapping
  docs/                   configuration, mapping, how a sync works, every rejection and its remedy
END
