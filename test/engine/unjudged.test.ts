/** Inputs of which nothing can be learned or judged. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { connLog, HEADER } from '../support/conn-log.js';
import { type CapturedPacket, pcapFile, readPcap } from '../support/packets.js';
import { anomaly, type Finished, folder, sample } from '../support/program.js';
import { type Trained, trained } from '../support/trained.js';

let model: Trained;
beforeAll(async () => {
  model = await trained();
}, 300_000);

/** With attacks among them. */
const packets = readPcap(gunzipSync(readFileSync(sample('mixed.pcap.gz'))))?.packets as Required<CapturedPacket>[];
const atOneTime = packets.map((packet) => ({ ...packet, timestamp: 1_700_000_000_000_000 }));

function detect(dir: string, input: string): Finished {
  return anomaly(['detect', '-r', input, '--model', model.modelDir, '--out', 'r.txt'], { cwd: dir });
}

/** `train` ends with one line that says why. */
function refuses(dir: string, input: string, why: string): void {
  const { code, stderr } = anomaly(['train', input, '--model', 'm'], { cwd: dir });
  expect([code, stderr.trim()]).toEqual([65, `anomaly: ${input}: ${why}`]);
}

function fileIn(dir: string, name: string, content: Uint8Array | string): string {
  writeFileSync(join(dir, name), content);
  return name;
}

describe('a capture of which not one packet can be decoded', () => {
  it('is refused by train, which names the link type; of its table, which names the stop', () => {
    const dir = folder();
    const capture = fileIn(dir, 'usb.pcap', pcapFile(packets.slice(0, 2000), { linkType: 189 }));
    expect(anomaly(['sniff', '-q', '-r', capture, '--out', 't.csv'], { cwd: dir }).code).toBe(0);
    for (const [input, why] of [
      [capture, 'link type 189 (USB_LINUX, USB transfers)'],
      ['t.csv', 'unsupported:link'],
    ]) {
      refuses(
        dir,
        input,
        `not one of 2,000 packets can be decoded: ${why}; there is nothing to learn, capture on a network interface instead`,
      );
    }
  });

  it('raises nothing, and the report says that nothing could be judged', () => {
    const dir = folder();
    const { code, stdout, stderr } = detect(dir, fileIn(dir, 'usb.pcap', pcapFile(packets, { linkType: 189 })));
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain('62,937 packets (100 %) were not decoded far enough to tell whose they are');
    expect(stderr).toContain('link type 189 (USB_LINUX, USB transfers) could not be decoded');
    expect(readFileSync(join(dir, 'r.txt'), 'utf8')).toContain(
      'Nothing could be judged: not one of 62,937 packets could be decoded.',
    );
  });
});

describe('records that all have one time', () => {
  it('are refused by train, packets and connections', () => {
    const dir = folder();
    const log = HEADER + connLog(1, 500).replaceAll(/^\d+\.\d+/gm, '1700000000.000000');
    for (const [input, noun] of [
      [fileIn(dir, 'frozen.pcap', pcapFile(atOneTime.slice(0, 3000))), '3,000 packets'],
      [fileIn(dir, 'conn.log', log), '500 connections'],
    ]) {
      refuses(
        dir,
        input,
        `all ${noun} have one and the same time (2023-11-14T22:13:20.000000Z), so no rates can be learned; record again with a clock that goes`,
      );
    }
  });

  it('raise nothing, though there are attacks among them, and that is said', () => {
    const dir = folder();
    const { code, stdout, stderr } = detect(dir, fileIn(dir, 'frozen.pcap', pcapFile(atOneTime)));
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain('warning: all packets have one and the same time: ');
    expect(readFileSync(join(dir, 'r.txt'), 'utf8')).toContain(
      'Nothing could be judged: all 62,937 packets have one and the same time.',
    );
  });
});

describe('records of which the newest comes first', () => {
  const backwards = packets.slice(0, 20_000).toReversed();
  const rows = connLog(1, 800).trimEnd().split('\n').toReversed();

  it('are refused by train, packets and connections', () => {
    const dir = folder();
    for (const [input, noun] of [
      [fileIn(dir, 'backwards.pcap', pcapFile(backwards)), '20,000 packets'],
      [fileIn(dir, 'conn.log', `${HEADER}${rows.join('\n')}\n`), '800 connections'],
    ]) {
      refuses(
        dir,
        input,
        `most of ${noun} are earlier than the one before: in this order nothing can be learned; sort them by time`,
      );
    }
  });

  it('raise nothing, and that is said', () => {
    const dir = folder();
    const { code, stdout, stderr } = detect(dir, fileIn(dir, 'backwards.pcap', pcapFile(backwards)));
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain('warning: most packets are earlier than the one before, as where the newest comes first');
    expect(readFileSync(join(dir, 'r.txt'), 'utf8')).toContain(
      'Nothing could be judged: most of 20,000 packets are earlier than the one before.',
    );
  });
});
