import { closeSync, fstatSync, openSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { JournalStream, PRIORITY, toJournal } from '../../src/base/journal.js';
import { LiveConsole } from '../../src/output/console.js';
import { facts, incident } from '../report/sample.js';

function setUp(json = false) {
  const written = { out: '', err: '' };
  const stdout = new JournalStream({ fd: 1, write: (text: string) => (written.out += text) });
  const stderr = new JournalStream({ fd: 2, write: (text: string) => (written.err += text) });
  return { written, live: new LiveConsole({ stdout, stderr, json, who: facts(), live: true, env: {} }) };
}

describe('in the journal', () => {
  it.each([
    ['high', 3],
    ['medium', 4],
    ['low', 5],
    ['notice', 6],
  ] as const)('an incident of severity %s has priority %i, in words and as JSON', (severity, priority) => {
    for (const json of [false, true]) {
      const { written, live } = setUp(json);
      for (const type of ['opened', 'closed'] as const) {
        const one = incident(2, { severity });
        live.incident({ type, incident: one, atUs: one.lastUs });
      }
      const lines = written.out.trim().split('\n');
      expect(lines).toHaveLength(2);
      for (const line of lines) expect(line.slice(0, 3)).toBe(`<${priority}>`);
      expect(lines[0]?.slice(3, 7)).toBe(json ? '{"ti' : '2026');
    }
  });

  it('a warning has its own, and a remark is information', () => {
    const { written, live } = setUp();
    live.note('warning: the capture lost 3 packets');
    live.note('written: <2>x');
    expect(written.err).toBe('<4>warning: the capture lost 3 packets\n<6>written: <2>x\n');
  });

  it('every line of a text has its mark', () => {
    let text = '';
    new JournalStream({ fd: 2, write: (part) => (text += part) }).at(PRIORITY.error).write('a\nb\n');
    expect(text).toBe('<3>a\n<3>b\n');
  });

  it('is where systemd says so, and the file is that one', () => {
    const fd = openSync('/dev/null', 'w');
    const { dev, ino } = fstatSync(fd);
    const stream = { fd, write: () => undefined };
    expect(toJournal(stream, { JOURNAL_STREAM: `${dev}:${ino}` })).toBeInstanceOf(JournalStream);
    for (const named of ['', `${dev}:${ino + 1}`, `${dev}`, undefined]) {
      expect(toJournal(stream, { JOURNAL_STREAM: named })).toBe(stream);
    }
    closeSync(fd);
    expect(toJournal(stream, { JOURNAL_STREAM: `${dev}:${ino}` })).toBe(stream);
  });
});
