// What fills the memory of devices: labelled parts, and what compute buffers are made of (core/memory).
import type { Bytes } from './common.js';

export interface Part {
  name: string;
  bytes: Bytes;
}

/** A tensor that is alive when a compute buffer is at its largest; `bytes` of all `count` equal copies. */
export interface AliveTensor {
  name: string;
  /** Its dimensions in words, where they are known. */
  meaning: string;
  type: string;
  ne: number[];
  bytes: Bytes;
  count: number;
}

/** bytes = those of `alive`, largest first + others_bytes + gaps_bytes. */
export interface ComputePeak {
  /** "host" for system memory. */
  device: string;
  bytes: Bytes;
  alive: AliveTensor[];
  others_bytes: Bytes;
  gaps_bytes: Bytes;
}

/** What one changed setting saves of each device's compute buffer; negative where it grows. */
export interface ComputeLever {
  argument: string;
  saved_bytes: number[];
  host_saved_bytes: number;
}

export interface ComputeExplanation {
  peaks: ComputePeak[];
  levers: ComputeLever[];
}
