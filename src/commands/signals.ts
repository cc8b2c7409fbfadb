/** What a long-running command is told by signals. */
import { EXIT_INTERRUPTED } from '../base/errors.js';

/** What is in work at the second Ctrl+C has so long to clean up. */
const GRACE_MS = 1000;

/** A process that forwards signals sends this one for Ctrl+C and SIGTERM: whether the other came as well can be told so. */
export const FORWARDED_STOP = 'SIGUSR2';

export interface SignalHandlers {
  /** Ctrl+C or SIGTERM for the first time: finish */
  onStop(): void;
  /** for the second time: end at once; whoever does not is ended a second later, or at the third */
  onInterrupt(): void;
  /** SIGHUP: files were moved away, begin new ones */
  onReopen(): void;
  /** SIGUSR1: say how it stands */
  onReport(): void;
}

/** @returns removes the handlers again */
export function handleSignals(handlers: SignalHandlers): () => void {
  let stops = 0;
  /** one wish to stop may come on both ways */
  const came = { directly: 0, forwarded: 0 };
  const stop = (way: keyof typeof came) => (): void => {
    if (++came[way] <= stops) return;
    stops++;
    const end = (): never => process.exit(EXIT_INTERRUPTED);
    if (stops === 1) handlers.onStop();
    else if (stops > 2) end();
    else {
      setTimeout(end, GRACE_MS).unref();
      handlers.onInterrupt();
    }
  };
  const table: [NodeJS.Signals, () => void][] = [
    ['SIGINT', stop('directly')],
    ['SIGTERM', stop('directly')],
  ];
  // Windows has neither, and closes the console window with SIGHUP
  if (process.platform !== 'win32') {
    table.push(
      [FORWARDED_STOP, stop('forwarded')],
      ['SIGHUP', () => handlers.onReopen()],
      ['SIGUSR1', () => handlers.onReport()],
    );
  }
  for (const [signal, handler] of table) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of table) process.off(signal, handler);
  };
}
