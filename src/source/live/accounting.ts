/** What came, what was lost and when: the facts of a live capture, kept up to date from the keeper's events. */
import type { Gap, SourceFacts } from '../packet-source.js';
import { InterfaceCounter } from './counters.js';
import type { DriverName, DriverStats, KeeperEvent } from './protocol.js';
import { CLOCKS, type MachineClocks, TELLING_US, WallClock } from './wall-clock.js';

/** An interface that flaps all night must not fill the memory: the last gap is prolonged then. */
const MAX_GAPS = 1000;
/** Nothing that came longer ago than this is still on its way to us when a driver ends: the kernel holds packets for a second. */
const HELD_US = 1.1e6;
const NO_STATS: DriverStats = { captured: 0, received: 0, dropped: 0 };

export class Accounting {
  readonly facts: SourceFacts & { readonly gaps: Gap[] };
  /** packets given on */
  delivered = 0;
  private lastUs = 0;
  /** `sinceUs`: when it began, by the steady clock */
  private gap: { readonly fromUs: number; readonly sinceUs: number; readonly reason: string } | undefined;
  private runStats: DriverStats | undefined;
  private dropsBefore = 0;
  /** a driver ended without saying how much it dropped */
  private dropsLost = false;
  private frozen = false;
  private readonly counter: InterfaceCounter;
  private readonly clock: WallClock;

  constructor(
    interfaceName: string,
    private readonly filtered: boolean,
    private readonly notice: (line: string) => void,
    private readonly clocks: MachineClocks = CLOCKS,
  ) {
    this.facts = { name: interfaceName, format: 'live', received: 0, gaps: [], warnings: [] };
    if (!filtered) this.facts.filtered = 0;
    this.counter = new InterfaceCounter(interfaceName);
    this.clock = new WallClock(clocks);
    // elsewhere the uptime follows a clock that is set (macOS), or stands still in sleep (BSD)
    if (process.platform === 'linux') this.facts.clockSteps = this.clock.steps;
  }

  /** Packets were given on, the last one of this time. */
  deliver(count: number, lastUs: number): void {
    this.delivered += count;
    // the packets are about to be judged: whether it was a pause is known by then
    if (Math.abs(lastUs - this.lastUs) >= TELLING_US) this.clock.look();
    this.lastUs = lastUs;
    this.update();
  }

  open(driver: DriverName, interfaceName: string): void {
    this.facts.driver = driver;
    this.runStats = driver === 'tcpdump' ? NO_STATS : undefined;
    this.counter.begin(interfaceName);
    if (this.gap) {
      const seconds = (this.lengthOf(this.gap) / 1e6).toFixed(1);
      this.notice(`capturing again on ${interfaceName}; a gap of ${seconds} s is recorded`);
    }
    this.closeGap();
    this.update();
  }

  stats(stats: DriverStats): void {
    this.runStats = stats;
    this.update();
  }

  /** A driver's run ended, wanted (`reason` undefined) or not. `idleMs`: so long before it took nothing. */
  end(reason: string | undefined, stats: DriverStats | undefined, idleMs = 0): void {
    if (!this.frozen) this.counter.sample();
    if (this.runStats) {
      this.dropsLost ||= stats === undefined;
      this.dropsBefore += (stats ?? this.runStats).dropped;
      this.runStats = NO_STATS;
    }
    if (reason !== undefined && !this.gap) {
      const now = this.clocks.wallUs();
      const fromUs = Math.min(now, Math.max(this.lastUs, now - HELD_US - idleMs * 1000));
      this.gap = { fromUs, sinceUs: this.clocks.steadyUs() - (now - fromUs), reason };
      this.notice(`capture interrupted: ${reason}; going on as soon as possible`);
    }
    this.update();
  }

  /** why there is no capture just now */
  get interruption(): string | undefined {
    return this.gap?.reason;
  }

  /** To be called every second or so. */
  sample(): void {
    if (!this.frozen) this.counter.sample();
    this.clock.look();
    this.update();
  }

  /**
   * No packet that comes from now on is wanted. `drained`: those that came before still are, and are delivered.
   * Without, the interface counted some that were wanted and some that were not: its last sample has to do.
   */
  freeze(drained: boolean): void {
    if (this.frozen) return;
    if (drained) this.counter.sample();
    this.frozen = true;
  }

  /** The capture is over. */
  finish(): void {
    // a service manager ends driver and parent at the same moment: that is no gap
    if (this.gap && this.lengthOf(this.gap) <= 2 * HELD_US) this.gap = undefined;
    this.closeGap();
    this.update();
  }

  hear(event: KeeperEvent, wanted: boolean): void {
    if (event.event === 'open') this.open(event.driver, event.interface);
    else if (event.event === 'stats') this.stats(event.stats);
    else if (event.event === 'end') this.end(wanted ? undefined : event.reason, event.stats, event.idleMs);
  }

  /** A clock that is set meanwhile makes it neither longer nor shorter [µs]. */
  private lengthOf({ sinceUs }: { readonly sinceUs: number }): number {
    return this.clocks.steadyUs() - sinceUs;
  }

  private closeGap(): void {
    if (!this.gap) return;
    const { gaps } = this.facts;
    const { fromUs, reason } = this.gap;
    const toUs = fromUs + this.lengthOf(this.gap);
    const last = gaps.at(-1);
    if (gaps.length < MAX_GAPS || !last) gaps.push({ fromUs, toUs, reason });
    else gaps[gaps.length - 1] = { fromUs: last.fromUs, toUs, reason: 'several interruptions' };
    this.gap = undefined;
  }

  private update(): void {
    const { facts } = this;
    const known = facts.driver === 'tcpdump' && !this.dropsLost;
    if (known) facts.dropped = this.dropsBefore + (this.runStats?.dropped ?? 0);
    else delete facts.dropped;
    const { total } = this.counter;
    // what a filter passes over, the interface counts too
    if (known || this.filtered || total === undefined) delete facts.droppedEstimate;
    else facts.droppedEstimate = Math.max(0, total - this.delivered);
    facts.received = this.delivered + (facts.dropped ?? 0);
  }
}
