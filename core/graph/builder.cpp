// Leaves, views and the execution order (ggml.c: ggml_new_tensor_impl, ggml_view_*, ggml_visit_parents_graph).
#include "graph/builder.h"

#include <algorithm>

namespace ggufit {

namespace {

constexpr uint32_t kSuffixBits = 3;

void setContiguous(Node & node) {
    const TypeTraits & traits = traitsOf(node.type);
    node.nb[0] = traits.block_bytes;
    node.nb[1] = node.nb[0] * (static_cast<uint64_t>(node.ne[0]) / traits.block_size);
    node.nb[2] = node.nb[1] * static_cast<uint64_t>(node.ne[1]);
    node.nb[3] = node.nb[2] * static_cast<uint64_t>(node.ne[2]);
}

NodeName derivedName(const NodeName & from, NameSuffix suffix) {
    NodeName name = from;
    uint32_t shift = 0;
    while (shift < 30 && (name.suffixes >> shift) != 0) shift += kSuffixBits;
    if (shift < 30) name.suffixes |= static_cast<uint32_t>(suffix) << shift;
    return name;
}

uint8_t countSources(const Node & node) {
    uint8_t n = kMaxSources;
    while (n > 0 && node.src[n - 1U] == NodeId::none) --n;
    return n;
}

}  // namespace

NodeId GraphBuilder::fail(const char * what) {
    if (graph_.error.empty()) graph_.error = what;
    return NodeId::none;
}

bool GraphBuilder::has(std::initializer_list<NodeId> sources) const {
    return std::none_of(sources.begin(), sources.end(), [](NodeId id) { return id == NodeId::none; });
}

NodeId GraphBuilder::newTensor(GgmlType type, int64_t ne0, int64_t ne1, int64_t ne2, int64_t ne3, int16_t buffer) {
    // A graph of llama.cpp has at most a few ten thousand tensors; a hostile header must not ask for more memory.
    constexpr size_t kMaxTensors = 1U << 20U;
    if (graph_.tensors.size() >= kMaxTensors) return fail("the graph has too many tensors");
    if (ne0 < 0 || ne1 < 0 || ne2 < 0 || ne3 < 0) return fail("a dimension is negative");
    Node node;
    node.type = type;
    node.ne = {ne0, ne1, ne2, ne3};
    node.buffer = buffer;
    setContiguous(node);
    graph_.tensors.push_back(node);
    return static_cast<NodeId>(graph_.tensors.size() - 1);
}

int16_t GraphBuilder::buffer(const GraphBuffer & buffer) {
    for (size_t i = 0; i < graph_.buffers.size(); ++i) {
        const GraphBuffer & have = graph_.buffers[i];
        if (have.device == buffer.device && have.host_buffer == buffer.host_buffer && have.weights == buffer.weights) {
            return static_cast<int16_t>(i);
        }
    }
    graph_.buffers.push_back(buffer);
    return static_cast<int16_t>(graph_.buffers.size() - 1);
}

NodeId GraphBuilder::setInput(NodeId a) {
    if (a != NodeId::none) graph_[a].flags |= kInputFlag;
    return a;
}

NodeId GraphBuilder::setOutput(NodeId a) {
    if (a != NodeId::none) graph_[a].flags |= kOutputFlag;
    return a;
}

NodeId GraphBuilder::name(NodeId a, const char * base, int32_t layer) {
    if (a != NodeId::none) graph_[a].name = {base, layer, 0};
    return a;
}

void GraphBuilder::expand(NodeId a) {
    if (a == NodeId::none || graph_[a].visited) return;
    // ggml visits recursively; a stack of our own keeps a deep graph from exhausting the thread's.
    stack_.clear();
    const auto visit = [&](NodeId id) {
        Node & node = graph_[id];
        node.visited = true;
        node.n_src = countSources(node);
        stack_.emplace_back(id, uint8_t{0});
    };
    visit(a);
    while (!stack_.empty()) {
        auto & [id, next] = stack_.back();
        Node & node = graph_[id];
        if (next < node.n_src) {
            const NodeId source = node.src[next++];
            if (source != NodeId::none && !graph_[source].visited) visit(source);
            continue;
        }
        std::vector<NodeId> & order = node.op == Op::none ? graph_.leafs : graph_.nodes;
        if (node.name.base == nullptr && node.name.suffixes == 0) {
            node.name = {node.op == Op::none ? kLeafBase : kNodeBase, static_cast<int32_t>(order.size()), 0};
        }
        order.push_back(id);
        stack_.pop_back();
    }
}

NodeId GraphBuilder::result(Op op, GgmlType type, std::initializer_list<int64_t> ne,
                            std::initializer_list<NodeId> sources) {
    std::array<int64_t, 4> dims = {1, 1, 1, 1};
    std::copy(ne.begin(), ne.end(), dims.begin());
    const NodeId id = newTensor(type, dims[0], dims[1], dims[2], dims[3]);
    if (id == NodeId::none) return id;
    Node & node = graph_[id];
    node.op = op;
    std::copy(sources.begin(), sources.end(), node.src.begin());
    return id;
}

NodeId GraphBuilder::viewOf(NodeId a, Op op, NameSuffix suffix) {
    if (!has({a})) return fail("a view of nothing");
    const Node source = graph_[a];
    const NodeId id = newTensor(source.type, source.ne[0], source.ne[1], source.ne[2], source.ne[3]);
    if (id == NodeId::none) return id;
    Node & node = graph_[id];
    node.op = op;
    node.nb = source.nb;
    node.src[0] = a;
    node.view_src = source.view_src != NodeId::none ? source.view_src : a;
    node.view_offs = source.view_offs;
    node.name = suffix == NameSuffix::none ? NodeName{} : derivedName(source.name, suffix);
    return id;
}

NodeId GraphBuilder::view(NodeId a, std::initializer_list<int64_t> ne, std::initializer_list<uint64_t> nb,
                          uint64_t offset) {
    const NodeId id = viewOf(a, Op::view, NameSuffix::view);
    if (id == NodeId::none) return id;
    Node & node = graph_[id];
    node.ne = {1, 1, 1, 1};
    std::copy(ne.begin(), ne.end(), node.ne.begin());
    for (const int64_t n : node.ne) {
        if (n < 0) return fail("a view of negative size");
    }
    setContiguous(node);
    size_t i = 1;
    for (const uint64_t stride : nb) node.nb[i++] = stride;
    for (; i > 1 && i < 4; ++i) node.nb[i] = node.nb[i - 1] * static_cast<uint64_t>(node.ne[i - 1]);
    node.view_offs += offset;
    return id;
}

NodeId GraphBuilder::view1d(NodeId a, int64_t ne0, uint64_t offset) { return view(a, {ne0}, {}, offset); }

NodeId GraphBuilder::view2d(NodeId a, int64_t ne0, int64_t ne1, uint64_t nb1, uint64_t offset) {
    return view(a, {ne0, ne1}, {nb1}, offset);
}

NodeId GraphBuilder::view3d(NodeId a, int64_t ne0, int64_t ne1, int64_t ne2, uint64_t nb1, uint64_t nb2,
                            uint64_t offset) {
    return view(a, {ne0, ne1, ne2}, {nb1, nb2}, offset);
}

NodeId GraphBuilder::view4d(NodeId a, int64_t ne0, int64_t ne1, int64_t ne2, int64_t ne3, uint64_t nb1, uint64_t nb2,
                            uint64_t nb3, uint64_t offset) {
    return view(a, {ne0, ne1, ne2, ne3}, {nb1, nb2, nb3}, offset);
}

NodeId GraphBuilder::reshape(NodeId a, int64_t ne0, int64_t ne1, int64_t ne2, int64_t ne3) {
    if (!has({a})) return fail("a reshape of nothing");
    if (!isContiguous(graph_[a])) return fail("a reshape of a tensor that is not contiguous");
    if (elementsOf(graph_[a]) != ne0 * ne1 * ne2 * ne3) return fail("a reshape to another number of elements");
    const NodeId id = viewOf(a, Op::reshape, NameSuffix::reshaped);
    if (id == NodeId::none) return id;
    Node & node = graph_[id];
    node.ne = {ne0, ne1, ne2, ne3};
    setContiguous(node);
    return id;
}

NodeId GraphBuilder::permute(NodeId a, int axis0, int axis1, int axis2, int axis3) {
    const NodeId id = viewOf(a, Op::permute, NameSuffix::permuted);
    if (id == NodeId::none) return id;
    const Node & source = graph_[a];
    Node & node = graph_[id];
    const std::array<int, 4> axes = {axis0, axis1, axis2, axis3};
    for (size_t i = 0; i < 4; ++i) {
        const auto axis = static_cast<size_t>(axes[i]);
        node.ne[axis] = source.ne[i];
        node.nb[axis] = source.nb[i];
    }
    return id;
}

NodeId GraphBuilder::transpose(NodeId a) {
    const NodeId id = viewOf(a, Op::transpose, NameSuffix::transposed);
    if (id == NodeId::none) return id;
    Node & node = graph_[id];
    std::swap(node.ne[0], node.ne[1]);
    std::swap(node.nb[0], node.nb[1]);
    return id;
}

NodeId GraphBuilder::cont(NodeId a) {
    if (!has({a})) return fail("cont of nothing");
    const Node & source = graph_[a];
    return contAs(a, source.ne[0], source.ne[1], source.ne[2], source.ne[3]);
}

NodeId GraphBuilder::contAs(NodeId a, int64_t ne0, int64_t ne1, int64_t ne2, int64_t ne3) {
    if (!has({a})) return fail("cont of nothing");
    if (elementsOf(graph_[a]) != ne0 * ne1 * ne2 * ne3) return fail("cont to another number of elements");
    const NodeId id = result(Op::cont, graph_[a].type, {ne0, ne1, ne2, ne3}, {a});
    if (id != NodeId::none) graph_[id].name = derivedName(graph_[a].name, NameSuffix::cont);
    return id;
}

NodeId GraphBuilder::cpy(NodeId a, NodeId b) {
    if (!has({a, b})) return fail("cpy of nothing");
    if (elementsOf(graph_[a]) != elementsOf(graph_[b])) return fail("cpy to another number of elements");
    const NodeId id = viewOf(b, Op::cpy, NameSuffix::none);
    if (id == NodeId::none) return id;
    Node & node = graph_[id];
    node.src[0] = a;
    node.src[1] = b;
    node.name = derivedName(graph_[b].name.base != nullptr ? graph_[b].name : graph_[a].name, NameSuffix::copy);
    return id;
}

NodeId GraphBuilder::cast(NodeId a, GgmlType type) {
    if (!has({a})) return fail("cast of nothing");
    const Node & source = graph_[a];
    const NodeId id = result(Op::cpy, type, {source.ne[0], source.ne[1], source.ne[2], source.ne[3]}, {a});
    if (id == NodeId::none) return id;
    graph_[id].src[1] = id;  // ggml_cast: its own destination
    graph_[id].name = derivedName(graph_[a].name, NameSuffix::copy);
    return id;
}

NodeId GraphBuilder::set(NodeId a, NodeId b, bool inplace) {
    if (!has({a, b})) return fail("set of nothing");
    const NodeId id = inplace ? viewOf(a, Op::set, NameSuffix::view) : simple(Op::set, a);
    if (id == NodeId::none) return id;
    graph_[id].src[1] = b;
    return id;
}

}  // namespace ggufit
