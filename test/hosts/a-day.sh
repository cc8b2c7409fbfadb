#!/bin/bash
# Runs on a Debian host, with the package in /stage: a day in the life of the program, by its units, in some minutes. A web server and
# an ssh server are used by four clients; then one of them scans and guesses. Each part begins with a line "@@ NAME" and ends with the
# seconds that it took; test/hosts/a-day.test.ts says what has to stand there.
set -u
exec 2>&1
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
clients=(10.99.0.11 10.99.0.12 10.99.0.13 10.99.0.14)
attacker=10.99.0.13
server=10.99.0.1
life=${LIFE:-100}

began=0
part() {
  local now
  now=$(date +%s.%N)
  [ "$began" = 0 ] || printf 'took %.1f s\n' "$(echo "$now $began" | awk '{print $1 - $2}')"
  began=$now
  printf '@@ %s\n' "$*"
}
await() { for _ in {1..300}; do "$@" && return; sleep 0.2; done; echo "waited in vain for: $*"; return 1; }
in_net() { ip netns exec others "$@"; }
pid() { systemctl show -P MainPID anomaly; }
as_user() { (cd /var/lib/anomaly && runuser -u anomaly -- "$@"); }
says() { journalctl -o cat -u anomaly _PID="$(pid)" | grep -q -- "$1"; }
# what the receiver got: one line a request
got() { grep -c -- "$1" /root/received; }
: >/root/received
has_got() { grep -q -- "$1" /root/received; }

part install
apt-get install -qq -y /stage/anomaly_*.deb >/dev/null
anomaly --version

part network
ip netns add others
ip link add near type veth peer name far netns others
ip address add $server/24 dev near
ip link set near up
in_net ip link set lo up
for address in "${clients[@]}"; do in_net ip address add "$address/24" dev far; done
in_net ip link set far up
for name in index about news; do head -c $((RANDOM + 3000)) /dev/urandom | base64 >"/var/www/html/$name.html"; done
useradd -m -s /bin/sh visitor
runuser -u visitor -- sh -c 'mkdir -m 700 ~/.ssh && ssh-keygen -q -t ed25519 -N "" -f ~/.ssh/id && cp ~/.ssh/id.pub ~/.ssh/authorized_keys'
# else its penalties for the attacker would outlast the day, and a second guessing would be refused at its first byte
echo 'PerSourcePenalties no' >/etc/ssh/sshd_config.d/guesses.conf
systemctl start nginx ssh
visit() { # ADDRESS
  in_net curl -s -o /dev/null --interface "$1" "http://$server/$2.html"
}
log_in() { # ADDRESS
  in_net ssh -q -b "$1" -i /home/visitor/.ssh/id -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o BatchMode=yes \
    "visitor@$server" 'ls -l /; uptime' >/dev/null
}
visit "$attacker" index && log_in "$attacker" && echo 'web and ssh answer'
ordinary() {
  local n=0
  while :; do
    n=$((n + 1))
    visit "${clients[RANDOM % 4]}" "$(shuf -n 1 -e index about news)"
    [ $((n % 5)) = 0 ] && log_in "${clients[RANDOM % 4]}"
    sleep "0.$((RANDOM % 8 + 1))"
  done
}
ordinary &
ordinary=$!

part record
cat >/etc/default/anomaly <<END
ANOMALY_SNIFF_OPTIONS="-i near --rotate-hours 0.005 --keep 168"
ANOMALY_TRAIN_OPTIONS="--epochs 10 --power quick"
ANOMALY_OPTIONS="-i near --allow /etc/anomaly/allow.json --notify webhook --listen 127.0.0.1:9464"
END
mkdir -p /etc/anomaly
echo '[]' >/etc/anomaly/allow.json
systemctl start anomaly-sniff
sleep "$life"
ls /var/lib/anomaly/data | grep -c packets

part 'train by the timer'
systemctl start anomaly-train
echo "exit $(systemctl show -P ExecMainStatus anomaly-train)"
journalctl -o cat -u anomaly-train | grep -E '^(learned|check|model)'
as_user anomaly train --list-models

part detect
cat >/root/receiver.js <<'END'
require('node:http').createServer((request, answer) => {
  let body = '';
  request.on('data', (text) => (body += text)).on('end', () => {
    require('node:fs').appendFileSync('/root/received', `${Date.now() / 1000} ${body.trim()}\n`);
    answer.end();
  });
}).listen(9099, '127.0.0.1');
END
systemd-run -q --unit receiver node /root/receiver.js
echo 'http://127.0.0.1:9099/' | install -m 600 /dev/stdin /etc/anomaly/notify-webhook
install -D -m 644 /usr/share/doc/anomaly/notify.conf /etc/systemd/system/anomaly.service.d/notify.conf
sed -i 's/notify-slack/notify-webhook/g' /etc/systemd/system/anomaly.service.d/notify.conf
printf '[Service]\nIPAddressAllow=localhost\n' >/etc/systemd/system/anomaly.service.d/local.conf
systemctl daemon-reload
systemctl start anomaly
systemctl is-active anomaly || journalctl -o cat -u anomaly | tail -20
sleep 20
curl -s http://127.0.0.1:9464/metrics | grep -E '^anomaly_(packets|incidents)' | sed 's/ .*//' | sort -u | head -3
echo "told in ordinary life: $(got .)"

part attack
guess() { # COUNT
  for _ in $(seq "$1"); do
    in_net ssh -q -b $attacker -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "admin@$server" true </dev/null
  done
}
scan() {
  in_net node -e '
    const net = require("node:net");
    const [to, from] = process.argv.slice(1);
    let port = 1;
    const timer = setInterval(() => {
      if (port > 400) { clearInterval(timer); return; }
      net.connect({ port: port++, host: to, localAddress: from }).on("error", () => {}).on("connect", function () { this.destroy(); });
    }, 20);' $server $attacker
}
attacked=$(date +%s.%N)
scan
await has_got '"event":"opened"'
echo "told after $(awk -v at="$attacked" '/"event":"opened"/ { printf "%.1f s", $1 - at; exit }' /root/received)"
guess 40
sleep 3
systemctl reload anomaly
await grep -qs '^\[HIGH\]' /var/lib/anomaly/reports/report.txt
grep -E '^\[(HIGH|MEDIUM|LOW)\]' /var/lib/anomaly/reports/report.txt

part 'allow the scanner'
# what the report prints, of which only the entry for the scan is taken
node -e '
  const report = require("node:fs").readFileSync("/var/lib/anomaly/reports/report.txt", "utf8");
  const printed = [...report.matchAll(/^ {2}Silence {3}((?:.*\n(?= {12}))*.*)/gm)].map(([, entries]) => entries);
  const scan = JSON.parse(`[${printed.join(",")}]`).filter(({ reason }) => [reason].flat().includes("port scan"));
  console.log(JSON.stringify(scan));' >/etc/anomaly/allow.json
cat /etc/anomaly/allow.json
systemctl reload anomaly
await says 'allow-list read again'
opened=$(got '"event":"opened"')
systemctl restart anomaly
sleep 3
scan
# beyond doubt after a minute and a half of training, in which this host logged in too, however slow the machine is
guess 80
sleep 2
systemctl reload anomaly
await grep -qs '^SUPPRESSED' /var/lib/anomaly/reports/report.txt
await grep -qsE '^\[(HIGH|MEDIUM|LOW)\]' /var/lib/anomaly/reports/report.txt
grep -A4 '^SUPPRESSED' /var/lib/anomaly/reports/report.txt
echo "told anew: $(($(got '"event":"opened"') - opened))"
grep -E '^\[(HIGH|MEDIUM|LOW)\]' /var/lib/anomaly/reports/report.txt

part 'learn anew'
systemctl start anomaly-train
echo "exit $(systemctl show -P ExecMainStatus anomaly-train)"
journalctl -o cat -u anomaly-train | grep 'stays in use'
way=$(journalctl -o cat -u anomaly-train | sed -n 's/.*to go over all the same: //p' | tail -1)
echo "$way"
as_user sh -c "$way"
systemctl reload anomaly
await says '^from now on model'
journalctl -o cat -u anomaly _PID="$(pid)" | grep '^from now on model'

part 'go back'
as_user anomaly train --rollback
systemctl reload anomaly
went_back() { [ "$(journalctl -o cat -u anomaly _PID="$(pid)" | grep -c '^from now on model')" = 2 ]; }
await went_back
as_user anomaly train --list-models

part killed
before=$(grep -c . /var/lib/anomaly/reports/incidents.jsonl)
numbers=$(sed -n 's/.*"number":\([0-9]*\).*/\1/p' /var/lib/anomaly/reports/incidents.jsonl | sort -n | tail -1)
old=$(pid)
kill -9 "$old"
restarted() { [ "$(pid)" != 0 ] && [ "$(pid)" != "$old" ] && systemctl is-active -q anomaly; }
await restarted
after=$(grep -c . /var/lib/anomaly/reports/incidents.jsonl)
echo "lines $before and $after"
journalctl -o cat -u anomaly _PID="$(pid)" | grep 'the run before'
# from a client that is not in the list
attacker=10.99.0.12
scan
sleep 5
numbers_after=$(sed -n 's/.*"number":\([0-9]*\).*/\1/p' /var/lib/anomaly/reports/incidents.jsonl | sort -n | tail -1)
[ "$numbers_after" -gt "$numbers" ] && echo 'numbers go on'

part report
systemctl stop anomaly anomaly-sniff
kill $ordinary
echo "exit $(systemctl show -P ExecMainStatus anomaly)"
head -5 /var/lib/anomaly/reports/report.txt
ls /var/lib/anomaly/reports
find /var/lib/anomaly -type f ! -perm 600 | grep -v '/\.' | head
part end
