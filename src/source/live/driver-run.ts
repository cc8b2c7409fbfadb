/** One run of a driver, from its start to its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setPriority } from 'node:os';
import { systemCode } from '../../base/errors.js';
import { onLines } from './lines.js';
import type { Driver, DriverOptions, DriverStats } from './protocol.js';
import { StatsReader } from './stats.js';

export interface RunResult {
  /** whether the interface was opened */
  readonly opened: boolean;
  /** the driver is not installed */
  readonly missing: boolean;
  /** what it said on standard error, the first lines */
  readonly words: string;
  readonly signal: NodeJS.Signals | null;
  /** at its end, where it could tell them */
  readonly stats: DriverStats | undefined;
}

export interface RunHooks {
  onOpen(): void;
  onStats(stats: DriverStats): void;
}

const STATS_MS = 1000;
const KEPT_WORDS = 4096;
/** A driver asked to end has this long before it is killed. */
const KILL_AFTER_MS = 1000;
/** The kernel hands a block of packets over when it is full or a second old. */
const BLOCK_MS = 1100;
/** When packets keep coming, blocks fill: what was there when the wish to stop came is written sooner. */
const BUSY_MS = 300;
const ASK_MS = 50;
/** A busy machine delays a process by more than the kernel's buffer can hold packets for, so the driver goes first. */
export const DRIVER_PRIORITY = -10;
const LISTENING = /(^|: )listening on /;

/** Nothing of our environment is a driver's business, above all not what makes Node load other code. */
const ENVIRONMENT = { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`, LC_ALL: 'C' };

export class DriverRun {
  private child: ChildProcess | undefined;
  private stopping = false;
  private opened = false;
  private words = '';
  private ended = false;
  private readonly stats = new StatsReader();

  constructor(
    private readonly driver: Driver,
    private readonly options: DriverOptions,
    private readonly hooks: RunHooks,
  ) {}

  /** @param socketPath where the parent waits for the pcap stream; the driver writes to it directly */
  async run(socketPath: string): Promise<RunResult> {
    const socket = await connected(socketPath);
    if (!socket) return this.result(false, null);
    const [program, ...args] = this.driver.command(this.options);
    const child = spawn(program, args, { stdio: ['pipe', socket, 'pipe'], cwd: '/', env: ENVIRONMENT });
    this.child = child;
    socket.destroy();
    prioritise(child);
    child.stdin?.on('error', () => undefined);
    if (child.stderr) onLines(child.stderr, (line) => this.hear(line));
    const timer = this.driver.countsDrops ? setInterval(() => this.ask(), STATS_MS) : undefined;
    if (this.stopping) this.endChild(child);
    try {
      return await new Promise((resolve) => {
        child.on('error', (error) => resolve(this.result(systemCode(error) === 'ENOENT', null, error.message)));
        child.on('close', (_code, signal) => resolve(this.result(this.driver.isMissing(this.words), signal)));
      });
    } finally {
      this.ended = true;
      clearInterval(timer);
    }
  }

  /** Asks the driver to write what the kernel holds for it and to end. */
  stop(): void {
    if (this.stopping) return;
    this.stopping = true;
    if (this.child) this.endChild(this.child);
  }

  /** Whether somebody has stopped the driver (SIGSTOP), which then takes no packets until it is told to go on. */
  isStopped(): boolean {
    try {
      const stat = readFileSync(`/proc/${this.child?.pid}/stat`, 'latin1');
      // proc(5): the state follows the name, which is in parentheses and may hold any character
      return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
    } catch {
      // it has ended, or the platform does not tell
      return false;
    }
  }

  kill(): void {
    this.child?.kill('SIGKILL');
  }

  private endChild(child: ChildProcess): void {
    const kill = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS + (this.driver.stopSignal ? BLOCK_MS : 0));
    child.once('close', () => clearTimeout(kill));
    child.stdin?.end();
    if (this.driver.stopSignal === undefined) return;
    const { stopSignal } = this.driver;
    void this.caughtUp().then(() => child.kill(stopSignal));
  }

  /** Waits until all packets that the kernel had at the time of the call reached the driver, within limits. */
  private async caughtUp(): Promise<void> {
    if (!this.opened) return;
    const start = performance.now();
    const before = this.stats.latest;
    let target: number | undefined;
    let first = 0;
    for (;;) {
      this.ask();
      await new Promise((resolve) => setTimeout(resolve, ASK_MS));
      const { latest } = this.stats;
      if (this.ended) return;
      const waited = performance.now() - start;
      if (waited > BLOCK_MS) return;
      if (!latest || latest === before) continue;
      if (target === undefined) {
        target = latest.received - latest.dropped;
        first = latest.captured;
      }
      if (latest.captured >= target) return;
      if (latest.captured > first && waited > BUSY_MS) return;
    }
  }

  private ask(): void {
    if (this.opened && this.driver.countsDrops) this.child?.kill('SIGUSR1');
  }

  private hear(line: string): void {
    if (!this.opened && LISTENING.test(line)) {
      this.opened = true;
      this.words = '';
      this.hooks.onOpen();
    } else if (this.driver.countsDrops && this.stats.push(line)) {
      this.hooks.onStats(this.stats.latest as DriverStats);
    } else if (!line.startsWith('Warning: ') && this.words.length < KEPT_WORDS) {
      this.words += `${line}\n`;
    }
  }

  private result(missing: boolean, signal: NodeJS.Signals | null, words = this.words): RunResult {
    const { opened, stats } = this;
    // a driver that was killed said nothing at its end: its last statistics are up to a second old
    return { opened, missing, words, signal, stats: signal === null ? stats.latest : undefined };
  }
}

function prioritise(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) setPriority(child.pid, DRIVER_PRIORITY);
  } catch {
    // only root may, who gave the priority to the keeper of a user
  }
}

async function connected(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}
