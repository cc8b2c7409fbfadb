/** Events of many sensors, made of those that a real run told. */
import { recordIdText, SUBJECTS } from '../../dist/fleet/contract.js';

/** Everything that a hub keeps of one subject by now. */
export async function kept(carrier, subject) {
  const end = new AbortController();
  const found = [];
  // the first message comes within the second; where none comes any more, that was all
  let late = setTimeout(() => end.abort(), 5000);
  for await (const { bytes } of carrier.replay(subject, undefined, end.signal)) {
    found.push(bytes);
    clearTimeout(late);
    late = setTimeout(() => end.abort(), 500);
  }
  return found;
}

/** Incident events that opened one, as they are kept, without gaps. */
export const openedIn = (bodies) =>
  bodies
    .map((bytes) => JSON.parse(Buffer.from(bytes).toString()))
    .filter(({ fleet, alert }) => alert && fleet.event === 'opened');

/**
 * `count` events of `sensors` sensors, the same number of each, one sensor after the other as they would come.
 * @param templates of openedIn()
 * @param worm all are about one public address, so that all of one kind are one campaign; else addresses are each site's own
 */
export function* manyEvents(templates, count, sensors, worm) {
  for (let k = 0; k < count; k++) {
    const [of, seq] = [k % sensors, 1 + Math.floor(k / sensors)];
    const sensor = `${worm ? 'worm' : 'calm'}-${of}`;
    const template = templates[k % templates.length];
    const { alert, fleet } = template;
    const id = `019ab1c8-9a3f-7${worm ? 1 : 0}00-8000-${k.toString(16).padStart(12, '0')}`;
    const spool = (worm ? 2 ** 40 : 0) + of;
    const record = { sensor, spool: spool.toString(16).padStart(16, '0'), lane: 'inc', seq };
    const body = {
      ...template,
      host: sensor,
      ...(worm ? { src_ip: '203.0.113.9' } : { src_ip: `10.${seq % 250}.0.9`, dest_ip: `10.${seq % 250}.0.5` }),
      alert: { ...alert, context: { ...alert.context, id } },
      fleet: { ...fleet, id: recordIdText(record), sensor, site: worm ? 'all' : sensor, t: Date.now() },
    };
    yield { subject: SUBJECTS.incidents(sensor), id: `${body.fleet.id}.0`, bytes: Buffer.from(JSON.stringify(body)) };
  }
}

/** Publishes all of it, so many at once. */
export async function publishAll(carrier, events, atOnce = 128) {
  const source = events[Symbol.iterator]();
  const worker = async () => {
    for (let next = source.next(); !next.done; next = source.next())
      await carrier.publish(next.value.subject, next.value.id, next.value.bytes);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
