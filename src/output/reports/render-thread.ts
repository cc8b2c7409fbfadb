/** Renders reports in a thread of its own, so that nobody waits for a page of 10,000 incidents. */
import { parentPort } from 'node:worker_threads';
import { AnomalyError } from '../../base/errors.js';
import { replaceFile } from '../../base/new-file.js';
import type { Incident } from '../../detect/incident.js';
import { render } from '../report-kinds.js';
import { type FromThread, type PackedIncident, type ToThread, unpack } from './render-messages.js';

let incidents: Incident[] = [];

async function write(message: Extract<ToThread, { type: 'write' }>): Promise<FromThread> {
  const started = performance.now();
  const failures: { path: string; code: string; message: string }[] = [];
  for (const { path, earlier } of message.files) {
    try {
      const content = await render(path, { ...message.rest, incidents, earlier });
      if (content !== undefined) await replaceFile(path, content);
    } catch (error) {
      const code = error instanceof AnomalyError ? error.code : 'UNEXPECTED';
      failures.push({ path, code, message: error instanceof Error ? error.message : String(error) });
    }
  }
  return { tookMs: performance.now() - started, failures };
}

parentPort?.on('message', (message: ToThread) => {
  if (message.type === 'incidents') {
    for (const packed of message.incidents as readonly PackedIncident[]) incidents.push(unpack(packed));
    return;
  }
  write(message).then((answer) => {
    incidents = [];
    parentPort?.postMessage(answer);
  });
});
