import { expect, it } from 'vitest';
import { StatusLine } from '../../src/output/status-line.js';

const ESCAPE = String.fromCharCode(27);
const CLEAR = `\r${ESCAPE}[J`;

function terminal({ isTTY = true, quiet = false } = {}) {
  const written: string[] = [];
  const line = new StatusLine({ isTTY, columns: 20, write: (text: string) => written.push(text) }, quiet);
  return { written, line };
}

it('is rewritten at most five times a second, and makes way for other lines', () => {
  const { written, line } = terminal();
  for (const [text, at] of [
    ['one', 0],
    ['too soon', 199],
    ['two', 200],
  ] as const)
    line.show(() => text, at);
  line.say('a remark');
  expect(written).toEqual([`${CLEAR}one`, `${CLEAR}two`, CLEAR, 'a remark\n']);
});

it('is shortened to the width of the terminal', () => {
  const { written, line } = terminal();
  line.show(() => '123,456 packets  12,345/s  0 dropped', 0);
  expect(written[0]?.slice(CLEAR.length)).toHaveLength(19);
});

it('is not shown off a terminal, nor when it has to be quiet; an answer is', () => {
  for (const settings of [{ isTTY: false }, { quiet: true }]) {
    const { written, line } = terminal(settings);
    line.show(() => 'status', 0);
    line.answer('12 packets');
    expect(written).toEqual(['12 packets\n']);
  }
  const { written, line } = terminal({ quiet: true });
  line.say('a remark');
  expect(written).toEqual([]);
});

it('lets no control character of a file name through', () => {
  const { written, line } = terminal();
  line.say(`a${ESCAPE}[2J`);
  expect(written).toEqual(['a\\u{1b}[2J\n']);
});

it('stays away once it has ended', () => {
  const { written, line } = terminal();
  line.show(() => 'status', 0);
  line.end();
  line.show(() => 'status', 1e9);
  expect(written).toEqual([`${CLEAR}status`, CLEAR]);
});

it('leaves nothing behind where the terminal became narrower, and takes nothing of what stands above', () => {
  const written: string[] = [];
  const out = { isTTY: true, columns: 100, write: (text: string) => written.push(text) };
  const line = new StatusLine(out);
  line.show(() => 'x'.repeat(90), 0);
  out.columns = 40;
  line.show(() => 'y'.repeat(90), 1000);
  out.columns = 100;
  line.clear();
  // 90 columns are three rows of 40; the 39 of the next one are one row again
  expect(written).toEqual([`${CLEAR}${'x'.repeat(90)}`, `\r${ESCAPE}[2A${ESCAPE}[J${'y'.repeat(38)}…`, CLEAR]);
});
