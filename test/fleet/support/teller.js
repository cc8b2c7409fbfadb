// A sensor without traffic: tells made incidents to a hub, and prints each one when it is in the spool.
// node teller.js '{"hub":…,"name":…,"spool":…,"count":…,"everyMs":…}'; SIGTERM ends it with its last words.
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { FleetSensor } from '../../../dist/fleet/sensor/sensor.js';

const {
  hub,
  name,
  spool,
  count,
  everyMs,
  site = 'lab',
  size = 64e6,
  stays = false,
  times,
  initiator,
} = JSON.parse(process.argv[2]);
const run = `019ab1c8-9a3f-7abc-8def-${String(process.pid).padStart(12, '0')}`;
let told = 0;
let ending = false;
process.on('SIGTERM', () => {
  ending = true;
});
const figures = () => ({
  ...{ records: told * 10, dropped: 0, threshold: 2, raised: { notice: 0, low: 0, medium: 0, high: told } },
  open: { notice: 0, low: 0, medium: 0, high: 1 },
});

const sensor = await FleetSensor.open({
  ...{ hub, name, site, spool, spoolSize: size, key: undefined, ca: undefined, figures },
  times: { perMinute: 1e9, watermarkMs: 300, stuckMs: 2000, ...times },
  who: { version: '0.1.0', sensor: name, run, kind: 'packet', model: { name: 'default', id: '0123456789abcdef' } },
  note: (line) => writeSync(2, `${line}\n`),
});
writeSync(1, `run ${run}\n`);
while (told < count && !ending) {
  told++;
  const event = { type: 'opened', incident: incident(told), atUs: Date.now() * 1000 };
  sensor.incident(event);
  writeSync(1, `told ${event.incident.uuid}\n`);
  await sleep(everyMs);
}
while (stays && !ending) await sleep(20);
for (const line of await sensor.finish([], Date.now() * 1000)) writeSync(2, `${line}\n`);
writeSync(1, 'ended\n');

function incident(id) {
  const nowUs = Date.now() * 1000;
  const digits = `${String(process.pid % 1e6).padStart(6, '0')}${String(id).padStart(6, '0')}`;
  return {
    ...{ id, uuid: `019ab1c8-9a3f-7000-8000-${digits}`, uids: [], allow: [], others: [], frames: [1, 2, 3] },
    ...{ kind: 'port scan', severity: 'high', title: `198.51.100.7 tried ${id} ports on 10.0.0.5`, closed: true },
    ...{ firstUs: nowUs, openedUs: nowUs, alarmUs: nowUs, lastUs: nowUs, records: 240, anomalous: 120, bytes: 14_216 },
    ...{ initiator: initiator ?? '198.51.100.7', responder: '10.0.0.5', initiatorPort: 51_532, servicePort: 22 },
    ...{ protocol: 'TCP', protocolNumber: 6, communityId: '', peakScore: 4.2, threshold: 1.9, lowConfidence: false },
    reasons: [{ feature: 'ports', value: 18, expected: 2, share: 0.4, text: '18 distinct ports; normal at most 2' }],
  };
}
