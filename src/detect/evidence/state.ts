/** What evidence learned, as a model's file holds it. */
// the bundle reads its own files with zod, and this part of them is opaque to it
import { z } from 'zod';
import { AnomalyError } from '../../base/errors.js';
import { decodeWords } from '../../features/base64.js';
import { type ClassifierState, INPUTS } from './misuse/classifier.js';
import type { GroupState, NormalState } from './normal.js';
import type { RelationsState } from './relations.js';
import type { RolesState } from './roles.js';
import type { StrataState } from './strata.js';

export const EVIDENCE_VERSION = 5;

export interface EvidenceState {
  readonly version: typeof EVIDENCE_VERSION;
  /** that were asked for in training */
  readonly alertsPerDay: number;
  readonly relations: RelationsState;
  readonly roles: RolesState;
  readonly scales: number;
  readonly normal: NormalState;
  readonly classifier: ClassifierState;
  readonly strata: StrataState;
  /** of other networks, by group */
  readonly foreign: Readonly<Record<string, GroupState>>;
}

const count = z.int().min(0);
const numbers = z.array(z.number());
const group = z.object({ n: z.number().min(0), tails: z.record(z.string(), numbers) });
const tail = z.object({
  own: count,
  trials: z.number().min(0),
  from: z.number(),
  over: z.number().min(0),
  excess: z.number().min(0),
  likely: z.number().positive(),
});

const net = z
  .object({ kernel: numbers, bias: numbers, out: numbers, outBias: z.number() })
  .refine(({ kernel, bias, out }) => kernel.length === bias.length * INPUTS && out.length === bias.length);

const schema: z.ZodType<EvidenceState> = z.object({
  version: z.literal(EVIDENCE_VERSION),
  alertsPerDay: z.number().positive(),
  relations: z.object({
    services: numbers,
    pairs: numbers,
    offers: numbers,
    lookups: numbers,
    users: z.array(z.tuple([z.number(), z.number()])),
    hosts: numbers,
    initiators: numbers,
    zones: numbers,
    names: z.array(z.tuple([z.number(), numbers])),
  }),
  roles: z.object({
    self: z.number(),
    behind: z.boolean(),
    routers: numbers,
    own: z.string().refine((text) => decodeWords(text) !== undefined),
  }),
  scales: z.int().min(1).max(32),
  normal: z.object({
    groups: z.record(z.string(), group),
    ownIndex: z.array(numbers),
    groupIndex: z.array(numbers),
    groupSpacings: z.array(numbers),
  }),
  classifier: z.array(net),
  strata: z.object({
    tails: z.record(z.string(), tail),
    likes: z.record(z.string(), tail),
    trainingS: z.number().positive(),
  }),
  foreign: z.record(z.string(), group),
});

/** @throws AnomalyError BAD_MODEL where `raw` is not what `EvidenceBuilder.finish` gave */
export function evidenceFrom(raw: unknown): EvidenceState {
  const version = (raw as { version?: unknown } | null | undefined)?.version;
  if (typeof version === 'number' && version !== EVIDENCE_VERSION) {
    throw new AnomalyError('BAD_MODEL', 'the model is of another version of this program; train it again');
  }
  const parsed = schema.safeParse(raw);
  if (!parsed.success) throw new AnomalyError('BAD_MODEL', 'what the model holds as evidence is damaged; train again');
  return parsed.data;
}
