// T5: the decoder with cross attention, which llama.cpp reserves for, and the encoder where a file holds it alone.
#include <array>
#include <span>
#include <string>

#include "graph/build.h"

namespace ggufit {

namespace {

/// Tensors of one of the two stacks: "dec.blk.3.attn_q.weight".
class Stack {
  public:
    Stack(GraphContext & c, const char * prefix) : c_(c), prefix_(prefix) {}

    [[nodiscard]] NodeId w(int64_t il, const char * name) const {
        return c_.w(prefix_ + std::to_string(il) + '.' + name + ".weight");
    }
    [[nodiscard]] NodeId norm(NodeId x, int64_t il, const char * name) const {
        return c_.norm(x, w(il, name), NodeId::none, NormKind::rms, il);
    }
    [[nodiscard]] NodeId project(NodeId x, int64_t il, const char * tensor, const char * name) const {
        return c_.cb(c_.linear(w(il, tensor), x), name, il);
    }
    /// The bias of relative positions; later layers share the first one's.
    [[nodiscard]] NodeId relativeBias(int64_t il) const {
        const NodeId own = w(il, "attn_rel_b");
        return own != NodeId::none ? own : w(0, "attn_rel_b");
    }
    [[nodiscard]] NodeId ffn(NodeId x, int64_t il) const {
        Ffn f;
        f.up = w(il, "ffn_up");
        f.gate = w(il, "ffn_gate");  // Flan-T5 has one
        f.down = w(il, "ffn_down");
        f.op = f.gate == NodeId::none ? Activation::relu : Activation::gelu;
        f.gate_kind = f.gate == NodeId::none ? FfnGate::sequential : FfnGate::parallel;
        return c_.cb(c_.ffn(x, f, il), "ffn_out", il);
    }

  private:
    GraphContext & c_;
    std::string prefix_;
};

/// Heads of projections; K and V may be of other tokens than Q.
Qkv inHeads(GraphContext & c, const Qkv & p) {
    const auto heads = [&](NodeId x, int64_t n) {
        return x == NodeId::none ? x : c.g.reshape(x, c.n_embd_head_v, n, c.g[x].ne[1]);
    };
    return {heads(p.q, c.n_head), heads(p.k, c.n_head_kv), heads(p.v, c.n_head_kv)};
}

/// The bias that a table gives for the bucket of each pair of positions, [n_kv, n_tokens, n_head] (build_pos_bias).
NodeId positionBias(GraphContext & c, NodeId buckets, NodeId table) {
    GraphBuilder & g = c.g;
    if (buckets == NodeId::none) return buckets;
    const Node b = g[buckets];
    const NodeId ids = c.cb(g.reshape(buckets, b.ne[0] * b.ne[1]), "pos_bucket_1d");
    NodeId bias = g.getRows(table, ids);
    if (bias == NodeId::none) return bias;
    bias = g.reshape(bias, g[bias].ne[0], b.ne[0], b.ne[1]);
    return c.cb(g.cont(g.permute(bias, 2, 0, 1, 3)), "pos_bias");
}

Qkv selfQkv(GraphContext & c, const Stack & s, NodeId x, int64_t il) {
    Qkv p;
    p.q = s.project(x, il, "attn_q", "Qcur");
    p.k = s.project(x, il, "attn_k", "Kcur");
    p.v = s.project(x, il, "attn_v", "Vcur");
    return inHeads(c, p);
}

NodeId feedForward(GraphContext & c, const Stack & s, NodeId x, int64_t il) {
    const NodeId cur = s.ffn(c.cb(s.norm(x, il, "ffn_norm"), "ffn_norm", il), il);
    return c.cb(c.g.add(cur, x), "l_out", il);
}

NodeId outputNorm(GraphContext & c, NodeId x, const char * name) {
    x = c.norm(c.cb(x, "result_embd"), c.w(name), NodeId::none, NormKind::rms, -1);
    return c.cb(x, "result_norm");
}

NodeId crossAttention(GraphContext & c, const Stack & s, const AttnInput & in, NodeId x, NodeId encoded, int64_t il) {
    Qkv p;
    p.q = s.project(x, il, "cross_attn_q", "Qcur");
    p.k = s.project(encoded, il, "cross_attn_k", "Kcur");
    p.v = s.project(encoded, il, "cross_attn_v", "Vcur");
    p = inHeads(c, p);
    Attn a;
    a.wo = s.w(il, "cross_attn_o");
    return c.cb(c.attn(in, a, p.q, p.k, p.v, il), "kqv_out", il);
}

void t5Graph(GraphContext & c) {
    GraphBuilder & g = c.g;
    const Stack s(c, "dec.blk.");
    const int64_t n_encoded = c.hp.n_ctx_train;  // while no encoder has run
    NodeId x = c.inpEmbd();
    const NodeId encoded = c.input(GgmlType::f32, c.hp.n_embd_inp(), n_encoded);
    const NodeId buckets = c.input(GgmlType::i32, static_cast<int64_t>(c.cache.shape.n_ctx_seq), c.n_tokens);
    const AttnInput self = c.attnInput();
    AttnInput cross;
    cross.cached = false;
    cross.base.mask = c.input(c.request.flash_attn ? GgmlType::f16 : GgmlType::f32, n_encoded, c.n_tokens);
    const NodeId out_ids = c.inpOutIds();
    for (int64_t il = 0; il < c.hp.dec_n_layer; ++il) {
        const NodeId normed = c.cb(s.norm(x, il, "attn_norm"), "attn_norm", il);
        Qkv p = selfQkv(c, s, normed, il);
        c.cb(p.q, "Qcur", il);
        c.cb(p.k, "Kcur", il);
        c.cb(p.v, "Vcur", il);
        Attn a;
        a.wo = s.w(il, "attn_o");
        a.kq_b = positionBias(c, buckets, s.relativeBias(il));
        NodeId cur = c.cb(c.attn(self, a, p.q, p.k, p.v, il), "kqv_out", il);
        NodeId residual = c.cb(g.add(cur, x), "cross_inp", il);
        cur = c.cb(s.norm(residual, il, "cross_attn_norm"), "attn_norm_cross", il);
        cur = crossAttention(c, s, cross, cur, encoded, il);
        if (il == c.hp.dec_n_layer - 1) {
            cur = c.selectOutputs(cur, out_ids);
            residual = c.selectOutputs(residual, out_ids);
        }
        x = feedForward(c, s, c.cb(g.add(cur, residual), "ffn_inp", il), il);
    }
    x = outputNorm(c, x, "dec.output_norm.weight");
    c.finish(x, c.cb(c.linear(c.outputWeight(), x, c.w("output.scale")), "result_output"));
}

void t5EncoderGraph(GraphContext & c) {
    GraphBuilder & g = c.g;
    const Stack s(c, "enc.blk.");
    NodeId x = c.inpEmbd();
    const NodeId buckets = c.input(GgmlType::i32, c.n_tokens, c.n_tokens);
    const AttnInput in = c.attnInputWithoutCache();
    const NodeId out_ids = c.inpOutIds();
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId residual = x;
        NodeId cur = c.cb(s.norm(x, il, "attn_norm"), "attn_norm", il);
        const Qkv p = selfQkv(c, s, cur, il);
        Attn a;
        a.wo = s.w(il, "attn_o");
        a.kq_b = positionBias(c, buckets, s.relativeBias(il));
        cur = c.cb(c.attn(in, a, p.q, p.k, p.v, il), "kqv_out", il);
        if (il == c.n_layer - 1) {
            cur = c.selectOutputs(cur, out_ids);
            residual = c.selectOutputs(residual, out_ids);
        }
        x = feedForward(c, s, c.cb(g.add(cur, residual), "ffn_inp", il), il);
    }
    c.finish(outputNorm(c, x, "enc.output_norm.weight"), NodeId::none);
}

constexpr std::array kRows = {
    GraphRow{"t5", t5Graph},
    GraphRow{"t5encoder", t5EncoderGraph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> t5() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
