/** The service of the Debian package tells a receiver of incidents, by the drop-in that the package brings; the journal and syslog get priorities. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { Host, hostsObstacle, packWith } from './hosts.ts';

const SCRIPT = fileURLToPath(new URL('notify.sh', import.meta.url));
/** s; it takes a minute on two quiet cores */
const LIMIT = 300;

describe.skipIf(hostsObstacle)('the service', () => {
  let parts: Map<string, string[]>;
  const lines = (name: string): string[] => parts.get(name) ?? [`there is no part ${name}`];

  beforeAll(() => {
    const folder = mkdtempSync(join(tmpdir(), 'anomaly-deb-'));
    const host = Host.with('trixie', 'nodejs', 'tcpdump', 'tcpreplay', 'rsyslog').copy();
    try {
      packWith('run', '--silent', 'deb', '--', '--to', folder);
      host.put(
        readdirSync(folder).map((name) => join(folder, name)),
        '/stage',
      );
      const { text } = host.boot(SCRIPT, LIMIT);
      if (process.env.HOSTS_SHOW) console.log(text);
      const named = text
        .split(/^@@ /m)
        .slice(1)
        .map((part): [string, string[]] => {
          const [name = '', ...rest] = part.split('\n');
          return [name, rest.filter(Boolean)];
        });
      parts = new Map(named);
    } finally {
      host.remove();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('tells a receiver by the drop-in, with an address that it has from the service manager', () => {
    const got = lines('told');
    // which of the attacks comes first depends on how fast they are replayed
    for (const line of got)
      expect(line).toMatch(/^\/services\/S3CRET \{"text":"\[(MEDIUM|HIGH|now HIGH|HIGH, now known as)\] /);
    expect(got.length).toBeGreaterThan(0);
  });

  it('runs a program as its own user', () => {
    expect(lines('told by a program')).toContain('opened high anomaly');
  });

  it('shows its secret nowhere', () => {
    expect(lines('secrets')).toEqual(['0']);
  });

  it('has the priority of each line in the journal, and in a syslog behind it', () => {
    const high = / high #\d+ opened: /;
    expect(lines('errors').length).toBeGreaterThan(0);
    for (const line of lines('errors')) expect(line).toMatch(/^\d{4}-.* high #\d+ /);
    expect(lines('warnings')).toContainEqual(
      expect.stringMatching(/^warning: notify alertmanager 127\.0\.0\.1:1: ECONNREFUSED; incidents wait/),
    );
    expect(lines('warnings')).toEqual(expect.arrayContaining(lines('errors')));
    expect(lines('information')).toContainEqual(expect.stringMatching(/^capturing on near/));
    expect(lines('information').filter((line) => high.test(line))).toEqual([]);
    const syslog = lines('syslog').map((line) => line.replace(/ +/, ' '));
    expect(syslog).toContainEqual(expect.stringMatching(/^err \d{4}-.* high #\d+ opened: /));
    expect(syslog).toContainEqual(expect.stringMatching(/^info capturing on near/));
    expect(syslog).toContainEqual(expect.stringMatching(/^warning warning: notify alertmanager/));
  });
});
