/** Evidence out of a model's file: whether it can be what was learned, and weighs what it weighed then. */
// the bundle reads its own files with zod, and this part of them is opaque to it
import { z } from 'zod';
import { AnomalyError } from '../../base/errors.js';
import { decodeWords } from '../../features/base64.js';
import { INPUTS } from './misuse/classifier.js';
import { SEVERAL_USERS } from './relations.js';
import { unsoundEvidence } from './sound.js';
import { EVIDENCE_VERSION, type EvidenceState } from './state.js';
import { weighsSame } from './weigh.js';

const count = z.int().min(0);
const numbers = z.array(z.number());
/** hashes in 53 bits, each once */
const hash = z.int().min(0);
const hashes = z.array(hash).refine((members) => new Set(members).size === members.length);
const mac = z
  .int()
  .min(-1)
  .max(2 ** 48 - 1);
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
    services: hashes,
    pairs: hashes,
    offers: hashes,
    lookups: hashes,
    users: z.array(z.tuple([hash, z.int().min(1).max(SEVERAL_USERS)])),
    hosts: hashes,
    initiators: hashes,
    zones: hashes,
    names: z.array(z.tuple([hash, hashes])),
    everybody: z.literal(true).optional(),
  }),
  roles: z.object({
    self: mac,
    behind: z.boolean(),
    routers: z.array(mac),
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
  weighs: numbers,
});

/** @throws AnomalyError BAD_MODEL where `raw` is not what `EvidenceBuilder.finish` gave */
export function evidenceFrom(raw: unknown): EvidenceState {
  const version = (raw as { version?: unknown } | null | undefined)?.version;
  if (typeof version === 'number' && version !== EVIDENCE_VERSION) {
    throw new AnomalyError('BAD_MODEL', 'the model is of another version of this program; train it again');
  }
  const parsed = schema.safeParse(raw);
  if (!parsed.success) throw new AnomalyError('BAD_MODEL', 'what the model holds as evidence is damaged; train again');
  const fault = unsoundEvidence(parsed.data);
  if (fault !== undefined)
    throw new AnomalyError('BAD_MODEL', `what the model holds as evidence cannot be: ${fault}; train again`);
  if (!weighsSame(parsed.data))
    throw new AnomalyError(
      'BAD_MODEL',
      'the evidence of the model weighs something else than when it was learned; train again',
    );
  return parsed.data;
}
