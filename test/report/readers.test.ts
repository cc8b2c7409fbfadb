/** Programs that read Suricata's EVE, and are not ours, read our lines. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DetectorEvent } from '../../src/detect/detector-event.js';
import { incidentJson } from '../../src/output/json-lines.js';
import { has, root } from '../support/program.js';
import { facts, hostile, manifold } from './sample.js';

const { peersFolder } = (await import(join(root, 'bench/peers/python.js'))) as { peersFolder: string };
const EVE_LOG = join(peersFolder, 'bin/eve_log');
const FEVER = [join(peersFolder, 'fever/usr/bin/fever')].find(existsSync) ?? (has('fever') ? 'fever' : undefined);
if (!existsSync(EVE_LOG)) console.log('skipped: suricatalog is not installed (.ci/peers)');
if (!FEVER) console.log('skipped: fever is not there (.ci/peers)');
if (!has('jq')) console.log('skipped: jq is not installed');

const TYPES: readonly DetectorEvent['type'][] = ['opened', 'updated', 'closed'];
const lines = [...manifold(), ...hostile(20).incidents].flatMap((incident) =>
  TYPES.map((type) => incidentJson({ type, incident, atUs: incident.lastUs }, facts()).trimEnd()),
);

let dir: string;
const at = (name: string): string => join(dir, name);
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'anomaly-eve-'));
  writeFileSync(at('incidents.jsonl'), `${lines.join('\n')}\n`);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** The programs themselves, without a terminal: what their tables hold once all is loaded. */
const HEADLESS = `
import asyncio, json, sys
from unittest.mock import patch
from textual.app import App
from textual.widgets import DataTable
from suricatalog.scripts import eve_json, eve_log

async def shown(app):
    async with app.run_test(size=(200, 60)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        table = app.query_one(DataTable) if app.query(DataTable) else None
        return [[str(cell) for cell in table.get_row_at(i)] for i in range(table.row_count)] if table else app.loaded

program, *args = sys.argv[1:]
sys.argv = [program, *args]
apps = []
with patch.object(App, 'run', lambda self, *a, **k: apps.append(self)):
    {'eve_log': eve_log, 'eve_json': eve_json}[program].main()
print(json.dumps(asyncio.run(shown(apps[0]))))
`;

function suricatalog(...args: readonly string[]): unknown {
  const said = execFileSync(join(peersFolder, 'bin/python'), ['-c', HEADLESS, ...args], { encoding: 'utf8' });
  return JSON.parse(said);
}

describe.skipIf(!existsSync(EVE_LOG))('suricatalog', () => {
  it('lists every line with eve_log: time, severity, title, protocol and both ends', () => {
    const rows = suricatalog('eve_log', at('incidents.jsonl'));
    const expected = lines.map((line) => {
      const { timestamp, alert, proto, src_ip = '', src_port = '', dest_ip = '', dest_port = '' } = JSON.parse(line);
      const ends = [`${dest_ip}:${dest_port}`, `${src_ip}:${src_port}`];
      return [timestamp, String(alert.severity), alert.signature, proto, ...ends, ''];
    });
    expect(rows).toEqual(expected);
  });

  it('finds no payload and no flow in them with eve_json', () => {
    expect(suricatalog('eve_json', '--payload', at('incidents.jsonl'))).toBe(0);
    expect(suricatalog('eve_json', '--flow', at('incidents.jsonl'))).toEqual([]);
  });
});

describe.skipIf(!FEVER)('fever', () => {
  let fever: ChildProcess;
  let receiver: Server;
  let input: Socket;
  let said = '';
  let received = '';

  beforeAll(async () => {
    receiver = createServer((socket) => {
      socket.setEncoding('utf8').on('data', (text) => {
        received += text;
      });
    }).listen(at('out.sock'));
    await once(receiver, 'listening');
    const sockets = ['--in-socket', at('in.sock'), '--out-socket', at('out.sock'), '--mgmt-socket', at('mgmt.sock')];
    // --dummy: no report leaves it
    const args = ['run', '--config', '/dev/null', '--dummy', '--verbose', '--in-buffer-drop=false', ...sockets];
    fever = spawn(FEVER as string, args, { env: { HOME: dir }, stdio: ['ignore', 'ignore', 'pipe'] });
    fever.stderr?.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
    for (let waited = 0; !existsSync(at('in.sock')) && waited < 20_000; waited += 50) await sleep(50);
    input = connect(at('in.sock'));
    await once(input, 'connect');
  });
  afterAll(async () => {
    input?.destroy();
    if (fever && fever.exitCode === null) {
      fever.kill('SIGKILL');
      await once(fever, 'exit');
    }
    receiver?.close();
  });

  /** It drops what comes in a burst, whatever that is: so each line waits for the one before, and is sent again if need be. */
  async function passesOn(line: string): Promise<boolean> {
    for (let attempt = 0; attempt < 20; attempt++) {
      input.write(`${line}\n`);
      for (let waited = 0; waited < 500; waited += 10) {
        if (received.includes(`${line}\n`)) return true;
        await sleep(10);
      }
    }
    return false;
  }

  it('takes every line as an alert and passes it on as it is, without a word', async () => {
    for (const line of lines) expect(await passesOn(line), line).toBe(true);
    expect(said).not.toMatch(/level=(warning|error|fatal)/);
  }, 60_000);

  it('would have a word for a line of other types', async () => {
    input.write(`${lines[0].replace('"src_port":40112', '"src_port":"x"')}\n`);
    for (let waited = 0; !said.includes('level=warning') && waited < 10_000; waited += 100) await sleep(100);
    expect(said).toMatch(/level=warning .*src_port/);
  });
});

describe.skipIf(!has('jq'))('jq', () => {
  const page = readFileSync(join(root, 'docs/outputs.md'), 'utf8');
  const commands = [...page.matchAll(/^```sh\n((?:.*\n)*?)```$/gm)]
    .flatMap(([, block]) => block.split('\n'))
    .filter((command) => command.includes('jq '));

  it('does what the page says with it', () => {
    expect(commands.length).toBeGreaterThan(2);
    for (const command of commands) {
      const told = execFileSync('bash', ['-ec', `set -o pipefail; ${command}`], { cwd: dir, encoding: 'utf8' });
      expect(told, command).not.toBe('');
    }
  });
});
