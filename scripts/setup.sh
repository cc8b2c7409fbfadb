#!/usr/bin/env bash
# Installs what is missing and builds: Debian packages (as root), npm packages, dist/. A second run does nothing.
# With --tests also the programs that the tests use as oracles and peers, with --fleet the hub of the fleet's demo.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }

# the same words as bin/anomaly.js
if ! have node || ! have npm; then
  say "Node and npm are missing: apt-get install nodejs npm"; exit 1
fi
node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' ||
  { say "Node $(node -v) is too old, 20 or newer is needed: npm install -g node@22 && npm install -g npm@11 (as root), then open a new shell"; exit 1; }

# what to look for -> Debian package
missing=()
[ -e /usr/include/pcap.h ] || missing+=(libpcap-dev)
for pair in g++:g++ make:make python3:python3 tcpdump:tcpdump; do have "${pair%%:*}" || missing+=("${pair##*:}"); done
if [ "${1:-}" = --fleet ]; then have nats-server || missing+=(nats-server); fi
if [ "${1:-}" = --tests ]; then
  while read -r program package; do have "$program" || missing+=("$package"); done < .ci/test-programs
fi
if [ "${#missing[@]}" -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && have apt-get; then
    say "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get -qq update && apt-get -qq install -y --no-install-recommends "${missing[@]}"; } >/dev/null ||
      say "some Debian packages could not be installed; what needs them will say so"
    # Debian starts these as services; tests start their own, on loopback
    for service in prometheus nats-server; do
      case " ${missing[*]} " in *" $service "*) ! have systemctl || systemctl --quiet disable --now "$service" 2>/dev/null || true ;; esac
    done
  else
    say "missing: run 'apt-get install ${missing[*]}' as root for live capture through libpcap and for all tests; going on without"
  fi
fi

stamp="$(node -v) $(cat package.json package-lock.json | cksum)"
if [ "$(cat node_modules/.setup-stamp 2>/dev/null)" != "$stamp" ]; then
  say "installing npm packages"
  npm ci --no-audit --no-fund --loglevel=error >&2
  echo "$stamp" > node_modules/.setup-stamp
fi

if [ ! -e dist/.built ] || [ -n "$(find src assembly scripts/build.js tsconfig.json package.json -newer dist/.built -print -quit 2>/dev/null)" ]; then
  say "building"
  node scripts/build.js
  touch dist/.built
fi
