/** What kind of input training had: of the records that tell, how many have each form; how many come in a minute; how many were lost. */
// the bundle reads its own files with zod, and this part of them is opaque to it
import { z } from 'zod';
import type { RecordKind } from '../../features/extractor.js';
import { FLOW_FORMS, type FlowForm, FORMS } from '../../features/forms.js';
import type { FeatureBatch } from '../feature-batch.js';
import { Minutes } from './minutes.js';
import { Senders } from './senders.js';

const count = z.int().min(0);
export const inputSchema = z
  .object({
    records: count,
    /** by name of the form */
    forms: z.record(z.string(), z.object({ told: count, having: count })),
    perMinute: z.number().min(0),
    /** packets that the capture lost; absent where it could not know */
    dropped: count.optional(),
  })
  // a minute is told in bins, whose middle may be above all records by half a bin
  .refine(({ records, perMinute }) => perMinute <= 2 * records)
  .refine(({ records, forms }) => Object.values(forms).every(({ told, having }) => told <= records && having <= told));
export type InputState = z.infer<typeof inputSchema>;

interface FlowTally {
  readonly form: FlowForm;
  told: number;
  having: number;
  readonly senders: Senders;
}

export class InputBuilder {
  /** packets that the capture lost, where it knows */
  dropped: number | undefined;
  private records = 0;
  private readonly having = new Map<string, number>();
  private readonly senders = new Senders();
  private heard = 0;
  private readonly flows: FlowTally[];
  private readonly minutes = new Minutes();

  constructor(private readonly kind: RecordKind) {
    this.flows = FLOW_FORMS[kind].map((form) => ({ form, told: 0, having: 0, senders: new Senders() }));
  }

  observe(batch: FeatureBatch, k: number): void {
    const form = batch.form[k];
    this.records++;
    this.minutes.add(batch.clockUs[k]);
    // as detection counts them: forms that hosts can send, once a second of each sender
    const heard = this.senders.due(batch, k);
    if (heard) this.heard++;
    if (form !== 0) {
      for (const { name, bit, ofCapture } of FORMS[this.kind]) {
        if ((form & bit) !== 0 && (heard || ofCapture)) this.having.set(name, (this.having.get(name) ?? 0) + 1);
      }
    }
    for (const tally of this.flows) {
      const { tells, fine } = tally.form;
      if ((form & tells) === 0 || !tally.senders.due(batch, k)) continue;
      tally.told++;
      if ((form & fine) === 0) tally.having++;
    }
  }

  state(): InputState {
    const { records, heard, dropped } = this;
    const forms: InputState['forms'] = {};
    for (const { name, ofCapture } of FORMS[this.kind]) {
      forms[name] = { told: ofCapture ? records : heard, having: this.having.get(name) ?? 0 };
    }
    for (const { form, told, having } of this.flows) forms[form.name] = { told, having };
    return { records, forms, perMinute: this.minutes.median, ...(dropped !== undefined && { dropped }) };
  }
}

/** Records that tell, in training; fewer are no share. */
const FEWEST = 16;
/** Where training had more than this of both, it had both, and neither is strange. */
const RARE = 0.1;

/** The share of `name` in training; undefined where too little told. */
function learnedShare({ forms }: InputState, name: string): number | undefined {
  const { told = 0, having = 0 } = forms[name] ?? {};
  return told < FEWEST ? undefined : having / told;
}

/** What is strange of `name`, to have it or to be `lacking` it, and how much of that was normal; undefined where training had both. */
export function usualOf(state: InputState, name: string): { lacking: boolean; normal: number } | undefined {
  const share = learnedShare(state, name);
  if (share === undefined || Math.min(share, 1 - share) > RARE) return undefined;
  const lacking = share > 1 - RARE;
  return { lacking, normal: lacking ? 1 - share : share };
}

/** In what training data are of two kinds, with the share of each: what only whoever captures can bring about. */
export function mixturesOf(state: InputState, kind: RecordKind): { name: string; share: number }[] {
  const names = FORMS[kind].filter(({ ofCapture }) => ofCapture).map(({ name }) => name);
  names.push(...FLOW_FORMS[kind].map(({ name }) => name));
  return names.flatMap((name) => {
    const share = learnedShare(state, name);
    return share === undefined || usualOf(state, name) ? [] : [{ name, share }];
  });
}
