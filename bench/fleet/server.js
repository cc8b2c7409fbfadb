/** A nats-server with JetStream on loopback for a benchmark, and what it costs as the system sees it. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const READY_MS = 30_000;

export class HubServer {
  /** @param folder of its own, for configuration and store; it is made */
  static async start(folder) {
    mkdirSync(folder, { recursive: true });
    const config = join(folder, 'server.conf');
    writeFileSync(config, `listen: "127.0.0.1:-1"\njetstream { store_dir: "${join(folder, 'store')}" }\n`, {
      mode: 0o600,
    });
    const child = spawn('nats-server', ['-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    const said = await new Promise((resolve, reject) => {
      let text = '';
      const late = setTimeout(() => reject(new Error(`nats-server is not ready:\n${text}`)), READY_MS);
      child.on('error', reject).on('exit', () => reject(new Error(`nats-server ended:\n${text}`)));
      child.stderr.setEncoding('utf8').on('data', (more) => {
        text += more;
        if (!/Server is ready/.test(text)) return;
        clearTimeout(late);
        resolve(text);
      });
    });
    child.removeAllListeners('exit');
    const port = Number(/client connections on 127\.0\.0\.1:(\d+)/.exec(said)[1]);
    const [, version] = /Version:\s+(\S+)/.exec(said) ?? [];
    return Object.assign(new HubServer(), { child, port, version, url: `nats://127.0.0.1:${port}` });
  }

  /** resident bytes */
  get resident() {
    return residentOf(this.child.pid);
  }

  async end() {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await gone;
  }
}

/** Resident bytes of a process now, or with `VmHWM` at its peak. */
export function residentOf(pid, field = 'VmRSS') {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return 1024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)[1]);
}

/** Processor time of a process so far, in s. */
export function processorOf(pid) {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13).map(Number);
  // Linux counts in hundredths of a second for every program (USER_HZ)
  return (user + system) / 100;
}
