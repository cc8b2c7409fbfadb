import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  balanceOf,
  childrenOf,
  isAlive,
  liveObstacle,
  Network,
  readTable,
  until,
  writeSample,
} from '../support/live.ts';

const NOBODY = 65534;
/** the set with this one capability */
const CAP_NET_RAW = 1 << 13;
/** with CAP_DAC_READ_SEARCH, CAP_KILL, CAP_SETGID and CAP_SETUID */
const CAPTURES_AS_ROOT = CAP_NET_RAW | (1 << 2) | (1 << 5) | (1 << 6) | (1 << 7);

/** Lines of /proc/PID/status by name, cells as numbers. */
function status(pid: number, name: string): number[] {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${name}:`)) as string;
  return line
    .slice(name.length + 1)
    .trim()
    .split(/\s+/)
    .filter(Boolean)
    .map((text) => Number.parseInt(text, name.startsWith('Cap') ? 16 : 10));
}

/** A process and all below it. */
function descendants(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(descendants)];
}

function expectNobody(pid: number): void {
  for (const who of ['Uid', 'Gid']) expect(status(pid, who)).toEqual([NOBODY, NOBODY, NOBODY, NOBODY]);
  expect(status(pid, 'Groups').filter((group) => group !== NOBODY)).toEqual([]);
}

function expectNoRights(pid: number): void {
  expectNobody(pid);
  for (const set of ['CapEff', 'CapPrm', 'CapInh', 'CapAmb']) expect(status(pid, set)).toEqual([0]);
}

/** And none to be had, by whatever it starts. */
function expectOnlyCapture(pid: number): void {
  expectNobody(pid);
  for (const set of ['CapEff', 'CapPrm', 'CapBnd']) expect(status(pid, set)).toEqual([CAP_NET_RAW]);
  expect(status(pid, 'NoNewPrivs')).toEqual([1]);
}

const niceOf = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[16]);

describe.skipIf(liveObstacle)('the rights of a capture that root started', () => {
  let network: Network;
  let sample: string;

  beforeEach(() => {
    network = new Network();
    chmodSync(network.folder, 0o777);
    sample = network.file('sample.pcap');
    writeSample(sample, 500);
  });
  afterEach(() => network.close());

  it.each(['cap', 'tcpdump'])(
    'are given up before a packet is read, by driver %s too, and restarts still work',
    async (driver) => {
      const args = ['sniff', '-i', 'near', '--driver', driver, '--user', 'nobody', '--out', 'live.csv'];
      const sniff = network.anomaly(args);
      await sniff.capturing();
      expectNoRights(sniff.pid);
      const first = sniff.driver as number;
      for (const pid of [sniff.keeper as number, first]) {
        expectOnlyCapture(pid);
        expect(niceOf(pid)).toBe(-10);
      }
      network.play(sample, 1000);
      await network.rows('live.csv', 500);

      process.kill(first, 'SIGKILL');
      await sniff.says(/capturing again on near; a gap of [\d.]+ s is recorded/);
      const second = sniff.driver as number;
      expect(second).not.toBe(first);
      expectOnlyCapture(second);
      expect(niceOf(second)).toBe(-10);
      network.play(sample, 1000);
      await network.rows('live.csv', 1000);

      const keeper = sniff.keeper as number;
      expect((await sniff.interrupt()).code).toBe(0);
      expect(sniff.stderr).toMatch(/gaps: 1 stretch of .* in all/);
      expect(sniff.stderr).toContain('the capture process was killed (SIGKILL)');
      expect(balanceOf(sniff.stderr).written).toBe(1000);
      expect(readTable(network.file('live.csv')).rows.length).toBe(1000);
      expect(statSync(network.file('live.csv'))).toMatchObject({ uid: NOBODY, gid: NOBODY });
      await until(() => !isAlive(keeper), 'the end of the keeper');
    },
  );

  it('go to whom sudo names', async () => {
    const env = { SUDO_UID: String(NOBODY), SUDO_GID: String(NOBODY), SUDO_USER: 'nobody' };
    const sniff = network.anomaly(['sniff', '-i', 'near', '--out', 'live.csv'], { env });
    await sniff.capturing();
    expectNoRights(sniff.pid);
    expect((await sniff.interrupt()).code).toBe(0);
    expect(sniff.stderr).not.toContain('running as root');
  });

  /** Node's answer to the io_uring of its libuv, and Debian's Node's answer always: nobody changes a user. */
  const FIXED_USER = { UV_USE_IO_URING: '1' };

  it.each(['cap', 'tcpdump'])(
    'are but the right to capture where this Node cannot change its user, with driver %s',
    async (driver) => {
      const args = ['sniff', '-i', 'near', '--driver', driver, '--user', 'nobody', '--out', 'live.csv'];
      const sniff = network.anomaly(args, { env: FIXED_USER });
      await sniff.capturing();
      const [program = 0] = childrenOf(sniff.pid);
      const [keeper = 0] = childrenOf(program);
      for (const pid of [program, keeper, childrenOf(keeper)[0] ?? 0]) expectOnlyCapture(pid);
      network.play(sample, 1000);
      await network.rows('live.csv', 500);
      expect((await sniff.interrupt()).code).toBe(0);
      expect(balanceOf(sniff.stderr).written).toBe(500);
      expect(statSync(network.file('live.csv'))).toMatchObject({ uid: NOBODY, gid: NOBODY });
      await until(() => !isAlive(program) && !isAlive(keeper), 'the end of the other processes');
    },
  );

  it('end, the file complete, with the process that root started, where another does the work', async () => {
    const sniff = network.anomaly(['sniff', '-i', 'near', '--user', 'nobody', '--out', 'live.csv'], {
      env: FIXED_USER,
    });
    await sniff.capturing();
    const [program = 0] = childrenOf(sniff.pid);
    network.play(sample, 1000);
    await network.rows('live.csv', 500);
    sniff.signal('SIGKILL');
    await until(() => !isAlive(program), 'the end of the program');
    expect(readTable(network.file('live.csv')).rows.length).toBe(500);
  });

  /** As a service manager with KillMode=control-group does: each process of the service at once. */
  it.each([
    ['cap', {}],
    ['tcpdump', {}],
    ['cap', FIXED_USER],
    ['tcpdump', FIXED_USER],
  ] as const)('end in order when each process gets the signal, with driver %s, %o', async (driver, env) => {
    const args = ['sniff', '-i', 'near', '--driver', driver, '--user', 'nobody', '--out', 'live.csv'];
    const sniff = network.anomaly(args, { env });
    await sniff.capturing();
    network.play(sample, 2000);
    const all = descendants(sniff.pid);
    expect(all.length).toBe(env === FIXED_USER ? 4 : 3);
    for (const pid of all) process.kill(pid, 'SIGTERM');
    expect(await sniff.ended).toEqual({ code: 0, signal: null });
    expect(balanceOf(sniff.stderr)).toMatchObject({ received: 500, written: 500 });
    expect(sniff.stderr).not.toMatch(/gap|killed/);
    await until(() => !all.some(isAlive), 'the end of the other processes');
  });

  it('end at once by a second signal to each process', async () => {
    const sniff = network.anomaly(['sniff', '-i', 'near', '--user', 'nobody', '--out', 'live.csv'], {
      env: FIXED_USER,
    });
    await sniff.capturing();
    const all = descendants(sniff.pid);
    // who does not answer, so that the end in order is not over before the second signal
    process.kill(all.at(-1) as number, 'SIGSTOP');
    for (let k = 0; k < 2; k++) {
      for (const pid of all.filter(isAlive)) process.kill(pid, 'SIGTERM');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect((await sniff.ended).code).toBe(130);
  });

  it('are not kept in silence by a program that uses the library on such a Node', () => {
    const library = new URL('../../dist/index.js', import.meta.url).href;
    const program = `import { openInterface } from '${library}';
      openInterface({ interface: 'lo', driver: 'auto', user: 'nobody' }).catch((e) => console.log(e.exitCode, e.message));`;
    const said = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
      env: { ...process.env, ...FIXED_USER },
      encoding: 'utf8',
    });
    expect(said).toMatch(/^77 this Node cannot give up root's rights: start it as nobody .*"setpriv --reuid=65534 /);
  });

  it('end with the keeper, the file complete, where nobody may start another', async () => {
    const sniff = network.anomaly(['sniff', '-i', 'near', '--user', 'nobody', '--out', 'live.csv']);
    await sniff.capturing();
    network.play(sample, 1000);
    await network.rows('live.csv', 500);
    process.kill(sniff.keeper as number, 'SIGKILL');
    expect((await sniff.ended).code).toBe(69);
    expect(sniff.stderr).toContain('the process that keeps the capture was killed');
    expect(readTable(network.file('live.csv')).rows.length).toBe(500);
  });

  it('are kept, and it is said, where nobody was named; then a killed keeper is replaced', async () => {
    const sniff = network.anomaly(['sniff', '-i', 'near', '--out', 'live.csv'], { env: { SUDO_UID: undefined } });
    await sniff.capturing();
    expect(sniff.stderr).toContain('running as root, for nobody else was named');
    // root's name, and few of its rights, none of which the program that reads packets needs
    for (const set of ['CapEff', 'CapPrm', 'CapBnd'])
      expect(status(sniff.keeper as number, set)).toEqual([CAPTURES_AS_ROOT]);
    expect(status(sniff.keeper as number, 'NoNewPrivs')).toEqual([1]);
    process.kill(sniff.keeper as number, 'SIGKILL');
    await sniff.says(/capturing again on near/);
    network.play(sample, 1000);
    expect((await sniff.interrupt()).code).toBe(0);
    expect(readTable(network.file('live.csv')).rows.length).toBe(500);
  });
});
