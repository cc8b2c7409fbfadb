import { describe, expect, it } from 'vitest';
import type { DetectorEvent } from '../../../src/detect/detector-event.js';
import { Notifier, type NotifierOptions } from '../../../src/output/notify/notifier.js';
import { nameReceiver, readReceivers } from '../../../src/output/notify/receiver-words.js';
import { facts, incident } from '../../report/sample.js';
import { type Received, receiver } from './receiver.js';

const event = (
  type: DetectorEvent['type'],
  changes: Parameters<typeof incident>[1] = {},
  more: Partial<DetectorEvent> = {},
): DetectorEvent => ({
  type,
  atUs: incident(3).lastUs,
  incident: incident(3, { closed: type === 'closed', ...changes }),
  ...more,
});

/** Posted one after the other, for what waits is replaced by what is newer. */
async function told(
  preset: string,
  events: readonly DetectorEvent[],
  from: NotifierOptions['from'] = 'low',
): Promise<Received[]> {
  const got: Received[] = [];
  const host = await receiver(got);
  const receivers = readReceivers([nameReceiver(`${preset}=env:X`)], { X: `http://${host}/` });
  const notifier = new Notifier({
    receivers,
    from,
    who: facts({ sensor: 'lab' }),
    note: () => undefined,
    post: { pauseMs: 0 },
  });
  for (const one of events) {
    const before = got.length;
    notifier.tell(one);
    for (let n = 0; n < 20 && got.length === before; n++) await new Promise((done) => setTimeout(done, 10));
  }
  expect(await notifier.close()).toEqual([]);
  return got;
}

describe('of an incident', () => {
  const life = [
    event('opened', { severity: 'low' }),
    event('updated', { severity: 'low', records: 2400 }),
    event('updated', { severity: 'high' }, { worse: true }),
    event('updated', { title: 'it is another' }, { renamed: true }),
    event('closed', { title: 'it is another' }),
  ];

  it('people who read along hear that it opened, got worse and is something else', async () => {
    const titles = (await told('ntfy', life)).map(({ headers }) => headers.title);
    expect(titles).toEqual([
      '[LOW] 10.0.0.9 tried 118 ports on 10.0.0.5',
      '[now HIGH] 10.0.0.9 tried 118 ports on 10.0.0.5',
      '[HIGH, now known as] it is another',
    ]);
  });

  it('programs hear that it is over, too', async () => {
    const severities = (await told('webhook', life)).map(({ body }) => JSON.parse(body).alert.context.severity);
    expect(severities).toEqual(['low', 'high', 'high', 'high']);
    expect(JSON.parse((await told('webhook', life)).at(-1)?.body ?? '').alert.context.event).toBe('closed');
    const alerts = (await told('alertmanager', life)).map(({ body }) => JSON.parse(body).at(-1));
    expect(alerts.map((alert: { endsAt?: string }) => alert.endsAt !== undefined)).toEqual([false, false, false, true]);
  });

  it('nobody hears below the severity that is asked for, and of what gets worse from then on', async () => {
    const titles = (await told('ntfy', life, 'high')).map(({ headers }) => headers.title);
    expect(titles).toEqual(['[now HIGH] 10.0.0.9 tried 118 ports on 10.0.0.5', '[HIGH, now known as] it is another']);
    const notice = [event('opened', { severity: 'notice' }), event('closed', { severity: 'notice' })];
    expect(await told('webhook', notice)).toEqual([]);
    expect(await told('webhook', notice, 'notice')).toHaveLength(2);
  });

  it('nobody hears twice what was known when it was told', async () => {
    const twice = [event('opened'), event('updated', {}, { worse: true }), event('updated', {}, { renamed: true })];
    expect(await told('ntfy', twice)).toHaveLength(1);
  });
});
