/**
 * The sockets that NATS's client makes for us. It leaves one open for ever where a server takes the connection and says nothing, and it
 * keeps all that comes on it: such a hub, hung or an enemy's, would fill our memory and our limit of open files, and keep the process
 * from ending. The client shows its sockets to nobody, so Node tells us of them.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/** How often it is looked at what has come; a gigabit a second brings 12 MB meanwhile. */
const LOOK_MS = 100;
/**
 * Bytes before a connection is made. A server introduces itself in 500 bytes, in some thousand where it names a large cluster; and the
 * client looks through all that came again for each piece that comes, which takes a processor for itself from a megabyte on.
 */
const INTRODUCTION = 64 << 10;

const current = new AsyncLocalStorage<OwnSockets>();
let isListening = false;
let connecting = 0;

/** What Node tells of each socket of this process when it begins to connect. */
interface Made {
  readonly socket: Socket;
}

export class OwnSockets {
  private readonly sockets = new Set<Socket>();
  private timer: NodeJS.Timeout | undefined;
  private read = 0;
  private allowed = INTRODUCTION;
  private isMade = false;
  private lookedMs = performance.now();
  private isOver = false;
  private tooMuch = false;

  /** @param mostPerSecond bytes that may come a second, once a connection is made */
  constructor(private readonly mostPerSecond: number) {
    if (!isListening) subscribe('net.client.socket', (message) => current.getStore()?.add(message as Made));
    isListening = true;
  }

  /** More came than anybody asked for, and they were closed. */
  get flooded(): boolean {
    return this.tooMuch;
  }

  /** Makes a connection, whose sockets are ours. */
  async during<T>(connect: () => Promise<T>): Promise<T> {
    this.timer ??= setInterval(() => this.look(), LOOK_MS).unref();
    connecting++;
    try {
      const made = await current.run(this, connect);
      this.isMade = true;
      return made;
    } finally {
      // it costs every promise of the process a little
      if (--connecting === 0) current.disable();
    }
  }

  /** Closes them without a word. Idempotent. */
  destroy(): void {
    this.isOver = true;
    clearInterval(this.timer);
    for (const socket of this.sockets) socket.destroy();
  }

  private add({ socket }: Made): void {
    this.sockets.add(socket);
    // its host's name was looked up for too long
    if (this.isOver) socket.destroy();
  }

  private look(): void {
    const [before, beforeMs] = [this.read, this.lookedMs];
    this.read = [...this.sockets].reduce((sum, { bytesRead }) => sum + bytesRead, 0);
    this.lookedMs = performance.now();
    const more = this.isMade ? ((this.lookedMs - beforeMs) / 1000) * this.mostPerSecond : 0;
    this.allowed = Math.min(this.mostPerSecond, this.allowed + more) - (this.read - before);
    if (this.allowed >= 0) return;
    this.tooMuch = true;
    this.destroy();
  }
}
