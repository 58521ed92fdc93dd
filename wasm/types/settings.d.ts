// What llama-server is asked for, and what its --fit makes of it (core/settings, core/fit).

/** What llama-server is asked for, by llama.cpp's names. */
export interface Settings {
  n_ctx: number;
  n_batch: number;
  n_ubatch: number;
  n_parallel: number;
  kv_unified: boolean;
  type_k: string;
  type_v: string;
  flash_attn: 'auto' | 'on' | 'off';
  n_gpu_layers: number;
  split_mode: 'none' | 'layer' | 'row' | 'tensor';
  main_gpu: number;
  tensor_split: number[];
  override_tensors: string[];
  devices: string[];
  kv_offload: boolean;
  op_offload: boolean;
  swa_full: boolean;
  repack: boolean;
  no_host: boolean;
  mmap: boolean;
  mlock: boolean;
  direct_io: boolean;
  fit: boolean;
  fit_target_mib: number[];
  fit_ctx: number;
  embeddings: boolean;
  pooling: string | null;
  load_mtp: boolean;
  n_threads: number;
  outputs: 'server' | 'all';
  /** The version that was asked for; not there for the newest. What it did otherwise is the plan's reason "rules". */
  llama_cpp?: string;
}

/** What llama.cpp's --fit arrived at, with its steps in words. */
export interface FitResult {
  status: 'off' | 'success' | 'failure';
  reason: string;
  n_ctx: number;
  n_gpu_layers: number;
  tensor_split: number[];
  override_tensors: string[];
  trace: string[];
}
