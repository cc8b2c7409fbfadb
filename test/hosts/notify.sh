#!/bin/bash
# Runs on a Debian host, with the package in /stage: the service tells a receiver of what it found, and the journal how bad it is.
# Each part begins with a line "@@ NAME"; test/hosts/notify.test.ts says what has to stand there.
set -u
exec 2>&1
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
recordings=/usr/lib/anomaly/data
interface=near

part() { printf '@@ %s\n' "$*"; }
# waits for a condition, 40 s at most
await() { for _ in {1..300}; do "$@" && return; sleep 0.2; done; echo "waited in vain for: $*"; }
pid() { systemctl show -P MainPID anomaly; }
said() { journalctl -o cat -u anomaly _PID="$(pid)" | grep -q "$1"; }
replay() { tcpreplay -q -i far --multiplier 20 --duration 8 /root/mixed.pcap >/dev/null 2>&1; }

echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/unsafe-io
# what syslog makes of it: priority and text
printf 'template(name="p" type="string" string="%%syslogseverity-text%% %%msg%%\\n")\n:programname, isequal, "anomaly" /var/log/anomaly.log;p\n' \
  >/etc/rsyslog.d/10-anomaly.conf
systemctl restart rsyslog
dpkg -i /stage/anomaly_*.deb >/dev/null
ip link add $interface type veth peer name far
ip link set $interface up
ip link set far up
cd /var/lib/anomaly || exit 1
runuser -u anomaly -- anomaly sniff -q -r $recordings/benign.pcap.gz -c 10000
runuser -u anomaly -- anomaly train -q --epochs 2 --power off
zcat $recordings/mixed.pcap.gz >/root/mixed.pcap

# a receiver: what came, a line each
cat >/root/receiver.js <<'JS'
const { appendFileSync } = require('node:fs');
require('node:http').createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => { body += chunk; });
  request.on('end', () => { appendFileSync('/root/got', `${request.url} ${body}\n`); response.end('ok'); });
}).listen(8080, '127.0.0.1');
JS
systemd-run -q --unit=receiver node /root/receiver.js
printf '#!/bin/sh\necho "$ANOMALY_EVENT $ANOMALY_SEVERITY $(id -un)" >>told\n' >/usr/local/bin/told
chmod 755 /usr/local/bin/told

part told
# at the second address nobody listens
install -D -m 600 /dev/stdin /etc/anomaly/notify-slack <<<'http://127.0.0.1:8080/services/S3CRET'
install -D -m 644 /usr/share/doc/anomaly/notify.conf /etc/systemd/system/anomaly.service.d/notify.conf
echo "ANOMALY_OPTIONS=\"-i $interface --notify slack alertmanager=http://127.0.0.1:1 --exec told\"" >/etc/default/anomaly
systemctl daemon-reload
systemctl start anomaly
await said '^capturing on'
replay
await test -e /root/got
await grep -q 'opened high' told
cut -c1-200 /root/got
part 'told by a program'
sort -u told

part secrets
{ ps axwwe; systemctl show anomaly; journalctl; cat reports/*; tr '\0' '\n' <"/proc/$(pid)/environ"; } | grep -c 'S3CRE[T]'
part errors
journalctl -o cat -u anomaly -p err
part warnings
journalctl -o cat -u anomaly -p warning
part information
journalctl -o cat -u anomaly -p info..info
part syslog
cat /var/log/anomaly.log
part end
systemctl stop anomaly
