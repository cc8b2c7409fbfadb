/** A network of two ends in a namespace of its own, traffic on it, and the program running there. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { pcapFile, readPcap } from './packets.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ENTRY = join(ROOT, 'test/support/anomaly.js');
const SAMPLE = join(ROOT, 'data/benign.pcap.gz');

/** Undefined: live tests can run here; else why not. */
export const liveObstacle: string | undefined = obstacle();

function obstacle(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are a thing of Linux';
  if (process.getuid?.() !== 0) return 'only root can make network namespaces';
  if (spawnSync('tcpreplay', ['--version']).error) return 'tcpreplay is not installed';
  const name = `anomaly-probe-${process.pid}`;
  const made = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
  if (made.status !== 0) return `no network namespaces: ${made.stderr || made.error?.message}`;
  const veth = spawnSync('ip', ['-n', name, 'link', 'add', 'near', 'type', 'veth', 'peer', 'name', 'far'], {
    encoding: 'utf8',
  });
  spawnSync('ip', ['netns', 'delete', name]);
  return veth.status === 0 ? undefined : `no veth pairs: ${veth.stderr}`;
}

if (liveObstacle !== undefined) console.warn(`live tests are skipped: ${liveObstacle}`);

let networks = 0;

/** A veth pair, `near` and `far`, in a namespace that nothing else speaks in. */
export class Network {
  readonly namespace = `anomaly-${process.pid}-${++networks}`;
  readonly folder = mkdtempSync(join(tmpdir(), 'anomaly-test-'));
  private readonly started: ChildProcess[] = [];

  constructor() {
    execFileSync('ip', ['netns', 'add', this.namespace]);
    // no neighbour discovery: all packets are ours
    for (const group of ['all', 'default']) {
      this.run('sh', ['-c', `echo 1 > /proc/sys/net/ipv6/conf/${group}/disable_ipv6`]);
    }
    this.addLink();
  }

  addLink(): void {
    this.ip('link', 'add', 'near', 'type', 'veth', 'peer', 'name', 'far');
    this.ip('link', 'set', 'near', 'up');
    this.ip('link', 'set', 'far', 'up');
  }

  ip(...args: string[]): void {
    execFileSync('ip', ['-n', this.namespace, ...args]);
  }

  /** Runs a program to its end in the namespace. */
  run(program: string, args: readonly string[]): string {
    return execFileSync('ip', ['netns', 'exec', this.namespace, program, ...args], { encoding: 'utf8', stdio: 'pipe' });
  }

  /** Sends a capture from the far end, so that the near end receives it. */
  play(pcap: string, packetsPerSecond: number): void {
    this.run('tcpreplay', ['-q', '-K', '-i', 'far', `--pps=${packetsPerSecond}`, pcap]);
  }

  /** Sends a capture over and over until the process is killed. */
  playOn(pcap: string, packetsPerSecond: number | 'top speed'): ChildProcess {
    const rate = packetsPerSecond === 'top speed' ? '--topspeed' : `--pps=${packetsPerSecond}`;
    return this.start('tcpreplay', ['-q', '-K', '--loop=0', '-i', 'far', rate, pcap], 'ignore');
  }

  /** Starts `anomaly`. `node`: what to run it with. */
  anomaly(args: readonly string[], options: { user?: number; env?: NodeJS.ProcessEnv; node?: string } = {}): Program {
    const as =
      options.user === undefined
        ? []
        : ['setpriv', `--reuid=${options.user}`, `--regid=${options.user}`, '--clear-groups'];
    const [program, ...rest] = [...as, options.node ?? process.execPath, ENTRY, ...args] as [string, ...string[]];
    return new Program(this.start(program, rest, 'pipe', options.env));
  }

  private start(
    program: string,
    args: readonly string[],
    output: 'ignore' | 'pipe',
    env?: NodeJS.ProcessEnv,
  ): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.namespace, program, ...args], {
      cwd: this.folder,
      stdio: ['ignore', output, output],
      env: { ...process.env, ...env },
    });
    this.started.push(child);
    return child;
  }

  /** Waits until a packet table has that many rows. */
  rows(name: string, count: number): Promise<void> {
    const lines = (): number => readFileSync(this.file(name), 'utf8').split('\n').length - 2;
    return until(
      () => lines() >= count,
      `${count} rows in ${name}`,
      () => String(lines()),
    );
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  close(): void {
    for (const child of this.started) child.kill('SIGKILL');
    spawnSync('ip', ['netns', 'delete', this.namespace]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running `anomaly` and what it says. */
export class Program {
  stdout = '';
  stderr = '';
  readonly ended: Promise<Ending>;
  private over = false;

  constructor(readonly child: ChildProcess) {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        this.over = true;
        resolve({ code, signal });
      });
    });
  }

  /** `ip netns exec` and setpriv become what they start: this is node's. */
  get pid(): number {
    return this.child.pid as number;
  }

  /** Waits until standard error has it, `times` times. */
  async says(pattern: RegExp, times = 1): Promise<void> {
    const all = new RegExp(pattern.source, `${pattern.flags}g`);
    await until(
      () => (this.stderr.match(all)?.length ?? 0) >= times || this.over,
      `"${pattern}"`,
      () => this.stderr,
    );
    if ((this.stderr.match(all)?.length ?? 0) < times) throw new Error(`ended without "${pattern}":\n${this.stderr}`);
  }

  capturing(): Promise<void> {
    return this.says(/capturing on/);
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Ctrl+C, and what comes of it. */
  async interrupt(): Promise<Ending> {
    this.signal('SIGINT');
    return this.ended;
  }

  /** The keeper and, below it, the driver. */
  get keeper(): number | undefined {
    return childrenOf(this.pid)[0];
  }

  get driver(): number | undefined {
    const { keeper } = this;
    return keeper === undefined ? undefined : childrenOf(keeper)[0];
  }
}

export function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

export function isAlive(pid: number): boolean {
  // one that ended and was not waited for by the init of a container is still listed
  return existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Polls; fails after half a minute with what `describe` says. */
export async function until(holds: () => boolean, what: string, describe: () => string = () => ''): Promise<void> {
  for (let k = 0; !holds(); k++) {
    if (k > 1500) throw new Error(`waited in vain for ${what}: ${describe()}`);
    await sleep(20);
  }
}

/** Writes the first `count` packets of our sample recording that were captured whole. */
export function writeSample(path: string, count: number): void {
  const all = readPcap(gunzipSync(readFileSync(SAMPLE)));
  const whole = all?.packets.filter(({ data, wireLen }) => data.length === wireLen).slice(0, count) ?? [];
  if (whole.length < count) throw new Error(`the sample has no ${count} whole packets`);
  writeFileSync(path, pcapFile(whole));
}

export interface Table {
  readonly header: string;
  readonly rows: string[];
}

/** A packet table; throws where it does not end on a whole line or a row has another number of cells than the header. */
export function readTable(path: string): Table {
  const text = readFileSync(path, 'utf8');
  if (!text.endsWith('\n')) throw new Error(`${path} does not end on a whole line: ${text.slice(-100)}`);
  const [header, ...rows] = text.slice(0, -1).split('\n') as [string, ...string[]];
  const cells = header.split(',').length;
  const broken = rows.find((row) => !row.includes('"') && row.split(',').length !== cells);
  if (broken !== undefined) throw new Error(`${path} has a broken row: ${broken}`);
  return { header, rows };
}

/** Received, written, dropped and filtered of the summary; NaN for "unknown". */
export function balanceOf(stderr: string): { received: number; written: number; dropped: number; filtered: number } {
  const match = /received ([\d,]+) = written ([\d,]+) \+ dropped (unknown|[\d,]+).*? \+ filtered (unknown|[\d,]+)/.exec(
    stderr,
  );
  if (!match) throw new Error(`no balance in: ${stderr}`);
  const [received, written, dropped, filtered] = match.slice(1).map((text) => Number(text.replaceAll(',', '')));
  return { received, written, dropped, filtered } as ReturnType<typeof balanceOf>;
}
