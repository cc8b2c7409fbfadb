#!/bin/bash
# Runs on a Debian host where npm has installed the program for the whole machine: everything that happens to its service. Each
# part begins with a line "@@ NAME"; test/hosts/service-life.ts says what has to stand there. There is no procps here.
set -u
exec 2>&1
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
package=/usr/local/lib/node_modules/anomaly
recordings=/opt/recordings
cp -r $package/data $recordings

part() { printf '@@ %s\n' "$*"; }
# waits for a condition, 60 s at most
await() { for _ in {1..300}; do "$@" && return; sleep 0.2; done; echo "waited in vain for: $*"; }
show() { systemctl show -P "$1" anomaly; }
status() { systemctl --no-pager --lines=0 status anomaly | grep -E '^ +(Active|Status):'; }
status_has() { systemctl --no-pager status anomaly | grep -qE "Status: .*$1"; }
journal_has() { journalctl -o cat -u anomaly "${@:2}" | grep -qE "$1"; }
# what a start that cannot succeed leaves: its exit code, its words, and no second start in the time of one
failing_start() {
  local since
  since=$(date '+%F %T')
  systemctl start anomaly >/dev/null 2>&1 && echo started
  # a second start would come after 5 s, and a third after 5 s more
  sleep 12
  status
  echo "exit $(show ExecMainStatus), $(show NRestarts) restarts, $(show SubState)"
  sleep 8
  echo "later $(show NRestarts) restarts, $(show SubState)"
  journalctl -o cat -u anomaly --since "$since" | grep -E 'exited|Failed with'
}
# the process whose command line has the word, but for that of anomaly itself
process() {
  local each
  for each in /proc/[0-9]*; do
    tr '\0' ' ' <"$each/cmdline" 2>/dev/null | grep -v ' detect ' | grep -q -- "$1" && basename "$each" && return
  done
}
is_running() { [ "$(show SubState)" = running ]; }
capturing_anew() { [ "$(show MainPID)" != 0 ] && [ "$(show MainPID)" != "$1" ] && is_running; }

part systemd
systemctl --version | head -1
dpkg --force-depends --purge procps >/dev/null
command -v kill ps

part 'set-up refused'
mv $package /root/anomaly
ln -s /root/anomaly $package
anomaly-setup service
echo "exit $?"
rm $package
mv /root/anomaly /opt/anomaly
# as `npm install -g .` in a clone leaves it
ln -s /opt/anomaly $package
chmod 700 /opt/anomaly
anomaly-setup service
echo "exit $?"
chmod 755 /opt/anomaly

part 'set-up'
anomaly-setup service
echo "exit $?"
grep -hoE '(^ExecStart=|exec )"[^ ]*node" "[^ ]*" [a-z]*' /etc/systemd/system/anomaly*.service
stat -c '%A %U:%G %n' /var/lib/anomaly /etc/default/anomaly
systemctl is-enabled anomaly
part verify
# the page is no page of a host without man
systemd-analyze verify anomaly.service anomaly-sniff.service anomaly-train.service anomaly-train.timer 2>&1 | grep -v 'man anomaly(1)'
part security
systemd-analyze security --no-pager anomaly.service | tail -1

part 'no model'
failing_start

part learn
ip link add near type veth peer name far
ip link set near up
ip link set far up
echo 'ANOMALY_OPTIONS="-i near"' >/etc/default/anomaly
gzip -dc $recordings/benign.pcap.gz >/root/benign.pcap
cd /var/lib/anomaly || exit 1
(sleep 4; tcpreplay -q -i far --pps 3000 --limit 12000 /root/benign.pcap >/dev/null 2>&1) &
timeout 60 anomaly sniff --user anomaly -i near -c 10000
wait
runuser -u anomaly -- anomaly train --epochs 2 --power off
stat -c '%U %n' models/default data/*

part 'wrong option'
echo 'ANOMALY_OPTIONS="--frob"' >/etc/default/anomaly
failing_start
echo 'ANOMALY_OPTIONS="-i near"' >/etc/default/anomaly
part 'damaged model'
cp -rL models/default /root/model
head -c 100 /root/model/weights.bin >models/default/weights.bin
failing_start
part 'model of root'
rm -r models
mkdir -m 700 models
cp -r /root/model models/default
failing_start
part remedy
remedy=$(status | grep -o 'chown [^"]*')
echo "$remedy"
$remedy
part 'model from elsewhere'
rm -r models
(
  mkdir -p /root/elsewhere/models && mv /root/model /root/elsewhere/models/default && cd /root/elsewhere || exit
  install -d -m 700 -o anomaly -g anomaly /var/lib/anomaly/models
  cp -rL models/default /var/lib/anomaly/models/default
  chown -R anomaly: /var/lib/anomaly/models
)
stat -c '%a %U %n' models models/default
part start
systemctl enable --now anomaly
# without waiting
echo "$(systemctl is-active anomaly), $(journalctl -o cat -u anomaly _PID="$(show MainPID)" | grep '^capturing on')"

part traffic
tcpreplay -q -i far --pps 1000 --limit 3000 /root/benign.pcap >/dev/null 2>&1
await status_has '3,[0-9]{3} packets'
status

part reload
systemctl reload anomaly
echo "exit $?"
await test -e reports/report.txt
await is_running
await status_has packets
status
stat -c '%a %U %n' reports/*

part 'interface down'
ip link set near down
await status_has interrupted
status
part 'interface up'
ip link set near up
await status_has 'near: 3,'
status

part 'driver stopped'
kill -STOP "$(process '^tcpdump ')"
await journal_has 'was stopped \(SIGSTOP\)'
await status_has 'near: 3,'
status

# so that the test need not wait for half a minute
mkdir -p /etc/systemd/system/anomaly.service.d
printf '[Service]\nWatchdogSec=10\nRestartSec=1\n' >/etc/systemd/system/anomaly.service.d/quick.conf
systemctl daemon-reload
systemctl restart anomaly
part 'alive longer than its limit'
pid=$(show MainPID)
sleep 14
[ "$(show MainPID)" = "$pid" ] || journalctl -o cat -u anomaly | tail -20
part 'process hung'
pid=$(show MainPID)
kill -STOP "$pid"
await capturing_anew "$pid"
journalctl -o cat -u anomaly | grep -E 'atchdog' | tail -2
status
part 'keeper hung'
pid=$(show MainPID)
kill -STOP "$(process keeper.js)"
await capturing_anew "$pid"
journalctl -o cat -u anomaly _PID="$pid" | grep 'no sign'
status
part killed
pid=$(show MainPID)
systemctl kill -s KILL anomaly
await capturing_anew "$pid"
status

part 'as a service of its own'
systemd-run --quiet --unit=record -p Type=notify -p NotifyAccess=all -p WatchdogSec=10 \
  anomaly sniff --user anomaly --out /var/lib/anomaly/data/record.csv -i near
echo "exit $?"
tcpreplay -q -i far --pps 1000 --limit 500 /root/benign.pcap >/dev/null 2>&1
sleep 14
systemctl --no-pager --lines=0 status record | grep -E '^ +(Active|Status):'
systemctl stop record
journalctl -o cat -u record | grep '= written'

# the units that record and learn anew (docs/model.md)
part 'weekly'
echo 'ANOMALY_SNIFF_OPTIONS="-i near --rotate-hours 1 --keep 2"' >>/etc/default/anomaly
systemctl start anomaly-sniff
echo "exit $?"
tcpreplay -q -i far --pps 1000 --limit 500 /root/benign.pcap >/dev/null 2>&1
await sh -c 'systemctl --no-pager status anomaly-sniff | grep -q "Status: .near: 50[0-9] packets"'
systemctl --no-pager --lines=0 status anomaly-sniff | grep -E '^ +(Active|Status):'
# it still grows, so there is only the table of the first recording to learn from
echo 'ANOMALY_TRAIN_OPTIONS="--epochs 2 --power off --keep-models 2"' >>/etc/default/anomaly
systemctl start anomaly-train
echo "exit $(systemctl show -P ExecMainStatus anomaly-train)"
journalctl -o cat -u anomaly-train | grep -E '^learned' | head -1

part upgrade
pid=$(show MainPID)
anomaly-setup service
echo "exit $?"
[ "$(show MainPID)" != "$pid" ] && status

part stop
systemctl stop anomaly
echo "$(show Result) $(show SubState)"
part remove
anomaly-setup service --remove
echo "exit $?"
systemctl is-active anomaly
find /etc/systemd /etc/sysusers.d -name 'anomaly*' ! -path '*anomaly.service.d*'
ls /var/lib/anomaly
