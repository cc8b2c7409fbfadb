/** What templates write is what a capture would hold. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodePacket } from '../../src/decode/packet.ts';
import { PATTERNS } from '../../src/detect/rules/patterns.ts';
import { rowsOf } from '../../src/power/rows.ts';
import { TEMPLATES } from '../../src/power/table.ts';
import type { Frame } from '../../src/power/write.ts';
import { openRecords } from '../../src/source/open.ts';
import { PCAP_PACKET_HEADER_BYTES, pcapFileHeader, putPacket } from '../../src/source/pcap-writer.ts';
import { answerBytes, PacketRecord } from '../../src/table/record.ts';
import { rowOf } from '../support/decoding.ts';
import { folder } from '../support/program.js';
import { actsOf, capture, casting, network, network6, START_US, template } from './network.ts';

/** more packets take longer than a test may */
const MANY = 4000;
/** the least and one in the middle */
const sizesOf = ({ sizes, packets }: (typeof TEMPLATES)[number]): number[] =>
  [sizes[0], sizes[Math.floor(sizes.length / 2)]].filter((size) => packets(size) < MANY);

/** It is about one host rather than a segment, and so can be over IPv6. */
const ofOne = ({ target, about }: (typeof TEMPLATES)[number]) => target !== 'segment' && about !== 'segment';

function file(frames: readonly Frame[], linkType: number): string {
  const header = pcapFileHeader(linkType);
  const length = frames.reduce((sum, { bytes }) => sum + bytes.length + PCAP_PACKET_HEADER_BYTES, header.length);
  const all = new Uint8Array(length);
  all.set(header);
  let at = header.length;
  for (const { timestampUs, bytes, wireLen } of frames) {
    at = putPacket(all, at, timestampUs, bytes, 0, bytes.length, wireLen);
  }
  const path = join(folder(), 'woven.pcap');
  writeFileSync(path, all);
  return path;
}

function decoded({ bytes, wireLen, linkType, timestampUs }: Frame): PacketRecord {
  const record = new PacketRecord();
  decodePacket(bytes, 0, bytes.length, wireLen, linkType, record);
  record.timestampUs = timestampUs;
  return record;
}

/** The row, and the bytes of addresses that DNS answered with. */
function told(record: PacketRecord): string {
  const { dnsAnswers, dnsAnswerCount, dnsQryType } = record;
  const answers = dnsAnswers.subarray(0, dnsAnswerCount * answerBytes(dnsQryType));
  return `${rowOf(record)} ${dnsAnswerCount} ${answers.join('.')}`;
}

async function readAgain(path: string): Promise<string[]> {
  const stream = await openRecords([path]);
  const record = new PacketRecord();
  const rows: string[] = [];
  for await (const batch of stream.batches) {
    for (let k = 0; k < batch.count; k++) {
      batch.read(k, record);
      rows.push(told(record));
    }
  }
  return rows;
}

function digest(frames: readonly Frame[]): string {
  const hash = createHash('sha256');
  for (const { timestampUs, bytes } of frames) hash.update(String(timestampUs)).update(bytes);
  return hash.digest('hex');
}

const sum = (values: readonly number[]) => values.reduce((all, value) => all + Math.max(0, value), 0);

describe('a name that is asked for', () => {
  it.each(['call home by tls', 'upload by tls', 'mining'])(
    '%s: is answered by the address that is then talked to',
    (name) => {
      const each = template(name);
      const records = capture(each, each.sizes[0]).map(decoded);
      const { target } = casting(each).cast;
      const answers = records.filter(({ dnsAnswerCount }) => dnsAnswerCount > 0);
      expect(answers.map(({ dnsAnswers }) => [...dnsAnswers.subarray(0, 4)])).toEqual([[...target.address]]);
    },
  );
});

describe('spreading', () => {
  const each = template('spreading');
  const talks = actsOf(each, 32).flatMap((act) => (act.type === 'conversation' ? [act] : []));
  const portsWith = (text: string, is: (talk: (typeof talks)[number]) => boolean) =>
    new Set(talks.filter((talk) => talk.server.text === text && is(talk)).map(({ serverPort }) => serverPort));

  it('looks all addresses up within a second, and meets somebody', () => {
    const asked = capture(each, 32)
      .map((frame) => [decoded(frame), frame.timestampUs] as const)
      .filter(([{ arpOpcode }]) => arpOpcode === 1);
    const first = new Map<string, number>();
    for (const [{ arpDst }, at] of asked) if (!first.has(arpDst.join())) first.set(arpDst.join(), at);
    expect(first.size).toBe(32);
    expect(Math.max(...first.values()) - START_US).toBeLessThan(1e6);
    for (const size of each.sizes) expect(actsOf(each, size).some(({ type }) => type === 'conversation')).toBe(true);
  });

  it('asks who is there for several services, and tries passwords at the open ones', () => {
    const server = '192.168.7.10';
    const services = portsWith(server, () => true);
    expect([...services].sort((a, b) => a - b)).toEqual([22, 80, 445, 3389, 5900, 5985]);
    expect(portsWith(server, ({ outcome }) => outcome === 'refused')).toEqual(new Set([5900, 5985]));
    expect(portsWith(server, ({ service }) => service !== '')).toEqual(new Set([22, 80, 445, 3389]));
    const [asked, tried] = ['', 'ssh'].map((name) => talks.filter(({ service }) => service === name));
    expect(tried).toHaveLength(3);
    expect(Math.min(...tried.map(({ startUs }) => startUs))).toBeGreaterThan(
      Math.max(...asked.filter(({ server: { text } }) => text === server).map(({ startUs }) => startUs)),
    );
  });
});

describe('the table of templates', () => {
  it('names each template once, and only patterns that there are', () => {
    expect(TEMPLATES.length).toBeGreaterThan(25);
    expect(new Set(TEMPLATES.map(({ name }) => name)).size).toBe(TEMPLATES.length);
    for (const { names } of TEMPLATES) for (const name of names) expect(PATTERNS).toHaveProperty([name]);
  });

  it.each(TEMPLATES.map((each) => [each.name, each] as const))('%s grows from size to size', (_, each) => {
    const few = each.sizes.filter((size) => each.packets(size) < MANY).slice(0, 4);
    expect(few.length).toBeGreaterThan(1);
    const measured = few.map((size) => {
      const frames = capture(each, size);
      const bytes = sum(frames.map(({ wireLen }) => wireLen));
      return { bytes, perUs: bytes / ((frames.at(-1) as Frame).timestampUs - START_US + 1) };
    });
    const growing = (list: number[]) => list.every((value, i) => i === 0 || value > list[i - 1]);
    expect(growing(measured.map(({ bytes }) => bytes)) || growing(measured.map(({ perUs }) => perUs))).toBe(true);
  });
});

describe.each(TEMPLATES.flatMap((each) => sizesOf(each).map((size) => [each.name, size] as const)))(
  '%s of %i',
  (name, size) => {
    const each = template(name);

    it('is the same records when its frames are written as a capture and read again', async () => {
      // what is said on a segment is said by a MAC address
      const types = each.about === 'segment' ? ([1, 113] as const) : ([1, 113, 101, 0] as const);
      const networks = types.flatMap((type) => [network(type), ...(ofOne(each) ? [network6(type)] : [])]);
      for (const parties of networks) {
        const { type } = parties.link;
        const frames = capture(each, size, parties);
        const records = frames.map(decoded);
        expect(records.filter(({ stopReason }) => stopReason !== 0)).toEqual([]);
        expect(await readAgain(file(frames, type))).toEqual(records.map(told));
      }
    });

    it('is in the order of time, begins at its start, and lasts about as long as the table says', () => {
      const times = capture(each, size).map(({ timestampUs }) => timestampUs);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(times[0]).toBeGreaterThanOrEqual(START_US);
      expect(times[0] - START_US).toBeLessThan(1e6);
      expect((times.at(-1) as number) - START_US).toBeLessThan(1.5 * each.lastsUs(size) + 5e6);
    });

    it('is the same for the same seed, and another for another one', () => {
      expect(digest(capture(each, size))).toBe(digest(capture(each, size)));
      expect(digest(capture(each, size, network(), 8))).not.toBe(digest(capture(each, size)));
    });

    it('has rows of a conn.log that agree with its packets', () => {
      if (!each.inputs.includes('connection')) return;
      // a log has no ARP, by which hosts that are not there are left out
      const acts = actsOf(each, size, network(101));
      const records = capture(each, size, network(101))
        .map(decoded)
        .filter(({ ipVersion }) => ipVersion > 0);
      const rows = acts.flatMap((act) => (act.type === 'conversation' ? rowsOf(act) : []));
      expect(sum(rows.map(({ origPkts, respPkts }) => origPkts + respPkts))).toBe(records.length);
      const ipBytes = sum(rows.map(({ origIpBytes, respIpBytes }) => origIpBytes + respIpBytes));
      expect(ipBytes).toBe(sum(records.map(({ ipLen }) => ipLen)));
      const payload = sum(rows.map(({ origBytes, respBytes }) => Math.max(0, origBytes) + Math.max(0, respBytes)));
      expect(payload).toBe(sum(records.map(({ payloadLen }) => payloadLen)));
      const ends = rows.map(({ startUs, duration }) => startUs + 1e6 * Math.max(0, duration));
      const lastUs = records.at(-1)?.timestampUs as number;
      expect(Math.abs(ends.reduce((a, b) => Math.max(a, b)) - lastUs)).toBeLessThan(2);
    });
  },
);

it('all are dissected by tshark without a malformed field', () => {
  // one run for all of them: starting it takes longer than what it does
  const all = TEMPLATES.flatMap((each) =>
    [network(), ...(ofOne(each) ? [network6()] : [])].flatMap((parties) =>
      sizesOf(each).flatMap((size) => capture(each, size, parties)),
    ),
  );
  const checks = ['ip', 'tcp', 'udp'].flatMap((layer) => ['-o', `${layer}.check_checksum:TRUE`]);
  const wrong = ['ip', 'tcp', 'udp', 'icmp', 'icmpv6'].map((layer) => `${layer}.checksum.status == 0`);
  const bad = ['_ws.malformed', '_ws.short', ...wrong].join(' || ');
  const args = ['-n', '-r', file(all, 1), ...checks, '-Y', bad];
  const { stdout, stderr, status } = spawnSync('tshark', args, { encoding: 'utf8' });
  expect({ stdout, status }, stderr).toEqual({ stdout: '', status: 0 });
});
