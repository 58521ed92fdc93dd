// ModernBERT, NeoBERT and EuroBERT: encoders without a cache, norms before attention and feed-forward.
#include <array>
#include <span>

#include "graph/build.h"

namespace ggufit {

namespace {

struct Traits {
    NormKind norm = NormKind::rms;
    bool modern = false;  // ModernBERT: norm of the embeddings, output ids before the masks, its own names
    const char * output_norm = "output_norm.weight";
    const char * result = "result_embd";
};

/// The fused gate and up projection, whose halves the activation combines.
Ffn fusedFfn(GraphContext & c, Activation op, int64_t il) {
    Ffn f = weightsAlone(c.ffnOf(il, op, FfnGate::sequential));
    f.gate = NodeId::none;
    return f;
}

Activation activationOf(FfnOp op) {
    switch (op) {
        case FfnOp::swiglu: return Activation::swiglu;
        case FfnOp::reglu: return Activation::reglu;
        case FfnOp::relu: return Activation::relu;
        default: return Activation::geglu;
    }
}

using FeedForward = NodeId (*)(GraphContext & c, NodeId x, int64_t il);

void encoder(GraphContext & c, const Traits & t, FeedForward feedForward) {
    GraphBuilder & g = c.g;
    const NodeId pos = c.inpPos();
    NodeId x = c.cb(c.inpEmbd(), "inp_embd");
    NodeId out_ids = NodeId::none;
    if (t.modern) {
        x = c.cb(c.norm(x, c.w("token_embd_norm.weight"), NodeId::none, t.norm, 0), "inp_norm", 0);
        out_ids = c.inpOutIds();
    }
    const AttnInput in = c.attnInput();
    if (!t.modern) out_ids = c.inpOutIds();
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId cur = x;
        const NodeId attn_norm = c.w(il, "attn_norm.weight");  // ModernBERT's first layer has none
        if (attn_norm != NodeId::none || !t.modern) cur = c.norm(x, attn_norm, NodeId::none, t.norm, il);
        if (attn_norm != NodeId::none && t.modern) c.cb(cur, "attn_norm", il);
        Qkv p = c.qkv(il, cur, c.n_embd_head_v, c.n_head, c.n_head_kv);
        p.q = c.cb(c.rope(p.q, pos), "Qcur", il);
        p.k = c.cb(c.rope(p.k, pos), "Kcur", il);
        c.cb(p.v, "Vcur", il);
        Attn a = c.attnOf(il);
        a.wo_b = NodeId::none;
        cur = c.cb(c.attn(in, a, p.q, p.k, p.v, il), "kqv_out", il);
        if (il == c.n_layer - 1) {
            cur = c.selectOutputs(cur, out_ids);
            x = c.selectOutputs(x, out_ids);
        }
        const NodeId ffn_inp = c.cb(g.add(cur, x), "ffn_inp", il);
        cur = c.cb(c.norm(ffn_inp, c.w(il, "ffn_norm.weight"), NodeId::none, t.norm, il), "ffn_norm", il);
        x = g.add(feedForward(c, cur, il), ffn_inp);
    }
    c.finish(c.cb(c.norm(x, c.w(t.output_norm), NodeId::none, t.norm, -1), t.result), NodeId::none);
}

void modernBertGraph(GraphContext & c) {
    encoder(c, {.norm = NormKind::layer, .modern = true, .result = "final_norm_out"},
            [](GraphContext & k, NodeId x, int64_t il) {
                return k.ffn(x, fusedFfn(k, activationOf(k.hp.ffn_op), il), il);
            });
}

void neoBertGraph(GraphContext & c) {
    encoder(c, {.output_norm = "enc.output_norm.weight"},
            [](GraphContext & k, NodeId x, int64_t il) { return k.ffn(x, fusedFfn(k, Activation::swiglu, il), il); });
}

void euroBertGraph(GraphContext & c) {
    encoder(c, {}, [](GraphContext & k, NodeId x, int64_t il) {
        const Ffn f = weightsAlone(k.ffnOf(il, Activation::silu, FfnGate::parallel));
        return k.cb(k.ffn(x, f, il), "ffn_out", il);
    });
}

constexpr std::array kRows = {
    GraphRow{"modern-bert", modernBertGraph},
    GraphRow{"neo-bert", neoBertGraph},
    GraphRow{"eurobert", euroBertGraph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> pre_norm_encoders() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
