#!/usr/bin/env bash
# package.sh FILE.deb: is it what Debian takes for a good package, and is in it what should be?
set -uo pipefail
package=${1:?usage: package.sh FILE.deb}
failed=0
list=$(dpkg-deb -c "$package" | awk '{ print $1, $6 }')
for path in /usr/bin/referrald /usr/sbin/referraldctl /etc/referrald/referrald.yaml /etc/referrald/mappings/dynamics-lead.yaml \
  /lib/systemd/system/referrald.service /lib/systemd/system/referrald@.service /lib/systemd/system/referrald-sync.timer \
  /usr/lib/sysusers.d/referrald.conf /usr/lib/tmpfiles.d/referrald.conf /usr/share/man/man1/referrald.1.gz \
  /usr/share/man/man5/referrald.yaml.5.gz /usr/share/man/man5/referrald-mapping.5.gz /usr/share/doc/referrald/install.md \
  /usr/share/doc/referrald/copyright /usr/share/bash-completion/completions/referrald \
  /usr/share/bash-completion/completions/referraldctl /usr/share/doc/referrald/monitoring/alerts.yaml \
  /usr/share/doc/referrald/monitoring/grafana-dashboard.json; do
  grep -qF " .$path" <<<"$list" || { echo "$path is missing"; failed=1; }
done
# What a page links to is beside it, or where it says.
pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT
dpkg-deb -x "$package" "$pages"
for page in "$pages"/usr/share/doc/referrald/*.md; do
  for link in $(grep -oE '\]\([^)#]+' "$page" | cut -c 3- | grep -v :// | sort -u); do
    case $link in /*) to=$pages$link ;; *) to=$(dirname "$page")/$link ;; esac
    [[ -e $to ]] || { echo "$(basename "$page") links to $link, which is not in the package"; failed=1; }
  done
done
conffiles=$(dpkg-deb --ctrl-tarfile "$package" | tar xO ./conffiles)
for path in $(grep -oE ' \./etc/.*[^/]$' <<<"$list" | cut -c 3-); do
  grep -qx "$path" <<<"$conffiles" || { echo "$path is no conffile"; failed=1; }
done
if command -v lintian >/dev/null; then
  said=$(lintian --allow-root --fail-on error,warning --tag-display-limit 0 "$package" 2>&1) || failed=1
  [[ -z $said ]] || { echo "$said"; failed=1; }
else
  echo 'SKIPPED: lintian is missing (scripts/install-dependencies.sh system)'
fi
((failed)) || echo "$(basename "$package") is as it should be"
exit $failed
