// Norms, projections, feed-forward and experts, as llama-graph.cpp builds them.
#include "graph/context.h"

namespace ggufit {

namespace {

constexpr float kNoClamp = 1e-6F;

}  // namespace

NodeId GraphContext::linear(NodeId weight, NodeId x, NodeId scale) {
    const NodeId y = g.mulMat(weight, x);
    return scale == NodeId::none ? y : g.mul(y, scale);
}

NodeId GraphContext::linear(int64_t il, std::string_view name, NodeId x) {
    const std::string base(name);
    NodeId y = linear(w(il, base + ".weight"), x, w(il, base + ".scale"));
    const NodeId bias = w(il, base + ".bias");
    if (bias != NodeId::none) y = g.add(y, bias);
    return y;
}

NodeId GraphContext::linearId(NodeId weight, NodeId x, NodeId ids, NodeId scale) {
    NodeId y = g.mulMatId(weight, x, ids);
    if (scale == NodeId::none || y == NodeId::none) return y;
    const int64_t experts = g[scale].ne[0];
    NodeId s = g.reshape(scale, 1, experts, 1);
    s = g.repeat4d(s, 1, experts, g[x].ne[2], 1);
    s = g.getRows(s, ids);
    return g.mul(y, s);
}

NodeId GraphContext::norm(NodeId x, NodeId weight, NodeId bias, NormKind kind, int64_t il) {
    if (x == NodeId::none) return x;
    switch (kind) {
        case NormKind::layer: x = g.norm(x); break;
        case NormKind::rms: x = g.rmsNorm(x); break;
        case NormKind::group: {
            x = g.reshape(x, g[x].ne[0], 1, g[x].ne[1]);
            x = g.groupNorm(x);
            x = x == NodeId::none ? x : g.reshape(x, g[x].ne[0], g[x].ne[2]);
            break;
        }
    }
    if (weight != NodeId::none || bias != NodeId::none) cb(x, "norm", il);
    if (weight != NodeId::none) {
        x = g.mul(x, weight);
        if (bias != NodeId::none) cb(x, "norm_w", il);
    }
    return bias == NodeId::none ? x : g.add(x, bias);
}

NodeId GraphContext::norm(NodeId x, int64_t il, std::string_view name, NormKind kind) {
    const std::string base(name);
    return norm(x, w(il, base + ".weight"), w(il, base + ".bias"), kind, il);
}

Qkv GraphContext::qkv(int64_t il, NodeId x, int64_t head, int64_t n_q, int64_t n_kv) {
    Qkv out;
    const bool clamps = hp.f_clamp_kqv > 0.0F;
    const NodeId fused = w(il, "attn_qkv.weight");
    if (fused != NodeId::none) {
        NodeId all = cb(linear(fused, x, w(il, "attn_qkv.scale")), "wqkv", il);
        const NodeId bias = w(il, "attn_qkv.bias");
        if (bias != NodeId::none) all = cb(g.add(all, bias), "wqkv_b", il);
        if (clamps) all = cb(g.clamp(all), "wqkv_clamped", il);
        if (all == NodeId::none) return out;
        const uint64_t row = g[all].nb[1];
        const uint64_t unit = g[all].nb[0];
        const uint64_t nb1 = unit * static_cast<uint64_t>(head);
        out.q = g.view3d(all, head, n_q, n_tokens, nb1, row, 0);
        out.k = g.view3d(all, head, n_kv, n_tokens, nb1, row, unit * static_cast<uint64_t>(head * n_q));
        out.v = g.view3d(all, head, n_kv, n_tokens, nb1, row, unit * static_cast<uint64_t>(head * (n_q + n_kv)));
    } else {
        const auto project = [&](const char * tensor, const char * name, const char * clamped) {
            const std::string base(tensor);
            NodeId y = cb(linear(w(il, base + ".weight"), x, w(il, base + ".scale")), name, il);
            const NodeId bias = w(il, base + ".bias");
            if (bias != NodeId::none) y = cb(g.add(y, bias), name, il);
            if (clamps) y = cb(g.clamp(y), clamped, il);
            return y;
        };
        out.q = project("attn_q", "Qcur", "Qcur_clamped");
        out.k = project("attn_k", "Kcur", "Kcur_clamped");
        out.v = project("attn_v", "Vcur", "Vcur_clamped");
        out.q = g.reshape(out.q, head, n_q, n_tokens);
        out.k = g.reshape(out.k, head, n_kv, n_tokens);
        out.v = g.reshape(out.v, head, n_kv, n_tokens);
    }
    cb(out.q, "Qcur", il);
    cb(out.k, "Kcur", il);
    cb(out.v, "Vcur", il);
    return out;
}

Attn GraphContext::attnOf(int64_t il) {
    Attn a;
    a.wo = w(il, "attn_output.weight");
    a.wo_b = w(il, "attn_output.bias");
    a.wo_s = w(il, "attn_output.scale");
    return a;
}

Ffn GraphContext::ffnOf(int64_t il, Activation op, FfnGate gate, std::string_view suffix) {
    const auto tensor = [&](const char * part, const char * what) {
        return w(il, std::string("ffn_") + part + std::string(suffix) + what);
    };
    Ffn f;
    f.up = tensor("up", ".weight");
    f.up_b = tensor("up", ".bias");
    f.up_s = tensor("up", ".scale");
    f.gate = tensor("gate", ".weight");
    f.gate_b = tensor("gate", ".bias");
    f.gate_s = tensor("gate", ".scale");
    f.down = tensor("down", ".weight");
    f.down_b = tensor("down", ".bias");
    f.down_s = tensor("down", ".scale");
    f.op = op;
    f.gate_kind = gate;
    return f;
}

NodeId GraphContext::ffn(NodeId x, const Ffn & f, int64_t il) {
    const auto present = [](NodeId id) { return id != NodeId::none; };
    NodeId up = present(f.up) ? g.mulMat(f.up, x) : x;
    cb(up, "ffn_up", il);
    if (present(f.up_b)) up = cb(g.add(up, f.up_b), "ffn_up_b", il);
    if (present(f.up_s)) up = cb(g.mul(up, f.up_s), "ffn_up_s", il);

    bool parallel = false;  // whether the gate still has to be multiplied in
    NodeId y = up;
    if (present(f.gate)) {
        parallel = f.gate_kind == FfnGate::parallel;
        y = cb(g.mulMat(f.gate, parallel ? x : up), "ffn_gate", il);
        if (present(f.gate_b)) y = cb(g.add(y, f.gate_b), "ffn_gate_b", il);
        if (present(f.gate_s)) y = cb(g.mul(y, f.gate_s), "ffn_gate_s", il);
    }

    const auto split = [&](GluOp op, const char * name) {
        parallel = false;
        return cb(g.gluSplit(op, y, up), name, il);
    };
    switch (f.op) {
        case Activation::silu:
            if (!parallel) {
                y = cb(g.silu(y), "ffn_silu", il);
            } else if (f.clamp > kNoClamp) {
                up = cb(g.clamp(up), "ffn_up_clamped", il);
                if (f.clamp_gate_first) {
                    y = cb(g.clamp(y), "ffn_gate_clamped", il);
                    y = g.gluSplit(GluOp::swiglu, y, up);
                } else {
                    const NodeId act = cb(g.silu(y), "ffn_silu", il);
                    y = g.mul(cb(g.clamp(act), "ffn_silu_clamped", il), up);
                }
                cb(y, "ffn_swiglu_limited", il);
                parallel = false;
            } else {
                y = split(GluOp::swiglu, "ffn_swiglu");
            }
            break;
        case Activation::gelu:
            if (parallel) {
                y = split(GluOp::geglu, "ffn_geglu");
            } else {
                y = cb(g.gelu(y), "ffn_gelu", il);
                if (present(f.act_scales)) y = cb(g.div(y, f.act_scales), "ffn_act", il);
            }
            break;
        case Activation::relu: y = parallel ? split(GluOp::reglu, "ffn_reglu") : cb(g.relu(y), "ffn_relu", il); break;
        case Activation::relu_sqr:
            y = cb(g.relu(y), "ffn_relu", il);
            y = cb(g.simple(Op::sqr, y), "ffn_sqr(relu)", il);
            break;
        case Activation::swiglu: y = cb(g.glu(GluOp::swiglu, y), "ffn_swiglu", il); break;
        case Activation::geglu: y = cb(g.glu(GluOp::geglu, y), "ffn_geglu", il); break;
        case Activation::reglu: y = cb(g.glu(GluOp::reglu, y), "ffn_reglu", il); break;
        case Activation::swiglu_oai: y = split(GluOp::swiglu_oai, "ffn_swiglu_oai"); break;
    }
    if (parallel) y = cb(g.mul(y, up), "ffn_gate_par", il);
    if (present(f.down)) y = g.mulMat(f.down, y);
    if (present(f.down_b)) y = g.add(cb(y, "ffn_down", il), f.down_b);
    if (present(f.down_s)) y = cb(g.mul(y, f.down_s), "ffn_down_s", il);
    return y;
}

}  // namespace ggufit
