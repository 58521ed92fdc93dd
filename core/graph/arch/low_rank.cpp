// Decoders that decompress keys and values before the cache, one turned key shared by all heads: MiniCPM 3, PLM.
#include <array>
#include <span>

#include "graph/build.h"
#include "graph/plain_decoder.h"

namespace ggufit {

namespace {

Qkv decompressed(GraphContext & c, const PlainInputs & in, NodeId x, int64_t il, NodeId factors) {
    GraphBuilder & g = c.g;
    const int64_t head = c.n_embd_head_k;
    const int64_t head_v = c.n_embd_head_v;
    const int64_t turned = c.n_rot;
    const int64_t plain = head - turned;
    const auto bytes = [](int64_t values) { return static_cast<uint64_t>(values) * sizeof(float); };
    const auto part = [&](NodeId a, int64_t width, int64_t row, int64_t start) {
        return g.view3d(a, width, c.n_head, c.n_tokens, bytes(row), bytes(row * c.n_head), bytes(start));
    };

    NodeId q = x;
    if (c.w(il, "attn_q_a.weight") != NodeId::none) {
        q = c.norm(g.mulMat(c.w(il, "attn_q_a.weight"), x), il, "attn_q_a_norm", NormKind::rms);
        q = g.mulMat(c.w(il, "attn_q_b.weight"), q);
    } else {
        q = g.mulMat(c.w(il, "attn_q.weight"), x);
    }
    c.cb(q, "q", il);
    const NodeId q_nope = c.cb(part(q, plain, head, 0), "q_nope", il);
    const NodeId q_pe = c.cb(part(q, turned, head, plain), "q_pe", il);

    const NodeId both = c.cb(g.mulMat(c.w(il, "attn_kv_a_mqa.weight"), x), "kv_pe_compresseed", il);
    if (both == NodeId::none) return {};
    const uint64_t row = g[both].nb[1];
    NodeId compressed = g.view2d(both, c.hp.n_lora_kv, c.n_tokens, row, 0);
    const NodeId k_pe = c.cb(g.view3d(both, turned, 1, c.n_tokens, row, row, bytes(c.hp.n_lora_kv)), "k_pe", il);
    compressed = c.cb(c.norm(compressed, il, "attn_kv_a_norm", NormKind::rms), "kv_compressed", il);
    const NodeId kv = c.cb(g.mulMat(c.w(il, "attn_kv_b.weight"), compressed), "kv", il);
    const NodeId k_nope = c.cb(part(kv, plain, plain + head_v, 0), "k_nope", il);

    Qkv p;
    p.v = c.cb(g.cont(part(kv, head_v, plain + head_v, plain)), "v_states", il);
    const NodeId q_turned = c.cb(c.rope(q_pe, in.pos, factors), "q_pe", il);
    const NodeId k_turned = c.cb(c.rope(k_pe, in.pos, factors), "k_pe", il);
    p.q = c.cb(g.concat(q_nope, q_turned, 0), "q_states", il);
    p.k = c.cb(g.concat(k_nope, g.repeat(k_turned, q_turned), 0), "k_states", il);
    return p;
}

Qkv minicpm3Projection(GraphContext & c, const PlainInputs & in, NodeId x, int64_t il) {
    return decompressed(c, in, x, il, c.ropeFactors(il));
}

Qkv plmProjection(GraphContext & c, const PlainInputs & in, NodeId x, int64_t il) {
    return decompressed(c, in, x, il, NodeId::none);
}

void finishMinicpm3(GraphContext & c, NodeId x) {
    x = c.cb(c.norm(x, c.w("output_norm.weight"), NodeId::none, NormKind::rms, -1), "result_norm");
    const NodeId scaled = c.cb(c.g.scale(x), "lmhead_scaling");
    c.finish(x, c.cb(c.linear(c.outputWeight(), scaled, c.w("output.scale")), "result_output"));
}

void minicpm3Graph(GraphContext & c) {
    plainDecoder(c, {.has_rope = noRope,  // inside the projection
                     .biases = false,
                     .scales_embedding = true,
                     .scales_residual = true,
                     .project = minicpm3Projection,
                     .finish = finishMinicpm3});
}

/// llama.cpp flattens V's heads before it stores them, and so cannot run this architecture (plm.cpp); here V keeps
/// them.
void plmGraph(GraphContext & c) {
    plainDecoder(c,
                 {.has_rope = noRope, .biases = false, .activation = Activation::relu_sqr, .project = plmProjection});
}

constexpr std::array kRows = {
    GraphRow{"minicpm3", minicpm3Graph},
    GraphRow{"plm", plmGraph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> low_rank() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
