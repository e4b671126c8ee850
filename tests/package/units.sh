#!/usr/bin/env bash
# units.sh: systemd's own judgement of the units, without a running systemd.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
command -v systemd-analyze >/dev/null || { echo 'SKIPPED: systemd-analyze is missing'; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0
for unit in systemd/*.service; do
  systemd-analyze security --offline=true --threshold=15 --no-pager "$unit" >"$folder/rating" 2>&1 ||
    { cat "$folder/rating"; failed=1; }
done
# As they are installed: the programs are where the units look for them.
mkdir -p "$folder/root/lib/systemd/system" "$folder/root/usr/bin" "$folder/root/usr/lib/referrald"
cp systemd/*.service systemd/*.timer "$folder/root/lib/systemd/system"
cp -r /lib/systemd/system/*.target /lib/systemd/system/*.slice "$folder/root/lib/systemd/system"
for program in usr/bin/referrald usr/lib/referrald/first-refresh-token usr/lib/referrald/reload; do
  install -m 755 /bin/true "$folder/root/$program"
done
said=$(systemd-analyze verify --root="$folder/root" --man=no --recursive-errors=no \
  referrald.service referrald-sync.service referrald-sync.timer \
  referrald@tenant.service referrald-sync@tenant.service referrald-sync@tenant.timer 2>&1)
[[ -z $said ]] || { echo "$said"; failed=1; }
for script in systemd/referraldctl systemd/first-refresh-token systemd/reload; do sh -n $script || failed=1; done
((failed)) || echo 'rated 1.5 at most, verified'
exit $failed
