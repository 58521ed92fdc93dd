// Kimi Linear: delta attention with a gate for each channel, every few layers latent attention without rope.
#include <array>
#include <span>

#include "graph/build.h"
#include "graph/state_space.h"

namespace ggufit {

namespace {

uint64_t floats(int64_t n) { return static_cast<uint64_t>(n) * sizeof(float); }

/// The convolution of q, k or v: `part` 0, 1, 2 of the rolling state, which `history` holds for this batch.
NodeId convolve(GraphContext & c, NodeId states, NodeId history, int64_t part, NodeId x, const char * projection,
                const char * kernel, int64_t il) {
    GraphBuilder & g = c.g;
    const int64_t head = c.hp.n_embd_head_kda;
    const int64_t inner = head * c.n_head;
    const int64_t taken = static_cast<int64_t>(c.hp.ssm_d_conv) - 1;
    const uint64_t offset = floats(part * taken * inner);
    const auto rowsOf = [&](NodeId t) {
        return g.view3d(t, taken, inner, c.n_seqs, floats(taken), floats(3 * taken * inner), offset);
    };
    const NodeId before = rowsOf(history);
    const NodeId projected = g.mulMat(c.w(il, projection), x);
    const NodeId tokens = g.reshape(projected, inner, c.n_seq_tokens, c.n_seqs);
    const NodeId columns = g.concat(before, g.transpose(tokens), 0);
    keepHistory(c, columns, taken, rowsOf(states));
    NodeId y = g.ssmConv(columns, g.reshape(c.w(il, kernel), taken + 1, inner));
    y = g.silu(g.reshape(y, inner, c.n_tokens));
    return g.reshape(y, head, c.n_head, c.n_seq_tokens, c.n_seqs);
}

NodeId deltaAttention(GraphContext & c, const StateInput & in, NodeId cur, int64_t il) {
    GraphBuilder & g = c.g;
    const int64_t head = c.hp.n_embd_head_kda;
    const int64_t inner = head * c.n_head;
    const auto n_embd_s = static_cast<int64_t>(c.hp.n_embd_s());
    const NodeId conv_states = c.cb(c.cacheTensor("", "r", il), "conv_states_all", il);
    const NodeId history = c.loadState(in, conv_states, static_cast<int64_t>(c.hp.n_embd_r()));
    DeltaRule rule;
    rule.q = convolve(c, conv_states, history, 0, cur, "attn_q.weight", "ssm_conv1d_q.weight", il);
    rule.k = convolve(c, conv_states, history, 1, cur, "attn_k.weight", "ssm_conv1d_k.weight", il);
    rule.v = convolve(c, conv_states, history, 2, cur, "attn_v.weight", "ssm_conv1d_v.weight", il);

    const NodeId low = g.mulMat(c.w(il, "ssm_f_a.weight"), cur);
    NodeId gate = c.cb(g.mulMat(c.w(il, "ssm_f_b.weight"), low), "g1 f_b(f_a(cur))", il);
    gate = g.softplus(g.add(gate, c.w(il, "ssm_dt.bias")));
    gate = g.reshape(gate, head, c.n_head, c.n_tokens);
    gate = c.cb(g.mul(gate, g.reshape(c.w(il, "ssm_a"), 1, c.n_head, 1)), "kda_g1", il);
    rule.gate = g.reshape(gate, head, c.n_head, c.n_seq_tokens, c.n_seqs);
    NodeId beta = g.mulMat(c.w(il, "ssm_beta.weight"), cur);
    beta = c.cb(g.reshape(beta, 1, c.n_head, c.n_seq_tokens, c.n_seqs), "kda_beta", il);
    rule.beta = g.sigmoid(beta);

    cur = g.reshape(cur, shapeOf(c, cur).ne[0], c.n_seq_tokens, c.n_seqs);
    const NodeId states = c.cacheTensor("", "s", il);
    rule.state = g.reshape(c.loadState(in, states, n_embd_s), head, head, c.n_head, c.n_seqs);
    rule.q = g.l2Norm(rule.q);
    rule.k = g.l2Norm(rule.k);
    const DeltaResult result = deltaRule(c, rule, il);
    const NodeId output = c.cb(g.cont(result.output), "attn_output", il);
    c.cb(result.state, "new_state", il);
    g.expand(g.cpy(result.state, g.view1d(states, n_embd_s * c.n_seqs, 0)));

    const NodeId flat = g.reshape(cur, shapeOf(c, cur).ne[0], c.n_tokens);
    const NodeId narrow = g.mulMat(c.w(il, "ssm_g_a.weight"), flat);
    NodeId out_gate = c.cb(g.mulMat(c.w(il, "ssm_g_b.weight"), narrow), "g2 g_b(g_a(cur_2d))", il);
    out_gate = g.reshape(out_gate, head, c.n_head, c.n_tokens);
    NodeId y = g.reshape(output, head, c.n_head, c.n_tokens);
    y = c.cb(c.norm(y, c.w(il, "ssm_norm.weight"), NodeId::none, NormKind::rms, il), "kda_normed", il);
    y = g.contAs(g.mul(y, g.sigmoid(out_gate)), inner, c.n_tokens);
    return c.cb(g.mulMat(c.w(il, "attn_output.weight"), y), "kda_out", il);
}

/// Sizes of latent attention.
struct Latent {
    int64_t head_k, head_v, rope, nope, rank;
};

/// With absorbed projections the cache holds the compressed keys, which are the values too.
NodeId absorbed(GraphContext & c, const AttnInput & in, const Latent & n, NodeId q, NodeId kv, NodeId k_pe,
                int64_t il) {
    GraphBuilder & g = c.g;
    const uint64_t nb1 = floats(n.head_k);
    const uint64_t nb2 = nb1 * static_cast<uint64_t>(c.n_head);
    NodeId q_nope = c.cb(g.view3d(q, n.nope, c.n_head, c.n_tokens, nb1, nb2, 0), "q_nope", il);
    const NodeId q_pe = c.cb(g.view3d(q, n.rope, c.n_head, c.n_tokens, nb1, nb2, floats(n.nope)), "q_pe", il);
    q_nope = c.cb(g.permute(q_nope, 0, 2, 1, 3), "q_nope_perm", il);
    NodeId wide = c.cb(g.mulMat(c.w(il, "attn_k_b.weight"), q_nope), "q_nope_absorbed", il);
    wide = c.cb(g.permute(wide, 0, 2, 1, 3), "q_nope_absorbed_perm", il);
    q = c.cb(g.concat(wide, q_pe, 0), "Qcur", il);
    kv = c.cb(g.reshape(kv, n.rank, 1, c.n_tokens), "kv_cmpr_reshape", il);
    const NodeId k = c.cb(g.concat(kv, k_pe, 0), "Kcur", il);
    c.cb(kv, "Vcur", il);
    Attn a = withoutBias(c.attnOf(il));
    a.v_mla = c.w(il, "attn_v_b.weight");
    return c.attnK(in, a, q, k, kv, il);
}

NodeId decompressed(GraphContext & c, const AttnInput & in, const Latent & n, NodeId q, NodeId kv, NodeId k_pe,
                    int64_t il) {
    GraphBuilder & g = c.g;
    q = c.cb(g.reshape(q, n.head_k, c.n_head, c.n_tokens), "mla_Q", il);
    const NodeId both = g.mulMat(c.w(il, "attn_kv_b.weight"), kv);
    const uint64_t nb1 = floats(n.nope + n.head_v);
    const uint64_t nb2 = nb1 * static_cast<uint64_t>(c.n_head);
    const NodeId k_nope = g.view3d(both, n.nope, c.n_head, c.n_tokens, nb1, nb2, 0);
    NodeId v = g.view3d(both, n.head_v, c.n_head, c.n_tokens, nb1, nb2, floats(n.nope));
    v = c.cb(g.cont(v), "mla_V", il);
    const NodeId repeated = g.repeat4d(k_pe, n.rope, c.n_head, c.n_tokens, 1);
    const NodeId k = c.cb(g.concat(repeated, k_nope, 0), "mla_K", il);
    return c.attn(in, withoutBias(c.attnOf(il)), q, k, v, il);
}

NodeId latentAttention(GraphContext & c, const AttnInput & in, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    const int64_t head_k = c.hp.n_embd_head_k_mla();
    const Latent n{head_k, c.hp.n_embd_head_v_mla(), c.n_rot, head_k - c.n_rot, c.hp.n_lora_kv};
    const NodeId q = g.mulMat(c.w(il, "attn_q.weight"), x);
    const NodeId both = g.mulMat(c.w(il, "attn_kv_a_mqa.weight"), x);
    const uint64_t row = floats(n.rank + n.rope);
    NodeId kv = g.view2d(both, n.rank, c.n_tokens, row, 0);
    const NodeId k_pe = g.view3d(both, n.rope, 1, c.n_tokens, row, row, floats(n.rank));
    kv = c.norm(kv, c.w(il, "attn_kv_a_norm.weight"), NodeId::none, NormKind::rms, il);
    const bool whole = c.w(il, "attn_kv_b.weight") != NodeId::none;
    if (whole == c.hp.is_mla()) return g.fail("latent attention whose projections do not fit its cache");
    return c.cb(whole ? decompressed(c, in, n, q, kv, k_pe, il) : absorbed(c, in, n, q, kv, k_pe, il), "mla_out", il);
}

NodeId feedForward(GraphContext & c, NodeId x, int64_t il) {
    const auto dense = [&](std::string_view suffix) {
        return withoutScales(withoutBiases(c.ffnOf(il, Activation::silu, FfnGate::parallel, suffix)));
    };
    if (il < static_cast<int64_t>(c.hp.n_layer_dense_lead)) return c.cb(c.ffn(x, dense(""), il), "ffn_out", il);
    Moe m = withoutScales(c.moeOf(il, Activation::silu));
    m.norm_w = true;
    const NodeId routed = c.cb(c.moe(x, m, il), "ffn_moe_out", il);
    const NodeId shared = c.cb(c.ffn(x, dense("_shexp"), il), "ffn_shexp", il);
    return c.cb(c.g.add(routed, shared), "ffn_out", il);
}

void kimiLinearGraph(GraphContext & c) {
    GraphBuilder & g = c.g;
    NodeId x = c.cb(c.inpEmbd(), "model.embed_tokens");
    const HybridInput in = hybridInput(c, c.hp.is_mla());
    const NodeId out_ids = c.inpOutIds();
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId residual = x;
        NodeId cur = c.cb(c.norm(x, il, "attn_norm", NormKind::rms), "attn_norm", il);
        g.expand(cur);
        cur = c.hp.is_recr(static_cast<uint32_t>(il)) ? deltaAttention(c, in.states, cur, il)
                                                      : latentAttention(c, in.attn, cur, il);
        if (il == c.n_layer - 1) {
            cur = c.selectOutputs(cur, out_ids);
            residual = c.selectOutputs(residual, out_ids);
        }
        const NodeId ffn_inp = c.cb(g.add(cur, residual), "ffn_inp", il);
        cur = c.cb(c.norm(ffn_inp, il, "ffn_norm", NormKind::rms), "ffn_norm", il);
        x = c.cb(g.add(feedForward(c, cur, il), ffn_inp), "l_out", il);
    }
    x = c.cb(c.norm(x, c.w("output_norm.weight"), NodeId::none, NormKind::rms, -1), "result_norm");
    c.finish(x, c.cb(g.mulMat(c.outputWeight(), x), "result_output"));
}

constexpr std::array kRows = {GraphRow{"kimi-linear", kimiLinearGraph}};

}  // namespace

namespace graphs {
std::span<const GraphRow> kimi_linear() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
