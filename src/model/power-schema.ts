/** What may stand in power.json: which attacks, and how large, a model would have raised. */

// the bundle reads its own files with zod, and this one lies beside them
import { z } from 'zod';

const share = z.int().min(0).max(1000);
const text = z.string().max(1000);

const sizeSchema = z.strictObject({
  size: z.number().positive(),
  placements: share,
  /** more than a notice, and of those under a right name */
  raised: share,
  named: share,
  /** s from the beginning to the alarm, the median; null: none was raised */
  delay_s: z.number().min(0).nullable(),
});

const templateSchema = z.strictObject({
  template: text,
  /** the incident that is the first right name of it, and all of them */
  kind: text,
  names: z.array(text).min(1),
  /** what a size counts */
  unit: text,
  parties: text,
  source: text,
  /** least size that is raised in nine placements of ten; null: none */
  smallest: z.number().positive().nullable(),
  /** from the least to the most visible; those that were tried */
  sizes: z.array(sizeSchema),
  skipped: z.array(z.strictObject({ size: z.number().positive(), reason: text })),
});

export const powerSchema = z.strictObject({
  version: z.literal(1),
  effort: z.enum(['quick', 'full']),
  seed: z.int().min(0),
  /** of each size that was tried, unless the network has too few parties or time was short */
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
});

export type Power = z.infer<typeof powerSchema>;
export type TemplatePower = z.infer<typeof templateSchema>;
