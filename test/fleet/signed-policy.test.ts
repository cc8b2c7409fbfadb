import { describe, expect, it } from 'vitest';
import { AnomalyError } from '../../src/base/errors.js';
import type { AllowEntry } from '../../src/detect/allow-entry.js';
import { AllowList } from '../../src/detect/incidents/allow.js';
import { accept } from '../../src/fleet/signed/accept.js';
import { pack } from '../../src/fleet/signed/envelope.js';
import { joinAllow, MOST_ROWS_A_DAY, type Policy, parsePolicy, policyBytes } from '../../src/fleet/signed/policy.js';
import { newKey, policyFacts, sensor, why } from './support/signed.js';

const policy: Policy = {
  allow: [
    { initiator: '10.0.0.5', reason: 'port scan', comment: 'the scanner', expires: '2027-12-31' },
    { responder: ['192.0.2.0/24', '2001:db8::/32'], port: 443, protocol: 'tcp' },
  ],
  rows: 500,
};

function problem(text: string | Uint8Array): string {
  try {
    parsePolicy(Buffer.from(text), 'policy 3 of default');
  } catch (error) {
    expect(error).toBeInstanceOf(AnomalyError);
    expect((error as AnomalyError).code).toBe('BAD_DATA');
    expect((error as AnomalyError).message).toMatch(/^policy 3 of default: [ -~…]+$/);
    return (error as AnomalyError).message;
  }
  return 'accepted';
}
const withEntry = (entry: string): string => problem(`{"allow":[${entry}],"rows":0}`);

describe('a policy', () => {
  it('comes back as it was signed', () => {
    const { key, text } = newKey();
    const outcome = accept(pack(policyFacts, { 'policy.json': policyBytes(policy) }, key), sensor('policy', [text]));
    if (outcome.is !== 'accepted') throw new Error(why(outcome));
    expect(parsePolicy(outcome.files['policy.json'], 'p')).toEqual(policy);
  });

  it('may allow nothing and ask for no rows', () => {
    expect(parsePolicy(policyBytes({ allow: [], rows: 0 }), 'p')).toEqual({ allow: [], rows: 0 });
  });

  it('is too long to be signed at 900 KiB, in words that help', () => {
    const allow = Array.from({ length: 40_000 }, (_, k) => ({ address: `10.0.${k >> 8}.${k & 255}` }));
    const files = { 'policy.json': policyBytes({ allow, rows: 0 }) };
    expect(() => pack(policyFacts, files, newKey().key)).toThrow(/shorten the allow-list/);
  });

  it('has entries as an allow-list has, and each mistake is named by its place', () => {
    expect(withEntry('{"address":"10.0.0.300"}')).toMatch(/line 1, column 22: "address": an address or CIDR/);
    expect(withEntry('{"reason":"port scam"}')).toContain('a kind of incident');
    expect(withEntry('{"comment":"all"}')).toContain('would allow everything');
    expect(withEntry('{"site":"a","port":1}')).toContain('unknown name "site"');
    expect(withEntry('{"port":1,"port":2}')).toContain('"port" is given twice');
    expect(withEntry('{"__proto__":{"port":1}}')).toContain('unknown name "__proto__"');
    expect(withEntry('{"port":70000}')).toContain('a port from 0 to 65535');
    expect(withEntry('7')).toContain('an entry { … } expected');
    expect(withEntry('{"address":"\\u001b[31m"}')).toContain('an address or CIDR');
    expect(withEntry('{"\\u001b[31m":1}')).toContain('\\u{1b}[31m');
  });

  it('is an object of two names and no more, in UTF-8, and not deep', () => {
    expect(problem('')).toContain('a value expected');
    expect(problem('[]')).toContain('an object');
    expect(problem('{"rows":0}')).toContain('"allow" is missing');
    expect(problem('{"allow":[]}')).toContain('"rows" is missing');
    expect(problem('{"allow":[],"rows":0,"more":1}')).toContain('unknown name "more"');
    expect(problem('{"allow":[],"rows":0,"rows":1}')).toContain('"rows" is given twice');
    expect(problem('{"allow":[],"rows":0,"__proto__":{}}')).toContain('unknown name "__proto__"');
    expect(problem('{"allow":{},"rows":0}')).toContain('an array');
    expect(problem('{"allow":[],"rows":0}}')).toContain('the end of the file');
    expect(problem('\ufeff{"allow":[],"rows":0}')).toContain('a value expected');
    expect(problem(Uint8Array.of(0x7b, 0xff, 0x7d))).toContain('UTF-8');
    expect(problem('['.repeat(500_000))).toContain('nested too deeply');
    for (const rows of ['-1', '1.5', '"1"', 'null', '[]', String(MOST_ROWS_A_DAY + 1), '1e400'])
      expect(problem(`{"allow":[],"rows":${rows}}`), rows).toContain('"rows": a whole number from 0 to 5000');
  });
});

describe('a sensor in a fleet', () => {
  const dealing = (initiator: string, kind: string) => ({
    ...{ kind, initiator, responder: '192.0.2.9', port: undefined, protocol: 'TCP', protocolNumber: 6 },
  });
  const own: AllowEntry[] = [{ initiator: '10.0.0.7', comment: 'backup' }, { initiator: '10.0.0.5' }];

  it('keeps its own entries first and as they are, and says which are of the fleet', () => {
    const before = structuredClone({ own, policy });
    const joined = joinAllow(own, policy, 'default', 3);
    expect(joined.slice(0, 2)).toEqual(own);
    expect(joined.slice(2)).toEqual([
      { ...policy.allow[0], comment: 'fleet policy 3 of default: the scanner' },
      { ...policy.allow[1], comment: 'fleet policy 3 of default' },
    ]);
    expect({ own, policy }).toEqual(before);
  });

  it('allows what either does; of what both do its reports name the own entry', () => {
    const covering = (list: AllowEntry[], initiator: string) =>
      new AllowList(list).covering(dealing(initiator, 'port scan') as never, Date.UTC(2027, 0, 1));
    const joined = joinAllow(own, { ...policy, allow: [...policy.allow, { initiator: '10.0.0.8' }] }, 'default', 3);
    expect(covering(joined, '10.0.0.7')).toContain('backup');
    expect(covering(joined, '10.0.0.5')).not.toContain('fleet');
    expect(covering(joined, '10.0.0.8')).toContain('fleet policy 3 of default');
    expect(covering(joinAllow([], policy, 'default', 3), '10.0.0.5')).toContain('fleet policy 3');
    expect(covering(joined, '10.0.0.9')).toBeUndefined();
    // the fleet's expire as any other
    expect(new AllowList(joinAllow([], policy, 'default', 3)).expired(Date.UTC(2028, 0, 1))).toHaveLength(1);
  });
});
