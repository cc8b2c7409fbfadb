import { expect, it } from 'vitest';
import { communityId } from '../../src/detect/incidents/community-id.js';
import { sha1 } from './traffic.js';

const v4 = (text: string) => Uint8Array.from(text.split('.'), Number);
const v6 = (text: string) => {
  const [head, tail = ''] = text.split('::').map((half) => half.split(':').filter(Boolean));
  const groups = [...head, ...Array(8 - head.length - tail.length).fill('0'), ...tail].map((g) =>
    Number.parseInt(g, 16),
  );
  return Uint8Array.from(groups.flatMap((g) => [g >> 8, g & 255]));
};

// baseline of https://github.com/corelight/community-id-spec, default seed
it.each([
  [6, v4('128.232.110.120'), 34855, v4('66.35.250.204'), 80, '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
  [17, v4('192.168.1.52'), 54585, v4('8.8.8.8'), 53, '1:d/FP5EW3wiY1vCndhwleRRKHowQ='],
  [17, v6('fe80::260:97ff:fe07:69ea'), 0, v6('ff02::1'), 0, ''],
])('the Community ID is the published one for protocol %d', (protocol, a, aPort, b, bPort, id) => {
  const there = communityId(sha1, protocol, { address: a, port: aPort }, { address: b, port: bPort });
  const back = communityId(sha1, protocol, { address: b, port: bPort }, { address: a, port: aPort });
  expect(there).toBe(back);
  expect(there).toMatch(/^1:[\w+/]{27}=$/);
  if (id) expect(there).toBe(id);
});

it('the Community ID is empty for protocols without ports and for mixed families', () => {
  const a = { address: v4('10.0.0.1'), port: 1 };
  expect(communityId(sha1, 1, a, a)).toBe('');
  expect(communityId(sha1, 6, a, { address: v6('fe80::1'), port: 1 })).toBe('');
  expect(communityId(sha1, 6, a, { address: v4('10.0.0.2'), port: -1 })).toBe('');
});
