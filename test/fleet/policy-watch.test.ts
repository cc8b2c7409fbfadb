/** The fleet's allow-list at a sensor, over restarts and with what is kept of it lost or damaged. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AllowEntry } from '../../src/detect/allow-entry.js';
import type { Carrier } from '../../src/fleet/carriers/carrier.js';
import { PolicyWatch } from '../../src/fleet/sensor/policy-watch.js';
import { pack } from '../../src/fleet/signed/envelope.js';
import { trustedKeys } from '../../src/fleet/signed/keys.js';
import { policyBytes } from '../../src/fleet/signed/policy.js';
import { at, until } from '../support/fleet.js';
import { folder } from '../support/program.js';
import { DAY, newKey, policyFacts } from './support/signed.js';

const signer = newKey();
const policy = (serial: number): Uint8Array => {
  const now = Date.now();
  const facts = { ...policyFacts, serial, created: now, expires: now + DAY };
  return pack(facts, { 'policy.json': policyBytes({ allow: [{ address: '192.0.2.1' }], rows: 0 }) }, signer.key);
};

function watching(modelDir: string, hub: { bytes: Uint8Array | undefined }) {
  const heard: (readonly AllowEntry[])[] = [];
  const notes: string[] = [];
  const carrier = {
    last: async (subject: string) => hub.bytes && { subject, id: undefined, bytes: hub.bytes, position: at(1) },
    nudges: async function* (signal: AbortSignal) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
  } as unknown as Carrier;
  const watch = new PolicyWatch({
    ...{ carrier, channel: 'default', trust: trustedKeys([signer.text]), modelDir, kind: 'packet', version: '0.1.0' },
    ...{ onChange: (entries) => heard.push(entries), note: (line) => notes.push(line), lookMs: 20 },
  });
  onTestFinished(() => watch.close());
  return { heard, notes, watch };
}

describe('the fleet’s allow-list', () => {
  it.each([
    ['removed', (kept: string): void => rmSync(kept)],
    ['damaged', (kept: string): void => writeFileSync(kept, 'x')],
  ])('that was taken before, and whose file was %s, is taken again', async (_, harm) => {
    const modelDir = join(folder(), 'model');
    const hub = { bytes: policy(7) };
    const first = watching(modelDir, hub);
    await until(() => first.heard.length === 1);
    const kept = `${modelDir}.fleet-policy-default`;
    await until(() => existsSync(`${modelDir}.fleet-serials`));
    await first.watch.close();
    harm(kept);
    const { heard, watch } = watching(modelDir, hub);
    await until(() => heard.length > 0);
    expect(heard[0]).toMatchObject([{ address: '192.0.2.1' }]);
    expect(watch.refused).toBe('');
    await watch.close();
    // and is in force at once the next time, without a hub
    expect(watching(modelDir, { bytes: undefined }).heard).toHaveLength(1);
  });
});
