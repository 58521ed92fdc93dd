// The layer that most decoders with experts share, and the architectures that are nothing but a choice of its rules.
#include "graph/arch/expert_decoder.h"

#include <array>
#include <span>
#include <string>

namespace ggufit {

namespace experts {

namespace {

bool present(NodeId id) { return id != NodeId::none; }

bool isDense(GraphContext & c, int64_t il, Dense dense) {
    const auto layer = static_cast<uint32_t>(il);
    switch (dense) {
        case Dense::leading: return layer < c.hp.n_layer_dense_lead;
        case Dense::without_router: return !present(c.w(il, "ffn_gate_inp.weight"));
        case Dense::between: {
            const uint32_t step = c.hp.n_moe_layer_step;
            return layer < c.hp.n_layer_dense_lead || step == 0 || (layer + 1) % step != 0;
        }
        case Dense::none: break;
    }
    return false;
}

bool isShared(GraphContext & c, int64_t il, Shared shared) {
    switch (shared) {
        case Shared::always:
        case Shared::gated: return true;
        case Shared::where_sized: return c.hp.n_ff_shexp > 0;
        case Shared::where_file: return present(c.w(il, "ffn_up_shexp.weight"));
        case Shared::none: break;
    }
    return false;
}

NodeId headNorm(GraphContext & c, NodeId x, int64_t il, const char * name, bool optional) {
    const NodeId weight = c.w(il, std::string(name) + ".weight");
    if (optional && !present(weight)) return x;
    return c.norm(x, weight, NodeId::none, NormKind::rms, il);
}

/// Projections whose norms span all heads, so that they are cut only afterwards.
Qkv rowNormed(GraphContext & c, NodeId x, int64_t il) {
    GraphBuilder & g = c.g;
    const int64_t head = c.n_embd_head_v;
    NodeId q = g.mulMat(c.w(il, "attn_q.weight"), x);
    NodeId k = g.mulMat(c.w(il, "attn_k.weight"), x);
    const NodeId v = g.mulMat(c.w(il, "attn_v.weight"), x);
    q = c.cb(headNorm(c, q, il, "attn_q_norm", false), "Qcur_normed", il);
    k = c.cb(headNorm(c, k, il, "attn_k_norm", false), "Kcur_normed", il);
    return {g.reshape(q, head, c.n_head, c.n_tokens), g.reshape(k, head, c.n_head_kv, c.n_tokens),
            g.reshape(v, head, c.n_head_kv, c.n_tokens)};
}

/// A sigmoid of the shared expert's own router, as llama.cpp writes it (qwen2moe.cpp).
NodeId sharedGate(GraphContext & c, NodeId x, int64_t il) {
    const NodeId logits = c.cb(c.linear(c.w(il, "ffn_gate_inp_shexp.weight"), x), "ffn_shexp_gate_inp", il);
    return c.cb(c.g.div(c.g.silu(logits), logits), "ffn_shexp_gate", il);
}

}  // namespace

Inputs startOf(GraphContext & c) {
    Inputs in;
    in.pos = c.inpPos();
    in.attn = c.attnInput();
    in.out_ids = c.inpOutIds();
    return in;
}

void keepOutputs(GraphContext & c, const Inputs & in, int64_t il, NodeId & cur, NodeId & residual) {
    if (il != c.n_layer - 1) return;
    cur = c.selectOutputs(cur, in.out_ids);
    residual = c.selectOutputs(residual, in.out_ids);
}

NodeId rmsNormed(GraphContext & c, NodeId x, int64_t il, const char * tensor, const char * name) {
    return c.cb(c.norm(x, il, tensor, NormKind::rms), name == nullptr ? tensor : name, il);
}

Qkv project(GraphContext & c, const Inputs & in, NodeId x, int64_t il, const AttnRules & rules) {
    const auto layer = static_cast<uint32_t>(il);
    const bool whole = rules.qk_norm == QkNorm::rows;
    Qkv p = whole ? rowNormed(c, x, il) : c.qkv(il, x, c.n_embd_head_v, c.hp.n_head(layer), c.hp.n_head_kv(layer));
    const auto normed = [&](bool optional) {
        p.q = c.cb(headNorm(c, p.q, il, "attn_q_norm", optional), "Qcur_normed", il);
        p.k = c.cb(headNorm(c, p.k, il, "attn_k_norm", optional), "Kcur_normed", il);
    };
    if (rules.qk_norm == QkNorm::heads) normed(false);
    if (rules.qk_norm == QkNorm::where_file) normed(true);
    if (rules.rope) {
        const NodeId factors = rules.rope_factors ? c.ropeFactors(il) : NodeId::none;
        p.q = c.rope(p.q, in.pos, factors);
        p.k = c.rope(p.k, in.pos, factors);
    }
    c.cb(p.q, "Qcur", il);
    c.cb(p.k, "Kcur", il);
    c.cb(p.v, "Vcur", il);
    if (rules.qk_norm == QkNorm::after_rope) normed(false);
    return p;
}

NodeId attention(GraphContext & c, const Inputs & in, NodeId x, int64_t il, const AttnRules & rules) {
    const Qkv p = project(c, in, x, il, rules);
    Attn a = c.attnOf(il);
    if (!rules.output_bias) a.wo_b = NodeId::none;
    const NodeId out = c.attn(in.attn, a, p.q, p.k, p.v, il);
    return rules.name == nullptr ? out : c.cb(out, rules.name, il);
}

NodeId dense(GraphContext & c, NodeId x, int64_t il, bool biases, bool scales, std::string_view suffix,
             Activation activation) {
    Ffn f = c.ffnOf(il, activation, FfnGate::parallel, suffix);
    if (!biases) f.up_b = f.gate_b = f.down_b = NodeId::none;
    if (!scales) f.up_s = f.gate_s = f.down_s = NodeId::none;
    f.clamp = c.hp.swiglu_clamp_shexp[static_cast<size_t>(il)];
    return c.ffn(x, f, il);
}

Moe routed(GraphContext & c, int64_t il, const FfnRules & rules) {
    Moe m = c.moeOf(il, rules.activation);
    m.gate_inp_b = m.up_b = m.gate_b = m.down_b = NodeId::none;
    m.clamp = c.hp.swiglu_clamp_exp[static_cast<size_t>(il)];
    if (!rules.scales) m.up_s = m.gate_s = m.down_s = NodeId::none;
    if (!rules.selection_bias) m.probs_b = NodeId::none;
    if (rules.norm_weights != NormWeights::as_file) m.norm_w = rules.norm_weights == NormWeights::yes;
    if (rules.gating != ExpertGating::none) m.gating = rules.gating;
    return m;
}

NodeId feedForward(GraphContext & c, NodeId x, int64_t il, const FfnRules & rules) {
    if (isDense(c, il, rules.dense)) {
        return c.cb(dense(c, x, il, rules.dense_biases, rules.scales, "", rules.activation), "ffn_out", il);
    }
    NodeId shared = NodeId::none;
    const auto buildShared = [&] {
        if (!isShared(c, il, rules.shared)) return;
        shared = c.cb(dense(c, x, il, false, rules.scales, "_shexp", rules.activation), "ffn_shexp", il);
        if (rules.shared == Shared::gated) shared = c.cb(c.g.mul(shared, sharedGate(c, x, il)), "ffn_shexp_out", il);
    };
    if (rules.shared_first) buildShared();
    const NodeId out = c.cb(c.moe(x, routed(c, il, rules), il), "ffn_moe_out", il);
    if (!rules.shared_first) buildShared();
    return present(shared) ? c.cb(c.g.add(out, shared), "ffn_out", il) : out;
}

NodeId normOfAllTokens(GraphContext & c, NodeId x, NodeId out_ids, NormKind kind) {
    x = c.cb(c.norm(x, c.w("output_norm.weight"), NodeId::none, kind, -1), "h_nextn");
    c.t_h_nextn = x;
    return c.cb(c.selectOutputs(x, out_ids), "result_norm");
}

void decode(GraphContext & c, const Rules & rules) {
    GraphBuilder & g = c.g;
    NodeId x = c.inpEmbd();
    const Inputs in = startOf(c);
    for (int64_t il = 0; il < c.n_layer; ++il) {
        NodeId residual = x;
        NodeId cur = c.cb(c.norm(x, il, "attn_norm", rules.norm), "attn_norm", il);
        cur = attention(c, in, cur, il, rules.attn);
        if (!rules.late_outputs) keepOutputs(c, in, il, cur, residual);
        const NodeId ffn_inp = c.cb(g.add(cur, residual), "ffn_inp", il);
        cur = c.cb(c.norm(ffn_inp, il, rules.ffn_norm, rules.norm), rules.ffn_norm_name, il);
        cur = feedForward(c, cur, il, rules.ffn);
        x = c.cb(g.add(cur, ffn_inp), "l_out", il);
        if (rules.deepstack && il < static_cast<int64_t>(c.hp.n_deepstack_layers)) {
            x = c.cb(g.add(x, c.deepstackInput(il + 1)), "deepstack_out", il);
        }
    }
    if (!rules.late_outputs) return c.finishWithHead(x, rules.norm);
    x = normOfAllTokens(c, x, in.out_ids, rules.norm);
    c.finish(x, c.cb(c.linear(c.outputWeight(), x, c.w("output.scale")), "result_output"));
}

}  // namespace experts

namespace {

using namespace experts;
using Gating = ExpertGating;

// What the routed experts of older architectures have in common: weights of a plain soft maximum, no selection bias.
constexpr FfnRules kPlainExperts = {
    .norm_weights = NormWeights::no, .gating = Gating::softmax, .selection_bias = false};
constexpr FfnRules kNormedExperts = {
    .norm_weights = NormWeights::yes, .gating = Gating::softmax, .selection_bias = false};

void glm4moeGraph(GraphContext & c) {
    decode(c, {.attn = {.qk_norm = QkNorm::where_file, .output_bias = false},
               .ffn = {.shared = Shared::always, .dense = Dense::leading},
               .ffn_norm = "post_attention_norm",
               .ffn_norm_name = "post_attn_norm"});
}

void dots1Graph(GraphContext & c) {
    decode(c, {.attn = {.qk_norm = QkNorm::heads}, .ffn = {.shared = Shared::always, .dense = Dense::leading}});
}

void deepseekGraph(GraphContext & c) {
    FfnRules ffn = kPlainExperts;
    ffn.shared = Shared::always;
    ffn.dense = Dense::leading;
    decode(c, {.attn = {.rope_factors = true}, .ffn = ffn});
}

void ernieGraph(GraphContext & c) {
    decode(c, {.attn = {.output_bias = false, .name = "attn_out"},
               .ffn = {.norm_weights = NormWeights::yes,
                       .gating = Gating::softmax,
                       .shared = Shared::where_sized,
                       .dense = Dense::between}});
}

void bailingmoeGraph(GraphContext & c) {
    decode(c, {.attn = {.rope_factors = true},
               .ffn = {.gating = Gating::softmax, .selection_bias = false, .shared = Shared::always}});
}

void hunyuanGraph(GraphContext & c) {
    FfnRules ffn = kNormedExperts;
    ffn.shared = Shared::always;
    ffn.shared_first = true;
    decode(c, {.attn = {.qk_norm = QkNorm::after_rope, .rope_factors = true, .name = "attn_out"}, .ffn = ffn});
}

void hunyuanV3Graph(GraphContext & c) {
    decode(c, {.attn = {.qk_norm = QkNorm::heads, .rope_factors = true, .name = "attn_out"},
               .ffn = {.scales = true, .shared = Shared::always, .dense = Dense::without_router, .dense_biases = true},
               .late_outputs = true});
}

void minimaxM2Graph(GraphContext & c) {
    decode(c, {.attn = {.qk_norm = QkNorm::rows, .output_bias = false}, .ffn = {.norm_weights = NormWeights::yes}});
}

void olmoeGraph(GraphContext & c) {
    decode(c, {.attn = {.qk_norm = QkNorm::rows, .output_bias = false}, .ffn = kPlainExperts});
}

void lladaMoeGraph(GraphContext & c) {
    decode(c, {.attn = {.qk_norm = QkNorm::heads, .output_bias = false}, .ffn = kPlainExperts});
}

void rnd1Graph(GraphContext & c) { decode(c, {.attn = {.qk_norm = QkNorm::heads}, .ffn = kNormedExperts}); }

void dbrxGraph(GraphContext & c) {
    decode(c, {.attn = {.output_bias = false},
               .ffn = kNormedExperts,
               .norm = NormKind::layer,
               .ffn_norm = "attn_output_norm",
               .ffn_norm_name = "attn_out_norm"});
}

void mellumGraph(GraphContext & c) {
    FfnRules ffn = kNormedExperts;
    ffn.scales = true;
    decode(c, {.attn = {.qk_norm = QkNorm::heads}, .ffn = ffn});
}

void qwen2moeGraph(GraphContext & c) {
    FfnRules ffn = kPlainExperts;
    ffn.shared = Shared::gated;
    decode(c, {.ffn = ffn});
}

void qwen3vlmoeGraph(GraphContext & c) {
    decode(c, {.attn = {.qk_norm = QkNorm::heads}, .ffn = kNormedExperts, .deepstack = true});
}

constexpr std::array kRows = {
    GraphRow{"bailingmoe", bailingmoeGraph},
    GraphRow{"bailingmoe2", dots1Graph},
    GraphRow{"dbrx", dbrxGraph},
    GraphRow{"deepseek", deepseekGraph},
    GraphRow{"dots1", dots1Graph},
    GraphRow{"ernie4_5-moe", ernieGraph},
    GraphRow{"glm4moe", glm4moeGraph},
    GraphRow{"hunyuan-moe", hunyuanGraph},
    GraphRow{"hy_v3", hunyuanV3Graph},
    GraphRow{"llada-moe", lladaMoeGraph},
    GraphRow{"mellum", mellumGraph},
    GraphRow{"minimax-m2", minimaxM2Graph},
    GraphRow{"olmoe", olmoeGraph},
    GraphRow{"qwen2moe", qwen2moeGraph},
    GraphRow{"qwen3vlmoe", qwen3vlmoeGraph},
    GraphRow{"rnd1", rnd1Graph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> expert_decoder() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
