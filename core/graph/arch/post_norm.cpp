// Decoders with norms behind attention and feed-forward: OLMo, EXAONE, GLM 4 and ChatGLM, PLaMo 3.
#include <array>
#include <span>

#include "graph/build.h"
#include "graph/plain_decoder.h"

namespace ggufit {

namespace {

constexpr const char * kAttnPost = "post_attention_norm";
constexpr const char * kFfnPost = "post_ffw_norm";

void chatGlmGraph(GraphContext & c) { plainDecoder(c, {.activation = Activation::swiglu}); }

void glm4Graph(GraphContext & c) {
    plainDecoder(c, {.attn_post_norm = kAttnPost, .ffn_post_norm = kFfnPost, .activation = Activation::swiglu});
}

/// Norms without weights.
void olmoGraph(GraphContext & c) { plainDecoder(c, {.norm = NormKind::layer}); }

/// Norms of Q and K go over all heads at once; NVFP4 scales of the three are not multiplied in.
Qkv olmo2Projection(GraphContext & c, const PlainInputs &, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    const NodeId q = g.mulMat(c.w(il, "attn_q.weight"), x);
    const NodeId k = g.mulMat(c.w(il, "attn_k.weight"), x);
    const NodeId v = g.mulMat(c.w(il, "attn_v.weight"), x);
    const int64_t head = c.n_embd_head_v;
    Qkv p;
    p.q = g.reshape(c.norm(q, il, "attn_q_norm", NormKind::rms), head, c.n_head, c.n_tokens);
    p.k = g.reshape(c.norm(k, il, "attn_k_norm", NormKind::rms), head, c.n_head_kv, c.n_tokens);
    p.v = g.reshape(v, head, c.n_head_kv, c.n_tokens);
    return p;
}

void olmo2Graph(GraphContext & c) {
    plainDecoder(c, {.attn_norm = nullptr,
                     .attn_post_norm = kAttnPost,
                     .ffn_norm = nullptr,
                     .ffn_post_norm = kFfnPost,
                     .pins_ffn_post_norm = false,
                     .project = olmo2Projection});
}

void exaoneGraph(GraphContext & c) { plainDecoder(c, {.rope_factors = true}); }

/// Where some layers slide, only those have rope.
bool exaone4HasRope(const Hparams & hp, int64_t il) {
    return hp.swa_type == SwaType::none || hp.is_swa(static_cast<uint32_t>(il));
}

void exaone4Graph(GraphContext & c) {
    plainDecoder(c, {.attn_norm = nullptr,
                     .attn_post_norm = kAttnPost,
                     .ffn_norm = nullptr,
                     .ffn_post_norm = kFfnPost,
                     .pins_ffn_post_norm = false,
                     .has_rope = exaone4HasRope,
                     .rope_factors = true,
                     .biases = false,
                     .attn_name = "attn_out"});
}

Qkv plamo3Projection(GraphContext & c, const PlainInputs &, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    const NodeId all = g.mulMat(c.w(il, "attn_qkv.weight"), x);
    if (all == NodeId::none) return {};
    const auto layer = static_cast<uint32_t>(il);
    const int64_t heads = c.hp.n_head(layer);
    const int64_t heads_kv = c.hp.n_head_kv(layer);
    const auto part = [&](int64_t head, int64_t n, int64_t start) {
        return g.view3d(all, head, n, c.n_tokens, static_cast<uint64_t>(head) * sizeof(float), g[all].nb[1],
                        static_cast<uint64_t>(start) * sizeof(float));
    };
    Qkv p;
    p.q = part(c.n_embd_head_k, heads, 0);
    p.k = part(c.n_embd_head_k, heads_kv, c.n_embd_head_k * heads);
    p.v = part(c.n_embd_head_v, heads_kv, c.n_embd_head_k * (heads + heads_kv));
    p.q = c.norm(p.q, il, "attn_q_norm", NormKind::rms);
    p.k = c.norm(p.k, il, "attn_k_norm", NormKind::rms);
    return p;
}

void plamo3Graph(GraphContext & c) {
    plainDecoder(c, {.attn_post_norm = kAttnPost,
                     .ffn_post_norm = kFfnPost,
                     .activation = Activation::swiglu,
                     .attn_name = "attn_out",
                     .project = plamo3Projection});
}

constexpr std::array kRows = {
    GraphRow{"chatglm", chatGlmGraph}, GraphRow{"exaone", exaoneGraph}, GraphRow{"exaone4", exaone4Graph},
    GraphRow{"glm4", glm4Graph},       GraphRow{"olmo", olmoGraph},     GraphRow{"olmo2", olmo2Graph},
    GraphRow{"plamo3", plamo3Graph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> post_norm() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
