// Plans and what they are asked with: names and units are those of core/plan/plan.h.
import type { Bytes, Warning } from './common.js';
import type { Machine } from './machine.js';
import type { ComputeExplanation, Part } from './memory.js';
import type { Card } from './model.js';
import type { FitResult, Settings } from './settings.js';
import type { PlanSpeed } from './speed.js';

export type Verdict = 'fits' | 'tight' | 'does_not_fit';
export type Strategy = 'single_gpu' | 'fit' | 'cpu' | 'given';

export interface Reason {
  step: string;
  passed: boolean;
  text: string;
  source: string;
}

export interface PlanDevice {
  name: string;
  description: string;
  model_bytes: Bytes;
  context_bytes: Bytes;
  compute_bytes: Bytes;
  total_bytes: Bytes;
  driver_bytes: Bytes;
  reserved_bytes: Bytes;
  budget_bytes: Bytes;
  headroom_bytes: Bytes;
  used: boolean;
  n_layers: number;
  n_expert_layers: number;
  parts: Part[];
}

/** Positions in `Plan.devices`; −1 is system memory. */
export interface LayerPlacement {
  device: number;
  expert_device: number;
  weight_bytes: Bytes;
  expert_bytes: Bytes;
  cache_bytes: Bytes;
}

export interface Alternative {
  name: string;
  label: string;
  strategy: Strategy;
  recommended: boolean;
  verdict: Verdict;
  n_ctx: number;
  /** Graph splits for each token; 0 where the graph is not known. */
  splits_decode: number;
  /** Estimated, at an empty context; 0 where it is not known or does not fit. */
  decode_tokens_per_second: number;
  headroom_bytes: Bytes[];
  note: string;
  arguments: string[];
}

/** Of the graph that llama.cpp reserves, for a prompt's batch and for each token. */
export interface GraphFigures {
  nodes_prompt: number;
  nodes_decode: number;
  splits_prompt: number;
  splits_decode: number;
  pipeline: boolean;
}

/** The largest context with which a placement keeps its margins; 0 where not even 1,024 tokens fit. */
export interface LargestContext {
  name: string;
  label: string;
  type_k: string;
  type_v: string;
  n_ctx: number;
  /** It is all of the trained context. */
  trained: boolean;
}

/** The plan at another context. */
export interface ContextPoint {
  n_ctx: number;
  strategy: Strategy;
  verdict: Verdict;
  /** By device: model, context and compute. */
  used_bytes: Bytes[];
  host_used_bytes: Bytes;
  headroom_bytes: Bytes[];
  /** 0 where it is not known or does not fit. */
  empty_tokens_per_second: number;
  full_tokens_per_second: number;
}

/** Memory and speed over the context. */
export interface ContextCurve {
  /** That fits; 0 where none of them does. */
  largest_n_ctx: number;
  points: ContextPoint[];
}

/** A single change that reaches the goal. */
export interface Remedy {
  name: string;
  change: string;
  text: string;
}

export interface Remedies {
  goal: 'none' | 'fits' | 'all_on_gpus';
  changes: Remedy[];
}

export interface Plan {
  model: Card;
  machine: Machine;
  /** As asked for. */
  settings: Settings;
  /** As llama.cpp runs after --fit. */
  placed: Settings;
  fit: FitResult;
  strategy: Strategy;
  verdict: Verdict;
  summary: string;
  limit: string;
  n_ctx: number;
  bench: boolean;
  devices: PlanDevice[];
  host: PlanDevice;
  layers: LayerPlacement[];
  reasons: Reason[];
  alternatives: Alternative[];
  contexts: LargestContext[];
  remedies: Remedies;
  /** Left out where the architecture's graph is not known. */
  graph?: GraphFigures;
  /** Left out where the graph is not known or the plan does not fit. */
  speed?: PlanSpeed;
  approximate: boolean;
  approximate_because: string;
  id: string;
  entry: string;
  bench_entry: string;
  /** A section for llama-server's --models-preset. */
  preset: string;
  arguments: string[];
  warnings: Warning[];
  /** Where it was asked for and the graph is known. */
  explanation?: ComputeExplanation;
  /** Where it was asked for. */
  curve?: ContextCurve;
}

/** What `Session.plan` and `Session.estimate` take, as JSON text. */
export interface PlanInputs {
  machine: Machine;
  /** Words for llama-server, over the defaults of the models.conf wrapper. */
  arguments?: string[];
  /** More of them as a shell would read them; they win over `arguments`. */
  command_line?: string;
  id?: string;
  model_path?: string;
  /** The reference or address that the model was read by: the entries say it, without a query. */
  source?: string;
  /** "b9460" or "2026-06-01": the build whose rules hold; the newest known where it is left out. */
  llama_cpp?: string;
  bench?: boolean;
  /** Without alternatives and the other profile's entry: the plan comes sooner. */
  brief?: boolean;
  /** Also what the compute buffers are made of. */
  explain?: boolean;
  /** Also the plan at other contexts. */
  curve?: boolean;
}
