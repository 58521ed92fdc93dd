// The plain decoder's layers, and the variant with attention and feed-forward side by side.
#include "graph/plain_decoder.h"

#include <utility>

namespace ggufit {

namespace {

bool present(NodeId id) { return id != NodeId::none; }

/// Norm of Q or K where the file has weights for it.
NodeId headNorm(GraphContext & c, NodeId x, const char * tensor, const char * name, NormKind kind, int64_t il) {
    if (!present(c.w(il, std::string(tensor) + ".weight"))) return x;
    return c.cb(c.norm(x, il, tensor, kind), name, il);
}

void headNorms(GraphContext & c, const PlainDecoder & t, Qkv & p, int64_t il) {
    p.q = headNorm(c, p.q, "attn_q_norm", "Qcur_normed", t.head_norm, il);
    p.k = headNorm(c, p.k, "attn_k_norm", "Kcur_normed", t.head_norm, il);
}

NodeId namedNorm(GraphContext & c, const PlainDecoder & t, NodeId x, const char * tensor, const char * name,
                 int64_t il) {
    return tensor == nullptr ? x : c.cb(c.norm(x, il, tensor, t.norm), name, il);
}

NodeId ffnPostNorm(GraphContext & c, const PlainDecoder & t, NodeId x, int64_t il) {
    if (t.ffn_post_norm == nullptr) return x;
    const NodeId weight = c.w(il, std::string(t.ffn_post_norm) + ".weight");
    return c.cb(c.norm(x, weight, NodeId::none, t.norm, t.pins_ffn_post_norm ? il : -1), "ffn_post_norm", il);
}

void finishPlain(GraphContext & c, const PlainDecoder & t, NodeId x) {
    if (t.finish == nullptr) {
        c.finishWithHead(x, t.norm);
    } else {
        t.finish(c, x);
    }
}

/// Nanbeige runs its blocks several times, with the output norm between two turns.
NodeId loopNorm(GraphContext & c, NodeId x, int64_t il) {
    const bool turn_ends = (il + 1) % c.hp.n_layer_phys() == 0 && il + 1 < c.n_layer;
    if (c.hp.n_loops <= 1 || !turn_ends || c.hp.skip_loop_final_norm) return x;
    return c.cb(c.norm(x, c.w("output_norm.weight"), NodeId::none, NormKind::rms, il), "loop_norm", il);
}

}  // namespace

NodeId plainInputs(GraphContext & c, const PlainDecoder & t, PlainInputs & in) {
    NodeId x = c.inpEmbd();
    if (t.scales_embedding) x = c.cb(c.g.scale(x), "inp_scaled");
    in.pos = c.inpPos();
    if (c.hp.f_attn_temp_scale != 0.0F) in.scale = c.inpAttnScale();
    in.attn = t.reads_cache ? c.attnInput() : c.attnInputWithoutCache();
    if (const NodeId positions = c.w("position_embd.weight"); present(positions)) {
        x = c.cb(c.g.add(x, c.cb(c.g.getRows(positions, in.pos), "pos_embd")), "inpL");
    }
    if (const NodeId weight = c.w("token_embd_norm.weight"); present(weight)) {
        x = c.cb(c.norm(x, weight, c.w("token_embd_norm.bias"), t.norm, 0), "inp_norm", 0);
    }
    in.out_ids = c.inpOutIds();
    return x;
}

NodeId plainAttention(GraphContext & c, const PlainDecoder & t, const PlainInputs & in, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    Qkv p = t.project == nullptr ? c.qkv(il, x, c.n_embd_head_v, c.n_head, c.n_head_kv) : t.project(c, in, x, il);
    if (!t.head_norm_after_rope && t.project == nullptr) headNorms(c, t, p, il);
    if (t.has_rope == nullptr || t.has_rope(c.hp, il)) {
        const NodeId factors = t.rope_factors ? c.ropeFactors(il) : NodeId::none;
        p.q = c.rope(p.q, in.pos, factors);
        p.k = c.rope(p.k, in.pos, factors);
    }
    c.cb(p.q, "Qcur", il);
    c.cb(p.k, "Kcur", il);
    c.cb(p.v, "Vcur", il);
    if (t.head_norm_after_rope) headNorms(c, t, p, il);
    if (c.hp.use_kq_norm) {
        p.q = c.cb(g.rmsNorm(p.q), "Qcur_normed", il);
        p.k = c.cb(g.rmsNorm(p.k), "Kcur_normed", il);
    }
    if (present(in.scale)) p.q = c.cb(g.mul(p.q, in.scale), "Qcur_attn_temp_scaled", il);
    if (t.scales_q) p.q = g.scale(p.q);
    Attn a = c.attnOf(il);
    if (!t.biases) a.wo_b = NodeId::none;
    const bool inner_norm = present(c.w(il, "attn_sub_norm.weight"));
    NodeId cur = c.attn(in.attn, inner_norm ? Attn{} : a, p.q, p.k, p.v, il);
    if (inner_norm) cur = c.attnOut(c.cb(c.norm(cur, il, "attn_sub_norm", t.norm), "attn_sub_norm", il), a);
    return t.attn_name == nullptr ? cur : c.cb(cur, t.attn_name, il);
}

NodeId plainFfn(GraphContext & c, const PlainDecoder & t, NodeId x, int64_t il) {
    if (t.experts && present(c.w(il, "ffn_gate_inp.weight"))) {
        Moe m = c.moeOf(il, Activation::silu);
        m.norm_w = true;
        m.gating = ExpertGating::softmax;
        return c.cb(c.moe(x, m, il), "ffn_moe_out", il);
    }
    Ffn f = c.ffnOf(il, t.activation, FfnGate::parallel);
    if (!t.biases) f.up_b = f.gate_b = f.down_b = NodeId::none;
    if (!t.ffn_scales) f.up_s = f.gate_s = f.down_s = NodeId::none;
    f.act_scales = c.w(il, "ffn.act.scales");
    if (!present(c.w(il, "ffn_sub_norm.weight"))) return c.cb(c.ffn(x, f, il), "ffn_out", il);
    const NodeId down = std::exchange(f.down, NodeId::none);
    const NodeId down_s = std::exchange(f.down_s, NodeId::none);
    x = c.cb(c.ffn(x, f, il), "ffn_sub_out", il);
    x = c.cb(c.norm(x, il, "ffn_sub_norm", t.norm), "ffn_sub_norm", il);
    return c.cb(c.linear(down, x, down_s), "ffn_down", il);
}

void plainDecoder(GraphContext & c, const PlainDecoder & t) {
    GraphBuilder & g = c.g;
    PlainInputs in;
    NodeId x = plainInputs(c, t, in);
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId residual = x;
        NodeId cur = plainAttention(c, t, in, namedNorm(c, t, x, t.attn_norm, "attn_norm", il), il);
        if (il == c.n_layer - 1 && t.selects_outputs) {
            cur = c.selectOutputs(cur, in.out_ids);
            residual = c.selectOutputs(residual, in.out_ids);
        }
        if (t.scales_residual) cur = c.cb(g.scale(cur), "hidden_scaled", il);
        cur = namedNorm(c, t, cur, t.attn_post_norm, "attn_post_norm", il);
        const NodeId ffn_inp = c.cb(t.residual_first ? g.add(residual, cur) : g.add(cur, residual), "ffn_inp", il);
        cur = plainFfn(c, t, namedNorm(c, t, ffn_inp, t.ffn_norm, "ffn_norm", il), il);
        cur = ffnPostNorm(c, t, cur, il);
        if (t.scales_residual) cur = c.cb(g.scale(cur), "hidden_scaled_ffn", il);
        x = c.cb(g.add(cur, ffn_inp), "l_out", il);
        if (il < c.hp.n_deepstack_layers) x = c.cb(g.add(x, c.deepstackInput(il + 1)), "deepstack_out", il);
        x = loopNorm(c, x, il);
    }
    finishPlain(c, t, x);
}

void parallelDecoder(GraphContext & c, const PlainDecoder & t,
                     NodeId (*sum)(GraphBuilder & g, NodeId x, NodeId attn, NodeId ffn)) {
    PlainInputs in;
    NodeId x = plainInputs(c, t, in);
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId normed = namedNorm(c, t, x, t.attn_norm, "attn_norm", il);
        NodeId attn_inp = normed;
        if (present(c.w(il, "attn_norm_2.weight"))) attn_inp = namedNorm(c, t, x, "attn_norm_2", "attn_norm_2", il);
        NodeId attn = plainAttention(c, t, in, attn_inp, il);
        if (il == c.n_layer - 1) {
            attn = c.selectOutputs(attn, in.out_ids);
            x = c.selectOutputs(x, in.out_ids);
            normed = c.selectOutputs(normed, in.out_ids);
        }
        if (present(c.w(il, "ffn_norm.weight"))) normed = namedNorm(c, t, x, "ffn_norm", "ffn_norm", il);
        x = c.cb(sum(c.g, x, attn, plainFfn(c, t, normed, il)), "l_out", il);
    }
    finishPlain(c, t, x);
}

}  // namespace ggufit
