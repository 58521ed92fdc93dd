// What everything has in common: sizes, errors, warnings.

/** Byte counts, all below 2^53. */
export type Bytes = number;

export interface CoreError {
  code: 'usage' | 'input' | 'truncated' | 'unfinished' | 'unsupported';
  where: string;
  detail: string;
  needed_bytes: Bytes;
}
export interface ErrorAnswer {
  error: CoreError;
  /** Of a truncated header: what probably holds all of it; 0 where that can't be told. */
  likely_bytes?: Bytes;
}

export interface Warning {
  text: string;
  remedy: string;
}
