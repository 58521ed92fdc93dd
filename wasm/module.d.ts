// Types of the WebAssembly module: names and units are those of core/plan/plan.h, core/model/card.h and their like.

/** Byte counts, all below 2^53. */
type Bytes = number;

export interface CoreError {
  code: 'usage' | 'input' | 'truncated' | 'unfinished' | 'unsupported';
  where: string;
  detail: string;
  needed_bytes: Bytes;
}
export interface ErrorAnswer {
  error: CoreError;
}

export interface Warning {
  text: string;
  remedy: string;
}

export interface Part {
  name: string;
  bytes: Bytes;
}

export interface Fact {
  key: string;
  label: string;
  value: string;
  source: string;
}

export interface LayerCard {
  attention: 'full' | 'sliding' | 'recurrent' | 'none' | 'shared';
  experts: boolean;
  nextn: boolean;
  weight_bytes: Bytes;
  expert_bytes: Bytes;
}

/** Bytes and parameters of one tensor type. */
export interface TypeShare {
  type: string;
  n_tensors: number;
  parameters: number;
  bytes: Bytes;
}

/** A sampling default that the file carries, as llama-server would be told it. */
export interface SamplingDefault {
  key: string;
  argument: string;
  value: string;
}

export interface Card {
  name: string;
  architecture: string;
  kind: string;
  parameters: number;
  active_parameters: number;
  n_layer: number;
  n_layer_nextn: number;
  n_ctx_train: number;
  n_embd: number;
  n_head: number;
  n_head_kv: number;
  n_expert: number;
  n_expert_used: number;
  n_expert_shared: number;
  n_layer_dense_lead: number;
  n_vocab: number;
  n_swa: number;
  n_layer_full: number;
  n_layer_swa: number;
  n_layer_recurrent: number;
  mla: boolean;
  file_bytes: Bytes;
  tensor_bytes: Bytes;
  bits_per_weight: number;
  quantization: string;
  types: TypeShare[];
  largest_layer_bytes: Bytes;
  largest_layer: number;
  thinking: boolean | null;
  sampling: SamplingDefault[];
  layers: LayerCard[];
  facts: Fact[];
}

/** A device of the machine format; what is left out is filled in from the preset. */
export interface MachineDevice {
  name?: string;
  description?: string;
  backend?: string;
  total_mib?: number;
  free_mib?: number;
  reserved_mib?: number;
  driver_mib?: number;
  compute_capability?: string;
  bandwidth_gb_s?: number;
  fp16_tflops?: number;
  architecture?: string;
  pcie_gen?: number;
  pcie_lanes?: number;
  unified_memory?: boolean;
  /** Of an RPC server's network. */
  link_gb_s?: number;
}

export interface Machine {
  name?: string;
  devices: MachineDevice[];
  ram?: { total_mib?: number; memory?: string };
  /** What was measured over what was predicted. */
  calibration?: { decode?: number; prompt?: number };
}

/** System memory as --ram describes it; 0 where its size is not said. */
export interface Memory {
  total_mib: number;
  memory: string;
  /** Transfers × 8 bytes × channels; 0 where neither a kind nor a figure is given. */
  peak_gb_s: number;
  /** What all cores together are seen to read. */
  read_gb_s: number;
  /** The transfers or the channels were taken as usual for the kind. */
  assumed: boolean;
}

/** A machine that was read off a tool's output. */
export interface Listing {
  /** The tools, for people. */
  source: string;
  /** Names and free memory of its devices are as the output has them. */
  machine: Machine;
  /** What was counted how, what is missing, what was left out. */
  notes: Warning[];
}

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

/** Of the graph that llama.cpp reserves, for a prompt's batch and for each token. */
export interface GraphFigures {
  nodes_prompt: number;
  nodes_decode: number;
  splits_prompt: number;
  splits_decode: number;
  pipeline: boolean;
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
  bench?: boolean;
  /** Without alternatives and the other profile's entry: the plan comes sooner. */
  brief?: boolean;
  /** Also what the compute buffers are made of. */
  explain?: boolean;
  /** Also the plan at other contexts. */
  curve?: boolean;
}

/** What `Session.link` takes, as JSON text. */
export interface LinkInputs extends PlanInputs {
  /** The file's name goes in. */
  with_name?: boolean;
  /** What stands in front of the fragment; without it the link is the bare fragment, "plan=…". */
  site?: string;
}

export interface PlanLink {
  link: string;
  /** Names of arguments that stayed out: their values may be paths, addresses or secrets. */
  left_out: string[];
}

/** What a planning link asks for, beside the model. */
export interface LinkedInputs {
  machine: Machine;
  /** Over the defaults of the models.conf wrapper. */
  arguments: string[];
  id: string;
  bench: boolean;
  /** Empty where the link does not say it. */
  file_name: string;
  /** Of the model. */
  name: string;
}

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

export interface GpuPreset {
  vendor: string;
  name: string;
  description: string;
  vram_mib: number;
  bandwidth_gb_s: number;
  /** Of the shaders, without tensor cores; 0 where it is not known, as with the link. */
  fp16_tflops: number;
  compute_capability: string;
  architecture: string;
  pcie_gen: number;
  pcie_lanes: number;
  unified_memory: boolean;
}

/** One model. Every text that comes back is JSON: the named type, or ErrorAnswer. Call delete() when done. */
export interface Session {
  /** View of the first `size` bytes of the prefix, null where no header is so long. Good until the next call. */
  prefix(size: number): Uint8Array | null;
  /** Reads the prefix as a file's header: {ok, name, n_tensors}, or `truncated` with needed_bytes. */
  addHeader(file_bytes: Bytes, name: string): string;
  /** Joins the headers into a model: {ok}. */
  build(): string;
  /** What `ggufit inspect --json` prints. */
  inspect(): string;
  /** PlanInputs → Plan. */
  plan(inputs: string): string;
  /** PlanInputs → {markdown}, what `ggufit advise` prints. */
  advise(inputs: string): string;
  /** PlanInputs → what `ggufit estimate --json` prints. */
  estimate(inputs: string): string;
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
  /** A text of --gpu ("2x RTX 3090", "My card,vram=24GB") → Machine. */
  parseGpu(text: string): string;
  /** A text of --ram ("64GB DDR5-6000 2ch") → Memory. */
  parseRam(text: string): string;
  /** What a tool prints of a machine's GPUs (nvidia-smi, llama-server --list-devices, …), or a machine file → Listing. */
  parseListing(text: string): string;
  /** A startup log → Log. */
  parseLog(text: string): string;
  version(): string;
}

export interface ModuleOptions {
  wasmBinary: ArrayBuffer | Uint8Array;
  onAbort?: (reason: unknown) => void;
  print?: (text: string) => void;
  printErr?: (text: string) => void;
}

export default function createGgufit(options: ModuleOptions): Promise<Ggufit>;
