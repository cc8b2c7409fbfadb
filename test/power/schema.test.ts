/** The schema of power.json, for other programs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { powerSchema } from '../../src/model/power-schema.ts';
import { root } from '../support/program.js';

it('schema/power.schema.json says what the program checks', () => {
  const kept = JSON.parse(readFileSync(join(root, 'schema/power.schema.json'), 'utf8'));
  expect(kept).toEqual(z.toJSONSchema(powerSchema));
});
