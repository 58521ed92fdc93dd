// Estimated speed (core/speed).

/** A share of the time of one token. */
export interface SpeedPart {
  name: string;
  seconds: number;
}

/** Estimated speed of one request alone. */
export interface SpeedEstimate {
  /** In the context, for which all figures hold. */
  fill_tokens: number;
  decode_tokens_per_second: number;
  decode_low: number;
  decode_high: number;
  prompt_tokens_per_second: number;
  bound_by: string;
  parts: SpeedPart[];
  /** What was not known of the machine and taken as usual. */
  assumed: string[];
}

/** At an empty context and at a full one. */
export interface PlanSpeed {
  empty: SpeedEstimate;
  full: SpeedEstimate;
}
