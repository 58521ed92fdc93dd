// What a header says of its model: names and units are those of core/model/card.h.
import type { Bytes } from './common.js';

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
