#!/bin/bash
# Runs on a Debian host, with the packages in /stage: everything that happens to a package until it is purged. Each part begins
# with a line "@@ NAME"; test/hosts/deb.test.ts says what has to stand there. Not booted, it does only what needs no systemd.
set -u
exec 2>&1
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
first=$(echo /stage/anomaly_*-1_*.deb)
second=$(echo /stage/anomaly_*-2_*.deb)
recordings=/usr/lib/anomaly/data
interface=near

part() { printf '@@ %s\n' "$*"; }
# every file with its kind, mode and owner, those of /etc with their content; but for dpkg's, apt's and systemd's own books
files() {
  find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /root -o -path /var/log -o -path /var/lib/apt -o -path /var/cache \
    -o -path /var/lib/dpkg/updates -o -path '/var/lib/dpkg/*-old' -o -path '/run/systemd/*' -o -path '/run/log/*' \
    -o -path '/run/user*' -o -path '/tmp/systemd-private-*' -o -path '/var/tmp/systemd-private-*' \) -prune \
    -o -printf '%p %y %m %u:%g %l\n' | sort
  find /etc -type f ! -name '*-' ! -name ld.so.cache -print0 | sort -z | xargs -0 sha256sum
}
state() { echo "$(systemctl is-enabled anomaly) $(systemctl is-active anomaly)"; }
# waits for a condition, 20 s at most
await() { for _ in {1..300}; do "$@" && return; sleep 0.2; done; echo "waited in vain for: $*"; }
pid() { systemctl show -P MainPID anomaly; }
# a process other than the one that was given captures
capturing() {
  local now
  now=$(pid)
  [ "$now" != 0 ] && [ "$now" != "${1:-0}" ] && journalctl -o cat -u anomaly _PID="$now" | grep -q '^capturing on'
}
processes() {
  local one
  # but for what tells systemd how it goes, every few seconds
  for one in $(pgrep -u anomaly | grep -vxF "$(pgrep -u anomaly -x systemd-notify)"); do
    sed -n 's/^\(Uid\|Gid\|CapEff\|CapBnd\|NoNewPrivs\):\t/\1 /p' "/proc/$one/status" | tr '\t\n' '  '
    tr '\0' ' ' <"/proc/$one/cmdline"
    echo
  done
}

# as Debian's own installer has it: the tests need not wait until the disk has everything
echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/unsafe-io
files >/root/before
part install
if [ ! -d /run/systemd/system ]; then
  dpkg -i "$first"
  part program
  anomaly --version
  part purge
  dpkg --purge anomaly
  part 'left over'
  files | diff /root/before -
  exit 0
fi

apt-get install -qq -y "$first"
part 'after install'
state
id anomaly
stat -c '%A %U:%G %n' /var/lib/anomaly
man -w anomaly
bash -c '. /usr/share/bash-completion/bash_completion; _comp_load anomaly; complete -p anomaly'

part 'start without a model'
systemctl start anomaly
state
systemctl --no-pager --lines=0 status anomaly | grep Status:

part learn
ip link add $interface type veth peer name far
ip link set $interface up
ip link set far up
cd /var/lib/anomaly || exit 1
runuser -u anomaly -- anomaly sniff -r $recordings/benign.pcap.gz -c 10000
runuser -u anomaly -- anomaly train --epochs 2 --power off

part 'start'
echo "ANOMALY_OPTIONS=\"-i $interface\"" >/etc/default/anomaly
systemctl enable --now anomaly
await capturing
state
part 'processes of the user'
processes

part traffic
zcat $recordings/mixed.pcap.gz >/root/mixed.pcap
tcpreplay -q -i far --multiplier 20 --duration 8 /root/mixed.pcap 2>/dev/null | grep packets
await sh -c 'journalctl -u anomaly | grep -q "high #1"'
part reload
systemctl reload anomaly
await test -e reports/report.txt
stat -c '%a %U %n' reports/*
grep -m1 ' in [0-9,]* packets' reports/report.txt
grep -A1 '^\[' reports/report.txt

part security
systemd-analyze security --no-pager anomaly | tail -1

part upgrade
sha256sum models/default/* >/root/model
dpkg -i "$second"
await capturing
stamp() { systemctl show -P "$1TimestampMonotonic" anomaly; }
echo "away for $((($(stamp ActiveEnter) - $(stamp InactiveEnter)) / 1000)) ms"
state
dpkg-query -W anomaly
part 'kept by the upgrade'
# the reports of the run before get their dated names when new ones take theirs: at a reload, or after a minute
systemctl reload anomaly
await sh -c 'test -e reports/report-*.txt -a -e reports/report-*.html'
sha256sum -c /root/model
cat /etc/default/anomaly
stat -c '%a %U %n' reports/*
grep -hm1 ' in [0-9,]* packets' reports/report-*.txt

# as with a Node that the compiled part is not for, and what kills a program
part 'killed, and without npm cap'
cap=/usr/lib/anomaly/optional/cap/node_modules/cap
mv $cap/build /root/
killed=$(pid)
systemctl kill -s KILL anomaly
await capturing "$killed"
state
processes
mv /root/build $cap/

part sniff
(sleep 2; tcpreplay -q -i far --pps 1000 --duration 3 /root/mixed.pcap >/dev/null 2>&1) &
timeout 20 anomaly sniff -i $interface --user anomaly -c 500
wait
stat -c '%a %U %n' data/*

part remove
# what `anomaly-setup cap` would make
mkdir -p /usr/lib/anomaly/optional/cap/node_modules/nan
mkdir /etc/systemd/system/anomaly.service.d
printf '[Service]\nNice=1\n' >/etc/systemd/system/anomaly.service.d/nice.conf
cd /
apt-get remove -qq -y anomaly
state
find /etc/systemd -name 'anomaly.service'
ls /var/lib/anomaly/reports /var/lib/anomaly/models
part purge
dpkg --purge anomaly
systemctl list-units --all --no-legend 'anomaly*'
part 'left over'
files | diff /root/before -
