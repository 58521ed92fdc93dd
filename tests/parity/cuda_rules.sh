#!/usr/bin/env bash
# cuda_rules.sh GGML_CUDA_FOLDER OUT: the functions of ggml-cuda that decide on the host what a card runs and how much
# memory an operation takes there. Fails where one of them is no longer found under its name.
set -euo pipefail
from=$1
out=$2

# From the line that starts with $2 to the first "}" (or "};") in the first column.
take() {
  local text
  text=$(awk -v start="$2" 'index($0, start) == 1 { on = 1 } on { print } on && /^};?$/ { exit }' "$from/$1")
  if [ -z "$text" ]; then
    echo "$1 has no '$2' any more: see how ggml-cuda decides on it now" >&2
    exit 1
  fi
  printf '%s\n\n' "$text"
}

# The same for what older checkouts do not have yet. Under another name it would be missed by those that call it.
take_later() {
  if grep -qsF "$2" "$from/$1"; then take "$1" "$2"; fi
}

{
  take fattn.cu 'enum best_fattn_kernel {'
  take_later fattn.cu 'static bool ggml_cuda_fattn_kv_type_supported('
  take fattn.cu 'static best_fattn_kernel ggml_cuda_get_best_fattn_kernel('
  take_later fattn-common.cuh 'struct ggml_cuda_flash_attn_ext_f16_extra_data {'
  take_later fattn-common.cuh 'static inline ggml_cuda_flash_attn_ext_f16_extra_data ggml_cuda_flash_attn_ext_get_f16_extra_data('
  take_later fattn.cu 'size_t ggml_cuda_flash_attn_ext_get_alloc_size('
  take fattn.cu 'bool ggml_cuda_flash_attn_ext_supported('
  take_later lightning-indexer.cu 'bool ggml_cuda_lightning_indexer_supported('
  take ggml-cuda.cu 'static size_t ggml_backend_cuda_buffer_type_get_alignment('
  take ggml-cuda.cu 'static size_t ggml_backend_cuda_buffer_type_get_alloc_size('
  take ggml-cuda.cu 'static bool ggml_backend_cuda_device_supports_op('
  take ggml-cuda.cu 'static int64_t get_op_batch_size('
  take ggml-cuda.cu 'static bool ggml_backend_cuda_device_offload_op('
} >"$out.part"
mv "$out.part" "$out"
