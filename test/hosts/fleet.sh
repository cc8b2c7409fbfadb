#!/bin/bash
# Runs in the network of five Debian hosts: hub, gate-1 to gate-3 and sink, each with the package, Debian's nats-server and a model.
# The hub is set up by the commands of docs/fleet.md (/root/set-up.sh there), the others by those at the top of their units; then
# things break while an attack goes on. Each part begins with a line "@@ NAME"; test/hosts/fleet.test.ts says what has to stand there.
set -u
exec 2>&1
export LC_ALL=C.UTF-8
gates=(gate-1 gate-2 gate-3)
attacker=10.20.0.66

began=$SECONDS
part() {
  printf 'took %d s\n@@ %s\n' $((SECONDS - began)) "$*"
  began=$SECONDS
}
# waits for a condition, a minute at most
await() {
  local end=$((SECONDS + 60))
  while [ $SECONDS -lt $end ]; do "$@" && return; sleep 0.25; done
  echo "waited in vain for: $*"
  return 1
}
on() { "$HOST" in "$@"; }
said() { on "$1" journalctl -o cat -u "$2" | grep -q -- "$3"; } # NAME UNIT PATTERN
pid() { on "$1" systemctl show -P MainPID "$2"; }
active() { [ "$(on "$1" systemctl is-active "$2")" = active ]; }
# kills all of a unit, and waits until it is there again
killed() { # NAME UNIT
  local before
  before=$(pid "$1" "$2")
  on "$1" systemctl kill -s KILL "$2"
  await new_pid "$1" "$2" "$before"
  await active "$1" "$2"
  echo "$1 $2: $(on "$1" systemctl show -P NRestarts "$2")"
}
new_pid() { local now; now=$(pid "$1" "$2"); [ "$now" != 0 ] && [ "$now" != "$3" ]; }
replay() { # NAME RECORDING OPTION…
  on "$1" tcpreplay -q -i far "${@:3}" "/root/$2.pcap" >/dev/null 2>&1
}
# the sink's database, read as it grows
query() {
  python3 -c 'import sqlite3,sys
for row in sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True).execute(sys.argv[2]): print(*row)' \
    "$HOSTS/sink/var/lib/private/anomaly-fleet/fleet.sqlite" "$1"
}
# all sensors said that they ended, and what they told is there without a hole
all_there() {
  [ "$(query "SELECT count(*) FROM sensors s JOIN spools p ON p.sensor = s.sensor
    WHERE json_extract(heartbeat, '$.ended') AND json_extract(heartbeat, '$.spool.last') = p.water
    AND json_extract(heartbeat, '$.spool.released') >= ${1:-0} * p.water")" = ${#gates[@]} ]
}
lines() { wc -l <"$HOSTS/$1/var/lib/anomaly/reports/incidents.jsonl"; }
publish() { # ALLOW-LIST
  echo "$1" >"$HOSTS/hub/root/allow.json"
  on hub anomaly train --hub tls://hub --hub-ca /etc/anomaly-hub/ca.pem --hub-key /etc/anomaly-hub/owner.nk --keep-net \
    --sign /root/fleet-key.pem --allow /root/allow.json --user root
}

part hub
on hub bash -euo pipefail /root/set-up.sh
# three more, as the page says it for those that come later
on hub bash -euc 'cd /etc/anomaly-hub; node new-key.mjs sensor gate-3 users.conf; systemctl reload nats-server'
await active hub nats-server
on hub stat -c '%a %U %n' /etc/anomaly-hub/gate-1.nk /etc/anomaly-hub/server.key

part sink
keys=$HOSTS/hub/etc/anomaly-hub
sink=$HOSTS/sink
install -D -m 600 "$keys/sink.nk" "$sink/etc/anomaly/sink-key"
install -D -m 644 "$keys/ca.pem" "$sink/etc/anomaly/hub-ca.pem"
echo 'ANOMALY_FLEET_OPTIONS="-r tls://hub --hub-ca /etc/anomaly/hub-ca.pem"' >"$sink/etc/default/anomaly-fleet"
sed 's/192\.0\.2\.10/10.99.0.1/' "$sink/usr/share/anomaly/hub/anomaly-fleet.service" >"$sink/etc/systemd/system/anomaly-fleet.service"
# a host without man has no pages, which is no fault of the unit
on sink systemd-analyze verify --man=no anomaly-fleet.service && echo 'unit is well'
on sink systemctl daemon-reload
on sink systemctl start anomaly-fleet
on sink systemctl status --no-pager -n 0 anomaly-fleet | grep -E 'Active:|Status:'

part 'allow-list'
first=$(publish '[{ "initiator": "192.0.2.66", "comment": "nobody, so far" }]' 2>&1)
echo "$first"
trust=$(grep -o -- '--hub-trust=[^ ;]*' <<<"$first")
serial=$(grep -o 'allow-list [0-9]*' <<<"$first")

part sensors
for gate in "${gates[@]}"; do
  root=$HOSTS/$gate
  install -D -m 600 "$keys/$gate.nk" "$root/etc/anomaly/hub-key"
  install -D -m 644 "$keys/ca.pem" "$root/etc/anomaly/hub-ca.pem"
  mkdir -p "$root/etc/systemd/system/anomaly.service.d"
  sed 's/192\.0\.2\.10/10.99.0.1/' "$root/usr/share/anomaly/hub/sensor.conf" >"$root/etc/systemd/system/anomaly.service.d/hub.conf"
  echo "ANOMALY_OPTIONS=\"-i near --hub tls://hub --hub-ca /etc/anomaly/hub-ca.pem --hub-name $gate $trust\"" >"$root/etc/default/anomaly"
  on "$gate" sh -euc 'ip link add near type veth peer name far; ip link set near up; ip link set far up; systemctl daemon-reload'
  on "$gate" systemctl start anomaly &
done
wait
for gate in "${gates[@]}"; do
  await said "$gate" anomaly '^capturing on'
  await said "$gate" anomaly 'hub tls://hub:4222: connected'
  await said "$gate" anomaly '^fleet: allow-list [0-9]* of default is in force'
  on "$gate" journalctl -o cat -u anomaly | grep -E '^(fleet|hub)'
done

part attack
# 67 s, five times as fast as it was
replay gate-1 mixed --multiplier 5 &
replay gate-2 mixed --multiplier 5 &
# what it learned
replay gate-3 benign --duration 60 &
# A scan, and 17 s later guesses: from then on it is of the same kind at both, whatever one of them misses.
guessed() {
  [ "$(query "SELECT count(DISTINCT sensor) FROM incidents WHERE initiator = '$attacker' AND kind = 'password guessing'")" = 2 ]
}
await guessed
query 'SELECT sensor, count(*) FROM incidents GROUP BY sensor'

part 'hub killed'
killed hub nats-server
part 'sink killed'
killed sink anomaly-fleet
part 'sensor killed'
killed gate-2 anomaly

part 'allowed from now on'
publish "[{ \"initiator\": \"$attacker\", \"comment\": \"the owner's own scanner\" }]"

part 'cable pulled'
before=$(lines gate-1)
replay gate-1 mixed --multiplier 20 &
ip link set vb-gate-1 down
sleep 20
echo "lines $before and $(lines gate-1)"
active gate-1 anomaly && echo 'goes on'
ip link set vb-gate-1 up
# a nudge is followed within a minute
for gate in gate-2 gate-3; do
  in_force() { on "$gate" journalctl -o cat -u anomaly | grep '^fleet: allow-list .* is in force' | grep -qv "$serial "; }
  await in_force && echo "$gate has it"
done
wait

part 'allowed attack'
# scan and guesses, in 6 s
replay gate-3 mixed --multiplier 20 --duration 6
sleep 1
on gate-3 systemctl stop anomaly
on gate-3 journalctl -o cat -u anomaly | grep 'by the allow-list'

part 'all told'
for gate in gate-1 gate-2; do on "$gate" systemctl stop anomaly; done
await all_there && echo 'all there'
# the next run hears at its start how far the sink is
# (where control groups are removed late, as in containers, systemd may find none to start in: then it tries again by itself)
for gate in "${gates[@]}"; do on "$gate" systemctl start anomaly 2>/dev/null & done
wait
for gate in "${gates[@]}"; do
  connected() { on "$gate" journalctl -o cat -u anomaly _PID="$(pid "$gate" anomaly)" | grep -q 'hub .* connected'; }
  await connected
done
sleep 2
for gate in "${gates[@]}"; do on "$gate" systemctl stop anomaly & done
wait
await all_there 1 && echo 'all released'
query "SELECT s.sensor, json_extract(heartbeat, '$.spool.last'), json_extract(heartbeat, '$.spool.released'), water, json_extract(heartbeat, '$.ended')
  FROM sensors s JOIN spools p ON p.sensor = s.sensor"
on sink systemctl status --no-pager -n 0 anomaly-fleet | grep -E 'Active:|Status:'

part upgrade
on sink sh -c 'dpkg --force-unsafe-io -i /stage/anomaly_*.deb >/dev/null'
await active sink anomaly-fleet && echo 'runs again'
on sink systemctl stop anomaly-fleet
on sink systemctl show -P Result -P NRestarts anomaly-fleet
on sink find /var/lib/private/anomaly-fleet -type f -printf '%m %f\n'

part security
on sink systemd-analyze security --no-pager anomaly-fleet | tail -1
on gate-1 systemd-analyze security --no-pager anomaly | tail -1

part journals
for name in hub "${gates[@]}" sink; do
  on "$name" journalctl -o cat -u nats-server -u anomaly -u anomaly-fleet >"$HOSTS/$name.journal"
done
# seeds of keys, and what only a defect prints
for name in hub sink "${gates[@]}"; do on "$name" ps axwwe; done >"$HOSTS/processes.journal"
grep -hF "$(cat "$keys"/*.nk)" "$HOSTS"/*.journal "$sink"/var/lib/private/anomaly-fleet/* "$HOSTS"/gate-*/var/lib/anomaly/reports/*
grep -hE '^ +at |node:internal|Unhandled|Error:' "$HOSTS"/*.journal
part end
