// Startup logs, by themselves and beside a model (core/log).
import type { Machine } from './machine.js';
import type { Verdict } from './plan.js';

/** One figure of a start; null where one side does not have it. */
export interface CheckTerm {
  /** "CUDA0"; "host", "graph" and "speed" for the others. */
  device: string;
  name: string;
  unit: 'MiB' | 't/s' | '';
  predicted: number | null;
  measured: number | null;
  difference: number | null;
  equal: boolean;
  /** Whether llama.cpp computes it by rules: speeds and drivers are not. */
  exact: boolean;
  because: string;
}

export interface CheckRemedy {
  name: string;
  change: string;
  text: string;
  saved_mib: number;
  /** null: not planned, from printed figures alone. */
  verdict: Verdict | null;
  n_ctx: number;
  decode_tokens_per_second: number;
  headroom_mib: number[];
  arguments: string[];
}

/** What a startup log says, as printed. */
export interface Log {
  start: number;
  n_starts: number;
  stage: string;
  truncated: boolean;
  build: string;
  model: { path?: string; hparams: Record<string, unknown>; types?: Record<string, number> };
  settings: Record<string, unknown>;
  devices: { name: string; description: string; total_mib?: number; free_mib?: number }[];
  measured: Record<string, unknown>;
  speed: { pp_tps?: number; tg_tps?: number } | null;
  errors: string[];
}

/** What `ggufit check --json` prints. */
export interface Check extends Log {
  summary: string;
  /** Beside a model. */
  compared: boolean;
  machine: Machine;
  notes: string[];
  terms: CheckTerm[];
  n_equal: number;
  n_compared: number;
  approximate_because: string;
  shortfall: { device: string; part: string; asked_mib: number; held_mib: number; free_mib: number; lacking_mib: number; survived: boolean; text: string } | null;
  remedies: CheckRemedy[];
  findings: { name: string; text: string; remedy: string }[];
}

/** How a start was made, as far as its log does not say it. */
export interface CheckInputs {
  machine?: Machine;
  arguments?: string[];
  command_line?: string;
  start?: number;
}
