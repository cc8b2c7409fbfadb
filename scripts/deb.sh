#!/usr/bin/env bash
# Makes the Debian package anomaly_VERSION_ARCHITECTURE.deb, in the project folder:
#   npm run deb -- [--revision N] [--all] [--to FOLDER]
# --revision  the package's own number behind the program's version, 1 if not given
# --all       a package for every architecture: without npm `cap`, so that tcpdump captures
# DEBFULLNAME and DEBEMAIL name the maintainer, SOURCE_DATE_EPOCH the date (else that of the last commit). Needs no root.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

say() { printf 'deb: %s\n' "$*" >&2; }
revision=1 to=$root with_cap=yes
while [ $# -gt 0 ]; do
  case $1 in
    --all) with_cap=no ;;
    --revision) revision=${2-}; shift ;;
    --to) to=${2-}; shift ;;
    *) say "$1: not known; there are --revision N, --all, --to FOLDER"; exit 2 ;;
  esac
  # a value that is missing is told below
  shift || true
done
[[ $revision =~ ^[0-9]+$ ]] || { say "--revision $revision: a number is wanted"; exit 2; }
[ -d "$to" ] || { say "--to $to: there is no such folder"; exit 73; }
to=$(realpath "$to")
command -v dpkg-deb >/dev/null || { say "no dpkg-deb here: Debian packages are made on Debian"; exit 1; }
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y package.json)}
export SOURCE_DATE_EPOCH
umask 022

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree
lib=$tree/usr/lib/anomaly
doc=$tree/usr/share/doc/anomaly
mkdir -p "$lib" "$doc" "$tree/DEBIAN"

# the program: what npm packs, with the packages that it needs as the lock file has them
npm pack --silent --pack-destination "$work" >"$work/name"
tar -xzf "$work/$(cat "$work/name")" -C "$lib" --strip-components=1 --no-same-owner
cp package-lock.json "$lib/npm-shrinkwrap.json"
npm ci --prefix "$lib" --omit=dev --ignore-scripts --prefer-offline --no-audit --no-fund --loglevel=error >&2
rm "$lib/npm-shrinkwrap.json"

# What only browsers, compilers, debuggers and CommonJS load is most of the size and of the time to install. Of tfjs Node loads
# one file a package; of types our own name only zod's. prom-client is CommonJS, and loads @opentelemetry's.
modules=$lib/node_modules
find "$modules" \( -name '*.map' -o -name '*.cjs' ! -path '*/@opentelemetry/*' -o -name '*.cts' -o -name '*.ts' ! -path '*/zod/*' \) -delete
find "$modules"/@tensorflow/*/dist -name '*.js' ! -name '*.node.js' -delete
rm -rf "$modules"/{echarts,zrender,csv-*}/dist "$modules"/{@types,@webgpu} "$modules"/zod/src
# SQLite comes compiled for every system, and with its sources
rm -rf "$modules"/@photostructure/sqlite/{src,prebuilds/{darwin,win32}-*} "$modules"/node-addon-api
find "$modules"/@photostructure -name '*.musl.node' -delete
# books of npm and of other tools
(cd "$lib" && find . -mindepth 1 -path '*/.*' -delete)
find "$modules" -type d -empty -delete

# npm cap where the set-up compiled it
cap=optional/cap/node_modules/cap
# what unpacks inputs that Node does not
unpackers="zstd, xz-utils, lz4, bzip2"
addon=$cap/build/Release/cap.node
if [ $with_cap = yes ] && [ -e $addon ]; then
  cp -r --parents $cap/{LICENSE,README.md,package.json,lib} $addon "$lib"
  strip --strip-unneeded "$lib/$addon"
  architecture=$(dpkg --print-architecture)
  # what the linker asks of glibc: the least version
  glibc=$(objdump -T "$lib/$addon" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -1)
  capture="libpcap0.8t64 | libpcap0.8 | tcpdump, libstdc++6, libc6 (>= ${glibc#GLIBC_})
Recommends: tcpdump, $unpackers"
  about="Packets are captured through libpcap, by code that was compiled for Node
 $(node -p 'parseInt(process.versions.node)'). With a Node of another major version tcpdump captures,
 until 'anomaly-setup cap' has compiled that part anew."
else
  [ $with_cap = no ] || say "npm cap is not built here: the package is one for every architecture, in which tcpdump captures"
  architecture=all
  capture="tcpdump
Recommends: $unpackers"
  about='Packets are captured by tcpdump.'
fi

# modes are Debian's, whatever others packed; npm installs programs as links to scripts, and so does this
find "$lib" -type f -exec chmod 644 {} +
mkdir -p "$tree/usr/bin"
while read -r name script; do
  chmod 755 "$lib/$script"
  ln -s "../lib/anomaly/$script" "$tree/usr/bin/$name"
done < <(node -p 'Object.entries(require("./package.json").bin).map((one) => one.join(" ")).join("\n")')

# each thing in the place where Debian looks for it
place() { install -D -m 644 "$1" "$tree/$2"; }
for unit in service/anomaly*.service service/anomaly*.timer; do place "$unit" usr/lib/systemd/system/"${unit##*/}"; done
place service/anomaly.sysusers usr/lib/sysusers.d/anomaly.conf
place service/anomaly.default etc/default/anomaly
place service/notify.conf usr/share/doc/anomaly/notify.conf
for file in service/fleet/*; do place "$file" usr/share/anomaly/hub/"${file##*/}"; done
place completions/anomaly.bash usr/share/bash-completion/completions/anomaly
place completions/_anomaly usr/share/zsh/vendor-completions/_anomaly
place completions/anomaly.fish usr/share/fish/vendor_completions.d/anomaly.fish
place man/anomaly.1 usr/share/man/man1/anomaly.1
place CHANGELOG.md usr/share/doc/anomaly/changelog
rm -r "$lib"/{service,completions,man}
# for allow-lists
mkdir -p "$tree/etc/anomaly"
# Pages, examples and sample data stay together, so that links between them hold; they are found where Debian has documentation.
for name in README.md ARCHITECTURE.md CONTRIBUTING.md CHANGELOG.md docs examples data models schema; do
  ln -s "../../../lib/anomaly/$name" "$doc/$name"
done

version=$(node -p 'require("./package.json").version.replace("-", "~")')-$revision
maintainer="${DEBFULLNAME:-anomaly} <${DEBEMAIL:-anomaly@localhost}>"
cat >"$doc/changelog.Debian" <<TEXT
anomaly ($version) unstable; urgency=medium

  * What changed in the program is in changelog.gz.

 -- $maintainer  $(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")
TEXT
{
  cat <<'TEXT'
Copyright of anomaly: its authors. No licence is declared yet.

It comes with packages of others, in folders node_modules below /usr/lib/anomaly.
Each has copyright and licence in its folder, where its authors put them there; the
text of Apache-2.0 is /usr/share/common-licenses/Apache-2.0.

TEXT
  node -p '
    const { existsSync } = require("node:fs");
    [...Object.keys(require("./package-lock.json").packages), process.argv[2]]
      .map((path) => `${process.argv[1]}/${path}/package.json`)
      .filter((path, k) => k > 0 && existsSync(path))
      .map((path) => require(path))
      .map(({ name, version, license, licenses }) => `${name} ${version}: ${license ?? licenses[0].type}`)
      .join("\n")' "$lib" $cap
} >"$doc/copyright"
gzip -9n "$doc/changelog" "$doc/changelog.Debian" "$tree/usr/share/man/man1/anomaly.1"

size=$(du -k -s --apparent-size --exclude=DEBIAN "$tree" | cut -f1)
cat >"$tree/DEBIAN/control" <<TEXT
Package: anomaly
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $size
Depends: nodejs (>= 20), $capture
Section: net
Priority: optional
Description: says when the network traffic of a host becomes unusual, and why
 It learns what is normal from the host's own traffic, without signatures and
 labels, with an autoencoder, and reports who did what to whom, with the
 observed value beside the normal one. It reads live packets, captures and Zeek
 logs.
 .
 The service anomaly is not enabled by installing it: it needs a model first.
 .
 $about
TEXT
echo /etc/default/anomaly >"$tree/DEBIAN/conffiles"
install -m 755 -t "$tree/DEBIAN" service/debian/{postinst,prerm,postrm}
(cd "$tree" && find usr etc -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$tree/DEBIAN/md5sums"

# the same input gives the same bytes
find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
package=$to/anomaly_${version}_$architecture.deb
dpkg-deb --root-owner-group --build "$tree" "$package" >/dev/null
say "$package: $(du -k --apparent-size "$package" | cut -f1) kB, $size kB when installed"
