/** What a long-running command is told by signals. */

export interface SignalHandlers {
  /** Ctrl+C or SIGTERM for the first time: finish */
  onStop(): void;
  /** for the second time: end at once */
  onInterrupt(): void;
  /** SIGHUP: files were moved away, begin new ones */
  onReopen(): void;
  /** SIGUSR1: say how it stands */
  onReport(): void;
}

/** @returns removes the handlers again */
export function handleSignals(handlers: SignalHandlers): () => void {
  let stops = 0;
  const stop = (): void => {
    stops++;
    if (stops === 1) handlers.onStop();
    else handlers.onInterrupt();
  };
  const table: [NodeJS.Signals, () => void][] = [
    ['SIGINT', stop],
    ['SIGTERM', stop],
  ];
  // Windows has neither, and closes the console window with SIGHUP
  if (process.platform !== 'win32') {
    table.push(['SIGHUP', () => handlers.onReopen()], ['SIGUSR1', () => handlers.onReport()]);
  }
  for (const [signal, handler] of table) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of table) process.off(signal, handler);
  };
}
