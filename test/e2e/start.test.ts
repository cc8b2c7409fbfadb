import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { root } from '../support/program.js';

const folder = mkdtempSync(join(tmpdir(), 'anomaly-start-'));
afterAll(() => rmSync(folder, { recursive: true }));

function node(...args: string[]): { text: string; code: number | null } {
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8', cwd: folder });
  return { text: stdout + stderr, code: status };
}

describe('a start that cannot succeed is told in one line', () => {
  it('by a clone that nobody has built', () => {
    cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    expect(node(join(folder, 'bin/anomaly.js'), '--version')).toEqual({
      text: 'anomaly: not built yet: run "npm run setup" in its folder\n',
      code: 69,
    });
  });

  it('by a Node that is too old', () => {
    const old = join(folder, 'old.mjs');
    writeFileSync(
      old,
      `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.4' } });`,
    );
    const { text, code } = node('--import', old, join(root, 'bin/anomaly.js'), '--version');
    expect(text).toMatch(/^anomaly: Node 18\.20\.4 is too old, 20 or newer is needed: npm install -g node@22 .*\n$/);
    expect(code).toBe(69);
  });

  it("by the demo, which touches no folder that may be somebody else's", () => {
    mkdirSync(join(folder, 'demo'));
    expect(node(join(root, 'scripts/demo.js'))).toEqual({
      text: 'anomaly-demo: cannot create the folder demo here (there is one already): change to another folder\n',
      code: 73,
    });
  });

  it.each([
    [['--frob'], /^anomaly-setup: Unknown option '--frob'; usage: .*\n$/, 2],
    [['frob'], /^anomaly-setup: usage: .*\n$/, 2],
    [['cap', 'more'], /^anomaly-setup: usage: .*\n$/, 2],
    [['cap', '--tensorflow', '2.15.1'], /^anomaly-setup: usage: .*\n$/, 2],
    [['tfjs-node', '--tensorflow', '9'], /^anomaly-setup: tfjs-node: not built: TensorFlow 9 was not tried; .*\n$/, 69],
    [['cap', '--remove'], /^anomaly-setup: usage: .*\n$/, 2],
    [['--help'], /^usage: anomaly-setup .*\n$/, 0],
  ])('by anomaly-setup %j', (args, line, code) => {
    const said = node(join(root, 'scripts/optional.js'), ...args);
    expect(said.text).toMatch(line);
    expect(said.code).toBe(code);
  });
});
