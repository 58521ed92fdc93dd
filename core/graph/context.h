// What an architecture's graph is written in: the model's weights and caches as leaves, and the blocks that
// architectures share.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/name_index.h"
#include "graph/builder.h"
#include "model/model.h"
#include "placement/cache.h"
#include "placement/weights.h"
#include "settings/llama_cpp.h"

namespace ggufit {

/// What a graph is built for.
struct GraphRequest {
    uint32_t n_tokens = 1;  // a multiple of n_seqs
    uint32_t n_seqs = 1;
    uint32_t n_outputs = 1;              // tokens whose logits are wanted
    bool flash_attn = true;              // after `auto` is resolved
    bool v_transposed = false;           // the V cache: where flash attention was off from the start
    bool fused_delta_net_decode = true;  // gated delta net as one operation for one token a sequence (fused_gdn_ar)
    bool fused_delta_net_prompt = true;  // the same for several (fused_gdn_ch)
    bool fused_lightning_indexer = true;
    bool fused_hyper_connections = true;  // DeepSeek V4
    bool embeddings = false;
    PoolingType pooling = PoolingType::none;
    bool kv_offload = true;
    bool full_offload = false;  // -ngl above the number of layers
    LlamaVersion llama_cpp;     // whose graph it is

    bool operator==(const GraphRequest &) const = default;
};

enum class NormKind : uint8_t { layer, rms, group };
enum class Activation : uint8_t { silu, gelu, relu, relu_sqr, swiglu, geglu, reglu, swiglu_oai };
enum class FfnGate : uint8_t { sequential, parallel };

/// Tensors of a dense feed-forward; none where the architecture lacks one.
struct Ffn {
    NodeId up = NodeId::none, up_b = NodeId::none, up_s = NodeId::none;
    NodeId gate = NodeId::none, gate_b = NodeId::none, gate_s = NodeId::none;
    NodeId down = NodeId::none, down_b = NodeId::none, down_s = NodeId::none;
    NodeId act_scales = NodeId::none;
    Activation op = Activation::silu;
    FfnGate gate_kind = FfnGate::parallel;
    float clamp = 0.0F;             // SwiGLU limit; 0: none
    bool clamp_gate_first = false;  // DeepSeek V4's order of clamping
};

/// A feed-forward's weights without the biases and scales that the file may have: llama.cpp leaves them out of the
/// graphs of some architectures.
[[nodiscard]] constexpr Ffn weightsAlone(Ffn f) {
    f.up_b = f.up_s = f.gate_b = f.gate_s = f.down_b = f.down_s = NodeId::none;
    return f;
}

/// Tensors and rules of a mixture of experts.
struct Moe {
    NodeId gate_inp = NodeId::none, gate_inp_b = NodeId::none;
    NodeId up = NodeId::none, up_b = NodeId::none, up_s = NodeId::none;
    NodeId gate = NodeId::none, gate_b = NodeId::none, gate_s = NodeId::none;
    NodeId gate_up = NodeId::none, gate_up_b = NodeId::none;
    NodeId down = NodeId::none, down_b = NodeId::none, down_s = NodeId::none;
    NodeId probs_b = NodeId::none;   // expert selection bias
    NodeId probs_in = NodeId::none;  // router output that was computed elsewhere
    NodeId selected_in = NodeId::none;
    int64_t n_expert = 0, n_expert_used = 0;
    Activation op = Activation::silu;
    bool norm_w = false;
    float w_scale = 0.0F;
    ExpertGating gating = ExpertGating::softmax;
    float clamp = 0.0F;
    bool clamp_gate_first = false;
    bool weight_before_ffn = false;  // Llama 4
    bool select_by_logits = false;   // Llama 4
    bool select_by_sigmoid = false;  // GroveMoE
    bool grouped_selection = true;   // expert groups as the hyperparameters say
    int64_t adjugate_of = 0;         // GroveMoE: experts per adjugate expert where n_expert is not hparams.n_expert
};

struct Qkv {
    NodeId q = NodeId::none, k = NodeId::none, v = NodeId::none;
};

/// One KV cache as attention reads it: the leaves that come with it.
struct CacheInput {
    NodeId k_idxs = NodeId::none, v_idxs = NodeId::none, mask = NodeId::none;
    NodeId k_rot = NodeId::none, v_rot = NodeId::none;
    std::string_view label = {};  // of the cache, as CacheTensor::name starts; empty for the model's own
    uint64_t n_cells = 0;
};

/// Inputs of attention; `swa` for the layers that slide. Without a cache only the masks are set.
struct AttnInput {
    CacheInput base, swa;
    bool cached = true;
};

/// The rest of an attention block.
struct Attn {
    NodeId wo = NodeId::none, wo_b = NodeId::none, wo_s = NodeId::none;
    NodeId kq_b = NodeId::none, sinks = NodeId::none, v_mla = NodeId::none;
    bool caps_scores = false;  // Grok: scores are capped before the soft maximum
};

/// Inputs of recurrent layers: which states to load.
struct StateInput {
    NodeId s_copy = NodeId::none, s_copy_main = NodeId::none, s_copy_extra = NodeId::none;
};

/// How build_rs loads the rows of the states ([state_size, n_rs]) by their ids; empty: get_rows.
using LoadStates = std::function<NodeId(NodeId states, NodeId ids)>;

/// Width of the Hadamard rotation of a cache's keys: the largest power of two from 64 that divides their heads.
[[nodiscard]] int64_t hadamardWidth(int64_t head_size);

class GraphContext {
  public:
    GraphContext(const Model & model, const WeightPlan & weights, const CachePlan & cache,
                 const GraphRequest & request);

    GraphBuilder g;
    const Model & model;
    const Hparams & hp;
    const CachePlan & cache;
    const GraphRequest & request;

    // Dimensions under llama.cpp's names (llm_graph_context).
    int64_t n_tokens, n_seqs, n_seq_tokens, n_outputs;
    int64_t n_embd, n_layer, n_head, n_head_kv, n_embd_head_k, n_embd_head_v, n_embd_k_gqa, n_embd_v_gqa, n_rot;
    int64_t n_expert, n_expert_used;

    // --- leaves ------------------------------------------------------------------------------------------------------

    /// Whether the version whose graph this is follows a rule.
    [[nodiscard]] bool has(LlamaRule rule) const { return hasRule(request.llama_cpp, rule); }

    /// A weight by its whole name ("output_norm.weight"), or none.
    NodeId w(std::string_view name);
    /// A weight of a block ("attn_q.weight" for "blk.7.attn_q.weight"), or none.
    NodeId w(int64_t il, std::string_view name);
    /// The output matrix: output.weight, else the copy of token_embd.weight that was made for it.
    NodeId outputWeight();
    /// rope_freqs.weight, else rope_factors_long or _short by the context, as the layer's device holds it
    /// (llama_model::get_rope_factors); or none.
    NodeId ropeFactors(int64_t il);

    NodeId cacheTensor(std::string_view label, std::string_view kind, int64_t il);  // ("", "k", 3): cache_k_l3
    NodeId cacheTensor(const std::string & name, size_t label_length = 0);          // by CacheTensor::name
    NodeId inpEmbd();  // token embeddings, materialised at once; deepstack padding included
    /// The index-th further input of a vision model's tokens, [n_embd, n_tokens]; 0 is the embedding itself.
    NodeId deepstackInput(int64_t index);
    NodeId inpPos();        // n_pos_per_embd ids a token
    NodeId inpOutIds();     // the tokens whose logits are wanted
    NodeId inpAttnScale();  // [1, 1, n_tokens]
    NodeId input(GgmlType type, int64_t ne0, int64_t ne1 = 1, int64_t ne2 = 1, int64_t ne3 = 1,
                 const char * name = nullptr);

    // --- blocks ------------------------------------------------------------------------------------------------------

    /// llm_graph_context::cb: names a tensor. "norm" and "l_last" with a layer are pinned to the layer's device where
    /// llama.cpp pins them.
    NodeId cb(NodeId a, const char * name, int64_t il = -1);

    /// mul_mat by a weight and its NVFP4 scale, without bias (build_lora_mm).
    NodeId linear(NodeId weight, NodeId x, NodeId scale = NodeId::none);
    /// The same with "<name>.weight", "<name>.scale" and, where the file has it, "<name>.bias" of a block.
    NodeId linear(int64_t il, std::string_view name, NodeId x);
    NodeId linearId(NodeId weight, NodeId x, NodeId ids, NodeId scale = NodeId::none);

    NodeId norm(NodeId x, NodeId weight, NodeId bias, NormKind kind, int64_t il);
    /// norm with "<name>.weight" and "<name>.bias" of a block.
    NodeId norm(NodeId x, int64_t il, std::string_view name, NormKind kind);

    /// build_qkv: fused or separate projections with biases and clamping, in heads.
    Qkv qkv(int64_t il, NodeId x, int64_t n_embd_head, int64_t n_head_q, int64_t n_head_kv_);

    /// attn_output.weight, .bias and .scale of a block.
    Attn attnOf(int64_t il);

    Ffn ffnOf(int64_t il, Activation op, FfnGate gate, std::string_view suffix = "");  // ffn_up<suffix>, …; "_shexp"
    NodeId ffn(NodeId x, const Ffn & f, int64_t il);

    /// The experts' tensors of a block with counts and rules from the hyperparameters.
    Moe moeOf(int64_t il, Activation op);
    NodeId moe(NodeId x, const Moe & m, int64_t il);

    NodeId rope(NodeId x, NodeId positions, NodeId factors = NodeId::none) { return g.rope(x, positions, factors); }

    // --- attention ---------------------------------------------------------------------------------------------------

    AttnInput attnInput();              // of the model's cache, or without one (build_attn_inp_kv, _kv_iswa, _no_cache)
    AttnInput attnInputWithoutCache();  // all tokens of the batch, whatever memory the architecture has
    AttnInput attnInputK();             // caches that hold K alone (MLA): no V indices and rotations
    CacheInput cacheInput(std::string_view label, uint64_t n_cells, bool with_v, bool flash_attn);
    NodeId attn(const AttnInput & in, const Attn & a, NodeId q, NodeId k, NodeId v, int64_t il);
    /// Attention over a cache that holds K alone, its first v.ne[0] values read as V.
    NodeId attnK(const AttnInput & in, const Attn & a, NodeId q, NodeId k, NodeId v, int64_t il);
    NodeId attnMha(NodeId q, NodeId k, NodeId v, NodeId mask, const Attn & a, int64_t il);
    NodeId storeK(const CacheInput & in, NodeId k, int64_t il);
    NodeId storeV(const CacheInput & in, NodeId v, int64_t il);
    NodeId loadK(const CacheInput & in, int64_t il);
    NodeId loadV(const CacheInput & in, int64_t il);
    NodeId attnOut(NodeId x, const Attn & a);
    NodeId rotate(NodeId x, NodeId rotation);  // by a Hadamard matrix; x as it is where rotation is none
    /// The layer whose cache a layer reads: itself, or an earlier one where KV is shared.
    [[nodiscard]] int64_t cacheLayer(int64_t il) const;

    // --- recurrent layers --------------------------------------------------------------------------------------------

    StateInput stateInput();
    /// build_rs: the states of this batch's sequences, [state_size, n_seqs].
    NodeId loadState(const StateInput & in, NodeId states, int64_t state_size, const LoadStates & load = {});
    [[nodiscard]] int64_t n_rs() const { return static_cast<int64_t>(cache.shape.n_seq_max); }

    // --- the end -----------------------------------------------------------------------------------------------------

    /// Rows of the tokens that are wanted.
    NodeId selectOutputs(NodeId x, NodeId out_ids) { return g.getRows(x, out_ids); }
    /// Where a draft may read the last states of all tokens, the wanted ones are selected before the head. Builds
    /// without that draft's rule did it inside the last layer, as other architectures do: this, between attention and
    /// feed-forward, and selectLate() at the end.
    void selectEarly(LlamaRule draft, int64_t il, NodeId out_ids, NodeId & cur, NodeId & residual);
    /// `states` are what the draft reads.
    NodeId selectLate(LlamaRule draft, NodeId states, NodeId out_ids);
    /// result_norm and result_output with the given names, expanded. `head` none: no logits.
    void finish(NodeId embd, NodeId logits);

    /// The usual end: output norm, result_norm, output matrix with its bias, soft cap where asked for, result_output.
    void finishWithHead(NodeId x, NormKind kind, bool soft_cap = false);

    NodeId inp_tokens = NodeId::none;  // ids of the tokens; an input that inpEmbd makes
    NodeId t_h_nextn = NodeId::none;   // what MTP layers start from; kept to the end by llama.cpp
    NodeId t_embd = NodeId::none, t_logits = NodeId::none, t_embd_pooled = NodeId::none;
    void pool();         // build_pooling and build_dense_out
    void markOutputs();  // set_outputs

  private:
    NodeId inputWeight();  // token_embd.weight, else the copy of output.weight that was made for it
    [[nodiscard]] int64_t blockOf(int64_t il) const;  // the block of the file that holds a layer's weights
    NodeId leafOf(uint32_t tensor, const PlacedWeight & placed);
    void indexWeights(const WeightPlan & weights);

    static constexpr uint32_t kNowhere = UINT32_MAX;
    struct Span {  // positions in weights_.weights: where a tensor is placed first, and where last
        uint32_t first = kNowhere, last = kNowhere;
    };
    [[nodiscard]] Span placedAt(std::string_view name) const;

    const WeightPlan & weights_;
    std::vector<Span> placed_;        // by tensor of the file
    std::vector<NodeId> leafs_;       // by position in weights_.weights
    NameIndex cache_leafs_;           // nodes
    NodeId inp_embd_ = NodeId::none;  // llm_graph_result::t_inp_embd
};

}  // namespace ggufit
