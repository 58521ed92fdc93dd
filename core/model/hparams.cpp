// Widths and patterns that follow from the hyperparameters (llama-hparams.cpp), in arithmetic that cannot wrap.
#include "model/hparams.h"

#include <algorithm>

#include "base/checked.h"

namespace ggufit {

namespace {

/// set_swa_pattern and set_recr_pattern of llama-hparams.cpp: all but every n-th of the layers, nextn layers never.
void setPattern(PerLayer<uint8_t> & layers, uint32_t n_layer, uint32_t n_layer_all, uint32_t n_pattern,
                bool dense_first) {
    for (uint32_t il = 0; il < n_layer; ++il) {
        const bool set = n_pattern == 0 || (dense_first ? il % n_pattern != 0 : il % n_pattern < n_pattern - 1);
        layers[il] = set ? 1 : 0;
    }
    for (uint32_t il = n_layer; il < n_layer_all; ++il) layers[il] = 0;
}

/// Inputs that a convolution of width d_conv keeps of earlier tokens: all but the current one.
uint64_t keptInputs(uint32_t d_conv, uint32_t without_width) { return d_conv > 0 ? d_conv - 1 : without_width; }

}  // namespace

void Hparams::set_swa_pattern(uint32_t n_pattern, bool dense_first) {
    setPattern(is_swa_impl, n_layer(), n_layer_all, n_pattern, dense_first);
}

void Hparams::set_recr_pattern(uint32_t n_pattern, bool dense_first) {
    setPattern(is_recr_impl, n_layer(), n_layer_all, n_pattern, dense_first);
}

bool Hparams::is_swa_any() const {
    return std::any_of(is_swa_impl.begin(), is_swa_impl.begin() + n_layer_all, [](uint8_t swa) { return swa != 0; });
}

uint64_t Hparams::n_embd_k_gqa_max() const {
    uint64_t widest = n_embd_k_gqa();
    for (uint32_t il = 0; il < n_layer_all; ++il) widest = std::max(widest, n_embd_k_gqa(il));
    return widest;
}

uint64_t Hparams::n_embd_v_gqa_max() const {
    uint64_t widest = n_embd_v_gqa();
    for (uint32_t il = 0; il < n_layer_all; ++il) widest = std::max(widest, n_embd_v_gqa(il));
    return widest;
}

uint64_t Hparams::n_embd_r() const {
    if (wkv_head_size != 0) return uint64_t{token_shift_count} * n_embd;                            // RWKV
    if (n_shortconv_l_cache != 0) return saturatingMul(n_embd, uint64_t{n_shortconv_l_cache} - 1);  // LFM2
    if (n_embd_head_kda != 0) {                                                                     // Kimi: q, k, v
        return saturatingMul(3 * keptInputs(ssm_d_conv, 3), uint64_t{n_head()} * n_embd_head_kda);
    }
    const uint64_t groups = saturatingMul(2, uint64_t{ssm_n_group} * ssm_d_state);
    return saturatingMul(keptInputs(ssm_d_conv, 0), saturatingAdd(ssm_d_inner, groups));
}

uint64_t Hparams::n_embd_s() const {
    if (wkv_head_size != 0) return uint64_t{n_embd} * wkv_head_size;
    if (n_embd_head_kda != 0) return saturatingMul(uint64_t{n_embd_head_kda} * n_embd_head_kda, n_head());
    return uint64_t{ssm_d_state} * ssm_d_inner;
}

uint32_t Hparams::n_embd_inp() const {
    if (n_embd_inp_impl != 0) return n_embd_inp_impl;
    const uint64_t width = n_embd + uint64_t{n_embd} * n_deepstack_layers;
    return static_cast<uint32_t>(std::min<uint64_t>(width, UINT32_MAX));
}

}  // namespace ggufit
