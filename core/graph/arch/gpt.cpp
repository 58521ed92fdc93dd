// Descendants of GPT-2: layer norms with biases, mostly without a gate, positions learned, turned or by ALiBi.
#include <array>
#include <span>

#include "graph/build.h"
#include "graph/plain_decoder.h"

namespace ggufit {

namespace {

void gpt2Graph(GraphContext & c) {
    plainDecoder(c, {.norm = NormKind::layer, .has_rope = noRope, .activation = Activation::gelu});
}

void withRope(GraphContext & c) { plainDecoder(c, {.norm = NormKind::layer, .activation = Activation::gelu}); }

void squaredRelu(GraphContext & c) { plainDecoder(c, {.norm = NormKind::layer, .activation = Activation::relu_sqr}); }

void jaisGraph(GraphContext & c) { plainDecoder(c, {.norm = NormKind::layer, .has_rope = noRope}); }

/// Norms of Q and K go over all heads at once.
Qkv mptProjection(GraphContext & c, const PlainInputs &, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    const int64_t head = c.n_embd_head_v;
    Qkv p = c.qkv(il, x, head, c.n_head, c.n_head_kv);
    if (c.w(il, "attn_q_norm.weight") == NodeId::none) return p;
    const auto normed = [&](NodeId heads, int64_t n_heads, const char * tensor) {
        const NodeId row = c.norm(g.reshape(heads, head * n_heads, c.n_tokens), il, tensor, NormKind::layer);
        return g.reshape(row, head, n_heads, c.n_tokens);
    };
    p.q = normed(p.q, c.n_head, "attn_q_norm");
    p.k = normed(p.k, c.n_head_kv, "attn_k_norm");
    return p;
}

void mptGraph(GraphContext & c) {
    plainDecoder(
        c, {.norm = NormKind::layer, .has_rope = noRope, .activation = Activation::gelu, .project = mptProjection});
}

constexpr std::array kRows = {
    GraphRow{"bloom", gpt2Graph},      GraphRow{"codeshell", withRope},  GraphRow{"gpt2", gpt2Graph},
    GraphRow{"jais", jaisGraph},       GraphRow{"jais2", squaredRelu},   GraphRow{"mpt", mptGraph},
    GraphRow{"nemotron", squaredRelu}, GraphRow{"starcoder", gpt2Graph}, GraphRow{"starcoder2", withRope},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> gpt() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
