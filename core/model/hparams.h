// The numbers that an architecture is built with, under llama.cpp's names (llama-hparams.h).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace ggufit {

inline constexpr uint32_t kMaxLayers = 512;    // LLAMA_MAX_LAYERS
inline constexpr uint32_t kMaxExperts = 512;   // LLAMA_MAX_EXPERTS

enum class SwaType : uint8_t { none, standard, chunked, symmetric };
enum class RopeType : uint8_t { none, norm, neox, mrope, imrope };
enum class PoolingType : uint8_t { none, mean, cls, last, rank, unspecified };
enum class ExpertGating : uint8_t { none = 0, softmax = 1, sigmoid = 2, softmax_weight = 3, sqrt_softplus = 4 };

/// A value for each layer; read with a layer number below n_layer_all.
template <typename T>
using PerLayer = std::array<T, kMaxLayers>;

/// Hyperparameters as llama.cpp has them after load_hparams: general keys first, then the architecture's own.
/// A field that an architecture does not use keeps its default. Flags that only change values, not shapes, sizes or
/// operations (scales, norm epsilons, rope bases) are left out.
struct Hparams {
    uint32_t n_ctx_train = 0;
    uint32_t n_embd = 0;
    uint32_t n_layer_all = 0;    // block_count, nextn (MTP) layers included
    uint32_t n_layer_nextn = 0;  // of them at the end
    uint32_t n_vocab = 0;
    uint32_t n_expert = 0;
    uint32_t n_expert_used = 0;
    uint32_t n_rel_attn_bkts = 0;
    int32_t n_layer_kv_from_start = -1;  // where >= 0 only the first so many layers have a KV cache

    uint32_t n_embd_head_k_full = 0, n_embd_head_v_full = 0;
    uint32_t n_embd_head_k_swa = 0, n_embd_head_v_swa = 0;
    uint32_t n_rot_full = 0, n_rot_swa = 0;
    uint32_t n_embd_head_k_mla_impl = 0, n_embd_head_v_mla_impl = 0;

    PerLayer<uint32_t> n_head_arr{}, n_head_kv_arr{}, n_ff_arr{};
    PerLayer<uint8_t> is_swa_impl{}, is_recr_impl{}, is_indexer_full_impl{};

    uint32_t n_layer_dense_lead = 0;
    uint32_t n_lora_q = 0, n_lora_kv = 0;
    uint32_t n_ff_exp = 0, n_ff_shexp = 0, n_ff_chexp = 0;
    uint32_t n_expert_shared = 0;
    uint32_t n_norm_groups = 0;
    uint32_t n_expert_groups = 0, n_group_used = 0, n_group_experts = 0;
    float expert_weights_scale = 0.0F;
    bool expert_weights_norm = false;
    ExpertGating expert_gating_func = ExpertGating::none;
    uint32_t moe_every_n_layers = 0;
    uint32_t moe_latent_size = 0;
    uint32_t n_moe_layer_step = 0;
    uint32_t n_no_rope_layer_step = 4;

    float f_attn_logit_softcapping = 0.0F, f_final_logit_softcapping = 0.0F, f_router_logit_softcapping = 0.0F;
    bool attn_soft_cap = false;
    float f_max_alibi_bias = 0.0F, f_clamp_kqv = 0.0F;
    float f_logit_scale = 0.0F, f_residual_scale = 0.0F, f_embedding_scale = 0.0F, f_attention_scale = 0.0F;
    bool use_alibi = false, use_kq_norm = false, use_par_res = false, swin_norm = false;

    uint32_t n_ctx_orig_yarn = 0;
    std::array<uint32_t, 4> rope_sections{};
    RopeType rope_type = RopeType::none;

    SwaType swa_type = SwaType::none;
    uint32_t n_swa = 0;

    uint32_t rescale_every_n_layers = 0, time_mix_extra_dim = 0, time_decay_extra_dim = 0;
    uint32_t wkv_head_size = 0, token_shift_count = 2;
    uint32_t n_lora_decay = 0, n_lora_iclr = 0, n_lora_value_res_mix = 0, n_lora_gate = 0;

    uint32_t n_shortconv_l_cache = 0;
    uint32_t ssm_d_conv = 0, ssm_d_inner = 0, ssm_d_state = 0, ssm_dt_rank = 0, ssm_n_group = 0;
    bool ssm_dt_b_c_rms = false;
    uint32_t n_embd_head_kda = 0;

    bool causal_attn = true;
    PoolingType pooling_type = PoolingType::none;
    uint32_t n_cls_out = 1;
    uint32_t n_embd_inp_impl = 0, n_embd_inp_enc_impl = 0, n_embd_out_impl = 0;
    uint32_t dense_2_feat_in = 0, dense_2_feat_out = 0, dense_3_feat_in = 0, dense_3_feat_out = 0;

    uint32_t n_altup = 4, i_altup_act = 0, laurel_rank = 64, n_embd_altup = 256;
    uint32_t n_embd_per_layer = 0;
    uint32_t n_deepstack_layers = 0;

    uint32_t indexer_n_head = 0, indexer_head_size = 0, indexer_top_k = 0;
    uint32_t indexer_block_size = 0, indexer_local_blocks = 0;

    uint32_t dsv4_o_group_count = 0, dsv4_o_lora_rank = 0;
    uint32_t dsv4_hc_mult = 0, dsv4_hc_sinkhorn_iters = 0, dsv4_hash_layer_count = 0;
    PerLayer<uint32_t> dsv4_compress_ratios{};

    uint32_t dec_n_layer = 0;
    uint32_t posnet_n_embd = 0, posnet_n_layer = 0, convnext_n_embd = 0, convnext_n_layer = 0;

    // What follows from the fields, as llama-hparams.cpp derives it. Layer numbers are below n_layer_all.

    [[nodiscard]] uint32_t n_layer() const { return n_layer_all - n_layer_nextn; }
    [[nodiscard]] bool is_swa(uint32_t il) const { return is_swa_impl[il] != 0; }
    [[nodiscard]] bool is_recr(uint32_t il) const { return is_recr_impl[il] != 0; }
    [[nodiscard]] bool is_swa_any() const;
    [[nodiscard]] bool is_mla() const { return n_embd_head_k_mla_impl != 0 && n_embd_head_v_mla_impl != 0; }
    [[nodiscard]] uint32_t n_head(uint32_t il = 0) const { return n_head_arr[il]; }
    [[nodiscard]] uint32_t n_head_kv(uint32_t il = 0) const { return n_head_kv_arr[il]; }
    [[nodiscard]] uint32_t n_ff(uint32_t il = 0) const { return n_ff_arr[il]; }
    [[nodiscard]] uint32_t n_rot(uint32_t il = 0) const { return is_swa(il) ? n_rot_swa : n_rot_full; }
    [[nodiscard]] uint32_t n_embd_head_k(uint32_t il = 0) const {
        return is_swa(il) ? n_embd_head_k_swa : n_embd_head_k_full;
    }
    [[nodiscard]] uint32_t n_embd_head_v(uint32_t il = 0) const {
        return is_swa(il) ? n_embd_head_v_swa : n_embd_head_v_full;
    }
    [[nodiscard]] uint64_t n_embd_k_gqa(uint32_t il = 0) const { return uint64_t{n_embd_head_k(il)} * n_head_kv(il); }
    [[nodiscard]] uint64_t n_embd_v_gqa(uint32_t il = 0) const { return uint64_t{n_embd_head_v(il)} * n_head_kv(il); }
    [[nodiscard]] uint64_t n_embd_v_gqa_max() const;
    [[nodiscard]] uint64_t n_embd_r() const;  // width of a recurrent layer's rolling state (convolution, token shift)
    [[nodiscard]] uint64_t n_embd_s() const;  // width of its recurrent state
    [[nodiscard]] bool has_kv(uint32_t il) const {
        return n_layer_kv_from_start < 0 || il < static_cast<uint32_t>(n_layer_kv_from_start);
    }
    [[nodiscard]] uint32_t n_embd_inp() const;
    [[nodiscard]] uint32_t n_embd_out() const { return n_embd_out_impl != 0 ? n_embd_out_impl : n_embd; }

    /// Every n_pattern-th layer is full attention, the others slide; 0 makes all slide, 1 none. With dense_first the
    /// full layer is the first of each group rather than the last. nextn layers never slide.
    void set_swa_pattern(uint32_t n_pattern, bool dense_first = false);
    /// The same for recurrent layers.
    void set_recr_pattern(uint32_t n_pattern, bool dense_first = false);
};

}  // namespace ggufit
