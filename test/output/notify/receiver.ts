/** Receivers on loopback, each ended with its test. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly path: string;
  readonly body: string;
}

function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return new Promise((done) =>
    server.listen(0, '127.0.0.1', () => done(`127.0.0.1:${(server.address() as AddressInfo).port}`)),
  );
}

/** Answers by `answer`, else 200; `received` has what came. @returns its host and port */
export async function receiver(
  received: Received[] = [],
  answer: (response: ServerResponse, got: Received, request: IncomingMessage) => void = (response) => response.end(),
): Promise<string> {
  return listen(
    createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        const got = { headers: request.headers, path: request.url ?? '', body };
        received.push(got);
        answer(response, got, request);
      });
    }),
  );
}

/** Answers each request, once its head has come, with what `answer` does with the socket. @returns its host and port */
export function rawReceiver(answer: (socket: Socket) => void): Promise<string> {
  return listen(
    createTcpServer((socket) => {
      socket.once('data', () => answer(socket));
    }),
  );
}
