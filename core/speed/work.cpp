// Walks the scheduled decode graph and says of each operation what it reads.
#include "speed/work.h"

#include <algorithm>

#include "base/checked.h"

namespace ggufit {

namespace {

constexpr uint32_t kCellPadding = 256;

class Walk {
  public:
    Walk(const ScheduledGraph & decode, uint32_t n_seqs, uint32_t fill_tokens)
        : graph_(decode.graph), schedule_(decode.schedule), n_seqs_(std::max(n_seqs, 1U)) {
        const uint64_t cells = uint64_t{std::max(fill_tokens, 1U)} + kCellPadding - 1;
        filled_ = static_cast<int64_t>(cells / kCellPadding * kCellPadding);
    }

    [[nodiscard]] Work work(NodeId id) const {
        const Node & node = graph_[id];
        Work out;
        out.op = node.op;
        out.type = node.type;
        switch (node.op) {
            case Op::mul_mat: product(node, out); break;
            case Op::mul_mat_id: expertProduct(node, out); break;
            case Op::flash_attn_ext: attention(node, out); break;
            case Op::get_rows: out.bytes = 2 * bytesOf(node) / n_seqs_; break;
            case Op::set_rows:
            case Op::cpy: out.bytes = 2 * bytesOf(graph_[node.src[0]]) / n_seqs_; break;
            default: elementwise(node, out); break;
        }
        return out;
    }

    /// The tensor that a source is a copy of, where the scheduler made one.
    [[nodiscard]] NodeId original(NodeId id) const {
        const NodeId of = at(id) < schedule_.copy_of.size() ? schedule_.copy_of[at(id)] : NodeId::none;
        return of == NodeId::none ? id : of;
    }

  private:
    /// The buffer that a source's bytes lie in from the start; null for what the graph computes.
    [[nodiscard]] const GraphBuffer * bufferOf(NodeId id) const {
        const Node & node = graph_[original(id)];
        const Node & root = node.view_src == NodeId::none ? node : graph_[node.view_src];
        return root.buffer < 0 ? nullptr : &graph_.buffers[static_cast<size_t>(root.buffer)];
    }

    /// Share of `cells` that holds tokens.
    [[nodiscard]] double filledShare(int64_t cells) const {
        return cells <= 0 ? 1 : std::min(1.0, static_cast<double>(filled_) / static_cast<double>(cells));
    }

    void product(const Node & node, Work & out) const {
        const Node & a = graph_[node.src[0]];
        const GraphBuffer * buffer = bufferOf(node.src[0]);
        const auto elements = static_cast<double>(elementsOf(a));
        out.type = a.type;
        if (buffer != nullptr && buffer->weights) {
            out.kind = WorkKind::weights;
            out.bytes = bytesOf(a);
            out.operations = 2 * elements;
            out.weights = elements;
            return;
        }
        // scores and values without flash attention: keys are [head, cells], values [cells, head]
        const double share = filledShare(std::max(a.ne[0], a.ne[1])) / n_seqs_;
        const Node & b = graph_[node.src[1]];
        const auto columns = static_cast<double>(b.ne[1]) * static_cast<double>(b.ne[2]) * static_cast<double>(b.ne[3]);
        out.kind = WorkKind::cache;
        out.bytes = static_cast<uint64_t>(share * elements * bytesPerElement(a.type));
        out.operations = share * 2 * static_cast<double>(a.ne[0]) * static_cast<double>(a.ne[1]) * columns;
    }

    void expertProduct(const Node & node, Work & out) const {
        const Node & a = graph_[node.src[0]];
        const auto used = static_cast<double>(std::min(graph_[node.src[2]].ne[0], a.ne[2]));
        const double share = a.ne[2] <= 0 ? 1 : used / static_cast<double>(a.ne[2]);
        out.kind = WorkKind::experts;
        out.type = a.type;
        out.bytes = static_cast<uint64_t>(share * static_cast<double>(bytesOf(a)));
        out.weights = share * static_cast<double>(elementsOf(a));
        out.operations = 2 * out.weights;
    }

    void attention(const Node & node, Work & out) const {
        const Node & q = graph_[node.src[0]];
        const Node & k = graph_[node.src[1]];
        const Node & v = graph_[node.src[2]];
        const double share = filledShare(k.ne[1]);
        const auto cells = share * static_cast<double>(k.ne[1]);
        const auto heads_kv = static_cast<double>(k.ne[2]);
        const bool shared = v.view_src != NodeId::none && v.view_src == k.view_src;  // values are part of the keys
        const double k_bytes = static_cast<double>(k.ne[0]) * heads_kv * bytesPerElement(k.type);
        const double v_bytes = shared ? 0 : static_cast<double>(v.ne[0]) * heads_kv * bytesPerElement(v.type);
        out.kind = WorkKind::cache;
        out.type = k.type;
        out.bytes = static_cast<uint64_t>(cells * (k_bytes + v_bytes));
        out.operations = 2 * cells * static_cast<double>(q.ne[2]) * static_cast<double>(k.ne[0] + v.ne[0]);
    }

    void elementwise(const Node & node, Work & out) const {
        out.bytes = bytesOf(node) / n_seqs_;
        for (const NodeId id : node.src) {
            if (id == NodeId::none) continue;
            const GraphBuffer * buffer = bufferOf(id);
            const uint64_t bytes = bytesOf(graph_[id]);
            out.bytes = saturatingAdd(out.bytes, buffer != nullptr && buffer->weights ? bytes : bytes / n_seqs_);
        }
    }

    static double bytesPerElement(GgmlType type) {
        const TypeTraits & traits = traitsOf(type);
        return static_cast<double>(traits.block_bytes) / traits.block_size;
    }

    const Graph & graph_;
    const Schedule & schedule_;
    uint32_t n_seqs_;
    int64_t filled_ = 0;
};

/// Whether a backend runs `node` within the kernel of `before`, the operation that ran last (ggml-cuda.cu,
/// ggml_cuda_try_fuse; Metal and Vulkan fuse nearly the same).
bool fusesWith(const Graph & graph, const Node & node, NodeId before_id) {
    if (before_id == NodeId::none) return false;
    const Node & before = graph[before_id];
    const auto reads = [&](NodeId id) {
        return id != NodeId::none && (id == before_id || graph[id].view_src == before_id);
    };
    if (!reads(node.src[0]) && !reads(node.src[1])) return false;
    switch (node.op) {
        case Op::mul: return before.op == Op::rms_norm || before.op == Op::mul || before.op == Op::unary;
        case Op::add: return before.op == Op::mul || before.op == Op::add || before.op == Op::mul_mat;
        case Op::add_id: return before.op == Op::mul_mat_id;
        case Op::set_rows: return before.op == Op::rope;
        case Op::glu: return before.op == Op::mul_mat || before.op == Op::mul_mat_id || before.op == Op::add_id;
        case Op::unary: return before.op == Op::ssm_conv || before.op == Op::scale;
        case Op::argsort: return before.op == Op::soft_max || before.op == Op::unary || before.op == Op::add;
        case Op::get_rows:
        case Op::sum_rows:
        case Op::clamp:
        case Op::div:
            return before.op == Op::argsort || before.op == Op::get_rows || before.op == Op::sum_rows ||
                   before.op == Op::clamp;
        default: return false;
    }
}

}  // namespace

TokenWork tokenWork(const ScheduledGraph & decode, size_t n_devices, uint32_t n_seqs, uint32_t fill_tokens) {
    const Walk walk(decode, n_seqs, fill_tokens);
    const Graph & graph = decode.graph;
    TokenWork out;
    out.splits.assign(n_devices + 1, 0);
    const auto slot = [&](int32_t device) { return device == kHost ? n_devices : static_cast<size_t>(device); };
    for (const Split & split : decode.schedule.splits) {
        const int32_t device = decode.backends[split.backend].device;
        ++out.splits[slot(device)];
        for (const NodeId input : split.inputs) {
            const auto from = decode.schedule.backend[at(input)];
            out.crossings.push_back(
                {from < 0 ? kHost : decode.backends[static_cast<size_t>(from)].device, device, bytesOf(graph[input])});
        }
        NodeId before = NodeId::none;
        for (uint32_t i = split.begin; i < split.end; ++i) {
            const NodeId id = graph.nodes[i];
            const Node & node = graph[id];
            if (isViewOp(node.op) || node.op == Op::none || elementsOf(node) == 0) continue;
            Work work = walk.work(id);
            work.device = device;
            work.fused = fusesWith(graph, node, before);
            out.steps.push_back(work);
            before = id;
        }
    }
    return out;
}

}  // namespace ggufit
