// What the page and its worker say to each other: each call by name, with what it asks and what it answers.
import type { CoreError, GpuPreset, Listing, Machine, Plan, PlanInputs } from './ggufit.js';

/** A file whose header is to be read. The blob may be shorter than the file: a sample is a header alone. */
export interface HeaderSource {
  name: string;
  file_bytes: number;
  blob: Blob;
}

export interface Calls {
  /** Reads the headers of all of a model's files. The model that was open stays open where this fails. */
  open: { ask: { sources: HeaderSource[] }; answer: { read_bytes: number } };
  plan: { ask: PlanInputs; answer: { plan: Plan; milliseconds: number } };
  parseGpu: { ask: { text: string }; answer: Machine };
  parseListing: { ask: { text: string }; answer: Listing };
  about: { ask: null; answer: { version: string; presets: GpuPreset[] } };
}
export type CallName = keyof Calls;

export type Request = { [Name in CallName]: { id: number; name: Name; ask: Calls[Name]['ask'] } }[CallName];

/** `stopped`: the module broke; this worker answers nothing more. */
export type Reply =
  | { id: number; answer: Calls[CallName]['answer'] }
  | { id: number; error: CoreError }
  | { id: number; stopped: string };
