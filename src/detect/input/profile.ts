/**
 * Is this the kind of input that was learned? Each record carries bits of its form (features/forms.ts); training kept how often
 * each came, and detection compares from the first record on, says when the input becomes another and when it is as before.
 *
 * A flow tells the directions, a sender the forms that hosts can send, each sender once a second, and those that training knew
 * where there are some: neither a flood of one host nor spoofed addresses make another input of it. A form that only
 * whoever captures can bring about needs no counting: one record is enough not to judge that record.
 */
import type { RecordKind } from '../../features/extractor.js';
import { BOTH_SIDES, FORMS, PACKET_FORM, SETTLES } from '../../features/forms.js';
import type { FeatureBatch } from '../feature-batch.js';
import type { Baseline } from '../rules/baseline.js';
import { Aspect } from './aspect.js';
import { DIRECTIONS, type InputChange } from './change.js';
import { learnedShare } from './learned.js';
import { Senders } from './senders.js';

/** Where training had more than this of both, it had both, and nothing is strange … */
const RARE = 0.1;
/** … of directions, where a flow may look one-sided by chance, more. */
const RARE_DIRECTION = 0.25;
/** s for which counts remember: the rules that need both directions see what a stretch of one left behind */
const WINDOW_S = 60;
const US = 1e6;
/** Stretches told in a report; the rest is counted. */
const MOST_CHANGES = 100;

interface FormAspect {
  readonly bit: number;
  readonly ofCapture: boolean;
  readonly aspect: Aspect;
}

export class InputProfile {
  /** of the record last observed: its score is no evidence; and the rules that need both directions are none */
  withheld = false;
  oneSided = false;
  /** told so far, in order of time, and how many more there were */
  readonly changes: InputChange[] = [];
  beyond = 0;
  /** since it was last emptied: begun, or over */
  readonly events: InputChange[] = [];
  private readonly forms: FormAspect[] = [];
  private readonly directions: Aspect | undefined;
  /** bits that training nearly always had, bits that are compared, and those of them that hosts can send */
  private usual = 0;
  private compared = 0;
  private ofHosts = 0;
  private shortestCut = Number.POSITIVE_INFINITY;
  private readonly senders = new Senders();
  private readonly speakers = new Senders();

  constructor(
    private readonly baseline: Baseline,
    kind: RecordKind,
  ) {
    const { input } = baseline.state;
    const tell = (change: InputChange): void => this.tell(change);
    for (const { name, bit, ofCapture } of FORMS[kind]) {
      const share = learnedShare(input, name);
      if (share === undefined || Math.min(share, 1 - share) > RARE) continue;
      const lacking = share > 1 - RARE;
      this.forms.push({ bit, ofCapture, aspect: new Aspect(name, lacking, lacking ? 1 - share : share, tell) });
      this.compared |= bit;
      if (lacking) this.usual |= bit;
      if (!ofCapture) this.ofHosts |= bit;
    }
    const share = learnedShare(input, DIRECTIONS);
    if (share === undefined || Math.min(share, 1 - share) > RARE_DIRECTION) return;
    const lacking = share > 1 - RARE_DIRECTION;
    this.directions = new Aspect(DIRECTIONS, lacking, lacking ? 1 - share : share, tell);
  }

  observe(batch: FeatureBatch, k: number): void {
    const form = batch.form[k];
    const nowUs = batch.clockUs[k];
    const strange = (form ^ this.usual) & this.compared;
    this.withheld = this.oneSided = false;
    if ((form & SETTLES) !== 0) this.hearDirection(batch, k, form);
    if (this.ofHosts !== 0 && ((strange & this.ofHosts) !== 0 || batch.opensFlow[k] === 1))
      this.hearSender(batch, k, strange);
    this.hearCapture(batch, k, strange);
    if (strange !== 0) this.hold(strange, nowUs);
    const { directions } = this;
    if (directions === undefined) return;
    if (nowUs < directions.heldUntilUs) {
      this.withheld = this.oneSided = true;
      directions.records++;
    } else if (nowUs < directions.endedUs + WINDOW_S * US) this.oneSided = true;
  }

  private hearDirection(batch: FeatureBatch, k: number, form: number): void {
    const { directions, speakers } = this;
    if (!directions || !speakers.due(batch, k)) return;
    const oneSided = (form & BOTH_SIDES) === 0;
    const known = this.isKnown(batch, k);
    directions.add(oneSided !== directions.lacking, known, batch.clockUs[k], batch.timestampUs[k]);
  }

  private hearSender(batch: FeatureBatch, k: number, strange: number): void {
    if (!this.senders.due(batch, k)) return;
    const known = this.isKnown(batch, k);
    for (const { bit, ofCapture, aspect } of this.forms) {
      if (!ofCapture) aspect.add((strange & bit) !== 0, known, batch.clockUs[k], batch.timestampUs[k]);
    }
  }

  private hearCapture(batch: FeatureBatch, k: number, strange: number): void {
    for (const { bit, ofCapture, aspect } of this.forms) {
      if (!ofCapture) continue;
      if ((strange & bit) !== 0) {
        if (bit === PACKET_FORM.short) this.shortestCut = Math.min(this.shortestCut, batch.bytes[k]);
      } else if (!aspect.unsure || (bit === PACKET_FORM.short && batch.bytes[k] < this.shortestCut)) continue;
      aspect.add((strange & bit) !== 0, false, batch.clockUs[k], batch.timestampUs[k]);
    }
  }

  private hold(strange: number, nowUs: number): void {
    for (const { bit, ofCapture, aspect } of this.forms) {
      if ((strange & bit) === 0 || (!ofCapture && nowUs >= aspect.heldUntilUs)) continue;
      this.withheld = true;
      aspect.records++;
    }
  }

  private isKnown(batch: FeatureBatch, k: number): boolean {
    const { initiators, responders, macs } = this.baseline;
    const end = batch.fromInitiator[k] === 1 ? batch.initiator : batch.responder;
    const mac = batch.sourceMac[k];
    if (end.family[k] === 48) return mac >= 0 && macs.has(mac | 0, mac / 2 ** 32);
    return initiators.has(end.low[k], end.high[k]) || responders.has(end.low[k], end.high[k]);
  }

  private tell(change: InputChange): void {
    this.events.push(change);
    if (change.toUs !== 0) return;
    if (this.changes.length < MOST_CHANGES) this.changes.push(change);
    else this.beyond++;
  }

  /** Records that were not judged in a doubt that came to nothing, or that were too few to tell of. */
  get doubted(): number {
    return this.all().reduce((sum, aspect) => sum + (aspect.going ? 0 : aspect.records), 0);
  }

  /** Brings the counts of what is going on up to date. */
  refresh(): void {
    for (const aspect of this.all()) if (aspect.going) aspect.going.records = aspect.records;
  }

  private all(): Aspect[] {
    const forms = this.forms.map(({ aspect }) => aspect);
    return this.directions ? [...forms, this.directions] : forms;
  }
}
