/**
 * The one table of error codes. Every failure that a user can cause or meet ends as an `AnomalyError`:
 * one line that says what happened and what to do, and the process exit code (sysexits.h numbers where one fits).
 */
export const ERRORS = {
  UNEXPECTED: { exit: 1, doc: 'a fault of the program' },
  USAGE: { exit: 2, doc: 'wrong option, argument or combination of them' },
  BAD_DATA: { exit: 65, doc: 'input is damaged or of another kind' },
  BAD_MODEL: { exit: 65, doc: 'model bundle is damaged, foreign or does not match the input' },
  TOO_MANY_FILES: { exit: 71, doc: 'the limit of open files (ulimit -n) is too low' },
  NO_INPUT: { exit: 66, doc: 'input does not exist or cannot be read' },
  INTERFACE: { exit: 69, doc: 'network interface or capture driver unavailable' },
  HUB: { exit: 69, doc: 'the hub does not answer' },
  LISTEN: { exit: 69, doc: 'the address of --listen is in use, or not of this machine' },
  CANNOT_CREATE: { exit: 73, doc: 'output cannot be created' },
  WRITE_FAILED: { exit: 74, doc: 'writing failed, for example disk full' },
  NO_PERMISSION: { exit: 77, doc: 'permission missing; the message has the remedy' },
} as const satisfies Record<string, { exit: number; doc: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** Exit codes that are no errors. */
export const EXIT_DONE = 0;
export const EXIT_ANOMALIES_FOUND = 3;
export const EXIT_KEPT = 4;
export const EXIT_INTERRUPTED = 130;

/** Every exit code once, lowest first: what the man page and the reference say of it. */
export function exitCodes(): { exit: number; doc: string }[] {
  const docs = new Map<number, string>([
    [EXIT_DONE, 'done, also after Ctrl+C'],
    [EXIT_ANOMALIES_FOUND, 'incidents above notice were found and --fail-on-anomaly was given'],
    [EXIT_KEPT, 'the model before stays in use (--keep-if-worse), the new one is kept beside it'],
    [EXIT_INTERRUPTED, 'interrupted twice'],
  ]);
  for (const { exit, doc } of Object.values(ERRORS)) {
    const before = docs.get(exit);
    docs.set(exit, before === undefined ? doc : `${before}, or ${doc}`);
  }
  return [...docs].map(([exit, doc]) => ({ exit, doc })).sort((a, b) => a.exit - b.exit);
}

export class AnomalyError extends Error {
  override readonly name = 'AnomalyError';

  /**
   * @param code row of `ERRORS`
   * @param message one line: what happened and what to do about it (untrusted text in it already passed `printable`)
   */
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  get exitCode(): number {
    return ERRORS[this.code].exit;
  }
}

/** An input ends before anything that could be read: among several, such a one is left out with a warning. */
export class EmptyInputError extends AnomalyError {
  /** @param what `name: …`, in one line, without advice */
  constructor(readonly what: string) {
    super('BAD_DATA', `${what}; capture again, or name another file`);
  }
}

/** Some of the input is damaged, and all else was read: thrown at its end. */
export class PartlyReadError extends AnomalyError {
  constructor(message: string, options?: ErrorOptions) {
    super('BAD_DATA', message, options);
  }
}

/** The system's error code ("ENOENT"), or undefined where the value is no system error. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** The limit of the process and that of the machine. */
export const TOO_MANY_OPEN: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE']);

/** What is to be done where no more files can be opened, whichever came to be the last. */
export function tooManyOpen(cause: unknown): AnomalyError {
  const what = 'more files are open than this process may have (ulimit -n); allow it 1024, as in: ulimit -n 1024';
  return new AnomalyError('TOO_MANY_FILES', what, { cause });
}
