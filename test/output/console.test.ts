import { describe, expect, it } from 'vitest';
import type { DetectorEvent } from '../../src/detect/detector-event.js';
import type { Incident } from '../../src/detect/incident.js';
import { wantsColor } from '../../src/output/blocks.js';
import { type ConsoleOptions, LiveConsole } from '../../src/output/console.js';
import { facts, incident } from '../report/sample.js';

const ESCAPE = String.fromCharCode(27);

function setUp(options: Partial<ConsoleOptions> & { tty?: boolean; columns?: number } = {}) {
  const written = { out: '', err: '' };
  const { tty = false, columns = 80, ...rest } = options;
  const stdout = { isTTY: tty, columns, write: (text: string) => (written.out += text) };
  const stderr = { isTTY: tty, columns, write: (text: string) => (written.err += text) };
  return { written, live: new LiveConsole({ stdout, stderr, who: facts(), env: {}, ...rest }) };
}

const opens = (item: Incident): DetectorEvent => ({ type: 'opened', incident: item, atUs: item.openedUs });
const closes = (item: Incident): DetectorEvent => ({ type: 'closed', incident: item, atUs: item.lastUs + 300e6 });

const status = { records: 12_345, rate: 1200, dropped: undefined, scored: 12_000, openIncidents: 1 };

describe('the console', () => {
  it('keeps one status line on a terminal and clears it before anything else is written', () => {
    const { written, live } = setUp({ tty: true });
    live.status(status, 0);
    live.status({ ...status, records: 99 }, 100);
    live.status({ ...status, dropped: 3, openIncidents: 2 }, 300);
    live.note('capture restarted');
    live.finish();
    expect(written.out).toBe('');
    const clear = `\r${ESCAPE}[J`;
    expect(written.err).toBe(
      `${clear}12,345 packets  1,200/s  drops unknown  12,000 scored  1 open incident` +
        `${clear}12,345 packets  1,200/s  3 dropped  12,000 scored  2 open incidents${clear}capture restarted\n`,
    );
  });

  it('never writes a status line wider than the terminal', () => {
    const { written, live } = setUp({ tty: true });
    live.status({ records: 1e15, rate: 1e12, dropped: 1e15, scored: 1e15, openIncidents: 1e12 }, 0);
    expect(written.err.length).toBeLessThanOrEqual(80 + 4);
  });

  it('shows a block when an incident opens and one when it closes', () => {
    const { written, live } = setUp({ tty: true, color: false });
    live.incident(opens(incident(2)));
    live.incident(closes(incident(2)));
    expect(written.out).toBe(
      [
        '2026-11-23 18:01:02Z HIGH #2 opened: 10.0.0.9 tried 118 ports on 10.0.0.5',
        '    10.0.0.9:51532 to 10.0.0.5:22, TCP; port scan',
        '    18 distinct ports on 10.0.0.5 in 60 s; normal at most 2',
        '    96 half-open connections in 60 s; normal at most 1',
        '2026-11-23 18:06:42Z HIGH #2 closed: 10.0.0.9 tried 118 ports on 10.0.0.5',
        '    240 packets (120 as evidence), 14.2 kB in 42 s, peak 4.21',
        '',
      ].join('\n'),
    );
  });

  it('says with its new title that an incident is worse or another, and nothing of mere growth', () => {
    const { written, live } = setUp();
    const event = { type: 'updated', atUs: incident(2).lastUs } as const;
    live.incident({ ...event, incident: incident(2) });
    live.incident({ ...event, incident: incident(2, { title: 'it guesses' }), worse: true, renamed: true });
    live.incident({ ...event, incident: incident(2, { title: 'it tunnels' }), renamed: true });
    live.unfinished(incident(2, { title: 'it tunnels', closed: false }), incident(2).lastUs);
    expect(written.out.split('\n')).toEqual([
      '2026-11-23 18:01:42Z high #2 now high: it guesses',
      '2026-11-23 18:01:42Z high #2 now: it tunnels',
      '2026-11-23 18:01:42Z high #2 still open: it tunnels; 240 packets (120 as evidence), 14.2 kB in 42 s, peak 4.21',
      '',
    ]);
  });

  it('writes plain single lines off a terminal, without status', () => {
    const { written, live } = setUp();
    live.status(status, 0);
    live.incident(opens(incident(2, { title: `a${ESCAPE}[2J\nb` })));
    live.incident(closes(incident(2)));
    expect(written.err).toBe('');
    expect(written.out.split('\n')).toEqual([
      '2026-11-23 18:01:02Z high #2 opened: a\\u{1b}[2J\\u{a}b; 10.0.0.9:51532 to 10.0.0.5:22, TCP; port scan; 18 distinct ports on 10.0.0.5 in 60 s; normal at most 2; 96 half-open connections in 60 s; normal at most 1',
      '2026-11-23 18:06:42Z high #2 closed: 10.0.0.9 tried 118 ports on 10.0.0.5; 240 packets (120 as evidence), 14.2 kB in 42 s, peak 4.21',
      '',
    ]);
  });

  it('takes no more columns than the terminal has, whatever is said', () => {
    for (const columns of [40, 60, 80, 132]) {
      const { written, live } = setUp({ tty: true, color: false, columns });
      live.note(`warning: ${'a long story about a capture '.repeat(9)}`);
      live.incident(opens(incident(12_345, { title: 'somebody does something to somebody else '.repeat(5) })));
      live.incident(closes(incident(12_345)));
      const lines = (written.out + written.err).split('\n');
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(columns);
    }
  });

  it('colours only a terminal, and not with NO_COLOR or --no-color', () => {
    const out = (isTTY: boolean) => ({ isTTY, write: () => true });
    expect(wantsColor({ stdout: out(true), env: {} })).toBe(true);
    expect(wantsColor({ stdout: out(false), env: {} })).toBe(false);
    expect(wantsColor({ stdout: out(true), env: { NO_COLOR: '1' } })).toBe(false);
    expect(wantsColor({ stdout: out(true), env: { NO_COLOR: '' } })).toBe(true);
    expect(wantsColor({ stdout: out(true), env: { TERM: 'dumb' } })).toBe(false);
    expect(wantsColor({ stdout: out(true), color: false, env: {} })).toBe(false);
    const { written, live } = setUp({ tty: true });
    live.incident(opens(incident(1)));
    expect(written.out).toContain(`${ESCAPE}[31m`);
    expect(written.out).toContain('HIGH #1');
  });

  it('says nothing with -q and more with -v', () => {
    const quiet = setUp({ quiet: true, tty: true });
    quiet.live.status(status, 0);
    quiet.live.incident(opens(incident(1)));
    quiet.live.incident(closes(incident(1)));
    quiet.live.note('x');
    expect(quiet.written).toEqual({ out: '', err: '' });
    const verbose = setUp({ verbose: true });
    verbose.live.incident(opens(incident(1)));
    expect(verbose.written.out).toContain('TCP 31337');
  });

  it('writes JSON lines with --json: the complete incident, live also when it opens', () => {
    const file = setUp({ json: true, quiet: true });
    file.live.incident(opens(incident(2, { closed: false })));
    file.live.incident(closes(incident(2)));
    expect(
      file.written.out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).alert.context.number),
    ).toEqual([2]);
    const live = setUp({ json: true, live: true, ecs: true });
    live.live.incident(opens(incident(2, { closed: false })));
    live.live.incident(closes(incident(2)));
    const documents = live.written.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(documents.map((d) => [d.anomaly.incident.number, d.event.action, d.anomaly.closed])).toEqual([
      [2, 'opened', false],
      [2, 'closed', true],
    ]);
  });
});
