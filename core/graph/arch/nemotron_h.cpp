// Nemotron-H: each layer is one of Mamba 2, attention without rope, or a feed-forward (squared ReLU, without gates).
#include <array>
#include <span>

#include "graph/build.h"
#include "graph/state_space.h"

namespace ggufit {

namespace {

NodeId attention(GraphContext & c, const AttnInput & in, NodeId x, int64_t il) {
    const auto layer = static_cast<uint32_t>(il);
    const Qkv p = c.qkv(il, x, c.n_embd_head_v, c.hp.n_head(layer), c.hp.n_head_kv(layer));
    return c.cb(c.attn(in, c.attnOf(il), p.q, p.k, p.v, il), "attn_out", il);
}

Ffn ungated(GraphContext & c, int64_t il, std::string_view suffix) {
    Ffn f = c.ffnOf(il, Activation::relu_sqr, FfnGate::parallel, suffix);
    f.gate = f.gate_b = f.gate_s = NodeId::none;
    return f;
}

/// The routed experts may work in a narrower, latent space; the shared one does not.
NodeId experts(GraphContext & c, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    NodeId latent = x;
    if (const NodeId down = c.w(il, "ffn_latent_down.weight"); down != NodeId::none) latent = g.mulMat(down, x);
    Moe m = c.moeOf(il, Activation::relu_sqr);
    m.probs_in = c.cb(c.linear(m.gate_inp, x), "ffn_moe_logits", il);
    m.gate = m.gate_b = m.gate_s = m.gate_up = m.gate_up_b = NodeId::none;
    m.gating = ExpertGating::sigmoid;
    NodeId routed = c.cb(c.moe(latent, m, il), "ffn_moe_out", il);
    if (const NodeId up = c.w(il, "ffn_latent_up.weight"); up != NodeId::none) routed = g.mulMat(up, routed);
    const NodeId shared = c.cb(c.ffn(x, withoutBiases(ungated(c, il, "_shexp")), il), "ffn_shexp", il);
    return c.cb(g.add(routed, shared), "ffn_out", il);
}

NodeId feedForward(GraphContext & c, NodeId x, int64_t il) {
    const bool dense = c.w(il, "ffn_gate_inp.weight") == NodeId::none;
    const NodeId cur = dense ? c.cb(c.ffn(x, ungated(c, il, ""), il), "ffn_out", il) : experts(c, x, il);
    return c.cb(cur, "l_out", il);
}

void nemotronHGraph(GraphContext & c) {
    NodeId x = c.inpEmbd();
    const HybridInput in = hybridInput(c);
    const NodeId out_ids = c.inpOutIds();
    for (int64_t il = 0; il < c.n_layer; ++il) {
        const auto layer = static_cast<uint32_t>(il);
        NodeId residual = x;
        NodeId cur = c.cb(c.norm(x, il, "attn_norm", NormKind::rms), "attn_norm", il);
        if (c.hp.is_recr(layer)) {
            cur = mamba2Layer(c, in.states, cur, il);
        } else {
            cur = c.hp.n_ff(layer) == 0 ? attention(c, in.attn, cur, il) : feedForward(c, cur, il);
        }
        if (il == c.n_layer - 1) {
            cur = c.selectOutputs(cur, out_ids);
            residual = c.selectOutputs(residual, out_ids);
        }
        x = c.cb(c.g.add(cur, residual), "nemotron_h_block_out", il);
    }
    c.finishWithHead(x, NormKind::rms);
}

constexpr std::array kRows = {
    GraphRow{"nemotron_h", nemotronHGraph},
    GraphRow{"nemotron_h_moe", nemotronHGraph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> nemotron_h() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
