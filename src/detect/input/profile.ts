/**
 * Is this the kind of input that was learned? Each record carries bits of its form (features/forms.ts); training kept how often
 * each came, and detection compares from the first record on, says when the input becomes another and when it is as before.
 *
 * A flow tells whether it is captured whole, a sender the forms that hosts can send, each sender once a second, and those that training knew
 * where there are some: neither a flood of one host nor spoofed addresses make another input of it. A form that only
 * whoever captures can bring about needs no counting: one record is enough not to judge that record.
 */
import type { RecordKind } from '../../features/extractor.js';
import { FLOW_FORMS, type FlowForm, FORMS, PACKET_FORM } from '../../features/forms.js';
import type { FeatureBatch } from '../feature-batch.js';
import type { Baseline } from '../rules/baseline.js';
import type { InputDoubts } from '../rules/rules.js';
import { Aspect } from './aspect.js';
import type { InputChange } from './change.js';
import { usualOf } from './learned.js';
import { Senders } from './senders.js';

/** Stretches told in a report; the rest is counted. */
const MOST_CHANGES = 100;

interface FormAspect {
  readonly bit: number;
  readonly ofCapture: boolean;
  readonly aspect: Aspect;
}

interface FlowAspect {
  readonly form: FlowForm;
  readonly aspect: Aspect;
  readonly senders: Senders;
}

export class InputProfile implements InputDoubts {
  /** of the record last observed: its score is no evidence; nor are the rules about what did not come back … */
  withheld = false;
  oneSided = false;
  /** … those that count packets allow for twice as many … */
  twice = false;
  /** … nor those about a client's connections: a tunnel has those of many (RFC 7348, 5: a source port for each flow inside) */
  tunnel = false;
  /** told so far, in order of time, and how many more there were */
  readonly changes: InputChange[] = [];
  beyond = 0;
  /** since it was last emptied: begun, or over */
  readonly events: InputChange[] = [];
  private readonly forms: FormAspect[] = [];
  private readonly flows: FlowAspect[] = [];
  /** bits that training nearly always had, bits that are compared, and those of them that hosts can send */
  private usual = 0;
  private compared = 0;
  private ofHosts = 0;
  private shortestCut = Number.POSITIVE_INFINITY;
  private readonly senders = new Senders();
  private doubtedBefore = 0;

  constructor(
    private readonly baseline: Baseline,
    kind: RecordKind,
  ) {
    const { input } = baseline.state;
    const tell = (change: InputChange): void => this.tell(change);
    for (const { name, bit, ofCapture } of FORMS[kind]) {
      const usual = usualOf(input, name);
      if (!usual) continue;
      const { lacking, normal } = usual;
      this.forms.push({ bit, ofCapture, aspect: new Aspect(name, lacking, !ofCapture, normal, tell) });
      this.compared |= bit;
      if (lacking) this.usual |= bit;
      if (!ofCapture) this.ofHosts |= bit;
    }
    for (const form of FLOW_FORMS[kind]) {
      const usual = usualOf(input, form.name);
      if (!usual) continue;
      const aspect = new Aspect(form.name, usual.lacking, false, usual.normal, tell);
      this.flows.push({ form, aspect, senders: new Senders() });
    }
  }

  /** What was told before, compared with another training, stays told; what went on is over as far as that goes. */
  continue(before: InputProfile, nowUs: number, shownUs: number): void {
    for (const { aspect } of [...before.forms, ...before.flows]) aspect.cut(nowUs, shownUs);
    this.changes.push(...before.changes);
    this.beyond = before.beyond;
    this.doubtedBefore = before.doubted;
  }

  observe(batch: FeatureBatch, k: number): void {
    const form = batch.form[k];
    const nowUs = batch.clockUs[k];
    const strange = (form ^ this.usual) & this.compared;
    this.withheld = this.oneSided = this.twice = this.tunnel = false;
    for (const flow of this.flows) {
      if ((form & flow.form.tells) !== 0 && !this.isExplained(flow, nowUs)) this.hearFlow(flow, batch, k);
    }
    if (this.ofHosts !== 0) this.hearSender(batch, k, strange);
    this.hearCapture(batch, k, strange);
    this.hold(strange, nowUs);
    for (const { form: flowForm, aspect } of this.flows) {
      if (nowUs >= aspect.heldUntilUs) continue;
      this.withheld = true;
      if (flowForm.lacks) this.oneSided = true;
      else if (!aspect.lacking) this.twice = true;
      aspect.count();
    }
  }

  /** Of flows of which one side alone is seen, or was until now, packets are missing, and no more is to be said. */
  private isExplained(flow: FlowAspect, nowUs: number): boolean {
    const [directions] = this.flows;
    return flow !== directions && flow.form.lacks && nowUs < (directions?.aspect.heldUntilUs ?? 0);
  }

  private hearFlow({ form, aspect, senders }: FlowAspect, batch: FeatureBatch, k: number): void {
    if (!senders.due(batch, k)) return;
    const has = (batch.form[k] & form.fine) === 0;
    aspect.add(has !== aspect.lacking, this.isKnown(batch, k), batch.clockUs[k], batch.timestampUs[k]);
  }

  private hearSender(batch: FeatureBatch, k: number, strange: number): void {
    if (!this.senders.due(batch, k)) return;
    const known = this.isKnown(batch, k);
    const isIp = batch.protocol[k] >= 0;
    for (const { bit, ofCapture, aspect } of this.forms) {
      // ARP goes in no tunnel of IP: that it comes outside says nothing
      if (!ofCapture && (isIp || bit !== PACKET_FORM.tunnelled))
        aspect.add((strange & bit) !== 0, known, batch.clockUs[k], batch.timestampUs[k]);
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

  /** Of a capture that cuts packets those that are whole are of flows whose others are not: there all are held back. */
  private hold(strange: number, nowUs: number): void {
    for (const { bit, ofCapture, aspect } of this.forms) {
      const meant = (strange & bit) !== 0;
      const held = nowUs < aspect.heldUntilUs;
      if (ofCapture ? !meant && !held : !meant || !held) continue;
      this.withheld = true;
      if (bit === PACKET_FORM.tunnelled) this.tunnel = true;
      aspect.count();
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
    return [...this.forms, ...this.flows].reduce((sum, { aspect }) => sum + aspect.doubted, this.doubtedBefore);
  }
}
