// The numbers that an architecture is built with, under llama.cpp's names (llama-hparams.h).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace ggufit {

inline constexpr uint32_t kMaxLayers = 512;   // LLAMA_MAX_LAYERS
inline constexpr uint32_t kMaxExperts = 512;  // LLAMA_MAX_EXPERTS

enum class SwaType : uint8_t { none, standard, chunked, symmetric };
enum class RopeType : uint8_t { none, norm, neox, mrope, imrope };
enum class PoolingType : uint8_t { none, mean, cls, last, rank, unspecified };
enum class RopeScaling : uint8_t { none, linear, yarn, longrope };
enum class FfnOp : uint8_t { none, geglu, swiglu, reglu, relu };
enum class ExpertGating : uint8_t { none = 0, softmax = 1, sigmoid = 2, softmax_weight = 3, sqrt_softplus = 4 };

/// A value for each layer; read with a layer number below n_layer_all.
template <typename T>
using PerLayer = std::array<T, kMaxLayers>;

template <typename T>
[[nodiscard]] constexpr PerLayer<T> filledPerLayer(T value) {
    PerLayer<T> out{};
    for (T & layer : out) layer = value;
    return out;
}

/// Hyperparameters as llama.cpp has them after load_hparams: general keys first, then the architecture's own.
/// A field that an architecture does not use keeps its default. Figures that change values only, never shapes, sizes or
/// operations (norm epsilons, rope bases) are left out; a scale is kept where its presence adds an operation.
struct Hparams {
    uint32_t n_ctx_train = 0;
    uint32_t n_embd = 0;
    uint32_t n_layer_all = 0;    // block_count, nextn (MTP) layers included
    uint32_t n_layer_nextn = 0;  // of them at the end
    uint32_t n_vocab = 0;
    uint32_t n_expert = 0;
    uint32_t n_expert_used = 0;
    uint32_t n_rel_attn_bkts = 0;
    uint32_t n_token_types = 0;  // tokenizer.ggml.token_type_count
    uint32_t n_loops = 1;        // times that the blocks of the file are run; n_layer_all counts every turn
    bool skip_loop_final_norm = false;
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
    float expert_group_scale = 0.05F;
    float expert_weights_scale = 0.0F;
    bool expert_weights_norm = false;
    ExpertGating expert_gating_func = ExpertGating::none;
    uint32_t moe_every_n_layers = 0;
    uint32_t moe_latent_size = 0;
    uint32_t n_moe_layer_step = 0;
    uint32_t n_no_rope_layer_step = 4;

    float f_attn_logit_softcapping = 50.0F, f_final_logit_softcapping = 30.0F, f_router_logit_softcapping = 30.0F;
    bool attn_soft_cap = false;
    float f_max_alibi_bias = 0.0F, f_clamp_kqv = 0.0F;
    float f_logit_scale = 0.0F, f_residual_scale = 0.0F, f_embedding_scale = 0.0F, f_attention_scale = 0.0F;
    float f_attn_out_scale = 0.0F, f_attn_value_scale = 0.0F, f_attn_temp_scale = 0.0F;
    uint32_t attn_temp_length = 0, n_attn_temp_floor_scale = 0;
    bool use_alibi = false, use_kq_norm = false, use_par_res = false, swin_norm = false;
    bool norm_before_residual = false, norm_before_fc = false;
    bool norm_is_rms = true;     // where an architecture has models of either kind (cohere2moe)
    FfnOp ffn_op = FfnOp::none;  // <arch>.hidden_activation, where the architecture reads it
    PerLayer<float> swiglu_clamp_exp{}, swiglu_clamp_shexp{};

    uint32_t n_ctx_orig_yarn = 0;
    std::array<uint32_t, 4> rope_sections{};
    RopeType rope_type = RopeType::none;
    RopeScaling rope_scaling_type = RopeScaling::linear;  // longrope reads rope_factors_*, the others rope_freqs
    bool rope_finetuned = false;                          // Granite's switch for rope itself

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
    uint32_t n_target_layers = 0;  // layers of the target model that a draft reads
    uint32_t dense_2_feat_in = 0, dense_2_feat_out = 0, dense_3_feat_in = 0, dense_3_feat_out = 0;

    uint32_t n_altup = 4, i_altup_act = 0, laurel_rank = 64, n_embd_altup = 256;
    uint32_t n_embd_per_layer = 0;
    uint32_t n_deepstack_layers = 0;
    PerLayer<int32_t> deepstack_mapping_arr = filledPerLayer<int32_t>(-1);  // input that a layer adds; −1: none

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
    /// Blocks in the file: fewer than n_layer_all where they are run several times.
    [[nodiscard]] uint32_t n_layer_phys() const { return n_loops > 1 ? n_layer_all / n_loops : n_layer_all; }
    [[nodiscard]] bool is_nextn(uint32_t il) const { return il >= n_layer(); }
    [[nodiscard]] bool is_swa_any() const;
    [[nodiscard]] bool use_mrope() const { return rope_sections[0] > 0 && rope_sections[1] > 0; }
    [[nodiscard]] bool is_indexer_full(uint32_t il) const { return il < n_layer() && is_indexer_full_impl[il] != 0; }
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
    /// Widths of keys and values of an MLA model's heads after decompression; else as n_embd_head_k, n_embd_head_v.
    [[nodiscard]] uint32_t n_embd_head_k_mla() const { return is_mla() ? n_embd_head_k_mla_impl : n_embd_head_k(); }
    [[nodiscard]] uint32_t n_embd_head_v_mla() const { return is_mla() ? n_embd_head_v_mla_impl : n_embd_head_v(); }
    [[nodiscard]] uint64_t n_embd_k_gqa_max() const;
    [[nodiscard]] uint64_t n_embd_v_gqa_max() const;
    [[nodiscard]] uint64_t n_embd_r() const;  // width of a recurrent layer's rolling state (convolution, token shift)
    [[nodiscard]] uint64_t n_embd_s() const;  // width of its recurrent state
    [[nodiscard]] bool has_kv(uint32_t il) const {
        return n_layer_kv_from_start < 0 || il < static_cast<uint32_t>(n_layer_kv_from_start);
    }
    [[nodiscard]] uint32_t n_embd_inp() const;  // main and deepstack inputs; saturates
    [[nodiscard]] uint32_t n_embd_inp_enc() const {
        return n_embd_inp_enc_impl != 0 ? n_embd_inp_enc_impl : n_embd_inp();
    }
    [[nodiscard]] uint32_t n_embd_out() const { return n_embd_out_impl != 0 ? n_embd_out_impl : n_embd; }

    /// Every n_pattern-th layer is full attention, the others slide; 0 makes all slide, 1 none. With dense_first the
    /// full layer is the first of each group rather than the last. nextn layers never slide.
    void set_swa_pattern(uint32_t n_pattern, bool dense_first = false);
    /// The same for recurrent layers.
    void set_recr_pattern(uint32_t n_pattern, bool dense_first = false);
};

}  // namespace ggufit
