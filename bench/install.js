// Ways to install, tried on real Debian root folders from which only the registries of npm and Debian can be reached: seconds,
// which other hosts were asked for, and what works afterwards. `npm run bench -- install [WORD]` tries the rows with WORD in them.
// Needs root and Debian's debootstrap and systemd-container. Peer: the same rows of another commit, with --before FOLDER
// (a checkout of it).
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { registryOnly } from './install/registry-only.js';
import { table } from './model/common.js';

const ROOT = join(import.meta.dirname, '..');
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'anomaly/install');
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const LIMIT_S = 900;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { before: { type: 'string' } } });
const project = values.before ?? ROOT;
const COMPILER = 'g++ make python3 libpcap-dev';

/** `node`: Debian's own, or a major version out of the npm package `node`; `apt`: Debian packages that are there before. */
const ROWS = [
  { way: 'clone, npm run demo', suite: 'trixie', node: 'debian', npm: 'debian', user: 'root' },
  { way: 'clone, npm run demo', suite: 'trixie', node: 'debian', npm: 'debian', user: 'somebody' },
  { way: 'clone, npm run demo', suite: 'bookworm', node: '24', npm: '11', user: 'somebody', apt: COMPILER },
  { way: 'package, npm install -g', suite: 'trixie', node: 'debian', npm: 'debian', user: 'root' },
  { way: 'package, npm install -g', suite: 'trixie', node: 'debian', npm: 'debian', user: 'root', apt: COMPILER },
  { way: 'package, npm install -g', suite: 'bookworm', node: '20', npm: '9.2.0', user: 'root', apt: COMPILER },
  { way: 'package, npm install -g', suite: 'bookworm', node: '20', npm: '10', user: 'root', apt: COMPILER },
  { way: 'package, npm install -g', suite: 'bookworm', node: '22', npm: '10', user: 'root', apt: COMPILER },
  { way: 'package, npm install -g', suite: 'bookworm', node: '22', npm: '11', user: 'somebody' },
  { way: 'package, npm install -g', suite: 'bookworm', node: '24', npm: '11', user: 'root', apt: COMPILER },
  { way: 'package, npm install', suite: 'bookworm', node: '24', npm: '11', user: 'somebody', apt: COMPILER },
  { way: 'the .deb, apt-get install', suite: 'trixie', node: 'debian', npm: 'debian', user: 'root' },
  {
    way: 'as the line says, npm install -g',
    suite: 'bookworm',
    node: 'debian',
    npm: 'debian',
    user: 'root',
    apt: COMPILER,
  },
  { way: 'package, npm install -g', suite: 'bookworm', node: 'debian', npm: 'debian', user: 'root' },
];

const npmHost = new URL(execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim()).hostname;
const registries = new Set([npmHost]);

/** A root folder of a Debian suite, with Debian's own nodejs and npm where `node` says so. Made once. */
function base(suite, withNode) {
  const folder = join(CACHE, withNode ? `${suite}-node` : suite);
  if (!existsSync(join(folder, '.ready'))) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(CACHE, { recursive: true });
    run('debootstrap', '--variant=minbase', '--include=systemd,ca-certificates', suite, folder);
    if (withNode)
      run(
        'chroot',
        folder,
        'sh',
        '-c',
        'apt-get -qq update && apt-get -qq install -y --no-install-recommends nodejs npm',
      );
    writeFileSync(join(folder, '.ready'), '');
  }
  for (const [, host] of readFileSync(join(folder, 'etc/apt/sources.list'), 'utf8').matchAll(/\w+:\/\/([^/\s]+)/g))
    registries.add(host);
  return folder;
}

/** Node and npm out of their npm packages, in one prefix, as an archive of Node has them. Made once. */
function nodePrefix(node, npm) {
  const folder = join(CACHE, `node-${node}-npm-${npm}`);
  if (!existsSync(join(folder, 'bin/npm'))) {
    const made = mkdtempSync(join(tmpdir(), 'node-'));
    writeFileSync(join(made, 'package.json'), '{ "private": true }');
    run('npm', 'install', '--prefix', made, '--silent', `node@${node}`, `npm@${npm}`);
    const archive = join(made, 'node_modules/node/node_modules');
    run(
      'sh',
      '-c',
      `mkdir -p "$2/lib/node_modules" && cp -a "$1"/node_modules/node/node_modules/node-linux-*/. "$2"/ && cp -a "$1"/node_modules/npm "$2/lib/node_modules/" && ln -s ../lib/node_modules/npm/bin/npm-cli.js "$2/bin/npm"`,
      archive,
      made,
      folder,
    );
    rmSync(made, { recursive: true });
  }
  return folder;
}

function run(command, ...args) {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** What is tried inside. Its last lines on standard output are `key=value`. */
function script({ way, apt, user }, network) {
  const install = {
    // what the program tells whose Node is too old
    'as the line says, npm install -g':
      'npm install -g node@22 && npm install -g npm@11 && bash -c "npm install -g /opt/anomaly.tgz"',
    'the .deb, apt-get install':
      'apt-get -qq update && apt-get -qq install -y --no-install-recommends /opt/anomaly.deb',
    'clone, npm run demo': 'cd ~/anomaly && npm run demo',
    'package, npm install -g': `npm install -g ${user === 'root' ? '' : '--prefix ~/.local '}/opt/anomaly.tgz`,
    'package, npm install':
      'mkdir ~/program && cd ~/program && echo "{}" > package.json && npm install /opt/anomaly.tgz',
  }[way];
  return `#!/bin/bash
export HOME=/root; [ "$(id -u)" = 0 ] || export HOME=/home/somebody
export PATH=/opt/node/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin NODE_EXTRA_CA_CERTS=${CERTIFICATES} npm_config_cafile=${CERTIFICATES}
${Object.entries(network.env)
  .map(([name, value]) => `export ${name}=${value}`)
  .join('\n')}
case $1 in
prepare)
  ${apt ? `apt-get -qq update && apt-get -qq install -y --no-install-recommends ${apt}` : 'true'}
  useradd -m somebody
  ${way.startsWith('clone') ? `home=~${user}; mkdir $home/anomaly && tar -xf /opt/clone.tar -C $home/anomaly && chown -R ${user}: $home` : 'true'} ;;
install)
  ${install} ;;
after)
  export PATH=~/.local/bin:~/program/node_modules/.bin:$PATH
  cd; [ -d ~/program ] && cd ~/program
  type anomaly >/dev/null 2>&1 || anomaly() { node ~/anomaly/bin/anomaly.js "$@"; }
  data=$(dirname "$(find / -xdev -name mixed.pcap.gz -not -path '/proc/*' 2>/dev/null | head -1)")
  echo "version=$(anomaly --version 2>&1 | tail -1)"
  anomaly sniff -r "$data/mixed.pcap.gz" -c 3000 --out p.csv >/dev/null 2>&1 && anomaly train p.csv --epochs 1 --power off --model m >/dev/null 2>&1 &&
    anomaly detect -r p.csv --model m --out r.html >/dev/null 2>&1 && [ -s r.html ] && echo main=yes || echo main=no
  setup=$(find / -xdev -path '*anomaly/scripts/optional.js' -not -path '/proc/*' 2>/dev/null | head -1)
  [ -n "$setup" ] && { node "$setup" 2>&1 | grep -q 'cap: works' && echo cap=yes || echo cap=no; }
  [ -z "$setup" ] && { [ -n "$(find / -xdev -name cap.node -not -path '*/obj.target/*' 2>/dev/null | head -1)" ] && echo cap=yes || echo cap=no; }
  find ~/.local /usr/local/share/man /usr/share/man /opt/node/share -name 'anomaly.1*' 2>/dev/null | grep -q . && echo man=yes || echo man=no ;;
esac
`;
}

async function inside(folder, network, row, step, prefix) {
  const binds = [`--bind-ro=${CERTIFICATES}`, ...(prefix ? [`--bind=${prefix}:/opt/node`] : [])];
  const user = step !== 'prepare' && row.user !== 'root' ? ['--user=somebody'] : [];
  const start = performance.now();
  // not spawnSync: the proxy is in this process
  const child = spawn(
    'systemd-nspawn',
    [
      '--quiet',
      '-D',
      folder,
      '--register=no',
      '--keep-unit',
      '--console=pipe',
      `--network-namespace-path=${network.path}`,
      ...binds,
      ...user,
      '/opt/try',
      step,
    ],
    { timeout: 1000 * LIMIT_S, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => (said[name] += text));
  const status = await new Promise((done) => child.on('close', (code) => done(code ?? 124)));
  return { ...said, status, seconds: (performance.now() - start) / 1000 };
}

const rows = ROWS.map((row) => ({
  ...row,
  text: `${row.way} ${row.suite} node ${row.node} npm ${row.npm} ${row.user}`,
})).filter(({ text }) => positionals.every((word) => text.includes(word)));
const packed = mkdtempSync(join(tmpdir(), 'anomaly-install-'));
const name = execFileSync('npm', ['pack', '--silent', '--pack-destination', packed], { cwd: project, encoding: 'utf8' })
  .trim()
  .split('\n')
  .at(-1);
if (rows.some(({ way }) => way.startsWith('the .deb')))
  run('npm', '--prefix', project, 'run', '--silent', 'deb', '--', '--to', packed);
run('git', '-C', project, 'archive', '--output', join(packed, 'clone.tar'), 'HEAD');
// a name of this run's own: another may be under way
const network = await registryOnly(`an${process.pid}`, registries);
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    network.close();
    rmSync(packed, { recursive: true, force: true });
    process.exit(130);
  });
}
const lines = [];
try {
  for (const row of rows) {
    const from = base(row.suite, row.node === 'debian');
    const prefix = row.node === 'debian' ? undefined : join(packed, 'node');
    const folder = join(packed, 'root');
    run('cp', '-a', from, folder);
    if (prefix) run('cp', '-a', nodePrefix(row.node, row.npm), prefix);
    run('cp', join(packed, name), join(folder, 'opt/anomaly.tgz'));
    if (row.way.startsWith('the .deb'))
      run('sh', '-c', 'cp "$0"/anomaly_*.deb "$1"', packed, join(folder, 'opt/anomaly.deb'));
    run('cp', join(packed, 'clone.tar'), join(folder, 'opt/clone.tar'));
    writeFileSync(join(folder, 'opt/try'), script(row, network), { mode: 0o755 });
    writeFileSync(join(folder, 'etc/resolv.conf'), `nameserver ${network.nameserver}\noptions timeout:1 attempts:1\n`);
    await inside(folder, network, row, 'prepare', prefix);
    network.others();
    const tried = await inside(folder, network, row, 'install', prefix);
    const others = network.others();
    const after = await inside(folder, network, row, 'after', prefix);
    const works = Object.fromEntries(
      after.stdout
        .trim()
        .split('\n')
        .map((line) => line.split('=')),
    );
    if (tried.status !== 0) console.error(`${row.text}:\n${tried.stderr.trim().split('\n').slice(-5).join('\n')}`);
    lines.push([
      row.way,
      `Debian ${{ bookworm: 12, trixie: 13 }[row.suite]}`,
      row.node === 'debian' ? "Debian's" : row.node,
      row.npm === 'debian' ? "Debian's" : row.npm,
      row.user,
      row.apt ? 'yes' : 'no',
      tried.status === 0 ? tried.seconds.toFixed(0) : `exit ${tried.status}`,
      others.length === 0 ? 'none' : others.join(', '),
      works.version?.includes('too old') ? 'says: Node is too old' : works.main,
      works.cap === 'yes' ? 'cap' : 'tcpdump',
      works.man,
    ]);
    console.error(lines.at(-1).join(' | '));
    run('rm', '-rf', folder, ...(prefix ? [prefix] : []));
  }
} finally {
  network.close();
  rmSync(packed, { recursive: true, force: true });
}
console.log(
  table(
    [
      'way',
      'on',
      'Node',
      'npm',
      'user',
      'compiler',
      's',
      'asked other hosts',
      'sniff, train, detect',
      'captures by',
      'man page',
    ],
    lines,
  ),
);
