// RWKV 6 and 7: time mixing over a matrix state, channel mixing or, on Qwen 2's layers, a gated feed-forward.
#include <array>
#include <span>

#include "graph/build.h"
#include "graph/state_space.h"

namespace ggufit {

namespace {

uint64_t floats(int64_t n) { return static_cast<uint64_t>(n) * sizeof(float); }

/// Time mixing of normed values, given the values one token before. Both are [n_embd, n_seq_tokens, n_seqs].
using TimeMix = NodeId (*)(GraphContext & c, const StateInput & in, NodeId cur, NodeId before, NodeId & first_value,
                           int64_t il);
using ChannelMix = NodeId (*)(GraphContext & c, NodeId cur, NodeId before, int64_t il);

NodeId weight(GraphContext & c, int64_t il, const char * name) { return c.w(il, std::string(name) + ".weight"); }

/// x + difference × weight
NodeId lerp(GraphContext & c, NodeId difference, NodeId by, NodeId x) { return c.g.add(c.g.mul(difference, by), x); }

/// One of the inputs that were mixed together, [n_embd, n_tokens].
NodeId mixed(GraphContext & c, NodeId all, int64_t i) {
    return c.g.view2d(all, c.n_embd, c.n_tokens, shapeOf(c, all).nb[1], floats(i * c.n_embd * c.n_tokens));
}

/// Splits what a wkv operation gives into the tokens' values and the states, which are stored.
NodeId takeStates(GraphContext & c, NodeId result, int64_t head, int64_t il) {
    const NodeId cur = c.g.view1d(result, c.n_embd * c.n_tokens, 0);
    const NodeId after = c.g.view1d(result, c.n_embd * head * c.n_seqs, floats(c.n_embd * c.n_tokens));
    const NodeId states = c.cacheTensor("", "s", il);
    c.g.expand(c.g.cpy(after, c.g.view1d(states, static_cast<int64_t>(c.hp.n_embd_s()) * c.n_seqs, 0)));
    return cur;
}

/// A norm of each head with a weight and a bias over all.
NodeId normHeads(GraphContext & c, NodeId cur, int64_t head, int64_t heads, int64_t il) {
    GraphBuilder & g = c.g;
    cur = g.norm(g.reshape(cur, head, heads, c.n_tokens));
    cur = g.mul(g.reshape(cur, c.n_embd, c.n_tokens), weight(c, il, "time_mix_ln"));
    return g.add(cur, c.w(il, "time_mix_ln.bias"));
}

/// The five inputs of RWKV 6's time mixing: w, k, v, r, g.
std::array<NodeId, 5> mixInputs(GraphContext & c, NodeId sx, NodeId cur, int64_t il) {
    GraphBuilder & g = c.g;
    const NodeId w1 = weight(c, il, "time_mix_w1");
    const NodeId w2 = weight(c, il, "time_mix_w2");
    NodeId all = lerp(c, sx, weight(c, il, "time_mix_lerp_x"), cur);
    all = g.reshape(g.tanh(g.mulMat(w1, all)), shapeOf(c, w1).ne[1] / 5, 1, 5, c.n_tokens);
    all = g.cont(g.permute(all, 0, 1, 3, 2));
    all = g.mulMat(g.reshape(w2, shapeOf(c, w2).ne[0], shapeOf(c, w2).ne[1], 1, 5), all);
    const NodeId fused = weight(c, il, "time_mix_lerp_fused");
    if (fused != NodeId::none) {
        sx = g.reshape(sx, c.n_embd, 1, c.n_tokens);
        cur = g.reshape(cur, c.n_embd, 1, c.n_tokens);
        all = g.add(g.mul(g.add(all, fused), sx), cur);
    }
    std::array<NodeId, 5> parts{};
    for (size_t i = 0; i < parts.size(); ++i) parts[i] = mixed(c, all, static_cast<int64_t>(i));
    if (fused != NodeId::none) return parts;
    constexpr std::array kLerps = {"time_mix_lerp_w", "time_mix_lerp_k", "time_mix_lerp_v", "time_mix_lerp_r",
                                   "time_mix_lerp_g"};
    for (size_t i = 0; i < parts.size(); ++i) {
        parts[i] = g.add(g.mul(g.add(parts[i], weight(c, il, kLerps[i])), sx), cur);
    }
    return parts;
}

NodeId timeMix6(GraphContext & c, const StateInput & in, NodeId cur, NodeId before, NodeId &, int64_t il) {
    GraphBuilder & g = c.g;
    const int64_t head = c.hp.wkv_head_size;
    const int64_t heads = c.n_embd / head;
    const int64_t kv_heads = c.hp.n_head_kv(static_cast<uint32_t>(il));
    const NodeId first = weight(c, il, "time_mix_first");
    const bool linear = first == NodeId::none;  // the state decays without a bonus for the current token
    NodeId sx = g.sub(before, cur);
    sx = g.reshape(sx, c.n_embd, c.n_tokens);
    cur = g.reshape(cur, c.n_embd, c.n_tokens);
    const auto [xw, xk, xv, xr, xg] = mixInputs(c, sx, cur, il);

    const auto project = [&](const char * name, NodeId x) {
        const NodeId y = c.linear(weight(c, il, name), x);
        const NodeId bias = c.w(il, std::string(name) + ".bias");
        return bias == NodeId::none ? y : g.add(y, bias);
    };
    NodeId r = project("time_mix_receptance", xr);
    NodeId k = project("time_mix_key", xk);
    NodeId v = project("time_mix_value", xv);
    NodeId gate = c.linear(weight(c, il, "time_mix_gate"), xg);
    gate = linear ? g.sigmoid(gate) : g.silu(gate);
    if (kv_heads != 0 && kv_heads != heads) {
        const auto widen = [&](NodeId x) {
            return g.repeat4d(g.reshape(x, head, 1, kv_heads, c.n_tokens), head, heads / kv_heads, kv_heads,
                              c.n_tokens);
        };
        k = widen(k);
        v = widen(v);
    }
    const auto split = [&](NodeId x) { return g.reshape(x, head, heads, c.n_tokens); };
    k = split(k);
    v = split(v);
    r = split(r);
    NodeId w = g.tanh(g.mulMat(weight(c, il, "time_mix_decay_w1"), xw));
    w = g.add(g.mulMat(weight(c, il, "time_mix_decay_w2"), w), weight(c, il, "time_mix_decay"));
    w = split(g.exp(g.neg(g.exp(w))));
    if (linear) k = g.sub(k, g.mul(k, w));

    const NodeId state = c.loadState(in, c.cacheTensor("", "s", il), static_cast<int64_t>(c.hp.n_embd_s()));
    cur = takeStates(c, linear ? g.gatedLinearAttn(k, v, r, w, state) : g.rwkvWkv6(k, v, r, first, w, state), head, il);
    cur = linear ? g.reshape(cur, c.n_embd, c.n_tokens) : normHeads(c, cur, head, heads, il);
    cur = c.linear(weight(c, il, "time_mix_output"), g.mul(cur, gate));
    return g.reshape(cur, c.n_embd, c.n_seq_tokens, c.n_seqs);
}

NodeId timeMix7(GraphContext & c, const StateInput & in, NodeId cur, NodeId before, NodeId & first_value, int64_t il) {
    GraphBuilder & g = c.g;
    const int64_t head = c.hp.wkv_head_size;
    const int64_t heads = c.n_embd / head;
    const auto times = [&](const char * name, NodeId x) { return g.mulMat(weight(c, il, name), x); };
    const NodeId g1 = weight(c, il, "time_mix_g1");
    const NodeId g2 = weight(c, il, "time_mix_g2");
    const bool gated = g1 != NodeId::none && g2 != NodeId::none;
    NodeId sx = g.sub(before, cur);
    sx = g.repeat4d(sx, c.n_embd, c.n_seq_tokens, c.n_seqs, gated ? 6 : 5);
    const NodeId all = lerp(c, sx, weight(c, il, "time_mix_lerp_fused"), cur);
    const NodeId xr = mixed(c, all, 0);
    const NodeId xw = mixed(c, all, 1);
    const NodeId xk = mixed(c, all, 2);
    const NodeId xv = mixed(c, all, 3);
    const NodeId xa = mixed(c, all, 4);

    NodeId r = times("time_mix_receptance", xr);
    NodeId w = times("time_mix_w2", g.tanh(times("time_mix_w1", xw)));
    w = g.exp(g.scale(g.sigmoid(g.add(w, weight(c, il, "time_mix_w0")))));
    NodeId k = times("time_mix_key", xk);
    NodeId v = times("time_mix_value", xv);
    if (first_value == NodeId::none) {
        first_value = v;
    } else {
        const NodeId share =
            g.sigmoid(g.add(times("time_mix_v2", times("time_mix_v1", xv)), weight(c, il, "time_mix_v0")));
        v = g.add(v, g.mul(g.sub(first_value, v), share));
    }
    NodeId gate = NodeId::none;
    if (gated) gate = g.mulMat(g2, g.sigmoid(g.mulMat(g1, mixed(c, all, 5))));
    NodeId a = g.sigmoid(g.add(times("time_mix_a2", times("time_mix_a1", xa)), weight(c, il, "time_mix_a0")));
    NodeId kk = g.reshape(g.mul(k, weight(c, il, "time_mix_k_k")), head, heads, c.n_tokens);
    kk = g.l2Norm(kk);
    const NodeId ka = g.mul(k, weight(c, il, "time_mix_k_a"));
    k = g.add(k, g.sub(g.mul(a, ka), ka));
    for (NodeId * x : {&r, &w, &k, &v, &a}) *x = g.reshape(*x, head, heads, c.n_tokens);

    const NodeId state = c.loadState(in, c.cacheTensor("", "s", il), static_cast<int64_t>(c.hp.n_embd_s()));
    cur = takeStates(c, g.rwkvWkv7(r, w, k, v, g.neg(kk), g.mul(kk, a), state), head, il);
    const bool normed = weight(c, il, "time_mix_ln") != NodeId::none && c.w(il, "time_mix_ln.bias") != NodeId::none;
    cur = normed ? normHeads(c, cur, head, heads, il) : g.reshape(cur, c.n_embd, c.n_tokens);
    const NodeId r_k = g.reshape(weight(c, il, "time_mix_r_k"), head, heads);
    const NodeId rk = g.sumRows(g.mul(g.mul(k, r), r_k));
    cur = g.add(cur, g.reshape(g.mul(v, rk), c.n_embd, c.n_tokens));
    if (gated) cur = g.mul(cur, gate);
    cur = c.linear(weight(c, il, "time_mix_output"), cur);
    return g.reshape(cur, c.n_embd, c.n_seq_tokens, c.n_seqs);
}

NodeId channelMix6(GraphContext & c, NodeId cur, NodeId before, int64_t il) {
    GraphBuilder & g = c.g;
    const NodeId sx = g.sub(before, cur);
    const NodeId xk = lerp(c, sx, weight(c, il, "channel_mix_lerp_k"), cur);
    const NodeId xr = lerp(c, sx, weight(c, il, "channel_mix_lerp_r"), cur);
    const NodeId r = g.sigmoid(c.linear(weight(c, il, "channel_mix_receptance"), xr));
    const NodeId k = g.simple(Op::sqr, g.relu(c.linear(weight(c, il, "channel_mix_key"), xk)));
    return g.mul(r, c.linear(weight(c, il, "channel_mix_value"), k));
}

NodeId channelMix7(GraphContext & c, NodeId cur, NodeId before, int64_t il) {
    GraphBuilder & g = c.g;
    const NodeId sx = g.sub(before, cur);
    const NodeId xk = lerp(c, sx, weight(c, il, "channel_mix_lerp_k"), cur);
    const NodeId k = g.simple(Op::sqr, g.relu(c.linear(weight(c, il, "channel_mix_key"), xk)));
    return c.linear(weight(c, il, "channel_mix_value"), k);
}

/// The last token's values of the batch before, [n_embd, token_shift_count, n_seqs].
NodeId loadShift(GraphContext & c, const StateInput & in, int64_t il) {
    const NodeId rows = c.loadState(in, c.cacheTensor("", "r", il), static_cast<int64_t>(c.hp.n_embd_r()));
    return c.g.reshape(rows, c.n_embd, c.hp.token_shift_count, c.n_seqs);
}

void storeShift(GraphContext & c, NodeId shift, int64_t il) {
    const NodeId from = c.g.view1d(shift, c.n_embd * c.n_seqs * c.hp.token_shift_count, 0);
    const auto n_embd_r = static_cast<int64_t>(c.hp.n_embd_r());
    c.g.expand(c.g.cpy(from, c.g.view1d(c.cacheTensor("", "r", il), n_embd_r * c.n_seqs, 0)));
}

/// x one token later: the shift, then all but the last.
NodeId shifted(GraphContext & c, NodeId shift, NodeId x) {
    const Node n = shapeOf(c, x);
    return c.g.concat(shift, c.g.view3d(x, c.n_embd, c.n_seq_tokens - 1, c.n_seqs, n.nb[1], n.nb[2], 0), 1);
}

NodeId lastToken(GraphContext & c, NodeId x) {
    const Node n = shapeOf(c, x);
    return c.g.view3d(x, c.n_embd, 1, c.n_seqs, n.nb[1], n.nb[2], floats((c.n_seq_tokens - 1) * c.n_embd));
}

NodeId inSequences(GraphContext & c, NodeId x) { return c.g.reshape(x, c.n_embd, c.n_seq_tokens, c.n_seqs); }

NodeId inTokens(GraphContext & c, NodeId x) { return c.g.reshape(x, c.n_embd, c.n_tokens); }

/// RWKV of its own: time mixing and channel mixing, each with its shift.
void rwkvGraph(GraphContext & c, TimeMix time_mix, ChannelMix channel_mix) {
    GraphBuilder & g = c.g;
    if (c.hp.wkv_head_size == 0 || c.hp.token_shift_count != 2) return void(g.fail("RWKV without heads or shifts"));
    NodeId x = c.inpEmbd();
    x = c.norm(x, c.w("token_embd_norm.weight"), c.w("token_embd_norm.bias"), NormKind::layer, 0);
    const StateInput in = c.stateInput();
    const NodeId out_ids = c.inpOutIds();
    NodeId first_value = NodeId::none;
    for (int64_t il = 0; il < c.n_layer; ++il) {
        x = inSequences(c, x);
        const NodeId shift = loadShift(c, in, il);
        const Node s = shapeOf(c, shift);
        const auto half = [&](int64_t i) {
            return g.view3d(shift, c.n_embd, 1, c.n_seqs, s.nb[1], s.nb[2], floats(i * c.n_embd));
        };
        const NodeId att_shift = half(0);
        const NodeId ffn_shift = half(1);
        const NodeId att_norm = c.cb(c.norm(x, il, "attn_norm", NormKind::layer), "attn_norm", il);
        NodeId cur = time_mix(c, in, att_norm, shifted(c, att_shift, att_norm), first_value, il);
        NodeId ffn_inp = c.cb(g.add(cur, x), "ffn_inp", il);
        NodeId ffn_norm = c.cb(c.norm(ffn_inp, il, "attn_norm_2", NormKind::layer), "ffn_norm", il);
        NodeId before = shifted(c, ffn_shift, ffn_norm);
        storeShift(c, g.concat(lastToken(c, att_norm), lastToken(c, ffn_norm), 1), il);
        for (NodeId * t : {&ffn_inp, &ffn_norm, &before}) {
            *t = inTokens(c, *t);
            if (il == c.n_layer - 1) *t = c.selectOutputs(*t, out_ids);
        }
        cur = g.add(channel_mix(c, ffn_norm, before, il), ffn_inp);
        const auto layer = static_cast<uint32_t>(il);
        const uint32_t every = c.hp.rescale_every_n_layers;
        if (time_mix == timeMix6 && every != 0 && (layer + 1) % every == 0) cur = g.scale(cur);
        x = c.cb(cur, "l_out", il);
    }
    c.finishWithHead(x, NormKind::layer);
}

/// RWKV's time mixing in the place of Qwen 2's attention.
void rwkvOnQwenGraph(GraphContext & c, TimeMix time_mix) {
    GraphBuilder & g = c.g;
    if (c.hp.wkv_head_size == 0) return void(g.fail("RWKV without heads"));
    NodeId x = c.inpEmbd();
    const StateInput in = c.stateInput();
    const NodeId out_ids = c.inpOutIds();
    NodeId first_value = NodeId::none;
    for (int64_t il = 0; il < c.n_layer; ++il) {
        x = inSequences(c, x);
        const NodeId shift = loadShift(c, in, il);
        const NodeId att_norm = c.cb(c.norm(x, il, "attn_norm", NormKind::rms), "attn_norm", il);
        NodeId cur = time_mix(c, in, att_norm, shifted(c, shift, att_norm), first_value, il);
        storeShift(c, lastToken(c, att_norm), il);
        NodeId ffn_inp = inTokens(c, c.cb(g.add(cur, x), "ffn_inp", il));
        if (il == c.n_layer - 1) ffn_inp = c.selectOutputs(ffn_inp, out_ids);
        cur = c.norm(ffn_inp, c.w(il, "ffn_norm.weight"), NodeId::none, NormKind::rms, il);
        const Ffn f = withoutScales(withoutBiases(c.ffnOf(il, Activation::silu, FfnGate::parallel)));
        cur = c.cb(c.ffn(c.cb(cur, "ffn_norm", il), f, il), "ffn_out", il);
        x = c.cb(g.add(cur, ffn_inp), "l_out", il);
    }
    c.finishWithHead(x, NormKind::rms);
}

void rwkv6Graph(GraphContext & c) { rwkvGraph(c, timeMix6, channelMix6); }
void rwkv7Graph(GraphContext & c) { rwkvGraph(c, timeMix7, channelMix7); }
void rwkv6qwen2Graph(GraphContext & c) { rwkvOnQwenGraph(c, timeMix6); }
void arwkv7Graph(GraphContext & c) { rwkvOnQwenGraph(c, timeMix7); }

constexpr std::array kRows = {
    GraphRow{"rwkv6", rwkv6Graph},
    GraphRow{"rwkv6qwen2", rwkv6qwen2Graph},
    GraphRow{"rwkv7", rwkv7Graph},
    GraphRow{"arwkv7", arwkv7Graph},
};

}  // namespace

namespace graphs {
std::span<const GraphRow> rwkv() { return kRows; }
}  // namespace graphs

}  // namespace ggufit
