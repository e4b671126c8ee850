# Sourced by checks.sh: the daemon.
echo '== The daemon'
service=referrald.service
pid() { property $service MainPID; }
running() { is $service ActiveState active; }
journal_has() { journalctl -u referrald --after-cursor "$cursor" -o cat "${@:2}" | grep -qE "$1"; }
mark() { cursor=$(journalctl -n 0 --show-cursor | sed -n 's/^-- cursor: //p'); }
restarts() { property $service NRestarts; }
restarted() { (($(restarts) > $1)) && running; }
synced() { [[ $(sqlite_count) -ge $1 ]]; }

# In seconds, what takes minutes otherwise.
mkdir -p /run/systemd/system/$service.d
printf '[Service]\nRestartSec=1\nWatchdogSec=4\n' >/run/systemd/system/$service.d/quick.conf
systemctl daemon-reload

before=$(sqlite_count)
check 'started means ready: systemctl start returns when it works' eval 'systemctl start $service && running'
check 'it says what it is doing' eval '[[ -n $(property $service StatusText) ]]'
drop 100 119 daemon
check 'an export that is dropped is sent' within 60 synced $((before + 20))
check 'and archived' within 20 test -e /var/spool/referrald/leads/done/daemon.csv

# The page and the notices, from inside the sandbox.
page() {
  exec 3<>/dev/tcp/127.0.0.1/8321 || return
  printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1:8321\r\nConnection: close\r\n\r\n' "$1" >&3
  cat <&3
  exec 3>&-
}
page_has() { page "$1" | grep -q "$2"; }
printf '#!/bin/sh\ncat >>/var/lib/referrald/told\n' >/usr/local/bin/told
chmod 755 /usr/local/bin/told
configure 's!^# status_page: 127!status_page: 127!'
echo 'notify: { command: /usr/local/bin/told }' >>/etc/referrald/referrald.yaml
check 'reload opens the status page' eval 'systemctl reload $service && within 20 page_has / "The last 24 hours"'
check 'it is ready' within 20 page_has /readyz '200 OK'
{ head -n 1 demo/leads.csv; rows 1 1 | sed 's/,Germany,/,Atlantis,/; s/LEAD-00001/LEAD-99999/'; } >/tmp/broken.csv
install -g referrald -m 640 /tmp/broken.csv /var/spool/referrald/leads/.new
mv /var/spool/referrald/leads/.new /var/spool/referrald/leads/broken.csv
check 'the metrics count a row that needs a person' within 30 page_has /metrics '^referrald_needs_person_rows [1-9]'
check 'and somebody is told' within 20 grep -q needs-person /var/lib/referrald/told

mark
old=$(pid)
check 'reload with a good configuration' eval 'systemctl reload $service && running && [[ $(pid) == "$old" ]]'
check 'the check of a reload is not run as root' eval 'journalctl -o export --since "-1min" _COMM=referrald _UID=0 | wc -c | grep -x 0'
cp /etc/referrald/referrald.yaml /tmp/good.yaml
echo 'nonsense: 1' >>/etc/referrald/referrald.yaml
check 'reload with a bad one fails' not systemctl reload $service
check 'and the daemon goes on with the old one' eval 'running && [[ $(pid) == "$old" ]]'
check 'the journal says what is wrong' within 10 journal_has nonsense
cp /tmp/good.yaml /etc/referrald/referrald.yaml
drop 120 124 after-reload
check 'it still works' within 60 synced $((before + 25))

count=$(restarts)
kill -STOP "$(pid)"
check 'the watchdog restarts a frozen process' within 40 restarted "$count"
check 'because of the watchdog' eval 'journalctl -u referrald -o cat | grep -q "Watchdog timeout"'

# Slowly, so that it is killed in the middle.
configure 's#rate: 50/s#rate: 20/s#'
systemctl restart $service
drop 200 299 killed
check 'a sync is under way' within 60 synced $((before + 30))
count=$(restarts)
kill -KILL "$(pid)"
check 'it is restarted after SIGKILL' within 40 restarted "$count"
check 'and sends the rest' within 120 synced $((before + 125))
check 'without a duplicate' no_duplicate

drop 300 399 stopped
check 'another sync is under way' within 60 synced $((before + 130))
begin=$SECONDS
check 'it stops when told to' systemctl stop $service
check 'within its time' test $((SECONDS - begin)) -lt 90
check 'by itself, with 0' eval 'is $service Result success && is $service ExecMainStatus 0'

count=$(restarts)
echo 'nonsense: 1' >>/etc/referrald/referrald.yaml
check 'a wrong configuration: not started' not systemctl start $service
check 'it ended with 78, and is not tried again' eval 'ended_with $service 78 && is $service ActiveState failed'
cp /tmp/good.yaml /etc/referrald/referrald.yaml
systemctl reset-failed $service
mv /var/lib/referrald/refresh-token /tmp/token
systemctl start $service 2>/dev/null
check 'without a sign-in it ends with 77, and is not tried again' within 30 eval 'ended_with $service 77 && is $service ActiveState failed'
mv /tmp/token /var/lib/referrald/refresh-token
systemctl reset-failed $service
check 'it goes on where it stopped' eval 'systemctl start $service'
check 'the rest is sent' within 120 synced $((before + 225))
check 'still without a duplicate' no_duplicate
systemctl stop $service
rm -rf /run/systemd/system/$service.d
systemctl daemon-reload
