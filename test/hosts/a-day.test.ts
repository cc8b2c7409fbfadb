/** A day in the life of the program on a Debian host: by its package, its units, a web server, an ssh server and an attacker. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Host, hostsObstacle, packWith, RECOMMENDED } from './hosts.ts';

const SCRIPT = fileURLToPath(new URL('a-day.sh', import.meta.url));
/** s; a day takes six minutes on two quiet cores */
const LIMIT = 1200;
const PACKAGES = ['nodejs', 'tcpdump', 'nginx-light', 'openssh-server', 'curl', 'iproute2', ...RECOMMENDED];

describe.skipIf(hostsObstacle)('a day in the life', () => {
  let folder: string;
  let text = '';
  const of = (name: string): string => {
    const part = text.split(/^@@ /m).find((each) => each.startsWith(`${name}\n`));
    if (part === undefined) throw new Error(`the script did not come to "${name}":\n${text}`);
    return part.slice(name.length + 1);
  };
  const found = (name: string, pattern: RegExp): string => pattern.exec(of(name))?.[1] ?? '';

  beforeAll(
    () => {
      folder = mkdtempSync(join(tmpdir(), 'anomaly-day-'));
      packWith('run', '--silent', 'deb', '--', '--revision', '1', '--to', folder);
      const host = Host.with('trixie', ...PACKAGES).copy();
      try {
        host.put(
          readdirSync(folder).map((name) => join(folder, name)),
          'stage',
        );
        text = host.boot(SCRIPT, LIMIT).text;
      } finally {
        host.remove();
      }
      for (const [, name, seconds] of text.matchAll(/^@@ (.*)\n(?:(?!@@).*\n)*?took ([\d.]+) s$/gm))
        console.log(`${name}: ${seconds} s`);
    },
    (LIMIT + 300) * 1000,
  );
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('never waits in vain', () => {
    expect(text).not.toContain('waited in vain');
    expect(of('network')).toContain('web and ssh answer');
  });

  it('learns by the command of the timer', () => {
    expect(Number(found('record', /^(\d+)$/m))).toBeGreaterThan(1);
    expect(of('train by the timer')).toMatch(/^exit 0$/m);
    expect(of('train by the timer')).toMatch(/^model: models\/default/m);
  });

  it('watches, and is watched', () => {
    expect(of('detect')).toMatch(/^active$/m);
    expect(of('detect')).toMatch(/^anomaly_incidents/m);
    expect(of('detect')).toMatch(/^told in ordinary life: 0$/m);
  });

  it('tells a receiver of a scan within seconds, and the report of both attacks', () => {
    expect(Number(found('attack', /^told after ([\d.]+) s$/m))).toBeLessThan(30);
    expect(of('attack')).toMatch(/^\[(HIGH|MEDIUM)\] .*10\.99\.0\.13/m);
  });

  it('keeps back what is allowed, and nothing beside it', () => {
    expect(of('allow the scanner')).toMatch(/kept back [1-9]\d* incident/);
    const told = of('allow the scanner')
      .split('\n')
      .filter((line) => /^\[(HIGH|MEDIUM|LOW)\]/.test(line));
    expect(told.length).toBeGreaterThan(0);
    for (const line of told) expect(line).not.toContain('many ports');
  });

  it('does not go over by itself to a model that learned the attack, and does by the command that it prints', () => {
    expect(of('learn anew')).toMatch(/^exit 4$/m);
    expect(of('learn anew')).toMatch(/^anomaly train --use default\./m);
    expect(of('learn anew')).toMatch(/^from now on model default .*open incidents go on/m);
    const models = of('go back');
    expect(models.match(/^\*?.*default\./gm)?.length).toBeGreaterThan(1);
  });

  it('loses no incident when it is killed, says so, and counts on', () => {
    const [, before, after] = /^lines (\d+) and (\d+)$/m.exec(of('killed')) ?? [];
    expect(Number(before)).toBeGreaterThan(0);
    expect(Number(after)).toBeGreaterThanOrEqual(Number(before));
    expect(of('killed')).toContain('the run before');
    expect(of('killed')).toContain('numbers go on');
  });

  it('ends well, with reports that only their owner reads', () => {
    expect(of('report')).toMatch(/^exit 0$/m);
    expect(of('report')).toMatch(/^incidents\.jsonl$/m);
    expect(of('report')).not.toMatch(/^\/var\/lib/m);
  });
});
