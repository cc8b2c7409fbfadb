/** The Debian package on Debian hosts: installed by dpkg, its service run by systemd, upgraded, removed, purged. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Host, hostsObstacle, Parts, packWith, RECOMMENDED, ROOT } from './hosts.ts';

const SCRIPT = fileURLToPath(new URL('life-of-a-package.sh', import.meta.url));
/** s; a life takes half a minute on two quiet cores */
const LIMIT = 300;

describe.skipIf(hostsObstacle)('the Debian package', () => {
  let folder: string;
  /** the package, and the same with a higher version */
  let packages: string[];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'anomaly-deb-'));
    for (const revision of ['1', '2']) {
      packWith('run', '--silent', 'deb', '--', '--revision', revision, '--to', folder);
    }
    packages = readdirSync(folder)
      .sort()
      .map((name) => join(folder, name));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  describe('as a file', () => {
    let files: string;
    const dpkg = (...args: string[]): string => execFileSync('dpkg-deb', args, { encoding: 'utf8' });
    const listing = (path: string): string[] => dpkg('--contents', path).split('\n').filter(Boolean);

    beforeAll(() => {
      files = join(folder, 'files');
      dpkg('--extract', packages[0], files);
    });

    it('belongs to root, and nobody else may write what it holds', () => {
      for (const line of listing(packages[0])) expect(line).toMatch(/^(l|[-d]rw[x-]r-[x-]r-[x-]) *\S* root\/root /);
    });

    it('is the same, byte by byte, but for its version', () => {
      const sums = packages.map((path) => dpkg('--info', path, 'md5sums').split('\n'));
      const differ = sums[0].filter((line) => !sums[1].includes(line));
      expect(differ.map((line) => line.split('  ')[1])).toEqual(['usr/share/doc/anomaly/changelog.Debian.gz']);
      // modes, times and order
      const [first, second] = packages.map((path) =>
        listing(path).filter((line) => !line.includes('changelog.Debian')),
      );
      expect(first).toEqual(second);
    });

    it('has pages whose links hold where Debian has documentation', () => {
      const docs = join(files, 'usr/share/doc/anomaly');
      const pages = readdirSync(docs, { recursive: true, encoding: 'utf8' })
        .concat(readdirSync(join(docs, 'docs')).map((name) => `docs/${name}`))
        .filter((name) => name.endsWith('.md'));
      expect(pages.length).toBeGreaterThan(10);
      for (const page of pages) {
        for (const [link, path] of readFileSync(join(docs, page), 'utf8').matchAll(/\]\((?!https?:)([^)#\s]+)/g)) {
          expect(existsSync(join(docs, dirname(page), path)), `${page}: ${link}`).toBe(true);
        }
      }
    });

    it("has none of npm's own books, which name where packages came from", () => {
      const names = readdirSync(join(files, 'usr/lib/anomaly'), { recursive: true, encoding: 'utf8' });
      expect(names.filter((name) => /(^|\/)\.|shrinkwrap/.test(name))).toEqual([]);
    });
  });

  describe('on Debian 13', () => {
    let host: Host;
    let unbooted: Parts;
    let booted: Parts;

    beforeAll(() => {
      host = Host.with('trixie', 'nodejs', 'tcpdump', 'tcpreplay', 'man-db', 'bash-completion', ...RECOMMENDED).copy();
      host.put([...packages, SCRIPT], '/stage');
      unbooted = new Parts(host.chroot('bash', '/stage/life-of-a-package.sh').text);
      booted = new Parts(host.boot(SCRIPT, LIMIT).text);
    });
    afterAll(() => host.remove());

    it('is installed, runs and is purged where no systemd runs, and leaves nothing', () => {
      expect(unbooted.lines('program')).toEqual([JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version]);
      expect(unbooted.of('left over')).toBe('');
    });

    it('is installed with a user of its own, page and completions, and with the service off', () => {
      const [state, id, home, page, completion] = booted.lines('after install');
      expect(state).toBe('disabled inactive');
      expect(id).toMatch(/^uid=\d+\(anomaly\) gid=\d+\(anomaly\) groups=\d+\(anomaly\)$/);
      expect(home).toBe('drwx------ anomaly:anomaly /var/lib/anomaly');
      expect(page).toBe('/usr/share/man/man1/anomaly.1.gz');
      expect(completion).toBe('complete -o filenames -F _anomaly anomaly');
    });

    it('does not start its service before there is a model', () => {
      expect(booted.of('start without a model')).toMatch(
        /^disabled failed\n *Status: "models\/default: no model there; /m,
      );
      expect(booted.of('learn')).toContain('model: models/default');
      expect(booted.lines('start').at(-1)).toBe('enabled active');
    });

    it('captures as that user, with the right to capture and no other', () => {
      const processes = booted.lines('processes of the user');
      expect(processes.map((line) => /detect|keeper\.js|capture\.js/.exec(line)?.[0])).toEqual([
        'detect',
        'keeper.js',
        'capture.js',
      ]);
      const rights = /^Uid (\d+) \1 \1 \1 Gid (\d+) \2 \2 \2 CapEff 0{12}2000 CapBnd 0{12}2000 NoNewPrivs 1 /;
      for (const line of processes) expect(line).toMatch(rights);
      expect(Number(/level for anomaly.service: ([\d.]+)/.exec(booted.of('security'))?.[1])).toBeLessThanOrEqual(2);
    });

    it('reports what happened on the wire when it is reloaded', () => {
      expect(booted.of('traffic')).toMatch(/Successful packets: +[1-9]/);
      const report = booted.of('reload');
      expect(report).toContain('600 anomaly reports/report.txt\n');
      expect(report).toMatch(/^\d+ incidents? .* in [\d,]+ packets/m);
      expect(report).toMatch(/^\[HIGH\] +#1 10\.20\.0\.66 /m);
    });

    it('runs again after an upgrade, with the same model and options, and keeps the reports', () => {
      const [state, version] = booted.lines('upgrade').slice(-2);
      expect(state).toBe('enabled active');
      expect(version).toMatch(/^anomaly\t.*-2$/);
      expect(Number(/away for (\d+) ms/.exec(booted.of('upgrade'))?.[1])).toBeLessThan(30_000);
      const kept = booted.of('kept by the upgrade');
      expect(kept).not.toContain('FAILED');
      expect(kept.match(/models\/default\/\S+: OK/g)?.length).toBeGreaterThan(2);
      expect(kept).toContain('ANOMALY_OPTIONS="-i near"');
      for (const kind of ['txt', 'html']) {
        expect(kept).toMatch(new RegExp(`^600 anomaly reports/report-\\d{8}T\\d{6}Z\\.${kind}$`, 'm'));
      }
      expect(kept).toContain('600 anomaly reports/incidents.jsonl\n');
      const count = (part: string): number => Number(/ in ([\d,]+) packets/.exec(part)?.[1].replaceAll(',', ''));
      expect(count(kept)).toBeGreaterThanOrEqual(count(booted.of('reload')));
    });

    it('comes back when it is killed, and captures through tcpdump where npm cap does not load', () => {
      const [state, ...processes] = booted.lines('killed, and without npm cap');
      expect(state).toBe('enabled active');
      expect(processes.at(-1)).toMatch(/CapEff 0{12}2000 .* tcpdump -i near /);
    });

    it('lets root record as that user, who learns from it', () => {
      const recorded = booted.of('sniff');
      expect(recorded).toMatch(/= written 500 /);
      expect(recorded.match(/^600 anomaly data\/packets-/gm)).toHaveLength(2);
    });

    it('leaves model and reports when it is removed, and nothing when it is purged', () => {
      const removed = booted.lines('remove');
      expect(removed).toContain('not-found inactive');
      expect(removed.filter((line) => line.startsWith('/etc/systemd'))).toEqual([]);
      expect(removed).toEqual(expect.arrayContaining(['default', 'report.txt']));
      expect(booted.of('purge')).not.toMatch(/^ *anomaly\.service/m);
      expect(booted.of('left over')).toBe('');
    });
  });

  it('is refused by Debian 12, whose Node is too old', () => {
    const host = Host.with('bookworm', 'nodejs').copy();
    onTestFinished(() => host.remove());
    const [place] = host.put(packages.slice(0, 1), '/tmp');
    const { text, code } = host.chroot('dpkg', '--force-unsafe-io', '--install', place);
    expect(code).toBe(1);
    expect(text).toMatch(/anomaly depends on nodejs \(>= 20\); however:\n *Version of nodejs on system is 18\./);
  });
});
