/**
 * What one call of a sensor puts on the wire, both ways and with the headers of TCP and IP, as the kernel counts it for the
 * sensor's connection. Calls come one after the other, so that no two share a segment, as they do not with minutes between them.
 */
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { openCarrier } from '../../dist/fleet/carriers/open.js';

/** bytes: IPv4 without options, and TCP with time stamps, as Linux has them */
const HEADERS = 20 + 32;

/** Bytes so far of the connections to a port on loopback. */
function onTheWire(port) {
  const text = execFileSync('ss', ['-tinH', 'state', 'established', 'dport', '=', `:${port}`], { encoding: 'utf8' });
  const sum = (name) =>
    [...text.matchAll(new RegExp(`\\b${name}:(\\d+)`, 'g'))].reduce((all, [, n]) => all + Number(n), 0);
  return sum('bytes_sent') + sum('bytes_received') + HEADERS * (sum('segs_out') + sum('segs_in'));
}

/** @param calls by name: what one sensor does @returns bytes of each, by name; and of making the connection */
export async function wire({ port, url }, calls, times = 200) {
  const carrier = await openCarrier({
    hub: url,
    sensor: 'bench',
    key: undefined,
    ca: undefined,
    note: () => undefined,
  });
  try {
    while (!carrier.connected) await sleep(10);
    await carrier.last('a1.ctl.water.bench');
    const found = new Map([['connection', onTheWire(port)]]);
    for (const [name, call] of calls) {
      // a last acknowledgement of TCP comes 40 ms late
      await sleep(100);
      const before = onTheWire(port);
      for (let k = 0; k < times; k++) {
        await call(carrier, k);
        await sleep(5);
      }
      await sleep(100);
      found.set(name, (onTheWire(port) - before) / times);
    }
    return found;
  } finally {
    await carrier.close();
  }
}
