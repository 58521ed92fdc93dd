// Leaves of a graph: weights, caches and inputs, with names and pins as llama.cpp has them.
#include "graph/context.h"

#include <cstring>

namespace ggufit {

GraphContext::GraphContext(const Model & m, const WeightPlan & weights, const CachePlan & plan, const GraphRequest & r)
    : model(m),
      hp(m.hparams),
      cache(plan),
      request(r),
      n_tokens(r.n_tokens),
      n_seqs(r.n_seqs),
      n_seq_tokens(r.n_tokens / (r.n_seqs == 0 ? 1 : r.n_seqs)),
      n_outputs(r.n_outputs),
      n_embd(m.hparams.n_embd),
      n_layer(m.hparams.n_layer()),
      n_head(m.hparams.n_head()),
      n_head_kv(m.hparams.n_head_kv()),
      n_embd_head_k(m.hparams.n_embd_head_k()),
      n_embd_head_v(m.hparams.n_embd_head_v()),
      n_embd_k_gqa(static_cast<int64_t>(m.hparams.n_embd_k_gqa())),
      n_embd_v_gqa(static_cast<int64_t>(m.hparams.n_embd_v_gqa())),
      n_rot(m.hparams.n_rot()),
      n_expert(m.hparams.n_expert),
      n_expert_used(m.hparams.n_expert_used),
      weights_(weights) {
    indexWeights(weights);
    g.graph().tensors.reserve(static_cast<size_t>(n_layer) * 128 + 256);
}

void GraphContext::indexWeights(const WeightPlan & weights) {
    leafs_.assign(weights.weights.size(), NodeId::none);
    placed_.resize(model.file.tensors.size());
    for (uint32_t i = 0; i < weights.weights.size(); ++i) {
        Span & span = placed_[weights.weights[i].tensor];
        if (span.first == kNowhere) span.first = i;
        span.last = i;
    }
}

GraphContext::Span GraphContext::placedAt(std::string_view name) const {
    const auto found = model.file.tensor_index.find(name);
    return found == model.file.tensor_index.end() ? Span{} : placed_[found->second];
}

NodeId GraphContext::leafOf(uint32_t position, const PlacedWeight & placed) {
    NodeId & leaf = leafs_[position];
    if (leaf != NodeId::none) return leaf;
    const Tensor & t = model.file.tensors[placed.tensor];
    const int16_t buffer = g.buffer({placed.device, placed.host_buffer, true});
    leaf = g.newTensor(t.type, static_cast<int64_t>(t.ne[0]), static_cast<int64_t>(t.ne[1]),
                       static_cast<int64_t>(t.ne[2]), static_cast<int64_t>(t.ne[3]), buffer);
    g.graph().placed.push_back({PlacedNode::By::weight, leaf, position});
    return g.name(leaf, t.name.c_str());
}

NodeId GraphContext::w(std::string_view name) {
    const uint32_t position = placedAt(name).first;
    if (position == kNowhere) return NodeId::none;
    return leafOf(position, weights_.weights[position]);
}

int64_t GraphContext::blockOf(int64_t il) const { return hp.n_loops > 1 ? il % hp.n_layer_phys() : il; }

NodeId GraphContext::w(int64_t il, std::string_view name) {
    std::string whole = "blk.";
    whole += std::to_string(blockOf(il));
    whole += '.';
    whole += name;
    return w(whole);
}

NodeId GraphContext::outputWeight() {
    const NodeId own = w("output.weight");
    if (own != NodeId::none) return own;
    const uint32_t position = placedAt("token_embd.weight").last;
    if (position == kNowhere) return NodeId::none;
    // the copy for the output layer, where there is one
    return leafOf(position, weights_.weights[position]);
}

NodeId GraphContext::inputWeight() {
    const NodeId own = w("token_embd.weight");
    if (own != NodeId::none || !model.architecture->tied_input) return own;
    const uint32_t position = placedAt("output.weight").last;
    if (position == kNowhere) return NodeId::none;
    // the copy for the input (CodeShell)
    return leafOf(position, weights_.weights[position]);
}

NodeId GraphContext::ropeFactors(int64_t il) {
    const bool longer = cache.shape.n_ctx_seq > hp.n_ctx_orig_yarn;
    for (const char * name : {"rope_freqs.weight", longer ? "rope_factors_long.weight" : "rope_factors_short.weight"}) {
        const auto [first, last] = placedAt(name);
        if (first == kNowhere) continue;
        const int32_t device = weights_.layer_devices[static_cast<size_t>(blockOf(il))];
        g.graph().shape_is_placed |= first != last;
        for (uint32_t position = first; position <= last; ++position) {
            const PlacedWeight & placed = weights_.weights[position];
            if (placed.tensor == weights_.weights[first].tensor && placed.device == device)
                return leafOf(position, placed);
        }
        return leafOf(first, weights_.weights[first]);
    }
    return NodeId::none;
}

NodeId GraphContext::cacheTensor(std::string_view label, std::string_view kind, int64_t il) {
    std::string name(label);
    name += "cache_";
    name += kind;
    name += "_l" + std::to_string(il);
    return cacheTensor(name, label.size());  // llama.cpp names all its caches alike
}

NodeId GraphContext::cacheTensor(const std::string & name, size_t label_length) {
    const uint32_t known = cache_leafs_.find(name);
    if (known != NameIndex::kNone) return static_cast<NodeId>(known);
    for (uint32_t i = 0; i < cache.tensors.size(); ++i) {
        const CacheTensor & t = cache.tensors[i];
        if (t.name != name) continue;
        const int16_t buffer = g.buffer({t.device, HostBuffer::cpu, false});
        const NodeId leaf = g.newTensor(t.type, static_cast<int64_t>(t.ne[0]), static_cast<int64_t>(t.ne[1]),
                                        static_cast<int64_t>(t.ne[2]), 1, buffer);
        cache_leafs_.add(t.name, static_cast<uint32_t>(leaf));
        g.graph().placed.push_back({PlacedNode::By::cache, leaf, i});
        return g.name(leaf, t.name.c_str() + label_length);
    }
    return g.fail("a layer reads a cache that it does not have");
}

NodeId GraphContext::cb(NodeId a, const char * name, int64_t il) {
    if (a == NodeId::none) return a;
    g.name(a, name, static_cast<int32_t>(il));
    if (il < 0) return a;
    Node & node = g.graph()[a];
    node.layer = static_cast<int32_t>(il);
    // llama-context.cpp, graph_get_cb: keeps the last operations of a layer off the next layer's device.
    const bool pins = n_tokens < 32 || request.full_offload;
    if (pins && (std::strcmp(name, "norm") == 0 || std::strcmp(name, "l_last") == 0)) {
        node.pinned = weights_.layer_devices[static_cast<size_t>(il)];
        g.graph().placed.push_back({PlacedNode::By::layer, a, static_cast<uint32_t>(il)});
    }
    return a;
}

NodeId GraphContext::input(GgmlType type, int64_t ne0, int64_t ne1, int64_t ne2, int64_t ne3, const char * name) {
    const NodeId leaf = g.setInput(g.newTensor(type, ne0, ne1, ne2, ne3));
    return name == nullptr ? leaf : g.name(leaf, name);
}

NodeId GraphContext::inpEmbd() {
    const int64_t n_embd_inp = hp.n_embd_inp();
    inp_tokens = input(GgmlType::i32, n_tokens, 1, 1, 1, "inp_tokens");
    const NodeId embd =
        has(LlamaRule::both_inputs) ? input(GgmlType::f32, n_embd_inp, n_tokens, 1, 1, "inp_embd") : NodeId::none;
    NodeId x = g.getRows(inputWeight(), inp_tokens);
    if (n_embd_inp != n_embd) x = g.pad(x, n_embd_inp - n_embd, 0, 0, 0);
    // Both ways in are part of the graph, whichever a batch takes (ggml_build_forward_select).
    if (embd != NodeId::none) {
        g.expand(x);
        g.expand(embd);
    }
    if (n_embd_inp != n_embd && x != NodeId::none) x = g.view2d(x, n_embd, n_tokens, g[x].nb[1], 0);
    inp_embd_ = x;
    if (hp.f_embedding_scale != 0.0F) {
        if (x != NodeId::none && !isContiguous(g[x])) x = g.cont(x);
        x = g.scale(x);
    }
    cb(x, "embd");
    g.expand(x);
    return x;
}

NodeId GraphContext::deepstackInput(int64_t index) {
    if (inp_embd_ == NodeId::none) return inp_embd_;
    const uint64_t offset = static_cast<uint64_t>(index * n_embd) * sizeof(float);
    return g.view2d(inp_embd_, n_embd, n_tokens, g[inp_embd_].nb[1], offset);
}

NodeId GraphContext::inpPos() {
    const bool four = hp.rope_type == RopeType::mrope || hp.rope_type == RopeType::imrope;
    return input(GgmlType::i32, n_tokens * (four ? 4 : 1));
}

void GraphContext::selectEarly(LlamaRule draft, int64_t il, NodeId out_ids, NodeId & cur, NodeId & residual) {
    if (il != n_layer - 1 || has(draft)) return;
    cur = selectOutputs(cur, out_ids);
    residual = selectOutputs(residual, out_ids);
}

NodeId GraphContext::selectLate(LlamaRule draft, NodeId states, NodeId out_ids) {
    if (!has(draft)) return states;
    t_h_nextn = states;
    return selectOutputs(states, out_ids);
}

NodeId GraphContext::inpOutIds() { return input(GgmlType::i32, n_outputs); }

NodeId GraphContext::inpAttnScale() { return input(GgmlType::f32, 1, 1, n_tokens, 1, "attn_scale"); }

int64_t GraphContext::cacheLayer(int64_t il) const {
    const int32_t shared_from = hp.n_layer_kv_from_start;
    if (shared_from < 2 || il < shared_from) return il;
    return shared_from - (hp.is_swa(static_cast<uint32_t>(il)) ? 2 : 1);
}

}  // namespace ggufit
