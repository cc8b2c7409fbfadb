/**
 * What a service manager is told, where NOTIFY_SOCKET says that one listens: sd_notify(3). Messages are datagrams of AF_UNIX,
 * which Node has no sockets for, and packages that have them compile native code; so systemd's own `systemd-notify` sends them,
 * one at a time. It is a process of its own, so the unit needs NotifyAccess=all.
 */
import { execFile } from 'node:child_process';
import { systemCode } from '../base/errors.js';
import { printable } from '../base/text.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Status and sign of life go out together, this often, or three times in the manager's own limit where that is shorter. */
const BEAT_MS = 5000;
const BEATS_IN_LIMIT = 3;
/** A manager that is this slow to take a message is not waited for. */
const SEND_MS = 5000;

/** What the messages are made of. */
export interface ServiceLife {
  /** how it stands, in one line */
  status(): string;
  /** why the work does not go on, in a few words; undefined while it does. No sign of life is given meanwhile. */
  stuck(): string | undefined;
  /** hears, in one line, what the owner should know */
  note(line: string): void;
}

/** The line for a status, beginning with where records come from. @param interruption why none come just now */
export function standing(name: string, interruption: string | undefined, figures: readonly string[]): string {
  return `${name}: ${interruption === undefined ? '' : `interrupted, ${interruption}; so far `}${figures.join(', ')}`;
}

export class ServiceManager {
  private timer: NodeJS.Timeout | undefined;
  private sent: Promise<void> = Promise.resolve();
  private waiting = 0;
  private readonly watched: boolean;
  private readonly beatMs: number;
  private silent = false;
  private told = false;

  constructor(
    private readonly life: ServiceLife,
    private readonly env: Environment = process.env,
  ) {
    const limitMs = watchdogMs(env);
    this.watched = limitMs !== undefined;
    this.beatMs = Math.min(BEAT_MS, (limitMs ?? Number.POSITIVE_INFINITY) / BEATS_IN_LIMIT);
  }

  /** The work has begun; from now on the manager hears how it goes. */
  ready(): void {
    if (!this.env.NOTIFY_SOCKET) return;
    this.send('READY=1', ...this.beat());
    this.timer = setInterval(() => {
      // a manager that is behind gets the newest state, later
      if (this.waiting === 0) this.send(...this.beat());
    }, this.beatMs);
  }

  /** It was told to end, by whomever, and finishes. */
  stopping(): void {
    this.send('STOPPING=1', 'STATUS=stopping: writes what it has');
  }

  /** What a reload makes it do. The manager hears when that began (Type=notify-reload wants the time) and when it is over. */
  async reload(work: () => Promise<void>): Promise<void> {
    // CLOCK_MONOTONIC, which hrtime is
    this.send('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
    try {
      await work();
    } finally {
      this.send('READY=1', ...this.beat());
    }
  }

  /** No more messages but those on their way. */
  async end(): Promise<void> {
    clearInterval(this.timer);
    await this.sent;
  }

  private beat(): string[] {
    const stuck = this.life.stuck();
    if (this.watched && stuck !== undefined && !this.silent) this.life.note(`no sign of life: ${stuck}`);
    this.silent = stuck !== undefined;
    if (stuck !== undefined) return [`STATUS=stuck: ${stuck}`];
    return [`STATUS=${this.life.status()}`, ...(this.watched ? ['WATCHDOG=1'] : [])];
  }

  private send(...message: string[]): void {
    this.waiting++;
    this.sent = this.sent
      .then(() => sendMessage(message, this.env))
      .then((trouble) => {
        this.waiting--;
        if (trouble === undefined || this.told) return;
        this.told = true;
        this.life.note(`warning: the service manager cannot be told how it goes: ${trouble}`);
      });
  }
}

/** Why it ends before its time, for whoever asks the manager. */
export async function tellFailure(reason: string, env: Environment = process.env): Promise<void> {
  // that it cannot be told changes nothing: standard error has the reason
  await sendMessage([`STATUS=${reason}`], env);
}

/** How long the manager waits for a sign of life; undefined: it waits for none, or for another process's. */
function watchdogMs({ WATCHDOG_USEC, WATCHDOG_PID }: Environment): number | undefined {
  const ms = Number(WATCHDOG_USEC) / 1000;
  const ours = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === process.pid;
  return ours && ms > 0 ? ms : undefined;
}

/** @returns what went wrong; undefined also where nobody listens */
function sendMessage(message: readonly string[], env: Environment): Promise<string | undefined> {
  const { NOTIFY_SOCKET, PATH } = env;
  if (!NOTIFY_SOCKET) return Promise.resolve(undefined);
  return new Promise<string | undefined>((resolve) => {
    const options = { env: { NOTIFY_SOCKET, PATH }, timeout: SEND_MS };
    // some troubles of starting a process are thrown at once, as for want of memory
    execFile('systemd-notify', message, options, (error, _stdout, stderr) => {
      if (!error) resolve(undefined);
      else if (systemCode(error) === 'ENOENT') resolve('there is no systemd-notify on the PATH');
      else resolve(printable(stderr.trim()) || `systemd-notify ended with ${error.signal ?? error.code}`);
    });
  }).catch((error: unknown) => `systemd-notify cannot be started (${systemCode(error) ?? String(error)})`);
}
