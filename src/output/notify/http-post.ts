/**
 * One HTTP POST after another over a connection that is kept: measured at a fifth of the CPU time of fetch. Whatever the other
 * side does, each ends in its time, with an answer or with an error.
 */
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Message } from '../../report/notify/news.js';

export interface Answer {
  readonly status: number;
  /** what Retry-After and Location say; empty where they are absent */
  readonly retryAfter: string;
  readonly location: string;
  /** the first bytes of the body, as they came */
  readonly text: string;
}

/** Bytes of a body that are kept: more than any receiver's own error takes. */
const KEPT = 2048;
/** Bytes of a body that are read, so that the connection can be used again; of a longer one it is closed. */
const READ = 65_536;

export class HttpPost {
  private readonly agent: HttpAgent | HttpsAgent;
  private readonly start: (headers: Readonly<Record<string, string>>) => ClientRequest;

  /** Redirects are not followed. */
  constructor(url: URL) {
    const secure = url.protocol === 'https:';
    const kept = { keepAlive: true, maxSockets: 1 };
    const agent = secure ? new HttpsAgent(kept) : new HttpAgent(kept);
    this.agent = agent;
    const send = secure ? httpsRequest : httpRequest;
    this.start = (headers) => send(url, { method: 'POST', headers, agent });
  }

  /**
   * Rejects with the system's error, or with "no answer in time" after `timeoutMs`, or when `signal` says so. An answer whose
   * head has come is one, whatever becomes of its body: the receiver has decided.
   */
  async post({ headers, body }: Message, timeoutMs: number, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    const request = this.start({ ...headers, 'content-length': String(Buffer.byteLength(body)) });
    const stop = (): unknown => request.destroy(new Error('the run ended'));
    // of the whole exchange: a receiver that drips a byte a second must not hold the queue
    const timer = setTimeout(() => request.destroy(new Error('no answer in time')), timeoutMs);
    signal.addEventListener('abort', stop);
    try {
      return await new Promise<Answer>((resolve, reject) => {
        listen(request, resolve, reject);
        request.end(body);
      });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }

  close(): void {
    this.agent.destroy();
  }
}

function listen(request: ClientRequest, resolve: (answer: Answer) => void, reject: (error: Error) => void): void {
  let answer: Answer | undefined;
  const settle = (error: Error): void => (answer ? resolve(answer) : reject(error));
  request.on('response', (response) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const head = headOf(response);
    answer = head;
    const end = (): void => resolve({ ...head, text: Buffer.concat(chunks).subarray(0, KEPT).toString() });
    response.on('data', (chunk: Buffer) => {
      if (bytes < KEPT) chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > READ) request.destroy();
    });
    // also where it was cut off
    for (const event of ['end', 'error', 'close']) response.on(event, end);
  });
  // 101: without a listener node drops the connection, and nothing more is heard of it
  request.on('upgrade', (response, socket) => {
    socket.destroy();
    resolve(headOf(response));
  });
  request.on('error', settle);
  request.on('close', () => settle(new Error('the connection was closed without an answer')));
}

function headOf({ statusCode = 0, headers }: IncomingMessage): Answer {
  return { status: statusCode, retryAfter: headers['retry-after'] ?? '', location: headers.location ?? '', text: '' };
}
