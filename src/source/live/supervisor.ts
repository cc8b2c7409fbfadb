/** Keeps a driver running on an interface that may go down, away, come back and be called otherwise. */
import { printable } from '../../base/text.js';
import { DRIVERS } from './driver.js';
import { DriverRun, type RunResult } from './driver-run.js';
import { explain, type Failure, missingDrivers } from './failure.js';
import { interfaceIndex, interfaceState, nameOfIndex } from './interfaces.js';
import type { Driver, DriverName, KeeperEvent, KeeperOptions } from './protocol.js';

const FIRST_DELAY_MS = 50;
/** between attempts that do not open the interface, and between runs that end soon after they did */
const LONGEST_DELAY_MS = 2000;
const LONGEST_DELAY_OPENED_MS = 400;
/** A driver that ran this long was well: the next delay is the shortest again. */
const WELL_MS = 3000;
const LOOK_MS = 100;
const WATCH_MS = 200;
/** A driver that is stopped this long is ended and started anew: whoever meant it would have stopped the program. */
const STOPPED_MS = 3000;

export class Supervisor {
  private stopping = false;
  private current: DriverRun | undefined;
  private wake: (() => void) | undefined;
  private interfaceName: string;
  private index: number | undefined;
  /** why the driver was stopped */
  private wentDown = false;
  private wasStopped = false;

  constructor(
    private readonly options: KeeperOptions,
    private readonly tell: (event: KeeperEvent) => void,
  ) {
    this.interfaceName = options.interface;
  }

  /** Captures until `stop`, or until it is clear that it cannot be done at all, which it tells. */
  async run(): Promise<void> {
    let failure: Failure | undefined;
    for (const name of this.options.drivers) {
      const result = await this.runDriver(DRIVERS[name]);
      if (result.opened) return this.runAgain(DRIVERS[name], result);
      if (this.stopping) return;
      const next = this.failureOf(result);
      // the reason that can be remedied is the one to tell
      if (failure?.code !== 'NO_PERMISSION') failure = next;
      if (next.code !== 'MISSING' && next.code !== 'NO_PERMISSION') break;
    }
    if (!failure) return;
    const { code, message } = failure;
    if (code === 'MISSING') this.tell({ event: 'failed', code: 'INTERFACE', message });
    else this.tell({ event: 'failed', code, message });
  }

  stop(): void {
    this.stopping = true;
    this.current?.stop();
    this.wake?.();
  }

  private async runAgain(driver: Driver, first: RunResult): Promise<void> {
    let result = first;
    let delay = FIRST_DELAY_MS;
    for (;;) {
      if (result.opened) {
        const idle = this.wasStopped ? { idleMs: STOPPED_MS } : {};
        this.tell({ event: 'end', reason: this.reasonOf(result), stats: result.stats, ...idle });
      }
      await this.sleep(delay);
      await this.interfaceIsBack();
      if (this.stopping) return;
      const started = performance.now();
      result = await this.runDriver(driver);
      const longest = result.opened ? LONGEST_DELAY_OPENED_MS : LONGEST_DELAY_MS;
      delay = performance.now() - started > WELL_MS ? FIRST_DELAY_MS : Math.min(2 * delay, longest);
    }
  }

  private async runDriver(driver: Driver): Promise<RunResult> {
    const run = new DriverRun(
      driver,
      { ...this.options, interface: this.interfaceName },
      {
        onOpen: () => {
          this.index = interfaceIndex(this.interfaceName);
          this.tell({ event: 'open', driver: driver.name, interface: this.interfaceName });
        },
        onStats: (stats) => this.tell({ event: 'stats', stats }),
      },
    );
    this.current = run;
    this.wentDown = false;
    this.wasStopped = false;
    let stoppedMs = 0;
    if (this.stopping) run.stop();
    // libpcap of late sits out an interface that is down, but what it misses meanwhile is to be told
    const watch = setInterval(() => {
      stoppedMs = run.isStopped() ? stoppedMs + WATCH_MS : 0;
      if (stoppedMs >= STOPPED_MS) {
        this.wasStopped = true;
        run.kill();
      }
      if (interfaceState(this.interfaceName) !== 'down') return;
      this.wentDown = true;
      run.stop();
    }, WATCH_MS);
    try {
      return await run.run(this.options.socket);
    } finally {
      clearInterval(watch);
    }
  }

  /** Waits where the system can tell that opening would fail; follows an interface that was renamed. */
  private async interfaceIsBack(): Promise<void> {
    while (!this.stopping) {
      const renamed = this.index === undefined ? undefined : nameOfIndex(this.index);
      if (renamed !== undefined) this.interfaceName = renamed;
      else if (interfaceState(this.options.interface) !== 'missing') this.interfaceName = this.options.interface;
      const state = interfaceState(this.interfaceName);
      if (state === 'up' || state === 'unknown') return;
      await this.sleep(LOOK_MS);
    }
  }

  private reasonOf({ words, signal }: RunResult): string {
    const name = printable(this.interfaceName);
    switch (interfaceState(this.interfaceName)) {
      case 'missing':
        return `${name} disappeared`;
      case 'down':
        return `${name} went down`;
      default:
        if (this.wentDown) return `${name} went down`;
        if (this.wasStopped) return 'the capture process was stopped (SIGSTOP), and is started anew';
        // npm cap aborts when the interface goes; by now it may be back
        if (signal === 'SIGABRT') return `${name} was down for a moment`;
        if (signal !== null) return `the capture process was killed (${signal})`;
        return `the capture process ended${words === '' ? '' : `: ${explain(words, this.interfaceName, '').message}`}`;
    }
  }

  private failureOf(result: RunResult): Failure {
    if (result.missing) return { code: 'MISSING', message: missingDrivers(this.options.drivers as DriverName[]) };
    const words = result.words === '' ? `the capture process ended (${result.signal ?? 'no message'})` : result.words;
    return explain(words, this.interfaceName, this.options.filter);
  }

  private sleep(ms: number): Promise<void> {
    if (this.stopping) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
