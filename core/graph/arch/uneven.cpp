// Decoders whose layers differ from each other or are skipped past: Deci (Nemotron Super), OpenELM, Talkie.
#include <array>
#include <span>

#include "graph/build.h"
#include "graph/plain_decoder.h"

namespace ggufit {

namespace {

Qkv deciProjection(GraphContext & c, const PlainInputs &, NodeId x, int64_t il) {
    const auto layer = static_cast<uint32_t>(il);
    return c.qkv(il, x, c.n_embd_head_v, c.hp.n_head(layer), c.hp.n_head_kv(layer));
}

/// Layers may lack attention (no heads), have a matrix in its place (no KV heads), or lack the feed-forward: such a
/// layer stores its keys and values, and what it computes is then left aside.
void deciGraph(GraphContext & c) {
    GraphBuilder & g = c.g;
    const PlainDecoder t{.rope_factors = true, .project = deciProjection};
    PlainInputs in;
    NodeId x = plainInputs(c, t, in);
    for (int64_t il = 0; il < c.n_layer; ++il) {
        const auto layer = static_cast<uint32_t>(il);
        const bool attends = c.hp.n_head(layer) > 0;
        NodeId residual = x;
        NodeId cur = x;
        if (attends) {
            cur = c.cb(c.norm(x, il, "attn_norm", NormKind::rms), "attn_norm", il);
            cur = c.hp.n_head_kv(layer) == 0 ? c.cb(g.mulMat(c.w(il, "attn_output.weight"), cur), "wo", il)
                                             : plainAttention(c, t, in, cur, il);
        }
        if (il == c.n_layer - 1) {
            cur = c.selectOutputs(cur, in.out_ids);
            residual = c.selectOutputs(residual, in.out_ids);
        }
        if (c.hp.n_ff(layer) == 0) continue;
        const NodeId ffn_inp = attends ? c.cb(g.add(cur, residual), "ffn_inp", il) : cur;
        cur = c.cb(c.norm(ffn_inp, il, "ffn_norm", NormKind::rms), "ffn_norm", il);
        x = c.cb(g.add(plainFfn(c, t, cur, il), ffn_inp), "l_out", il);
    }
    c.finishWithHead(x, NormKind::rms);
}

/// One fused projection; the number of heads differs by layer.
Qkv openElmProjection(GraphContext & c, const PlainInputs &, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    const auto layer = static_cast<uint32_t>(il);
    const int64_t heads = c.hp.n_head(layer);
    const int64_t heads_kv = c.hp.n_head_kv(layer);
    NodeId all = c.cb(g.mulMat(c.w(il, "attn_qkv.weight"), x), "wqkv", il);
    all = g.reshape(all, c.n_embd_head_k, heads + 2 * heads_kv, c.n_tokens);
    if (all == NodeId::none) return {};
    const uint64_t nb1 = g[all].nb[1];
    const uint64_t nb2 = g[all].nb[2];
    const auto part = [&](int64_t n, int64_t first) {
        return g.view3d(all, c.n_embd_head_v, n, c.n_tokens, nb1, nb2, nb1 * static_cast<uint64_t>(first));
    };
    Qkv p;
    p.q = c.norm(part(heads, 0), il, "attn_q_norm", NormKind::rms);
    p.k = c.norm(part(heads_kv, heads), il, "attn_k_norm", NormKind::rms);
    p.v = part(heads_kv, heads + heads_kv);
    return p;
}

void openElmGraph(GraphContext & c) { plainDecoder(c, {.residual_first = true, .project = openElmProjection}); }

NodeId bareNorm(GraphContext & c, NodeId x, const char * name, int64_t il) {
    return c.cb(c.norm(x, NodeId::none, NodeId::none, NormKind::rms, il), name, il);
}

Qkv talkieHeads(GraphContext & c, const PlainInputs & in, NodeId x, int64_t il) {
    Qkv p = c.qkv(il, x, c.n_embd_head_k, c.n_head, c.n_head_kv);
    p.q = c.norm(c.rope(p.q, in.pos), c.w(il, "attn_q_norm.weight"), NodeId::none, NormKind::rms, il);
    p.k = bareNorm(c, c.rope(p.k, in.pos), "Kcur_norm", il);
    return p;
}

/// Norms have no weights, and each layer adds the normed embeddings again, scaled by a learned figure.
void talkieGraph(GraphContext & c) {
    GraphBuilder & g = c.g;
    const PlainDecoder t{.has_rope = noRope, .biases = false, .attn_name = "attn_out", .project = talkieHeads};
    PlainInputs in;
    NodeId x = bareNorm(c, plainInputs(c, t, in), "inp_norm", -1);
    NodeId skip = x;
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId residual = x;
        NodeId cur = plainAttention(c, t, in, bareNorm(c, x, "attn_norm", il), il);
        if (il == c.n_layer - 1) {
            cur = c.selectOutputs(cur, in.out_ids);
            residual = c.selectOutputs(residual, in.out_ids);
            skip = c.selectOutputs(skip, in.out_ids);
        }
        const NodeId ffn_inp = c.cb(g.add(cur, residual), "ffn_inp", il);
        Ffn f = c.ffnOf(il, Activation::silu, FfnGate::parallel);
        f.up_s = f.gate_s = NodeId::none;
        cur = g.add(c.cb(c.ffn(bareNorm(c, ffn_inp, "ffn_norm", il), f, il), "ffn_out", il), ffn_inp);
        const NodeId scaled = c.cb(g.mul(skip, c.w(il, "layer_output_scale.weight")), "embd_skip", il);
        x = c.cb(g.add(cur, scaled), "l_out", il);
    }
    x = bareNorm(c, x, "result_norm", -1);
    c.finish(x, c.cb(g.scale(g.mulMat(c.outputWeight(), x)), "result_output"));
}

constexpr std::array kRows = {
    GraphRow{"deci", deciGraph},
    GraphRow{"openelm", openElmGraph},
    GraphRow{"talkie", talkieGraph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> uneven() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
