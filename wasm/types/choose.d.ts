// Candidates side by side: rows, wishes, their ranking.
import type { Bytes } from './common.js';
import type { PlanInputs, Strategy, Verdict } from './plan.js';

/** What a GGUF file is for, by its metadata. */
export type FileKind = 'model' | 'mmproj' | 'adapter' | 'imatrix' | 'vocab';

/** What `Session.chooseRow` takes, as JSON text. */
export interface ChooseInputs extends PlanInputs {
  /** As it is shown. */
  name: string;
  n_files?: number;
  /** Of all its files; what their headers say where it is left out. */
  size_bytes?: Bytes;
  /** The context to plan for where the arguments say none: 32768 if not given, at most the trained one. */
  min_ctx?: number;
}

/** Tokens a second of one request, with their range. */
export interface DecodeSpeed {
  /** In the context, for which the figures hold. */
  fill_tokens: number;
  decode_tokens_per_second: number;
  decode_low: number;
  decode_high: number;
}

/** A candidate that can't be read: what a page makes of an error, so that ranking knows of it. */
export interface UnreadRow {
  name: string;
  n_files: number;
  size_bytes: Bytes;
  /** One sentence; a row that could be planned has an empty one and all fields of ChooseRow. */
  error: string;
}

export interface ChooseRow extends UnreadRow {
  model_name: string;
  /** Equal for files of one base model. */
  group: string;
  architecture: string;
  parameters: number;
  active_parameters: number;
  tensor_bytes: Bytes;
  /** tensor_bytes × 8 / parameters. */
  bits_per_weight: number;
  /** "Q4_K_M", by metadata. */
  quantization: string;
  /** The tensor type with the most bytes, and its share of them. */
  main_type: string;
  main_type_share: number;
  imatrix: boolean;
  notes: string[];
  strategy: Strategy;
  verdict: Verdict;
  /** "CUDA0", "experts of 12/48 layers in RAM", "CUDA0 lacks 1,204 MiB". */
  placement: string;
  /** That is planned for. */
  n_ctx: number;
  n_ctx_train: number;
  /** That fits, up to the trained one or n_ctx; 0: none. */
  largest_n_ctx: number;
  /** By device of the machine. */
  headroom_bytes: Bytes[];
  /** 0 where the size of system memory was not given. */
  host_headroom_bytes: Bytes;
  approximate: boolean;
  /** Left out where the graph is not known or n_ctx does not fit. */
  speed?: { empty: DecodeSpeed; full: DecodeSpeed };
}

export type ChooseSort = 'quality' | 'speed' | 'size' | 'context';

/** What `chooseRank` takes, as JSON text. */
export interface ChooseWishes {
  /** Tokens a second with the context full; 10 if not given. */
  min_tps?: number;
  /** Tokens of context; 0, as if not given: those that each row was planned for. */
  min_ctx?: number;
  sort?: ChooseSort;
}

export interface RankedRow {
  /** Position in the rows. */
  row: number;
  /** 1 to 3 of the best; 0: none of them. */
  pick: number;
  misses: ('fit' | 'context' | 'speed')[];
  /** Of a pick, or which bar is missed: a clause without a full stop; may be empty. */
  reason: string;
}

/** Rows of one base model, those that reach the wishes first. */
export interface RankedGroup {
  group: string;
  model_name: string;
  architecture: string;
  parameters: number;
  rows: RankedRow[];
}

export interface ChooseRanking {
  wishes: Required<ChooseWishes>;
  groups: RankedGroup[];
  /** Positions of rows with an error. */
  unreadable: number[];
}
