/**
 * A program of the user's own, run for each piece of news with its JSON line on standard input. No shell, no arguments, and
 * nothing in the environment that packets could write. One runs at a time, each for a bounded time, and so many wait at most.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { basename, delimiter, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AnomalyError, systemCode } from '../../base/errors.js';
import { within } from '../../base/grace.js';
import { printable } from '../../base/text.js';
import { counted } from '../../report/format.js';
import type { News } from '../../report/notify/news.js';
import { Dropped } from './dropped.js';

export interface ExecOptions {
  readonly capacity?: number;
  /** ms for one run */
  readonly timeoutMs?: number;
  /** what the program printed, and what went wrong, in lines that are safe to show */
  readonly onLine?: (line: string) => void;
}

interface Job {
  readonly id: number;
  readonly line: string;
  readonly env: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 30_000;
/** ms from SIGTERM to SIGKILL */
const TO_KILL_MS = 2000;
/** Of what one run prints: as much as fits a page. */
const LINES = 40;
const LINE = 400;
/** What programs need to find others and to write text; everything else of ours, secrets among it, is kept from them. */
const PASSED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR'] as const;

/** Also of a name that no file can have. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The file that `program` names: a path, or a name that is looked for in `PATH`. @throws AnomalyError USAGE, NO_PERMISSION */
export function findProgram(program: string, path = process.env.PATH ?? ''): string {
  const name = printable(program);
  const places = program.includes('/') ? [''] : path.split(delimiter).filter((folder) => folder !== '');
  let found = false;
  for (const folder of places) {
    const file = resolve(join(folder, program));
    if (!isFile(file)) continue;
    found = true;
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // the next folder may have one
    }
  }
  if (found) throw new AnomalyError('NO_PERMISSION', `--exec: ${name} cannot be executed; chmod +x it`);
  const hint = /\s/.test(program) ? '; it takes a program without arguments, so put them into a script' : '';
  throw new AnomalyError('USAGE', `--exec: there is no program ${name}${hint}`);
}

export class Exec {
  private readonly name: string;
  private readonly queue: Job[] = [];
  private readonly exits = new Map<string, number>();
  private readonly dropped = new Dropped();
  private readonly abort = new AbortController();
  private worker: Promise<void> | undefined;
  private closed = false;

  /** @param file as `findProgram` gives it */
  constructor(
    private readonly file: string,
    private readonly options: ExecOptions = {},
  ) {
    this.name = printable(basename(file));
  }

  /** Returns at once. Each piece of news is a run of its own. */
  tell(news: News, line: string): void {
    const { id } = news.incident;
    if (this.closed || this.queue.length >= (this.options.capacity ?? 1000)) {
      this.dropped.add(id);
      return;
    }
    this.queue.push({ id, line, env: variables(news) });
    this.worker ??= this.work();
  }

  /** Waits up to `graceMs` for what runs and waits, then ends it. Returns what to tell the user, '' when it never ran. */
  async close(graceMs = 5000): Promise<string> {
    this.closed = true;
    await within(graceMs, this.worker, () => this.abort.abort());
    for (const { id } of this.queue.splice(0)) this.dropped.add(id);
    return this.summary();
  }

  private summary(): string {
    const runs = [...this.exits.values()].reduce((sum, n) => sum + n, 0);
    if (runs === 0 && this.dropped.count === 0) return '';
    const outcomes = [...this.exits].map(([outcome, n]) => `${outcome} ${counted(n, 'time')}`);
    const parts = [`exec ${this.name}: ${counted(runs, 'run')}`];
    if (runs > 0) parts.push(outcomes.join(', '));
    if (this.dropped.count > 0) parts.push(this.dropped.text);
    return parts.join('; ');
  }

  private async work(): Promise<void> {
    for (let next = this.queue.shift(); next; next = this.queue.shift()) {
      const outcome = await this.run(next);
      const before = this.exits.get(outcome) ?? 0;
      this.exits.set(outcome, before + 1);
      if (before === 0 && outcome !== 'exit code 0') this.say(`incident ${next.id}: ${outcome}`, 'warning: ');
      if (this.abort.signal.aborted) break;
    }
    this.worker = undefined;
  }

  /** @returns how it ended, in words */
  private async run({ line, env }: Job): Promise<string> {
    const { timeoutMs = TIMEOUT_MS } = this.options;
    const passed = PASSED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
    // a process group of its own: Ctrl+C is not meant for it, and what it started ends with it
    const child = spawn(this.file, [], { env: { ...Object.fromEntries(passed), ...env }, detached: true });
    const output = new Output(child, (text) => this.say(text));
    // a program need not read what it is given
    child.stdin.on('error', () => undefined);
    child.stdin.end(line);
    let ended = '';
    let toKill: NodeJS.Timeout | undefined;
    const stop = (why: string) => () => {
      ended ||= why;
      signalGroup(child, 'SIGTERM');
      toKill ??= setTimeout(() => signalGroup(child, 'SIGKILL'), TO_KILL_MS);
    };
    const timer = setTimeout(stop(`ended after ${timeoutMs / 1000} s`), timeoutMs);
    const onAbort = stop('ended with the run');
    this.abort.signal.addEventListener('abort', onAbort);
    try {
      const outcome = await new Promise<string>((done) => {
        child.on('error', (error) => done(`could not be run (${systemCode(error) ?? 'failed'})`));
        child.on('exit', (code, signal) => done(code === null ? `killed by ${signal}` : `exit code ${code}`));
      });
      return ended === '' ? outcome : ended;
    } finally {
      clearTimeout(timer);
      clearTimeout(toKill);
      this.abort.signal.removeEventListener('abort', onAbort);
      // what it left in the background may hold the pipes for ever
      if (ended !== '') signalGroup(child, 'SIGKILL');
      await output.end();
    }
  }

  private say(text: string, kind: 'warning: ' | '' = ''): void {
    this.options.onLine?.(`${kind}exec ${this.name}: ${text}`);
  }
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // it has ended
  }
}

/** What is said in numbers, in words of ours, or in addresses: nothing that could mean something to a shell. */
function variables({ event, incident, sensor }: News): Record<string, string> {
  const address = (text: string): string => (isIP(text) !== 0 || /^[0-9a-f:]{17}$/i.test(text) ? text : '');
  return {
    ANOMALY_EVENT: event,
    ANOMALY_INCIDENT: String(incident.id),
    ANOMALY_UUID: incident.uuid,
    ANOMALY_SEVERITY: incident.severity,
    ANOMALY_KIND: incident.kind,
    ANOMALY_INITIATOR: address(incident.initiator),
    ANOMALY_RESPONDER: address(incident.responder),
    ANOMALY_PORT: incident.servicePort < 0 ? '' : String(incident.servicePort),
    ANOMALY_SENSOR: sensor,
  };
}

/** ms that a background process of the program's gets to write what it holds. */
const DRAIN_MS = 200;

/** Lines of both outputs, cleaned and bounded. */
class Output {
  private lines = 0;
  private left = 0;
  private readonly ends: Promise<unknown>[];

  constructor(
    private readonly child: ChildProcess,
    private readonly say: (line: string) => void,
  ) {
    this.ends = [child.stdout, child.stderr].map((stream) => {
      let rest = '';
      stream?.setEncoding('utf8').on('data', (text: string) => {
        const [first = '', ...more] = text.split('\n');
        // of a line without an end no more is kept than is shown
        rest = (rest + first).slice(0, LINE + 1);
        for (const next of more) {
          this.line(rest);
          rest = next.slice(0, LINE + 1);
        }
      });
      return new Promise<void>((done) => {
        stream
          ?.on('error', () => undefined)
          .on('close', () => {
            if (rest !== '') this.line(rest);
            done();
          });
      });
    });
  }

  async end(): Promise<void> {
    const drained = new AbortController();
    const all = Promise.all(this.ends).then(() => drained.abort());
    await sleep(DRAIN_MS, undefined, { signal: drained.signal }).catch(() => undefined);
    for (const stream of [this.child.stdin, this.child.stdout, this.child.stderr]) stream?.destroy();
    await all;
    if (this.left > 0) this.say(`${counted(this.left, 'more line')} of output left out`);
  }

  private line(text: string): void {
    if (++this.lines > LINES) this.left++;
    else this.say(printable(text.length > LINE ? `${text.slice(0, LINE)}…` : text));
  }
}
