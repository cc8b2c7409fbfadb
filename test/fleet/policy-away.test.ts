/** The fleet's allow-list at a sensor whose hub is not there at once. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { AllowEntry } from '../../src/detect/allow-entry.js';
import { type Carrier, CarrierError, type Message } from '../../src/fleet/carriers/carrier.js';
import { PolicyWatch } from '../../src/fleet/sensor/policy-watch.js';
import { pack } from '../../src/fleet/signed/envelope.js';
import { trustedKeys } from '../../src/fleet/signed/keys.js';
import { policyBytes } from '../../src/fleet/signed/policy.js';
import { until } from '../support/carriers.js';
import { folder } from '../support/program.js';
import { DAY, newKey, policyFacts } from './support/signed.js';

const { key, text } = newKey();

function signed(serial: number): Message {
  const facts = { ...policyFacts, serial, created: Date.now(), expires: Date.now() + DAY };
  const allow = [{ initiator: `192.0.2.${serial}` }];
  const bytes = pack(facts, { 'policy.json': policyBytes({ allow, rows: 0 }) }, key);
  const position = { server: 's', stream: 'A1_CTL', created: '', sequence: serial, storedMs: Date.now() };
  return { subject: 'a1.ctl.policy.default', id: undefined, bytes, position };
}

/** A hub that does not answer the first `away` questions after each nudge. */
function watched(away: number) {
  let unanswered = away;
  let asked = 0;
  let nudge = (): void => undefined;
  let serial = 1;
  const carrier: Carrier = {
    name: 'hub',
    connected: true,
    publish: async () => undefined,
    last: async () => {
      asked++;
      if (unanswered-- > 0) throw new CarrierError('unreachable', 'no connection yet');
      return signed(serial);
    },
    replay: async function* () {},
    nudges: async function* (signal) {
      await new Promise<void>((resolve) => {
        nudge = resolve;
        signal.addEventListener('abort', () => resolve());
      });
      if (!signal.aborted) yield;
    },
    close: async () => undefined,
  };
  const taken: (readonly AllowEntry[])[] = [];
  const notes: string[] = [];
  const dir = folder();
  mkdirSync(join(dir, 'model'));
  const watch = new PolicyWatch({
    ...{ carrier, channel: 'default', trust: trustedKeys([text]), modelDir: join(dir, 'model') },
    ...{ kind: 'packet', version: '0.1.0', soonMs: 1, note: (line) => notes.push(line) },
    onChange: (entries) => taken.push(entries),
  });
  onTestFinished(() => watch.close());
  const publish = (): void => {
    serial++;
    unanswered = away;
    nudge();
  };
  return { taken, notes, publish, asked: () => asked };
}

it('is asked for again soon when the hub was not there at the start, or after a nudge', async () => {
  const { taken, notes, publish, asked } = watched(2);
  await until(() => taken.length === 1, 'taken at the start', 10_000);
  expect(asked()).toBe(3);
  publish();
  await until(() => taken.length === 2, 'taken after a nudge', 10_000);
  expect(taken.map(([entry]) => entry?.initiator)).toEqual(['192.0.2.1', '192.0.2.2']);
  expect(notes).toEqual([1, 2].map((n) => `fleet: allow-list ${n} of default is in force: 1 entry`));
});

it('ends while the hub is away', async () => {
  const { taken, asked } = watched(Number.POSITIVE_INFINITY);
  await until(() => asked() >= 2, 'asked twice', 10_000);
  expect(taken).toEqual([]);
});
