// Eagle 3: a draft of one layer that reads an embedding beside the features of its target, and writes logits of all
// tokens over a vocabulary of its own (models/eagle3.cpp, the decoder, which is what is reserved).
#include <array>
#include <span>

#include "graph/build.h"
#include "graph/context.h"

namespace ggufit {

namespace {

/// Logits of the draft's vocabulary at their places among the target's, by d2t.
NodeId overTargetVocabulary(GraphContext & c, NodeId logits, NodeId places) {
    GraphBuilder & g = c.g;
    const int64_t n_draft = g[logits].ne[0], n_rows = g[logits].ne[1], n_vocab = c.hp.n_vocab;
    const NodeId all = g.fill(g.newTensor(GgmlType::f32, 1, n_vocab, n_rows));
    const NodeId written = g.setRows(all, g.reshape(logits, 1, n_draft, n_rows), g.reshape(places, n_draft, 1, 1));
    return g.reshape(written, n_vocab, n_rows);
}

void eagle3Graph(GraphContext & c) {
    GraphBuilder & g = c.g;
    constexpr int64_t kLayer = 0;
    if (c.n_layer != 1) {
        g.fail("an eagle3 draft of more than one layer, which llama.cpp refuses");
        return;
    }
    const NodeId tokens = c.input(GgmlType::i32, c.n_tokens);
    const NodeId features = c.input(GgmlType::f32, c.n_embd, c.n_tokens);
    const NodeId embd = c.cb(g.getRows(c.w("token_embd.weight"), tokens), "inp_embd");
    const NodeId pos = c.inpPos();
    const AttnInput in = c.attnInput();

    const NodeId embd_norm = c.cb(c.norm(embd, kLayer, "attn_norm", NormKind::rms), "embd_norm", kLayer);
    const NodeId features_norm =
        c.cb(c.norm(features, c.w(kLayer, "attn_norm_2.weight"), NodeId::none, NormKind::rms, -1), "g_norm", kLayer);
    const NodeId residual = c.hp.norm_before_residual ? features_norm : features;
    const NodeId both = c.cb(g.concat(embd_norm, features_norm, 0), "concat_embd", kLayer);

    const auto heads = [&](const char * weight, const char * name, int64_t n_head) {
        const NodeId x = c.cb(c.linear(c.w(kLayer, weight), both), name, kLayer);
        return g.reshape(x, c.n_embd_head_v, n_head, c.n_tokens);
    };
    NodeId q = heads("attn_q.weight", "Qcur", c.n_head);
    NodeId k = heads("attn_k.weight", "Kcur", c.n_head_kv);
    const NodeId v = heads("attn_v.weight", "Vcur", c.n_head_kv);
    const NodeId factors = c.ropeFactors(kLayer);
    q = c.cb(c.rope(q, pos, factors), "Qcur_rope", kLayer);
    k = c.cb(c.rope(k, pos, factors), "Kcur_rope", kLayer);
    Attn output;
    output.wo = c.w(kLayer, "attn_output.weight");
    const NodeId attended = c.attn(in, output, q, k, v, kLayer);

    const NodeId ffn_inp = c.cb(g.add(attended, residual), "ffn_inp", kLayer);
    NodeId cur = c.cb(c.norm(ffn_inp, kLayer, "ffn_norm", NormKind::rms), "post_attn_norm", kLayer);
    cur = c.cb(c.ffn(cur, c.ffnOf(kLayer, Activation::silu, FfnGate::parallel), kLayer), "ffn_out", kLayer);
    c.t_h_nextn = c.cb(g.add(cur, ffn_inp), "eagle3_prenorm", kLayer);

    // Logits of every token: which ones are wanted is not asked.
    cur = c.cb(c.norm(c.t_h_nextn, c.w("output_norm.weight"), NodeId::none, NormKind::rms, -1), "result_norm");
    NodeId logits = c.linear(c.w("output.weight"), cur);
    const NodeId places = c.w("d2t");
    if (places != NodeId::none && logits != NodeId::none) logits = overTargetVocabulary(c, logits, places);
    c.t_logits = c.cb(logits, "result_output");
    g.expand(c.t_logits);
}

constexpr std::array kRows = {
    GraphRow{"eagle3", eagle3Graph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> eagle3() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
