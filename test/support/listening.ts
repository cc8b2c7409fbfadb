/** `detect --listen` on standard input, into which the bundled recording is played. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished } from 'vitest';
import { bin, folder, sample } from './program.js';
import { trained } from './trained.js';

/** A run that reads what is written to it; ends with the test. */
export async function listening(more: readonly string[] = ['--listen', '127.0.0.1:0']) {
  const { modelDir } = await trained();
  const cwd = folder();
  const args = ['detect', '-r', '-', '--model', modelDir, '--out', 'r.html', ...more];
  const child = spawn(process.execPath, [bin, ...args], { cwd, stdio: ['pipe', 'ignore', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const over = new Promise<number | null>((resolve) => child.on('close', resolve));
  const capture = gunzipSync(readFileSync(sample('mixed.pcap.gz')));
  let written = 0;
  /** Plays the recording up to a part of it (0..1), slowly enough for readers to see it grow. */
  const playTo = async (part: number): Promise<void> => {
    const end = Math.round(capture.length * part);
    for (const step = Math.ceil(capture.length / 60); written < end; ) {
      const next = Math.min(end, written + step);
      if (!child.stdin.write(capture.subarray(written, next))) await new Promise((r) => child.stdin.once('drain', r));
      written = next;
      await sleep(50);
    }
  };
  await playTo(0.02);
  await expect.poll(() => /http:\/\/\S+(?=;)/.exec(stderr)?.[0], { timeout: 60_000 }).toBeDefined();
  const url = /http:\/\/\S+(?=;)/.exec(stderr)?.[0] as string;
  return { child, url, playTo, over, report: join(cwd, 'r.html'), stderr: () => stderr };
}
