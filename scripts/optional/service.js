// The systemd service, where npm installed the program (the Debian package brings its own).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { say } from './machine.js';

const template = (name) => readFileSync(new URL(`../../service/${name}`, import.meta.url), 'utf8');
const PROGRAM = fileURLToPath(new URL('../../bin/anomaly.js', import.meta.url));
/** detection; recording and learning anew every week, for who wants them (docs/model.md) */
const UNITS = ['anomaly.service', 'anomaly-sniff.service', 'anomaly-train.service', 'anomaly-train.timer'];
const place = (unit) => `/etc/systemd/system/${unit}`;
const [UNIT] = UNITS.map(place);
const USERS = '/etc/sysusers.d/anomaly.conf';
const OPTIONS = '/etc/default/anomaly';
const STATE = '/var/lib/anomaly';
/** for allow-lists, where the unit lets the service read */
const SETTINGS = '/etc/anomaly';
/** of the Debian package */
const PACKAGED = '/usr/lib/systemd/system/anomaly.service';
/** ProtectHome= and PrivateTmp= of the unit hide them from the service */
const HIDDEN = /^\/(home|root|run\/user|tmp|var\/tmp)\//;

/** @returns whether it ended well; what it printed is said otherwise */
function run(program, ...args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status === 0) return true;
  const words = error?.message ?? `${stderr}${stdout}`.trim().split('\n')[0];
  return failed(`${[program, ...args].join(' ')}: ${words}`);
}

function failed(reason) {
  say(`service: ${reason}`);
  return false;
}

/** A word of a unit's command line: systemd.service(5), "Command lines". */
const quoted = (word) => `"${word.replace(/["\\]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;

/** Undefined: nothing stands in the way. */
function obstacle() {
  if (process.getuid?.() !== 0) return 'only root can set it up';
  if (!existsSync('/run/systemd/system')) return 'no systemd runs here';
  if (existsSync(PACKAGED)) return 'the Debian package has installed it: systemctl enable --now anomaly';
  return undefined;
}

export function checkService() {
  if (existsSync(PACKAGED) || existsSync(UNIT)) say('service: installed; "systemctl status anomaly" says how it is');
  else say('service: not installed; as root, "anomaly-setup service" installs it');
}

/** Unit, user and folders; enables and starts nothing. @returns whether it can be started now, but for a model */
export function installService() {
  const reason = obstacle();
  if (reason) return failed(reason);
  const node = realpathSync(process.execPath);
  if (HIDDEN.test(node)) return failed(`a service cannot see ${node}: install a Node for all users, and this with it`);
  if (HIDDEN.test(PROGRAM)) {
    return failed(
      `a service cannot see ${PROGRAM}: in a clone, npm install -g "./$(npm pack --silent)", then once more`,
    );
  }
  mkdirSync('/etc/sysusers.d', { recursive: true });
  writeFileSync(USERS, template('anomaly.sysusers'));
  if (!run('systemd-sysusers', USERS)) return false;
  if (!run('install', '-d', '-m', '700', '-o', 'anomaly', '-g', 'anomaly', STATE)) return false;
  mkdirSync(SETTINGS, { recursive: true });
  if (!existsSync(OPTIONS)) writeFileSync(OPTIONS, template('anomaly.default'));
  // by its path, and Node by its own: neither need be where systemd looks
  const program = `${quoted(node)} ${quoted(PROGRAM)}`;
  for (const unit of UNITS) {
    writeFileSync(
      place(unit),
      template(unit).replace(/(ExecStart=|exec )anomaly /, (_all, before) => `${before}${program} `),
    );
  }
  const asUser = ['--reuid=anomaly', '--regid=anomaly', '--clear-groups'];
  if (spawnSync('setpriv', [...asUser, node, PROGRAM, '--version'], { cwd: '/' }).status !== 0) {
    return failed(`the user anomaly cannot run ${PROGRAM}: give it the right to read that folder (chmod -R a+rX)`);
  }
  // an older program of it may run
  if (!run('systemctl', 'daemon-reload') || !run('systemctl', 'try-restart', ...UNITS.slice(0, 2))) return false;
  say(`service: installed, ${UNIT}; options: ${OPTIONS}; models and reports: ${STATE}`);
  if (existsSync(`${STATE}/models`)) say('service: next: systemctl enable --now anomaly');
  else say(`service: next: cd ${STATE}; record and learn there (docs/outputs.md); systemctl enable --now anomaly`);
  return true;
}

/** Stops it and takes away what `installService` wrote, but for settings, models and reports. */
export function removeService() {
  const reason = obstacle();
  if (reason) return failed(reason);
  if (!existsSync(UNIT)) return failed('not installed');
  if (!run('systemctl', 'disable', '--quiet', '--now', ...UNITS)) return false;
  for (const unit of UNITS) rmSync(place(unit), { force: true });
  rmSync(USERS, { force: true });
  if (!run('systemctl', 'daemon-reload')) return false;
  say(`service: removed; left are ${STATE}, ${SETTINGS}, ${OPTIONS} and the user anomaly`);
  return true;
}
