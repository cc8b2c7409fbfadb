/** The parent's end of the keeper: starts it, hears its events, and receives one stream a driver run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chown } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTemporaryFolder } from '../../base/aside.js';
import { isRoot } from '../../base/privileges.js';
import { type Confinement, confinement } from './confinement.js';
import { DRIVER_PRIORITY } from './driver-run.js';
import { onLines } from './lines.js';
import type { KeeperEvent, KeeperOptions } from './protocol.js';
import { removeSocket } from './socket-path.js';

const KEEPER = fileURLToPath(new URL('./keeper.js', import.meta.url));
/** A driver whose keeper died writes on until nobody reads. */
const ORPHAN_MS = 300;
const RESTART_MS = 200;
/** The keeper ends within its driver's time to do so; what lasts longer is left to end by itself. */
const END_MS = 2500;

/** Of who is not root: it has what its user has. */
const UNCONFINED: Confinement = { prefix: [], user: undefined, note: '' };

export class KeeperLink {
  /** whether a keeper that was killed can be started again: not after rights were given up */
  mayRestart = true;
  /** monotonic ms when the keeper last said something */
  heardMs = performance.now();
  private keeper: ChildProcess | undefined;
  private stopping = false;
  private ended = false;
  private readonly arrived: Socket[] = [];
  private readonly open = new Set<Socket>();
  private waiting: (() => void) | undefined;
  private afterEnd: (() => void)[] = [];

  private constructor(
    private readonly options: KeeperOptions,
    private readonly confined: Confinement,
    private readonly server: Server,
    private readonly onEvent: (event: KeeperEvent) => void,
  ) {}

  static async start(
    options: Omit<KeeperOptions, 'socket'>,
    notice: (line: string) => void,
    onEvent: (event: KeeperEvent) => void,
  ): Promise<KeeperLink> {
    const confined = isRoot() ? confinement(options.user, [process.execPath, KEEPER]) : UNCONFINED;
    if (confined.note !== '') notice(`note: ${confined.note}`);
    const { user } = confined;
    // only we can reach it: a folder of mode 0700, of whoever the keeper is
    const folder = await makeTemporaryFolder();
    const socket = process.platform === 'win32' ? `\\\\.\\pipe\\${folder}` : join(folder, 'stream');
    const server = createServer({ pauseOnConnect: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(socket, resolve);
    });
    if (user) for (const path of [folder, socket]) await chown(path, user.uid, user.gid);
    // a keeper that is the user already has drivers that are
    const link = new KeeperLink(
      { ...options, user: user ? undefined : options.user, socket },
      confined,
      server,
      onEvent,
    );
    server.on('connection', (stream) => link.receive(stream));
    link.startKeeper();
    return link;
  }

  /** The next run's stream, paused and unread; undefined when there will be no more. */
  async nextStream(): Promise<Socket | undefined> {
    for (;;) {
      const stream = this.arrived.shift();
      if (stream) return stream;
      if (this.ended) return undefined;
      await new Promise<void>((resolve) => {
        this.waiting = resolve;
      });
    }
  }

  /** Asks the driver to write what it holds and to end; then the streams end too. */
  stop(): void {
    if (this.stopping) return;
    this.stopping = true;
    this.keeper?.stdin?.end();
    if (!this.keeper) this.finish();
  }

  /** Ends everything, at the latest after a moment, whatever was not read. */
  async destroy(): Promise<void> {
    this.stop();
    for (const stream of this.open) stream.destroy();
    await new Promise<void>((resolve) => {
      if (this.ended) return resolve();
      this.afterEnd.push(resolve);
      setTimeout(() => this.finish(), END_MS).unref();
    });
  }

  private startKeeper(): void {
    const line = [...this.confined.prefix, process.execPath, KEEPER, JSON.stringify(this.options)];
    const [program = process.execPath, ...args] = line;
    const keeper = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      // a process group of its own: Ctrl+C is the parent's to handle
      detached: true,
      cwd: '/',
      env: { PATH: process.env.PATH },
    });
    this.keeper = keeper;
    // while there is the right to: a driver inherits it
    if (this.confined.user && keeper.pid !== undefined) setPriority(keeper.pid, DRIVER_PRIORITY);
    keeper.stdin.on('error', () => undefined);
    let failed = false;
    onLines(keeper.stdout, (line) => {
      const event = JSON.parse(line) as KeeperEvent;
      this.heardMs = performance.now();
      failed ||= event.event === 'failed';
      this.onEvent(event);
    });
    keeper.on('error', (error) => {
      this.onEvent({ event: 'failed', code: 'UNEXPECTED', message: `capture could not be started: ${error.message}` });
      this.finish();
    });
    keeper.on('close', () => this.keeperEnded(failed));
  }

  private keeperEnded(failed: boolean): void {
    this.keeper = undefined;
    if (this.stopping || failed) {
      this.finish();
      return;
    }
    const reason = 'the process that keeps the capture was killed';
    for (const stream of this.open) setTimeout(() => stream.destroy(), ORPHAN_MS);
    if (!this.mayRestart) {
      this.onEvent({
        event: 'failed',
        code: 'INTERFACE',
        message: `${reason}, and with it went the right to start another`,
      });
      this.finish();
      return;
    }
    this.onEvent({ event: 'end', reason });
    setTimeout(() => {
      if (this.stopping) this.finish();
      else this.startKeeper();
    }, RESTART_MS);
  }

  private receive(stream: Socket): void {
    this.open.add(stream);
    stream.on('close', () => this.open.delete(stream));
    // a reset is the end of the run, which the keeper reports
    stream.on('error', () => undefined);
    this.arrived.push(stream);
    this.waiting?.();
  }

  private finish(): void {
    if (this.ended) return;
    this.ended = true;
    this.keeper?.unref();
    this.server.close();
    void removeSocket(this.options.socket);
    this.waiting?.();
    for (const each of this.afterEnd) each();
  }
}
