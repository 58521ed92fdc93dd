// The order in which Metal runs a split (ggml-metal-common.cpp, ggml_graph_optimize): nodes that can run at the same
// time as those before a barrier are pulled in front of it.
#include <algorithm>
#include <array>

#include "sched/support.h"

namespace ggufit {

namespace {

constexpr uint32_t kMaxFused = 16;  // MAX_FUSE
constexpr uint32_t kAhead = 64;     // N_FORWARD

bool isFusable(Op op) { return op == Op::add || op == Op::mul || op == Op::norm || op == Op::rms_norm; }

/// Operations that others may be moved across.
bool isSafe(Op op) {
    switch (op) {
        case Op::mul_mat:
        case Op::mul_mat_id:
        case Op::rope:
        case Op::norm:
        case Op::rms_norm:
        case Op::group_norm:
        case Op::l2_norm:
        case Op::sum_rows:
        case Op::ssm_conv:
        case Op::ssm_scan:
        case Op::clamp:
        case Op::tri:
        case Op::diag:
        case Op::mul:
        case Op::add:
        case Op::sub:
        case Op::div:
        case Op::glu:
        case Op::scale:
        case Op::unary:
        case Op::get_rows:
        case Op::set_rows:
        case Op::set:
        case Op::cpy:
        case Op::cont:
        case Op::repeat: return true;
        default: return isViewOp(op);
    }
}

/// Nodes that run as one: positions first to last of a split.
struct Group {
    uint32_t first = 0, last = 0;
};

/// Memory that a set of nodes reads and writes, by the tensor that owns it.
class Ranges {
  public:
    explicit Ranges(size_t n_tensors) : read_(n_tensors), written_(n_tensors) {}
    void clear() { ++now_; }
    void read(NodeId id) { read_[at(id)] = now_; }
    void write(NodeId id) { written_[at(id)] = now_; }
    [[nodiscard]] bool isRead(NodeId id) const { return read_[at(id)] == now_; }
    [[nodiscard]] bool isWritten(NodeId id) const { return written_[at(id)] == now_; }

  private:
    std::vector<uint32_t> read_, written_;
    uint32_t now_ = 1;
};

class Sorter {
  public:
    Sorter(Graph & graph, const ReorderedRange & range)
        : graph_(graph),
          nodes_(graph.nodes.data() + range.begin),
          n_(range.end - range.begin),
          n_uses_(range.n_uses),
          running_(graph.tensors.size()),
          waiting_(graph.tensors.size()) {}

    void run() {
        group();
        used_.assign(groups_.size(), false);
        for (uint32_t i = 0; i < groups_.size(); ++i) {
            if (used_[i]) continue;
            if (!isEmpty(groups_[i]) && !runsBeside(running_, groups_[i])) {
                fillUp(i);
                running_.clear();
            }
            take(i);
        }
        std::vector<NodeId> order;
        order.reserve(n_);
        for (const uint32_t g : order_) {
            for (uint32_t i = groups_[g].first; i <= groups_[g].last; ++i) order.push_back(nodes_[i]);
        }
        std::copy(order.begin(), order.end(), nodes_);
    }

  private:
    [[nodiscard]] const Node & node(uint32_t i) const { return graph_[nodes_[i]]; }
    [[nodiscard]] bool isEmpty(const Group & group) const { return isViewOp(node(group.first).op); }

    /// Its result is read by the next one alone, which has its shape (ggml-impl.h, ggml_can_fuse).
    [[nodiscard]] bool flowsInto(uint32_t i, uint32_t next) const {
        const Node & a = node(i);
        const Node & b = node(next);
        if (n_uses_[at(nodes_[i])] != 1 || a.view_src != NodeId::none || (a.flags & kOutputFlag) != 0) return false;
        return (b.src[0] == nodes_[i] || b.src[1] == nodes_[i]) && sameShape(a, b);
    }

    void group() {
        for (uint32_t i = 0; i < n_;) {
            Group group = {i, i};
            const Op op = node(i).op;
            if (op == Op::add || op == Op::norm || op == Op::rms_norm) {
                while (group.last + 1 < n_ && group.last + 1 < i + kMaxFused && isFusable(node(group.last + 1).op) &&
                       flowsInto(group.last, group.last + 1)) {
                    ++group.last;
                }
            }
            groups_.push_back(group);
            i = group.last + 1;
        }
    }

    [[nodiscard]] NodeId memory(NodeId id) const {
        return graph_[id].view_src != NodeId::none ? graph_[id].view_src : id;
    }

    /// The V of a layer's cache lies right behind its K, and Metal takes ranges that touch for overlapping.
    [[nodiscard]] NodeId behind(NodeId id) const {
        const size_t next = at(id) + 1;
        const Node & owner = graph_[id];
        if (owner.buffer < 0 || graph_.buffers[static_cast<size_t>(owner.buffer)].weights) return NodeId::none;
        if (next >= graph_.tensors.size() || graph_.tensors[next].buffer != owner.buffer) return NodeId::none;
        return static_cast<NodeId>(next);
    }

    template <typename Visit>
    [[nodiscard]] bool eachSource(const Group & group, Visit && visit) const {
        for (uint32_t i = group.first; i <= group.last; ++i) {
            for (const NodeId source : node(i).src) {
                if (source != NodeId::none && !visit(memory(source))) return false;
            }
        }
        return true;
    }

    [[nodiscard]] bool runsBeside(const Ranges & ranges, const Group & group) const {
        const bool sources = eachSource(group, [&](NodeId id) {
            const NodeId next = behind(id);
            return !ranges.isWritten(id) && (next == NodeId::none || !ranges.isWritten(next));
        });
        const NodeId result = memory(nodes_[group.last]);
        const NodeId next = behind(result);
        const auto touched = [&](NodeId id) { return ranges.isRead(id) || ranges.isWritten(id); };
        return sources && !touched(result) && (next == NodeId::none || !touched(next));
    }

    void add(Ranges & ranges, const Group & group) const {
        (void)eachSource(group, [&](NodeId id) {
            ranges.read(id);
            return true;
        });
        ranges.write(memory(nodes_[group.last]));
    }

    void take(uint32_t g) {
        add(running_, groups_[g]);
        order_.push_back(g);
        used_[g] = true;
    }

    /// Before the barrier in front of group `g`: groups behind it that wait for nothing.
    void fillUp(uint32_t g) {
        waiting_.clear();
        add(waiting_, groups_[g]);
        const auto end = std::min(g + kAhead, static_cast<uint32_t>(groups_.size()));
        for (uint32_t i = g + 1; i < end; ++i) {
            if (used_[i]) continue;
            const Group & group = groups_[i];
            if (!isSafe(node(group.first).op)) return;
            if ((isEmpty(group) || runsBeside(running_, group)) && runsBeside(waiting_, group)) {
                take(i);
            } else {
                add(waiting_, group);
            }
        }
    }

    Graph & graph_;
    NodeId * nodes_;
    uint32_t n_;
    const std::vector<uint32_t> & n_uses_;
    std::vector<Group> groups_;
    std::vector<bool> used_;
    std::vector<uint32_t> order_;  // of groups
    Ranges running_, waiting_;
};

}  // namespace

void metalReorder(Graph & graph, const ReorderedRange & range) { Sorter(graph, range).run(); }

}  // namespace ggufit
