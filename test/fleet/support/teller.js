// A sensor without traffic: tells made incidents to a hub as fast as it is told to, and prints each one when it is in the spool.
// node teller.js HUB NAME SPOOL COUNT EVERY_MS [PER_MINUTE]; SIGTERM ends it with its last words.
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { FleetSensor } from '../../../dist/fleet/sensor/sensor.js';

const [hub, name, spool, count, everyMs, perMinute = '1000000', size = '64000000', site = 'lab'] =
  process.argv.slice(2);
const run = `019ab1c8-9a3f-7abc-8def-${String(process.pid).padStart(12, '0')}`;
const figures = () => ({
  ...{ records: told * 10, dropped: 0, threshold: 2, raised: { notice: 0, low: 0, medium: 0, high: told } },
  open: { notice: 0, low: 0, medium: 0, high: 1 },
});
let told = 0;
let ending = false;
process.on('SIGTERM', () => {
  ending = true;
});

const sensor = await FleetSensor.open({
  ...{ hub, name, site, spool, spoolSize: Number(size), key: undefined, ca: undefined, perMinute: Number(perMinute) },
  who: { version: '0.1.0', sensor: name, run, kind: 'packet', model: { name: 'default', id: '0123456789abcdef' } },
  figures,
  note: (line) => writeSync(2, `${line}\n`),
});
writeSync(1, `run ${run}\n`);
while (told < Number(count) && !ending) {
  told++;
  const event = { type: 'opened', incident: incident(told), atUs: Date.now() * 1000 };
  sensor.incident(event);
  writeSync(1, `told ${event.incident.uuid}\n`);
  await sleep(Number(everyMs));
}
while (!ending && process.env.STAY) await sleep(20);
for (const line of await sensor.finish([], Date.now() * 1000)) writeSync(2, `${line}\n`);
writeSync(1, 'ended\n');

function incident(id) {
  const nowUs = Date.now() * 1000;
  return {
    ...{
      id,
      uuid: `019ab1c8-9a3f-7000-8000-${String(process.pid % 1e6).padStart(6, '0')}${String(id).padStart(6, '0')}`,
    },
    ...{
      uids: [],
      allow: [],
      kind: 'port scan',
      severity: 'high',
      title: `198.51.100.7 tried ${id} ports on 10.0.0.5`,
    },
    ...{ firstUs: nowUs, openedUs: nowUs, alarmUs: nowUs, lastUs: nowUs, closed: true, records: 240, anomalous: 120 },
    ...{ bytes: 14_216, initiator: '198.51.100.7', responder: '10.0.0.5', others: [], initiatorPort: 51_532 },
    ...{ servicePort: 22, protocol: 'TCP', protocolNumber: 6, communityId: '', peakScore: 4.2, threshold: 1.9 },
    ...{ frames: [1, 2, 3], lowConfidence: false },
    reasons: [{ feature: 'ports', value: 18, expected: 2, share: 0.4, text: '18 distinct ports; normal at most 2' }],
  };
}
