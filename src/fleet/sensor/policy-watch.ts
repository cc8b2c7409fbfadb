/**
 * The fleet's allow-list at a sensor: taken from the hub where a pinned key signed it, kept beside the model, and in force from the
 * next start on without a hub. What is refused changes nothing, and is said.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { AnomalyError, systemCode } from '../../base/errors.js';
import { replaceFile } from '../../base/new-file.js';
import { printable } from '../../base/text.js';
import type { AllowEntry } from '../../detect/allow-entry.js';
import { counted } from '../../report/format.js';
import type { Carrier } from '../carriers/carrier.js';
import { SUBJECTS } from '../contract.js';
import { accept, type Outcome } from '../signed/accept.js';
import type { TrustedKey } from '../signed/keys.js';
import { joinAllow, parsePolicy } from '../signed/policy.js';
import { Serials } from '../signed/serials.js';
import { BackOff, jittered, pause } from '../waiting.js';

/** The hub is asked so often, and soon after a nudge: all sensors hear one at once. */
const LOOK_MS = 600_000;
const SOON_MS = 60_000;

export interface PolicyTimes {
  /** ms from one look to the next; default 10 min */
  readonly lookMs?: number;
  /** ms within which a nudge is followed; default 60 s */
  readonly soonMs?: number;
}

export interface PolicyOptions extends PolicyTimes {
  readonly carrier: Carrier;
  readonly channel: string;
  readonly trust: readonly TrustedKey[];
  /** the model's folder: what is kept has its name, and more behind */
  readonly modelDir: string;
  readonly kind: 'packet' | 'connection';
  readonly version: string;
  /** hears the entries in force, marked as the fleet's; none: nothing any more */
  readonly onChange: (entries: readonly AllowEntry[]) => void;
  /** says one line */
  readonly note: (line: string) => void;
}

export class PolicyWatch {
  /** why the last one was not taken, for people; empty: nothing was refused */
  refused = '';
  private readonly ending = new AbortController();
  private readonly serials: Serials;
  private readonly kept: string;
  private expires = Number.POSITIVE_INFINITY;
  /** its serial; undefined: none is in force */
  private inForce: number | undefined;
  private readonly work: Promise<unknown>;

  constructor(private readonly options: PolicyOptions) {
    this.serials = new Serials(`${options.modelDir}.fleet-serials`);
    this.kept = `${options.modelDir}.fleet-policy-${options.channel}`;
    this.takeKept();
    this.work = this.run().catch((error: unknown) => this.refuse(textOf(error)));
  }

  async close(): Promise<void> {
    this.ending.abort();
    await this.work;
  }

  /** What was taken by an earlier run. */
  private takeKept(): void {
    let bytes: Buffer;
    try {
      bytes = readFileSync(this.kept);
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') this.refuse(textOf(error), this.kept);
      return;
    }
    try {
      const outcome = this.judge(bytes);
      if (outcome.is === 'refused') this.refuse(outcome.text, this.kept);
      else this.take(outcome);
    } catch (error) {
      this.refuse(textOf(error), this.kept);
    }
  }

  private async run(): Promise<void> {
    const { signal } = this.ending;
    const { lookMs = LOOK_MS, soonMs = SOON_MS } = this.options;
    let nudged = this.nudge();
    while (!signal.aborted) {
      // at the start there is no connection yet, and a nudge is worth nothing while the hub is away
      for (const backOff = new BackOff(); !(await this.look()) && !signal.aborted; ) await backOff.wait(signal);
      const early = await Promise.race([
        nudged.then(() => true),
        sleep(jittered(lookMs), false, { signal, ref: false }).catch(() => false),
      ]);
      if (!early) continue;
      nudged = this.nudge();
      await pause(soonMs * Math.random(), signal);
    }
  }

  /** Resolves at the next one, or never. */
  private async nudge(): Promise<void> {
    for await (const _ of this.options.carrier.nudges(this.ending.signal)) return;
    if (!this.ending.signal.aborted) await new Promise(() => undefined);
  }

  /** @returns whether the hub answered */
  private async look(): Promise<boolean> {
    this.endExpired();
    let bytes: Uint8Array | undefined;
    try {
      bytes = (await this.options.carrier.last(SUBJECTS.policy(this.options.channel)))?.bytes;
    } catch {
      // a hub that is away is told of by who sends to it
      return false;
    }
    if (bytes) await this.consider(bytes);
    return true;
  }

  /** Takes what the hub has, where it is new and good. Throws nothing. */
  private async consider(bytes: Uint8Array): Promise<void> {
    try {
      const outcome = this.judge(bytes);
      if (outcome.is === 'refused') return this.refuse(outcome.text);
      this.refused = '';
      // what was taken and is not in force was lost here, with a file that somebody removed or a disk damaged
      if (outcome.is === 'known' && outcome.manifest.serial === this.inForce) return;
      // it must be readable before it counts as taken
      parsePolicy(outcome.files['policy.json'], nameOf(outcome));
      await replaceFile(this.kept, Buffer.from(bytes));
      await this.serials.raise('policy', this.options.channel, outcome.taken);
      this.take(outcome);
    } catch (error) {
      this.refuse(textOf(error));
    }
  }

  private judge(bytes: Uint8Array): Outcome<'policy'> {
    const { channel, trust, kind, version } = this.options;
    const highest = this.serials.highest('policy', channel);
    return accept(bytes, { what: 'policy', trust, channel, kind, schemaHash: '', version, highest, nowMs: Date.now() });
  }

  private take(outcome: Exclude<Outcome<'policy'>, { is: 'refused' }>): void {
    const { onChange, note, channel } = this.options;
    const { serial, expires } = outcome.manifest;
    const policy = parsePolicy(outcome.files['policy.json'], nameOf(outcome));
    this.expires = expires;
    this.inForce = serial;
    onChange(joinAllow([], policy, channel, serial));
    note(`fleet: allow-list ${serial} of ${channel} is in force: ${counted(policy.allow.length, 'entry', 'entries')}`);
  }

  private endExpired(): void {
    if (Date.now() < this.expires) return;
    this.expires = Number.POSITIVE_INFINITY;
    this.inForce = undefined;
    this.options.onChange([]);
    this.options.note(`fleet: the allow-list of ${this.options.channel} has expired, and is no longer in force`);
  }

  /** @param kept the file that it was read from; default: it is the hub's */
  private refuse(text: string, kept?: string): void {
    if (text === this.refused) return;
    this.refused = text;
    const where = kept === undefined ? 'not taken from the hub' : `not in force, from ${printable(kept)}`;
    this.options.note(`warning: fleet: ${where}: ${text}`);
  }
}

const nameOf = ({ manifest }: Exclude<Outcome<'policy'>, { is: 'refused' }>): string =>
  `policy ${manifest.serial} of ${manifest.channel}`;

const textOf = (error: unknown): string =>
  error instanceof AnomalyError ? error.message : printable(error instanceof Error ? error.message : String(error));
