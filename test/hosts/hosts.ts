/** Debian hosts: root folders that are made once and kept, and what runs on them. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HOST = join(ROOT, '../shared/hosts/host');
const FOLDER = process.env.HOSTS ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'anomaly/hosts');
const COPY = 'copy-';
const PACKING = join(ROOT, 'scripts/shrinkwrap.js');

/** What the package recommends beside tcpdump: apt would fetch it, and a host has no way out. */
export const RECOMMENDED = ['zstd', 'xz-utils', 'lz4', 'bzip2'];

/** Undefined: hosts can be made and booted here; else why not. */
export const hostsObstacle: string | undefined = obstacle();

function obstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can make and boot hosts';
  if (!existsSync(HOST)) return 'there is no ../shared/hosts/host beside the project';
  const missing = ['dpkg-deb', 'debootstrap', 'systemd-nspawn', 'flock'].filter(
    (name) => spawnSync(name, ['--version']).error,
  );
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
}

if (hostsObstacle !== undefined) console.warn(`tests on Debian hosts are skipped: ${hostsObstacle}`);

/** What a program printed, to both ends, and its exit code. */
interface Outcome {
  readonly text: string;
  readonly code: number | null;
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Outcome {
  const { stdout, stderr, status, error } = spawnSync(program, args, { encoding: 'utf8', env });
  if (error) throw error;
  return { text: stdout + stderr, code: status };
}
const host = (...args: string[]): Outcome => run(HOST, args, { ...process.env, HOSTS: FOLDER });

/** Removes copies of runs that were killed. */
function sweepCopies(): void {
  for (const name of readdirSync(FOLDER)) {
    const owner = name.startsWith(COPY) ? Number.parseInt(name.slice(COPY.length), 10) : process.pid;
    if (owner !== process.pid && !existsSync(`/proc/${owner}`)) rmSync(join(FOLDER, name), { recursive: true });
  }
}

export class Host {
  private readonly folder: string;
  private constructor(private readonly name: string) {
    this.folder = join(FOLDER, name);
  }

  /** The host with these packages of Debian, made if it is not there; it is kept as it is. */
  static with(suite: string, ...packages: string[]): Host {
    const made = new Host([suite, ...packages].join('+'));
    if (!existsSync(made.folder)) {
      const unfinished = new Host(`${made.name}.${process.pid}.new`);
      const { text, code } = host('make', unfinished.name, suite, packages.join());
      if (code !== 0) throw new Error(`the host ${made.name} could not be made: ${text}`);
      // another file of tests may have made it meanwhile
      if (!existsSync(made.folder)) renameSync(unfinished.folder, made.folder);
      unfinished.remove();
    }
    return made;
  }

  /** One to be changed, for this process. */
  copy(): Host {
    sweepCopies();
    return this.copiedTo(new Host(`${COPY}${process.pid}-${this.name}`));
  }

  /** Copies of it on one network, for this process. */
  net(...names: string[]): HostNet {
    sweepCopies();
    const at = `${COPY}${process.pid}-net`;
    mkdirSync(join(FOLDER, at));
    return new HostNet(join(FOLDER, at), new Map(names.map((name) => [name, this.copiedTo(new Host(join(at, name)))])));
  }

  private copiedTo(copy: Host): Host {
    const { text, code } = run('cp', ['-a', this.folder, copy.folder], process.env);
    if (code !== 0) throw new Error(`the host ${this.name} could not be copied: ${text}`);
    return copy;
  }

  /** @returns where the files are on the host, each readable by everybody */
  put(files: readonly string[], folder: string): string[] {
    mkdirSync(join(this.folder, folder), { recursive: true });
    return files.map((file) => {
      const place = join(folder, basename(file));
      cpSync(file, join(this.folder, place));
      return place;
    });
  }

  /** What `npm install -g` does on the host, done from here, for the host has no way out. */
  npmInstall(what: string, ...options: string[]): void {
    const to = ['--global', '--prefix', join(this.folder, 'usr/local'), '--prefer-offline', '--no-audit', '--no-fund'];
    const { text, code } = run('npm', ['install', ...to, ...options, what], process.env);
    if (code !== 0) throw new Error(`npm could not install ${what} on the host: ${text}`);
  }

  /** A file of the host, as text. */
  read(path: string): string {
    return readFileSync(this.path(path), 'utf8');
  }
  write(path: string, text: string): void {
    writeFileSync(this.path(path), text);
  }
  /** Where a file of the host is on this machine. */
  path(path: string): string {
    return join(this.folder, path);
  }

  /** Without booting: nothing of systemd runs. */
  chroot(...command: string[]): Outcome {
    return run('chroot', [this.folder, ...command], { PATH: '/usr/sbin:/usr/bin', LC_ALL: 'C.UTF-8' });
  }

  /** Boots the host, runs the script there and switches it off. */
  boot(script: string, seconds: number): Outcome {
    return host('run', this.name, script, String(seconds));
  }

  remove(): void {
    for (const extension of ['', '.boot.log', '.debootstrap.log']) {
      rmSync(`${this.folder}${extension}`, { recursive: true, force: true });
    }
  }
}

/** Several hosts on one bridge: 10.99.0.1, 10.99.0.2, … in their order, and each knows the others by name. */
export class HostNet {
  constructor(
    private readonly folder: string,
    private readonly hosts: ReadonlyMap<string, Host>,
  ) {}

  host(name: string): Host {
    const found = this.hosts.get(name);
    if (!found) throw new Error(`there is no host ${name}`);
    return found;
  }

  /**
   * Boots all of them, runs the script on this machine, but in their network, and switches them off. In the script `$HOST in NAME COMMAND`
   * runs something on one of them, `$HOSTS/NAME` is its root folder, and `vb-NAME` its end of the cable.
   */
  boot(script: string, seconds: number): Outcome {
    const bounded = join(this.folder, 'bounded.sh');
    writeFileSync(bounded, `exec timeout ${seconds} bash ${script} "$@"\n`);
    return run(HOST, ['net', bounded, ...this.hosts.keys()], { ...process.env, HOST, HOSTS: this.folder });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * Runs an npm command that packs the program. One at a time, for npm writes into the project meanwhile, and the files of tests run
 * side by side.
 */
export function packWith(...args: readonly string[]): string {
  // zstd: in a third of the time
  const env = { ...process.env, DPKG_DEB_COMPRESSOR_TYPE: 'zstd' };
  const { stdout, stderr, status, error } = spawnSync('flock', [PACKING, 'npm', ...args], {
    cwd: ROOT,
    env,
    encoding: 'utf8',
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed: ${stderr}`);
  return stdout.trim();
}

/** The parts of the script's output, each by its name. */
export class Parts {
  constructor(private readonly text: string) {}

  of(name: string): string {
    const part = this.text.split(/^@@ /m).find((each) => each.startsWith(`${name}\n`));
    if (part === undefined) throw new Error(`the script did not come to "${name}":\n${this.text}`);
    return part.slice(name.length + 1);
  }
  lines(name: string): string[] {
    return this.of(name).split('\n').filter(Boolean);
  }
}
