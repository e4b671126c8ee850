#!/usr/bin/env bash
# Runs in the booted system, as root, with the package and install.md beside it. Every wait is for an event
# and has an end.
set -uo pipefail
cd /test || exit
export SYSTEMD_PAGER=
port=8400
url=http://127.0.0.1:$port
failed=0

ok() { printf 'ok    %s\n' "$1"; }
bad() { printf 'FAIL  %s\n' "$1"; failed=1; }
# check TITLE COMMAND…
check() {
  local title=$1
  shift
  if "$@" >/tmp/output 2>&1; then
    ok "$title"
  else
    bad "$title"
    { cat /tmp/output; echo '-- the journal:'; journalctl -n 15 -o cat; } | tail -n 40 | sed 's/^/      /'
  fi
}
pause() { read -rt 0.1 <> <(:) || true; }
# within SECONDS COMMAND…: until it succeeds.
within() {
  local until=$((SECONDS + $1))
  shift
  until "$@" >/tmp/output 2>&1; do ((SECONDS < until)) || return 1; pause; done
}
property() { systemctl show -p "$2" --value "$1"; }
is() { [[ $(property "$1" "$2") == "$3" ]] || { echo "$1: $2 is $(property "$1" "$2"), not $3"; return 1; }; }
ended_with() { [[ $(property "$1" ActiveState) =~ ^(inactive|failed)$ ]] && is "$1" ExecMainStatus "$2"; }
not() { ! "$@"; }
ctl() { referraldctl "$@"; }
holds() { partner-center-simulator report $url | tee /tmp/report | grep -qE "$1"; }
no_duplicate() { partner-center-simulator report $url; }  # 1 if there is one
configure() {
  sed -i "s#url: https://api.*#url: $url#; s#authority: https.*#authority: $url#; s#tenant: contoso.*#tenant: contoso.onmicrosoft.com#
    s#rate: 60/min.*#rate: 50/s#; s#settle: 10s.*#settle: 0s#; s#apart: 30s#apart: 200ms#; s#initial: 1s, max: 5m#initial: 100ms, max: 1s#
    $1" /etc/referrald/referrald.yaml
}
# A new export in one step, of rows FROM to TO of the sample; the mapping is the sample's.
drop() {
  { head -n 1 demo/leads.csv; rows "$1" "$2"; } >/var/spool/referrald/leads/.new
  chgrp referrald /var/spool/referrald/leads/.new
  chmod 640 /var/spool/referrald/leads/.new
  mv /var/spool/referrald/leads/.new "/var/spool/referrald/leads/$3.csv"
}
# Records are made plain: one line each, with an id of its own.
rows() {
  local n
  for ((n = $1; n <= $2; n++)); do
    printf 'LEAD-%05d,,,Storage renewal %d,Ann,Miller,Fabrikam %d,ann@example.com,,250,1 Main Street,Berlin,,10115,Germany,,1000.00,EUR,06/19/2027,Contacted,Private,,,,,,,\n' "$n" "$n" "$n"
  done
}

echo '== The package'
export DEBIAN_FRONTEND=noninteractive
# The commands of the documentation, as somebody types them; an editor that knows what to write.
cat >/usr/local/bin/editor <<'EDIT'
#!/bin/sh
case $1 in
  */referrald.yaml)
    sed -i 's#url: https://api.*#url: http://127.0.0.1:8400#; s#authority: https.*#authority: http://127.0.0.1:8400#' "$1" ;;
  */fabrikam/client-secret) cp /tmp/client-secret "$1" ;;
  */dynamics-lead.yaml) cp /test/demo/leads-mapping.yaml "$1" ;;
esac
EDIT
chmod +x /usr/local/bin/editor
{ head -n 1 demo/leads.csv; rows 1 3; } >leads.csv
# A secret that must reach the service: the simulator wants it.
(umask 077 && echo simulator-secret >/tmp/client-secret)
systemd-run --quiet --unit=simulator --service-type=exec \
  partner-center-simulator --port $port --device-interval 1 --require-secret --refuse-old-refresh-token
check 'the simulator listens' within 20 partner-center-simulator report $url

sed -n 's/^    \([a-z].*\)$/\1/p' install.md >commands
number=0
while IFS= read -r command; do
  case $command in
    'systemctl enable --now referrald.service') referrald --help | grep -q '^  run ' || continue ;;
  esac
  check "install.md: $command" bash -c "$command" </dev/null
  number=$((number + 1))
  if ((number == 1)); then
    ((failed)) && exit 1
    check 'not started, not enabled' eval 'not systemctl is-active referrald && not systemctl is-enabled referrald && not systemctl is-enabled referrald-sync.timer'
    check 'the state is for its user alone' eval 'stat -c "%U %a" /var/lib/referrald | grep -x "referrald 700"'
    install -m 600 /tmp/client-secret /etc/referrald/client-secret
  fi
done <commands
check 'install.md was read' test "$number" -ge 10
systemctl disable --now referrald-sync.timer referrald.service >/dev/null 2>&1

echo '== Units'
for unit in referrald.service referrald-sync.service referrald@fabrikam.service referrald-sync@fabrikam.service; do
  check "$unit is rated 1.5 at most" systemd-analyze security --threshold=15 "$unit"
done
check 'systemd-analyze verify says nothing' eval \
  'systemd-analyze verify --man=no /lib/systemd/system/referrald*.service /lib/systemd/system/referrald*.timer 2>&1 | tee /tmp/verify; not grep -q referrald /tmp/verify'

echo '== Sync by the timer'
configure ''
drop 10 29 timer
mkdir -p /run/systemd/system/referrald-sync.timer.d
printf '[Timer]\nOnCalendar=\nOnCalendar=*:*:*\nRandomizedDelaySec=0\nAccuracySec=100ms\n' >/run/systemd/system/referrald-sync.timer.d/often.conf
systemctl daemon-reload
systemctl start referrald-sync.timer
twenty_more() { [[ $(sqlite_count) -ge 21 ]]; }
sqlite_count() { ctl list --state synced --json | grep -c '"external_id"'; }
check 'the timer fires, and what was dropped is sent' within 60 twenty_more
systemctl stop referrald-sync.timer
check 'a run under way ends' within 60 eval '[[ $(property referrald-sync ActiveState) != activating ]]'
check 'the secret reached it: the simulator refuses others' eval 'ctl check --online'
check 'no duplicate' no_duplicate
check 'finished exports are archived' within 5 test -e /var/spool/referrald/leads/done/timer.csv
if [[ -e /usr/share/doc/referrald/log-events.md ]]; then
  for field in EVENT RUN_ID SOURCE EXPORT; do
    check "the journal has $field=" eval "[[ \$(journalctl -u referrald-sync -F $field | wc -l) -gt 0 ]]"
  done
else
  echo 'SKIPPED: this program has no journal fields of its own yet'
fi
rm -rf /run/systemd/system/referrald-sync.timer.d
systemctl daemon-reload
{ head -n 1 demo/leads.csv; rows 90 90 | sed 's/Germany/Atlantis/'; } >/var/spool/referrald/leads/person.csv
check 'a row that needs a person is no failure of the unit' eval 'systemctl start referrald-sync && not systemctl is-failed referrald-sync && journalctl -u referrald-sync -o cat | grep "Some rows need a person"'

echo '== The first sign-in from a credential'
mv /var/lib/referrald/refresh-token /tmp/live-token
install -o root -m 600 /tmp/live-token /etc/referrald/refresh-token
check 'it is taken where there is none' eval 'systemctl start referrald-sync && test -s /var/lib/referrald/refresh-token'
check 'it is for the user of the service alone' eval 'stat -c "%U %a" /var/lib/referrald/refresh-token | grep -x "referrald 600"'
echo stale >/etc/referrald/refresh-token
check 'and never again' eval 'systemctl start referrald-sync && not grep -qx stale /var/lib/referrald/refresh-token'
rm -f /etc/referrald/refresh-token

if referrald --help | grep -q '^  run '; then
  source /test/checks_run.sh
else
  echo 'SKIPPED: this program has no command `run` yet'
fi

echo '== What the pages ask the journal'
if [[ -s journal-queries ]]; then
  mkdir -p ~/referrald-support
  while IFS= read -r query; do
    check "$query" bash -c "$query" </dev/null
  done <journal-queries
  check 'the runs are found by their event, with their fields' eval \
    'journalctl -u referrald -u referrald-sync EVENT=run-finished -o json --output-fields=RUN_ID,CREATED | grep -q "\"RUN_ID\""'
else
  echo 'SKIPPED: python3 is missing, which reads them from the pages'
fi

echo '== Tenants'
sed -n '/^## Several tenants/,/^## What/s/^    \(.*\)$/\1/p' /usr/share/doc/referrald/systemd.md |
  sed 's/^systemctl enable --now referrald@/systemctl enable --now referrald-sync@/; /enable/s/$/.timer/' >tenant.sh
check 'systemd.md: several tenants' bash -e tenant.sh
check 'its timer waits' systemctl is-active referrald-sync@fabrikam.timer
mv /var/lib/referrald/fabrikam/refresh-token /tmp/fabrikam-token
drop 1 2 x
mv /var/spool/referrald/leads/x.csv /var/spool/referrald/fabrikam/leads/
check 'without a sign-in the unit fails' not systemctl start referrald-sync@fabrikam
check 'with 77' is referrald-sync@fabrikam ExecMainStatus 77
mv /tmp/fabrikam-token /var/lib/referrald/fabrikam/refresh-token
# The simulator holds the first tenant's referrals, which this ledger does not know.
check 'adopt' ctl @fabrikam adopt
check 'a tenant syncs' systemctl start referrald-sync@fabrikam
check 'with a ledger of its own' test -s /var/lib/referrald/fabrikam/ledger.db

echo '== From a home that others may not enter'
chmod 700 /root
check 'referraldctl says what it has to say' eval '(cd /root && ctl status | grep -q ledger)'

echo '== referraldctl'
mistyped() { local status=0; ctl @fabricam status || status=$?; [[ $status == 66 && ! -e /var/lib/referrald/fabricam ]]; }
check 'a mistyped tenant is said, and no folder is made for it' mistyped
at_work() { systemctl list-units --no-legend 'referraldctl-*' | grep -q referraldctl; }
referraldctl run >/tmp/ctl 2>&1 &
pid=$!
check 'a command without a terminal' within 20 at_work
kill -TERM $pid
ended() { local status=0; wait $pid || status=$?; [[ $status == 0 ]] && not at_work; }
check 'ends with its signal, and its exit code is told' ended
systemd-creds encrypt --with-key=host --name=client-secret /etc/referrald/client-secret /etc/referrald/client-secret.cred 2>/dev/null
mv /etc/referrald/client-secret /tmp/plain-secret
check 'an encrypted secret is decrypted' ctl check --online
mkdir -p /run/systemd/system/referrald-sync.service.d
printf '[Service]\nLoadCredentialEncrypted=client-secret:/etc/referrald/client-secret.cred\n' >/run/systemd/system/referrald-sync.service.d/secret.conf
systemctl daemon-reload
check 'for the units, too, by a drop-in' systemctl start referrald-sync
rm -rf /run/systemd/system/referrald-sync.service.d /etc/referrald/client-secret.cred
mv /tmp/plain-secret /etc/referrald/client-secret
systemctl daemon-reload

echo '== Upgrade, remove, purge'
systemctl start referrald.service referrald-sync.timer
check 'an upgrade while it runs' apt-get install -y --reinstall ./referrald_*_amd64.deb
check 'leaves it running' within 30 eval 'systemctl is-active referrald && systemctl is-active referrald-sync.timer'
systemctl stop referrald.service referrald-sync.timer
echo '# mine' >>/etc/referrald/referrald.yaml
check 'an upgrade' apt-get install -y --reinstall ./referrald_*_amd64.deb
check 'keeps the configuration, and starts nothing' eval 'grep -x "# mine" /etc/referrald/referrald.yaml && not systemctl is-active referrald'
check 'remove' apt-get remove -y referrald
check 'state and configuration are kept' eval 'test -s /var/lib/referrald/ledger.db && test -s /etc/referrald/referrald.yaml'
check 'purge' apt-get purge -y referrald
check 'state and secrets are gone' eval 'not test -e /var/lib/referrald && not test -e /etc/referrald'
check 'exports are left' test -e /var/spool/referrald/leads/done/timer.csv

if ((failed)); then
  echo 'The journal, as far as it is about referrald:'
  journalctl --no-pager -o short-monotonic -t referrald -t first-refresh-token -t systemd | grep -i referrald | tail -n 60
  exit 1
fi
