/** Attacks of the templates woven into a recording, as a capture that any build reads. */
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { load } from '../quality/run.js';

const { surveyOf } = await load('engine/power/folds.js');
const { actsOf, fits, placedTogether } = await load('engine/power/pass.js');
const { framesOf } = await load('power/frames.js');
const { inOrder } = await load('power/order.js');
const { TEMPLATES } = await load('power/table.js');
const { PCAP_FILE_HEADER_BYTES, PCAP_PACKET_HEADER_BYTES, putPacket } = await load('source/pcap-writer.js');

/** of one attack: more would be most of the recording */
const MOST_PACKETS = 20_000;
/** where in the list of sizes: the middle of each third */
const THIRDS = [1 / 6, 1 / 2, 5 / 6];

/** Parties of the training, and the recording as one block. What the recording has beyond the training is nobody new. */
export async function stageOf(training, recording) {
  const { parties } = await surveyOf(training);
  const { parties: there, blocks } = await surveyOf(recording);
  const { firstUs } = blocks[0];
  const { to, lastUs } = blocks.at(-1);
  const known = new Set([...parties.known, ...there.known]);
  return { parties: { ...parties, known }, block: { number: 0, from: 0, to, firstUs, lastUs } };
}

/** A small, a middle and a large size of each template, of those that the recording has room for. */
export function wishesFor({ block }, placements) {
  return Array.from({ length: placements }, (_, number) =>
    TEMPLATES.flatMap((template) => {
      const room = template.sizes.filter(
        (size) => fits(template, size, block) && template.packets(size) <= MOST_PACKETS,
      );
      const sizes = new Set(room.length > 0 ? THIRDS.map((at) => room[Math.floor(at * room.length)]) : []);
      return [...sizes].map((size) => ({ template, size, number }));
    }),
  ).flat();
}

/**
 * Groups of attacks that share a capture: no two have a name in common, for builds differ in what they tell as one incident.
 * Those for which the network has no parties are left out.
 */
export function* groupsOf({ parties, block }, wishes, seed) {
  for (let rest = wishes; rest.length > 0; ) {
    const names = new Set();
    const unlike = rest.filter(({ template }) => {
      const isLike = template.names.some((name) => names.has(name));
      if (!isLike) for (const name of template.names) names.add(name);
      return !isLike;
    });
    const { placements, impossible } = placedTogether(unlike, parties, block, seed);
    if (placements.length > 0) yield placements;
    const done = new Set([...placements, ...impossible].map(idOf));
    rest = rest.filter((wish) => !done.has(idOf(wish)));
  }
}

const idOf = ({ template, size, number }) => `${template.name}|${size}|${number}`;

/** Writes the recording with these attacks in it. */
export function writeWoven(recording, { link }, placements, path) {
  const bytes = gunzipSync(readFileSync(recording));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames = framesBy(placements, link);
  const parts = [bytes.subarray(0, PCAP_FILE_HEADER_BYTES)];
  let next = frames.next();
  for (let at = PCAP_FILE_HEADER_BYTES; at < bytes.length; ) {
    const timestampUs = 1e6 * view.getUint32(at, true) + view.getUint32(at + 4, true);
    for (; !next.done && next.value.timestampUs < timestampUs; next = frames.next()) parts.push(packetOf(next.value));
    const end = at + PCAP_PACKET_HEADER_BYTES + view.getUint32(at + 8, true);
    parts.push(bytes.subarray(at, end));
    at = end;
  }
  writeFileSync(path, Buffer.concat(parts));
}

function framesBy(placements, link) {
  const streams = [...placements].sort((a, b) => a.startUs - b.startUs);
  return inOrder(streams, (placement) => framesOf(actsOf(placement), link, placement.seed));
}

function packetOf({ timestampUs, bytes, wireLen }) {
  const packet = new Uint8Array(PCAP_PACKET_HEADER_BYTES + bytes.length);
  putPacket(packet, 0, timestampUs, bytes, 0, bytes.length, wireLen);
  return packet;
}
