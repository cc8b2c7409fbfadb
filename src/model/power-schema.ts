/** What may stand in power.json: which attacks, and how large, a model would have raised. */

// the bundle reads its own files with zod, and this one lies beside them
import { z } from 'zod';

/** Why a size is not tried that a longer training would have room for. */
export const TOO_LONG = 'it lasts longer than a block of this training';

const share = z.int().min(0).max(1000);
const text = z.string().max(1000);

const sizeSchema = z.strictObject({
  size: z.number().positive(),
  placements: share,
  /** more than a notice by any name, and of those under a right one */
  raised: share,
  named: share,
  /** s from the beginning to the alarm, the median; null: none was raised */
  delay_s: z.number().min(0).nullable(),
});

const facts = {
  template: text,
  /** the incident that is the first right name of it, and all of them */
  kind: text,
  names: z.array(text).min(1),
  /** what a size counts */
  unit: text,
  parties: text,
  source: text,
  /** from the least to the most visible; those that were tried */
  sizes: z.array(sizeSchema),
  /** those that were not, unless a smaller one is raised or a larger one missed, and why */
  skipped: z.array(z.strictObject({ size: z.number().positive(), reason: text })),
};
const size = z.number().positive();

/** "Raised": above notice and under a right name, in nine placements of ten. */
const templateSchema = z.discriminatedUnion('answer', [
  /** the least size that is raised, beside a smaller one that is missed, or the least of all */
  z.strictObject({ ...facts, answer: z.literal('raised'), smallest: size }),
  /** tried up to the largest size that can be woven in, and not raised */
  z.strictObject({ ...facts, answer: z.literal('missed'), smallest: z.null() }),
  /** not looked at to the end: smaller ones than `at_most` may be raised, too; null: whether any is raised is not known */
  z.strictObject({ ...facts, answer: z.literal('unfinished'), at_most: size.nullable() }),
  /** no size of it can be woven into this training */
  z.strictObject({ ...facts, answer: z.literal('impossible') }),
]);

/** The least size that is raised, of both models; null: none. */
const changeSchema = z.strictObject({ template: text, unit: text, before: size.nullable(), now: size.nullable() });

/**
 * Beside the model that this one replaced. Only answers are compared, and only where a size that one raised was tried and
 * missed by the other.
 */
const comparedSchema = z.strictObject({
  /** when the model before was trained, and how its power was measured */
  trained_at: text,
  effort: z.enum(['quick', 'full']),
  placements: share,
  worse: z.array(changeSchema),
  better: z.array(changeSchema),
  same: share,
  /** templates of which nothing can be said */
  open: z.array(text),
  /** more worse than better, and by more than chance: one-sided sign test, 5 % */
  weaker: z.boolean(),
});

export const powerSchema = z.strictObject({
  version: z.literal(1),
  effort: z.enum(['quick', 'full']),
  seed: z.int().min(0),
  /** of each size that was tried, at most: `quick` makes no more of a size once one was missed, where that decides */
  placements: share,
  /** whether scores came from nets that had not seen the block, or from the final one; alarms come from neither */
  nets: z.enum(['folds', 'final']),
  seconds: z.number().min(0),
  /** time ran out before every template had its answer */
  cut: z.boolean(),
  blocks: z.array(
    z.strictObject({ block: z.int().min(0), hours: z.number().min(0), records: z.int().min(0), own: z.int().min(0) }),
  ),
  templates: z.array(templateSchema),
  /** absent: there was no model before, or its power is not known */
  compared: comparedSchema.optional(),
});

export type Power = z.infer<typeof powerSchema>;
export type TemplatePower = z.infer<typeof templateSchema>;
