// What the page and its worker say to each other: each call by name, with what it asks and what it answers.
import type { Check, CheckInputs, ChooseInputs, ChooseRanking, ChooseRow, ChooseWishes, CoreError, GpuAnswer, GpuPreset, HubRepository, LinkInputs, LinkedInputs, Listing, Memory, ModelReference, Plan, PlanInputs, PlanLink, UnreadRow } from './ggufit.js';

/** A file whose header is to be read. The blob may be shorter than the file: a sample is a header alone. */
export interface HeaderSource {
  name: string;
  file_bytes: number;
  blob: Blob;
  /** The host that it was read from; left out where that is this machine. */
  from?: string;
  /** The whole address; for the core alone, which leaves out what may be a secret. */
  url?: string;
}

/** A planning link, which has all that is needed of its model. */
export interface LinkSource {
  link: string;
  /** Of the model. */
  name: string;
  /** Section that the link asks for; empty: made from the names. */
  id: string;
  /** It is of a bench run. */
  bench: boolean;
}

/** What a model was opened from. */
export type ModelSource = HeaderSource[] | LinkSource;

export interface Probe {
  needed_bytes: number;
  likely_bytes: number;
}

export interface Calls {
  /** Reads the headers of all of a model's files. The model that was open stays open where this fails. */
  open: { ask: { sources: HeaderSource[] }; answer: { read_bytes: number } };
  /** The same from a planning link. */
  openLink: { ask: { link: string }; answer: LinkedInputs };
  link: { ask: LinkInputs; answer: PlanLink };
  plan: { ask: PlanInputs; answer: { plan: Plan; milliseconds: number } };
  /** The test plan for the same inputs, as Markdown. */
  advise: { ask: PlanInputs; answer: { markdown: string } };
  /** The plan in one of the CLI's formats. */
  write: { ask: PlanInputs & { format: string }; answer: { text: string } };
  parseGpu: { ask: { text: string }; answer: GpuAnswer };
  parseRam: { ask: { text: string }; answer: Memory };
  parseListing: { ask: { text: string }; answer: Listing };
  /** Of a startup log, beside the open model where there is one. */
  check: { ask: { log: string; inputs: CheckInputs }; answer: Check };
  /** How many bytes of a header there have to be at least, and probably; 0 where the blob holds all of it. */
  probe: { ask: { source: HeaderSource }; answer: Probe };
  /** What names a model elsewhere. */
  reference: { ask: { text: string }; answer: ModelReference };
  /** The models of a reference's repository, from its site's lists of files. */
  hubFiles: { ask: { reference: string; answers: string[] }; answer: HubRepository };
  /** The list after the one at `url`; empty where that was the last. */
  nextPage: { ask: { url: string; link: string }; answer: { url: string } };
  /** A model of several, planned briefly. */
  chooseRow: { ask: { sources: HeaderSource[]; inputs: ChooseInputs }; answer: ChooseRow | UnreadRow };
  chooseRank: { ask: { rows: (ChooseRow | UnreadRow)[]; wishes: ChooseWishes }; answer: ChooseRanking };
  about: { ask: null; answer: { version: string; presets: GpuPreset[] } };
}
export type CallName = keyof Calls;

export type Request = { [Name in CallName]: { id: number; name: Name; ask: Calls[Name]['ask'] } }[CallName];

/** `stopped`: the module broke; this worker answers nothing more. */
export type Reply =
  | { id: number; answer: Calls[CallName]['answer'] }
  | { id: number; error: CoreError }
  | { id: number; stopped: string };
