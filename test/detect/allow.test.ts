import { describe, expect, it } from 'vitest';
import { AllowList, entryFor } from '../../src/detect/incidents/allow.js';
import { OFFICE, scan } from './dealings.js';
import { run } from './traffic.js';

const [incident] = run(scan(100, 60, '10.20.0.66'), {}, OFFICE).incidents;

describe('the allow-list', () => {
  it.each([
    { address: '10.20.0.66' },
    { address: '10.20.0.0/16', port: incident.servicePort },
    { initiator: '10.20.0.66', responder: '10.0.0.1', protocol: 'tcp' },
    { protocol: 6, reason: 'port scan' },
    { reason: 'new_services', expires: '2100-01-01' },
  ])('covers an incident by %o', (entry) => {
    const list = new AllowList([{ ...entry, comment: 'ours' }]);
    expect(list.allows(incident)).toBe(true);
    expect(list.suppressed()).toEqual([{ entry: JSON.stringify({ ...entry, comment: 'ours' }), incidents: 1 }]);
  });

  it.each([
    { address: '10.21.0.0/16' },
    { address: '2001:db8::/32' },
    { initiator: '10.0.0.1' },
    { address: '10.20.0.66', port: 81 },
    { protocol: 'udp' },
    { reason: 'beacon' },
    { address: '10.20.0.66', expires: '2020-01-01' },
  ])('does not cover an incident by %o', (entry) => {
    const list = new AllowList([entry]);
    expect(list.allows(incident)).toBe(false);
    expect(list.suppressed()).toEqual([]);
  });

  it.each([
    [{ adress: '10.0.0.1' }],
    [{ address: '10.0.0.300' }],
    [{ address: '10.1' }],
    [{ port: 70000 }],
    [{ expires: 'soon', port: 1 }],
    [{ comment: 'everything' }],
  ])('refuses the entry %o in one line', (entry) => {
    expect(() => new AllowList([entry])).toThrowError(/^allow-list: [^\n]+$/);
    expect(() => new AllowList({})).toThrowError(/^allow-list: /);
  });

  it('says which entries have expired', () => {
    const list = new AllowList([{ port: 1, expires: '2020-01-01' }, { port: 2 }]);
    expect(list.expired(Date.parse('2021-01-01'))).toEqual(['{"port":1,"expires":"2020-01-01"}']);
  });

  it('takes the entry that it proposes for an incident', () => {
    expect(new AllowList([entryFor(incident)]).allows(incident)).toBe(true);
  });
});
