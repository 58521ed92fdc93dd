// Types of the WebAssembly module. What it answers with is described by subject in types/.
import type { Bytes } from './types/common.js';
export type * from './types/common.js';
export type * from './types/model.js';
export type * from './types/machine.js';
export type * from './types/settings.js';
export type * from './types/memory.js';
export type * from './types/speed.js';
export type * from './types/plan.js';
export type * from './types/link.js';
export type * from './types/choose.js';
export type * from './types/hub.js';
export type * from './types/log.js';

/** One model. Every text that comes back is JSON: the named type, or ErrorAnswer. Call delete() when done. */
export interface Session {
  /** View of the first `size` bytes of the prefix, null where no header is so long. Good until the next call. */
  prefix(size: number): Uint8Array | null;
  /** Reads the prefix as a file's header: {ok, name, n_tensors, kind: FileKind}, or `truncated` with needed_bytes and likely_bytes. */
  addHeader(file_bytes: Bytes, name: string): string;
  /** Joins the headers into a model: {ok}. */
  build(): string;
  /** What `ggufit inspect --json` prints. */
  inspect(): string;
  /** PlanInputs → Plan. */
  plan(inputs: string): string;
  /** PlanInputs with a `format` of `ggufit plan` → {text}, in that format. */
  write(inputs: string): string;
  /** PlanInputs → {markdown}, what `ggufit advise` prints. */
  advise(inputs: string): string;
  /** PlanInputs → what `ggufit estimate --json` prints. */
  estimate(inputs: string): string;
  /** ChooseInputs → ChooseRow, or an UnreadRow where this model can't be planned. */
  chooseRow(inputs: string): string;
  /** LinkInputs → PlanLink. */
  link(inputs: string): string;
  /** A planning link, whole or its fragment → LinkedInputs, and its model in place of the open one. */
  openLink(text: string): string;
  /** A startup log and CheckInputs → Check. Works without a model too. */
  check(log: string, inputs: string): string;
  delete(): void;
}

export interface Ggufit {
  Session: { new (): Session };
  /** GpuPreset[]. */
  gpuPresets(): string;
  /** A text of --gpu ("2x RTX 3090", "My card,vram=24GB") → GpuAnswer. */
  parseGpu(text: string): string;
  /** A text of --ram ("64GB DDR5-6000 2ch") → Memory. */
  parseRam(text: string): string;
  /** What a tool prints of a machine's GPUs (nvidia-smi, llama-server --list-devices, …), or a machine file → Listing. */
  parseListing(text: string): string;
  /** A list of ChooseRow and UnreadRow, and ChooseWishes → ChooseRanking. */
  chooseRank(rows: string, wishes: string): string;
  /** A startup log → Log. */
  parseLog(text: string): string;
  /**
   * A path, URL, hf:owner/repo[:tag] or ms:… → ModelReference. `endpoints` is "" or JSON with other addresses of the
   * sites: {hugging_face?, model_scope?}.
   */
  modelReference(text: string, endpoints: string): string;
  /** A reference and the answers to its files_url, page by page as a JSON list of texts → HubRepository. */
  hubFiles(reference: string, answers: string, endpoints: string): string;
  /** The URL of the page after `url`, from the answer's header Link; not JSON, empty after the last. */
  hubNextPage(url: string, link_header: string): string;
  version(): string;
}

export interface ModuleOptions {
  wasmBinary: ArrayBuffer | Uint8Array;
}

export default function createGgufit(options: ModuleOptions): Promise<Ggufit>;
