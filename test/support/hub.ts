/** A hub as docs/fleet.md says: its own commands, run in a folder of the test, and a real server with the files of service/fleet. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { NatsServer } from './nats-server.js';
import { folder, root } from './program.js';

const HUB = '/etc/anomaly-hub';
const FILES = '/usr/share/anomaly/hub';

/** The commands of a section of the page that are to be pasted, in order. */
export function commandsOf(heading: string): string {
  const page = readFileSync(join(root, 'docs/fleet.md'), 'utf8');
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^( *)```sh\n([\s\S]*?)^\1```$/gm)].map(([, , block = '']) => block).join('');
}

/** What a test leaves out of them: what needs a whole system. */
const OF_THE_SYSTEM = /^\s*(apt-get|systemctl|chown|install (-m 644 nats-server.conf|-D)|nats-server) .*$/gm;

export interface Hub {
  readonly server: NatsServer;
  /** a file of /etc/anomaly-hub */
  readonly file: (name: string) => string;
  /** `tls://localhost:PORT` */
  readonly url: string;
  /** runs commands of the page there, as they are */
  readonly run: (commands: string) => void;
}

/** Keys: sink.nk, web-1.nk, web-2.nk. */
export async function hubOfThePage(): Promise<Hub> {
  const at = join(folder(), 'anomaly-hub');
  mkdirSync(at);
  const here = (text: string): string =>
    text
      .replaceAll(HUB, at)
      .replaceAll(FILES, join(root, 'service/fleet'))
      .replaceAll('hub.example.net', 'localhost')
      .replaceAll('192.0.2.10', '127.0.0.1');
  const run = (commands: string): void => {
    execFileSync('bash', ['-euo', 'pipefail', '-c', here(commands).replace(OF_THE_SYSTEM, '')], {
      cwd: at,
      stdio: 'pipe',
    });
  };
  run(commandsOf('Set up a hub in ten minutes'));
  const config = readFileSync(join(at, 'nats-server.conf'), 'utf8');
  const server = await NatsServer.start(({ listen, store }) =>
    here(config)
      .replace('0.0.0.0:4222', listen)
      .replace('/var/lib/anomaly-hub', store)
      .replace('"anomaly-hub/users.conf"', `"${relative(dirname(store), join(at, 'users.conf'))}"`),
  );
  return { server, file: (name) => join(at, name), url: `tls://localhost:${server.at.port}`, run };
}
