#!/bin/sh
# nginx resolves the names of its upstreams when it starts and when it reloads. Containers come and go and take
# their addresses along, so it reloads when a name means something else than it did.
set -eu
cd "$(dirname "$0")"
LOOK_EVERY_S="${LOOK_EVERY_S:-5}"

addresses() {
  for name in server realtime; do
    getent ahostsv4 "$name" | awk -v name="$name" '{ print name, $1 }' || true
  done | sort -u
}

(
  known=$(addresses)
  while sleep "$LOOK_EVERY_S"; do
    now=$(addresses)
    if [ "$now" != "$known" ] && nginx -p "$PWD" -c nginx.conf -e stderr -s reload; then known=$now; fi
  done
) &
exec nginx -p "$PWD" -c nginx.conf -e stderr -g 'daemon off;'
