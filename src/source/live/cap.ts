/** The part of npm cap that is used. Its decoders are not: they loop and throw on some packets. */
export interface CapModule {
  readonly default: {
    readonly Cap: new () => {
      /** @returns name of the link type. Keeps a raw pointer to `buffer`. */
      open(device: string, filter: string, ringBytes: number, buffer: Buffer): string;
      emit(event: 'packet', bytes: number, truncated: boolean): void;
    };
  };
}
