/** What is captured and how: the options of a live capture, and what its processes tell each other. */
import type { ErrorCode } from '../../base/errors.js';
import type { TargetUser } from '../../base/privileges.js';

export type DriverName = 'cap' | 'tcpdump';

export interface LiveOptions {
  /** default: the default route's */
  interface?: string | undefined;
  /** BPF expression as in pcap-filter(7) */
  filter?: string | undefined;
  /** bytes kept of each packet; default all */
  snaplen?: number | undefined;
  /** default true; false only with tcpdump, for `cap` is always promiscuous */
  promiscuous?: boolean | undefined;
  /** `auto`: cap where it loads and may capture, else tcpdump */
  driver: 'auto' | DriverName;
  /** run as this user once the capture is open; default SUDO_UID and SUDO_GID; only root can */
  user?: string | undefined;
  /** end after exactly so many packets */
  count?: number | undefined;
  /** records describe the innermost packets of tunnels; `filter` looks at the outermost ones all the same */
  inner?: boolean | undefined;
  /** hears, in one line each, what the owner should know at once: interrupted, going on, still root */
  notice?: ((line: string) => void) | undefined;
}

/** What a driver is told. */
export interface DriverOptions {
  readonly interface: string;
  readonly filter: string;
  readonly snaplen: number;
  readonly promiscuous: boolean;
  /** size of the kernel's packet buffer */
  readonly ringBytes: number;
  /** whom the driver becomes after opening the interface; undefined: stays who it is, who may be that user already */
  readonly user?: TargetUser | undefined;
}

/**
 * What the keeper needs to know of a driver: a program that writes a pcap stream to standard output, says on standard
 * error "listening on …" once the interface is open, and what is wrong otherwise.
 */
export interface Driver {
  readonly name: DriverName;
  /** program and arguments */
  command(options: DriverOptions): readonly [program: string, ...args: string[]];
  /** whether `words` say that the driver itself is not installed (besides the program not being found) */
  isMissing(words: string): boolean;
  /** how it is asked to end; undefined: by the end of its standard input */
  readonly stopSignal: 'SIGPIPE' | undefined;
  /** whether SIGUSR1 makes it print statistics */
  readonly countsDrops: boolean;
}

/** What the keeper process is told, once, when it is started. */
export interface KeeperOptions extends DriverOptions {
  /** UNIX socket (or named pipe) on which the parent waits for one connection a driver run */
  readonly socket: string;
  /** tried in this order until one opens the interface */
  readonly drivers: readonly DriverName[];
}

/** Packets as the driver counts them. `received` passed the filter: captured, dropped or still in the kernel's buffer. */
export interface DriverStats {
  readonly captured: number;
  readonly received: number;
  readonly dropped: number;
}

/** What the keeper tells the parent, one line of JSON each. Statistics count from the driver's last start. */
export type KeeperEvent =
  /** once a second */
  | { readonly event: 'alive' }
  | { readonly event: 'open'; readonly driver: DriverName; readonly interface: string }
  | { readonly event: 'stats'; readonly stats: DriverStats }
  /** `stats` are final where the driver could still tell them; `idleMs`: so long before its end it took no packets any more */
  | {
      readonly event: 'end';
      readonly reason: string;
      readonly stats?: DriverStats | undefined;
      readonly idleMs?: number;
    }
  | { readonly event: 'failed'; readonly code: ErrorCode; readonly message: string };
