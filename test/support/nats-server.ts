/** A real nats-server of a test, on loopback, at a port that is free: killed, stopped, wiped and set back as hubs are. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { onTestFinished } from 'vitest';
import { has } from './program.js';

/** Why tests with a real server are left out; undefined: they are not. */
export const noNatsServer = has('nats-server')
  ? undefined
  : 'nats-server is not installed (apt-get install nats-server)';

/** A server is ready in a tenth of a second, and in a few on a machine that is busy. */
const READY_MS = 30_000;

export interface Place {
  /** 127.0.0.1:PORT */
  readonly listen: string;
  readonly store: string;
}

/** JetStream on loopback, for everybody. @param more lines of the configuration; `max_file` and others within `jetstream` by `limits` */
export const plain =
  (limits = '', more = '') =>
  ({ listen, store }: Place): string =>
    `listen: "${listen}"\njetstream { store_dir: "${store}"\n${limits}\n}\n${more}\n`;

export class NatsServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'anomaly-test-'));
  private readonly store = join(this.folder, 'store');
  private child: ChildProcess | undefined;
  private port = -1;
  private output = '';
  private copies = 0;

  private constructor(private readonly config: (place: Place) => string) {}

  /** Ends with the test. @param config its configuration file */
  static async start(config: (place: Place) => string = plain()): Promise<NatsServer> {
    const server = new NatsServer(config);
    onTestFinished(() => server.end());
    await server.start();
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  get at(): { readonly host: string; readonly port: number } {
    return { host: '127.0.0.1', port: this.port };
  }

  get pid(): number {
    return this.child?.pid as number;
  }

  /** What it has written. */
  get log(): string {
    return this.output;
  }

  /** At the port of before. */
  async start(): Promise<void> {
    const path = join(this.folder, 'server.conf');
    writeFileSync(path, this.config({ listen: `127.0.0.1:${this.port}`, store: this.store }), { mode: 0o600 });
    const child = spawn('nats-server', ['-c', path], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    const from = this.output.length;
    const ready = new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`nats-server is not ready:\n${this.output}`)), READY_MS);
      const heard = (text: string): void => {
        this.output += text;
        if (!/Server is ready/.test(this.output.slice(from))) return;
        clearTimeout(late);
        resolve();
      };
      child.stdout.setEncoding('utf8').on('data', heard);
      child.stderr.setEncoding('utf8').on('data', heard);
      child.on('error', reject);
      child.on('exit', () => {
        clearTimeout(late);
        reject(new Error(`nats-server ended:\n${this.output}`));
      });
    });
    await ready;
    this.port = Number(/client connections on 127\.0\.0\.1:(\d+)/.exec(this.output)?.[1]);
  }

  /** Resolves when it is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** As if the network were gone: connections stay, and nothing answers. */
  stop(): void {
    this.child?.kill('SIGSTOP');
  }

  goOn(): void {
    this.child?.kill('SIGCONT');
  }

  /** Of a server that does not run. */
  wipe(): void {
    rmSync(this.store, { recursive: true, force: true });
  }

  /** A copy of what a killed server has on disk. @returns for setBack() */
  copy(): string {
    const copy = join(this.folder, `copy-${++this.copies}`);
    cpSync(this.store, copy, { recursive: true });
    return copy;
  }

  setBack(copy: string): void {
    this.wipe();
    cpSync(copy, this.store, { recursive: true });
  }

  /** JetStream's own calls, as whoever looks after a hub makes them. */
  async call(subject: string, body: object): Promise<void> {
    const nc = await connect({ servers: `127.0.0.1:${this.port}` });
    const answer = (await nc.request(`$JS.API.${subject}`, JSON.stringify(body))).json<{ error?: object }>();
    await nc.close();
    if (answer.error) throw new Error(JSON.stringify(answer.error));
  }

  addStream(name: string, subjects: string, more: object = {}): Promise<void> {
    return this.call(`STREAM.CREATE.${name}`, {
      name,
      subjects: [subjects],
      storage: 'file',
      retention: 'limits',
      max_consumers: -1,
      max_msgs: -1,
      max_bytes: -1,
      discard: 'old',
      num_replicas: 1,
      ...more,
    });
  }

  private async end(): Promise<void> {
    this.goOn();
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
