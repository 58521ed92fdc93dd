// Recurrent states, pooling and outputs (llama-graph.cpp, build_rs, build_pooling, build_dense_out, set_outputs).
#include "graph/context.h"

namespace ggufit {

namespace {

bool present(NodeId id) { return id != NodeId::none; }

}  // namespace

StateInput GraphContext::stateInput() {
    StateInput in;
    in.s_copy = input(GgmlType::i32, n_rs());
    if (!present(in.s_copy)) return in;
    in.s_copy_main = g.view1d(in.s_copy, n_seqs, 0);
    in.s_copy_extra = g.view1d(in.s_copy, n_rs() - n_seqs, static_cast<uint64_t>(n_seqs) * g[in.s_copy].nb[0]);
    return in;
}

NodeId GraphContext::loadState(const StateInput & in, NodeId states, int64_t state_size, const LoadStates & load) {
    if (!present(states) || !present(in.s_copy)) return NodeId::none;
    const Node s = g[states];
    const NodeId rows = g.reshape(states, state_size, s.ne[1]);
    const NodeId zero = g.view1d(rows, state_size, 0);
    g.expand(g.scaleInplace(zero));
    const NodeId loaded = load ? load(rows, in.s_copy_main) : g.getRows(rows, in.s_copy_main);
    g.expand(loaded);
    const NodeId extra = g.getRows(rows, in.s_copy_extra);
    const NodeId rest = g.view2d(states, state_size, n_rs() - n_seqs, s.nb[1], static_cast<uint64_t>(n_seqs) * s.nb[1]);
    g.expand(g.cpy(extra, rest));
    return loaded;
}

void GraphContext::finish(NodeId embd, NodeId logits) {
    t_embd = embd;
    t_logits = logits;
    g.expand(present(logits) ? logits : embd);
}

void GraphContext::finishWithHead(NodeId x, NormKind kind, bool soft_cap) {
    x = cb(norm(x, w("output_norm.weight"), w("output_norm.bias"), kind, -1), "result_norm");
    NodeId logits = linear(outputWeight(), x, w("output.scale"));
    if (const NodeId bias = w("output.bias"); present(bias)) logits = g.add(cb(logits, "result_output_no_bias"), bias);
    if (soft_cap) logits = g.scale(g.tanh(g.scale(logits)));
    finish(x, cb(logits, "result_output"));
}

void GraphContext::pool() {
    if (!request.embeddings || !present(t_embd)) return;
    NodeId cur = t_embd;
    const auto mean = [&] {
        const NodeId weights = input(GgmlType::f32, n_tokens, n_seqs);
        return g.mulMat(g.cont(g.transpose(t_embd)), weights);
    };
    const auto first = [&] { return g.getRows(t_embd, input(GgmlType::i32, n_seqs)); };
    switch (request.pooling) {
        case PoolingType::mean: cur = mean(); break;
        case PoolingType::cls:
        case PoolingType::last: cur = first(); break;
        case PoolingType::rank: {
            const bool modern = model.architecture_name == "modern-bert";
            cur = modern ? mean() : first();
            if (const NodeId head = w("cls.weight"); present(head)) {
                cur = g.mulMat(head, cur);
                if (const NodeId bias = w("cls.bias"); present(bias)) cur = g.add(cur, bias);
                cur = modern ? g.gelu(cur) : g.tanh(cur);
                if (const NodeId weight = w("cls.norm.weight"); present(weight)) {
                    cur = norm(cur, weight, NodeId::none, NormKind::layer, -1);
                }
            }
            if (const NodeId out = w("cls.output.weight"); present(out)) {
                cur = g.mulMat(out, cur);
                if (const NodeId bias = w("cls.output.bias"); present(bias)) cur = g.add(cur, bias);
            }
            if (model.architecture_name == "qwen3" || model.architecture_name == "qwen3vl") cur = g.softMax(cur);
            break;
        }
        default: break;
    }
    t_embd_pooled = cb(cur, "result_embd_pooled");
    g.expand(cur);

    const NodeId dense_2 = w("dense_2.weight");
    const NodeId dense_2_b = w("dense_2.bias");
    const NodeId dense_3 = w("dense_3.weight");
    if (!present(dense_2) && !present(dense_2_b) && !present(dense_3)) return;
    if (present(dense_2)) cur = g.mulMat(dense_2, cur);
    if (present(dense_2_b)) cur = g.add(cur, dense_2_b);
    if (present(dense_3)) cur = g.mulMat(dense_3, cur);
    t_embd_pooled = cb(cur, "result_embd_pooled");
    g.expand(cur);
}

void GraphContext::markOutputs() {
    g.setOutput(t_logits);
    g.setOutput(t_embd);
    g.setOutput(t_embd_pooled);
    g.setOutput(t_h_nextn);
}

}  // namespace ggufit
